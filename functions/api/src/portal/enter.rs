//! Signing in with the code of a link, and signing out.
//!
//! A link is `/portal/enter#<code>`: what follows `#` is sent to no server and stands in no log. The page's script takes the code out of
//! the address and sends it. Without the script, people paste it into the field.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use shared::{
    ambient,
    domain::account::{
        session::{Session, SessionSecret},
        standing::AccountStanding,
    },
    store::{busy::again_if_busy, sessions::Exchanged},
};

use super::{
    asked::Asked,
    assets, cookie,
    form::Form,
    frame::{Frame, Visitor},
    guard::check_origin,
    headers::secured,
    problem::problem,
    reply::Reply,
    visit::{self, Visit, present, session_of_code},
};
use crate::{Api, actions::sessions, error::ApiError};

/// The field with the code.
const CODE: &str = "code";

/// The field that says which session may be replaced.
const REPLACES: &str = "replaces";

const NO_CODE: &str = "This is not a code. Paste the whole code, or the whole link.";

const USED: &str = "This link was used before, or is too old. Get a new one.";

#[derive(Template)]
#[template(path = "enter.html")]
struct EnterPage {
    frame: Frame,
    script: &'static str,
    /// What is wrong with the code that was sent.
    wrong: Option<&'static str>,
}

/// Asks before a session of another account is replaced.
#[derive(Template)]
#[template(path = "replace.html")]
struct ReplacePage {
    frame: Frame,
    code: String,
    present: Visitor,
    new: Visitor,
}

/// `GET /portal/enter`
pub(super) async fn show(State(api): State<Arc<Api>>, request: Request) -> Response {
    let asked = Asked::read(&api, request).await;
    // Whether somebody is signed in decides only what the page's head names.
    let visitor = present(&api, &asked, ambient::now()).await.ok().flatten().map(|found| visitor_of(&found));
    let response = enter_page(&api, visitor, None)
        .map_or_else(|error| problem(&api.look, &asked, None, error), Reply::into_response);
    secured(response, &api.look.policy, asked.site.is_https)
}

/// `POST /portal/enter`
pub(super) async fn send(State(api): State<Arc<Api>>, request: Request) -> Response {
    let asked = Asked::read(&api, request).await;
    let response = match check_origin(&asked.headers, &asked.site.origin) {
        Err(refused) => problem(&api.look, &asked, None, refused),
        Ok(()) => match enter(&api, &asked).await {
            Ok(reply) => reply.into_response(),
            Err(error) => problem(&api.look, &asked, None, error),
        },
    };
    secured(response, &api.look.policy, asked.site.is_https)
}

fn visitor_of((session, standing): &(Session, AccountStanding)) -> Visitor {
    Visitor::of(session, standing.name.as_deref())
}

fn enter_page(api: &Api, visitor: Option<Visitor>, wrong: Option<&'static str>) -> Result<Reply, ApiError> {
    let frame = Frame::new(&api.look, visitor);
    Reply::page(&EnterPage { frame, script: assets::path_of("enter.js"), wrong })
}

fn refused(api: &Api, visitor: Option<Visitor>, status: StatusCode, wrong: &'static str) -> Result<Reply, ApiError> {
    Ok(enter_page(api, visitor, Some(wrong))?.with_status(status))
}

async fn enter(api: &Arc<Api>, asked: &Asked) -> Result<Reply, ApiError> {
    let form = asked.form()?;
    let now = ambient::now();
    let present = present(api, asked, now).await?;
    let visitor = present.as_ref().map(visitor_of);
    let Some(code) = form.filled(CODE).map(without_link).and_then(SessionSecret::parse) else {
        return refused(api, visitor, StatusCode::BAD_REQUEST, NO_CODE);
    };
    let (session, standing) = match session_of_code(api, asked, &code, now).await {
        Ok(found) => found,
        // The same form was sent twice, or the page was loaded again: the session that it began is there.
        Err(ApiError::SessionOver) => {
            return match begun(api, present.as_ref().map(|(session, _)| session), &code).await? {
                Some(reply) => Ok(reply),
                None => refused(api, visitor, StatusCode::UNAUTHORIZED, USED),
            };
        }
        Err(error) => return Err(error),
    };
    let replaced = present.as_ref().filter(|(present, _)| replaces_another(present, &session, form));
    if let Some(present) = replaced.map(visitor_of) {
        return Reply::page(&ReplacePage {
            frame: Frame::new(&api.look, Some(present.clone())),
            code: code.reveal().to_owned(),
            present,
            new: Visitor::of(&session, standing.name.as_deref()),
        });
    }
    exchange(api, asked, &code, &session, now).await
}

/// Whether somebody would lose a session of another account without having been asked.
fn replaces_another(present: &Session, new: &Session, form: &Form) -> bool {
    present.account != new.account && form.text(REPLACES) != present.id.as_str()
}

async fn begun(api: &Api, present: Option<&Session>, code: &SessionSecret) -> Result<Option<Reply>, ApiError> {
    let Some(present) = present else { return Ok(None) };
    let is_its_code = api.store.is_code_of(&present.account, &present.id, &code.hash()).await?;
    Ok(is_its_code.then(|| Reply::see(present.path.as_str())))
}

async fn exchange(
    api: &Api,
    asked: &Asked,
    code: &SessionSecret,
    session: &Session,
    now: Timestamp,
) -> Result<Reply, ApiError> {
    let token = SessionSecret::generate(ambient::random());
    let (code, token_hash) = (code.hash(), token.hash());
    match again_if_busy(|| api.store.exchange_code(&code, session, &token_hash, now)).await? {
        Exchanged::Yes => {
            let cookie = cookie::kept(&token, session.expires_at, now, asked.site.is_https);
            Ok(Reply::see(session.path.as_str()).with_header(header::SET_COOKIE, &cookie))
        }
        Exchanged::Gone => refused(api, None, StatusCode::UNAUTHORIZED, USED),
    }
}

/// People who paste paste the whole link.
fn without_link(text: &str) -> &str {
    text.rsplit_once('#').map_or(text, |(_, code)| code)
}

/// `POST /portal/sign-out`
pub(super) async fn sign_out(api: Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let Visit { session, asked, .. } = &visit;
    let actor = visit::actor_of(session, &asked.request_id);
    match sessions::end(&api, &actor, &session.account, &session.id).await {
        Ok(()) | Err(ApiError::NotFound { .. }) => {
            let cookie = cookie::forgotten(asked.site.is_https);
            Ok(Reply::see("/portal/enter").with_header(header::SET_COOKIE, &cookie))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_link_is_as_good_as_its_code() {
        for (text, code) in [("abc", "abc"), ("https://hooks.example/portal/enter#abc", "abc"), ("#abc", "abc")] {
            assert_eq!(without_link(text), code, "{text}");
        }
    }
}
