use std::time::{Duration, Instant};

use shared::domain::{
    ids::RecoveryId,
    webhook::standing::{Disabled, Health, Pulse},
};

use super::*;
use crate::{
    portal::form::Form,
    testing::{frame, webhook_of},
};

fn html(may_change: bool, webhooks: Vec<Webhook>, has_more: bool, query: &str) -> String {
    let place = Place::read(&Form::parse(query.as_bytes()));
    WebhooksPage::of(frame(may_change), &place, &WebhookPage { webhooks, has_more }, false).render().unwrap()
}

#[test]
fn a_row_has_the_word_of_each_state() {
    let now = jiff::Timestamp::UNIX_EPOCH;
    for (health, is_disabled, word) in [
        (Health::Ok, false, "Active"),
        (Health::Slow, false, "Slow"),
        (Health::Failing, false, "Failing"),
        (Health::Failing, true, "Disabled"),
    ] {
        let mut webhook = webhook_of(&["click"]);
        webhook.standing.pulse = Pulse::of(health);
        webhook.standing.disabled = is_disabled.then(|| Disabled { at: now, reason: "why".to_owned() });
        assert!(html(true, vec![webhook], false, "").contains(&format!("</svg>{word}</span>")), "{word}");
    }
}

#[test]
fn a_row_names_three_events_and_counts_the_others() {
    let row = Row::of(&webhook_of(&["a", "b", "c", "d", "e"]));
    assert_eq!((row.events.join(" ").as_str(), row.more_events), ("a b c", 2));
}

#[test]
fn a_row_says_what_failed_and_leads_to_the_recovery() {
    let mut webhook = webhook_of(&["click"]);
    assert_eq!((Row::of(&webhook).failures, Row::of(&webhook).recovery), (None, None));
    webhook.standing.streak.failures = 1;
    webhook.standing.recovery = RecoveryId::parse("rec_1").ok();
    let row = Row::of(&webhook);
    assert_eq!(row.failures.as_deref(), Some("1 failure in a row"));
    assert_eq!(row.recovery.as_deref(), Some("/portal/webhooks/wh_1/recoveries/rec_1"));
}

#[test]
fn an_empty_list_says_what_to_do_next_and_has_one_way_to_do_it() {
    for (may_change, links) in [(true, 1), (false, 0)] {
        let html = html(may_change, Vec::new(), false, "");
        assert!(html.contains("No webhooks yet"));
        assert_eq!(html.matches(">New webhook<").count(), links, "{may_change}");
    }
    assert_eq!(html(true, vec![webhook_of(&["a"])], false, "").matches(">New webhook<").count(), 1);
    assert_eq!(html(false, vec![webhook_of(&["a"])], false, "").matches(">New webhook<").count(), 0);
}

#[test]
fn pages_lead_to_older_and_newer_ones() {
    for (query, has_more, older, newer) in
        [("", false, false, false), ("", true, true, false), ("at=wh_2", false, false, true)]
    {
        let html = html(true, vec![webhook_of(&["a"])], has_more, query);
        assert_eq!((html.contains(">Older</a>"), html.contains(">Newer</a>")), (older, newer), "{query} {has_more}");
    }
}

#[test]
fn text_of_others_cannot_become_markup_or_turn_the_page_around() {
    let mut webhook = webhook_of(&["click"]);
    webhook.settings.name = Some(format!("<script>alert(1)</script>\u{202e}\0{}", "x".repeat(2_000)));
    let html = html(true, vec![webhook], false, "");
    assert!(!html.contains("<script>alert") && !html.contains(['\u{202e}', '\0']));
    assert!(html.contains("‹U+202E›"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what it takes is what is tested")]
fn a_page_of_twenty_rows_is_small_and_quick() {
    let webhooks =
        || (0..ROWS).map(|_| webhook_of(&["link.created", "link.updated", "link.deleted", "click"])).collect();
    let page =
        WebhooksPage::of(frame(true), &Place::default(), &WebhookPage { webhooks: webhooks(), has_more: true }, false);
    let bytes = page.render().unwrap().len();
    assert!(bytes <= 30 * 1_024, "{bytes} bytes");
    // The quickest of many, because a test shares its processor with others.
    let quickest = (0..100).map(|_| {
        let began = Instant::now();
        let page = WebhooksPage::of(
            frame(true),
            &Place::default(),
            &WebhookPage { webhooks: webhooks(), has_more: true },
            false,
        );
        page.render().unwrap();
        began.elapsed()
    });
    assert!(quickest.min().unwrap() <= Duration::from_millis(2));
}
