//! What a webhook with a filter missed: the stored events are judged, and deliveries that have a record are not.

use serde_json::{Value, json};

use crate::harness::{Platform, Receiver, Scene, eventually, path_of, since_an_hour};

fn large() -> Value {
    json!({"data": {"amount": [{"numeric": [">=", 100]}]}})
}

#[tokio::test]
async fn only_what_a_filter_matches_is_caught_up_on_and_missing() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for (id, amount) in [("s1", 1), ("l1", 100), ("s2", 2), ("l2", 200)] {
        platform.send(&customer.event("click", id, json!({"amount": amount}))).await;
    }
    platform.settled().await;
    // Created after the events, so that none was delivered.
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["click"]).await;
    customer.change(&webhook, &json!({"filter": large()})).await;

    let path = format!("{}/events", path_of(&webhook));
    let mut ids = eventually("the events are listed", || async {
        let page = customer.get(&path).await;
        assert_eq!(page.status, 200, "{:?}", page.json);
        let ids = page.texts("eventId");
        (ids.len() >= 2).then_some(ids)
    })
    .await;
    ids.sort();
    assert_eq!(ids, ["l1", "l2"]);
    eventually("all events are old enough to be missing", || async {
        let body = since_an_hour(json!({"include": ["missing"], "dryRun": true}));
        let counted = customer.post(&format!("{}/recoveries", path_of(&webhook)), &body).await;
        // The event log does not have the data that a filter needs.
        (counted.data()["counts"] == json!({"missing": {"atMost": 4}})).then_some(())
    })
    .await;
    let recovery = customer.recover(&webhook, json!({"include": ["missing"]})).await;
    let finished = customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!((&finished["counts"]["queued"], &finished["counts"]["delivered"]), (&json!(2), &json!(2)));
    let mut sent: Vec<String> =
        receiver.requests().iter().map(|request| request.header("x-posthorn-event-id").to_owned()).collect();
    sent.sort();
    assert_eq!(sent, ["l1", "l2"]);

    // A wider filter is wanted from now on, so that what it adds is missing.
    customer.change(&webhook, &json!({"filter": null})).await;
    let again = customer.recover(&webhook, json!({"include": ["missing"]})).await;
    let finished = customer.recovery_with(&webhook, &again, "finished").await;
    assert_eq!(finished["counts"]["queued"], 2);
    assert_eq!(receiver.requests().len(), 4);
    platform.end().await;
}

#[tokio::test]
async fn a_recovery_of_records_does_not_ask_the_filter() {
    let receiver = Receiver::in_turn(&[500, 200]).await;
    let Scene { platform, customer, webhook, receiver } = Scene::new("standard", &["*"], receiver).await;
    customer.change(&webhook, &json!({"retryDelaysSeconds": []})).await;
    platform.publish(&customer, "a", "1").await;
    customer.deliveries_with(&webhook, &["failed"]).await;
    customer.change(&webhook, &json!({"filter": large()})).await;
    let recovery = customer.recover(&webhook, json!({"include": ["failed"]})).await;
    customer.recovery_with(&webhook, &recovery, "finished").await;
    assert_eq!(receiver.requests().len(), 2);
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}
