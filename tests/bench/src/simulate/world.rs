//! The installation at work: what happens next, and who polls.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use domain::delivery::{Delivery, lane::Lane, pressure::Gauge, turns::in_turns, waiting::Waits};
use fastrand::Rng;
use jiff::Timestamp;

use super::{
    agenda::{Agenda, Micros, SECOND, millis},
    counting::Count,
    delivery::Ended,
    intake::Planned,
    measured::Measured,
    pollers::{Pollers, Scaling},
    population::{Mix, Population},
    queue::{Events, Message, Queue},
    settings::{BATCH, Settings, Source, lane_place},
    table::Table,
};

/// How often a mapping's executions change, and the schedule runs.
const STEP: Micros = SECOND / 5;
const MINUTE: Micros = 60 * SECOND;

/// How far ahead a run of the schedule looks for parked retries, and the most that it sends: 1,000 a second for 40 s.
const LOOK_AHEAD: Micros = 240 * SECOND;
const PARKED_IN_A_RUN: usize = 40_000;

/// Below this rate each event is published by itself. Above, those of a millisecond are published together.
const SINGLE_BELOW: f64 = 1_000.0;

/// What is published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Events that wait when the simulation begins.
    pub backlog: u64,
    pub per_second: f64,
    /// For how long, in seconds.
    pub for_seconds: u64,
}

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
    Done { source: Source, place: usize, deleted: Vec<usize> },
    /// A new message becomes visible.
    Shown(Lane, Message),
    /// A message in flight becomes visible again.
    Back(Lane, Message),
    EventsBack(Vec<Micros>),
    Count(Box<Count>),
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
    executions: usize,
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
    load: Load,
    /// The part of an event that was not yet published.
    owed: f64,
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

    /// Gives these queues all their executions at once.
    pub fn have_all(&mut self, sources: &[Source]) {
        for place in sources.iter().map(|source| source.place()) {
            self.pollers[place] = Pollers::new(self.settings.concurrency[place], Scaling::Warm);
        }
    }

    /// Publishes so many events now.
    pub fn publish_now(&mut self, events: u64) {
        self.events.publish(self.agenda.now(), events);
        self.poll(Source::Events);
    }

    /// Lets `unmeasured` seconds pass, then `seconds` more, and returns what was measured in these.
    pub fn run(&mut self, unmeasured: u64, seconds: u64) -> Measured {
        self.pass(unmeasured * SECOND);
        self.measured =
            Measured { last_attempt: self.measured.last_attempt, ..Measured::from(self.agenda.now()) };
        for (level, pollers) in self.measured.busy.iter_mut().zip(&self.pollers) {
            level.change(self.measured.from, i64::try_from(pollers.busy()).unwrap_or(i64::MAX));
        }
        let before = (self.table.read_units, self.table.write_units);
        self.pass(seconds * SECOND);
        self.measured.read_units = self.table.read_units - before.0;
        self.measured.write_units = self.table.write_units - before.1;
        self.measured.clone()
    }

    fn pass(&mut self, time: Micros) {
        let until = self.agenda.now() + time;
        while let Some(event) = self.agenda.next_until(until) {
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Publish => self.publish(),
            Event::Step => self.step(),
            Event::Minute => self.send_parked(),
            Event::Planned(planned) => self.planned(*planned),
            Event::Ended(ended) => self.ended(*ended),
            Event::Done { source, place, deleted } => self.done(source, place, &deleted),
            Event::Shown(lane, message) => self.show(lane, message),
            Event::Back(lane, message) => {
                self.lanes[lane_place(lane)].land(message.account);
                self.show(lane, message);
            }
            Event::EventsBack(events) => {
                events.into_iter().for_each(|accepted| self.events.publish(accepted, 1));
                self.poll(Source::Events);
            }
            Event::Count(count) => self.count(&count),
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of events, in a millisecond")]
    fn publish(&mut self) {
        let (now, Load { per_second, for_seconds, .. }) = (self.agenda.now(), self.load);
        if per_second > 0.0 && now < for_seconds * SECOND {
            let is_single = per_second < SINGLE_BELOW;
            self.owed += if is_single { 1.0 } else { per_second / 1_000.0 };
            let events = self.owed.floor();
            self.owed -= events;
            self.events.publish(now, events as u64);
            // As of many publishers that know nothing of each other.
            let wait = if is_single { -(1.0 - self.random.f64()).ln() / per_second * 1_000.0 } else { 1.0 };
            self.agenda.put(now + millis(wait).max(1), Event::Publish);
        }
        self.poll(Source::Events);
    }

    fn step(&mut self) {
        self.pollers.iter_mut().for_each(Pollers::step);
        Source::ALL.into_iter().for_each(|source| self.poll(source));
        self.agenda.put(self.agenda.now() + STEP, Event::Step);
    }

    /// The minute's run: what is due soon gets a message, with the accounts in turns.
    fn send_parked(&mut self) {
        let (now, by) = (self.agenda.now(), timestamp(self.agenda.now() + LOOK_AHEAD));
        let due: Vec<(Timestamp, u64)> = self.parked.range(..=(by, u64::MAX)).map(|(key, _)| *key).collect();
        let due = due.into_iter().filter_map(|key| Some((key.0, self.parked.get(&key)?.account, key))).collect();
        for (at, _, key) in in_turns::<_, usize>(due, |(_, account, _)| *account).into_iter().take(PARKED_IN_A_RUN) {
            if let Some(message) = self.parked.remove(&key) {
                self.agenda.put(micros(at).max(now), Event::Shown(Lane::Retry, message));
                self.measured.sqs_requests += 1;
            }
        }
        self.agenda.put(now + MINUTE, Event::Minute);
    }

    fn done(&mut self, source: Source, place: usize, deleted: &[usize]) {
        if let Source::Lane(lane) = source {
            deleted.iter().for_each(|account| self.lanes[lane_place(lane)].land(*account));
        }
        self.executions -= 1;
        self.pollers[source.place()].give_back(place);
        self.measured.busy[source.place()].change(self.agenda.now(), -1);
        self.poll(source);
    }

    fn show(&mut self, lane: Lane, message: Message) {
        self.lanes[lane_place(lane)].show(message);
        self.poll(Source::Lane(lane));
    }

    /// Starts executions while there are messages and executions.
    pub(super) fn poll(&mut self, source: Source) {
        while self.pollers[source.place()].has_free() {
            match source {
                Source::Events => {
                    let events = self.events.receive(BATCH);
                    if events.is_empty() {
                        return;
                    }
                    match self.start(source) {
                        Some(place) => self.take_events(place, events),
                        None => return self.put_off(source, Event::EventsBack(events)),
                    }
                }
                Source::Lane(lane) => {
                    let batch = self.lanes[lane_place(lane)].receive(BATCH, self.agenda.now());
                    if batch.is_empty() {
                        return;
                    }
                    match self.start(source) {
                        Some(place) => self.deliver(lane, place, batch),
                        None => return batch.into_iter().for_each(|message| self.put_off(source, Event::Back(lane, message))),
                    }
                }
            }
        }
    }

    /// An execution, unless the AWS account has no more. Then the batch costs a visibility timeout.
    fn start(&mut self, source: Source) -> Option<usize> {
        let (pollers, now) = (&mut self.pollers[source.place()], self.agenda.now());
        self.measured.sqs_requests += 1;
        if self.executions >= self.settings.executions {
            pollers.throttled();
            self.measured.throttles += 1;
            return None;
        }
        let place = pollers.take()?;
        self.executions += 1;
        self.measured.invocations[source.place()] += 1;
        self.measured.busy[source.place()].change(now, 1);
        Some(place)
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
