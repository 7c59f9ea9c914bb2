//! Receivers that attack, or are broken as only real ones are. Each gets the right verdict within its deadline, and a log entry
//! that a person understands.

mod case;
mod plain;
mod replies;
mod tls;

use std::time::Duration;

use serde_json::{Value, json};
use shared::net::sender::Outside;

use self::case::Case;
use crate::harness::{Customer, Platform, authority::Authority};

#[tokio::test]
async fn a_hostile_receiver_gets_a_clear_verdict_in_time() {
    let authority = Authority::new();
    let outside = Outside { authorities: vec![authority.root()], ..Outside::default() };
    let mut cases = plain::cases().await;
    cases.extend(tls::cases(&authority).await);
    cases.extend(replies::cases().await);
    // An account may send two tests at a time, so each case has a platform of its own.
    let checks = cases.into_iter().map(|case| {
        let outside = outside.clone();
        async move {
            let platform = Platform::start_reaching("127.0.0.0/8", outside).await;
            let faults = faults_of(&platform.customer("go2"), case).await;
            platform.end().await;
            faults
        }
    });
    let wrong: Vec<String> = futures::future::join_all(checks).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sends a test event to the case's receiver. Returns what is wrong with the verdict, or with what the log shows.
async fn faults_of(customer: &Customer, case: Case) -> Option<String> {
    let webhook = customer.webhook(&case.url, &["*"]).await;
    let attempt = tokio::time::timeout(Duration::from_secs(25), customer.test(&webhook, &json!({}))).await;
    let attempt = attempt.unwrap_or_else(|_| panic!("{}: no verdict in time", case.name));
    let is_as_expected = (&attempt["statusCode"], &attempt["error"]) == (&json!(case.status), &json!(case.error));
    let is_in_time = u128::from(attempt["responseTimeMs"].as_u64().unwrap()) <= case.deadline.as_millis();
    let delivery = customer.deliveries(&webhook).await.remove(0);
    let logged = &delivery["attempts"][0];
    let is_logged = ["statusCode", "error", "errorClass", "response", "responseTimeMs"]
        .iter()
        .all(|field| logged[field] == attempt[field])
        && delivery["status"] == if case.error.is_none() { "delivered" } else { "failed" };
    let is_good = is_as_expected && is_in_time && is_logged && is_harmless(logged);
    (!is_good).then(|| format!("{}: {attempt}\n  logged as {delivery}", case.name))
}

/// Whether what the receiver sent can be shown to anyone: it is short, and holds nothing that a terminal obeys.
fn is_harmless(attempt: &Value) -> bool {
    let texts = [&attempt["response"], &attempt["error"]].map(|text| text.as_str().unwrap_or_default());
    let obeyed = |char: char| char.is_control() && !matches!(char, '\n' | '\t' | '\r');
    texts.iter().all(|text| text.chars().count() <= 1_024 && !text.contains(obeyed))
}
