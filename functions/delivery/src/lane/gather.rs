//! First-attempt successes gathered for a moment, so that ten of them cost one request.

use std::time::Duration;

use shared::{
    domain::{delivery::Delivery, ids::DeliveryId},
    logging::chain,
    store::{Store, deliveries::MAX_BATCH},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::settled::Fate;

/// How long a success may wait to be recorded with others: its neighbours may wait for a slow endpoint.
const GATHER: Duration = Duration::from_millis(100);

/// How long recording may take after the last attempt has ended.
const FINISH: Duration = Duration::from_secs(8);

/// How many times what `DynamoDB` did not get to is sent; then the records come back.
const ROUNDS: u32 = 4;

/// Successes to be recorded, and the requests under way.
pub(super) struct Gathered {
    store: Store,
    waiting: Vec<(usize, Delivery)>,
    since: Option<Instant>,
    writes: JoinSet<Vec<(usize, Fate)>>,
}

impl Gathered {
    pub(super) fn new(store: Store) -> Self {
        Self { store, waiting: Vec::new(), since: None, writes: JoinSet::new() }
    }

    pub(super) fn add(&mut self, index: usize, record: Delivery) {
        self.waiting.push((index, record));
        self.since.get_or_insert_with(Instant::now);
        if self.waiting.len() >= MAX_BATCH {
            self.flush();
        }
    }

    /// Ends when what waits has waited long enough; never while nothing does.
    pub(super) async fn ripe(&self) {
        match self.since.and_then(|since| since.checked_add(GATHER)) {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Starts recording what waits.
    pub(super) fn flush(&mut self) {
        self.since = None;
        let waiting = std::mem::take(&mut self.waiting);
        if !waiting.is_empty() {
            let store = self.store.clone();
            self.writes.spawn(async move { record(&store, waiting).await });
        }
    }

    /// Records the rest and says what became of every success; one that is missing was not recorded in time.
    pub(super) async fn finish(mut self) -> Vec<(usize, Fate)> {
        self.flush();
        let mut fates = Vec::new();
        let recording = async {
            while let Some(written) = self.writes.join_next().await {
                if written.is_err() {
                    tracing::error!("recording successes panicked; they will be sent again");
                }
                fates.extend(written.unwrap_or_default());
            }
        };
        if timeout(FINISH, recording).await.is_err() {
            tracing::error!("successes were not recorded within {} s and will be sent again", FINISH.as_secs());
        }
        fates
    }
}

async fn record(store: &Store, mut waiting: Vec<(usize, Delivery)>) -> Vec<(usize, Fate)> {
    let mut fates = Vec::with_capacity(waiting.len());
    let mut pause = Duration::from_millis(50);
    for _ in 0..ROUNDS {
        // One webhook's record may be in the batch twice (SQS duplicates); DynamoDB refuses two puts of one key.
        let mut seen: Vec<DeliveryId> = Vec::new();
        let mut records = Vec::with_capacity(waiting.len());
        for (_, record) in &waiting {
            if !seen.contains(&record.id) {
                seen.push(record.id.clone());
                records.push(record.clone());
            }
        }
        let unprocessed = match store.record_first_successes(records).await {
            Ok(unprocessed) => unprocessed,
            Err(error) => {
                tracing::error!("successes could not be recorded yet: {}", chain(&error));
                waiting.iter().map(|(_, record)| record.id.clone()).collect()
            }
        };
        let (again, recorded): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, record)| unprocessed.contains(&record.id));
        fates.extend(recorded.into_iter().map(|(index, _)| (index, Fate::Acknowledged)));
        waiting = again;
        if waiting.is_empty() {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
    fates
}
