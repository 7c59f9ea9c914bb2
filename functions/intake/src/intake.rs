//! One event, top to bottom: judge, store once, match, plan its deliveries.

use std::sync::Arc;

use futures::future::try_join_all;
use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        delivery::{Delivery, Job, Lane, Reason, Status, Stopped},
        event::{Arrival, Event, Message, Rejection},
        id::{DeliveryId, EventId},
        subscription::{Health, Route},
    },
    logging::chain,
    metrics::Count,
    queue::{Outgoing, QueueError},
    store::{StoreError, Written, accounts::Account, events::EventStored},
};

use crate::batch::{Accounts, Intake};

/// A message of the event queue.
#[derive(Debug)]
pub struct Received {
    pub message_id: String,
    /// Whose message this is: SQS's id, or the one an operator's redrive kept.
    pub source_id: String,
    pub body: String,
    /// When SQS first had it.
    pub sent_at: Timestamp,
}

/// What must be sent before the message may be acknowledged.
#[derive(Debug, Default)]
pub struct Plan {
    pub deliveries: Vec<(Lane, Outgoing)>,
}

/// Why an event must be received again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error("the table could not be asked")]
    Store(#[from] StoreError),
    #[error("the account could not be read with its batch")]
    Account,
    #[error("the account's profile '{profile}' is not installed here")]
    Profile { profile: String },
    #[error("it took too long to judge and store")]
    Deadline,
    #[error("judging it panicked")]
    Panic,
    #[error("the event could not be moved to the rejected queue")]
    Reject(#[from] QueueError),
}

/// What a message turned out to be.
#[derive(Debug)]
pub(crate) enum Admitted<'a> {
    Event { account: &'a Account, event: Event },
    Rejected(Rejection),
}

/// What was decided about an event.
enum Judged {
    Deliver {
        event: Event,
        again: bool,
    },
    /// Published before: nothing to do.
    Repeated,
}

/// Judges one message by itself: what it says, and what its account's profile allows.
///
/// # Errors
/// Nothing is lost: the message must be received again.
pub(crate) fn admit<'a>(
    intake: &Intake,
    accounts: &'a Accounts,
    received: &Received,
    message: Result<Message<'_>, Rejection>,
) -> Result<Admitted<'a>, IntakeError> {
    let message = match message {
        Ok(message) => message,
        Err(rejection) => return Ok(Admitted::Rejected(rejection)),
    };
    let account = match accounts.get(&message.account) {
        Some(Ok(Some(account))) => account,
        Some(Ok(None)) => return Ok(Admitted::Rejected(Rejection::UnknownAccount { account: message.account })),
        // The read failed for all events of this account; its error was one, logged once.
        Some(Err(error)) => {
            tracing::error!(account.id = %message.account, "the account could not be read: {}", chain(error));
            return Err(IntakeError::Account);
        }
        None => return Err(IntakeError::Account),
    };
    let profile = intake
        .profiles
        .by_name(&account.profile)
        .ok_or_else(|| IntakeError::Profile { profile: account.profile.clone() })?;
    let admitted = arrival(received).and_then(|arrival| Event::admit(message, profile, arrival));
    Ok(admitted.map_or_else(Admitted::Rejected, |event| Admitted::Event { account, event }))
}

/// Stores one event, unless it was stored together with others, and plans its deliveries. A rejected one is in the rejected
/// queue when this returns.
///
/// # Errors
/// Nothing is lost: the message must be received again.
pub(crate) async fn plan(
    intake: &Intake,
    received: &Received,
    admitted: Admitted<'_>,
    inserted: Written,
) -> Result<Plan, IntakeError> {
    let (account, event) = match admitted {
        Admitted::Event { account, event } => (account, event),
        Admitted::Rejected(rejection) => return Box::pin(reject(intake, received, &rejection)).await,
    };
    let stored = match inserted {
        Written::Yes => EventStored::New,
        // Boxed, as the future of a call of the SDK is large and seldom needed.
        Written::Lost => Box::pin(intake.store.put_event(&event, &received.source_id, ambient::now())).await?,
    };
    match judge(event, stored) {
        Ok(Judged::Deliver { event, again }) => {
            if !again {
                intake.metrics.count(Count::Events);
            }
            fan_out(intake, account, event, again).await
        }
        Ok(Judged::Repeated) => {
            intake.metrics.count(Count::RepeatedEvents);
            Ok(Plan::default())
        }
        Err(rejection) => Box::pin(reject(intake, received, &rejection)).await,
    }
}

