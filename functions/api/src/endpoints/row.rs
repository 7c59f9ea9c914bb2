//! A row: what the table says about one endpoint.

use std::{fmt, pin::Pin, sync::Arc};

use axum::http::StatusCode;
use shared::domain::account::{bucket::Bucket, key::Scope};

use super::words::{Body, Method, Parameter, Quota, Shape, Success, Tag};
use crate::{Api, actor::Actor, answer::Answer, caller::Caller, error::ApiError, request::Incoming};

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// Below the profile's base path.
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) operation_id: &'static str,
    pub(crate) tag: Tag,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) body: Option<Body>,
    /// What a request with an account's key uses of that account's rate limits.
    pub(crate) quota: Quota,
    pub(crate) success: Success,
    /// Another success, where a request may do less than usual.
    pub(crate) also: Option<Success>,
    /// The error statuses that do not follow from the rest of the row.
    pub(crate) errors: &'static [StatusCode],
}

/// Who may call an endpoint, and what then responds. Only a handler behind the key check ever gets a [`Caller`].
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// No key is needed, and nothing that was sent is read.
    Open(OpenHandler),
    /// No key is needed, and the response is the `OpenAPI` document. The document is made from the table, so that a row cannot name
    /// the function that makes it.
    Document,
    /// A key is needed that has one of these scopes.
    Keyed { scopes: &'static [Scope], handler: KeyedHandler },
    /// An operator's key is needed.
    Operators(OperatorHandler),
}

pub(crate) type OpenHandler = fn() -> Result<Answer, ApiError>;
pub(crate) type KeyedHandler = fn(Arc<Api>, Caller, Incoming) -> Handling;
pub(crate) type OperatorHandler = fn(Arc<Api>, Actor, Incoming) -> Handling;
pub(crate) type Handling = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

impl Endpoint {
    pub(crate) const fn keyed(
        method: Method,
        path: &'static str,
        scopes: &'static [Scope],
        handler: KeyedHandler,
    ) -> Self {
        Self::new(method, path, Access::Keyed { scopes, handler })
    }

    pub(crate) const fn operators(method: Method, path: &'static str, handler: OperatorHandler) -> Self {
        Self::new(method, path, Access::Operators(handler))
    }

    pub(crate) const fn open(path: &'static str, handler: OpenHandler) -> Self {
        Self::new(Method::Get, path, Access::Open(handler))
    }

    pub(crate) const fn document(path: &'static str) -> Self {
        Self::new(Method::Get, path, Access::Document)
    }

    const fn new(method: Method, path: &'static str, access: Access) -> Self {
        Self {
            method,
            path,
            access,
            operation_id: "",
            tag: Tag::Api,
            summary: "",
            description: "",
            parameters: &[],
            body: None,
            quota: Quota::Bucket(Bucket::Requests),
            success: Success { status: StatusCode::OK, shape: Shape::Document, description: "" },
            also: None,
            errors: &[],
        }
    }

    /// Its chapter and its name in the `OpenAPI` document, and what it does in one line.
    pub(crate) const fn named(self, tag: Tag, operation_id: &'static str, summary: &'static str) -> Self {
        Self { operation_id, tag, summary, ..self }
    }

    pub(crate) const fn described(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    pub(crate) const fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    pub(crate) const fn reads(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(crate) const fn limited(self, quota: Quota) -> Self {
        Self { quota, ..self }
    }

    pub(crate) const fn responds(self, status: StatusCode, shape: Shape, description: &'static str) -> Self {
        Self { success: Success { status, shape, description }, ..self }
    }

    pub(crate) const fn or(self, status: StatusCode, shape: Shape, description: &'static str) -> Self {
        Self { also: Some(Success { status, shape, description }), ..self }
    }

    pub(crate) const fn fails(self, errors: &'static [StatusCode]) -> Self {
        Self { errors, ..self }
    }

    /// Every error status that its responses may have: what follows from its access, path and body, and what it names.
    pub(crate) fn error_statuses(&self) -> Vec<StatusCode> {
        let mut statuses = vec![StatusCode::TOO_MANY_REQUESTS];
        match self.access {
            Access::Open(_) | Access::Document => {}
            Access::Keyed { .. } => statuses.extend([
                StatusCode::BAD_REQUEST,
                StatusCode::UNAUTHORIZED,
                StatusCode::FORBIDDEN,
                StatusCode::SERVICE_UNAVAILABLE,
            ]),
            Access::Operators(_) => {
                statuses.extend([StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE]);
            }
        }
        if self.path.contains('{') {
            statuses.push(StatusCode::NOT_FOUND);
        }
        if self.body.is_some() {
            statuses.extend([StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE]);
        }
        statuses.extend(self.errors);
        statuses
    }

    pub(crate) fn has_query(&self) -> bool {
        self.parameters.iter().any(|parameter| *parameter != Parameter::IdempotencyKey)
    }
}

/// Functions have no text worth printing.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(_) => f.write_str("Open"),
            Self::Document => f.write_str("Document"),
            Self::Operators(_) => f.write_str("Operators"),
            Self::Keyed { scopes, .. } => f.debug_tuple("Keyed").field(scopes).finish(),
        }
    }
}
