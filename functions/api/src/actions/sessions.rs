//! Sessions of the portal: a platform's backend makes a link, and ends what it no longer wants.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::session::{CODE_LASTS, MAX_SESSIONS, Maker, Session, SessionSecret, SessionTerms},
        ids::{AccountId, ProfileName, SessionId},
        time,
    },
    store::{
        busy::again_if_busy,
        sessions::{MakerState, SessionStored},
    },
};

use crate::{
    Api,
    actor::Actor,
    audit::{Action, Object, audit},
    error::ApiError,
};

/// A new session with its code, which is shown once.
#[derive(Debug)]
pub struct CreatedSession {
    pub(crate) session: Session,
    pub(crate) code: SessionSecret,
}

/// Makes a session of an account, which ends with the key that made it.
///
/// An account may have [`MAX_SESSIONS`] that are open. They are counted before one is made, so that a few made in the same moment may
/// exceed that by as many.
pub(crate) async fn create(
    api: &Api,
    actor: &Actor,
    maker: Maker,
    (account, profile): (&AccountId, &ProfileName),
    terms: SessionTerms,
) -> Result<CreatedSession, ApiError> {
    let now = ambient::now();
    if api.store.sessions(account, now).await?.len() >= MAX_SESSIONS {
        return Err(ApiError::TooManySessions);
    }
    let id = SessionId::new(now, ambient::random());
    let key_until = api.store.maker_until(&maker).await?;
    let session = no_longer_than(key_until, Session::new(id, account.clone(), profile.clone(), maker, terms, now));
    let code = SessionSecret::generate(ambient::random());
    let code_hash = code.hash();
    let code_until = time::after(now, CODE_LASTS).min(session.expires_at);
    match again_if_busy(|| api.store.create_session(&session, &code_hash, code_until)).await? {
        SessionStored::Yes => {
            audit(actor, account, Action::SessionCreate, Object::session(session.id.as_str()), &[]);
            Ok(CreatedSession { session, code })
        }
        SessionStored::NoAccount => Err(ApiError::AccountDeleting),
    }
}

/// A session ends with its key, and says so from the beginning.
fn no_longer_than(key_until: Option<Timestamp>, session: Session) -> Session {
    let expires_at = key_until.map_or(session.expires_at, |until| until.min(session.expires_at));
    Session { expires_at, ..session }
}

/// At most `limit` of an account's open sessions after the one with the id `after`, oldest first, and whether there are more.
pub(crate) async fn list(
    api: &Api,
    account: &AccountId,
    after: Option<&SessionId>,
    limit: usize,
    now: Timestamp,
) -> Result<(Vec<Session>, bool), ApiError> {
    let open = api.store.sessions(account, now).await?;
    let mut rest = open.into_iter().filter(|session| after.is_none_or(|after| session.id > *after));
    let page: Vec<Session> = rest.by_ref().take(limit).collect();
    Ok((page, rest.next().is_some()))
}

/// Ends a session from the next request on.
pub(crate) async fn end(api: &Api, actor: &Actor, account: &AccountId, id: &SessionId) -> Result<(), ApiError> {
    let ended = again_if_busy(|| api.store.end_session(account, id)).await?;
    // One that has expired, or whose key has, is over already, as far as anybody can see.
    let now = ambient::now();
    let gone = ApiError::NotFound { what: "session" };
    let session = ended.filter(|session| !session.has_expired(now)).ok_or(gone.clone())?;
    if api.store.maker_state(&session.maker, now).await? == MakerState::Over {
        return Err(gone);
    }
    audit(actor, account, Action::SessionEnd, Object::session(id.as_str()), &[]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::domain::account::{key::KeyHash, portal_path::PortalPath, session::Rights};

    use super::*;

    #[test]
    fn a_session_lasts_no_longer_than_its_key() {
        let (now, at) = (Timestamp::UNIX_EPOCH, |second| Timestamp::from_second(second).unwrap());
        for (key_until, expected) in [(None, 900), (Some(at(600)), 600), (Some(at(900)), 900), (Some(at(901)), 900)] {
            let terms = SessionTerms {
                lasts: Duration::from_mins(15),
                rights: Rights::Manage,
                user: None,
                path: PortalPath::default(),
            };
            let (account, profile) = (AccountId::parse("acme").unwrap(), ProfileName::parse("go2").unwrap());
            let (id, maker) = (SessionId::new(now, [1; 8]), Maker::Key(KeyHash::of("phk_1")));
            let session = Session::new(id, account, profile, maker, terms, now);
            assert_eq!(no_longer_than(key_until, session).expires_at, at(expected), "{key_until:?}");
        }
    }
}
