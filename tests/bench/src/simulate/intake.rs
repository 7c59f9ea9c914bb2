//! Intake: events become messages in the lanes that their webhooks' health asks for.

use std::collections::BTreeSet;

use domain::delivery::lane::Lane;

use super::{
    agenda::{Micros, SECOND, millis},
    event::{Event, Planned},
    queue::Message,
    settings::{INTAKE_CALLS, Source, Work},
    table::{Read, Table},
    world::World,
};

impl World {
    /// Reads the accounts, and decides the lanes by what they say.
    pub(super) fn take_events(&mut self, place: usize, events: Vec<Micros>) {
        let Work { call_ms, intake_ms, .. } = self.settings.work;
        let messages: Vec<(Lane, Message)> = events.iter().map(|accepted| self.plan(*accepted)).collect();
        let accounts: BTreeSet<usize> = messages.iter().map(|(_, message)| message.account).collect();
        let read: Vec<usize> = accounts.iter().copied().collect();
        let Some(Read { wait, refused }) = self.table.read(self.agenda.now(), &read, 0.0) else {
            return self.fail(place, events);
        };
        // The events of an account that cannot be read come back by themselves.
        let (back, messages): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|(_, message)| refused.contains(&message.account));
        if !back.is_empty() {
            let back = back.into_iter().map(|(_, message)| message.accepted).collect();
            self.put_off(Source::Events, Event::EventsBack(back));
        }
        let accounts = accounts.into_iter().filter(|account| !refused.contains(account)).collect();
        let events: Vec<Micros> = messages.iter().map(|(_, message)| message.accepted).collect();
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let computing = millis(call_ms * (INTAKE_CALLS - 1.0) + intake_ms * f64::from(count));
        let planned = Planned { place, events, messages, accounts };
        self.agenda.put(self.agenda.now() + wait + computing, Event::Planned(Box::new(planned)));
    }

    fn plan(&mut self, accepted: Micros) -> (Lane, Message) {
        let endpoint = self.population.choose(&mut self.random);
        let id = self.new_message();
        self.deliveries += 1;
        let of = &self.population.endpoints[endpoint];
        let message = Message {
            id,
            number: self.deliveries,
            endpoint,
            account: of.account,
            accepted,
            first_received: None,
            receives: 0,
            again: false,
            waited: false,
        };
        (Lane::of_first_attempt(of.webhook.standing.pulse.health), message)
    }

    /// Stores the events and an entry of each account's log, then sends.
    pub(super) fn planned(&mut self, planned: Planned) {
        let Planned { place, events, messages, accounts } = planned;
        let (now, call) = (self.agenda.now(), millis(self.settings.work.call_ms));
        let entry = self.random.usize(..);
        let shards: Vec<usize> = accounts.iter().map(|account| Table::log_shard(*account, entry)).collect();
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let Some(wait) = self.table.write(now, &shards, f64::from(count)) else {
            return self.fail(place, events);
        };
        let sent = now + wait + call;
        self.measured.accepted += u64::from(count);
        // One request for each lane that gets something, and one that deletes.
        let lanes = Lane::ALL.iter().filter(|lane| messages.iter().any(|(of, _)| of == *lane)).count();
        self.measured.sqs_requests += u64::try_from(lanes).unwrap_or(0) + 1;
        for (lane, message) in messages {
            self.agenda.put(sent, Event::Shown(lane, message));
        }
        self.agenda.put(sent, Event::Done { source: Source::Events, place, deleted: Vec::new() });
    }

    /// The table is overloaded: the batch fails after a second, and its events come back.
    fn fail(&mut self, place: usize, events: Vec<Micros>) {
        self.put_off(Source::Events, Event::EventsBack(events));
        let at = self.agenda.now() + SECOND;
        self.agenda.put(at, Event::Done { source: Source::Events, place, deleted: Vec::new() });
    }
}
