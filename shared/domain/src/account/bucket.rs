//! Rate limits: a bucket for each account and kind of request, shared by all concurrent executions of the API.
//!
//! A bucket holds what an account may use in [`Bucket::burst`] at once, and fills at the account's rate. A request is admitted while the
//! bucket is above zero, and may take it below. The bucket is one time, `full_at`: when it is full again if nothing more is taken.
//!
//! To ask the bucket at every request would cost more than most requests. So each execution has a [`Share`]. If the
//! rate is at least ten a second, it admits one small request a second without asking. It takes the rest from the bucket in chunks of a second. What an account gets in a time is therefore at most
//! what its bucket gives, one more request a second for each execution, and one chunk for each execution that it had before.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::time,
    limits::{Limit, Limits},
};

/// The most pages and forms of one session of the portal in a second: many times what a person can click, and enough for live pages.
const SESSION_REQUESTS_PER_SECOND: u32 = 10;

/// What is limited by rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Events published through the API.
    Events,
    /// Tests and resends.
    Tests,
    /// Every other request.
    Requests,
    /// Pages and forms of one session of the portal.
    Session,
}

impl Bucket {
    pub const ALL: [Self; 4] = [Self::Events, Self::Tests, Self::Requests, Self::Session];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Tests => "tests",
            Self::Requests => "requests",
            Self::Session => "session",
        }
    }

    /// The rate at which it fills for an account with these limits.
    pub fn rate(self, limits: &Limits) -> Rate {
        let second = Duration::from_secs(1);
        let (units, period) = match self {
            Self::Events => (limits.get(Limit::EventsPerSecond), second),
            Self::Requests => (limits.get(Limit::RequestsPerSecond), second),
            Self::Tests => (limits.get(Limit::TestsPerMinute), Duration::from_mins(1)),
            Self::Session => (SESSION_REQUESTS_PER_SECOND, second),
        };
        Rate { units: units.max(1), period }
    }

    /// How much time's worth it holds.
    pub fn burst(self) -> Duration {
        match self {
            Self::Events | Self::Requests | Self::Session => Duration::from_secs(10),
            Self::Tests => Duration::from_mins(1),
        }
    }
}

/// The least units a second that a bucket gives for some to be admitted without asking it: one more is a tenth more.
const MIN_UNASKED: u32 = 10;

/// A number of units in each period, of which there is at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    units: u32,
    period: Duration,
}

impl Rate {
    /// How long the bucket takes to fill by this much.
    pub fn time_of(self, units: u32) -> Duration {
        self.period.saturating_mul(units).checked_div(self.units).unwrap_or(self.period)
    }

    /// Whether one request a second more hardly matters.
    fn is_high(self) -> bool {
        self.time_of(MIN_UNASKED) <= Duration::from_secs(1)
    }

    /// How much is taken from the bucket at once, for a request that needs `units`: a second's worth, and at least what is needed.
    fn chunk(self, units: u32) -> u32 {
        let seconds = u32::try_from(self.period.as_secs()).unwrap_or(1).max(1);
        self.units.checked_div(seconds).unwrap_or(1).max(units).max(1)
    }
}

/// What one execution may admit without asking the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// The last second in which a request was admitted without asking.
    unasked: Option<i64>,
    /// What is left of the last chunk.
    left: u32,
    /// Until when the bucket is known to be empty.
    empty_until: Option<Timestamp>,
    /// When the bucket is full again, as far as this execution knows.
    full_at: Option<Timestamp>,
}

/// What the shared item of a bucket is likely to say, by which the right change is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is full, or has never been used: it will be full again after what is taken.
    Full,
    /// Something was taken: what is taken now comes on top.
    Used,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    Admitted,
    /// The bucket must be asked for this much.
    Ask {
        units: u32,
    },
    OverLimit {
        retry_after: Duration,
    },
}

impl Share {
    /// Decides about a request that needs `units`.
    pub fn draw(&mut self, units: u32, rate: Rate, now: Timestamp) -> Draw {
        if units <= 1 && rate.is_high() && self.unasked != Some(now.as_second()) {
            self.unasked = Some(now.as_second());
            return Draw::Admitted;
        }
        if let Some(left) = self.left.checked_sub(units) {
            self.left = left;
            return Draw::Admitted;
        }
        match self.empty_until.filter(|until| now < *until) {
            Some(until) => Draw::OverLimit { retry_after: time::between(now, until) },
            None => Draw::Ask { units: rate.chunk(units) },
        }
    }

