//! The management API as its clients meet it.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::api_key::Scope;

use crate::harness::Platform;

const URL: &str = "https://your-server.com/webhooks";

fn valid_for(profile: &str) -> Value {
    let event = if profile == "awsys" { "link.click" } else { "click" };
    json!({"name": "Click Tracker", "url": URL, "events": [event]})
}

#[tokio::test]
async fn the_guides_own_calls_work() {
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
    let history = go2.get(&format!("/webhooks/{}/deliveries", webhook["id"].as_str().unwrap())).await;
    assert_eq!(history.json, json!({"success": true, "data": [], "nextCursor": null}));
    platform.end().await;
}

#[tokio::test]
async fn a_webhook_is_created_read_changed_and_deleted() {
    let platform = Platform::start().await;
    for profile in ["awsys", "go2", "standard"] {
        let customer = platform.customer(profile);
        let created = customer.post("/webhooks", &valid_for(profile)).await;
        assert_eq!(created.status, 201, "{profile}: {:?}", created.json);
        let mut expected = created.data().clone();
        let path = format!("/webhooks/{}", expected["id"].as_str().unwrap());
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
async fn bad_requests_are_told_what_to_change_and_nothing_is_created() {
    let platform = Platform::start().await;
    for (profile, change, code) in [
        ("awsys", json!({"events": ["click"]}), "INVALID_EVENTS"),
        ("awsys", json!({"events": ["link.click", "click"]}), "INVALID_EVENTS"),
        ("awsys", json!({"events": ["*"]}), "INVALID_EVENTS"),
        ("go2", json!({"events": ["link.click"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": ["a b"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": []}), "INVALID_EVENTS"),
        ("standard", json!({"events": ["a", "a"]}), "INVALID_EVENTS"),
        ("standard", json!({"events": "a"}), "INVALID_FIELD"),
        ("standard", json!({"events": [1]}), "INVALID_FIELD"),
        ("standard", json!({"events": null}), "INVALID_FIELD"),
        ("go2", json!({"name": ""}), "INVALID_FIELD"),
        ("go2", json!({"name": 7}), "INVALID_FIELD"),
        ("go2", json!({"name": "x".repeat(201)}), "INVALID_FIELD"),
        ("go2", json!({"secret": "whsec_my-own"}), "INVALID_SECRET"),
        ("awsys", json!({"secret": "short"}), "INVALID_SECRET"),
        ("standard", json!({"secret": "whsec_AAAA"}), "INVALID_SECRET"),
        ("go2", json!({"url": "http://your-server.com/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://169.254.169.254/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://10.0.0.1/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://u:p@your-server.com/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://your-server.com:22/"}), "INVALID_URL"),
        ("go2", json!({"url": "https://your-server.com/#x"}), "INVALID_URL"),
        ("go2", json!({"url": 7}), "INVALID_FIELD"),
        ("go2", json!({"isActive": true}), "UNKNOWN_FIELD"),
    ] {
        let customer = platform.customer(profile);
        let mut body = valid_for(profile);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = customer.post("/webhooks", &body).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{profile} {change}: {:?}", answer.json);
        assert!(answer.message().len() > 10, "{profile} {change}");
    }
    for missing in ["name", "url", "events"] {
        let mut body = valid_for("go2");
        body.as_object_mut().unwrap().remove(missing);
        let answer = platform.customer("go2").post("/webhooks", &body).await;
        assert_eq!((answer.status, answer.code()), (400, "MISSING_FIELD"), "{missing}");
    }
    for profile in ["awsys", "go2", "standard"] {
        assert_eq!(platform.customer(profile).get("/webhooks").await.json["data"], json!([]), "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn malformed_bodies_wrong_types_and_sizes_have_their_statuses() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let send = async |content_type: Option<&'static str>, body: String| {
        let url = customer.url("/webhooks");
        customer
            .raw(|http, _| {
                let request = http.post(url).bearer_auth(&customer.key).body(body);
                match content_type {
                    Some(content_type) => request.header("content-type", content_type),
                    None => request,
                }
            })
            .await
    };
    for (content_type, body, status, code) in [
        (Some("application/json"), "{".to_owned(), 400, "MALFORMED_JSON"),
        (Some("application/json"), String::new(), 400, "MALFORMED_JSON"),
        (Some("application/json"), "[]".to_owned(), 400, "MALFORMED_JSON"),
        (Some("application/x-www-form-urlencoded"), "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (Some("text/plain"), "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (Some("application/json"), "x".repeat(300_000), 413, "BODY_TOO_LARGE"),
    ] {
        let answer = send(content_type, body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{:?}", answer.json);
        assert_eq!(answer.json["success"], false);
    }
    platform.end().await;
}

#[tokio::test]
async fn wrong_paths_and_methods_are_answered_in_the_profiles_envelope() {
    let platform = Platform::start().await;
    for profile in ["awsys", "go2", "standard"] {
        let customer = platform.customer(profile);
        let nothing = customer.get("/nothing").await;
        assert_eq!((nothing.status, nothing.code()), (404, "NOT_FOUND"), "{profile}");
        for (method, path, allow) in [
            (Method::PUT, "/webhooks", "GET,HEAD,POST"),
            (Method::POST, "/webhooks/wh_1", "GET,HEAD,PATCH,DELETE"),
            (Method::GET, "/webhooks/wh_1/test", "POST"),
            (Method::DELETE, "/events", "POST"),
        ] {
            let answer = customer.request(method.clone(), path, None).await;
            assert_eq!((answer.status, answer.code()), (405, "METHOD_NOT_ALLOWED"), "{profile} {method} {path}");
            assert_eq!(answer.allow.as_deref(), Some(allow), "{profile} {method} {path}");
        }
        let expected = if profile == "standard" { "application/problem+json" } else { "application/json" };
        assert_eq!(nothing.content_type, expected, "{profile}");
    }
    platform.end().await;
}

#[tokio::test]
async fn keys_open_only_what_they_are_for() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let with_key = |key: &str| customer.with_key(key);
    for key in ["", "phk_unknown", "é"] {
        assert_eq!(with_key(key).get("/webhooks").await.status, 401, "{key}");
    }
    let none = customer.raw(|http, base| http.get(format!("{base}/webhooks"))).await;
    assert_eq!((none.status, none.code()), (401, "UNAUTHORIZED"));

    let wrong = with_key(&platform.customer("awsys").key).get("/webhooks").await;
    assert_eq!((wrong.status, wrong.code()), (403, "WRONG_PROFILE"));
    assert!(wrong.message().ends_with("use it under /api"), "{}", wrong.message());

    let reader = platform.new_customer("go2", "reader", &[Scope::Read]).await;
    assert_eq!(reader.get("/webhooks").await.status, 200);
    assert_eq!(reader.post("/webhooks", &valid_for("go2")).await.code(), "MISSING_SCOPE");
    assert_eq!(reader.post("/events", &json!({"event": "click", "data": 1})).await.status, 403);
    let publisher = platform.new_customer("go2", "publisher", &[Scope::Publish]).await;
    assert_eq!(publisher.get("/webhooks").await.status, 403);
    assert_eq!(publisher.post("/events", &json!({"event": "click", "data": 1})).await.status, 202);
    assert_eq!(customer.raw(|http, base| http.get(format!("{base}/health"))).await.status, 200);
    platform.end().await;
}

#[tokio::test]
async fn another_accounts_webhook_does_not_exist() {
    let platform = Platform::start().await;
    let owner = platform.customer("go2");
    let webhook = owner.post("/webhooks", &valid_for("go2")).await.data().clone();
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let stranger = platform.new_customer("go2", "stranger", &Scope::ALL).await;
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some("{\"name\":\"mine\"}")),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{path}/deliveries"), None),
        (Method::GET, format!("{path}/deliveries/dlv_1"), None),
        (Method::POST, format!("{path}/test"), None),
        (Method::POST, format!("{path}/rotate-secret"), None),
    ] {
        let answer = stranger.request(method.clone(), &path, body).await;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{method} {path}");
    }
    assert_eq!(stranger.get("/webhooks").await.json["data"], json!([]));
    assert_eq!(owner.reload(&webhook).await["name"], "Click Tracker");
    platform.end().await;
}

#[tokio::test]
async fn an_account_has_at_most_a_hundred_webhooks_and_lists_them_page_by_page() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for n in 0..100 {
        let body = json!({"name": format!("n{n}"), "url": URL, "events": ["a"]});
        assert_eq!(customer.post("/webhooks", &body).await.status, 201, "{n}");
    }
    let refused = customer.post("/webhooks", &valid_for("standard")).await;
    assert_eq!((refused.status, refused.code()), (400, "TOO_MANY_WEBHOOKS"));

    let (mut names, mut query) = (Vec::new(), "?limit=33".to_owned());
    loop {
        let page = customer.get(&format!("/webhooks{query}")).await;
        names.extend(
            page.json["data"].as_array().unwrap().iter().map(|webhook| webhook["name"].as_str().unwrap().to_owned()),
        );
        match page.json["nextCursor"].as_str() {
            Some(cursor) => query = format!("?limit=33&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, (0..100).map(|n| format!("n{n}")).collect::<Vec<_>>());
    platform.end().await;
}

#[tokio::test]
async fn what_intake_would_reject_is_refused_over_http_by_name() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    for (body, code) in [
        (json!({"event": "link.click", "data": 1}), "UNKNOWN_EVENT"),
        (json!({"event": "click"}), "MISSING_FIELD"),
        (json!({"data": 1}), "MISSING_FIELD"),
        (json!({"event": "click", "data": 1, "account": "other"}), "UNKNOWN_FIELD"),
        (json!({"event": "click", "data": 1, "id": "a b"}), "INVALID_ID"),
        (json!({"event": "click", "data": 1, "timestamp": "now"}), "INVALID_TIMESTAMP"),
        (json!({"event": "click", "data": 9_007_199_254_740_993_u64}), "UNVERIFIABLE_NUMBER"),
        (json!({"event": "click", "data": "x".repeat(102_400)}), "TOO_LARGE"),
        (json!({"events": []}), "INVALID_FIELD"),
        (json!({"events": vec![json!({"event": "click", "data": 1}); 101]}), "INVALID_FIELD"),
        (json!({"events": [{"event": "click", "data": 1}, {"event": "clack", "data": 1}]}), "UNKNOWN_EVENT"),
    ] {
        let answer = customer.post("/events", &body).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{body}: {:?}", answer.json);
    }
    let twice = json!({"events": [{"event": "click", "data": 1, "id": "x"}, {"event": "click", "data": 2, "id": "x"}]});
    let reused = customer.post("/events", &twice).await;
    assert_eq!((reused.status, reused.code()), (400, "ID_REUSED"), "{:?}", reused.json);
    let second = customer
        .post("/events", &json!({"events": [{"event": "click", "data": 1}, {"event": "clack", "data": 1}]}))
        .await;
    assert!(second.message().starts_with("events[1]: 'clack'"), "{}", second.message());
    platform.end().await;
}

#[tokio::test]
async fn the_catalogue_is_served_with_descriptions_and_samples() {
    let platform = Platform::start().await;
    let answer = platform.customer("awsys").get("/event-types").await;
    let types = answer.json["data"].as_array().unwrap();
    assert_eq!(types.len(), 7);
    assert_eq!(types[0]["name"], "link.click");
    assert_eq!(types[0]["description"], "A short link was clicked by a visitor");
    assert_eq!(types[0]["sample"]["shortCode"], "abc123");
    platform.end().await;
}
