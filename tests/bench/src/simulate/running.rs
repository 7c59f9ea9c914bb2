//! The installation at work: what happens next, and who polls.

use domain::delivery::{lane::Lane, turns::in_turns};
use jiff::Timestamp;

use super::{
    agenda::{Micros, SECOND, millis},
    event::Event,
    measured::Measured,
    pollers::{Pollers, Scaling},
    queue::Message,
    settings::{BATCH, Source, lane_place},
    world::{Load, World, micros, timestamp},
};

/// How often a mapping's executions change, and the schedule runs.
const STEP: Micros = SECOND / 5;
const MINUTE: Micros = 60 * SECOND;

/// How far ahead a run of the schedule looks for parked retries, and the most that it sends: 1,000 a second for 40 s.
const LOOK_AHEAD: Micros = 240 * SECOND;
const PARKED_IN_A_RUN: usize = 40_000;

/// Below this rate each event is published by itself. Above, those of a millisecond are published together.
const SINGLE_BELOW: f64 = 1_000.0;

impl World {
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
        self.measured = Measured { last_attempt: self.measured.last_attempt, ..Measured::from(self.agenda.now()) };
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
                for accepted in events {
                    self.events.publish(accepted, 1);
                }
                self.poll(Source::Events);
            }
            Event::Count(count) => self.count(&count),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number of events, in a millisecond"
    )]
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
        for source in Source::ALL {
            self.poll(source);
        }
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
            for account in deleted {
                self.lanes[lane_place(lane)].land(*account);
            }
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
    fn poll(&mut self, source: Source) {
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
                        None => {
                            return batch
                                .into_iter()
                                .for_each(|message| self.put_off(source, Event::Back(lane, message)));
                        }
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
}
