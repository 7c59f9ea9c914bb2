//! Receivers whose response is valid HTTP and still harmful: redirects, texts that a terminal would obey, absurd waits.

use jiff::{Timestamp, ToSpan};
use shared::ambient;

use super::case::{ATTEMPT, Case};
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
        let error =
            format!("the endpoint answered {status}, a redirect; redirects are not followed, so set the final URL");
        cases.push(case("redirects", &receiver, status, Some(error)));
    }
    for (name, body) in [
        ("sends what is not UTF-8", b"\xff\xfe caf\xe9 \xc3\x28 \xf0\x9f".to_vec()),
        ("sends NUL", b"a\0b\0".to_vec()),
        ("clears the terminal", b"\x1b[2J\x1b]0;owned\x07\x1b[31mred \x9b31m \xc2\x9b2J \x7f\x08\x08".to_vec()),
        ("sends much that is not UTF-8", b"\xf0\x9f\x98".repeat(400_000)),
    ] {
        let receiver = Receiver::scripted(move |_, _| Reply::status(200).body(&body)).await;
        cases.push(case(name, &receiver, 200, None));
    }
    let unusual = Receiver::always(999).await;
    let error = "the endpoint answered 999 instead of 2xx".to_owned();
    cases.push(case("responds 999", &unusual, 999, Some(error)));
    cases
}

fn case(name: &'static str, receiver: &Receiver, status: u16, error: Option<String>) -> Case {
    let url = receiver.url();
    Case { name, url, status: Some(status), error, deadline: ATTEMPT }
}

/// Values of `Retry-After` that mean nothing: the delivery is tried again on its schedule.
const IGNORED: [&str; 10] = [
    "-1",
    "1e300",
    "inf",
    "NaN",
    "0x7fffffff",
    "1.5",
    "",
    "soon",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    // By RFC 9110, a year of two digits that would be over fifty years ahead is in the past.
    "Friday, 31-Dec-99 23:59:59 GMT",
];

/// Values of `Retry-After` that ask for too long: the delivery waits for a day.
const SHORTENED: [&str; 4] =
    ["86401", "18446744073709551615", "99999999999999999999999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"];

#[tokio::test]
async fn an_absurd_retry_after_is_ignored_or_cut_to_a_day() {
    let platform = Platform::start().await;
    let customer = platform.customer("awsys");
    let mut stories = Vec::new();
    for (n, asked) in IGNORED.into_iter().chain(SHORTENED).enumerate() {
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
        if IGNORED.contains(asked) {
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
        customer.remove(webhook).await;
    }
    platform.end().await;
}
