//! What can happen in a simulation, and what it carries.

use std::collections::BTreeSet;

use domain::{delivery::lane::Lane, webhook::standing::Tally};

use super::{agenda::Micros, queue::Message, settings::Source};

/// What can happen.
#[derive(Debug)]
pub enum Event {
    Publish,
    Step,
    Minute,
    /// Intake has what it sends.
    Planned(Box<Planned>),
    /// The attempts of a batch have ended.
    Ended(Box<Ended>),
    /// A batch is over: its execution is free, and messages of these accounts are deleted.
    Done {
        source: Source,
        place: usize,
        deleted: Vec<usize>,
    },
    /// A new message becomes visible.
    Shown(Lane, Message),
    /// A message in flight becomes visible again.
    Back(Lane, Message),
    EventsBack(Vec<Micros>),
    Count(Box<Count>),
}

/// A batch with what is to be sent.
#[derive(Debug)]
pub struct Planned {
    pub place: usize,
    pub events: Vec<Micros>,
    /// Each with its lane.
    pub messages: Vec<(Lane, Message)>,
    pub accounts: BTreeSet<usize>,
}

/// A batch whose attempts have ended.
#[derive(Debug)]
pub struct Ended {
    pub lane: Lane,
    pub place: usize,
    /// Successes at the first attempt, with their partitions: recorded together.
    pub successes: Vec<(Message, usize)>,
    /// Accounts of messages that are to be deleted whatever the table says.
    pub deleted: Vec<usize>,
    pub other_units: f64,
}

/// Attempts of one batch to one webhook, counted together.
#[derive(Debug)]
pub struct Count {
    pub endpoint: usize,
    pub waiting: Tally,
    pub whole: Tally,
    pub is_last: bool,
}
