//! What was told of a webhook's trouble, and what is to be told next: each level of a streak once.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{
    time,
    webhook::standing::{DisableRule, Streak, Tally, Told},
};

/// After how many failures in a row a webhook that is never disabled is failing, and failing badly.
const NEVER_DISABLED: [u32; 2] = [5, 8];

/// How long deliveries that are given up are counted before they are told of again.
const EXHAUSTED_EVERY: Duration = Duration::from_hours(1);

/// What is to be told of a streak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct News {
    /// The level that the streak has reached.
    pub failing: Option<u8>,
    /// How many deliveries were given up since this was told last.
    pub exhausted: Option<u32>,
}

/// What is to be told after failures that left `streak`, and what is then told. `None`: nothing new.
pub fn news_of(rule: &DisableRule, streak: Streak, tally: &Tally, now: Timestamp) -> Option<(News, Told)> {
    let mut told = streak.told;
    let level = level_of(rule, streak);
    let failing = (level > told.level).then_some(level);
    told.level = told.level.max(level);
    let exhausted = exhausted(streak, tally, now);
    if exhausted.is_some() {
        told.exhausted_at = Some(now);
        told.exhausted = streak.failed_deliveries;
    }
    let news = News { failing, exhausted };
    (news != News::default()).then_some((news, told))
}

/// How far a streak has got: nothing to tell, half of what disables the webhook, or four fifths. Where deliveries are counted, the first that
/// is given up.
fn level_of(rule: &DisableRule, streak: Streak) -> u8 {
    let levels = match (rule.failed_attempts, rule.failed_deliveries) {
        (Some(most), _) => [most.div_ceil(2), most.saturating_mul(4).div_ceil(5)],
        (None, Some(_)) => return u8::from(streak.failed_deliveries > 0),
        (None, None) => NEVER_DISABLED,
    };
    let reached = levels.iter().filter(|level| streak.failures >= **level).count();
    u8::try_from(reached).unwrap_or(0)
}

fn exhausted(streak: Streak, tally: &Tally, now: Timestamp) -> Option<u32> {
    let Told { exhausted_at, exhausted, .. } = streak.told;
    let is_due = exhausted_at.is_none_or(|at| time::between(at, now) >= EXHAUSTED_EVERY);
    let new = streak.failed_deliveries.saturating_sub(exhausted);
    (tally.failed_deliveries > 0 && is_due && new > 0).then_some(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::registry::Profiles;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + seconds).unwrap()
    }

    fn news(profile: &str, failures: u32, failed_deliveries: u32, told: Told) -> Option<News> {
        let profiles = Profiles::built_in();
        let streak = Streak { failures, failed_deliveries, since: Some(at(0)), told, ..Streak::default() };
        let tally = Tally { failures: 1, failed_deliveries: failed_deliveries.min(1), ..Tally::default() };
        news_of(&profiles.by_name(profile).unwrap().disable, streak, &tally, at(7_200)).map(|(news, _)| news)
    }

    #[test]
    fn each_level_of_a_streak_is_told_once_and_the_highest_of_a_jump() {
        let told = |level| Told { level, exhausted_at: Some(at(7_200)), exhausted: 0 };
        for (profile, failures, deliveries, before, expected) in [
            ("go2", 4, 0, 0, None),
            ("go2", 5, 0, 0, Some(1)),
            ("go2", 6, 0, 1, None),
            ("go2", 8, 0, 1, Some(2)),
            ("go2", 9, 0, 0, Some(2)),
            ("go2", 9, 0, 2, None),
            ("awsys", 4, 1, 0, None),
            ("awsys", 5, 0, 0, Some(1)),
            ("awsys", 8, 0, 1, Some(2)),
            ("awsys", 800, 9, 2, None),
            ("standard", 9, 0, 0, None),
            ("standard", 9, 1, 0, Some(1)),
            ("standard", 90, 9, 1, None),
        ] {
            let found = news(profile, failures, deliveries, told(before)).and_then(|news| news.failing);
            assert_eq!(found, expected, "{profile} {failures} {deliveries} {before}");
        }
    }

    #[test]
    fn exhausted_deliveries_are_told_first_and_then_by_the_hour() {
        let told = |seconds_ago: Option<i64>, exhausted| Told {
            level: 2,
            exhausted_at: seconds_ago.map(|ago| at(7_200 - ago)),
            exhausted,
        };
        for (deliveries, told, expected) in [
            (1, told(None, 0), Some(1)),
            (3, told(None, 0), Some(3)),
            (9, told(Some(3_599), 1), None),
            (9, told(Some(3_600), 1), Some(8)),
            (0, told(None, 0), None),
        ] {
            let found = news("awsys", 9, deliveries, told).and_then(|news| news.exhausted);
            assert_eq!(found, expected, "{deliveries} {told:?}");
        }
    }

    #[test]
    fn only_what_was_given_up_just_now_and_not_told_yet_is_told() {
        let rule = DisableRule::default();
        for (given_up_now, given_up, told, expected) in
            [(1, 3, 1, Some(2)), (0, 3, 1, None), (1, 3, 3, None), (1, 0, 0, None)]
        {
            let told = Told { level: 2, exhausted_at: None, exhausted: told };
            let streak = Streak { failures: 1, failed_deliveries: given_up, told, ..Streak::default() };
            let tally = Tally { failures: 1, failed_deliveries: given_up_now, ..Tally::default() };
            let found = news_of(&rule, streak, &tally, at(9)).and_then(|(news, _)| news.exhausted);
            assert_eq!(found, expected, "{given_up_now} {given_up} {told:?}");
        }
    }

    #[test]
    fn what_is_told_is_remembered() {
        let streak = Streak { failures: 8, failed_deliveries: 2, since: Some(at(0)), ..Streak::default() };
        let tally = Tally { failures: 1, failed_deliveries: 1, ..Tally::default() };
        let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
        let (news, told) = news_of(&rule, streak, &tally, at(9)).unwrap();
        assert_eq!(news, News { failing: Some(2), exhausted: Some(2) });
        assert_eq!(told, Told { level: 2, exhausted_at: Some(at(9)), exhausted: 2 });
        assert_eq!(news_of(&rule, Streak { told, ..streak }, &tally, at(10)), None);
    }
}
