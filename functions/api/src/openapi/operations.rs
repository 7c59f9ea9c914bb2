//! What the router answers, one entry for each method and path. A test asks the router whether that is true.

use serde_json::{Value, json};
use shared::domain::{delivery::Status, profile::Profile};

/// One method of one path.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) access: Access,
    pub(super) parameters: Vec<Value>,
    /// The body's schema, and whether it must be sent.
    pub(super) body: Option<(&'static str, bool)>,
    pub(super) status: u16,
    /// What the answer of that status is, in words.
    pub(super) answer: &'static str,
    pub(super) shape: Shape,
    pub(super) errors: Vec<u16>,
}

/// Who may call it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Access {
    /// Anybody: no key is needed.
    Open,
    /// A key with this scope.
    Scope(&'static str),
}

/// How the answer looks inside the envelope.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Object(&'static str),
    List(&'static str),
    /// This document, in no envelope.
    Document,
}

impl Operation {
    /// A call that needs a key with `scope`.
    fn new(method: &'static str, path: &'static str, id: &'static str, tag: &'static str, scope: &'static str) -> Self {
        let mut parameters = Vec::new();
        let mut errors = vec![400, 401, 403, 429, 503];
        if path.contains("{id}") {
            parameters.push(path_id("id", "The webhook's id."));
            errors.push(404);
        }
        if path.contains("{deliveryId}") {
            parameters.push(path_id("deliveryId", "The delivery's id."));
        }
        if tag == "Webhooks" && method != "get" && !path.ends_with("/test") {
            errors.push(409);
        }
        Self {
            method,
            path,
            id,
            tag,
            summary: "",
            description: "",
            access: Access::Scope(scope),
            parameters,
            body: None,
            status: 200,
            answer: "Done.",
            shape: Shape::Document,
            errors,
        }
    }

    /// A call that anybody may make.
    fn open(path: &'static str, id: &'static str, summary: &'static str, shape: Shape) -> Self {
        let errors = vec![429];
        let operation = Self { access: Access::Open, errors, ..Self::new("get", path, id, "API", "") };
        operation.says(summary, "").answers(200, shape, "The answer.")
    }

    fn says(self, summary: &'static str, description: &'static str) -> Self {
        Self { summary, description, ..self }
    }

    fn takes(mut self, schema: &'static str, required: bool) -> Self {
        self.errors.extend([413, 415]);
        Self { body: Some((schema, required)), ..self }
    }

    fn with(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    fn answers(self, status: u16, shape: Shape, answer: &'static str) -> Self {
        Self { status, answer, shape, ..self }
    }
}

/// All of them.
pub(super) fn all(_: &Profile) -> Vec<Operation> {
    [webhooks(), setting_up(), deliveries(), events(), about()].into_iter().flatten().collect()
}

fn webhooks() -> Vec<Operation> {
    const ONE: &str = "/webhooks/{id}";
    let of = |method, path, id, scope| Operation::new(method, path, id, "Webhooks", scope);
    vec![
        of("post", "/webhooks", "createWebhook", "manage")
            .says("Create a webhook", "An account may have 100.")
            .takes("WebhookCreation", true)
            .answers(201, Shape::Object("WebhookWithSecret"), "Created. The secret is not shown again."),
        of("get", "/webhooks", "listWebhooks", "read").says("List webhooks", "Oldest first.").with(paging()).answers(
            200,
            Shape::List("Webhook"),
            "A page of webhooks.",
        ),
        of("get", ONE, "getWebhook", "read").says("Read a webhook", "").answers(
            200,
            Shape::Object("Webhook"),
            "The webhook.",
        ),
        of("patch", ONE, "changeWebhook", "manage")
            .says("Change a webhook", "`isActive: true` enables it again and resets the failure count.")
            .takes("WebhookChange", true)
            .answers(200, Shape::Object("Webhook"), "The webhook as it is now."),
        of("delete", ONE, "deleteWebhook", "manage").says("Delete a webhook", "").answers(
            200,
            Shape::Object("Deleted"),
            "Deleted.",
        ),
    ]
}

fn setting_up() -> Vec<Operation> {
    vec![
        Operation::new("post", "/webhooks/{id}/test", "testWebhook", "Webhooks", "manage")
            .says(
                "Send a test event now",
                "The event's sample, signed and sent as any other. Never retried, never counted; logged with the reason `test`.",
            )
            .takes("TestRequest", false)
            .answers(200, Shape::Object("TestResult"), "The attempt, whatever the endpoint said."),
        Operation::new("post", "/webhooks/{id}/rotate-secret", "rotateSecret", "Webhooks", "manage")
            .says("Make a new secret", "During the grace period the old and the new secret both sign.")
            .takes("RotationRequest", false)
            .answers(200, Shape::Object("WebhookWithSecret"), "The webhook. The new secret is not shown again."),
    ]
}

fn deliveries() -> Vec<Operation> {
    let of = |path, id| Operation::new("get", path, id, "Deliveries", "read");
    let status = json!({
        "name": "status",
        "in": "query",
        "description": "Only these, separated by commas.",
        "style": "form",
        "explode": false,
        "schema": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": Status::ALL.map(Status::as_str)},
        },
    });
    vec![
        of("/webhooks/{id}/deliveries", "listDeliveries")
            .says("List deliveries", "Newest first, each with all its attempts.")
            .with(paging())
            .with([status])
            .answers(200, Shape::List("Delivery"), "A page of deliveries."),
        of("/webhooks/{id}/deliveries/{deliveryId}", "getDelivery")
            .says("Read a delivery", "With the exact body that was sent.")
            .answers(200, Shape::Object("DeliveryWithPayload"), "The delivery."),
    ]
}

fn events() -> Vec<Operation> {
    let idempotency_key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The events' ids are made from it, so a repeat gets the same ids and delivers nothing new.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    });
    vec![
        Operation::new("post", "/events", "publishEvents", "Events", "publish")
            .says("Publish events", "One, or up to 100 together; at most 4 MiB.")
            .with([idempotency_key])
            .takes("Publication", true)
            .answers(202, Shape::Object("Published"), "Accepted: the events are queued."),
        Operation::new("get", "/event-types", "listEventTypes", "Events", "read or publish")
            .says("List event types", "")
            .answers(200, Shape::List("EventType"), "All event types."),
    ]
}

fn about() -> Vec<Operation> {
    vec![
        Operation::open("/openapi.json", "getOpenApi", "Read this document", Shape::Document),
        Operation::open("/health", "getHealth", "Ask whether the API answers", Shape::Object("Health")),
    ]
}

fn path_id(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": super::schemas::id()})
}

fn paging() -> [Value; 2] {
    [
        json!({
            "name": "limit",
            "in": "query",
            "description": "How many at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        }),
        json!({
            "name": "cursor",
            "in": "query",
            "description": "The `nextCursor` of the page before.",
            "schema": {"type": "string"},
        }),
    ]
}
