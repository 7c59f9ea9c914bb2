//! Accounts, their webhooks, and the endpoints behind them.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use domain::{
    attempt::{
        outcome::{Reply, TransportError},
        timing::{OwnDelays, OwnTimeout},
    },
    event::pattern::{EventPattern, EventType},
    ids::{AccountId, EventId, ProfileName, WebhookId},
    profile::{Profile, registry::Profiles},
    signing::{Secrets, secret::Secret},
    target::TargetPolicy,
    webhook::{
        Webhook,
        pace::{Pace, RateLimit},
        settings::Settings,
        standing::{Health, Pulse, Standing},
    },
};
use fastrand::Rng;
use jiff::Timestamp;

/// What an endpoint does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Responds soon, and fails now and then.
    Good,
    /// Responds after seconds.
    Slow,
    /// Refuses the connection.
    Refusing,
    /// Accepts the connection and never responds.
    Hanging,
    /// Good, and its customer allows fewer requests than there are events.
    Limited,
}

/// What is known of the endpoints when a simulation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// All count as healthy.
    None,
    /// Each webhook has the health that its endpoint deserves.
    Health,
}

/// How many of each thousand endpoints are of each kind but good, and how responses come.
#[derive(Debug, Clone)]
pub struct Mix {
    pub accounts: usize,
    pub endpoints: usize,
    pub slow: usize,
    pub refusing: usize,
    pub hanging: usize,
    pub limited: usize,
    /// In how many accounts those are that are not good. `None`: each is in one of its own.
    pub bad_accounts: Option<usize>,
    pub good: Responses,
    pub slow_ms: f64,
    pub limit: Option<RateLimit>,
    /// Whether everyone knows already how the endpoints do.
    pub known: Knowledge,
    pub own_timeout: Option<u64>,
    pub own_delays: Option<Vec<u64>>,
    /// Zipf's exponent of how events are spread over the endpoints. Zero: evenly.
    pub skew: f64,
}

/// The responses of a good endpoint: log-normal times, and failures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Responses {
    pub median_ms: f64,
    pub sigma: f64,
    pub failing: f64,
}

impl Mix {
    /// Only good endpoints, one for each of 10,000 accounts, that get as many events each.
    pub fn good() -> Self {
        Self {
            accounts: 10_000,
            endpoints: 10_000,
            slow: 0,
            refusing: 0,
            hanging: 0,
            limited: 0,
            bad_accounts: None,
            good: Responses { median_ms: 100.0, sigma: 0.6, failing: 0.005 },
            slow_ms: 4_000.0,
            limit: RateLimit::new(1, 20),
            known: Knowledge::None,
            own_timeout: None,
            own_delays: None,
            skew: 0.0,
        }
    }

    /// What a platform has, and everyone knows: of a thousand endpoints ten are slow, ten refuse, ten hang, and ten are limited.
    pub fn usual() -> Self {
        let known = Knowledge::Health;
        Self { slow: 10, refusing: 10, hanging: 10, limited: 10, skew: 0.8, known, ..Self::good() }
    }

    /// Kinds are spread evenly over the endpoints, of which the first get most events.
    fn kind(&self, endpoint: usize) -> Kind {
        // 7,919 is a prime, so that each thousand endpoints have every place once.
        let mut place = 999 - endpoint * 7_919 % 1_000;
        for (count, kind) in [
            (self.slow, Kind::Slow),
            (self.refusing, Kind::Refusing),
            (self.hanging, Kind::Hanging),
            (self.limited, Kind::Limited),
        ] {
            if place < count {
                return kind;
            }
            place -= count;
        }
        Kind::Good
    }

    fn account(&self, endpoint: usize, kind: Kind) -> usize {
        match (kind, self.bad_accounts) {
            (Kind::Good, _) | (_, None) => endpoint % self.accounts,
            (_, Some(bad)) => endpoint % bad.clamp(1, self.accounts),
        }
    }
}

/// One webhook and the endpoint behind it.
#[derive(Debug)]
pub struct Endpoint {
    pub kind: Kind,
    pub account: usize,
    pub webhook: Arc<Webhook>,
    pub pace: Pace,
}

/// All of them.
#[derive(Debug)]
pub struct Population {
    pub mix: Mix,
    pub profile: Arc<Profile>,
    pub profile_name: ProfileName,
    pub event_type: EventType,
    /// Of all events: no decision looks at it.
    pub event_id: EventId,
    pub endpoints: Vec<Endpoint>,
    /// The share of events of all endpoints up to each.
    shares: Vec<f64>,
}

