//! Spreads retries, so that deliveries that failed together are not tried again together.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::super::ids::DeliveryId;

/// By how much of it a delay may differ, either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Jitter {
    percent: u8,
}

/// The most percent by which a delay may differ: more would mix up the steps of a schedule.
const MAX_PERCENT: u8 = 50;

/// The shortest delay: SQS counts in whole seconds, and a retry at once would only repeat the failure.
const MIN_DELAY: Duration = Duration::from_secs(1);

impl Jitter {
    pub fn new(percent: u8) -> Option<Self> {
        (percent <= MAX_PERCENT).then_some(Self { percent })
    }

    /// The delay of one step of one delivery: the same whenever it is asked for, so that a message that is received twice waits as long.
    pub fn apply(self, delay: Duration, delivery: &DeliveryId, failures: u32) -> Duration {
        if self.percent == 0 {
            return delay;
        }
        let share = f64::from(self.percent) / 100.0;
        let place = place_of(delivery, failures);
        delay.mul_f64(2.0f64.mul_add(share * place, 1.0 - share)).max(MIN_DELAY)
    }
}

/// A number from 0 to 1, evenly spread over deliveries and steps.
fn place_of(delivery: &DeliveryId, failures: u32) -> f64 {
    let digest = Sha256::new().chain_update(delivery.as_str()).chain_update(failures.to_be_bytes()).finalize();
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn waits(percent: u8, delay: Duration) -> Vec<Duration> {
        let jitter = Jitter::new(percent).unwrap();
        let id = |n: u32| DeliveryId::parse(&format!("dlv_{n}")).unwrap();
        (0..1_000).map(|n| jitter.apply(delay, &id(n), n % 7 + 1)).collect()
    }

    #[test]
    fn delays_spread_evenly_over_the_share_on_either_side() {
        let mut waits = waits(10, HOUR);
        waits.sort();
        let seconds = |place: usize| waits[place].as_secs();
        assert!((3_240..3_260).contains(&seconds(0)), "{}", seconds(0));
        assert!((3_390..3_450).contains(&seconds(250)), "{}", seconds(250));
        assert!((3_560..3_640).contains(&seconds(500)), "{}", seconds(500));
        assert!((3_940..=3_960).contains(&seconds(999)), "{}", seconds(999));
    }

    #[test]
    fn no_jitter_leaves_delays_exact() {
        assert!(waits(0, HOUR).iter().all(|wait| *wait == HOUR));
        assert!(waits(0, Duration::from_millis(1)).iter().all(|wait| *wait == Duration::from_millis(1)));
    }

    #[test]
    fn a_jittered_delay_is_at_least_a_second() {
        assert!(waits(10, Duration::from_secs(1)).iter().all(|wait| *wait >= MIN_DELAY));
    }

    #[test]
    fn each_step_of_a_delivery_has_its_own_delay_each_time_the_same() {
        let (jitter, id) = (Jitter::new(10).unwrap(), DeliveryId::parse("dlv_1").unwrap());
        let of = |failures| jitter.apply(HOUR, &id, failures);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn more_than_half_a_delay_is_not_jitter() {
        assert_eq!((Jitter::new(50).is_some(), Jitter::new(51)), (true, None));
    }
}
