use super::{
    webhook::{Happening, Trigger},
    *,
};
use crate::{
    account::status::AccountStatus,
    attempt::Attempt,
    delivery::recovery::{Include, Names, Plan},
    ids::{ProfileName, RecoveryId, WebhookId},
    testing,
    webhook::{
        Webhook,
        standing::{DisableRule, Streak},
    },
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

fn operations() -> Operations {
    Operations::new(AccountId::parse("ops").ok())
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn webhook(of: &str) -> Webhook {
    let mut webhook = testing::webhook("*", at(0));
    webhook.account = account(of);
    webhook.standing.streak = Streak { failures: 5, since: Some(at(0)), ..Streak::default() };
    webhook
}

/// A recovery of an hour for that webhook, created at 10 s.
fn recovery(of: &str) -> Recovery {
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: account(of),
        profile: ProfileName::parse("standard").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    let plan = Plan {
        include: vec![Include::Failed],
        since: at(-3_600),
        until: at(0),
        events: None,
        rate: 100,
        wants_since: at(-3_600),
    };
    Recovery::new(names, plan, 7, at(10))
}

fn note(of: &str, happening: Happening<'_>, now: Timestamp) -> Option<Note> {
    let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
    let last = Attempt { error: Some("the endpoint answered 500".to_owned()), ..testing::attempt(2, at(1), 500) };
    operations().webhook(&webhook(of), &rule, happening, Some(&last), now)
}

#[test]
fn nothing_is_told_of_the_operations_account_itself() {
    for (of, is_told) in [("acme", true), ("ops", false)] {
        assert_eq!(note(of, Happening::Created, at(0)).is_some(), is_told, "{of}");
        let rejected = operations().events_rejected(Some(&account(of)), &Rejection::NotAnObject, 1, at(0));
        assert_eq!(rejected.is_some(), is_told, "{of}");
    }
    let nobody = Operations::default();
    assert!(!nobody.tell_about(&account("acme")));
    assert_eq!(nobody.events_rejected(None, &Rejection::NotAnObject, 1, at(0)), None);
}

#[test]
fn an_event_shows_the_host_and_never_the_url() {
    let disabled = Happening::Disabled { trigger: Trigger::Automatic, reason: "why" };
    let note = note("acme", disabled, at(9)).unwrap();
    let data: serde_json::Value = serde_json::from_str(&note.event_data()).unwrap();
    let expected = json!({
        "account": "acme",
        "webhookId": "wh_1",
        "name": null,
        "url": "example.com",
        "trigger": "automatic",
        "failingSince": "2025-11-24T16:00:00Z",
        "consecutiveFailures": 5,
        "disablesAt": 10,
        "disablesAfter": null,
        "lastAttempt": {
            "at": "2025-11-24T16:00:01Z",
            "statusCode": 500,
            "errorClass": null,
            "error": "the endpoint answered 500",
        },
        "reason": "why",
    });
    assert_eq!(data, expected);
    assert_eq!((note.event_type.as_str(), note.at, note.due), ("posthorn.webhook.disabled", at(9), at(9)));
}

#[test]
fn an_event_says_when_the_webhook_will_be_disabled_if_time_decides() {
    let minute = Duration::from_mins(1);
    for (failed_attempts, streak, disables_after) in [
        (None, minute, json!("2025-11-24T16:01:00Z")),
        (Some(10), minute, json!(null)),
        (None, Duration::ZERO, json!(null)),
    ] {
        let rule = DisableRule { failed_attempts, streak, ..DisableRule::default() };
        let note = operations().webhook(&webhook("acme"), &rule, Happening::Failing(1), None, at(9)).unwrap();
        let data: serde_json::Value = serde_json::from_str(&note.event_data()).unwrap();
        assert_eq!((&data["disablesAt"], &data["disablesAfter"]), (&json!(failed_attempts), &disables_after));
    }
}

#[test]
fn a_recovery_is_told_of_once_it_is_over() {
    let told = |recovery: &Recovery, webhook: Option<&Webhook>| {
        operations().recovery_finished(recovery, webhook, Trigger::Manual)
    };
    let running = recovery("acme");
    assert_eq!(told(&running, Some(&webhook("acme"))), None);
    let [mut cancelled, mut of_operations] = [running, recovery("ops")];
    cancelled.counts.queued = 5;
    cancelled.counts.delivered = 3;
    for recovery in [&mut cancelled, &mut of_operations] {
        recovery.cancel("it was cancelled", at(20));
    }
    assert_eq!(told(&of_operations, Some(&webhook("ops"))), None);

    let note = told(&cancelled, Some(&webhook("acme"))).unwrap();
    let data: serde_json::Value = serde_json::from_str(&note.event_data()).unwrap();
    let expected = json!({
        "account": "acme",
        "webhookId": "wh_1",
        "name": null,
        "url": "example.com",
        "trigger": "manual",
        "failingSince": "2025-11-24T16:00:00Z",
        "consecutiveFailures": 5,
        "disablesAt": null,
        "disablesAfter": null,
        "lastAttempt": null,
        "recoveryId": "rec_1",
        "status": "cancelled",
        "statusReason": "it was cancelled",
        "counts": { "queued": 5, "delivered": 3, "failed": 0, "retrying": 0, "passedOver": 0 },
    });
    assert_eq!(data, expected);
    assert_eq!((note.event_type.as_str(), note.at, note.due), ("posthorn.recovery.finished", at(20), at(20)));
    let gone: serde_json::Value = serde_json::from_str(&told(&cancelled, None).unwrap().event_data()).unwrap();
    assert_eq!(
        (&gone["webhookId"], &gone["url"], &gone["consecutiveFailures"]),
        (&json!("wh_1"), &json!(null), &json!(null))
    );
}

#[test]
fn one_change_has_one_id() {
    let id = |happening, now| note("acme", happening, now).unwrap().id;
    let disabled = Happening::Disabled { trigger: Trigger::Automatic, reason: "why" };
    assert_eq!(id(disabled, at(1)), id(disabled, at(2)), "whenever it is tried");
    assert_eq!(id(Happening::Failing(1), at(1)), id(Happening::Failing(1), at(2)), "of one streak");
    assert_ne!(id(Happening::Failing(1), at(1)), id(Happening::Failing(2), at(1)));
    assert_ne!(id(Happening::Enabled, at(1)), id(Happening::Enabled, at(2)));
    assert_ne!(id(Happening::Created, at(1)), id(Happening::Deleted, at(1)));
}

#[test]
fn rejected_events_are_counted_by_account_code_and_minute() {
    let count = |of: Option<&str>, rejection: &Rejection, now| {
        let of = of.map(account);
        operations().events_rejected(of.as_ref(), rejection, 3, now).unwrap()
    };
    let first = count(Some("acme"), &Rejection::NotAnObject, at(1));
    assert_eq!(first.id, count(Some("acme"), &Rejection::NotAnObject, at(19)).id);
    assert_ne!(first.id, count(Some("acme"), &Rejection::NotAnObject, at(60)).id);
    assert_ne!(first.id, count(Some("acme"), &Rejection::IdReused, at(1)).id);
    assert_ne!(first.id, count(None, &Rejection::NotAnObject, at(1)).id);
    let data: serde_json::Value = serde_json::from_str(&first.event_data()).unwrap();
    assert_eq!((&data["count"], &data["code"]), (&json!(3), &json!("MALFORMED_MESSAGE")));
    assert!(time::between(first.at, first.due) == Duration::from_secs(90), "{first:?}");
}

#[test]
fn the_account_that_is_told_is_the_one_that_was_named() {
    assert_eq!(operations().account(), Some(&account("ops")));
    assert_eq!(Operations::default().account(), None);
}

#[test]
fn only_a_standard_account_that_is_kept_can_be_told() {
    let found = |profile: &str, status| Account {
        id: account("ops"),
        profile: ProfileName::parse(profile).unwrap(),
        status,
        routes: Vec::new(),
    };
    assert!(Operations::can_tell(Some(&found("standard", AccountStatus::Active))));
    assert!(Operations::can_tell(Some(&found("standard", AccountStatus::Suspended { since: at(0) }))));
    assert!(!Operations::can_tell(Some(&found("standard", AccountStatus::Deleting { since: at(0) }))));
    assert!(!Operations::can_tell(Some(&found("go2", AccountStatus::Active))));
    assert!(!Operations::can_tell(None));
}
