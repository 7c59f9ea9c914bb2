//! What attempts mean for a webhook: its streak, its health, and whether it is disabled.

use std::{collections::BTreeMap, mem::take, sync::Arc};

use domain::{
    attempt::{Attempt, outcome::Verdict},
    webhook::{
        Webhook,
        standing::{
            Disabled, Health, Outcome, Pulse, Rotation, Streak, StreakChange, Tally, Weight, disabling, pulse_after,
            streak_change,
        },
    },
};

use super::{
    agenda::Micros,
    event::{Count, Event},
    world::{World, timestamp},
};

/// How long an attempt waits to be counted with others, as in delivery.
const WAIT: Micros = 250_000;

/// The write units of a changed streak, and of a changed health, which is a transaction with the account's item.
const STREAK_UNITS: f64 = 1.0;
const HEALTH_UNITS: f64 = 4.0;

/// One attempt, to be counted.
#[derive(Debug)]
pub struct Counted {
    pub endpoint: usize,
    pub ended: Micros,
    pub attempt: Attempt,
    pub verdict: Verdict,
    pub gave_up: bool,
}

impl World {
    /// Puts down when the attempts of a batch are counted. Successes of a healthy webhook change nothing.
    pub(super) fn count_later(&mut self, counted: Vec<Counted>, batch_ended: Micros) {
        let mut by_endpoint: BTreeMap<usize, Vec<Counted>> = BTreeMap::new();
        for one in counted {
            by_endpoint.entry(one.endpoint).or_default().push(one);
        }
        for (endpoint, mut of_one) in by_endpoint {
            let webhook = &self.population.endpoints[endpoint].webhook;
            if of_one.iter().all(|one| changes_nothing(webhook, one)) {
                continue;
            }
            of_one.sort_by_key(|one| one.ended);
            for (at, count) in counts(endpoint, webhook, &of_one, batch_ended) {
                self.agenda.put(at, Event::Count(Box::new(count)));
            }
        }
    }

    pub(super) fn count(&mut self, count: &Count) {
        let profile = Arc::clone(&self.population.profile);
        let (now, endpoint) = (self.agenda.now(), &mut self.population.endpoints[count.endpoint]);
        if !endpoint.webhook.is_active() {
            return;
        }
        let before = endpoint.webhook.standing.clone();
        let mut after = before.clone();
        after.streak = streak_after(before.streak, &count.waiting);
        if let Some(disabling) = disabling(&profile.disable, after.streak, &count.waiting) {
            after.disabled = Some(Disabled { at: timestamp(now), reason: disabling.reason });
        }
        after.pulse = pulse(before.pulse, pulse_after(before.pulse, count.whole.beat(after.streak)), count.is_last);
        if after == before {
            return;
        }
        let changed = |is_changed: bool, units: f64| if is_changed { units } else { 0.0 };
        let units = changed(after.streak != before.streak, STREAK_UNITS)
            + changed(after.pulse != before.pulse || after.disabled != before.disabled, HEALTH_UNITS);
        Arc::make_mut(&mut endpoint.webhook).standing = after;
        // What a throttled table does not count is counted with the next failure.
        let _ = self.table.write(now, &[], units);
    }
}

fn changes_nothing(webhook: &Webhook, one: &Counted) -> bool {
    let is_quick = one.verdict == Verdict::Success && one.attempt.took().as_secs() < 1;
    is_quick && webhook.standing.streak == Streak::default() && webhook.standing.pulse == Pulse::default()
}

fn streak_after(before: Streak, tally: &Tally) -> Streak {
    match streak_change(before, tally) {
        StreakChange::Keep => before,
        StreakChange::Reset | StreakChange::ResetIfAny => Streak::default(),
        StreakChange::Add(added) => Streak {
            failures: before.failures.saturating_add(added.failures),
            failed_deliveries: before.failed_deliveries.saturating_add(added.failed_deliveries),
            since: before.since.or(added.since),
            first_created_at: before.first_created_at.or(added.first_created_at),
            told: before.told,
        },
    }
}

/// While attempts of the batch are under way, the health does not improve yet.
fn pulse(before: Pulse, after: Pulse, is_last: bool) -> Pulse {
    let is_worse = after.health != before.health && after.health != Health::Ok;
    if is_last || is_worse { after } else { before }
}

/// When a batch's attempts to one webhook are counted: a moment after the first that waits, and at the end.
fn counts(endpoint: usize, webhook: &Webhook, attempts: &[Counted], batch_ended: Micros) -> Vec<(Micros, Count)> {
    let (mut waiting, mut whole, mut since) = (Tally::default(), Tally::default(), None::<Micros>);
    let mut counts = Vec::new();
    for one in attempts {
        if let Some(at) = since.map(|since| since + WAIT).filter(|at| *at < one.ended) {
            counts.push((at, Count { endpoint, waiting: take(&mut waiting), whole: whole.clone(), is_last: false }));
            since = None;
        }
        let Counted { attempt, verdict, gave_up, .. } = one;
        // Only recoveries ask when a delivery was created, and there are none here.
        let created_at = attempt.at;
        let outcome = Outcome { weight: Weight::Full, attempt, verdict, created_at, gave_up: *gave_up };
        for tally in [&mut waiting, &mut whole] {
            tally.add(&outcome, webhook.standing.enabled_at, Rotation::None);
        }
        since.get_or_insert(one.ended);
    }
    if let Some(at) = since.map(|since| since + WAIT).filter(|at| *at < batch_ended) {
        counts.push((at, Count { endpoint, waiting: take(&mut waiting), whole: whole.clone(), is_last: false }));
    }
    counts.push((batch_ended, Count { endpoint, waiting, whole, is_last: true }));
    counts
}
