//! From a path to a handler: the base path names the profile, and the rest names a row of [`crate::endpoints`].

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{Method, Uri, header, uri::PathAndQuery},
    response::{IntoResponse, Response},
    routing::on,
};
use shared::domain::{
    account::{bucket::Bucket, portal_path::PORTAL},
    profile::{AnswerStyle, Profile},
};
use tower::ServiceExt;

use crate::{
    Api,
    answer::{Answer, wrap},
    caller::{self, Caller, Presented},
    endpoints::{
        ENDPOINTS,
        operator::{OPERATOR_BASE, OPERATOR_ENDPOINTS},
        row::{Access, Endpoint},
        words::Quota,
    },
    error::ApiError,
    openapi, portal,
    request::Incoming,
};

/// The whole API: every profile under its base path.
pub fn router(api: Arc<Api>) -> Router {
    let resources = resources().with_state(Arc::clone(&api));
    let operators = operators().with_state(Arc::clone(&api));
    let portal = portal::router::router().with_state(Arc::clone(&api));
    Router::new().fallback(dispatch).with_state(Outer { api, resources, operators, portal })
}

#[derive(Debug, Clone)]
struct Outer {
    api: Arc<Api>,
    resources: Router,
    operators: Router,
    portal: Router,
}

/// The profile whose base path the request has, put on the request by [`dispatch`].
#[derive(Debug, Clone, Copy)]
struct Addressed(&'static Profile);

/// The resources below any base path.
fn resources() -> Router<Arc<Api>> {
    ENDPOINTS
        .iter()
        .fold(Router::new(), |router, endpoint| {
            let serve = move |State(api): State<Arc<Api>>, request: Request| serve(endpoint, api, request);
            router.route(endpoint.path, on(endpoint.method.filter(), serve))
        })
        .fallback(async || ApiError::UnknownPath)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
}

/// The one way to a handler. The key is checked before anything that was sent: a client without one learns nothing else.
async fn serve(endpoint: &'static Endpoint, api: Arc<Api>, request: Request) -> Result<Answer, ApiError> {
    let Addressed(profile) = request.extensions().get().copied().ok_or(ApiError::UnknownPath)?;
    let answer = match endpoint.access {
        Access::Open(handler) => handler(),
        Access::Document => Answer::document(&openapi::document(profile)),
        Access::Keyed { scopes, handler } => {
            let incoming = Incoming::read(request, endpoint.body.map(|body| body.max_bytes)).await;
            let caller = caller::authorise(&api, profile, presented(&incoming), scopes).await?;
            if let Quota::Bucket(bucket) = endpoint.quota {
                caller.draw(&api, bucket, 1).await?;
            }
            if !endpoint.has_query() {
                check_no_query(&api, &caller, endpoint, &incoming).await?;
            }
            handler(api, caller, incoming).await
        }
        // These are in a table of their own.
        Access::Operators(_) => Err(ApiError::UnknownPath),
    };
    answer.map(|answer| answer.with_status(endpoint.success.status))
}

fn presented(incoming: &Incoming) -> Presented<'_> {
    Presented { headers: incoming.headers(), request_id: incoming.request_id() }
}

/// Rejects query parameters, which use up the limit as a request does that the handler rejects.
async fn check_no_query(api: &Api, caller: &Caller, endpoint: &Endpoint, incoming: &Incoming) -> Result<(), ApiError> {
    let checked = incoming.query().and_then(|query| query.finish(&[]));
    if checked.is_err() && endpoint.quota == Quota::ByHandler {
        caller.draw(api, Bucket::Events, 1).await?;
    }
    checked
}

/// Operators' endpoints. Whoever has no operator's key learns nothing, not even which paths there are.
fn operators() -> Router<Arc<Api>> {
    let unknown =
        async |State(api): State<Arc<Api>>, request: Request| refuse(api, request, ApiError::UnknownPath).await;
    let no_method =
        async |State(api): State<Arc<Api>>, request: Request| refuse(api, request, ApiError::MethodNotAllowed).await;
    OPERATOR_ENDPOINTS
        .iter()
        .fold(Router::new(), |router, endpoint| {
            let serve = move |State(api): State<Arc<Api>>, request: Request| serve_operator(endpoint, api, request);
            router.route(endpoint.path, on(endpoint.method.filter(), serve))
        })
        .fallback(unknown)
        .method_not_allowed_fallback(no_method)
}

async fn serve_operator(endpoint: &'static Endpoint, api: Arc<Api>, request: Request) -> Result<Answer, ApiError> {
    let incoming = Incoming::read(request, endpoint.body.map(|body| body.max_bytes)).await;
    let actor = caller::operator(&api, presented(&incoming)).await?;
    if !endpoint.has_query() {
        incoming.query()?.finish(&[])?;
    }
    let profiles = api.profiles;
    let answer = match endpoint.access {
        Access::Operators(handler) => handler(api, actor, incoming).await,
        Access::Document => Answer::document(&openapi::operator_document(profiles)),
        Access::Open(_) | Access::Keyed { .. } => Err(ApiError::UnknownPath),
    };
    answer.map(|answer| answer.with_status(endpoint.success.status))
}

async fn refuse(api: Arc<Api>, request: Request, error: ApiError) -> ApiError {
    let incoming = Incoming::read(request, None).await;
    caller::operator(&api, presented(&incoming)).await.err().unwrap_or(error)
}

async fn dispatch(State(outer): State<Outer>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let path = request.uri().path().to_owned();
    let response = match (below_base(&path, OPERATOR_BASE), below_base(&path, PORTAL)) {
        (Some(rest), _) => answer(outer.operators, AnswerStyle::Problem, rest, request).await,
        (None, Some(rest)) => answer(outer.portal, AnswerStyle::Bare, rest, request).await,
        (None, None) => dispatch_profile(outer, request).await,
    };
    if is_head { without_body(response) } else { response }
}

/// What follows a base path that is no profile's.
fn below_base<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn dispatch_profile(outer: Outer, mut request: Request) -> Response {
    let Some((profile, rest)) = outer.api.profiles.by_path(request.uri().path()) else {
        return wrap(AnswerStyle::Bare, ApiError::UnknownPath.into_response());
    };
    let rest = rest.to_owned();
    request.extensions_mut().insert(Addressed(profile));
    answer(outer.resources, profile.answers, &rest, request).await
}

/// What the resources respond to a request whose path ends with `rest`, in an envelope.
async fn answer(resources: Router, style: AnswerStyle, rest: &str, mut request: Request) -> Response {
    let Some(uri) = below(request.uri(), rest) else {
        return wrap(style, ApiError::UnknownPath.into_response());
    };
    *request.uri_mut() = uri;
    match resources.oneshot(request).await {
        Ok(response) => wrap(style, response),
        Err(never) => match never {},
    }
}

/// What `GET` would respond, without the body: Lambda's runtime would send it.
fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

/// The same URI with what follows the base path as its path.
fn below(uri: &Uri, rest: &str) -> Option<Uri> {
    // A path with a slash at its end names the same resource.
    let path = rest.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(rest);
    let path = if path.is_empty() { "/" } else { path };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path_and_query: PathAndQuery = format!("{path}{query}").parse().ok()?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod lambda_tests;
#[cfg(test)]
mod tests;
