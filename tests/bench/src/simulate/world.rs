//! The installation, its customers, and the time.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use domain::delivery::{Delivery, lane::Lane, pressure::Gauge, waiting::Waits};
use fastrand::Rng;
use jiff::Timestamp;

use super::{
    agenda::{Agenda, Micros, SECOND},
    event::Event,
    measured::Measured,
    pollers::Pollers,
    population::{Mix, Population},
    queue::{Events, Message, Queue},
    settings::{Settings, Source},
    table::Table,
};

/// What is published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Events that wait when the simulation begins.
    pub backlog: u64,
    pub per_second: f64,
    /// For how long, in seconds.
    pub for_seconds: u64,
}

/// The installation, its customers, and the time.
#[derive(Debug)]
pub struct World {
    pub(super) agenda: Agenda<Event>,
    pub(super) settings: Settings,
    pub(super) population: Population,
    pub(super) events: Events,
    pub(super) lanes: [Queue; 3],
    pub(super) pollers: [Pollers; 4],
    /// Executions at work, for all queues.
    pub(super) executions: usize,
    pub(super) table: Table,
    /// The records that are not those of successes at the first attempt, by delivery.
    pub(super) records: HashMap<u64, Delivery>,
    pub(super) parked: BTreeMap<(Timestamp, u64), Message>,
    /// What each execution of the retry lane knows of its pressure.
    pub(super) gauges: Vec<Gauge>,
    pub(super) waits: Waits,
    pub(super) measured: Measured,
    pub(super) random: Rng,
    pub(super) messages: u64,
    pub(super) deliveries: u64,
    pub(super) load: Load,
    /// The part of an event that was not yet published.
    pub(super) owed: f64,
}

impl World {
    pub fn new(settings: Settings, mix: Mix, load: Load, seed: u64) -> Result<Self> {
        let population = Population::new(mix, timestamp(0))?;
        let (accounts, endpoints) = (population.accounts(), population.endpoints.len());
        let mut world = Self {
            agenda: Agenda::new(),
            events: Events::default(),
            lanes: [(); 3].map(|()| Queue::new(accounts, settings.in_flight)),
            pollers: settings.concurrency.map(|most| Pollers::new(most, settings.scaling)),
            executions: 0,
            table: Table::new(settings.table, settings.partition, accounts, endpoints),
            records: HashMap::new(),
            parked: BTreeMap::new(),
            gauges: vec![Gauge::default(); settings.concurrency[Source::Lane(Lane::Retry).place()]],
            waits: Waits::scaled(domain::attempt::schedule::RetryScale::default()),
            measured: Measured::default(),
            random: Rng::with_seed(seed),
            messages: 0,
            deliveries: 0,
            owed: 0.0,
            settings,
            population,
            load,
        };
        world.events.publish(0, load.backlog);
        for event in [Event::Publish, Event::Step, Event::Minute] {
            world.agenda.put(0, event);
        }
        Ok(world)
    }

    /// What cannot be worked on comes back after the visibility timeout.
    pub(super) fn put_off(&mut self, source: Source, event: Event) {
        self.agenda.put(self.agenda.now() + source.visibility_seconds() * SECOND, event);
    }

    pub(super) fn new_message(&mut self) -> u64 {
        self.messages += 1;
        self.messages
    }
}

/// The simulated time as the domain knows it.
pub fn timestamp(at: Micros) -> Timestamp {
    // 2026-01-01.
    Timestamp::from_microsecond(BEGINNING.saturating_add_unsigned(at)).unwrap_or(Timestamp::MAX)
}

/// The inverse.
pub fn micros(at: Timestamp) -> Micros {
    u64::try_from(at.as_microsecond() - BEGINNING).unwrap_or(0)
}

/// 2026-01-01 in microseconds.
const BEGINNING: i64 = 1_767_225_600_000_000;
