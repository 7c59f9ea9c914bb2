//! The last 24 hours in figures.

use shared::domain::{
    attempt::Reason,
    delivery::{Delivery, Status},
};

use crate::{
    actions::statistics::Statistics,
    portal::words::{moments::Moment, quantities::count},
};

/// Counts, and of how much of the day they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) numbers: Vec<(&'static str, String)>,
    pub(super) scope: Scope,
}

/// How much of the day was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    Whole,
    /// There is more than can be counted at once.
    Since(Moment),
    /// It took too long.
    Nothing,
}

impl Figures {
    pub(super) fn of(statistics: &Statistics) -> Self {
        let Some(day) = &statistics.day else { return Self { numbers: Vec::new(), scope: Scope::Nothing } };
        let oldest = day.last().filter(|_| statistics.more_of_day).map(|delivery| Moment::of(delivery.created_at));
        // Tests are no events.
        let events: Vec<&Delivery> = day.iter().filter(|delivery| delivery.reason != Reason::Test).collect();
        let with = |status: Status| {
            let found = events.iter().filter(|delivery| delivery.status == status).count();
            count(u64::try_from(found).unwrap_or(u64::MAX))
        };
        let numbers = vec![
            ("Delivered", with(Status::Delivered)),
            ("Retrying", with(Status::Retrying)),
            ("Failed", with(Status::Failed)),
            ("Skipped", with(Status::Skipped)),
            ("Typical answer", typical_ms(&events).map_or_else(|| "–".to_owned(), |ms| format!("{} ms", count(ms)))),
        ];
        Self { numbers, scope: oldest.map_or(Scope::Whole, Scope::Since) }
    }
}

/// The median of what the last attempts of delivered ones took.
fn typical_ms(events: &[&Delivery]) -> Option<u64> {
    let delivered = events.iter().filter(|delivery| delivery.status == Status::Delivered);
    let mut times: Vec<u64> =
        delivered.filter_map(|delivery| Some(delivery.attempts.last()?.response_time_ms)).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
