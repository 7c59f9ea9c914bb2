use std::time::Duration;

use shared::domain::{
    event::pattern::EventPattern,
    ids::{AccountId, WebhookId},
    profile::registry::Profiles,
    signing::{Secrets, secret::Secret},
    target::TargetPolicy,
    webhook::{settings::Settings, standing::Standing},
};

use super::*;

/// What ten successes mean for a webhook of this health, the slowest of which took as long.
fn successes(health: Health, slowest: Duration, moment: Moment) -> Tallied {
    let tally = Tally { successes: 10, slowest_success: Some(slowest), ..Tally::default() };
    let profiles: &'static Profiles = Box::leak(Box::new(Profiles::built_in()));
    let webhook = Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings: Settings::new(
            TargetPolicy::default().check("https://example.com/").unwrap(),
            vec![EventPattern::Everything],
        ),
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing { pulse: Pulse::of(health), ..Standing::new(jiff::Timestamp::UNIX_EPOCH) },
    };
    let profile = profiles.by_name("go2").unwrap();
    Tallied { webhook: Arc::new(webhook), profile, waiting: tally.clone(), whole: tally, moment }
}

#[test]
fn successes_of_a_healthy_webhook_cost_no_request() {
    for moment in [Moment::During, Moment::AtTheEnd] {
        assert!(successes(Health::Ok, Duration::from_millis(5), moment).changes_nothing(), "{moment:?}");
    }
}

#[test]
fn health_improves_only_once_the_whole_batch_is_known() {
    let quick = Duration::from_millis(50);
    assert!(successes(Health::Slow, quick, Moment::During).changes_nothing());
    assert!(!successes(Health::Slow, quick, Moment::AtTheEnd).changes_nothing());
}

#[test]
fn health_gets_worse_at_once() {
    assert!(!successes(Health::Ok, Duration::from_secs(4), Moment::During).changes_nothing());
}
