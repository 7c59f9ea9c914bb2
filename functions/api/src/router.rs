//! From a path to a handler: the base path names the profile, the rest names the resource.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{Method, Uri, header, uri::PathAndQuery},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tower::ServiceExt;

use crate::{Api, answer::wrap, context::ProfileName, error::ApiError, routes};

/// The whole API: every profile under its base path.
pub fn router(api: Arc<Api>) -> Router {
    let resources = resources().with_state(Arc::clone(&api));
    Router::new().fallback(dispatch).with_state(Outer { api, resources })
}

#[derive(Debug, Clone)]
struct Outer {
    api: Arc<Api>,
    resources: Router,
}

/// The resources below any base path.
fn resources() -> Router<Arc<Api>> {
    use routes::{deliveries, events, meta, secrets, test, webhooks};
    Router::new()
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/{id}", get(webhooks::get).patch(webhooks::patch).delete(webhooks::delete))
        .route("/webhooks/{id}/test", post(test::send))
        .route("/webhooks/{id}/rotate-secret", post(secrets::rotate))
        .route("/webhooks/{id}/deliveries", get(deliveries::list))
        .route("/webhooks/{id}/deliveries/{delivery}", get(deliveries::get))
        .route("/events", post(events::publish))
        .route("/event-types", get(meta::event_types))
        .route("/openapi.json", get(meta::openapi))
        .route("/health", get(meta::health))
        .fallback(async || ApiError::UnknownPath)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
}

async fn dispatch(State(outer): State<Outer>, mut request: Request) -> Response {
    let Some((profile, rest)) = outer.api.profiles.by_path(request.uri().path()) else {
        return wrap(shared::domain::profile::AnswerStyle::Bare, ApiError::UnknownPath.into_response());
    };
    let style = profile.answer_style();
    let Some(uri) = below(request.uri(), rest) else {
        return wrap(style, ApiError::UnknownPath.into_response());
    };
    request.extensions_mut().insert(ProfileName(profile.name().to_owned()));
    *request.uri_mut() = uri;
    let is_head = request.method() == Method::HEAD;
    let response = match outer.resources.oneshot(request).await {
        Ok(response) => wrap(style, response),
        Err(never) => match never {},
    };
    if is_head { without_body(response) } else { response }
}

/// What `GET` would answer, without the body: Lambda's runtime would send it.
fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

/// The same URI with what follows the base path as its path.
fn below(uri: &Uri, rest: &str) -> Option<Uri> {
    let path = if rest.is_empty() { "/" } else { rest };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path_and_query: PathAndQuery = format!("{path}{query}").parse().ok()?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}
