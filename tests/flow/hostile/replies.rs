//! Those whose answer is valid HTTP, and harmful all the same: redirects, texts that a terminal would obey, absurd waits.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde_json::json;
use shared::ambient;

use super::{ATTEMPT, Case};
use crate::harness::{Platform, Receiver, Reply, eventually};

pub(super) async fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (status, to) in [
        (301, "http://169.254.169.254/latest/meta-data/"),
        (302, "http://10.0.0.1/"),
        (303, "https://example.com/"),
        (307, "http://[::1]:9001/2018-06-01/runtime/invocation/next"),
        (308, "file:///etc/passwd"),
    ] {
        let receiver = Receiver::scripted(move |_, _| Reply::status(status).header("location", to)).await;
        let error = match status {
            301 => "the endpoint answered 301, a redirect; redirects are not followed, so set the final URL",
            302 => "the endpoint answered 302, a redirect; redirects are not followed, so set the final URL",
            303 => "the endpoint answered 303, a redirect; redirects are not followed, so set the final URL",
            307 => "the endpoint answered 307, a redirect; redirects are not followed, so set the final URL",
            _ => "the endpoint answered 308, a redirect; redirects are not followed, so set the final URL",
        };
        cases.push(case("redirects", receiver, status, Some(error)));
    }
    for (name, body) in [
        ("says what is not UTF-8", b"\xff\xfe caf\xe9 \xc3\x28 \xf0\x9f".to_vec()),
        ("says NUL", b"a\0b\0".to_vec()),
        ("clears the terminal", b"\x1b[2J\x1b]0;owned\x07\x1b[31mred \x9b31m \xc2\x9b2J \x7f\x08\x08".to_vec()),
        ("says a lot that is not UTF-8", b"\xf0\x9f\x98".repeat(400_000)),
    ] {
        let receiver = Receiver::scripted(move |_, _| Reply::status(200).body(&body)).await;
        cases.push(case(name, receiver, 200, None));
    }
    let unusual = Receiver::always(999).await;
    cases.push(case("answers 999", unusual, 999, Some("the endpoint answered 999 instead of 2xx")));
    cases
}

fn case(name: &'static str, receiver: Receiver, status: u16, error: Option<&'static str>) -> Case {
    let url = receiver.url();
    Case { name, url, status: Some(status), error, deadline: ATTEMPT, _receiver: Some(receiver) }
}

/// What a receiver asks for that means nothing, and the delivery is tried again on its schedule.
const NOT_BELIEVED: [&str; 10] = [
    "-1",
    "1e300",
    "inf",
    "NaN",
    "0x7fffffff",
    "1.5",
    "",
    "soon",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    // By RFC 9110 a year with two digits that would be over fifty years ahead is one of the past.
    "Friday, 31-Dec-99 23:59:59 GMT",
];

/// What it asks for that lasts too long, and a day is what it gets.
const A_DAY: [&str; 4] =
    ["86401", "18446744073709551615", "99999999999999999999999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"];

#[tokio::test]
async fn an_absurd_retry_after_lengthens_a_wait_by_a_day_at_most_and_breaks_nothing() {
    let platform = Platform::start().await;
    let customer = platform.customer("awsys");
    let mut stories = Vec::new();
    for (n, asked) in NOT_BELIEVED.into_iter().chain(A_DAY).enumerate() {
        let status = [429, 503][n % 2];
        let receiver = Receiver::scripted(move |number, _| match number {
            1 => Reply::status(status).header("retry-after", asked),
            _ => Reply::status(200),
        })
        .await;
        stories.push((asked, customer.webhook(&receiver.url(), &["link.created"]).await, receiver));
    }
    platform.publish(&customer, "link.created", r#"{"n":1}"#).await;
    for (asked, webhook, receiver) in &stories {
        if NOT_BELIEVED.contains(asked) {
            customer.deliveries_with(webhook, &["delivered"]).await;
            assert_eq!(receiver.requests().len(), 2, "{asked}");
            continue;
        }
        let next = eventually(asked, || async {
            let delivery = customer.deliveries(webhook).await.into_iter().next()?;
            (delivery["status"] == "retrying").then(|| delivery["nextAttemptAt"].as_str().unwrap().to_owned())
        })
        .await;
        let next: Timestamp = next.parse().unwrap();
        let (low, high) = (ambient::now() + 23.hours(), ambient::now() + 24.hours() + 1.minute());
        assert!((low..=high).contains(&next), "{asked}: {next}");
        assert_eq!(receiver.requests().len(), 1, "{asked}");
        let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
        assert_eq!(customer.delete(&path).await.json["deleted"], json!(true));
    }
    platform.end().await;
}

#[tokio::test]
async fn a_receiver_that_drips_forever_holds_up_no_other() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let (dead, quick) =
        (Receiver::scripted(|_, _| Reply::status(200).after(super::FOREVER)).await, Receiver::always(200).await);
    let slow = customer.webhook(&dead.url(), &["link.created"]).await;
    let prompt = customer.webhook(&quick.url(), &["link.created"]).await;
    platform.publish(&customer, "link.created", r#"{"n":1}"#).await;
    let delivered = customer.deliveries_with(&prompt, &["delivered"]).await;
    let attempt = &delivered[0]["attempts"][0];
    let waited = |time: &str| -> Timestamp { time.parse().unwrap() };
    let after = waited(attempt["at"].as_str().unwrap()) - waited(delivered[0]["createdAt"].as_str().unwrap());
    assert!(Duration::try_from(after).unwrap() < Duration::from_secs(5), "{after}");
    assert_eq!(customer.delete(&format!("/webhooks/{}", slow["id"].as_str().unwrap())).await.status, 200);
    platform.end().await;
}
