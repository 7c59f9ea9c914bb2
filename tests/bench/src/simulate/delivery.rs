//! Delivery: a batch is read for, its messages are settled, and what they came to is recorded.

use std::collections::BTreeSet;

use domain::delivery::lane::Lane;

use super::{
    agenda::{SECOND, millis},
    attempt::Batch,
    event::{Ended, Event},
    queue::Message,
    settings::{DELIVERY_CALLS, Source, Work},
    table::Read,
    world::World,
};

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
            if recorded.is_some() {
                self.measured.delivered += 1;
                deleted.push(message.account);
            } else {
                self.measured.repeated += 1;
                self.put_off(Source::Lane(lane), Event::Back(lane, message));
            }
        }
        self.measured.sqs_requests += 1;
        let at = now + call + recorded.unwrap_or(SECOND).max(waited);
        self.agenda.put(at, Event::Done { source: Source::Lane(lane), place, deleted });
    }
}

fn count(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::MAX, f64::from)
}
