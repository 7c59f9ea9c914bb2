//! Sessions of the portal: a platform's backend makes a link, and ends what it no longer wants.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::session::{CODE_LASTS, MAX_SESSIONS, Maker, Session, SessionSecret, SessionTerms},
        ids::{AccountId, ProfileName, SessionId},
        time,
    },
    store::{busy::again_if_busy, sessions::SessionStored},
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
    let session = Session::new(id, account.clone(), profile.clone(), maker, terms, now);
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
    // One that has expired is over already, as far as anybody can see.
    ended.filter(|session| !session.has_expired(ambient::now())).ok_or(ApiError::NotFound { what: "session" })?;
    audit(actor, account, Action::SessionEnd, Object::session(id.as_str()), &[]);
    Ok(())
}
