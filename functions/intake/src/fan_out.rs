//! What an event asks for: a delivery for each webhook that wants it, and a record for each disabled one.

use std::{
    cell::LazyCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use shared::{
    ambient,
    config::EventLog,
    domain::{
        account::{Account, status::AccountStatus},
        attempt::Reason,
        delivery::{Delivery, admission::Stopped, job::Job, lane::Lane, transition::stopped},
        event::{Event, content::Content, log::LoggedEvent, rejection::Rejection},
        ids::{AccountId, DeliveryId},
        webhook::route::Route,
    },
    metrics::Count,
    queue::{Body, Dispatch},
    store::{Written, events::EventStored},
};

use crate::{
    Handler,
    admit::{Admitted, Decided, Leftover, decide},
    record::{IntakeError, Record, Rejected},
};

/// A record and what must be stored and queued before its message may be acknowledged.
#[derive(Debug)]
pub(crate) struct Planned<'r> {
    pub record: &'r Record,
    /// The account whose part of the event log must be right about this record.
    pub account: Option<AccountId>,
    /// What the event log must list.
    pub logged: Option<LoggedEvent>,
    pub deliveries: Vec<(Lane, Dispatch)>,
    /// Records of deliveries that are not attempted, so that they can be recovered.
    pub skipped: Vec<Delivery>,
    left: AtomicUsize,
}

impl<'r> Planned<'r> {
    /// A record that leads to nothing: its message is rejected.
    fn rejected(record: &'r Record) -> Self {
        record.set_done();
        Self::new(record, None, None, Plan::default())
    }

    /// A record about an event of an account. The log is one part more that must be where it must be.
    fn of_event(record: &'r Record, account: &Account, logged: Option<LoggedEvent>, plan: Plan) -> Self {
        Self::new(record, Some(account.id.clone()), logged, plan)
    }

    fn new(record: &'r Record, account: Option<AccountId>, logged: Option<LoggedEvent>, plan: Plan) -> Self {
        let Plan { deliveries, skipped } = plan;
        let left = deliveries.len().saturating_add(skipped.len()).saturating_add(usize::from(account.is_some()));
        Self { record, account, logged, deliveries, skipped, left: left.into() }
    }

    /// One of the deliveries or records, or the log, is as it must be. With the last one the message may be acknowledged.
    pub(crate) fn one_done(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.record.set_done();
        }
    }
}

