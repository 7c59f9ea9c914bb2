//! The life of a webhook: it is created, read, changed, listed and deleted.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::samples::{PROFILES, URL, valid_for};
use crate::harness::{Platform, eventually, path_of};

#[tokio::test]
async fn the_calls_printed_in_the_guides_succeed() {
    let platform = Platform::start().await;
    let awsys = platform.customer("awsys");
    let body = r#"{
"url": "https://your-server.com/webhooks/awsys",
"events": ["link.click", "link.created", "link.deleted"],
"secret": "your-signing-secret"
}"#;
    let created = awsys.request(Method::POST, "/webhooks", Some(body)).await;
    assert_eq!((created.status, &created.json["secret"]), (201, &json!("your-signing-secret")));

    let go2 = platform.customer("go2");
    let body = r#"{
"name": "Click Tracker",
"url": "https://your-server.com/webhooks/go2",
"events": ["click", "link.created"]
}"#;
    let created = go2.request(Method::POST, "/webhooks", Some(body)).await;
    assert_eq!((created.status, &created.json["success"]), (201, &json!(true)));
    let webhook = created.data();
    assert!(webhook["id"].as_str().unwrap().starts_with("wh_"));
    assert!(webhook["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!((&webhook["name"], &webhook["isActive"]), (&json!("Click Tracker"), &json!(true)));
    assert!(webhook["createdAt"].as_str().unwrap().ends_with('Z'));
    let listed = go2.get("/webhooks").await;
    assert_eq!(listed.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed.json["data"][0].get("secret"), None);
    let history = go2.get(&format!("{}/deliveries", path_of(webhook))).await;
    assert_eq!(history.json, json!({"success": true, "data": [], "nextCursor": null}));
    platform.end().await;
}

#[tokio::test]
async fn a_webhook_is_created_read_changed_and_deleted() {
    let platform = Platform::start().await;
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let created = customer.post("/webhooks", &valid_for(profile)).await;
        assert_eq!(created.status, 201, "{profile}: {:?}", created.json);
        let mut expected = created.data().clone();
        let path = path_of(&expected);
        expected.as_object_mut().unwrap().remove("secret").unwrap();
        assert_eq!(customer.get(&path).await.data(), &expected, "{profile}");

        let changed = customer.patch(&path, &json!({"name": "Other", "isActive": false})).await;
        assert_eq!(changed.status, 200, "{profile}: {:?}", changed.json);
        assert_eq!((&changed.data()["name"], &changed.data()["isActive"]), (&json!("Other"), &json!(false)));
        assert!(changed.data()["disabledAt"].is_string() && changed.data()["disabledReason"].is_string());
        assert_eq!(changed.data()["url"], URL);

        let deleted = customer.delete(&path).await;
        assert_eq!(deleted.data(), &json!({"id": expected["id"], "deleted": true}), "{profile}");
        for method in [Method::GET, Method::DELETE] {
            let gone = customer.request(method, &path, None).await;
            assert_eq!((gone.status, gone.code()), (404, "NOT_FOUND"), "{profile}");
        }
        assert_eq!(customer.patch(&path, &json!({"name": "x"})).await.status, 404, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn the_101st_webhook_is_rejected_and_a_hundred_are_listed() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for n in 0..100 {
        let body = json!({"name": format!("n{n}"), "url": URL, "events": ["a"]});
        assert_eq!(customer.post("/webhooks", &body).await.status, 201, "{n}");
    }
    let rejected = customer.post("/webhooks", &valid_for("standard")).await;
    assert_eq!((rejected.status, rejected.code()), (400, "TOO_MANY_WEBHOOKS"));

    let (mut names, mut query) = (Vec::new(), "?limit=33".to_owned());
    loop {
        let page = customer.get(&format!("/webhooks{query}")).await;
        names.extend(page.texts("name"));
        match page.json["nextCursor"].as_str() {
            Some(cursor) => query = format!("?limit=33&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, (0..100).map(|n| format!("n{n}")).collect::<Vec<_>>());
    platform.end().await;
}

#[tokio::test]
async fn concurrent_creation_stops_at_a_hundred_webhooks() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]});
    let create = async || {
        // A request that lost a race gets 409 and may be repeated at once.
        eventually("a status other than 409", || async {
            let response = customer.post("/webhooks", &body).await;
            (response.status != 409).then_some((response.status, response.code().to_owned()))
        })
        .await
    };
    let responses = join_all((0..120).map(|_| create())).await;
    assert_eq!(responses.iter().filter(|(status, _)| *status == 201).count(), 100, "{responses:?}");
    let rejected = |(status, code): &&(u16, String)| *status == 400 && code == "TOO_MANY_WEBHOOKS";
    assert_eq!(responses.iter().filter(rejected).count(), 20, "{responses:?}");
    assert_eq!(customer.get("/webhooks?limit=100").await.json["data"].as_array().unwrap().len(), 100);
    platform.end().await;
}

#[tokio::test]
async fn concurrent_changes_to_a_webhook_lose_no_field() {
    let platform = Platform::start().await;
    let customer = platform.customer("awsys");
    let webhook = customer.webhook("https://example.com/a", &["link.click"]).await;
    let path = path_of(&webhook);
    let changes = [
        json!({"name": "new"}),
        json!({"url": "https://example.com/b"}),
        json!({"events": ["link.created"]}),
        json!({"isActive": false}),
    ];
    let change = async |change: &Value| {
        eventually("the change is accepted", || async {
            (customer.patch(&path, change).await.status == 200).then_some(())
        })
        .await;
    };
    join_all(changes.iter().map(change)).await;
    let now = customer.reload(&webhook).await;
    assert_eq!((&now["name"], &now["url"]), (&json!("new"), &json!("https://example.com/b")));
    assert_eq!((&now["events"], &now["isActive"]), (&json!(["link.created"]), &json!(false)));
    platform.end().await;
}

#[tokio::test]
async fn the_event_catalogue_has_descriptions_and_samples() {
    let platform = Platform::start().await;
    let response = platform.customer("awsys").get("/event-types").await;
    let types = response.json["data"].as_array().unwrap();
    assert_eq!(types.len(), 7);
    assert_eq!(types[0]["name"], "link.click");
    assert_eq!(types[0]["description"], "A short link was clicked by a visitor");
    assert_eq!(types[0]["sample"]["shortCode"], "abc123");
    platform.end().await;
}
