//! What a client sent: path ids, query parameters, headers and the body, each read only when a handler asks for it.

pub mod account;
pub mod body;
pub mod cursor;
pub(crate) mod path_ids;
pub mod publication;
pub mod query;
pub mod recovery;
pub(crate) mod session;
mod settings;
pub mod webhook;

use axum::{extract::Request, http::HeaderMap};
use lambda_http::request::RequestContext;
use shared::{
    ambient,
    domain::ids::{AccountId, DeliveryId, RecoveryId, SessionId, WebhookId},
    portal::PublicUrl,
    store::idempotency::{IdempotencyKey, Route},
};

use self::{
    body::{Fields, JsonBody},
    path_ids::PathIds,
    query::Query,
};
use crate::{
    error::ApiError,
    site::{Site, domain_name},
};

/// A request whose endpoint is known. What is wrong with it is reported when a handler asks for that part.
#[derive(Debug)]
pub struct Incoming {
    path_ids: PathIds,
    query: String,
    headers: HeaderMap,
    request_id: String,
    domain_name: Option<String>,
    body: JsonBody,
}

impl Incoming {
    /// Takes a request apart. The body is read before anything is checked, so that no client is cut off while it still sends.
    pub(crate) async fn read(mut request: Request, max_body: Option<usize>) -> Self {
        let path_ids = PathIds::read(&mut request).await;
        let query = request.uri().query().unwrap_or_default().to_owned();
        let headers = request.headers().clone();
        let (request_id, domain_name) = (request_id(&request), domain_name(&request));
        let body = match max_body {
            Some(limit) => JsonBody::read(request, limit).await,
            None => JsonBody::default(),
        };
        Self { path_ids, query, headers, request_id, domain_name, body }
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What API Gateway calls the request in its access log.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Where browsers find the installation, which may have an origin of its own.
    pub(crate) fn site(&self, public_url: Option<&PublicUrl>) -> Site {
        Site::of(public_url, self.domain_name.as_deref(), &self.headers)
    }

    pub(crate) fn query(&self) -> Result<Query, ApiError> {
        Query::parse(&self.query)
    }

    /// The fields of the JSON object in the body.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        self.body.fields()
    }

    /// The client's `Idempotency-Key`, with what it sent under it. `place` is what the path names.
    pub(crate) fn idempotency(&self, route: Route, place: &str) -> Result<Option<IdempotencyKey>, ApiError> {
        let Some(key) = publication::idempotency_key(&self.headers)? else { return Ok(None) };
        Ok(Some(IdempotencyKey::new(route, &key, &format!("{place}\n{}", self.body.content()?))))
    }

    /// As [`Incoming::fields`], where the body may be left out.
    pub(crate) fn optional_fields(&self) -> Result<Fields<'_>, ApiError> {
        self.body.optional_fields()
    }

    /// The `{id}` of the path. What cannot be an id is not found.
    pub(crate) fn webhook_id(&self) -> Result<WebhookId, ApiError> {
        self.path_ids.webhook()
    }

    /// The `{deliveryId}` of the path.
    pub(crate) fn delivery_id(&self) -> Result<DeliveryId, ApiError> {
        self.path_ids.delivery()
    }

    /// The `{recoveryId}` of the path.
    pub(crate) fn recovery_id(&self) -> Result<RecoveryId, ApiError> {
        self.path_ids.recovery()
    }

    /// The `{account}` of the path.
    pub(crate) fn account_id(&self) -> Result<AccountId, ApiError> {
        self.path_ids.parsed("account", AccountId::parse).ok_or(ApiError::NotFound { what: "account" })
    }

    /// The same for an account that may be made.
    pub(crate) fn new_account_id(&self) -> Result<AccountId, ApiError> {
        let text = self.path_ids.get("account").unwrap_or_default();
        AccountId::parse(text).map_err(|error| ApiError::InvalidField {
            field: "account".to_owned(),
            problem: format!("in the path {error}"),
        })
    }

    /// The `{sessionId}` of the path.
    pub(crate) fn session_id(&self) -> Result<SessionId, ApiError> {
        self.path_ids.parsed("sessionId", SessionId::parse).ok_or(ApiError::NotFound { what: "session" })
    }

    /// The `{keyId}` of the path.
    pub(crate) fn key_id(&self) -> Result<String, ApiError> {
        self.path_ids.get("keyId").map(str::to_owned).ok_or(ApiError::NotFound { what: "key" })
    }
}

/// API Gateway's id of a request. Where there is no API Gateway, any id will do.
pub(crate) fn request_id(request: &Request) -> String {
    let given = request.extensions().get::<RequestContext>().and_then(|context| match context {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        _ => None,
    });
    given.unwrap_or_else(|| hex::encode(ambient::random::<8>()))
}
