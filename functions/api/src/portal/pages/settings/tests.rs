use jiff::Timestamp;
use shared::domain::signing::{PreviousSecret, secret::Secret};

use super::*;
use crate::testing::{PROFILES, frame, webhook_of};

fn page(may_change: bool, webhook: &Webhook) -> SettingsPage {
    SettingsPage::of(frame(may_change), PROFILES.by_name("go2").unwrap(), webhook, Timestamp::UNIX_EPOCH)
}

#[test]
fn only_who_may_change_something_sees_the_forms() {
    for (may_change, forms) in [(true, 3), (false, 0)] {
        let html = page(may_change, &webhook_of(&["click"])).render().unwrap();
        assert_eq!(html.matches("method=\"post\" action=\"/portal/webhooks/").count(), forms);
        for button in ["Save", "Rotate secret", "Delete webhook"] {
            assert_eq!(html.contains(&format!(">{button}</button>")), may_change, "{button}");
        }
        assert!(html.contains("https://example.com/hooks"));
    }
}

#[test]
fn every_previous_secret_says_until_when_it_signs_and_none_is_shown() {
    let mut webhook = webhook_of(&["click"]);
    let until = Timestamp::from_second(1_000_000).unwrap();
    webhook.secrets.previous = (2..4).map(|n| PreviousSecret { secret: Secret::generate([n; 32]), until }).collect();
    let html = page(true, &webhook).render().unwrap();
    assert_eq!(html.matches("A previous secret signs too").count(), 2);
    for secret in webhook.secrets.previous.iter().map(|previous| &previous.secret).chain([&webhook.secrets.current]) {
        assert!(!html.contains(secret.reveal()));
    }
}

#[test]
fn a_field_that_was_refused_stands_next_to_its_error() {
    let host = Field { value: "\"><b>".to_owned(), error: Some("'Host name' is wrong".to_owned()) };
    let html = SettingsPage { host, ..page(true, &webhook_of(&["click"])) }.render().unwrap();
    assert!(html.contains(r#"aria-describedby="host-hint host-error""#) && !html.contains("\"><b>\""));
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1);
}

#[test]
fn the_grace_period_is_a_day_unless_another_is_chosen() {
    let page = page(true, &webhook_of(&["click"]));
    let chosen: Vec<_> =
        page.graces.iter().filter(|choice| choice.is_chosen).map(|choice| choice.words.as_str()).collect();
    assert_eq!(chosen, ["1 day"]);
    assert!(page.graces.iter().all(|choice| Grace::from_seconds(Some(choice.seconds)).is_ok()));
}
