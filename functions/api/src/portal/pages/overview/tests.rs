use jiff::Timestamp;
use shared::domain::{
    attempt::Attempt,
    delivery::Status,
    webhook::standing::{self, Health, Pulse},
};

use super::*;
use crate::testing::{PROFILES, attempt, delivery, frame, webhook_of};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn disabled() -> Webhook {
    let mut webhook = webhook_of(&["click"]);
    webhook.standing.disabled =
        Some(standing::Disabled { at: at(300), reason: "10 consecutive failed attempts".to_owned() });
    webhook.standing.streak.first_created_at = Some(at(100));
    webhook
}

fn page(may_change: bool, webhook: &Webhook, statistics: &Statistics) -> OverviewPage {
    OverviewPage::of(frame(may_change), PROFILES.by_name("go2").unwrap(), webhook, None, statistics, None, at(400))
}

fn html(may_change: bool, webhook: &Webhook, statistics: &Statistics) -> String {
    page(may_change, webhook, statistics).render().unwrap()
}

fn buttons(html: &str) -> Vec<&str> {
    let buttons = html.split("<button class=\"btn").skip(1).filter_map(|rest| rest.split_once('>')?.1.split_once('<'));
    buttons.map(|(name, _)| name).filter(|name| *name != "Sign out").collect()
}

#[test]
fn each_state_has_its_buttons_and_a_read_only_session_none() {
    let active = webhook_of(&["click"]);
    let statistics = Statistics::default();
    for (webhook, expected) in [
        (&active, &["Send test event", "Disable"][..]),
        (&disabled(), &["Send test event", "Enable and recover", "Enable"]),
    ] {
        assert_eq!(buttons(&html(true, webhook, &statistics)), expected);
        assert_eq!(buttons(&html(false, webhook, &statistics)), Vec::<&str>::new());
    }
    for link in ["Deliveries", "Test", "Recover", "Settings"] {
        assert_eq!(html(true, &active, &statistics).matches(&format!(">{link}</a>")).count(), 1, "{link}");
    }
}

#[test]
fn a_disabled_webhook_says_why_since_when_and_what_was_skipped() {
    let failed = delivery("click", Status::Failed, vec![attempt(1, Some(503), 20)]);
    let skipped = |number: usize| vec![delivery("click", Status::Skipped, Vec::new()); number];
    let day = 86_400;
    for (number, more_skipped, after, words) in [
        (0, false, 60, "No event was skipped since."),
        (1, false, day, "1 event was skipped since."),
        (500, true, 60, "At least 500 events were skipped since."),
        // Later ones are not recorded.
        (12, false, day + 1, "At least 12 events were skipped since."),
    ] {
        let statistics = Statistics {
            troubled: vec![failed.clone()],
            skipped: skipped(number),
            more_skipped,
            ..Statistics::default()
        };
        let shown = Disabled::of(&disabled(), &statistics, at(300 + after)).unwrap();
        assert_eq!((shown.skipped.as_str(), shown.reason.as_str()), (words, "10 consecutive failed attempts"));
        assert_eq!((shown.at, shown.missed_since), (Moment::of(at(300)), Moment::of(at(100))));
        let last = shown.last_error.unwrap();
        assert_eq!(last.error, "the endpoint failed");
        assert!(last.advice.is_some());
    }
    assert_eq!(Disabled::of(&webhook_of(&["click"]), &Statistics::default(), at(300)), None);
}

#[test]
fn failures_in_a_row_say_how_near_the_end_is() {
    for (profile, failures, words) in [
        ("go2", 7, Some("7 of 10 failures, disabled at 10")),
        ("go2", 12, Some("12 failures in a row, disabled at 10 that last 30 s")),
        ("go2", 0, None),
        ("awsys", 1, Some("1 failure in a row. It is not disabled for that.")),
        ("standard", 3, Some("3 failures in a row, disabled after 5 days without a success")),
    ] {
        let mut webhook = webhook_of(&["click"]);
        webhook.standing.streak.failures = failures;
        let rule = &PROFILES.by_name(profile).unwrap().disable;
        assert_eq!(standing_words(rule, &webhook).as_deref(), words, "{profile} {failures}");
    }
}

#[test]
fn a_slow_webhook_says_what_slow_means() {
    let mut webhook = webhook_of(&["click"]);
    webhook.standing.pulse = Pulse::of(Health::Slow);
    let rule = &PROFILES.by_name("go2").unwrap().disable;
    assert_eq!(standing_words(rule, &webhook).as_deref(), Some("It takes over 3 s to answer."));
}

#[test]
fn the_live_part_has_data_only() {
    let mut webhook = disabled();
    webhook.standing.pulse = Pulse::of(Health::Failing);
    let page = page(true, &webhook, &Statistics::default());
    let live = page.as_live().render().unwrap();
    assert!(live.contains("data-live=\"/portal/webhooks/wh_1/live\"") && live.contains("Disabled"));
    assert!(!live.contains("<form") && !live.contains("<button"));
}

