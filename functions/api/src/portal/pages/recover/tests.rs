use shared::domain::{ids::RecoveryId, webhook::standing::Disabled};

use super::*;
use crate::{
    portal::form::Form,
    testing::{PROFILES, frame, webhook_of},
};

fn html(query: &str, webhook: &Webhook, may_change: bool) -> String {
    let (profile, now) = (PROFILES.by_name("go2").unwrap(), "2026-05-25T14:00:00Z".parse().unwrap());
    let mut choice = Choice::read(&Form::parse(query.as_bytes()), webhook, false, now);
    choice.check(profile, webhook, now);
    let counts = [(Include::Failed, 1_500), (Include::Skipped, 54), (Include::Missing, 7), (Include::Delivered, 0)];
    let counts = counts.map(|(kind, number)| (kind, Counted { number, complete: true })).into();
    let shown = Shown { webhook, profile, choice, counts: &counts, earlier: &[], trouble: None, now };
    page(frame(may_change), shown).render().unwrap()
}

#[test]
fn a_page_counts_what_is_chosen() {
    let html = html("", &webhook_of(&["click"]), true);
    for text in
        ["<h1>Recover</h1>", "1,554 deliveries, about 3 min", ">Start recovery<", "at most 7", ">Since<", ">Until<"]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn a_recovery_cannot_be_started_where_it_would_be_refused() {
    let active = webhook_of(&["click"]);
    let mut disabled = active.clone();
    disabled.standing.disabled = Some(Disabled { at: Timestamp::UNIX_EPOCH, reason: "410".to_owned() });
    let mut busy = active.clone();
    busy.standing.recovery = RecoveryId::parse("rec_9").ok();
    for (webhook, may_change, has_button, says) in [
        (&active, true, true, "about 3 min"),
        (&active, false, false, "<h1>Recover</h1>"),
        (&disabled, true, false, "Enable it first"),
        (&busy, true, false, "/portal/webhooks/wh_1/recoveries/rec_9"),
    ] {
        let html = html("", webhook, may_change);
        assert_eq!(html.contains(">Start recovery<"), has_button, "{webhook:?}");
        assert!(html.contains(says), "{says}");
    }
}

#[test]
fn a_time_of_the_address_is_kept_in_the_field() {
    let html = html("since=2026-05-24T10:00:00.120Z&event=click", &webhook_of(&["*"]), true);
    assert!(html.contains("value=\"2026-05-24 10:00:00.120\""), "{html}");
}

#[test]
fn what_the_address_names_is_offered_as_text() {
    let html = html("event=%3Cscript%3E&since=%22%3E%3Cscript%3E", &webhook_of(&["click"]), true);
    assert!(!html.contains("<script>\""), "{html}");
    assert!(!html.contains("\"><script>"));
}
