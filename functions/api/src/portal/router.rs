//! From a request to an answer: the checks that every page and form has in common, in their order.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
};

use super::{
    asked::Asked,
    assets, enter,
    guard::{check_form, check_origin},
    headers::secured,
    look::ACCENT_SHEET,
    once,
    problem::{Trouble, problem},
    reply::Reply,
    table::{Method, ROWS, Repetition, Row},
    visit::Visit,
};
use crate::{Api, denials::denied_with, error::ApiError};

/// Everything below `/portal`.
pub(crate) fn router() -> Router<Arc<Api>> {
    let enter = get(enter::show).post(enter::send);
    ROWS.iter()
        .fold(Router::new(), |router, row| {
            let serve = move |State(api): State<Arc<Api>>, request: Request| serve(row, api, request);
            let method = match row.method {
                Method::Get => MethodFilter::GET,
                Method::Post => MethodFilter::POST,
            };
            router.route(row.path, on(method, serve))
        })
        .route("/enter", enter)
        .route("/assets/{hash}/{name}", get(asset))
        .fallback(async |State(api): State<Arc<Api>>, request: Request| {
            nowhere(api, request, ApiError::UnknownPath).await
        })
        .method_not_allowed_fallback(async |State(api): State<Arc<Api>>, request: Request| {
            nowhere(api, request, ApiError::MethodNotAllowed).await
        })
}

async fn serve(row: &'static Row, api: Arc<Api>, request: Request) -> Response {
    let asked = Asked::read(&api, request).await;
    let is_https = asked.site.is_https;
    let response = match row.method {
        Method::Get => page(row, &api, asked).await,
        // The future holds everything that a form may need, which is too much for the stack.
        Method::Post => Box::pin(form(row, &api, asked)).await,
    };
    secured(response, &api.look.policy, is_https)
}

async fn page(row: &Row, api: &Arc<Api>, asked: Asked) -> Response {
    let visit = match Visit::open(api, asked).await {
        Ok(visit) => visit,
        Err((error, asked)) => return problem(&api.look, &asked, None, error),
    };
    let (asked, visitor) = (visit.asked.clone(), visit.frame.visitor.clone());
    match (row.handler)(Arc::clone(api), visit).await {
        Ok(reply) => reply.into_response(),
        Err(error) => problem(&api.look, &asked, visitor, error),
    }
}

/// The checks of [`super::guard`], in their order.
async fn form(row: &Row, api: &Arc<Api>, asked: Asked) -> Response {
    if let Err(refused) = check_origin(&asked.headers, &asked.site.origin) {
        return problem(&api.look, &asked, None, refused);
    }
    let visit = match Visit::open(api, asked).await {
        Ok(visit) => visit,
        Err((error, asked)) => return problem(&api.look, &asked, None, error),
    };
    let (asked, visitor) = (visit.asked.clone(), visit.frame.visitor.clone());
    match sent(row, api, visit).await {
        Ok(reply) => reply.into_response(),
        Err(trouble) => problem(&api.look, &asked, visitor, trouble),
    }
}

async fn sent(row: &Row, api: &Arc<Api>, visit: Visit) -> Result<Reply, Trouble> {
    let of_form = visit.asked.of_session();
    check_form(row.needs, visit.session.rights, &visit.session.id, of_form).map_err(|refused| {
        let trouble = Trouble::from(refused);
        denied_with(&visit.caller.actor, trouble.status(), trouble.code(), "the session is read-only");
        trouble
    })?;
    // A form that is too large is turned away only here, because the checks before have their own pages.
    visit.form()?;
    Ok(match row.repetition {
        Repetition::Remembered => once::act(row, api, visit).await?,
        Repetition::ByHandler => once::call(row, api, visit).await?,
    })
}

/// The answer where there is no page, or none with this method. It names the account all the same, but to no other site.
async fn nowhere(api: Arc<Api>, request: Request, error: ApiError) -> Response {
    let is_form = request.method() == http::Method::POST;
    let asked = Asked::read(&api, request).await;
    let is_https = asked.site.is_https;
    if is_form && let Err(refused) = check_origin(&asked.headers, &asked.site.origin) {
        return secured(problem(&api.look, &asked, None, refused), &api.look.policy, is_https);
    }
    let (asked, visitor) = match Visit::open(&api, asked).await {
        Ok(visit) => (visit.asked, visit.frame.visitor),
        Err((_, asked)) => (asked, None),
    };
    secured(problem(&api.look, &asked, visitor, error), &api.look.policy, is_https)
}

async fn asset(State(api): State<Arc<Api>>, request: Request) -> Response {
    let asked = Asked::read(&api, request).await;
    let (hash, name) = (asked.part("hash"), asked.part("name"));
    let accent = api.look.accent.as_ref().filter(|_| name == ACCENT_SHEET);
    let response = match accent {
        Some(sheet) => Some(assets::file(sheet.text.clone(), "text/css; charset=utf-8", hash == sheet.hash)),
        None => assets::response(name, hash, &asked.headers),
    };
    let response = response.unwrap_or_else(|| {
        (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "There is no such file.\n")
            .into_response()
    });
    secured(response, &api.look.policy, asked.site.is_https)
}
