//! The event log: before a record is acknowledged, one entry of its account lists its event.
//!
//! A batch drafts an entry for each account and writes it in the request that stores the events. If every event turns out to be new,
//! that is all. Otherwise the entry is written again: without what was published before or rejected, and with the times that were
//! stored first. An entry whose write was confirmed too late gets a new time, because a reader may have passed its place.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use shared::{
    ambient,
    config::EventLog,
    domain::{
        event::log::{EntryId, LogEntry, LoggedEvent},
        ids::AccountId,
        time,
    },
    logging::chain,
    store::Written,
};

use crate::{Handler, admit::Admitted, fan_out::Planned};

/// The most entries that are written in the request that stores the events: the events need room too.
const MAX_DRAFTED: usize = 10;

/// How many times an entry is written until its write is confirmed in time.
const TRIES: u32 = 3;

/// How far ahead a function without the log notes that there is none, so that it notes it once a minute.
const OFF_FOR: Duration = Duration::from_mins(1);

/// Whether this function writes the log, and what it has noted if not.
#[derive(Debug)]
pub(crate) struct Log {
    mode: EventLog,
    /// Until when it is noted that the log is off, in ms.
    off_until: AtomicI64,
}

/// The entries of a batch, one for each account.
#[derive(Debug, Default)]
pub(crate) struct Draft(BTreeMap<AccountId, Drafted>);

#[derive(Debug)]
struct Drafted {
    entry: LogEntry,
    state: State,
}

/// What is known of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Perhaps it is in the table.
    Unknown,
    /// In the table, confirmed in time.
    Counts,
}

impl Log {
    pub(crate) fn new(mode: EventLog) -> Self {
        Self { mode, off_until: AtomicI64::new(0) }
    }

    pub(crate) fn mode(&self) -> EventLog {
        self.mode
    }

    /// The entries that a batch needs if all of its events turn out to be new.
    pub(crate) fn draft(&self, admitted: &[Admitted<'_>], now: Timestamp) -> Draft {
        if self.mode == EventLog::Off {
            return Draft::default();
        }
        let mut of_account: BTreeMap<AccountId, (Vec<&str>, Vec<LoggedEvent>)> = BTreeMap::new();
        for admitted in admitted {
            if let Admitted::Event { record, account, event, .. } = admitted {
                let (source_ids, events) = of_account.entry(account.id.clone()).or_default();
                source_ids.push(&record.source_id);
                events.push(LoggedEvent::of(event));
            }
        }
        let drafted = of_account.into_iter().map(|(account, (source_ids, events))| {
            let (id, events) = (EntryId::new(now, source_ids), each_once(events));
            (account.clone(), Drafted { entry: LogEntry { account, id, events }, state: State::Unknown })
        });
        Draft(drafted.collect())
    }
}

impl Draft {
    /// The entries to be written with the events.
    pub(crate) fn entries(&self) -> Vec<&LogEntry> {
        self.0.values().map(|drafted| &drafted.entry).take(MAX_DRAFTED).collect()
    }

    /// Notes which of [`Draft::entries`] are written, as `DynamoDB` confirmed at `confirmed`.
    pub(crate) fn confirm(&mut self, written: Vec<Written>, confirmed: Timestamp) {
        for (drafted, written) in self.0.values_mut().zip(written) {
            if written == Written::Yes && drafted.entry.id.counts(confirmed) {
                drafted.state = State::Counts;
            }
        }
    }

    /// The entries that must be written once more, with what turned out to be in them. `None` for an entry that is right.
    fn corrections<'p, 'r>(&mut self, planned: &'p [Planned<'r>]) -> Vec<Correction<'p, 'r>> {
        let mut of_account: BTreeMap<&AccountId, Vec<&Planned<'r>>> = BTreeMap::new();
        for plan in planned {
            if let Some(account) = &plan.account {
                of_account.entry(account).or_default().push(plan);
            }
        }
        let correction = |(account, plans): (&AccountId, Vec<&'p Planned<'r>>)| {
            let events = each_once(plans.iter().filter_map(|plan| plan.logged.clone()));
            let drafted = self.0.remove(account);
            let entry = drafted.and_then(|drafted| corrected(drafted, events));
            Correction { plans, entry }
        };
        of_account.into_iter().map(correction).collect()
    }
}

