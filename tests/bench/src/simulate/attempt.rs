//! One message of a batch: it is admitted, attempted, recorded and let wait, as the domain decides.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    account::status::AccountStatus,
    attempt::{
        Reason,
        outcome::{Exchange, Verdict, verdict_of},
    },
    delivery::{
        Delivery, Status,
        admission::{Admission, Claim, Receive, Received, needs_record, rounds::admit},
        job::Job,
        lane::Lane,
        pressure::{Gauge, Pressure},
        recovery::Permit,
        transition::{Rules, Then, claimed, rounds::after_attempt, stopped},
        turn::{asker_of, wait_for_turn},
        waiting::Waiting,
    },
    ids::{DeliveryId, MessageId},
    webhook::{Webhook, pace::Turn},
};

use super::{
    agenda::{Micros, SECOND, millis, seconds},
    counting::Counted,
    event::Event,
    population::Kind,
    queue::Message,
    settings::lane_place,
    world::{World, micros, timestamp},
};

/// The write units of a record that is in the index `troubled` too.
const TROUBLED_UNITS: f64 = 2.0;
/// The write units of a parked retry: the item and its deletion.
const PARKING_UNITS: f64 = 2.0;

/// A batch at work.
pub struct Batch {
    pub lane: Lane,
    pub place: usize,
    /// When attempts can begin.
    pub ready: Micros,
    pub ended: Micros,
    pub successes: Vec<(Message, usize)>,
    pub deleted: Vec<usize>,
    pub counted: Vec<Counted>,
    pub paced: BTreeSet<usize>,
    pub other_units: f64,
}

/// One message with what the domain asks about it.
struct One {
    message: Message,
    me: MessageId,
    job: Job,
    webhook: Arc<Webhook>,
}

/// What an attempt is made of.
#[derive(Clone, Copy)]
struct Ask {
    number: u32,
    reason: Reason,
    at: Micros,
}

impl One {
    fn received(&self, lane: Lane) -> Received<'_> {
        let Self { me, job, webhook, .. } = self;
        Received { lane, me, job, webhook, account: AccountStatus::Active, permit: &Permit::Closed }
    }
}

impl Batch {
    pub fn new(lane: Lane, place: usize, ready: Micros) -> Self {
        Self {
            lane,
            place,
            ready,
            ended: ready,
            successes: Vec::new(),
            deleted: Vec::new(),
            counted: Vec::new(),
            paced: BTreeSet::new(),
            other_units: 0.0,
        }
    }
}

impl World {
    /// Settles one message of a batch.
    pub(super) fn settle(&mut self, batch: &mut Batch, message: Message) {
        let now = timestamp(batch.ready);
        let one = self.one(message);
        let receive = Receive::of(Some(message.receives), message.first_received.map(timestamp), now);
        let must_read = needs_record(batch.lane, receive, message.again);
        let record = if must_read { self.records.get(&message.number).cloned() } else { None };
        match admit(&one.received(batch.lane), record.as_ref(), self.waits, now) {
            Admission::Defer(waiting) => self.wait(batch, one.message, waiting, batch.ready),
            Admission::End(why) => {
                let ended = stopped(&one.job, record, why);
                self.keep(batch, message.number, ended.record);
                batch.deleted.push(message.account);
            }
            Admission::Acknowledge | Admission::Pass(_) | Admission::Release => batch.deleted.push(message.account),
            Admission::Attempt { number, reason, claim } => {
                let Some(at) = self.turn(batch, &one, reason, record.as_ref()) else { return };
                let due = record.as_ref().and_then(|record| record.next_attempt_at);
                self.notice(batch.lane, &one, number, at, due.map(micros));
                let record = record.map(|record| match claim {
                    Claim::Held => record,
                    Claim::Needed | Claim::ForRound => {
                        batch.other_units += TROUBLED_UNITS;
                        claimed(record, &one.me, now).record
                    }
                });
                self.attempt(batch, &one, Ask { number, reason, at }, record);
            }
        }
    }

    /// When the attempt may begin. `None`: the delivery waits for its turn under the webhook's rate limit.
    fn turn(&mut self, batch: &mut Batch, one: &One, reason: Reason, record: Option<&Delivery>) -> Option<Micros> {
        let Some(limit) = one.webhook.settings.rate_limit else { return Some(batch.ready) };
        let (now, endpoint) = (timestamp(batch.ready), &mut self.population.endpoints[one.message.endpoint]);
        let (pace, turns) = endpoint.pace.reserve(limit, &[asker_of(&one.job, reason, record)], now);
        endpoint.pace = pace;
        batch.paced.insert(one.message.endpoint);
        match turns.first() {
            Some(Turn::Slot(at)) => Some(micros(*at).max(batch.ready)),
            Some(Turn::Later(at)) => {
                let waiting = wait_for_turn(self.waits, &one.received(batch.lane), reason, record, *at, now);
                let message = Message { waited: true, ..one.message };
                self.wait(batch, message, waiting, batch.ready);
                None
            }
            None => Some(batch.ready),
        }
    }