impl Handler {
    /// Stores one event, unless it was stored together with others, and plans its deliveries. A rejected one is in the rejected queue
    /// when this returns.
    pub(crate) async fn plan<'r>(&self, admitted: Admitted<'r>) -> Result<Planned<'r>, IntakeError> {
        let (record, account, event, inserted) = match admitted {
            Admitted::Event { record, account, event, inserted } => (record, account, event, inserted),
            Admitted::Rejected { record, account, rejection, leftover } => {
                if let Some(Leftover { account, event }) = leftover {
                    Box::pin(self.store.erase_event(&account, &event, &record.source_id)).await?;
                }
                Box::pin(self.reject(record, account, rejection)).await?;
                return Ok(Planned::rejected(record));
            }
        };
        let stored = match inserted {
            Written::Yes => EventStored::New,
            // Boxed, as the future of a call of the SDK is large and seldom needed.
            Written::Lost => Box::pin(self.store.put_event(&event, &record.source_id, ambient::now())).await?,
        };
        match decide(event, stored) {
            Ok(Decided::Deliver { event, again }) => {
                if !again {
                    self.metrics.count(Count::Events);
                }
                let plan = plan(account, &event, again, self.log.mode());
                Ok(Planned::of_event(record, account, Some(LoggedEvent::of(&event)), plan))
            }
            Ok(Decided::Repeated) => {
                self.metrics.count(Count::RepeatedEvents);
                Ok(Planned::of_event(record, account, None, Plan::default()))
            }
            Err(rejection) => {
                Box::pin(self.reject(record, Some(account), rejection)).await?;
                Ok(Planned::of_event(record, account, None, Plan::default()))
            }
        }
    }

    /// Moves a message to the rejected queue. A note that cannot be published, as its id has other content, is nobody's message.
    async fn reject(
        &self,
        record: &Record,
        account: Option<&Account>,
        rejection: Rejection,
    ) -> Result<(), IntakeError> {
        if record.note.is_some() {
            tracing::error!(message.id = %record.message_id, "an operational event could not be published: {rejection}");
            return Ok(());
        }
        self.queues.reject(&record.body, None, &rejection.reason()).await?;
        self.metrics.count(Count::RejectedEvents);
        let code = rejection.code();
        tracing::warn!(message.id = %record.message_id, rejection.code = code, "an event was rejected: {rejection}");
        let account = account.map(|account| account.id.clone());
        // Set once for each receive of the message.
        let _ = record.rejected.set(Rejected { account, rejection });
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Plan {
    deliveries: Vec<(Lane, Dispatch)>,
    skipped: Vec<Delivery>,
}

/// A delivery for each webhook that wants the event. For a disabled one, or a suspended account, only a record, and after a day only
/// the event log.
fn plan(account: &Account, event: &Event, again: bool, event_log: EventLog) -> Plan {
    let mut plan = Plan::default();
    // Composed once, and only if a webhook wants the event.
    let body: LazyCell<Body, _> = LazyCell::new(|| Body::Here(Arc::from(event.body())));
    let content = Content::of(event);
    for route in account.routes.iter().filter(|route| route.wants_content(&content)) {
        let job = job(account, route, event, again);
        let (why, is_recorded) = match account.status {
            _ if !route.is_active => (Stopped::Disabled, route.records_skipped(event.accepted_at)),
            AccountStatus::Active => {
                let dispatch = Dispatch { job, body: body.clone(), delay_seconds: 0 };
                plan.deliveries.push((Lane::of_first_attempt(route.health), dispatch));
                continue;
            }
            status => (Stopped::Suspended, status.records_skipped(event.accepted_at)),
        };
        if is_recorded || event_log == EventLog::Off {
            plan.skipped.push(stopped(&job, None, why).record);
        }
    }
    plan
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
        round: None,
        waited: false,
        at: None,
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::{
        delivery::Status,
        event::{Arrival, filter::Filter, message::Message, pattern::EventPattern},
        ids::{AccountId, EventId, ProfileName, WebhookId},
        profile::registry::Profiles,
        webhook::standing::Health,
    };

    use super::*;

    fn event() -> Event {
        let message = Message::parse(r#"{"account":"acme","event":"click","data":1}"#).unwrap();
        let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: "2026-01-01T00:00:00Z".parse().unwrap() };
        Event::admit(message, &Profiles::built_in().by_name("go2").unwrap().events, arrival).unwrap()
    }

    fn route(id: &str, pattern: &str, is_active: bool, health: Health) -> Route {
        let events = vec![EventPattern::parse(pattern).unwrap()];
        Route { webhook: WebhookId::parse(id).unwrap(), events, filter: None, is_active, health, disabled_at: None }
    }

    #[test]
    fn what_a_filter_does_not_match_is_neither_delivered_nor_recorded() {
        let filtered = |id: &str, filter: &str, is_active: bool| {
            let filter = Some(Filter::parse(filter).unwrap());
            Route { filter, ..route(id, "click", is_active, Health::Ok) }
        };
        let account = Account {
            id: AccountId::parse("acme").unwrap(),
            profile: ProfileName::parse("go2").unwrap(),
            status: AccountStatus::Active,
            routes: vec![
                filtered("wh_matching", r#"{"data":[1]}"#, true),
                filtered("wh_other", r#"{"data":[2]}"#, true),
                filtered("wh_disabled", r#"{"data":[1]}"#, false),
                filtered("wh_disabled_other", r#"{"data":[2]}"#, false),
            ],
        };
        let plan = plan(&account, &event(), false, EventLog::On);
        let sent: Vec<&str> = plan.deliveries.iter().map(|(_, dispatch)| dispatch.job.webhook.as_str()).collect();
        let skipped: Vec<&str> = plan.skipped.iter().map(|record| record.webhook.as_str()).collect();
        assert_eq!((sent, skipped), (vec!["wh_matching"], vec!["wh_disabled"]));
    }

    #[test]
    fn each_webhook_gets_what_its_route_says() {
        let account = Account {
            id: AccountId::parse("acme").unwrap(),
            profile: ProfileName::parse("go2").unwrap(),
            status: AccountStatus::Active,
            routes: vec![
                route("wh_ok", "click", true, Health::Ok),
                route("wh_all", "*", true, Health::Ok),
                route("wh_other", "qr.scanned", true, Health::Ok),
                route("wh_slow", "click", true, Health::Slow),
                route("wh_failing", "click", true, Health::Failing),
                route("wh_disabled", "click", false, Health::Failing),
                route("wh_disabled_other", "qr.scanned", false, Health::Ok),
            ],
        };
        let plan = plan(&account, &event(), false, EventLog::On);
        let sent: Vec<(&str, Lane)> =
            plan.deliveries.iter().map(|(lane, dispatch)| (dispatch.job.webhook.as_str(), *lane)).collect();
        let expected =
            [("wh_ok", Lane::First), ("wh_all", Lane::First), ("wh_slow", Lane::Slow), ("wh_failing", Lane::Retry)];
        assert_eq!(sent, expected);
        let skipped: Vec<(&str, Status)> =
            plan.skipped.iter().map(|record| (record.webhook.as_str(), record.status)).collect();
        assert_eq!(skipped, [("wh_disabled", Status::Skipped)]);
    }

    #[test]
    fn a_suspended_accounts_events_are_skipped_for_a_day() {
        let hours = |hours: i64| event().accepted_at.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap();
        for (since, event_log, recorded) in [
            (hours(1), EventLog::On, Some("account suspended")),
            (hours(25), EventLog::On, None),
            (hours(25), EventLog::Off, Some("account suspended")),
        ] {
            let account = Account {
                id: AccountId::parse("acme").unwrap(),
                profile: ProfileName::parse("go2").unwrap(),
                status: AccountStatus::Suspended { since },
                routes: vec![route("wh_ok", "click", true, Health::Ok)],
            };
            let plan = plan(&account, &event(), false, event_log);
            let reason = plan.skipped.first().and_then(|record| record.status_reason.clone());
            assert_eq!((plan.deliveries.len(), reason.as_deref()), (0, recorded), "{since} {event_log:?}");
        }
    }
}
