//! The last deliveries as one picture: a bar for each, as high as its last attempt took.

use shared::domain::delivery::{Delivery, Status};

use crate::{
    actions::statistics::RECENT,
    portal::words::{
        quantities::{count, deliveries},
        states::Badge,
    },
};

/// How wide a bar and its gap are.
const STEP: usize = 12;

/// How high the highest bar is.
const HEIGHT: u64 = 88;

/// How high the lowest bar is, so that every delivery can be seen.
const LEAST: u64 = 3;

/// A picture with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) width: usize,
    /// What the picture says, for whoever does not see it.
    pub(super) words: String,
    pub(super) highest: String,
}

/// A delivery. A bar of a state without success has a mark under it: no colour alone says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) class: &'static str,
    pub(super) mark: Option<&'static str>,
    /// What the pointer shows.
    pub(super) title: String,
}

impl Chart {
    /// Of deliveries, the newest first. The picture has the newest on the right, and as much room however few there are. `None` if there
    /// are none.
    pub(super) fn of(recent: &[Delivery]) -> Option<Self> {
        let took = |delivery: &Delivery| delivery.attempts.last().map(|attempt| attempt.response_time_ms);
        let highest = recent.iter().filter_map(took).max().unwrap_or(0);
        if recent.is_empty() {
            return None;
        }
        let first = RECENT.saturating_sub(recent.len());
        let places = recent.iter().rev().zip(first..);
        let bars = places.map(|(delivery, place)| Bar::of(place, delivery, took(delivery), highest));
        Some(Self {
            bars: bars.collect(),
            width: STEP.saturating_mul(RECENT),
            words: words(recent, recent.iter().filter_map(took).collect()),
            highest: format!("{} ms", count(highest)),
        })
    }
}

impl Bar {
    fn of(place: usize, delivery: &Delivery, took: Option<u64>, highest: u64) -> Self {
        let scaled = took.unwrap_or(0).saturating_mul(HEIGHT).checked_div(highest).unwrap_or(0);
        let height = scaled.clamp(LEAST, HEIGHT);
        let (class, mark) = match delivery.status {
            Status::Delivered => ("good", None),
            Status::Retrying => ("wait", Some("M0-2.5v5")),
            Status::Failed => ("poor", Some("m-2.5-2.5 5 5m0-5-5 5")),
            Status::Skipped => ("none", Some("M-2.5 0h5")),
        };
        let took = took.map_or_else(|| "not sent".to_owned(), |ms| format!("{} ms", count(ms)));
        Self {
            x: place.saturating_mul(STEP),
            y: HEIGHT.saturating_sub(height),
            height,
            class,
            mark,
            title: format!("{}, {}, {took}", delivery.event_type, Badge::of_delivery(delivery.status).word),
        }
    }
}

/// `The last 60 deliveries: 52 delivered, 8 failed. Their last attempts took 40 to 10,000 ms, half of them at most 90 ms.`
fn words(recent: &[Delivery], mut times: Vec<u64>) -> String {
    let of = |status: Status| recent.iter().filter(|delivery| delivery.status == status).count();
    let parts = [
        (of(Status::Delivered), "delivered"),
        (of(Status::Retrying), "retrying"),
        (of(Status::Failed), "failed"),
        (of(Status::Skipped), "skipped"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    let number = u64::try_from(recent.len()).unwrap_or(u64::MAX);
    let words = format!("The last {}: {}.", deliveries(number), parts.join(", "));
    times.sort_unstable();
    if let (Some(least), Some(most), Some(middle)) = (times.first(), times.last(), times.get(times.len() / 2)) {
        let (least, most, middle) = (count(*least), count(*most), count(*middle));
        return format!("{words} Their last attempts took {least} to {most} ms, half of them at most {middle} ms.");
    }
    words
}
