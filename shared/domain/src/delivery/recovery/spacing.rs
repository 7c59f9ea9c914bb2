//! How far apart a recovery's deliveries are.

use std::time::Duration;

use super::super::super::webhook::{Webhook, standing::Health};

/// The most deliveries a second to a slow endpoint.
const SLOW_RATE: u32 = 10;

/// How far apart deliveries are at `rate` a second. A slow endpoint gets fewer, and one with a rate limit at most half of that.
pub fn spacing(rate: u32, webhook: &Webhook) -> Duration {
    let rate = if webhook.standing.pulse.health == Health::Slow { rate.min(SLOW_RATE) } else { rate };
    let limited = webhook.settings.rate_limit.map(|limit| limit.spacing().saturating_mul(2));
    per_second(rate).max(limited.unwrap_or_default())
}

/// How far apart as many are in a second.
pub fn per_second(rate: u32) -> Duration {
    Duration::from_secs(1).checked_div(rate).unwrap_or(Duration::from_secs(1))
}

/// How many fit into a time, and one at least.
pub fn how_many(time: Duration, spacing: Duration) -> u32 {
    let many = time.as_micros().checked_div(spacing.as_micros()).unwrap_or(1);
    u32::try_from(many).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::{super::super::admission::tests::webhook, *};
    use crate::webhook::{pace::RateLimit, standing::Pulse};

    #[test]
    fn health_and_rate_limit_make_a_recovery_slower() {
        for (rate, health, limit, ms) in [
            (100, Health::Ok, None, 10),
            (100, Health::Slow, None, 100),
            (5, Health::Slow, None, 200),
            (100, Health::Ok, RateLimit::new(100, 1), 20),
            (1, Health::Ok, RateLimit::new(100, 1), 1_000),
            (100, Health::Slow, RateLimit::new(10, 1), 200),
        ] {
            let mut webhook = webhook();
            webhook.standing.pulse = Pulse::of(health);
            webhook.settings.rate_limit = limit;
            assert_eq!(spacing(rate, &webhook), Duration::from_millis(ms), "{rate} {health:?} {limit:?}");
        }
    }

    #[test]
    fn however_far_apart_one_fits() {
        let seconds = Duration::from_secs;
        assert_eq!([1, 60, 7_200].map(|apart| how_many(seconds(120), seconds(apart))), [120, 2, 1]);
    }
}
