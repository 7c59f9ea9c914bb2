//! The commonest errors, each with what to do about it.

use shared::domain::{
    attempt::{Attempt, ErrorClass, Reason},
    delivery::Delivery,
};

use crate::portal::words::{advice::advice_on, moments::Moment, quantities::deliveries, visible::line};

/// How many errors are listed.
const LISTED: usize = 5;

/// Deliveries whose last attempts failed in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErrorRow {
    pub(super) error: String,
    pub(super) advice: &'static str,
    pub(super) count: String,
    pub(super) last: Moment,
}

struct Group<'a> {
    class: Option<ErrorClass>,
    status: Option<u16>,
    newest: &'a Attempt,
    count: u64,
}

/// The commonest first; among equals the newest.
pub(super) fn commonest(troubled: &[Delivery]) -> Vec<ErrorRow> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let events = troubled.iter().filter(|delivery| delivery.reason != Reason::Test);
    for attempt in events.filter_map(|delivery| delivery.attempts.last()).filter(|attempt| attempt.error.is_some()) {
        let (class, status) = (attempt.error_class, attempt.status_code);
        match groups.iter_mut().find(|group| (group.class, group.status) == (class, status)) {
            Some(group) => {
                group.count = group.count.saturating_add(1);
                if attempt.at > group.newest.at {
                    group.newest = attempt;
                }
            }
            None => groups.push(Group { class, status, newest: attempt, count: 1 }),
        }
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.count), std::cmp::Reverse(group.newest.at)));
    groups.iter().take(LISTED).map(ErrorRow::of).collect()
}

impl ErrorRow {
    fn of(group: &Group<'_>) -> Self {
        let advice = advice_on(group.class, group.status);
        Self {
            error: line(group.newest.error.as_deref().unwrap_or_default()),
            advice: advice.unwrap_or("Look at one of these deliveries."),
            count: deliveries(group.count),
            last: Moment::of(group.newest.at),
        }
    }
}