#[test]
fn figures_count_events_and_say_how_far_they_looked() {
    let mut test = delivery("click", Status::Failed, vec![attempt(1, Some(500), 5)]);
    test.reason = shared::domain::attempt::Reason::Test;
    let day = vec![
        delivery("click", Status::Delivered, vec![attempt(1, Some(200), 90)]),
        delivery("click", Status::Delivered, vec![attempt(1, Some(200), 10)]),
        delivery("click", Status::Skipped, Vec::new()),
        test,
    ];
    for (day, more_of_day, numbers, scope) in [
        (Some(day.clone()), false, "2 0 0 1 90 ms", Scope::Whole),
        (Some(day), true, "2 0 0 1 90 ms", Scope::Since(Moment::of(Timestamp::UNIX_EPOCH))),
        (Some(Vec::new()), false, "0 0 0 0 –", Scope::Whole),
        (None, false, "", Scope::Nothing),
    ] {
        let figures = Figures::of(&Statistics { day, more_of_day, ..Statistics::default() });
        let shown: Vec<_> = figures.numbers.iter().map(|(_, number)| number.as_str()).collect();
        assert_eq!((shown.join(" ").as_str(), figures.scope), (numbers, scope));
    }
}

#[test]
fn the_commonest_errors_come_first_each_with_advice() {
    let with =
        |status: Option<u16>| delivery("click", Status::Failed, vec![attempt(1, Some(200), 1), attempt(2, status, 5)]);
    let rows = commonest(&[with(Some(503)), with(None), with(None), with(Some(404)), with(None)]);
    let counts: Vec<&str> = rows.iter().map(|row| row.count.as_str()).collect();
    assert_eq!(counts, ["3 deliveries", "1 delivery", "1 delivery"]);
    assert!(rows.iter().all(|row| !row.advice.is_empty() && row.error == "the endpoint failed"));
    assert_eq!(commonest(&[delivery("click", Status::Delivered, vec![attempt(1, Some(200), 1)])]), []);
}

#[test]
fn the_picture_has_its_words_and_the_newest_on_the_right() {
    let one = |status, attempts: Vec<Attempt>| delivery("click", status, attempts);
    let recent = [
        one(Status::Failed, vec![attempt(1, None, 10_000)]),
        one(Status::Skipped, Vec::new()),
        one(Status::Delivered, vec![attempt(1, Some(200), 10)]),
    ];
    let chart = Chart::of(&recent).unwrap();
    let words = "The last 3 deliveries: 1 delivered, 1 failed, 1 skipped. Their last attempts took 10 to 10,000 ms, half of them at most 10,000 ms.";
    assert_eq!(chart.words, words);
    let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.x, bar.height, bar.mark.is_some())).collect();
    assert_eq!(bars, [(684, 3, false), (696, 3, true), (708, 88, true)]);
    assert_eq!(Chart::of(&[]), None);
}

#[test]
fn enabling_says_both_where_the_recovery_was_refused() {
    for (done, refused, words) in [
        ("enabled", None, Some("The webhook is enabled. New events")),
        (
            "enabled",
            Some("INVALID_WINDOW"),
            Some("The webhook is enabled. No recovery was started, because the failures"),
        ),
        ("enabled", Some("<script>"), Some("The webhook is enabled. The recovery could not be started.")),
        ("nonsense", None, None),
    ] {
        let shown = Done::of(done, refused).map(|done| done.words);
        assert_eq!(shown.is_some(), words.is_some(), "{done}");
        assert!(shown.unwrap_or_default().starts_with(words.unwrap_or_default()), "{shown:?}");
    }
}

#[test]
fn text_of_others_stays_text() {
    let mut webhook = disabled();
    webhook.settings.name = Some("<img src=x>\u{202e}".to_owned());
    webhook.standing.disabled = Some(standing::Disabled { at: at(1), reason: "</p><script>\0\u{202e}".to_owned() });
    let html = html(true, &webhook, &Statistics::default());
    assert!(!html.contains("<img") && !html.contains("</p><script>") && !html.contains(['\u{202e}', '\0']));
}

#[test]
fn a_full_page_is_small() {
    let failed = delivery("link.created", Status::Failed, vec![attempt(1, Some(503), 1_234)]);
    let statistics = Statistics {
        recent: vec![failed.clone(); statistics::RECENT],
        troubled: vec![failed.clone(); statistics::TROUBLED],
        day: Some(vec![failed; 100]),
        ..Statistics::default()
    };
    let bytes = html(true, &webhook_of(&["click"]), &statistics).len();
    assert!(bytes <= 30 * 1_024, "{bytes} bytes");
}
