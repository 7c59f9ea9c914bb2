//! `DynamoDB`: a table with so many units a second, and partitions with their own limits.

use super::agenda::{Micros, SECOND, millis};

/// How long a request waits for capacity. The SDK tries a throttled request again for about as long, then it fails.
const PATIENCE: Micros = SECOND;

/// What a key or a table that was idle may use at once: a second's worth.
const BURST: Micros = SECOND;

/// A wait that shows that a key is asked for too often.
const LONG: Micros = SECOND / 4;

/// Units a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    pub reads: f64,
    pub writes: f64,
}

/// A limit of units a second. What exceeds it for a moment waits.
#[derive(Debug, Clone, Copy)]
struct Limit {
    per_second: f64,
    /// Until when the units are used up.
    used_until: Micros,
}

impl Limit {
    fn new(per_second: f64) -> Self {
        Self { per_second, used_until: 0 }
    }

    /// How long to wait for so many units, and until when they are then used up. `None`: too long, the request is throttled.
    fn after(&self, now: Micros, units: f64) -> Option<(Micros, Micros)> {
        let from = self.used_until.max(now.saturating_sub(BURST));
        let until = from + millis(units / self.per_second * 1_000.0);
        let wait = until.saturating_sub(now);
        (wait <= PATIENCE).then_some((wait, until))
    }

    fn take(&mut self, now: Micros, units: f64) -> Option<Micros> {
        let (wait, until) = self.after(now, units)?;
        self.used_until = until;
        Some(wait)
    }
}

/// The table.
#[derive(Debug)]
pub struct Table {
    reads: Limit,
    writes: Limit,
    /// Each account's item, which intake and delivery read.
    accounts: Vec<Limit>,
    /// Shards of each account's event log, and of each endpoint's deliveries.
    shards: Vec<Limit>,
    pub read_units: f64,
    pub write_units: f64,
    pub throttled: u64,
    /// Requests that waited long for an account's item.
    pub hot: u64,
}

/// What a request for several items got.
#[derive(Debug, Default)]
pub struct Read {
    /// How long it took to have them.
    pub wait: Micros,
    /// Accounts whose item was asked for too often.
    pub refused: Vec<usize>,
}

/// How many partitions an account's event log has, and a webhook's deliveries.
const SHARDS: usize = 8;

impl Table {
    pub fn new(table: Capacity, partition: Capacity, accounts: usize, endpoints: usize) -> Self {
        Self {
            reads: Limit::new(table.reads),
            writes: Limit::new(table.writes),
            accounts: vec![Limit::new(partition.reads); accounts],
            shards: vec![Limit::new(partition.writes); SHARDS * (accounts + endpoints)],
            read_units: 0.0,
            write_units: 0.0,
            throttled: 0,
            hot: 0,
        }
    }

    /// The partition of an entry of an account's event log.
    pub fn log_shard(account: usize, entry: usize) -> usize {
        account * SHARDS + entry % SHARDS
    }

    /// The partition of a delivery's record.
    pub fn delivery_shard(&self, endpoint: usize, shard: usize) -> usize {
        (self.accounts.len() + endpoint) * SHARDS + shard % SHARDS
    }

    /// One unit of each of these accounts, and so many others. `None`: the table gives nothing.
    pub fn read(&mut self, now: Micros, accounts: &[usize], others: f64) -> Option<Read> {
        let wait = self.reads.take(now, units(accounts.len()) + others);
        let Some(wait) = wait else {
            self.throttled += 1;
            return None;
        };
        self.read_units += units(accounts.len()) + others;
        let mut read = Read { wait, refused: Vec::new() };
        let is_table_slow = wait > LONG;
        for account in accounts {
            match self.accounts[*account].take(now, 1.0) {
                Some(wait) => read.wait = read.wait.max(wait),
                None => read.refused.push(*account),
            }
        }
        self.hot += u64::from(!read.refused.is_empty() || (read.wait > LONG && !is_table_slow));
        Some(read)
    }

    /// One unit in each of these partitions, and so many others that are spread by themselves.
    pub fn write(&mut self, now: Micros, shards: &[usize], others: f64) -> Option<Micros> {
        let hottest = take_all(&mut self.shards, now, shards);
        let units = units(shards.len()) + others;
        let wait = hottest.and_then(|hottest| Some(hottest.max(self.writes.take(now, units)?)));
        self.write_units += wait.map_or(0.0, |_| units);
        self.throttled += u64::from(wait.is_none());
        wait
    }
}

#[expect(clippy::cast_precision_loss, reason = "a batch has ten messages")]
fn units(count: usize) -> f64 {
    count as f64
}

/// One unit of each, and the longest wait.
fn take_all(limits: &mut [Limit], now: Micros, places: &[usize]) -> Option<Micros> {
    let mut longest = 0;
    for place in places {
        longest = longest.max(limits[*place].take(now, 1.0)?);
    }
    Some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUCH: Capacity = Capacity { reads: 1e9, writes: 1e9 };

    #[test]
    fn a_table_gives_its_units_and_throttles_the_rest() {
        let mut table = Table::new(Capacity { writes: 4_000.0, ..MUCH }, MUCH, 1, 1);
        // Ten seconds of 10,000 writes a second.
        let written = (0..10_000).filter(|n| table.write(n * 1_000, &[], 10.0).is_some()).count();
        // 40,000 of the rate, and up to a second of patience at the end.
        assert!((3_990..=4_410).contains(&written), "{written}");
        assert_eq!(table.throttled, 10_000 - u64::try_from(written).unwrap());
    }

    #[test]
    fn a_partition_takes_a_thousand_writes_a_second() {
        let partition = Capacity { reads: 3_000.0, writes: 1_000.0 };
        let mut table = Table::new(MUCH, partition, 1, 1);
        let hot = table.delivery_shard(0, 3);
        let other = table.delivery_shard(0, 4);
        let (mut of_hot, mut of_other) = (0, 0);
        // Ten seconds of 2,000 a second, and of 900 to another partition, which has what it needs.
        for n in 0..20_000 {
            of_hot += usize::from(table.write(n * 500, &[hot], 0.0).is_some());
            of_other += usize::from(n % 20 < 9 && table.write(n * 500, &[other], 0.0).is_some());
        }
        assert!((10_000..=11_100).contains(&of_hot), "{of_hot}");
        assert_eq!(of_other, 9_000);
    }
}
