//! One delivery in a list.

use jiff::Timestamp;
use shared::domain::{
    attempt::{Attempt, Reason},
    delivery::{Delivery, Status},
    webhook::Webhook,
};

use crate::portal::{
    pager::address,
    words::{
        moments::Moment,
        quantities::{answer, count},
        states::{Badge, Tone},
    },
};

/// A delivery as a list shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) created_at: Timestamp,
    pub(super) at: Moment,
    pub(super) path: String,
    pub(super) badge: Badge,
    pub(super) event: String,
    pub(super) event_id: String,
    pub(super) event_path: Option<String>,
    pub(super) attempts: String,
    pub(super) last: Option<Last>,
    pub(super) next: Option<Moment>,
    /// The button's name.
    pub(super) again: Option<&'static str>,
}

/// What the last attempt came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) text: String,
    pub(super) tone: Tone,
}

impl Row {
    pub(super) fn of(webhook: &Webhook, webhook_path: &str, delivery: &Delivery, may_change: bool) -> Self {
        let is_test = delivery.reason == Reason::Test;
        Self {
            created_at: delivery.created_at,
            at: Moment::within_day(delivery.created_at),
            path: format!("{webhook_path}/deliveries/{}", delivery.id),
            badge: Badge::of_delivery(delivery.status),
            event: delivery.event_type.to_string(),
            event_id: delivery.event_id.to_string(),
            // A test's event is stored nowhere.
            event_path: (!is_test).then(|| event_path(delivery.event_id.as_str())),
            attempts: count(delivery.attempts_made().into()),
            last: delivery.attempts.last().map(Last::of),
            next: delivery.next_attempt_at.filter(|_| delivery.status == Status::Retrying).map(Moment::of),
            again: again(webhook, delivery, may_change).map(|_| RESEND),
        }
    }
}

impl Last {
    fn of(attempt: &Attempt) -> Self {
        let tone = if attempt.error.is_none() { Tone::Ok } else { Tone::Bad };
        Self { text: answer(attempt), tone }
    }
}

/// The page of an event.
pub(crate) fn event_path(id: &str) -> String {
    address("/portal/event", [("id", id)])
}

/// What the button is called where several deliveries are listed.
pub(crate) const RESEND: &str = "Resend";

/// The button of the page of a delivery that sends it again, by its name. `None` where that would be refused.
pub(crate) fn again(webhook: &Webhook, delivery: &Delivery, may_change: bool) -> Option<&'static str> {
    if !may_change || delivery.reason == Reason::Test || !webhook.wants(&delivery.event_type) {
        return None;
    }
    Some(if delivery.status == Status::Retrying { "Retry now" } else { RESEND })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{attempt, delivery, webhook_of};

    #[test]
    fn a_row_says_what_became_of_a_delivery() {
        let webhook = webhook_of(&["click"]);
        let failed = delivery("click", Status::Failed, vec![attempt(1, Some(503), 87), attempt(2, None, 5_000)]);
        let row = Row::of(&webhook, "/portal/webhooks/wh_1", &failed, true);
        assert_eq!(row.path, "/portal/webhooks/wh_1/deliveries/dlv_1");
        assert_eq!(row.event_path.as_deref(), Some("/portal/event?id=evt%2F1%3F"));
        assert_eq!((row.badge.word, row.attempts.as_str(), row.again), ("Failed", "2", Some("Resend")));
        assert_eq!(row.last, Some(Last { text: "timeout · 5,000 ms".to_owned(), tone: Tone::Bad }));
        assert_eq!(row.next, None);
    }

    #[test]
    fn a_button_is_there_only_where_it_would_work() {
        for (event, status, reason, may_change, button) in [
            ("click", Status::Delivered, Reason::Event, true, Some("Resend")),
            ("click", Status::Failed, Reason::Replay, true, Some("Resend")),
            ("click", Status::Skipped, Reason::Event, true, Some("Resend")),
            ("click", Status::Retrying, Reason::Event, true, Some("Retry now")),
            ("click", Status::Failed, Reason::Event, false, None),
            ("click", Status::Failed, Reason::Test, true, None),
            ("link.created", Status::Failed, Reason::Event, true, None),
        ] {
            let delivery = Delivery { reason, ..delivery(event, status, Vec::new()) };
            let found = again(&webhook_of(&["click"]), &delivery, may_change);
            assert_eq!(found, button, "{event} {status:?} {reason:?} {may_change}");
        }
    }

    #[test]
    fn only_what_is_retried_has_a_next_attempt() {
        let next_attempt_at = Some(Timestamp::UNIX_EPOCH);
        for (status, has_next) in [(Status::Retrying, true), (Status::Failed, false), (Status::Delivered, false)] {
            let delivery = Delivery { next_attempt_at, ..delivery("click", status, vec![attempt(1, Some(200), 5)]) };
            let row = Row::of(&webhook_of(&["click"]), "", &delivery, false);
            assert_eq!(row.next.is_some(), has_next, "{status:?}");
        }
    }
}
