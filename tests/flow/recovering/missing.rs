//! Events that were never sent, because no webhook wanted them at their time.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::harness::{Platform, Receiver, path_of, since_an_hour};

/// How old an event must be to count as missing, with a little more.
const OLD_ENOUGH: Duration = Duration::from_millis(15_200);

#[tokio::test]
async fn a_new_webhook_gets_exactly_what_it_wants_of_what_came_before_it() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for n in 0..4 {
        platform.send(&customer.event("click", &format!("c{n}"), n)).await;
        platform.send(&customer.event("link.created", &format!("l{n}"), n)).await;
    }
    platform.settled().await;
    // The one wait that no condition can replace: an event that is younger may be on its way.
    sleep(OLD_ENOUGH).await;
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    platform.send(&customer.event("click", "later", 9)).await;
    receiver.requests_at_least(1).await;

    let path = format!("{}/recoveries", path_of(&webhook));
    let body = since_an_hour(json!({"include": ["missing"], "dryRun": true}));
    assert_eq!(customer.post(&path, &body).await.data()["counts"], json!({"missing": {"atMost": 4}}));
    let recovery = customer.recover(&webhook, json!({"include": ["missing"]})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!((&finished["counts"]["queued"], &finished["counts"]["delivered"]), (&json!(4), &json!(4)));
    let mut events: Vec<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    events.sort();
    assert_eq!(events, ["c0", "c1", "c2", "c3", "later"]);
    assert_eq!(customer.deliveries(&webhook).await.len(), 5);

    // Once more, there is nothing left.
    let again = customer.recover(&webhook, json!({"include": ["missing"]})).await;
    let finished = customer.recovery_with(&webhook, &again, "finished").await;
    assert_eq!(finished["counts"]["queued"], 0);
    assert_eq!(receiver.requests().len(), 5);
    platform.end().await;
}
