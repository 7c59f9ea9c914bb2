use super::*;
use crate::testing::{PROFILES, attempt, delivery as delivery_of, frame, webhook_of};

fn delivery(status: Status) -> Delivery {
    let payload = Some(r#"{"event":"click","data":{"n":12345678901234567890,"a":"\u0000<b>"}}"#.to_owned());
    Delivery { payload, ..delivery_of("click", status, vec![attempt(1, Some(503), 87)]) }
}

fn html(delivery: &Delivery, may_change: bool) -> String {
    let (profile, webhook) = (PROFILES.by_name("go2").unwrap(), webhook_of(&["click"]));
    page(frame(may_change), profile, &webhook, delivery, None, Timestamp::UNIX_EPOCH).render().unwrap()
}

#[test]
fn a_page_has_the_buttons_that_would_work() {
    for (status, may_change, button) in [
        (Status::Failed, true, Some(">Resend<")),
        (Status::Delivered, true, Some(">Resend<")),
        (Status::Skipped, true, Some(">Resend<")),
        (Status::Retrying, true, Some(">Retry now<")),
        (Status::Failed, false, None),
        (Status::Retrying, false, None),
    ] {
        let html = html(&delivery(status), may_change);
        let found: Vec<_> = [">Resend<", ">Retry now<"].into_iter().filter(|name| html.contains(name)).collect();
        assert_eq!(found, button.into_iter().collect::<Vec<_>>(), "{status:?} {may_change}");
        assert!(html.contains("<h1>Delivery</h1>") && html.contains(">Copy as curl<"), "{status:?}");
        assert!(html.contains(">Download payload<"), "{status:?}");
    }
}

#[test]
fn a_delivery_whose_event_expired_has_its_attempts_alone() {
    let expired = Delivery { payload: None, ..delivery(Status::Failed) };
    let html = html(&expired, true);
    for name in [">Resend<", ">Copy as curl<", ">Download payload<"] {
        assert!(!html.contains(name), "{name}");
    }
    assert!(html.contains("503") && html.contains("not stored any more"));
}

#[test]
fn a_payload_is_shown_digit_for_digit_and_as_text() {
    let html = html(&delivery(Status::Failed), true);
    assert!(html.contains("12345678901234567890") && !html.contains("<b>\""), "{html}");
}

#[test]
fn hostile_text_of_others_is_never_markup() {
    let script = "<script>alert(1)</script>";
    let mut hostile = delivery(Status::Failed);
    hostile.payload = Some(format!(r#"{{"a":"{script}"}}"#));
    hostile.status_reason = Some(script.to_owned());
    hostile.attempts[0].response = Some(format!("\u{202e}{script}"));
    hostile.attempts[0].error = Some(script.to_owned());
    let html = html(&hostile, true);
    assert!(!html.contains(script) && !html.contains('\u{202e}'), "{html}");
}

#[test]
fn a_page_with_a_large_and_deep_payload_stays_small() {
    let deep = format!("{}{}1{}", "[".repeat(127), "1,".repeat(130_000), "]".repeat(127));
    let html = html(&Delivery { payload: Some(deep), ..delivery(Status::Failed) }, true);
    assert!(html.len() < 200_000, "{}", html.len());
}

#[test]
fn a_page_looks_again_sooner_where_something_is_due() {
    let now = Timestamp::UNIX_EPOCH;
    let due = |seconds| Delivery {
        next_attempt_at: Some(Timestamp::from_second(seconds).unwrap()),
        ..delivery(Status::Retrying)
    };
    for (delivery, awaited, expected) in [
        (due(60), None, 5),
        (due(61), None, 30),
        (due(-5), None, 5),
        (delivery(Status::Delivered), None, 30),
        (delivery(Status::Failed), Some(1), 5),
    ] {
        assert_eq!(every(&delivery, awaited, now), expected, "{delivery:?}");
    }
}
