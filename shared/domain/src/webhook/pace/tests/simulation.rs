//! Some functions, a queue and a receiver, event by event, without a clock.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use super::*;

const BATCH: usize = 10;

/// What happens in a simulation.
pub(super) struct Scenario {
    pub(super) limit: RateLimit,
    pub(super) functions: usize,
    /// For each message, how it begins, and when it is in the queue, in microseconds.
    pub(super) messages: Vec<(Asker, i64)>,
    /// How late the lane is, at least and at most.
    pub(super) late: (i64, i64),
    /// The most that an attempt takes to reach the receiver.
    pub(super) jitter: i64,
}

/// What the receiver saw and what it took.
pub(super) struct Outcome {
    /// When each message reached the receiver.
    pub(super) seen: Vec<i64>,
    pub(super) asks: usize,
    /// Writes that lost their race.
    pub(super) races: usize,
}

enum Event {
    Ready(usize),
    Write { batch: Vec<usize>, seen: usize, pace: Pace, turns: Vec<Turn> },
    Free,
}

pub(super) struct Simulation {
    scenario: Scenario,
    now: i64,
    random: u64,
    events: Vec<Option<Event>>,
    due: BinaryHeap<Reverse<(i64, usize)>>,
    queue: VecDeque<usize>,
    free: usize,
    pace: Pace,
    writes: usize,
    asker: Vec<Asker>,
    seen: Vec<Option<i64>>,
    asks: usize,
    races: usize,
}

impl Simulation {
    pub(super) fn new(scenario: Scenario) -> Self {
        let asker: Vec<Asker> = scenario.messages.iter().map(|(asker, _)| *asker).collect();
        Self {
            now: START,
            random: 88_172_645_463_325_252,
            events: vec![],
            due: BinaryHeap::new(),
            queue: VecDeque::new(),
            free: scenario.functions,
            pace: Pace::default(),
            writes: 0,
            seen: vec![None; asker.len()],
            asker,
            asks: 0,
            races: 0,
            scenario,
        }
    }

    pub(super) fn run(mut self) -> Outcome {
        for (message, (_, from)) in self.scenario.messages.clone().into_iter().enumerate() {
            let late = self.late();
            self.plan(START + from + late, Event::Ready(message));
        }
        while let Some(Reverse((time, event))) = self.due.pop() {
            self.now = time;
            match self.events[event].take().unwrap() {
                Event::Ready(message) => self.queue.push_back(message),
                Event::Write { batch, seen, .. } if seen != self.writes => {
                    self.races += 1;
                    self.ask(batch);
                }
                Event::Write { batch, pace, turns, .. } => self.written(&batch, pace, &turns),
                Event::Free => self.free += 1,
            }
            self.receive();
        }
        let seen = self.seen.iter().map(|seen| seen.expect("a message was lost") - START).collect();
        Outcome { seen, asks: self.asks, races: self.races }
    }

    fn plan(&mut self, time: i64, event: Event) {
        self.due.push(Reverse((time, self.events.len())));
        self.events.push(Some(event));
    }

    fn receive(&mut self) {
        // What is ready at the same time may come in the same batch.
        if self.due.peek().is_some_and(|Reverse((time, _))| *time == self.now) {
            return;
        }
        while self.free > 0 && !self.queue.is_empty() {
            self.free -= 1;
            let batch = self.queue.drain(..BATCH.min(self.queue.len())).collect();
            self.ask(batch);
        }
    }

    fn ask(&mut self, batch: Vec<usize>) {
        let askers: Vec<Asker> = batch.iter().map(|message| self.asker[*message]).collect();
        let (pace, turns) =
            self.pace.reserve(self.scenario.limit, &askers, Timestamp::from_microsecond(self.now).unwrap());
        let took = self.between(3_000, 6_000);
        self.plan(self.now + took, Event::Write { batch, seen: self.writes, pace, turns });
    }

    fn written(&mut self, batch: &[usize], pace: Pace, turns: &[Turn]) {
        (self.pace, self.writes, self.asks) = (pace, self.writes + 1, self.asks + batch.len());
        let mut done = self.now;
        for (message, turn) in batch.iter().zip(turns) {
            match turn {
                Turn::Slot(slot) => {
                    let seen = slot.as_microsecond().max(self.now) + self.between(0, self.scenario.jitter);
                    assert_eq!(self.seen[*message].replace(seen), None, "attempted twice");
                    done = done.max(seen + 20_000);
                }
                Turn::Later(turn) => self.put_back(*message, turn.as_microsecond()),
            }
        }
        self.plan(done, Event::Free);
    }

    /// SQS delays by whole seconds, and the lane is late.
    fn put_back(&mut self, message: usize, turn: i64) {
        self.asker[message] = match self.asker[message] {
            Asker::Newcomer | Asker::Returning => Asker::Returning,
            Asker::Replay | Asker::ReturningReplay => Asker::ReturningReplay,
        };
        let delay = (turn - self.now + 999_999) / 1_000_000 * 1_000_000;
        let ready = self.now + delay + self.late();
        self.plan(ready, Event::Ready(message));
    }

    fn late(&mut self) -> i64 {
        let (least, most) = self.scenario.late;
        self.between(least, most)
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        least + i64::try_from(self.random % u64::try_from(most - least + 1).unwrap()).unwrap()
    }
}

impl Outcome {
    /// How much of the limit was used from the start to the last attempt.
    pub(super) fn used(&self, limit: RateLimit) -> f64 {
        let last = *self.seen.iter().max().unwrap();
        let allowed = seconds(last) * f64::from(limit.requests()) / f64::from(limit.seconds());
        count(self.seen.len()) / allowed
    }

    pub(super) fn asks_each(&self) -> f64 {
        count(self.asks) / count(self.seen.len())
    }

    /// How many of the older half were among the first half of the attempts.
    pub(super) fn in_order(&self) -> f64 {
        let half = self.seen.len() / 2;
        let mut order: Vec<usize> = (0..self.seen.len()).collect();
        order.sort_by_key(|message| self.seen[*message]);
        count(order[..half].iter().filter(|message| **message < half).count()) / count(half)
    }
}

fn seconds(micros: i64) -> f64 {
    Duration::from_micros(micros.try_into().unwrap()).as_secs_f64()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).unwrap().into()
}
