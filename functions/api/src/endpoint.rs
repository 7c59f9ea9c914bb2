//! What a row of the table in [`crate::endpoints`] says about one endpoint.

use std::{fmt, pin::Pin, sync::Arc};

use axum::{http::StatusCode, routing::MethodFilter};
use shared::domain::api_key::Scope;

use crate::{Api, answer::Answer, caller::Caller, error::ApiError, request::Incoming};

/// The most bytes of a request body, unless the endpoint's row says otherwise. A webhook's longest settings fit it many times.
const MAX_BODY: usize = 262_144;

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
    pub(crate) success: Success,
    /// Error statuses, besides those of [`Endpoint::error_statuses`] that follow from the rest of the row.
    pub(crate) errors: &'static [StatusCode],
}

/// A method that some endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Patch,
    Delete,
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
}

pub(crate) type OpenHandler = fn() -> Result<Answer, ApiError>;
pub(crate) type KeyedHandler = fn(Arc<Api>, Caller, Incoming) -> Handling;
pub(crate) type Handling = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// A chapter of the `OpenAPI` document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Webhooks,
    Deliveries,
    Events,
    Api,
}

/// What a client may add to the path and the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Limit,
    Cursor,
    Statuses,
    IdempotencyKey,
}

/// A JSON object in the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    pub(crate) schema: &'static str,
    pub(crate) required: bool,
    pub(crate) max_bytes: usize,
}

/// The response to a request that succeeded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Success {
    pub(crate) status: StatusCode,
    pub(crate) shape: Shape,
    pub(crate) description: &'static str,
}

/// What the envelope holds, by the name of its schema.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Object(&'static str),
    List(&'static str),
    /// The `OpenAPI` document, in no envelope.
    Document,
}

impl Endpoint {
    pub(crate) const fn keyed(
        method: Method,
        path: &'static str,
        scopes: &'static [Scope],
        handler: KeyedHandler,
    ) -> Self {
        Self::new(method, path, Access::Keyed { scopes, handler })
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
            success: Success { status: StatusCode::OK, shape: Shape::Document, description: "" },
            errors: &[],
        }
    }

    /// Its chapter and its name in the `OpenAPI` document, and what it does in one line.
    pub(crate) const fn named(self, tag: Tag, operation_id: &'static str, summary: &'static str) -> Self {
        Self { tag, operation_id, summary, ..self }
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

    pub(crate) const fn responds(self, status: StatusCode, shape: Shape, description: &'static str) -> Self {
        Self { success: Success { status, shape, description }, ..self }
    }

    pub(crate) const fn fails(self, errors: &'static [StatusCode]) -> Self {
        Self { errors, ..self }
    }

    /// Every error status that its responses may have.
    pub(crate) fn error_statuses(&self) -> Vec<StatusCode> {
        let mut statuses = vec![StatusCode::TOO_MANY_REQUESTS];
        if matches!(self.access, Access::Keyed { .. }) {
            statuses.extend([
                StatusCode::BAD_REQUEST,
                StatusCode::UNAUTHORIZED,
                StatusCode::FORBIDDEN,
                StatusCode::SERVICE_UNAVAILABLE,
            ]);
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

impl Method {
    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// As the `OpenAPI` document writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

impl Tag {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Webhooks => "Webhooks",
            Self::Deliveries => "Deliveries",
            Self::Events => "Events",
            Self::Api => "API",
        }
    }
}

impl Body {
    pub(crate) const fn required(schema: &'static str) -> Self {
        Self { schema, required: true, max_bytes: MAX_BODY }
    }

    pub(crate) const fn optional(schema: &'static str) -> Self {
        Self { required: false, ..Self::required(schema) }
    }

    pub(crate) const fn of_at_most(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }
}

/// Functions have no text worth printing.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(_) => f.write_str("Open"),
            Self::Document => f.write_str("Document"),
            Self::Keyed { scopes, .. } => f.debug_tuple("Keyed").field(scopes).finish(),
        }
    }
}
