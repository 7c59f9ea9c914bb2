//! Operational events: notes that are published as events of the operations account, and what is told of rejected events.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::value::RawValue;
use shared::{
    ambient,
    domain::{
        event::{
            message::{Message, Origin},
            rejection::Rejection,
        },
        ids::{AccountId, EventId},
        operations::{Note, Operations},
        time,
    },
    logging::chain,
};

use crate::{
    Handler,
    record::{Accounts, Read, Record, Rejected},
};

/// The notes that a batch's messages stand for, with the data of their events.
pub(crate) type Notes = BTreeMap<EventId, (Note, Box<RawValue>)>;

impl Handler {
    /// The notes of the batch, each read once. A message whose note is gone is done: its event is published, or the message is forged. One
    /// whose note cannot be read comes back.
    pub(crate) async fn notes(&self, records: &[Record]) -> Notes {
        let wanted: Vec<&Record> = records.iter().filter(|record| record.note.is_some()).collect();
        let mut ids: Vec<EventId> = wanted.iter().filter_map(|record| record.note.clone()).collect();
        ids.sort();
        ids.dedup();
        if ids.is_empty() {
            return Notes::new();
        }
        if self.operations.account().is_none() {
            // The parameter was taken back: nobody is told any more, and the notes expire.
            for record in &wanted {
                record.set_done();
            }
            return Notes::new();
        }
        let (mut notes, now) = (Notes::new(), ambient::now());
        for (id, found) in ids.iter().zip(self.store.notes(&ids).await) {
            match found {
                // It is still counted. Its own message comes when it is due.
                Ok(Some(note)) if note.due > now => done(&wanted, id),
                Ok(Some(note)) => {
                    let data = RawValue::from_string(note.event_data()).unwrap_or_default();
                    notes.insert(id.clone(), (note, data));
                }
                Ok(None) => done(&wanted, id),
                Err(error) => tracing::error!("the note of an operational event could not be read: {}", chain(&error)),
            }
        }
        notes
    }

    /// Forgets the notes whose events are published. One that stays is published again, which delivers nothing new.
    pub(crate) async fn forget_notes(&self, records: &[Record], notes: &Notes) {
        let done = records.iter().filter(|record| record.is_done()).filter_map(|record| record.note.as_ref());
        let done = done.filter(|id| notes.contains_key(*id));
        for forgotten in join_all(done.map(|id| self.store.forget_note(id))).await {
            if let Err(error) = forgotten {
                tracing::warn!("the note of a published event stays for now: {}", chain(&error));
            }
        }
    }

    /// Leaves notes of what the batch rejected, counted by account and code.
    pub(crate) async fn tell_rejected(&self, records: &[Record]) {
        let now = ambient::now();
        let notes = counted(&self.operations, records.iter().filter_map(|record| record.rejected.get()), now);
        for (note, made) in notes.iter().zip(join_all(notes.iter().map(|note| self.store.count_note(note))).await) {
            match made {
                // Its message waits until the count is complete.
                Ok(true) => self.queues.announce(std::slice::from_ref(note), now).await,
                Ok(false) => {}
                Err(error) => tracing::warn!("rejected events are not reported: {}", chain(&error)),
            }
        }
    }
}

/// Nothing is left to do for the messages of this note.
fn done(records: &[&Record], id: &EventId) {
    for record in records.iter().filter(|record| record.note.as_ref() == Some(id)) {
        record.set_done();
    }
}

/// One note for each account and code.
fn counted<'r>(
    operations: &Operations,
    rejected: impl Iterator<Item = &'r Rejected>,
    now: jiff::Timestamp,
) -> Vec<Note> {
    let mut groups: BTreeMap<(Option<&AccountId>, &str), (&Rejection, u32)> = BTreeMap::new();
    for Rejected { account, rejection } in rejected {
        let group = groups.entry((account.as_ref(), rejection.code())).or_insert((rejection, 0));
        group.1 = group.1.saturating_add(1);
    }
    let notes = groups
        .into_iter()
        .map(|((account, _), (rejection, count))| operations.events_rejected(account, rejection, count, now));
    notes.flatten().collect()
}

/// The message that a note stands for. `None` if nobody is told, or the note was not found.
pub(crate) fn read_note<'r>(
    operations: &Operations,
    notes: &'r Notes,
    record: &'r Record,
    id: &EventId,
) -> Option<Read<'r>> {
    let ((note, data), account) = (notes.get(id)?, operations.account()?.clone());
    let message = Message {
        account,
        event: note.event_type.clone(),
        data,
        id: Some(note.id.clone()),
        timestamp: Some(time::whole_seconds(note.at)),
        origin: Origin::Posthorn,
    };
    Some(Read { record, named: Some(message.account.clone()), message: Ok(message) })
}

/// Whether a message stands for a note that nobody can be told of at present. The note stays, and the schedule decides about it.
pub(crate) fn has_no_reader(read: &Read<'_>, accounts: &Accounts) -> bool {
    let Some(Ok(found)) = read.message.as_ref().ok().and_then(|message| accounts.get(&message.account)) else {
        return false;
    };
    read.record.note.is_some() && !Operations::can_tell(found.as_ref())
}
