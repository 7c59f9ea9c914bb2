//! One delivery sent again.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Platform, Receiver, Reply, Scene, eventually, path_of};

#[tokio::test]
async fn a_failed_delivery_is_sent_again_with_the_same_ids_and_bytes() {
    for profile in ["awsys", "go2", "standard"] {
        // The longest delay of ten hours becomes less than four seconds.
        let platform = Platform::start_scaled(0.0001).await;
        // All attempts of the schedule fail, and the resend succeeds.
        let attempts = match profile {
            "awsys" => 4,
            "go2" => 6,
            _ => 8,
        };
        let receiver = Receiver::scripted(move |n, _| Reply::status(if n <= attempts { 500 } else { 200 })).await;
        let customer = platform.customer(profile);
        let event = customer.get("/event-types").await.json["data"][0]["name"].as_str().unwrap().to_owned();
        let webhook = customer.webhook(&receiver.url(), &[&event]).await;
        platform.send(&customer.event(&event, "e1", "{\"n\":1}")).await;
        let failed = customer.deliveries_with(&webhook, &["failed"]).await.remove(0);

        let response = customer.resend(&webhook, &failed).await;
        assert_eq!((response.status, &response.data()["id"]), (202, &failed["id"]), "{profile}");
        let delivered = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
        let last = delivered["attempts"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["attempt"], &last["reason"]), (&json!(attempts + 1), &json!("resend")), "{profile}");
        let requests = receiver.requests();
        let (first, again) = (&requests[0], requests.last().unwrap());
        assert_eq!((&again.body, again.header("webhook-id")), (&first.body, first.header("webhook-id")), "{profile}");
        assert_eq!((again.header("x-posthorn-reason"), again.attempt()), ("resend", attempts + 1), "{profile}");
        platform.end().await;
    }
}

#[tokio::test]
async fn a_resend_that_fails_leaves_a_finished_delivery_and_is_not_retried() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::in_turn(&[200, 500, 500]).await).await;
    platform.publish(&customer, "a", "1").await;
    let delivered = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    for count in [2, 3] {
        assert_eq!(customer.resend(&webhook, &delivered).await.status, 202);
        receiver.requests_at_least(count).await;
        platform.settled().await;
    }
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    let reasons: Vec<_> =
        delivery["attempts"].as_array().unwrap().iter().map(|attempt| attempt["reason"].clone()).collect();
    assert_eq!(reasons, ["event", "resend", "resend"]);
    assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 0, "a resend never counts");
    assert_eq!(receiver.requests().len(), 3);
    platform.end().await;
}

#[tokio::test]
async fn a_retry_is_made_now_and_its_schedule_goes_on() {
    // Unscaled: the second attempt would come after 5 minutes.
    let platform = Platform::start_scaled(1.0).await;
    let Scene { platform, customer, webhook, receiver } =
        Scene::on(platform, "standard", &["*"], Receiver::in_turn(&[500, 500, 200]).await).await;
    platform.publish(&customer, "a", "1").await;
    receiver.requests_at_least(1).await;
    // The first retry is due after 5 s; a resend makes it at once.
    let retrying = customer.deliveries_with(&webhook, &["retrying"]).await.remove(0);
    assert_eq!(customer.resend(&webhook, &retrying).await.status, 202);
    let requests = receiver.requests_at_least(2).await;
    assert_eq!((requests[1].header("x-posthorn-reason"), requests[1].attempt()), ("resend", 2));
    let retrying = eventually("the second failure is recorded", || async {
        let delivery = customer.deliveries(&webhook).await.remove(0);
        (delivery["attempts"].as_array().unwrap().len() == 2).then_some(delivery)
    })
    .await;
    assert_eq!(retrying["status"], "retrying");
    assert_eq!(customer.resend(&webhook, &retrying).await.status, 202);
    let requests = receiver.requests_at_least(3).await;
    assert_eq!(requests[2].attempt(), 3);
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.sqs().end_visibility_timeouts();
    platform.end().await;
}

#[tokio::test]
async fn two_resends_at_the_same_time_never_share_a_number() {
    let Scene { platform, customer, webhook, receiver } = Scene::new(
        "standard",
        &["*"],
        Receiver::scripted(|n, _| {
            if n == 1 { Reply::status(200) } else { Reply::status(500).after(Duration::from_millis(300)) }
        })
        .await,
    )
    .await;
    platform.publish(&customer, "a", "1").await;
    let delivered = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    let resend = || customer.resend(&webhook, &delivered);
    futures::future::join_all((0..5).map(|_| resend())).await;
    platform.settled().await;
    let attempts = receiver.attempts();
    assert!(attempts.values().all(|count| *count == 1), "{attempts:?}");
    assert!(attempts.len() >= 2, "{attempts:?}");
    platform.end().await;
}

#[tokio::test]
async fn a_resend_works_while_the_webhook_is_disabled() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::in_turn(&[500, 200]).await).await;
    customer.change(&webhook, &json!({"isActive": false})).await;
    platform.publish(&customer, "a", "1").await;
    let skipped = customer.deliveries_with(&webhook, &["skipped"]).await.remove(0);
    assert_eq!(customer.resend(&webhook, &skipped).await.status, 202);
    customer.deliveries_with(&webhook, &["failed"]).await;
    assert_eq!(customer.resend(&webhook, &skipped).await.status, 202);
    customer.deliveries_with(&webhook, &["delivered"]).await;
    assert_eq!(receiver.requests().len(), 2);
    platform.end().await;
}

#[tokio::test]
async fn what_cannot_be_sent_again_is_said() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["a"], Receiver::always(200).await).await;
    customer.test(&webhook, &json!({})).await;
    let test = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    assert_eq!(customer.resend(&webhook, &test).await.code(), "IS_A_TEST");
    platform.publish(&customer, "a", "1").await;
    let delivery = customer.deliveries_with(&webhook, &["delivered", "delivered"]).await.remove(0);
    customer.change(&webhook, &json!({"events": ["b"]})).await;
    let refused = customer.resend(&webhook, &delivery).await;
    assert_eq!((refused.status, refused.code()), (409, "NOT_SUBSCRIBED"));
    assert_eq!(customer.resend(&webhook, &json!({"id": "dlv_other"})).await.status, 404);
    let path = format!("{}/deliveries/{}/resend", path_of(&webhook), delivery["id"].as_str().unwrap());
    assert_eq!(customer.post(&path, &json!({"x": 1})).await.code(), "UNKNOWN_FIELD");
    platform.end().await;
}