    /// What the bucket is likely to be.
    pub fn level(&self, now: Timestamp) -> Level {
        if self.full_at.is_some_and(|full_at| full_at >= now) { Level::Used } else { Level::Full }
    }

    /// The bucket gave a chunk, of which a request needs `units` at once, and will be full at this time.
    pub fn grant(&mut self, chunk: u32, units: u32, full_at: Option<Timestamp>) {
        self.empty_until = None;
        self.full_at = full_at;
        self.left = self.left.saturating_add(chunk.saturating_sub(units));
    }

    /// The bucket is empty and will be full at this time.
    pub fn refuse(&mut self, bucket: Bucket, full_at: Timestamp, now: Timestamp) -> Duration {
        self.full_at = Some(full_at);
        let until = time::after(now, time::between(now, full_at).saturating_sub(bucket.burst()));
        self.empty_until = Some(until);
        time::between(now, until)
    }
}

/// What `Retry-After` says: whole seconds, and at least one.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn requests(per_second: u32) -> Rate {
        Bucket::Requests.rate(&Limits::default().with(Limit::RequestsPerSecond, Some(per_second)))
    }

    #[test]
    fn buckets_are_stored_under_words_that_do_not_change() {
        assert_eq!(Bucket::ALL.map(Bucket::as_str), ["events", "tests", "requests", "session"]);
    }

    #[test]
    fn one_small_request_a_second_is_admitted_unasked() {
        let mut share = Share::default();
        for (units, now, draw) in [
            (1, 0, Draw::Admitted),
            (1, 999, Draw::Ask { units: 50 }),
            (1, 1_000, Draw::Admitted),
            (100, 2_000, Draw::Ask { units: 100 }),
            (1, 2_000, Draw::Admitted),
            (1, 2_000, Draw::Ask { units: 50 }),
        ] {
            assert_eq!(share.draw(units, requests(50), at(now)), draw, "{units} at {now}");
        }
        assert_eq!(
            Share::default().draw(1, requests(9), at(0)),
            Draw::Ask { units: 9 },
            "every one counts at a low rate"
        );
    }

    #[test]
    fn a_chunk_is_used_up_before_the_bucket_is_asked_again() {
        let mut share = Share { unasked: Some(0), ..Share::default() };
        assert_eq!(share.draw(1, requests(3), at(0)), Draw::Ask { units: 3 });
        share.grant(3, 1, Some(at(1_000)));
        assert_eq!([at(1_000), at(1_001)].map(|now| share.level(now)), [Level::Used, Level::Full]);
        let draws: Vec<Draw> = (0..3).map(|_| share.draw(1, requests(3), at(1))).collect();
        assert_eq!(draws, [Draw::Admitted, Draw::Admitted, Draw::Ask { units: 3 }]);
    }

    #[test]
    fn an_empty_bucket_is_not_asked_until_it_has_something() {
        let mut share = Share { unasked: Some(0), ..Share::default() };
        let wait = share.refuse(Bucket::Requests, at(10_400), at(100));
        assert_eq!(wait, Duration::from_millis(300));
        let over = Draw::OverLimit { retry_after: Duration::from_millis(200) };
        assert_eq!(share.draw(1, requests(3), at(200)), over);
        assert_eq!(share.draw(1, requests(3), at(400)), Draw::Ask { units: 3 });
    }

    #[test]
    fn a_units_time_follows_from_the_limit() {
        let limits = Limits::default();
        for (bucket, units, ms) in
            [(Bucket::Events, 100, 100), (Bucket::Requests, 50, 1_000), (Bucket::Tests, 1, 2_000)]
        {
            let time = bucket.rate(&limits).time_of(units);
            assert_eq!(time, Duration::from_millis(ms), "{bucket:?}");
        }
        assert_eq!(Bucket::Tests.rate(&limits).chunk(1), 1, "half a test a second is one at a time");
    }

    #[test]
    fn retry_after_is_in_whole_seconds_and_never_too_early() {
        for (ms, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(retry_after_seconds(Duration::from_millis(ms)), seconds, "{ms}");
        }
    }
}