impl Population {
    pub fn new(mix: Mix, now: Timestamp) -> Result<Self> {
        let profiles = Profiles::built_in();
        let profile = profiles.by_name("standard").context("there is no profile standard")?;
        let endpoints = (0..mix.endpoints).map(|endpoint| one(&mix, endpoint, now)).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            profile: Arc::new(profile.clone()),
            profile_name: profile.name.clone(),
            event_type: EventType::parse("bench.event")?,
            event_id: EventId::parse("event")?,
            shares: shares(mix.endpoints, mix.skew),
            endpoints,
            mix,
        })
    }

    pub fn accounts(&self) -> usize {
        self.mix.accounts
    }

    /// Whom the next event is for.
    pub fn choose(&self, random: &mut Rng) -> usize {
        let share = random.f64();
        self.shares.partition_point(|sum| *sum < share).min(self.endpoints.len() - 1)
    }

    /// How an endpoint responds, and after how long.
    pub fn response(&self, endpoint: usize, random: &mut Rng) -> (Duration, Result<Reply, TransportError>) {
        let Endpoint { kind, webhook, .. } = &self.endpoints[endpoint];
        let reply = |status| Ok(Reply { status, ..Reply::default() });
        match kind {
            Kind::Good | Kind::Limited => {
                let Responses { median_ms, sigma, failing } = self.mix.good;
                let status = if random.f64() < failing { 503 } else { 204 };
                (log_normal(median_ms, sigma, random), reply(status))
            }
            Kind::Slow => (log_normal(self.mix.slow_ms, 0.1, random), reply(204)),
            Kind::Refusing => (Duration::from_millis(30), Err(TransportError::Connect("refused".to_owned()))),
            Kind::Hanging => {
                let limit = self.profile.attempts.timing.timeout_for(&webhook.settings.timing);
                (limit, Err(TransportError::TimedOut { limit }))
            }
        }
    }
}

fn one(mix: &Mix, number: usize, now: Timestamp) -> Result<Endpoint> {
    let kind = mix.kind(number);
    let account = mix.account(number, kind);
    let url = TargetPolicy::default().check(&format!("https://endpoint-{number}.example.com/"))?;
    let mut settings = Settings::new(url, vec![EventPattern::Everything]);
    settings.timing.timeout = mix.own_timeout.and_then(OwnTimeout::new);
    settings.timing.delays = mix.own_delays.clone().and_then(OwnDelays::new);
    settings.rate_limit = mix.limit.filter(|_| kind == Kind::Limited);
    let mut standing = Standing::new(now);
    if mix.known == Knowledge::Health {
        standing.pulse = Pulse::of(health(kind));
    }
    let webhook = Webhook {
        id: WebhookId::parse(&format!("wh_{number}"))?,
        account: AccountId::parse(&format!("account-{account}"))?,
        settings,
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing,
    };
    Ok(Endpoint { kind, account, webhook: Arc::new(webhook), pace: Pace::default() })
}

fn health(kind: Kind) -> Health {
    match kind {
        Kind::Good | Kind::Limited => Health::Ok,
        Kind::Slow => Health::Slow,
        Kind::Refusing | Kind::Hanging => Health::Failing,
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are not that many endpoints")]
fn shares(endpoints: usize, skew: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=endpoints).map(|rank| (rank as f64).powf(-skew)).collect();
    let all: f64 = weights.iter().sum();
    let sums = weights.iter().scan(0.0, |sum, weight| {
        *sum += weight / all;
        Some(*sum)
    });
    sums.collect()
}

/// A log-normal time, by the method of Box and Muller.
fn log_normal(median_ms: f64, sigma: f64, random: &mut Rng) -> Duration {
    let (one, other) = (1.0 - random.f64(), random.f64());
    let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
    Duration::from_secs_f64(median_ms / 1_000.0 * (sigma * normal).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_has_the_kinds_that_its_mix_says() {
        let mix = Mix { hanging: 100, bad_accounts: Some(10), ..Mix::usual() };
        let population = Population::new(mix, Timestamp::UNIX_EPOCH).unwrap();
        let count = |kind| population.endpoints.iter().filter(|endpoint| endpoint.kind == kind).count();
        let kinds = [Kind::Good, Kind::Slow, Kind::Refusing, Kind::Hanging, Kind::Limited];
        assert_eq!(kinds.map(count), [8_700, 100, 100, 1_000, 100]);
        let hanging = population.endpoints.iter().filter(|endpoint| endpoint.kind == Kind::Hanging);
        assert!(hanging.map(|endpoint| endpoint.account).all(|account| account < 10));
        assert_eq!(population.endpoints[0].kind, Kind::Good);
    }

    #[test]
    fn responses_have_the_median_that_was_asked_for() {
        let population = Population::new(Mix::good(), Timestamp::UNIX_EPOCH).unwrap();
        let mut random = Rng::with_seed(1);
        let mut times: Vec<_> = (0..10_001).map(|_| population.response(0, &mut random).0).collect();
        times.sort_unstable();
        let median = times[5_000].as_secs_f64();
        assert!((0.097..0.103).contains(&median), "{median}");
    }
}
