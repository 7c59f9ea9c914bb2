//! The table of operators' endpoints, below `/operator/v1`.

use axum::http::StatusCode;

use super::{
    row::Endpoint,
    words::{
        Body,
        Method::{Delete, Get, Patch, Post, Put},
        Parameter::{Cursor, Limit},
        Shape, Tag,
    },
};
use crate::routes::{operator, sessions};

/// Where operators' endpoints are.
pub(crate) const OPERATOR_BASE: &str = "/operator/v1";

/// The account may be in the middle of its deletion, or of another change.
const CONFLICT: &[StatusCode] = &[StatusCode::CONFLICT];

/// A table holds plain functions, so the future that an `async fn` returns is boxed.
macro_rules! handler {
    ($handler:path) => {
        |api, actor, incoming| Box::pin($handler(api, actor, incoming))
    };
}

/// All of them, in the order in which `Allow` lists the methods of a path.
pub(crate) static OPERATOR_ENDPOINTS: &[Endpoint] = &[
    Endpoint::operators(Get, "/accounts", handler!(operator::list))
        .named(Tag::Accounts, "listAccounts", "List accounts")
        .described("By id.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("Account"), "A page of accounts."),
    Endpoint::operators(Get, "/accounts/{account}", handler!(operator::get))
        .named(Tag::Accounts, "getAccount", "Read an account")
        .responds(StatusCode::OK, Shape::Object("Account"), "The account."),
    Endpoint::operators(Put, "/accounts/{account}", handler!(operator::put))
        .named(Tag::Accounts, "putAccount", "Make an account, or change one")
        .described("What is not named stays as it is. An account keeps its profile for life.")
        .reads(Body::required("AccountPut"))
        .responds(StatusCode::CREATED, Shape::Object("Account"), "Made.")
        .or(StatusCode::OK, Shape::Object("Account"), "It was there: the account as it is now.")
        .fails(CONFLICT),
    Endpoint::operators(Patch, "/accounts/{account}", handler!(operator::change))
        .named(Tag::Accounts, "changeAccount", "Change, suspend or activate an account")
        .described(
            "A suspended account's keys are rejected with 403, and nothing is sent. Its events are recorded as skipped for a day, and are \
             in the event log after that, so that they can be recovered.",
        )
        .reads(Body::required("AccountChange"))
        .responds(StatusCode::OK, Shape::Object("Account"), "The account as it is now.")
        .fails(CONFLICT),
    Endpoint::operators(Delete, "/accounts/{account}", handler!(operator::delete))
        .named(Tag::Accounts, "deleteAccount", "Delete an account and everything it has")
        .described(
            "Its keys and webhooks end at once, and the rest is erased in the background. The account is not found any more when all of \
             that is done. Sending this again changes nothing.",
        )
        .responds(StatusCode::ACCEPTED, Shape::Object("AccountDeleting"), "The deletion has begun.")
        .fails(CONFLICT),
    Endpoint::operators(Get, "/accounts/{account}/keys", handler!(operator::list_keys))
        .named(Tag::Keys, "listKeys", "List an account's keys")
        .described("By id, without the keys themselves.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("Key"), "The keys.")
        .fails(CONFLICT),
    Endpoint::operators(Post, "/accounts/{account}/keys", handler!(operator::create_key))
        .named(Tag::Keys, "createKey", "Make a key")
        .reads(Body::required("KeyCreation"))
        .responds(StatusCode::CREATED, Shape::Object("KeyWithSecret"), "Made. The key is not shown again.")
        .fails(CONFLICT),
    Endpoint::operators(Delete, "/accounts/{account}/keys/{keyId}", handler!(operator::revoke_key))
        .named(Tag::Keys, "revokeKey", "Revoke a key")
        .described("The API rejects it from the next request on.")
        .responds(StatusCode::OK, Shape::Object("Deleted"), "Revoked.")
        .fails(CONFLICT),
    Endpoint::operators(Post, "/accounts/{account}/portal-sessions", handler!(sessions::create_for))
        .named(Tag::Portal, "createPortalSession", "Make a link to an account's portal")
        .described("The link works once, within five minutes. An account may have 100 sessions that are open; each ends with its key.")
        .reads(Body::optional("PortalSessionCreation"))
        .responds(StatusCode::CREATED, Shape::Object("PortalSessionCreated"), "Made. The link is not shown again.")
        .fails(CONFLICT),
    Endpoint::operators(Get, "/accounts/{account}/portal-sessions", handler!(sessions::list_for))
        .named(Tag::Portal, "listPortalSessions", "List an account's open sessions of the portal")
        .described("Oldest first, without their links.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("PortalSession"), "A page of sessions.")
        .fails(CONFLICT),
    Endpoint::operators(Delete, "/accounts/{account}/portal-sessions/{sessionId}", handler!(sessions::end_for))
        .named(Tag::Portal, "endPortalSession", "End a session of the portal")
        .described("From the next click on.")
        .responds(StatusCode::OK, Shape::Object("PortalSessionDeleted"), "Ended.")
        .fails(CONFLICT),
    Endpoint::document("/openapi.json")
        .named(Tag::Api, "getOpenApi", "Read this document")
        .responds(StatusCode::OK, Shape::Document, "The document."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rows_name_the_same_endpoint_or_operation() {
        let rows = OPERATOR_ENDPOINTS;
        let places: BTreeSet<_> = rows.iter().map(|row| (row.path, row.method.as_str())).collect();
        let operations: BTreeSet<_> = rows.iter().map(|row| row.operation_id).collect();
        assert_eq!((places.len(), operations.len()), (rows.len(), rows.len()));
    }
}
