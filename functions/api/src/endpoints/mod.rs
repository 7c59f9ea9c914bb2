//! The table of endpoints. A row says everything about its endpoint: [`crate::router`] routes by it and checks the key and its
//! scopes, and [`crate::openapi`] describes the API from it. A new endpoint is a new row and its handler.

pub(crate) mod operator;
pub(crate) mod row;
pub(crate) mod words;

use axum::http::StatusCode;
use shared::domain::account::{bucket::Bucket, key::Scope};

use self::{
    row::Endpoint,
    words::{
        Body,
        Method::{Delete, Get, Patch, Post},
        Parameter::{Cursor, EventId, EventNames, Id, IdempotencyKey, Limit, Recovery, Since, Statuses, Until},
        Quota, Shape, Tag,
    },
};
use crate::{
    request::publication::MAX_PUBLICATION,
    routes::{deliveries, events, meta, recoveries, secrets, sessions, test, webhooks},
};

const MANAGE: &[Scope] = &[Scope::Manage];
const READ: &[Scope] = &[Scope::Read];
const PUBLISH: &[Scope] = &[Scope::Publish];
const READ_OR_PUBLISH: &[Scope] = &[Scope::Read, Scope::Publish];

/// Two changes may meet, and a key or an id may be used twice.
const CONFLICT: &[StatusCode] = &[StatusCode::CONFLICT];

/// The webhook that an idempotency key created may be deleted since.
const GONE_OR_CONFLICT: &[StatusCode] = &[StatusCode::NOT_FOUND, StatusCode::CONFLICT];

/// A table holds plain functions, so the future that an `async fn` returns is boxed.
macro_rules! handler {
    ($handler:path) => {
        |api, caller, incoming| Box::pin($handler(api, caller, incoming))
    };
}

