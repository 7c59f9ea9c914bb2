use shared::domain::{
    account::status::AccountStatus,
    ids::ProfileName,
    target::TargetPolicy,
    webhook::{
        route::Route,
        standing::{Health, Pulse, Streak},
    },
};

use super::*;

fn made(secret: Option<Secret>) -> Webhook {
    let url = TargetPolicy::default().check("https://example.com/").unwrap();
    let settings = Settings::new(url, vec![EventPattern::Everything]);
    let (account, id) = (AccountId::parse("acme").unwrap(), WebhookId::parse("wh_1").unwrap());
    webhook_of(NewWebhook { settings, secret }, account, id, [7; 32], Timestamp::UNIX_EPOCH)
}

#[test]
fn a_line_names_the_fields_of_a_patch_and_what_it_does() {
    let url = TargetPolicy::default().check("https://example.com/secret").unwrap();
    let of_url = Patch { url: Some(url), ..Patch::default() };
    let disabled = Activity::Disabled { reason: "why".to_owned() };
    for (patch, action_of, named) in [
        (of_url.clone(), Action::WebhookUpdate, &["url"][..]),
        (Patch { activity: Some(Activity::Enabled), ..of_url }, Action::WebhookEnable, &["url", "isActive"]),
        (Patch { activity: Some(disabled), ..Patch::default() }, Action::WebhookDisable, &["isActive"]),
    ] {
        assert_eq!((action(&patch), names(&patch).as_slice()), (action_of, named));
    }
}

#[test]
fn a_new_webhook_is_active_and_has_failed_nothing() {
    let webhook = made(None);
    assert!(webhook.is_active());
    assert_eq!((webhook.standing.streak, webhook.standing.pulse), (Streak::default(), Pulse::default()));
}

#[test]
fn a_secret_is_generated_unless_the_customer_chose_one() {
    assert_eq!(made(None).secrets.current, Secret::generate([7; 32]));
    let own = Secret::generate([1; 32]);
    assert_eq!(made(Some(own.clone())).secrets.current, own);
}

#[test]
fn an_accounts_patterns_have_32_kib_together() {
    let pattern = |n: usize| EventPattern::parse(&format!("{n:0>100}")).unwrap();
    let route = |n: usize| Route {
        webhook: WebhookId::parse(&format!("wh_{n}")).unwrap(),
        events: (0..10).map(pattern).collect(),
        filter: None,
        is_active: true,
        health: Health::Ok,
        disabled_at: None,
    };
    let account = Account {
        id: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        status: AccountStatus::Active,
        routes: (0..32).map(route).collect(),
    };
    let new = WebhookId::parse("wh_new").unwrap();
    assert_eq!(check_room(&account, &new, &[pattern(1)], None), Ok(()));
    let filter = Filter::parse(&format!(r#"{{"event":["{}"]}}"#, "a".repeat(1_000))).unwrap();
    assert_eq!(check_room(&account, &new, &[pattern(1)], Some(&filter)), Err(ApiError::TooManyPatterns));
    let patch = Patch { filter: Change::Set(filter), ..Patch::default() };
    assert_eq!(check_room_for(&patch, &account, &account.routes[0].webhook), Err(ApiError::TooManyPatterns));
    let patch = Patch { events: Some(vec![pattern(1)]), ..patch };
    assert_eq!(check_room_for(&patch, &account, &account.routes[0].webhook), Ok(()));
    let many: Vec<EventPattern> = (0..10).map(pattern).collect();
    assert_eq!(check_room(&account, &new, &many, None), Err(ApiError::TooManyPatterns));
    assert_eq!(check_room(&account, &account.routes[0].webhook, &many, None), Ok(()), "a change replaces its own");
}