/// The first of the events with each id: a batch may hold a message twice, or two publications of one event.
fn each_once(events: impl IntoIterator<Item = LoggedEvent>) -> Vec<LoggedEvent> {
    let mut seen = BTreeSet::new();
    events.into_iter().filter(|event| seen.insert(event.id.clone())).collect()
}

/// The entry as it must be; `None` if it is so already.
fn corrected(Drafted { entry, state }: Drafted, events: Vec<LoggedEvent>) -> Option<LogEntry> {
    if state == State::Counts && entry.events == events { None } else { Some(LogEntry { events, ..entry }) }
}

/// An account's records, and the entry that must be written before they are done.
struct Correction<'p, 'r> {
    plans: Vec<&'p Planned<'r>>,
    entry: Option<LogEntry>,
}

impl Handler {
    /// Has the log list what the batch stored. Records whose entry is not written come back.
    pub(crate) async fn write_log(&self, mut draft: Draft, planned: &[Planned<'_>]) {
        if self.log.mode == EventLog::Off && !self.note_off(ambient::now()).await {
            return;
        }
        let corrections = draft.corrections(planned).into_iter().map(|Correction { plans, entry }| async move {
            let is_right = match entry {
                Some(entry) => Box::pin(self.write_entry(entry, &plans)).await,
                None => true,
            };
            if is_right {
                for plan in &plans {
                    plan.one_done();
                }
            }
        });
        join_all(corrections).await;
    }

    /// Writes an entry until its write is confirmed in time. Says whether it was.
    async fn write_entry(&self, mut entry: LogEntry, plans: &[&Planned<'_>]) -> bool {
        let mut replaced = Vec::new();
        for _ in 0..TRIES {
            if !entry.id.counts(ambient::now()) {
                let id = EntryId::new(ambient::now(), plans.iter().map(|plan| plan.record.source_id.as_str()));
                replaced.push(LogEntry { events: Vec::new(), ..entry.clone() });
                entry.id = id;
            }
            if let Err(error) = self.store.put_log_entry(&entry).await {
                tracing::error!(account.id = %entry.account, "the event log could not be written: {}", chain(&error));
                return false;
            }
            if entry.id.counts(ambient::now()) {
                self.empty_entries(&replaced).await;
                return true;
            }
        }
        tracing::error!(account.id = %entry.account, "writing the event log took too long; the events come back");
        false
    }

    /// Empties entries that got another id: perhaps the draft is in the table, with events and times that turned out to be wrong. If
    /// this fails, the log lists events twice; whoever acts on an entry reads the stored event.
    async fn empty_entries(&self, replaced: &[LogEntry]) {
        for entry in replaced {
            if let Err(error) = self.store.put_log_entry(entry).await {
                tracing::warn!(account.id = %entry.account, "the event log lists events twice: {}", chain(&error));
            }
        }
    }

    /// Notes that the log is off, before anything that it lacks is acknowledged. Says whether that is noted.
    async fn note_off(&self, now: Timestamp) -> bool {
        if now.as_millisecond() < self.log.off_until.load(Ordering::Relaxed) {
            return true;
        }
        // What is stored within the next minute is covered; after half of it, the note is renewed.
        let until = time::after(now, OFF_FOR);
        match self.store.note_log_off(until).await {
            Ok(()) => {
                let renewed_at = time::after(now, OFF_FOR.div_f64(2.0));
                self.log.off_until.store(renewed_at.as_millisecond(), Ordering::Relaxed);
                true
            }
            Err(error) => {
                tracing::error!("it could not be noted that the event log is off: {}", chain(&error));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
