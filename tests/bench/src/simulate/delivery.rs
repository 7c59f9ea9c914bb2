//! Delivery: each message of a batch is admitted, attempted, recorded and let wait, as the domain decides.

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
    agenda::{Micros, SECOND, millis},
    counting::Counted,
    population::Kind,
    queue::Message,
    settings::{DELIVERY_CALLS, Source, Work, lane_place},
    table::Read,
    world::{Event, World, micros, timestamp},
};

/// The write units of a record that is in the index `troubled` too.
const TROUBLED_UNITS: f64 = 2.0;
/// The write units of a parked retry: the item and its deletion.
const PARKING_UNITS: f64 = 2.0;

/// A batch whose attempts have ended.
#[derive(Debug)]
pub struct Ended {
    lane: Lane,
    place: usize,
    /// Successes at the first attempt, with their partitions: recorded together.
    successes: Vec<(Message, usize)>,
    /// Accounts of messages that are to be deleted whatever the table says.
    deleted: Vec<usize>,
    other_units: f64,
}

/// A batch at work.
struct Batch {
    lane: Lane,
    place: usize,
    /// When attempts can begin.
    ready: Micros,
    ended: Micros,
    successes: Vec<(Message, usize)>,
    deleted: Vec<usize>,
    counted: Vec<Counted>,
    paced: BTreeSet<usize>,
    other_units: f64,
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

impl World {
    /// Reads the webhooks, settles each message, and puts down when the batch ends.
    pub(super) fn deliver(&mut self, lane: Lane, place: usize, messages: Vec<Message>) {
        let (now, Work { call_ms, delivery_ms, .. }) = (self.agenda.now(), self.settings.work);
        let accounts: BTreeSet<usize> = messages.iter().map(|message| message.account).collect();
        let webhooks: BTreeSet<usize> = messages.iter().map(|message| message.endpoint).collect();
        let accounts: Vec<usize> = accounts.into_iter().collect();
        let read = self.table.read(now, &accounts, count(webhooks.len()));
        // Without the table nothing is read, and after a second everything is given up.
        let Read { wait, refused } = read.unwrap_or(Read { wait: SECOND, refused: accounts });
        let computing = millis(call_ms * (DELIVERY_CALLS - 1.0) + delivery_ms * count(messages.len()));
        let mut batch = Batch::new(lane, place, now + wait + computing);
        for message in messages {
            if refused.contains(&message.account) {
                self.put_off(Source::Lane(lane), Event::Back(lane, message));
            } else {
                self.settle(&mut batch, message);
            }
        }
        let Batch { ended, successes, deleted, counted, paced, other_units, .. } = batch;
        self.count_later(counted, ended);
        let ended_batch = Ended { lane, place, successes, deleted, other_units: other_units + count(paced.len()) };
        self.agenda.put(ended, Event::Ended(Box::new(ended_batch)));
    }

    /// Records what the attempts came to. Successes that cannot be recorded come back, and are sent again.
    pub(super) fn ended(&mut self, ended: Ended) {
        let Ended { lane, place, successes, mut deleted, other_units } = ended;
        let (now, call) = (self.agenda.now(), millis(self.settings.work.call_ms));
        // What failed is recorded message by message, by requests that wait for the table.
        let waited = self.table.write(now, &[], other_units).unwrap_or(SECOND);
        let shards: Vec<usize> = successes.iter().map(|(_, shard)| *shard).collect();
        let recorded = self.table.write(now, &shards, 0.0);
        for (message, _) in successes {
            match recorded {
                Some(_) => {
                    self.measured.delivered += 1;
                    deleted.push(message.account);
                }
                None => {
                    self.measured.repeated += 1;
                    self.put_off(Source::Lane(lane), Event::Back(lane, message));
                }
            }
        }
        self.measured.sqs_requests += 1;
        let at = now + call + recorded.unwrap_or(SECOND).max(waited);
        self.agenda.put(at, Event::Done { source: Source::Lane(lane), place, deleted });
    }

    fn settle(&mut self, batch: &mut Batch, message: Message) {
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
        let since = |from: Micros| super::agenda::seconds(at.saturating_sub(from)) * 1_000.0;
        match due {
            Some(due) if number > 1 => self.measured.late.add(since(due)),
            _ => self.measured.first.add(since(accepted)),
        }
    }

    fn one(&self, message: Message) -> One {
        let webhook = Arc::clone(&self.population.endpoints[message.endpoint].webhook);
        let accepted_at = timestamp(message.accepted);
        let [.., a, b, c, d, e, f, g, h] = message.number.to_be_bytes();
        let job = Job {
            account: webhook.account.clone(),
            profile: self.population.profile_name.clone(),
            webhook: webhook.id.clone(),
            event_id: self.population.event_id.clone(),
            event_type: self.population.event_type.clone(),
            delivery: DeliveryId::new(accepted_at, [0, 0, a, b, c, d, e, f, g, h]),
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

impl Batch {
    fn new(lane: Lane, place: usize, ready: Micros) -> Self {
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

fn message_id(id: u64) -> MessageId {
    MessageId::parse(&id.to_string()).unwrap_or_else(|_| unreachable!("digits are printable"))
}

fn micros_of(elapsed: Duration) -> Micros {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

fn count(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::MAX, f64::from)
}

fn count_u64(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