/// All endpoints, in the order in which `Allow` lists the methods of a path.
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    Endpoint::keyed(Get, "/webhooks", READ, handler!(webhooks::list))
        .named(Tag::Webhooks, "listWebhooks", "List webhooks")
        .described("Oldest first.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("Webhook"), "A page of webhooks."),
    Endpoint::keyed(Post, "/webhooks", MANAGE, handler!(webhooks::create))
        .named(Tag::Webhooks, "createWebhook", "Create a webhook")
        .described("An account may have 100, or fewer if its operator says so.")
        .with(&[IdempotencyKey])
        .reads(Body::required("WebhookCreation"))
        .responds(
            StatusCode::CREATED,
            Shape::Object("WebhookWithSecret"),
            "Created. The secret is not shown again.",
        )
        .fails(GONE_OR_CONFLICT),
    Endpoint::keyed(Get, "/webhooks/{id}", READ, handler!(webhooks::get))
        .named(Tag::Webhooks, "getWebhook", "Read a webhook")
        .responds(StatusCode::OK, Shape::Object("Webhook"), "The webhook."),
    Endpoint::keyed(Patch, "/webhooks/{id}", MANAGE, handler!(webhooks::change))
        .named(Tag::Webhooks, "changeWebhook", "Change a webhook")
        .described(
            "`isActive: true` enables it again; that and a new `url` reset the failure count. A read-only field may be sent with the \
             value that it has, and is then ignored.",
        )
        .reads(Body::required("WebhookChange"))
        .responds(StatusCode::OK, Shape::Object("Webhook"), "The webhook as it is now.")
        .fails(CONFLICT),
    Endpoint::keyed(Delete, "/webhooks/{id}", MANAGE, handler!(webhooks::delete))
        .named(Tag::Webhooks, "deleteWebhook", "Delete a webhook")
        .responds(StatusCode::OK, Shape::Object("Deleted"), "Deleted.")
        .fails(CONFLICT),
    Endpoint::keyed(Post, "/webhooks/{id}/test", MANAGE, handler!(test::send))
        .named(Tag::Webhooks, "testWebhook", "Send a test event now")
        .described(
            "The event's sample, signed and sent as any other. Never retried, never counted; logged with the reason `test`.",
        )
        .reads(Body::optional("TestRequest"))
        .limited(Quota::Bucket(Bucket::Tests))
        .responds(StatusCode::OK, Shape::Object("TestResult"), "The attempt, whatever the endpoint said."),
    Endpoint::keyed(Post, "/webhooks/{id}/filter-check", READ, handler!(webhooks::check_filter))
        .named(Tag::Webhooks, "checkFilter", "Check the filter against an event")
        .described(
            "Whether the webhook's filter matches an event that is stored, or one that is sent here and goes nowhere else. Only the filter \
             counts; a webhook without one matches everything.",
        )
        .reads(Body::required("FilterCheck").of_at_most(MAX_PUBLICATION))
        .responds(StatusCode::OK, Shape::Object("FilterChecked"), "Whether it matches."),
    Endpoint::keyed(Post, "/webhooks/{id}/rotate-secret", MANAGE, handler!(secrets::rotate))
        .named(Tag::Webhooks, "rotateSecret", "Make a new secret")
        .described("Until its grace period ends, a previous secret signs too. Five may at once; a grace period of 0 ends them all.")
        .with(&[IdempotencyKey])
        .reads(Body::optional("RotationRequest"))
        .responds(
            StatusCode::OK,
            Shape::Object("WebhookWithSecret"),
            "The webhook. The new secret is not shown again.",
        )
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/webhooks/{id}/deliveries", READ, handler!(deliveries::list))
        .named(Tag::Deliveries, "listDeliveries", "List deliveries")
        .described("Newest first, each with all its attempts. A page may be short, or empty, and still have a next one.")
        .with(&[Limit, Cursor, Statuses, Since, Until, EventNames, EventId, Recovery])
        .responds(StatusCode::OK, Shape::List("Delivery"), "A page of deliveries."),
    Endpoint::keyed(Get, "/webhooks/{id}/deliveries/{deliveryId}", READ, handler!(deliveries::get))
        .named(Tag::Deliveries, "getDelivery", "Read a delivery")
        .described("With the exact body that was sent.")
        .responds(StatusCode::OK, Shape::Object("DeliveryWithPayload"), "The delivery."),
    Endpoint::keyed(Post, "/webhooks/{id}/deliveries/{deliveryId}/resend", MANAGE, handler!(deliveries::resend))
        .named(Tag::Deliveries, "resendDelivery", "Send a delivery again")
        .described(
            "One more attempt now, with the same body and ids, also while the webhook is disabled. It is never retried and never \
             counted. If the delivery is retrying, its next attempt is made now, and the schedule goes on from there.",
        )
        .reads(Body::optional("Empty"))
        .limited(Quota::Bucket(Bucket::Tests))
        .responds(StatusCode::ACCEPTED, Shape::Object("Delivery"), "Accepted: the delivery as it was.")
        .fails(&[StatusCode::CONFLICT, StatusCode::GONE]),
    Endpoint::keyed(Post, "/webhooks/{id}/recoveries", MANAGE, handler!(recoveries::create))
        .named(Tag::Recoveries, "createRecovery", "Send again what was missed")
        .described(
            "One at a time for each webhook, and five for each account; there is no limit to the number of deliveries. With \
             `dryRun: true`, nothing is sent, and the response says how much it would be.",
        )
        .with(&[IdempotencyKey])
        .reads(Body::required("RecoveryCreation"))
        .responds(StatusCode::CREATED, Shape::Object("Recovery"), "Created: the first attempts are made within seconds.")
        .or(
            StatusCode::OK,
            Shape::Object("RecoveryOrEstimate"),
            "A repetition under the same Idempotency-Key: the recovery as it is now. Or a dry run.",
        )
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/webhooks/{id}/recoveries", READ, handler!(recoveries::list))
        .named(Tag::Recoveries, "listRecoveries", "List recoveries")
        .described("Newest first. They are kept for 30 days.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("Recovery"), "A page of recoveries."),
    Endpoint::keyed(Get, "/webhooks/{id}/recoveries/{recoveryId}", READ, handler!(recoveries::get))
        .named(Tag::Recoveries, "getRecovery", "Read a recovery")
        .responds(StatusCode::OK, Shape::Object("Recovery"), "The recovery."),
    Endpoint::keyed(Post, "/webhooks/{id}/recoveries/{recoveryId}/pause", MANAGE, handler!(recoveries::pause))
        .named(Tag::Recoveries, "pauseRecovery", "Pause a recovery")
        .described("Within 10 s nothing more of it is sent; what was attempted and is retrying goes on. After a week it is cancelled.")
        .reads(Body::optional("Empty"))
        .responds(StatusCode::OK, Shape::Object("Recovery"), "The recovery.")
        .fails(CONFLICT),
    Endpoint::keyed(Post, "/webhooks/{id}/recoveries/{recoveryId}/resume", MANAGE, handler!(recoveries::resume))
        .named(Tag::Recoveries, "resumeRecovery", "Go on with a paused recovery")
        .reads(Body::optional("Empty"))
        .responds(StatusCode::OK, Shape::Object("Recovery"), "The recovery.")
        .fails(CONFLICT),
    Endpoint::keyed(Post, "/webhooks/{id}/recoveries/{recoveryId}/cancel", MANAGE, handler!(recoveries::cancel))
        .named(Tag::Recoveries, "cancelRecovery", "Cancel a recovery")
        .described("Within 10 s nothing more of it is sent; what was attempted and is retrying goes on.")
        .reads(Body::optional("Empty"))
        .responds(StatusCode::OK, Shape::Object("Recovery"), "The recovery.")
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/events", READ, handler!(events::list))
        .named(Tag::Events, "listEvents", "List events")
        .described(
            "Newest first, in the order in which they were stored, which is what `since` and `until` mean too. A page may be short, or \
             empty, and still have a next one. After a crash, an event may be listed twice.",
        )
        .with(&[Limit, Cursor, Since, Until, EventNames])
        .responds(StatusCode::OK, Shape::List("LoggedEvent"), "A page of events.")
        .fails(CONFLICT),
    Endpoint::keyed(Post, "/events", PUBLISH, handler!(events::publish))
        .named(Tag::Events, "publishEvents", "Publish events")
        .described("One, or up to 100 together; at most 4 MiB.")
        .with(&[IdempotencyKey])
        .reads(Body::required("Publication").of_at_most(MAX_PUBLICATION))
        .limited(Quota::ByHandler)
        .responds(StatusCode::ACCEPTED, Shape::Object("Published"), "Accepted: the events are queued.")
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/event", READ, handler!(events::get))
        .named(Tag::Events, "getEvent", "Read an event")
        .described("With its body, and with what became of it at each webhook of the account.")
        .with(&[Id])
        .responds(StatusCode::OK, Shape::Object("EventWithDeliveries"), "The event.")
        .fails(&[StatusCode::NOT_FOUND]),
    Endpoint::keyed(Get, "/webhooks/{id}/events", READ, handler!(events::catch_up))
        .named(Tag::Events, "catchUp", "Read what a receiver should have got")
        .described(
            "The events that the webhook wants, oldest first, whatever became of their deliveries. Without a cursor it begins with the \
             oldest, or at `since`. An event appears at most 15 s after it was stored, and a reader that follows the cursor passes over \
             none; one may come twice. A page may be empty while `done` is false.",
        )
        .with(&[Limit, Cursor, Since])
        .responds(StatusCode::OK, Shape::Feed("CatchUpEvent"), "A page of events, and where to go on.")
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/event-types", READ_OR_PUBLISH, handler!(meta::event_types))
        .named(Tag::Events, "listEventTypes", "List event types")
        .responds(StatusCode::OK, Shape::List("EventType"), "All event types."),
    Endpoint::keyed(Post, "/portal-sessions", MANAGE, handler!(sessions::create))
        .named(Tag::Portal, "createPortalSession", "Make a link to the portal")
        .described("The link works once, within five minutes. An account may have 100 sessions that are open; each ends with its key.")
        .reads(Body::optional("PortalSessionCreation"))
        .responds(StatusCode::CREATED, Shape::Object("PortalSessionCreated"), "Made. The link is not shown again.")
        .fails(CONFLICT),
    Endpoint::keyed(Get, "/portal-sessions", MANAGE, handler!(sessions::list))
        .named(Tag::Portal, "listPortalSessions", "List open sessions of the portal")
        .described("Oldest first, without their links.")
        .with(&[Limit, Cursor])
        .responds(StatusCode::OK, Shape::List("PortalSession"), "A page of sessions."),
    Endpoint::keyed(Delete, "/portal-sessions/{sessionId}", MANAGE, handler!(sessions::end))
        .named(Tag::Portal, "endPortalSession", "End a session of the portal")
        .described("From the next click on.")
        .responds(StatusCode::OK, Shape::Object("PortalSessionDeleted"), "Ended.")
        .fails(CONFLICT),
    Endpoint::document("/openapi.json")
        .named(Tag::Api, "getOpenApi", "Read this document")
        .responds(StatusCode::OK, Shape::Document, "The document."),
    Endpoint::open("/health", meta::health)
        .named(Tag::Api, "getHealth", "Check whether the API responds")
        .responds(StatusCode::OK, Shape::Object("Health"), "The API responds."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::endpoints::row::Access;

    #[test]
    fn no_two_rows_name_the_same_endpoint_or_operation() {
        let places: BTreeSet<_> = ENDPOINTS.iter().map(|row| (row.path, row.method.as_str())).collect();
        let operations: BTreeSet<_> = ENDPOINTS.iter().map(|row| row.operation_id).collect();
        assert_eq!((places.len(), operations.len()), (ENDPOINTS.len(), ENDPOINTS.len()));
    }

    #[test]
    fn every_row_has_its_words() {
        for row in ENDPOINTS {
            let words = [row.operation_id, row.summary, row.success.description];
            assert!(words.iter().all(|word| !word.is_empty()), "{row:?}");
        }
    }

    #[test]
    fn every_key_check_names_a_scope() {
        for row in ENDPOINTS {
            let has_scope = !matches!(row.access, Access::Keyed { scopes: [], .. });
            assert!(has_scope, "{row:?}");
        }
    }
}
