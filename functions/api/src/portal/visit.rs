//! Who visits: the session behind the cookie, as the caller that actions know.

use std::sync::Arc;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        account::{
            session::{Session, SessionSecret},
            standing::AccountStanding,
            status::AccountStatus,
        },
        ids::{DeliveryId, RecoveryId, WebhookId},
    },
    store::{
        idempotency::{IdempotencyKey, Route},
        sessions::{FoundSession, MakerState},
    },
};

use super::{
    asked::Asked,
    cookie,
    form::{Form, KEY},
    frame::{Frame, Visitor},
};
use crate::{
    Api,
    actor::{Actor, Who},
    caller::Caller,
    denials::denied,
    error::ApiError,
};

/// The most characters of an idempotency key: a form's own has 32.
const MAX_KEY: usize = 128;

/// A request to a page or a form, by somebody who is signed in.
#[derive(Debug)]
pub(crate) struct Visit {
    /// For the actions: what a page does, it does as this caller.
    pub(crate) caller: Caller,
    pub(crate) session: Session,
    pub(crate) asked: Asked,
    /// For the page's template.
    pub(crate) frame: Frame,
}

impl Visit {
    /// The visit of a browser whose session counts. It has used a unit of the session's bucket.
    pub(super) async fn open(api: &Arc<Api>, asked: Asked) -> Result<Self, (ApiError, Asked)> {
        match caller(api, &asked).await {
            Ok((caller, session)) => {
                let frame = Frame::new(&api.look, Some(Visitor::of(&session, caller.standing.name.as_deref())));
                Ok(Self { caller, session, asked, frame })
            }
            Err(error) => Err((error, asked)),
        }
    }

    pub(crate) fn webhook_id(&self) -> Result<WebhookId, ApiError> {
        self.asked.webhook_id()
    }

    pub(crate) fn delivery_id(&self) -> Result<DeliveryId, ApiError> {
        self.asked.delivery_id()
    }

    pub(crate) fn recovery_id(&self) -> Result<RecoveryId, ApiError> {
        self.asked.recovery_id()
    }

    /// The fields of the form that was sent.
    pub(crate) fn form(&self) -> Result<&Form, ApiError> {
        self.asked.form()
    }

    /// The form's idempotency key for an action that has its own memory. The same form, sent again, has the same key; a form that was
    /// changed in between has another. `None`: the form has none.
    pub(crate) fn idempotency(&self, route: Route) -> Option<IdempotencyKey> {
        let form = self.form().ok()?;
        let key = form.filled(KEY).filter(|key| key.len() <= MAX_KEY)?;
        let sent = format!("{}\n{}\n{}\n{key}", self.session.id, self.asked.path, form.content());
        Some(IdempotencyKey::new(route, &sent, ""))
    }
}

/// The caller and the session behind a request's cookie.
async fn caller(api: &Arc<Api>, asked: &Asked) -> Result<(Caller, Session), ApiError> {
    let now = ambient::now();
    let token = cookie::token(&asked.headers, asked.site.is_https).ok_or(ApiError::SessionOver)?;
    let found = api.store.session_of_token(&token.hash(), now).await?;
    let Some(found) = found else {
        api.denials.count_unknown(now);
        return Err(ApiError::SessionOver);
    };
    let actor = actor_of(&found.session, &asked.request_id);
    let (session, standing) = admit_or_tell(found, &actor)?;
    api.limiter.draw_session(&api.store, &session.account, &session.id, now).await?;
    let profile = api.profiles.get(&session.profile).ok_or(ApiError::SessionOver)?;
    Ok((Caller { account: session.account.clone(), profile, standing, actor }, session))
}

/// The session that a code leads to, if it counts. The code is not used up.
pub(super) async fn session_of_code(
    api: &Api,
    asked: &Asked,
    code: &SessionSecret,
    now: Timestamp,
) -> Result<(Session, AccountStanding), ApiError> {
    let found = api.store.session_of_code(&code.hash(), now).await?;
    let Some(found) = found else {
        api.denials.count_unknown(now);
        return Err(ApiError::SessionOver);
    };
    let actor = actor_of(&found.session, &asked.request_id);
    admit_or_tell(found, &actor)
}

/// The session that the browser has now, if it counts. It uses nothing of the session's bucket.
pub(super) async fn present(
    api: &Api,
    asked: &Asked,
    now: Timestamp,
) -> Result<Option<(Session, AccountStanding)>, ApiError> {
    let Some(token) = cookie::token(&asked.headers, asked.site.is_https) else { return Ok(None) };
    Ok(api.store.session_of_token(&token.hash(), now).await?.and_then(|found| admit(found).ok()))
}

pub(super) fn actor_of(session: &Session, request_id: &str) -> Actor {
    let who = Who::Session { id: session.id.to_string(), user: session.user.clone() };
    Actor { who, request_id: request_id.to_owned() }
}

/// The same as [`admit`], with a line in the log about who is turned away.
fn admit_or_tell(found: FoundSession, actor: &Actor) -> Result<(Session, AccountStanding), ApiError> {
    admit(found).inspect_err(|error| denied(actor, error))
}

/// Whether a session counts: it ends with the key that made it and with its account.
fn admit(found: FoundSession) -> Result<(Session, AccountStanding), ApiError> {
    let FoundSession { session, standing, maker } = found;
    let standing = standing.filter(|_| maker == MakerState::Counts).ok_or(ApiError::SessionOver)?;
    match standing.status {
        AccountStatus::Active => Ok((session, standing)),
        AccountStatus::Suspended { .. } => Err(ApiError::AccountSuspended),
        AccountStatus::Deleting { .. } => Err(ApiError::SessionOver),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::domain::{
        account::{
            key::KeyHash,
            portal_path::PortalPath,
            session::{Maker, Rights, SessionTerms},
        },
        ids::{AccountId, ProfileName, SessionId},
    };

    use super::*;

    fn found(status: Option<AccountStatus>, maker: MakerState) -> FoundSession {
        let terms = SessionTerms {
            lasts: Duration::from_mins(15),
            rights: Rights::Manage,
            user: None,
            path: PortalPath::default(),
        };
        let (account, profile) = (AccountId::parse("acme").unwrap(), ProfileName::parse("go2").unwrap());
        let (now, by) = (Timestamp::UNIX_EPOCH, Maker::Key(KeyHash::of("phk_1")));
        let session = Session::new(SessionId::new(now, [1; 8]), account, profile, by, terms, now);
        let standing = status.map(|status| AccountStanding { status, ..AccountStanding::default() });
        FoundSession { session, standing, maker }
    }

    #[test]
    fn a_session_ends_with_its_key_and_its_account() {
        let since = Timestamp::UNIX_EPOCH;
        let (active, over) = (Some(AccountStatus::Active), Some(ApiError::SessionOver));
        for (status, maker, error) in [
            (active, MakerState::Counts, None),
            (active, MakerState::Over, over.clone()),
            (Some(AccountStatus::Suspended { since }), MakerState::Counts, Some(ApiError::AccountSuspended)),
            (Some(AccountStatus::Suspended { since }), MakerState::Over, over.clone()),
            (Some(AccountStatus::Deleting { since }), MakerState::Counts, over.clone()),
            (None, MakerState::Counts, over),
        ] {
            assert_eq!(admit(found(status, maker)).err(), error, "{status:?} {maker:?}");
        }
    }
}
