//! How punctual the retries of one account are, next to an account with a hundred endpoints in trouble.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, interval};

use crate::{
    binaries::Binaries,
    receiver::{Manner, Receiver},
    say::say,
    stack::{self, Account, Profile, Stack},
    stats::Spread,
    text::Table,
};

/// Every delay is multiplied by this, so that what is parked for a quarter of an hour is parked here for 45 s.
const SCALE: f64 = 0.05;
/// What the neighbour's webhooks wait, before it is scaled: 5, 300 and 1,800 s afterwards, as in the profile.
const NEIGHBOUR_DELAYS: [u64; 3] = [100, 6_000, 36_000];
/// The same for a retry that is due in 5 s, and for one that is parked, as its 46 s are longer than a message may wait at this scale.
const SHORT_DELAY: u64 = 100;
const PARKED_DELAY: u64 = 920;
const PARKED_FOR: Duration = Duration::from_secs(46);

/// The neighbour's webhooks and events.
pub const WEBHOOKS: usize = 100;
pub const EVENTS: usize = 6_000;
/// How many of them have been attempted when the watched account's first event is published.
const UNDER_WAY: usize = 3_000;
/// How many retries of each kind are watched, and how far apart they begin.
const WATCHED: usize = 20;
const EVERY: Duration = Duration::from_secs(2);
/// The numbers of the events whose retries are parked follow on those of the others.
const FIRST_PARKED: usize = WATCHED;

/// A quota of the retry lane's messages in flight that is above what attempts alone can use.
const TIGHT: usize = 1_500;
/// How soon a retry must come that is due in 5 s, and how soon after its time one that is parked.
pub const MOST_SHORT_SECONDS: f64 = 10.0;
pub const MOST_PARKED_SECONDS: f64 = 15.0;
const PATIENCE: Duration = Duration::from_mins(5);

/// How the retries of the watched account came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Punctual {
    pub neighbour: String,
    /// The retry lane's quota of messages in flight; none: that of SQS.
    pub quota: Option<usize>,
    /// From the failed attempt to the retry that is due in 5 s.
    pub short_ms: Spread,
    /// From its time to the parked retry.
    pub parked_ms: Spread,
}

pub async fn run(binaries: &Binaries) -> Result<Vec<Punctual>> {
    let mut measured = Vec::new();
    for quota in [None, Some(TIGHT)] {
        for (neighbour, manner) in [("never answer", Manner::Dead), ("ask for 3,599 s", Manner::AsksForTime(3_599))] {
            let of = quota.map_or_else(String::new, |quota| format!(", {quota} in flight"));
            say(&format!("isolation: retries, a neighbour's {WEBHOOKS} endpoints {neighbour}{of} ..."));
            let (short_ms, parked_ms) = punctual(binaries, quota, manner).await?;
            say(&format!(
                "  a retry due in 5 s at most after {:.0} ms, a parked one {:.0} ms",
                short_ms.max, parked_ms.max
            ));
            measured.push(Punctual { neighbour: neighbour.to_owned(), quota, short_ms, parked_ms });
        }
    }
    Ok(measured)
}

async fn punctual(binaries: &Binaries, quota: Option<usize>, manner: Manner) -> Result<(Spread, Spread)> {
    let mut options = vec!["--retry-scale".to_owned(), SCALE.to_string()];
    options.extend(quota.into_iter().flat_map(|quota| ["--retry-in-flight".to_owned(), quota.to_string()]));
    let stack = Stack::start_with(binaries, &options).await?;
    let receiver = Receiver::start(Manner::FailsFirst).await?;
    let watched = watched(&stack, &receiver).await?;
    let troubled = Receiver::start(manner).await?;
    trouble(&stack, &troubled).await?;
    troubled.reached(UNDER_WAY, PATIENCE).await?;
    let mut ticks = interval(EVERY);
    for number in 0..WATCHED {
        ticks.tick().await;
        let numbers = [number, FIRST_PARKED + number];
        let events = numbers.map(|number| stack::event(&watched, &watched_event(number), number, 300));
        stack.sqs.send(&stack.ready.event_queue_url, &events, 0).await?;
    }
    receiver.reached(4 * WATCHED, PATIENCE).await?;
    let arrivals = receiver.arrivals();
    let after = |first: usize, due: Duration| lateness(&arrivals, first..first + WATCHED, due);
    Ok((after(0, Duration::ZERO)?, after(FIRST_PARKED, PARKED_FOR)?))
}

/// A webhook for each retry: failures of one would tell of the others.
async fn watched(stack: &Stack, receiver: &Receiver) -> Result<Account> {
    let account = stack.account("watched", Profile::Standard).await?;
    for number in 0..2 * WATCHED {
        let delay = if number < FIRST_PARKED { SHORT_DELAY } else { PARKED_DELAY };
        let fields = json!({ "url": receiver.url, "events": [watched_event(number)], "retryDelaysSeconds": [delay] });
        stack.webhook_with(&account, &fields).await?;
    }
    Ok(account)
}

fn watched_event(number: usize) -> String {
    format!("watched.{number}")
}

/// The neighbour's webhooks, and an equal share of its events to each.
async fn trouble(stack: &Stack, endpoint: &Receiver) -> Result<()> {
    let account = stack.account("troubled", Profile::Standard).await?;
    let name = |number: usize| format!("troubled.{}", number % WEBHOOKS);
    for number in 0..WEBHOOKS {
        let fields = json!({ "url": endpoint.url, "events": [name(number)], "retryDelaysSeconds": NEIGHBOUR_DELAYS });
        stack.webhook_with(&account, &fields).await?;
    }
    let events: Vec<String> = (0..EVENTS).map(|number| stack::event(&account, &name(number), number, 300)).collect();
    for batch in events.chunks(10) {
        stack.sqs.send(&stack.ready.event_queue_url, batch, 0).await?;
    }
    Ok(())
}

/// How long after its first attempt, and after that wait, each of these events was attempted again.
fn lateness(arrivals: &[(usize, Instant)], numbers: std::ops::Range<usize>, wait: Duration) -> Result<Spread> {
    let after = |number: usize| {
        let mut times = arrivals.iter().filter(|(of, _)| *of == number).map(|(_, time)| *time);
        let (first, second) = (times.next()?, times.next()?);
        Some((second - first).saturating_sub(wait))
    };
    let lateness: Option<Vec<Duration>> = numbers.map(after).collect();
    lateness.and_then(Spread::of).context("a retry did not come")
}

pub fn table(measured: &[Punctual]) -> Table {
    let mut table = Table::new(&[
        "the neighbour's endpoints",
        "quota in flight",
        "retry due in 5 s: p50",
        "max",
        "parked retry, after its time: p50",
        "max",
    ]);
    for Punctual { neighbour, quota, short_ms, parked_ms } in measured {
        let figure = |ms: f64| format!("{:.1} s", ms / 1_000.0);
        let quota = quota.map_or_else(|| "that of SQS".to_owned(), |quota| quota.to_string());
        table.row(&[
            neighbour.clone(),
            quota,
            figure(short_ms.p50),
            figure(short_ms.max),
            figure(parked_ms.p50),
            figure(parked_ms.max),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_from_the_first_attempt_and_the_wait_to_the_second() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let arrivals = [(1, at(0)), (2, at(1)), (1, at(50)), (2, at(49))];
        let spread = lateness(&arrivals, 1..3, Duration::from_secs(46)).unwrap();
        assert_eq!((spread.min, spread.max), (2_000.0, 4_000.0));
        assert!(lateness(&arrivals, 1..4, Duration::ZERO).is_err(), "the third never came");
    }
}