/// What the store says of an event's id decides whether it is new, the same message once more, published before, or another
/// event with that id.
fn judge(event: Event, stored: EventStored) -> Result<Judged, Rejection> {
    match stored {
        EventStored::New => Ok(Judged::Deliver { event, again: false }),
        // The bytes and times stored first are those that count.
        EventStored::Again(stored) if event.repeats(&stored) => Ok(Judged::Deliver { event: stored, again: true }),
        EventStored::Taken(stored) if event.repeats(&stored) => Ok(Judged::Repeated),
        EventStored::Again(_) | EventStored::Taken(_) => Err(Rejection::IdReused),
    }
}

fn arrival(received: &Received) -> Result<Arrival, Rejection> {
    let id = EventId::parse(&received.source_id).map_err(Rejection::Id)?;
    Ok(Arrival { id, at: received.sent_at })
}

/// A delivery for each webhook that wants the event; for a disabled one only a record, so that it can be replayed.
async fn fan_out(intake: &Intake, account: &Account, event: Event, again: bool) -> Result<Plan, IntakeError> {
    let (mut plan, mut skips) = (Plan::default(), Vec::new());
    let body: Arc<str> = Arc::from(event.body.as_str());
    for route in account.routes.iter().filter(|route| route.wants(&event.event_type)) {
        let job = job(account, route, &event, again);
        if route.is_active {
            let outgoing = Outgoing { job, body: Arc::clone(&body), delay_seconds: 0 };
            plan.deliveries.push((lane(route.health), outgoing));
        } else {
            let mut skipped = Delivery::new(&job, Status::Skipped);
            skipped.status_reason = Some(Stopped::Disabled.to_string());
            skips.push(Box::pin(intake.store.record_first(skipped, ambient::now())));
        }
    }
    for written in try_join_all(skips).await? {
        // Lost: it is recorded already, by this event's earlier run.
        if written == Written::Yes {
            intake.metrics.count(Count::Skipped);
        }
    }
    Ok(plan)
}

/// Events of a webhook in trouble must not hold up the others.
fn lane(health: Health) -> Lane {
    match health {
        Health::Ok => Lane::First,
        Health::Slow | Health::Failing => Lane::Retry,
    }
}

fn job(account: &Account, route: &Route, event: &Event, again: bool) -> Job {
    Job {
        account: account.id.clone(),
        profile: account.profile.clone(),
        webhook: route.webhook.clone(),
        event_id: event.id.clone(),
        event_type: event.event_type.clone(),
        delivery: DeliveryId::derive(event.accepted_at, &account.id, &event.id, &route.webhook),
        accepted_at: event.accepted_at,
        reason: Reason::Event,
        again,
    }
}

async fn reject(intake: &Intake, received: &Received, rejection: &Rejection) -> Result<Plan, IntakeError> {
    intake.queues.reject(&received.body, None, &rejection.reason()).await?;
    intake.metrics.count(Count::RejectedEvents);
    tracing::warn!(message.id = %received.message_id, rejection.code = rejection.code(), "an event was rejected: {rejection}");
    Ok(Plan::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_healthy_webhooks_get_the_first_lane() {
        assert_eq!(lane(Health::Ok), Lane::First);
        assert_eq!(lane(Health::Slow), Lane::Retry);
        assert_eq!(lane(Health::Failing), Lane::Retry);
    }
}