    fn attempt(&mut self, batch: &mut Batch, one: &One, ask: Ask, record: Option<Delivery>) {
        let Message { endpoint, number, account, .. } = one.message;
        let (elapsed, result) = self.population.response(endpoint, &mut self.random);
        let exchange = Exchange { started: timestamp(ask.at), elapsed, result };
        let (attempt, verdict) = verdict_of(ask.number, ask.reason, exchange);
        let ended = ask.at + micros_of(elapsed);
        batch.ended = batch.ended.max(ended);
        let counted = attempt.without_response();
        let is_first_success = verdict == Verdict::Success && record.is_none();
        let pressure = match (batch.lane, &verdict) {
            (Lane::Retry, Verdict::Failure(_)) => self.pressure(batch.place, ended),
            _ => Pressure::Low,
        };
        let profile = Arc::clone(&self.population.profile);
        let schedule = profile.attempts.timing.schedule_for(&one.webhook.settings.timing);
        let schedule = schedule.of(&one.job.delivery);
        let rules = Rules { schedule, gone_ends: profile.disable.gone, waits: self.waits, pressure };
        let after = after_attempt(rules, &one.received(batch.lane), record, attempt, &verdict, timestamp(ended));
        let gave_up = after.gave_up();
        batch.counted.push(Counted { endpoint, ended, attempt: counted, verdict, gave_up });
        if is_first_success {
            let shard = usize::from(one.job.delivery.shard(8));
            return batch.successes.push((one.message, self.table.delivery_shard(endpoint, shard)));
        }
        self.keep(batch, number, after.record);
        match after.then {
            Then::Acknowledge => batch.deleted.push(account),
            Then::Wait(waiting) => self.wait(batch, one.message, waiting, ended),
        }
    }

    /// Writes a record down. What has been delivered is not read again.
    fn keep(&mut self, batch: &mut Batch, number: u64, record: Delivery) {
        batch.other_units += TROUBLED_UNITS;
        match record.status {
            Status::Delivered => self.measured.delivered += 1,
            Status::Failed | Status::Skipped => self.measured.failed += 1,
            Status::Retrying => {
                self.records.insert(number, record);
                return;
            }
        }
        self.records.remove(&number);
    }

    /// The pressure on the retry lane, as this execution knows it.
    fn pressure(&mut self, place: usize, at: Micros) -> Pressure {
        let (in_flight, quota) = (self.lanes[2].in_flight(), self.settings.in_flight);
        let gauge = &mut self.gauges[place];
        if gauge.must_ask(timestamp(at)) {
            self.measured.sqs_requests += 1;
            gauge.read(count_u64(in_flight), count_u64(quota));
        }
        gauge.pressure()
    }

    /// Lets a message wait from `at` on.
    fn wait(&mut self, batch: &mut Batch, message: Message, waiting: Waiting, at: Micros) {
        let new = |id| Message { id, again: true, receives: 0, first_received: None, ..message };
        match waiting {
            Waiting::HandOver { lane, delay_seconds } => {
                let handed_over = new(self.new_message());
                self.measured.sqs_requests += 1;
                let sent = at + millis(self.settings.work.call_ms);
                self.agenda.put(sent + delay_seconds * SECOND, Event::Shown(lane, handed_over));
                batch.deleted.push(message.account);
            }
            Waiting::PutBack { visibility_seconds } => {
                // Only the retry lane has them, and only there a message is put back.
                self.gauges.get_mut(batch.place).into_iter().for_each(Gauge::put_back);
                self.measured.sqs_requests += 1;
                self.agenda.put(at + visibility_seconds * SECOND, Event::Back(Lane::Retry, message));
            }
            Waiting::Park { due } => {
                let parked = new(self.new_message());
                batch.other_units += PARKING_UNITS;
                self.measured.parked += 1;
                self.parked.insert((due, parked.id), parked);
                batch.deleted.push(message.account);
            }
        }
    }

    fn notice(&mut self, lane: Lane, one: &One, number: u32, at: Micros, due: Option<Micros>) {
        let Message { endpoint, accepted, .. } = one.message;
        self.measured.last_attempt = self.measured.last_attempt.max(at);
        self.measured.attempts[lane_place(lane)] += 1;
        if at < self.measured.from || self.population.endpoints[endpoint].kind != Kind::Good {
            return;
        }
        let since = |from: Micros| seconds(at.saturating_sub(from)) * 1_000.0;
        match due {
            Some(due) if number > 1 => self.measured.late.add(since(due)),
            _ => self.measured.first.add(since(accepted)),
        }
    }

    fn one(&self, message: Message) -> One {
        let webhook = Arc::clone(&self.population.endpoints[message.endpoint].webhook);
        let accepted_at = timestamp(message.accepted);
        let mut random = [0; 10];
        random[2..].copy_from_slice(&message.number.to_be_bytes());
        let job = Job {
            account: webhook.account.clone(),
            profile: self.population.profile_name.clone(),
            webhook: webhook.id.clone(),
            event_id: self.population.event_id.clone(),
            event_type: self.population.event_type.clone(),
            delivery: DeliveryId::new(accepted_at, random),
            accepted_at,
            reason: Reason::Event,
            again: message.again,
            round: None,
            waited: message.waited,
            at: None,
        };
        One { message, me: message_id(message.id), job, webhook }
    }
}

fn message_id(id: u64) -> MessageId {
    MessageId::parse(&id.to_string()).unwrap_or_else(|_| unreachable!("digits are printable"))
}

fn micros_of(elapsed: Duration) -> Micros {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

fn count_u64(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
