//! A page of a list that is spread over partitions: each is queried as far as the page needs it, within a budget.

use aws_sdk_dynamodb::{
    operation::query::{QueryOutput, builders::QueryFluentBuilder},
    types::ReturnConsumedCapacity,
};
use futures::future::try_join_all;

use super::{
    StoreError,
    error::failed,
    merge::{Merge, Page, Reached},
    values::Item,
};

/// The most records that the first `Query` of a partition reads: they may have 10 KB each, and there are eight partitions.
const FIRST_STEP: u32 = 10;

/// The most records that a later `Query` reads, unless the budget says otherwise.
const MAX_STEP: u32 = 256;

/// What one page may take. A page that would take more ends short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub queries: usize,
    pub bytes: f64,
    /// How many bytes a read unit stands for.
    pub bytes_a_unit: f64,
}

/// An eventually consistent read of 4 KB costs half a unit.
pub(super) const EVENTUAL: f64 = 8_192.0;

/// A consistent read of 4 KB costs a unit.
pub(super) const CONSISTENT: f64 = 4_096.0;

/// What a page of a client's request may take: a response must come within seconds.
pub(super) const REQUEST: Budget = Budget { queries: 64, bytes: 1_000_000.0, bytes_a_unit: EVENTUAL };

/// How a partition is queried, and how its items are read.
pub(super) trait Partitions {
    type Key: Ord + Clone;
    type Found;

    fn count(&self) -> usize;

    /// The query of a partition from a place on; from the page's beginning if there is none. `None` if nothing can be there.
    fn query(&self, part: usize, after: Option<&Self::Key>) -> Option<QueryFluentBuilder>;

    /// Where an item is. Also of an item that has only its keys.
    fn key(&self, item: &Item) -> Result<Self::Key, StoreError>;

    /// What an item is; `None` if it is none of the list's.
    fn read(&self, item: Item) -> Result<Option<Self::Found>, StoreError>;
}

/// A page, and how many bytes were read for it.
pub(super) struct Paged<K, T> {
    pub found: Vec<T>,
    /// Where the next page begins. `None` after the last.
    pub next: Option<K>,
    pub bytes: f64,
}

/// A page of at most `limit`. It may be short, or empty, and still have a next one.
pub(super) async fn page<P: Partitions>(
    partitions: &P,
    limit: usize,
    budget: Budget,
) -> Result<Paged<P::Key, P::Found>, StoreError> {
    let mut merge = Merge::new(partitions.count(), limit);
    let (mut queries, mut seen) = (0usize, Seen { records: 0.0, bytes: 0.0, budget });
    let mut step = first_step(limit, partitions.count());
    loop {
        let behind = merge.behind();
        queries = queries.saturating_add(behind.len());
        if behind.is_empty() || queries > budget.queries || seen.bytes > budget.bytes {
            let Page { found, next } = merge.into_page();
            return Ok(Paged { found, next, bytes: seen.bytes });
        }
        let reads = behind.iter().map(|part| {
            let request = partitions.query(*part, merge.reached(*part));
            let request = request.map(|request| request.return_consumed_capacity(ReturnConsumedCapacity::Total));
            let request = request.map(|request| request.limit(i32::try_from(step).unwrap_or(i32::MAX)));
            async move {
                let Some(request) = request else { return Ok((*part, None)) };
                Ok::<_, StoreError>((*part, Some(request.send().await.map_err(failed)?)))
            }
        });
        for (part, answer) in try_join_all(reads).await? {
            let (found, reached) = match answer {
                Some(answer) => {
                    seen.add(&answer);
                    read(partitions, answer)?
                }
                None => (Vec::new(), Reached::End),
            };
            merge.add(part, found, reached);
        }
        step = seen.next_step(step, behind.len());
    }
}

type Read<P> = (Vec<(<P as Partitions>::Key, <P as Partitions>::Found)>, Reached<<P as Partitions>::Key>);

/// What one `Query` found, and how far it has got.
pub(super) fn read<P: Partitions>(partitions: &P, answer: QueryOutput) -> Result<Read<P>, StoreError> {
    let reached = match &answer.last_evaluated_key {
        None => Reached::End,
        Some(key) => Reached::Key(partitions.key(key)?),
    };
    let mut found = Vec::new();
    for item in answer.items.unwrap_or_default() {
        let key = partitions.key(&item)?;
        found.extend(partitions.read(item)?.map(|read| (key, read)));
    }
    Ok((found, reached))
}

/// What has been read for a page.
#[derive(Debug)]
struct Seen {
    records: f64,
    bytes: f64,
    budget: Budget,
}

impl Seen {
    /// Adds what `DynamoDB` says it has read; about 1 KB a record if it does not.
    fn add(&mut self, answer: &QueryOutput) {
        let records = f64::from(answer.scanned_count);
        let units = answer.consumed_capacity.as_ref().and_then(|consumed| consumed.capacity_units);
        self.records += records;
        self.bytes += units.map_or(records * 1_024.0, |units| units * self.budget.bytes_a_unit);
    }

    /// How many records each `Query` of the next round may read: twice as many as now, or fewer if records of the size seen so far
    /// would exceed what a page may read.
    fn next_step(&self, step: u32, queries: usize) -> u32 {
        let a_record = self.bytes / self.records.max(1.0);
        let queries = u32::try_from(queries).map_or(f64::INFINITY, f64::from);
        let mut next = step.saturating_mul(2).min(MAX_STEP);
        while next > 1 && f64::from(next) * queries * a_record > self.budget.bytes - self.bytes {
            next /= 2;
        }
        next
    }
}

/// Each partition has its share of a page, and a little more as they differ.
fn first_step(limit: usize, parts: usize) -> u32 {
    let share = limit.div_ceil(parts.max(1)).saturating_add(2);
    u32::try_from(share).unwrap_or(FIRST_STEP).min(FIRST_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_reads_twice_as_much_if_that_fits() {
        for (records, bytes, step, queries, next) in [
            (80.0, 80_000.0, 10, 8, 20),
            // Hardly anything matched: large steps, but never larger than the most.
            (512.0, 512_000.0, 256, 1, 256),
            // Records of 10 KB: 200 KB are left, for two of each shard.
            (80.0, 800_000.0, 10, 8, 2),
            (80.0, 999_999.0, 10, 8, 1),
            (0.0, 0.0, 10, 8, 20),
        ] {
            let seen = Seen { records, bytes, budget: REQUEST };
            assert_eq!(seen.next_step(step, queries), next, "{records} records, {bytes} bytes");
        }
    }
}
