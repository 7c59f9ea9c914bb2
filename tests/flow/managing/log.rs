//! The delivery log, page by page.

use serde_json::Value;

use crate::harness::{Platform, Receiver, Reply, Scene, path_of};

#[tokio::test]
async fn pages_show_each_delivery_once_while_new_ones_arrive() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    for n in 0..25 {
        platform.publish(&customer, "a", &n.to_string()).await;
    }
    receiver.requests_at_least(25).await;
    platform.settled().await;
    let path = format!("{}/deliveries", path_of(&webhook));

    let (mut ids, mut query) = (Vec::new(), "?limit=7".to_owned());
    loop {
        let page = customer.get(&format!("{path}{query}")).await;
        ids.extend(page.texts("id"));
        platform.publish(&customer, "a", "\"new\"").await;
        match page.json["nextCursor"].as_str() {
            Some(cursor) => query = format!("?limit=7&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 25);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    platform.end().await;
}

#[tokio::test]
async fn a_cursor_is_accepted_only_by_its_own_list() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let other = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    platform.publish(&customer, "a", "2").await;
    customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
    let path = |webhook: &Value| format!("{}/deliveries?limit=1", path_of(webhook));
    let page = customer.get(&path(&webhook)).await;
    let cursor = page.json["nextCursor"].as_str().unwrap();
    assert_eq!(customer.get(&format!("{}&cursor={cursor}", path(&webhook))).await.status, 200);
    for list in [path(&other), "/webhooks?limit=1".to_owned()] {
        let rejected = customer.get(&format!("{list}&cursor={cursor}")).await;
        assert_eq!((rejected.status, rejected.code()), (400, "INVALID_PARAMETER"), "{list}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_full_last_page_has_no_cursor() {
    let Scene { platform, customer, webhook, .. } = Scene::new("standard", &["*"], Receiver::always(200).await).await;
    platform.publish(&customer, "a", "1").await;
    platform.publish(&customer, "a", "2").await;
    customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
    let path = format!("{}/deliveries?limit=2", path_of(&webhook));
    let page = customer.get(&path).await;
    assert_eq!((page.json["data"].as_array().unwrap().len(), &page.json["nextCursor"]), (2, &Value::Null));
    platform.end().await;
}

#[tokio::test]
async fn the_log_filters_by_status_and_shows_the_exact_body() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver =
        Receiver::scripted(|_, request| Reply::status(if request.body.contains("bad") { 500 } else { 200 })).await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "awsys", &["link.click"], receiver).await;
    platform.publish(&customer, "link.click", "\"good\"").await;
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.publish(&customer, "link.click", "\"bad\"").await;
    customer.deliveries_with(&webhook, &["failed", "delivered"]).await;
    let path = format!("{}/deliveries", path_of(&webhook));
    for (filter, expected) in [
        ("failed", vec!["failed"]),
        ("delivered", vec!["delivered"]),
        ("retrying,skipped", vec![]),
        ("delivered,failed", vec!["failed", "delivered"]),
    ] {
        let page = customer.get(&format!("{path}?status={filter}")).await;
        assert_eq!(page.texts("status"), expected, "{filter}");
    }
    let failed = customer.deliveries(&webhook).await.remove(0);
    let one = customer.get(&format!("{path}/{}", failed["id"].as_str().unwrap())).await;
    let sent = receiver.requests().into_iter().find(|request| request.body.contains("bad")).unwrap();
    assert_eq!(one.data()["payload"], sent.body.as_str());
    assert_eq!(failed.get("payload"), None, "a page shows no payloads");
    platform.end().await;
}
