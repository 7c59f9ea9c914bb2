//! Sessions of the portal, for the account of the key, or for the one that an operator names in the path.

use std::sync::Arc;

use shared::{
    ambient,
    domain::{
        account::session::Maker,
        ids::{AccountId, ProfileName},
    },
};

use crate::{
    Api,
    actions::{accounts, sessions},
    actor::{Actor, Who},
    answer::Answer,
    caller::Caller,
    error::ApiError,
    request::{Incoming, cursor::next_cursor, query::sessions_of, session::terms},
    views::{CreatedSessionView, DeletedSessionView, SessionView},
};

/// `POST /portal-sessions`
pub(crate) async fn create(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    created(&api, &caller.actor, &caller.account, &caller.profile.name, &incoming).await
}

/// `GET /portal-sessions`
pub(crate) async fn list(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    listed(&api, &caller.account, &incoming).await
}

/// `DELETE /portal-sessions/:sessionId`
pub(crate) async fn end(api: Arc<Api>, caller: Caller, incoming: Incoming) -> Result<Answer, ApiError> {
    ended(&api, &caller.actor, &caller.account, &incoming).await
}

/// `POST /accounts/:account/portal-sessions`
pub(crate) async fn create_for(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let account = accounts::in_use(&api, &incoming.account_id()?).await?.account;
    created(&api, &actor, &account.id, &account.profile, &incoming).await
}

/// `GET /accounts/:account/portal-sessions`
pub(crate) async fn list_for(api: Arc<Api>, _actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let account = accounts::in_use(&api, &incoming.account_id()?).await?.account;
    listed(&api, &account.id, &incoming).await
}

/// `DELETE /accounts/:account/portal-sessions/:sessionId`
pub(crate) async fn end_for(api: Arc<Api>, actor: Actor, incoming: Incoming) -> Result<Answer, ApiError> {
    let account = accounts::in_use(&api, &incoming.account_id()?).await?.account;
    ended(&api, &actor, &account.id, &incoming).await
}

async fn created(
    api: &Api,
    actor: &Actor,
    account: &AccountId,
    profile: &ProfileName,
    incoming: &Incoming,
) -> Result<Answer, ApiError> {
    let terms = terms(incoming.optional_fields()?)?;
    let maker = match &actor.who {
        Who::Key(hash) => Maker::Key(hash.clone()),
        Who::Operator(hash) => Maker::Operator(hash.clone()),
        // A session reaches no path of the API.
        Who::Session { .. } => return Err(ApiError::Unauthorized),
    };
    let created = sessions::create(api, actor, maker, (account, profile), terms).await?;
    Answer::object(&CreatedSessionView::of(&created, &incoming.site(api.look.public_url())))
}

async fn listed(api: &Api, account: &AccountId, incoming: &Incoming) -> Result<Answer, ApiError> {
    let (after, limit) = incoming.query()?.of_sessions(account)?;
    let (sessions, has_more) = sessions::list(api, account, after.as_ref(), limit, ambient::now()).await?;
    let last = sessions.last().map(|session| session.id.as_str());
    let next = next_cursor(has_more, &sessions_of(account), last);
    Answer::list(sessions.iter().map(SessionView::of), next)
}

async fn ended(api: &Api, actor: &Actor, account: &AccountId, incoming: &Incoming) -> Result<Answer, ApiError> {
    let id = incoming.session_id()?;
    sessions::end(api, actor, account, &id).await?;
    Answer::object(&DeletedSessionView::of(&id))
}
