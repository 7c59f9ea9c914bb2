//! What is to happen, in the order of its time: the engine of the simulation.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// A simulated time, in microseconds since the beginning.
pub type Micros = u64;

pub const SECOND: Micros = 1_000_000;

/// `ms` milliseconds. Negative ones count as none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a simulation are short and positive"
)]
pub fn millis(ms: f64) -> Micros {
    (ms.max(0.0) * 1_000.0).round() as Micros
}

/// `time` in seconds.
#[expect(clippy::cast_precision_loss, reason = "a simulation lasts hours, not centuries")]
pub fn seconds(time: Micros) -> f64 {
    time as f64 / 1e6
}

/// Everything that is to happen. What is due at the same time happens in the order in which it was put down, so that a run
/// with the same seed is the same run.
#[derive(Debug)]
pub struct Agenda<E> {
    now: Micros,
    put_down: u64,
    entries: BinaryHeap<Reverse<Entry<E>>>,
}

#[derive(Debug)]
struct Entry<E> {
    at: Micros,
    order: u64,
    event: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (Micros, u64) {
        (self.at, self.order)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<E> Agenda<E> {
    pub fn new() -> Self {
        Self { now: 0, put_down: 0, entries: BinaryHeap::new() }
    }

    pub fn now(&self) -> Micros {
        self.now
    }

    /// Puts down what is to happen. What should have happened already happens now.
    pub fn put(&mut self, at: Micros, event: E) {
        let entry = Entry { at: at.max(self.now), order: self.put_down, event };
        self.put_down += 1;
        self.entries.push(Reverse(entry));
    }

    /// The next thing to happen until `end`. The clock moves there.
    pub fn next_until(&mut self, end: Micros) -> Option<E> {
        if self.entries.peek().is_none_or(|Reverse(entry)| entry.at > end) {
            self.now = end;
            return None;
        }
        let Reverse(entry) = self.entries.pop()?;
        self.now = entry.at;
        Some(entry.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_the_order_of_their_times_then_of_their_entry() {
        let mut agenda = Agenda::new();
        for (at, name) in [(5, "c"), (3, "a"), (9, "e"), (5, "d"), (3, "b"), (11, "late")] {
            agenda.put(at, name);
        }
        let happened: Vec<_> = std::iter::from_fn(|| agenda.next_until(10).map(|name| (agenda.now(), name))).collect();
        assert_eq!(happened, [(3, "a"), (3, "b"), (5, "c"), (5, "d"), (9, "e")]);
        assert_eq!(agenda.now(), 10);
    }
}
