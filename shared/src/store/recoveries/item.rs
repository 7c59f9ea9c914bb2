//! How a recovery is written.
//!
//! Its item has two kinds of attributes. [`RecoveryItem`] holds what the runner and the customer change, each onto the version that
//! was read. The counters are added to by whatever delivers, at any time. A slice's own counters are `s<number>o` (succeeded), `f`
//! (failed) and `p` (not attempted).

use std::collections::BTreeMap;

use domain::{
    delivery::recovery::{
        Counts, Cursor, Hold, Include, Plan, Recovery, RecoveryStatus, Signals, Slice, SliceOutcomes,
    },
    event::{log::LogPlace, pattern::EventPattern},
    ids::{AccountId, DeliveryId, ProfileName, RecoveryId, WebhookId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{
    StoreError, keys,
    values::{Item, ms, optional_ms},
};

/// What is wrong with an item that cannot be read.
const CORRUPT: StoreError = StoreError::Corrupt { what: "a recovery" };

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecoveryItem {
    pub pk: String,
    pub sk: RecoveryId,
    pub account: AccountId,
    pub profile: ProfileName,
    pub webhook: WebhookId,
    pub include: Vec<String>,
    #[serde(with = "ms")]
    pub since: Timestamp,
    #[serde(with = "ms")]
    pub until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventPattern>>,
    pub rate: u32,
    #[serde(with = "ms")]
    pub wants_since: Timestamp,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    pub estimated: u64,
    pub queued: u64,
    pub heeded_gone: u64,
    pub heeded_dropped: u64,
    #[serde(default)]
    pub heeded_delivered: u64,
    pub cursor: String,
    pub slices: Vec<SliceItem>,
    pub last_slice: u32,
    pub valid_from: u32,
    pub size: u32,
    pub judged: u32,
    #[serde(with = "ms")]
    pub paced_until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub reached_at: Option<Timestamp>,
    #[serde(with = "ms")]
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub paused_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_ms")]
    pub finished_at: Option<Timestamp>,
    pub version: u32,
    #[serde(with = "ms")]
    pub next_tick_at: Timestamp,
    pub is_taken: bool,
    pub expires_at: i64,
}

/// The attributes that an item may lack: a change removes those that it does not have.
pub(super) const OPTIONAL: [&str; 7] =
    ["events", "statusReason", "hold", "reachedAt", "startedAt", "pausedAt", "finishedAt"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SliceItem {
    n: u32,
    sent: u32,
    from: String,
    #[serde(with = "ms")]
    due: Timestamp,
}

/// What is added to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counters {
    delivered: i64,
    failed: i64,
    retrying: i64,
    passed_over: i64,
    gone: i64,
    dropped: i64,
}

impl RecoveryItem {
    pub(super) fn of(recovery: &Recovery, expires_at: i64) -> Self {
        let keys::Key { pk, sk: _ } = keys::recovery(&recovery.webhook, &recovery.id);
        let Recovery { plan, counts, heeded, .. } = recovery;
        let slice = |slice: &Slice| SliceItem {
            n: slice.number,
            sent: slice.sent,
            from: cursor_text(&slice.from),
            due: slice.due_at,
        };
        Self {
            pk,
            sk: recovery.id.clone(),
            account: recovery.account.clone(),
            profile: recovery.profile.clone(),
            webhook: recovery.webhook.clone(),
            include: plan.include.iter().map(|include| include.as_str().to_owned()).collect(),
            since: plan.since,
            until: plan.until,
            events: plan.events.clone(),
            rate: plan.rate,
            wants_since: plan.wants_since,
            status: recovery.status.as_str().to_owned(),
            status_reason: recovery.status_reason.clone(),
            hold: recovery.hold.map(|hold| hold_text(hold).to_owned()),
            estimated: counts.estimated,
            queued: counts.queued,
            heeded_gone: heeded.gone,
            heeded_dropped: heeded.dropped,
            heeded_delivered: heeded.delivered,
            cursor: cursor_text(&recovery.cursor),
            slices: recovery.slices.iter().map(slice).collect(),
            last_slice: recovery.last_slice,
            valid_from: recovery.valid_from,
            size: recovery.size,
            judged: recovery.judged,
            paced_until: recovery.paced_until,
            reached_at: recovery.reached_at,
            created_at: recovery.created_at,
            started_at: recovery.started_at,
            paused_at: recovery.paused_at,
            finished_at: recovery.finished_at,
            version: recovery.version,
            next_tick_at: recovery.next_tick_at,
            is_taken: recovery.is_taken,
            expires_at,
        }
    }
}

/// A recovery as its item says, counters included.
pub(super) fn recovery(item: &Item) -> Result<Recovery, StoreError> {
    let counters: Counters = serde_dynamo::from_item(item.clone())?;
    let own: RecoveryItem = serde_dynamo::from_item(item.clone())?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let slices = own.slices.into_iter().map(|slice| {
        let outcomes = outcomes(item, slice.n);
        let from = cursor(&slice.from)?;
        Some(Slice { number: slice.n, sent: slice.sent, from, due_at: slice.due, outcomes })
    });
    let include = own.include.iter().map(|include| Include::parse(include)).collect::<Option<_>>();
    Ok(Recovery {
        id: own.sk,
        account: own.account,
        profile: own.profile,
        webhook: own.webhook,
        plan: Plan {
            include: include.ok_or(CORRUPT)?,
            since: own.since,
            until: own.until,
            events: own.events,
            rate: own.rate,
            wants_since: own.wants_since,
        },
        status: RecoveryStatus::parse(&own.status).ok_or(CORRUPT)?,
        status_reason: own.status_reason,
        hold: own.hold.map(|hold| hold_of(&hold).ok_or(CORRUPT)).transpose()?,
        counts: Counts {
            estimated: own.estimated,
            queued: own.queued,
            delivered: count(counters.delivered),
            failed: count(counters.failed),
            retrying: count(counters.retrying),
            passed_over: count(counters.passed_over),
        }
        .with_all_sent_queued(),
        signals: Signals {
            gone: count(counters.gone),
            dropped: count(counters.dropped),
            delivered: count(counters.delivered),
        },
        heeded: Signals { gone: own.heeded_gone, dropped: own.heeded_dropped, delivered: own.heeded_delivered },
        cursor: cursor(&own.cursor).ok_or(CORRUPT)?,
        slices: slices.collect::<Option<_>>().ok_or(CORRUPT)?,
        last_slice: own.last_slice,
        valid_from: own.valid_from,
        size: own.size,
        judged: own.judged,
        paced_until: own.paced_until,
        reached_at: own.reached_at,
        created_at: own.created_at,
        started_at: own.started_at,
        paused_at: own.paused_at,
        finished_at: own.finished_at,
        version: own.version,
        next_tick_at: own.next_tick_at,
        is_taken: own.is_taken,
    })
}

/// The names of a slice's counters, with what they count.
pub(super) fn slice_counters(number: u32, outcomes: SliceOutcomes) -> BTreeMap<String, u32> {
    let SliceOutcomes { succeeded, failed, passed } = outcomes;
    [("o", succeeded), ("f", failed), ("p", passed)].map(|(kind, count)| (format!("s{number}{kind}"), count)).into()
}

fn outcomes(item: &Item, number: u32) -> SliceOutcomes {
    let count = |kind: &str| {
        let value = item.get(&format!("s{number}{kind}")).and_then(|value| value.as_n().ok());
        value.and_then(|value| value.parse().ok()).unwrap_or(0)
    };
    SliceOutcomes { succeeded: count("o"), failed: count("f"), passed: count("p") }
}

fn hold_text(hold: Hold) -> &'static str {
    match hold {
        Hold::Disabled => "disabled",
        Hold::Suspended => "suspended",
        Hold::Failing => "failing",
        Hold::Gone => "gone",
    }
}

fn hold_of(text: &str) -> Option<Hold> {
    [Hold::Disabled, Hold::Suspended, Hold::Failing, Hold::Gone].into_iter().find(|hold| hold_text(*hold) == text)
}

fn cursor_text(cursor: &Cursor) -> String {
    let (part, place) = match cursor {
        Cursor::Records { after } => ("records", after.as_ref().map(ToString::to_string)),
        Cursor::Again { after } => ("again", after.as_ref().map(ToString::to_string)),
        Cursor::Missing { after } => ("missing", after.as_ref().map(LogPlace::to_text)),
        Cursor::End => ("end", None),
    };
    place.map_or_else(|| part.to_owned(), |place| format!("{part}:{place}"))
}

fn cursor(text: &str) -> Option<Cursor> {
    let (part, place) = match text.split_once(':') {
        Some((part, place)) => (part, Some(place)),
        None => (text, None),
    };
    let delivery = || place.map(DeliveryId::parse).transpose().ok();
    Some(match part {
        "records" => Cursor::Records { after: delivery()? },
        "again" => Cursor::Again { after: delivery()? },
        "missing" => Cursor::Missing {
            after: match place {
                Some(place) => Some(LogPlace::parse(place)?),
                None => None,
            },
        },
        "end" => Cursor::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
