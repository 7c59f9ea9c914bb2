//! The records of one batch: every one is accounted for, and what is not proven done is reported as failed.
//!
//! Events are checked each on its own, but stored and sent together: ten new events of one batch take one request to store, and one
//! to fan out.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures::{
    FutureExt,
    future::{join, join_all},
};
use shared::{
    ambient,
    domain::{
        event::{Event, message::Message},
        ids::AccountId,
    },
    logging::chain,
    queue::receives::notice_receives,
    store::{StoreError, Written, insert_many::MAX_INSERTS, read_many::TOGETHER},
};
use tokio::time::timeout;

use crate::{
    Handler,
    admit::{Admitted, admit},
    fan_out::Planned,
    log::Draft,
    notes::{has_no_reader, read_note},
    record::{Accounts, IntakeError, Read, Record},
};

/// How long a batch may take: less than the function's own timeout of 30 s. What is not done by then is received again, and
/// recognised.
const BATCH_DEADLINE: Duration = Duration::from_secs(25);

/// How long one event may take to be checked and stored, so that a slow call for one leaves time to send what the others ask for.
const STORE_DEADLINE: Duration = Duration::from_secs(6);

/// The most bytes of events that are stored together.
const INSERT_BYTES: usize = 1 << 20;

impl Handler {
    /// Processes a batch and names the messages that must come back.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let now = ambient::now();
        self.metrics.begin(now);
        let records: Vec<Record> = event.records.into_iter().map(|message| Record::of(message, now)).collect();
        for record in &records {
            notice_receives(&self.metrics, Some(&record.message_id), record.receives);
        }
        // Boxed: the future of a whole batch is too deep a type for the compiler otherwise.
        if timeout(BATCH_DEADLINE, Box::pin(self.process(&records))).await.is_err() {
            let limit = BATCH_DEADLINE.as_secs();
            tracing::error!("a batch took longer than {limit} s; what is not done of it will be received again");
        }
        self.metrics.end(ambient::now());
        failures(&records)
    }

    async fn process(&self, records: &[Record]) {
        let notes = self.notes(records).await;
        let read = records.iter().filter_map(|record| match &record.note {
            Some(id) => read_note(&self.operations, &notes, record, id),
            None => read(record),
        });
        let read: Vec<Read<'_>> = read.collect();
        // Earlier than what the accounts say: an event that a webhook was not yet seen to want has an entry from before it wants it.
        let logged_at = ambient::now();
        let accounts = self.accounts(&read).await;
        let (untold, read): (Vec<_>, Vec<_>) = read.into_iter().partition(|read| has_no_reader(read, &accounts));
        let admitted = read.into_iter().filter_map(|read| guarded(|| admit(self.profiles, &accounts, read)));
        let mut admitted: Vec<Admitted<'_>> = admitted.collect();
        let mut draft = self.log.draft(&admitted, logged_at);
        // A panic costs its own record only, here too: each event is then stored by itself.
        if AssertUnwindSafe(self.insert(&mut admitted, &mut draft)).catch_unwind().await.is_err() {
            tracing::error!("storing events together panicked; each is now stored by itself");
        }
        let planned = join_all(admitted.into_iter().map(|admitted| self.plan_in_time(admitted))).await;
        let planned: Vec<Planned<'_>> = planned.into_iter().flatten().collect();
        join(self.write_log(draft, &planned), self.send_all(&planned)).await;
        join(self.forget_notes(records, &notes), self.tell_rejected(records)).await;
        for read in &untold {
            read.record.set_done();
        }
    }

    /// Each account of the batch, read once.
    async fn accounts(&self, read: &[Read<'_>]) -> Accounts {
        let named = read.iter().filter_map(|read| read.named.clone());
        let ids: Vec<AccountId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let found = self.store.these_accounts(&ids).await;
        let log = |error: &StoreError| tracing::error!("an account could not be read: {}", chain(error));
        ids.into_iter().zip(found.into_iter().map(|found| found.inspect_err(log))).collect()
    }

    /// Stores the new events of a batch in one request, with their entries of the event log, and marks what is stored. What it did not
    /// store, for whatever reason, is stored by itself.
    async fn insert(&self, admitted: &mut [Admitted<'_>], draft: &mut Draft) {
        let mut together = together(admitted, MAX_INSERTS.saturating_sub(draft.entries().len()));
        if together.len().saturating_add(draft.entries().len()) < 2 {
            return;
        }
        let events: Vec<(&Event, &str)> =
            together.iter().map(|(record, event, _)| (*event, record.source_id.as_str())).collect();
        match timeout(TOGETHER, self.store.insert_events(&events, &draft.entries())).await {
            Ok(Ok(mut found)) => {
                draft.confirm(found.split_off(together.len().min(found.len())), ambient::now());
                for ((_, _, inserted), found) in together.iter_mut().zip(found) {
                    **inserted = found;
                }
            }
            Ok(Err(error)) => {
                tracing::warn!("events could not be stored together, each is now stored by itself: {}", chain(&error));
            }
            Err(_) => {
                let limit = TOGETHER.as_secs();
                tracing::warn!("storing events together took over {limit} s, each is now stored by itself");
            }
        }
    }

    async fn plan_in_time<'r>(&self, admitted: Admitted<'r>) -> Option<Planned<'r>> {
        let planning = timeout(STORE_DEADLINE, self.plan(admitted));
        // A panic costs its own record only.
        let planned = AssertUnwindSafe(planning).catch_unwind().await;
        logged(planned.unwrap_or(Ok(Err(IntakeError::Panic))).unwrap_or(Err(IntakeError::Deadline)))
    }
}

