//! SQS: standard queues with message groups, a quota of messages in flight, and messages that come back.

use std::collections::{BTreeMap, VecDeque};

use super::agenda::Micros;

/// The least messages in flight of a group that SQS calls noisy, and the share of the queue's that it must exceed, as AWS documents both.
const MIN_NOISY_IN_FLIGHT: usize = 30;
const NOISY_SHARE_DIVISOR: usize = 10;

/// A message of a lane: one event on its way to one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// SQS's id. A message that comes back keeps it.
    pub id: u64,
    /// The delivery.
    pub number: u64,
    pub endpoint: usize,
    /// The message group.
    pub account: usize,
    /// When the event was published.
    pub accepted: Micros,
    pub first_received: Option<Micros>,
    pub receives: u64,
    pub again: bool,
    pub waited: bool,
}

/// The visible messages of a lane by group, and how many of each are in flight.
#[derive(Debug)]
pub struct Queue {
    quota: usize,
    groups: Vec<Group>,
    /// The first visible message of each group, by when it became visible.
    heads: BTreeMap<u64, usize>,
    shown: u64,
    visible: usize,
    in_flight: usize,
    pub most_in_flight: usize,
}

#[derive(Debug, Default)]
struct Group {
    visible: VecDeque<(u64, Message)>,
    in_flight: usize,
}

impl Queue {
    pub fn new(accounts: usize, quota: usize) -> Self {
        let groups = (0..accounts).map(|_| Group::default()).collect();
        Self { quota, groups, heads: BTreeMap::new(), shown: 0, visible: 0, in_flight: 0, most_in_flight: 0 }
    }

    pub fn visible(&self) -> usize {
        self.visible
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// A message becomes visible.
    pub fn show(&mut self, message: Message) {
        let place = self.shown;
        self.shown += 1;
        self.visible += 1;
        let group = &mut self.groups[message.account];
        if group.visible.is_empty() {
            self.heads.insert(place, message.account);
        }
        group.visible.push_back((place, message));
    }

    /// Hands out up to `most` messages, as far as the quota has room.
    pub fn receive(&mut self, most: usize, now: Micros) -> Vec<Message> {
        let room = most.min(self.quota.saturating_sub(self.in_flight));
        let mut received = Vec::with_capacity(room.min(self.visible));
        while received.len() < room
            && let Some(place) = self.choose()
        {
            received.extend(self.hand_out(place, now));
        }
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        received
    }

    /// A message in flight of this group is deleted, or is to be shown again.
    pub fn land(&mut self, account: usize) {
        self.groups[account].in_flight -= 1;
        self.in_flight -= 1;
    }

    /// The oldest message of a quiet group, or of the noisy group that has the fewest in flight.
    fn choose(&self) -> Option<u64> {
        let quiet = self.heads.iter().find(|(_, account)| !self.is_noisy(**account));
        let quietest = || self.heads.iter().min_by_key(|(place, account)| (self.groups[**account].in_flight, **place));
        quiet.or_else(quietest).map(|(place, _)| *place)
    }

    fn is_noisy(&self, account: usize) -> bool {
        let of_group = self.groups[account].in_flight;
        of_group >= MIN_NOISY_IN_FLIGHT && of_group * NOISY_SHARE_DIVISOR > self.in_flight
    }

    fn hand_out(&mut self, place: u64, now: Micros) -> Option<Message> {
        let account = self.heads.remove(&place)?;
        let group = &mut self.groups[account];
        let (_, mut message) = group.visible.pop_front()?;
        group.in_flight += 1;
        if let Some((next, _)) = group.visible.front() {
            self.heads.insert(*next, account);
        }
        self.in_flight += 1;
        self.visible -= 1;
        message.receives += 1;
        message.first_received.get_or_insert(now);
        Some(message)
    }
}

/// The queue of events. A message says when it was published, and nothing else is known of it before intake reads it.
#[derive(Debug, Default)]
pub struct Events {
    /// When as many events were published.
    visible: VecDeque<(Micros, u64)>,
    waiting: u64,
}

impl Events {
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    pub fn publish(&mut self, accepted: Micros, events: u64) {
        if events > 0 {
            self.visible.push_back((accepted, events));
            self.waiting += events;
        }
    }

    pub fn receive(&mut self, most: usize) -> Vec<Micros> {
        let mut received = Vec::with_capacity(most);
        while received.len() < most
            && let Some((accepted, left)) = self.visible.front_mut()
        {
            received.push(*accepted);
            self.waiting -= 1;
            *left -= 1;
            if *left == 0 {
                self.visible.pop_front();
            }
        }
        received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64, account: usize) -> Message {
        let (number, endpoint) = (id, account);
        Message {
            id,
            number,
            endpoint,
            account,
            accepted: 0,
            first_received: None,
            receives: 0,
            again: false,
            waited: false,
        }
    }

    fn queue(accounts: usize, quota: usize, messages: &[(usize, usize)]) -> Queue {
        let mut queue = Queue::new(accounts, quota);
        let owners = messages.iter().flat_map(|(account, count)| std::iter::repeat_n(*account, *count));
        (0..).zip(owners).for_each(|(id, account)| queue.show(message(id, account)));
        queue
    }

    #[test]
    fn a_queue_hands_out_what_its_quota_has_room_for() {
        let mut queue = queue(1, 25, &[(0, 40)]);
        assert_eq!([10, 10, 10, 10].map(|most| queue.receive(most, 0).len()), [10, 10, 5, 0]);
        queue.land(0);
        assert_eq!(queue.receive(10, 0).len(), 1);
        assert_eq!((queue.most_in_flight, queue.visible()), (25, 14));
    }

    #[test]
    fn a_quiet_group_is_served_before_a_noisy_one() {
        let mut queue = queue(2, 120_000, &[(0, 100), (1, 2)]);
        // As long as the first has under thirty in flight, the oldest comes first.
        assert!(queue.receive(30, 0).iter().all(|message| message.account == 0));
        let then: Vec<usize> = queue.receive(4, 0).iter().map(|message| message.account).collect();
        assert_eq!(then, [1, 1, 0, 0]);
    }

    #[test]
    fn events_come_in_the_order_of_their_publication() {
        let mut events = Events::default();
        events.publish(1, 2);
        events.publish(5, 3);
        assert_eq!((events.receive(3), events.receive(9), events.waiting()), (vec![1, 1, 5], vec![5, 5], 0));
    }
}
