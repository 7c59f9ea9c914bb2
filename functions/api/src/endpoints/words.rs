//! The words that rows are written in.

use axum::{http::StatusCode, routing::MethodFilter};
use shared::domain::account::bucket::Bucket;

/// The most bytes of a request body, unless the endpoint's row says otherwise. A webhook's longest settings fit it many times.
const MAX_BODY: usize = 262_144;

/// A method that some endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A chapter of the `OpenAPI` document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Webhooks,
    Deliveries,
    Recoveries,
    Events,
    Accounts,
    Keys,
    Portal,
    Api,
}

/// What a client may add to the path and the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Limit,
    Cursor,
    Statuses,
    Since,
    Until,
    EventNames,
    EventId,
    Recovery,
    /// The event's id, which this endpoint needs.
    Id,
    IdempotencyKey,
}

/// What a request uses of its account's rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// One unit of this bucket, before the handler is called.
    Bucket(Bucket),
    /// As much as the handler finds in the request.
    ByHandler,
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
    /// A page of a list that never ends.
    Feed(&'static str),
    /// The `OpenAPI` document, in no envelope.
    Document,
}

impl Method {
    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// As the `OpenAPI` document writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
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
            Self::Recoveries => "Recoveries",
            Self::Events => "Events",
            Self::Accounts => "Accounts",
            Self::Keys => "Keys",
            Self::Portal => "Portal",
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