/// What a record says. `None` if reading it panicked, which costs this record only.
fn read(record: &Record) -> Option<Read<'_>> {
    guarded(|| {
        let message = Message::parse(&record.body);
        let named = match &message {
            Ok(message) => Some(message.account.clone()),
            Err(_) => Message::named_account(&record.body),
        };
        Ok(Read { record, message, named })
    })
}

/// What a step comes to; an error or a panic costs its own record only.
fn guarded<T>(step: impl FnOnce() -> Result<T, IntakeError>) -> Option<T> {
    logged(catch_unwind(AssertUnwindSafe(step)).unwrap_or(Err(IntakeError::Panic)))
}

fn logged<T>(result: Result<T, IntakeError>) -> Option<T> {
    let log = |error: &IntakeError| {
        tracing::error!("an event was not processed and will be received again: {}", chain(error));
    };
    result.inspect_err(log).ok()
}

/// An event, whose record it is, and where to mark that it is stored.
type Insert<'e, 'r> = (&'r Record, &'e Event, &'e mut Written);

/// The events that one request can store: each id once, within the limits.
fn together<'e, 'r>(admitted: &'e mut [Admitted<'r>], most: usize) -> Vec<Insert<'e, 'r>> {
    let (mut seen, mut bytes) = (BTreeSet::new(), 0usize);
    let events = admitted.iter_mut().filter_map(|admitted| match admitted {
        Admitted::Event { record, event, inserted, .. } => Some((*record, &*event, inserted)),
        Admitted::Rejected { .. } => None,
    });
    let events = events.filter(|(_, event, _)| seen.insert((&event.account, &event.id)));
    let fitting = events.take_while(|(_, event, _)| {
        bytes = bytes.saturating_add(event.data.len());
        bytes <= INSERT_BYTES
    });
    fitting.take(most).collect()
}

/// A record without a message id yields an empty identifier: Lambda then returns the whole batch, which is what must happen.
fn failures(records: &[Record]) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in records.iter().filter(|record| !record.is_done()) {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(&record.message_id);
        response.batch_item_failures.push(failure);
    }
    response
}
