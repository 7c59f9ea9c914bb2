use super::{
    webhook::{Happening, Trigger},
    *,
};
use crate::{
    account::status::AccountStatus,
    attempt::{Attempt, Reason, kept::KeptHeaders},
    event::pattern::EventPattern,
    ids::{ProfileName, WebhookId},
    signing::{Secrets, secret::Secret},
    target::TargetPolicy,
    webhook::{
        Webhook,
        settings::Settings,
        standing::{DisableRule, Standing, Streak},
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
    let url = TargetPolicy::default().check("https://example.com/hooks?token=secret").unwrap();
    let streak = Streak { failures: 5, since: Some(at(0)), ..Streak::default() };
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: account(of),
        settings: Settings::new(url, vec![EventPattern::Everything]),
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing { streak, ..Standing::new(at(0)) },
    }
}

fn note(of: &str, happening: Happening<'_>, now: Timestamp) -> Option<Note> {
    let rule = DisableRule { failed_attempts: Some(10), ..DisableRule::default() };
    let last = Attempt {
        number: 2,
        reason: Reason::Retry,
        at: at(1),
        status_code: Some(500),
        response_time_ms: 3,
        error: Some("the endpoint answered 500".to_owned()),
        error_class: None,
        response: None,
        response_headers: KeptHeaders::default(),
    };
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
