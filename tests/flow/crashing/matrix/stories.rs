//! The six stories, with every step that each takes.

/// One event, and what becomes of it.
pub(super) struct Story {
    pub name: &'static str,
    pub profile: &'static str,
    pub retry_scale: f64,
    pub event: &'static str,
    /// The status that the receiver responds to each attempt, from the first.
    pub responses: &'static [u16],
    pub retry_after: Option<&'static str>,
    pub is_active: bool,
    /// How the log shows the delivery in the end; none if the event is rejected.
    pub status: Option<&'static str>,
    /// The calls to AWS and the requests, in any order.
    pub steps: &'static [&'static str],
}

pub(super) const STORIES: [&Story; 6] =
    [&DELIVERED_AT_ONCE, &DELIVERED_AT_THE_THIRD_ATTEMPT, &PARKED, &GONE, &SKIPPED, &REJECTED];

const DELIVERED_AT_ONCE: Story = Story {
    name: "delivered at once",
    profile: "go2",
    retry_scale: 0.001,
    event: "click",
    responses: &[200],
    retry_after: None,
    is_active: true,
    status: Some("delivered"),
    steps: &[
        "GetItem account",
        "BatchExecuteStatement event",
        "SendMessageBatch delivery",
        "BatchGetItem webhook",
        "POST endpoint",
        "BatchWriteItem delivery",
    ],
};

const DELIVERED_AT_THE_THIRD_ATTEMPT: Story = Story {
    name: "delivered at the third attempt",
    responses: &[500, 500, 200],
    steps: &[
        "GetItem account",
        "BatchExecuteStatement event",
        "SendMessageBatch delivery",
        // The first lane.
        "BatchGetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "SendMessageBatch retry",
        "UpdateItem webhook",
        // The retry lane, whose first message claims the delivery, and again.
        "BatchGetItem webhook",
        "GetItem delivery",
        "PutItem delivery",
        "POST endpoint",
        "GetQueueAttributes retry",
        "PutItem delivery",
        "ChangeMessageVisibility retry",
        "UpdateItem webhook",
        "BatchGetItem webhook",
        "GetItem delivery",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const PARKED: Story = Story {
    name: "parked",
    profile: "standard",
    retry_scale: 0.0003,
    responses: &[503, 200],
    retry_after: Some("3"),
    steps: &[
        "GetItem account",
        "BatchExecuteStatement event",
        "SendMessageBatch delivery",
        "BatchGetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "PutItem due",
        "UpdateItem webhook",
        // The schedule.
        "GetItem event",
        "SendMessageBatch retry",
        "BatchWriteItem due",
        // The retry lane, whose message claims the delivery.
        "BatchGetItem webhook",
        "GetItem delivery",
        "PutItem delivery",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const GONE: Story = Story {
    name: "gone",
    profile: "standard",
    responses: &[410],
    status: Some("failed"),
    steps: &[
        "GetItem account",
        "BatchExecuteStatement event",
        "SendMessageBatch delivery",
        "BatchGetItem webhook",
        "POST endpoint",
        "PutItem delivery",
        "UpdateItem webhook",
        "TransactWriteItems webhook",
        "GetItem webhook",
    ],
    ..DELIVERED_AT_ONCE
};

const SKIPPED: Story = Story {
    name: "skipped",
    responses: &[],
    is_active: false,
    status: Some("skipped"),
    steps: &["GetItem account", "BatchExecuteStatement event", "BatchExecuteStatement delivery"],
    ..DELIVERED_AT_ONCE
};

const REJECTED: Story = Story {
    name: "rejected",
    event: "no.such.event",
    responses: &[],
    status: None,
    steps: &["GetItem account", "SendMessage rejected"],
    ..DELIVERED_AT_ONCE
};
