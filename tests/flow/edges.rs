//! The management API at its edges: what nobody should send, and what nobody should be shown.

use futures::future::join_all;
use reqwest::{Client, Method, Response, header};
use serde_json::{Value, json};
use shared::domain::api_key::Scope;

use crate::harness::{Customer, Platform, Receiver, eventually};

const URL: &str = "https://your-server.com/webhooks";
const PROFILES: [&str; 3] = ["awsys", "go2", "standard"];

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn header_of(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn path_of(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap())
}

#[tokio::test]
async fn bad_requests_to_every_endpoint_are_told_what_to_change_and_change_nothing() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook(URL, &["a"]).await;
    let before = customer.reload(&webhook).await;
    let many: Vec<String> = (0..101).map(|n| format!("n{n}")).collect();
    let long: Vec<String> = (0..30).map(|n| format!("{n}{}", "x".repeat(110))).collect();
    for (method, below, body, code) in [
        (Method::PATCH, "", json!({"url": "http://your-server.com/"}).to_string(), "INVALID_URL"),
        (Method::PATCH, "", json!({"url": "https://[::ffff:10.0.0.1]/"}).to_string(), "INVALID_URL"),
        (Method::PATCH, "", json!({"url": null}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"events": []}).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({"events": ["a", "é"]}).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({ "events": many }).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({ "events": long }).to_string(), "INVALID_EVENTS"),
        (Method::PATCH, "", json!({"name": " "}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"name": "a\nb"}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"isActive": "yes"}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"isActive": null}).to_string(), "INVALID_FIELD"),
        (Method::PATCH, "", json!({"secret": "whsec_x"}).to_string(), "UNKNOWN_FIELD"),
        (Method::PATCH, "", json!({"name": "good", "id": "wh_2"}).to_string(), "UNKNOWN_FIELD"),
        (Method::PATCH, "", r#"{"name":"a","name":"b"}"#.to_owned(), "INVALID_FIELD"),
        (Method::PATCH, "", "{\"name\":\"a\"} x".to_owned(), "MALFORMED_JSON"),
        (Method::PATCH, "", "[]".to_owned(), "MALFORMED_JSON"),
        (Method::PATCH, "", String::new(), "MALFORMED_JSON"),
        (Method::PATCH, "?x=1", "{}".to_owned(), "INVALID_PARAMETER"),
        (Method::POST, "/test", json!({"event": "a b"}).to_string(), "INVALID_EVENTS"),
        (Method::POST, "/test", json!({"event": "*"}).to_string(), "INVALID_EVENTS"),
        (Method::POST, "/test", json!({"event": 7}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/test", json!({"evnt": "a"}).to_string(), "UNKNOWN_FIELD"),
        (Method::POST, "/test", "null".to_owned(), "MALFORMED_JSON"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": -1}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": 604_801}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": 1.5}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"gracePeriodSeconds": "1"}).to_string(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", "{\"gracePeriodSeconds\":1e999}".to_owned(), "INVALID_FIELD"),
        (Method::POST, "/rotate-secret", json!({"secret": "whsec_x"}).to_string(), "UNKNOWN_FIELD"),
        (Method::POST, "/rotate-secret", "\"\"".to_owned(), "MALFORMED_JSON"),
    ] {
        let path = format!("{}{below}", path_of(&webhook));
        let answer = customer.request(method.clone(), &path, Some(&body)).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{method} {below} {body:.200}: {:?}", answer.json);
        assert!(answer.message().len() > 10, "{method} {below} {body:.200}");
    }
    assert_eq!(customer.reload(&webhook).await, before);
    assert!(customer.deliveries(&webhook).await.is_empty(), "no test was sent");
    platform.end().await;
}

#[tokio::test]
async fn bad_parameters_are_refused_by_every_path() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let path = path_of(&customer.webhook(URL, &["click"]).await);
    let long = format!("?cursor={}", "77".repeat(4_000));
    for (path, query) in [
        ("/webhooks", "?limit=0"),
        ("/webhooks", "?limit=101"),
        ("/webhooks", "?limit=1.0"),
        ("/webhooks", "?limit=99999999999999999999"),
        ("/webhooks", "?limit=1&limit=2"),
        ("/webhooks", "?cursor="),
        ("/webhooks", "?cursor=zz"),
        ("/webhooks", long.as_str()),
        ("/webhooks", "?status=failed"),
        (&path, "?limit=1"),
        (&format!("{path}/deliveries"), "?limit=-1"),
        (&format!("{path}/deliveries"), "?status="),
        (&format!("{path}/deliveries"), "?status=ok"),
        (&format!("{path}/deliveries"), "?status=failed,,skipped"),
        (&format!("{path}/deliveries"), "?cursor=00ff"),
        (&format!("{path}/deliveries"), long.as_str()),
        (&format!("{path}/deliveries"), "?order=asc"),
        (&format!("{path}/deliveries/dlv_1"), "?full=1"),
        ("/event-types", "?limit=1"),
    ] {
        let answer = customer.get(&format!("{path}{query}")).await;
        assert_eq!((answer.status, answer.code()), (400, "INVALID_PARAMETER"), "{path}{query:.80}");
    }
    platform.end().await;
}

#[tokio::test]
async fn who_has_no_key_learns_only_that_whatever_else_is_wrong() {
    let (platform, http) = (Platform::start().await, client());
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let calls = [
            (Method::GET, "/webhooks?limit=0"),
            (Method::GET, "/webhooks/%FF"),
            (Method::DELETE, "/webhooks/no+id"),
            (Method::POST, "/webhooks"),
            (Method::POST, "/events"),
            (Method::GET, "/event-types"),
            (Method::GET, "/webhooks/wh_1/deliveries/%00"),
        ];
        for (method, path) in calls {
            let request = http.request(method.clone(), customer.url(path)).header(header::CONTENT_TYPE, "text/plain");
            let response = request.bearer_auth("phk_wrong").body("x".repeat(300_000)).send().await.unwrap();
            assert_eq!(response.status(), 401, "{profile} {method} {path}");
            assert_eq!(header_of(&response, "www-authenticate"), "Bearer", "{profile} {method} {path}");
            assert!(!response.text().await.unwrap().contains("phk_wrong"));
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body_and_only_where_get_does() {
    let (platform, http) = (Platform::start().await, client());
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let event = if profile == "awsys" { "link.click" } else { "click" };
        let webhook = customer.webhook(URL, &[event]).await;
        for (path, status) in [
            ("/webhooks".to_owned(), 200),
            (path_of(&webhook), 200),
            ("/webhooks/wh_none".to_owned(), 404),
            ("/nothing".to_owned(), 404),
            ("/health".to_owned(), 200),
            ("/openapi.json".to_owned(), 200),
            ("/events".to_owned(), 405),
        ] {
            let send = async |method| {
                http.request(method, customer.url(&path)).bearer_auth(&customer.key).send().await.unwrap()
            };
            let (head, get) = (send(Method::HEAD).await, send(Method::GET).await);
            assert_eq!((head.status().as_u16(), get.status().as_u16()), (status, status), "{profile} {path}");
            for name in ["content-type", "content-length", "cache-control", "allow"] {
                assert_eq!(header_of(&head, name), header_of(&get, name), "{profile} {path} {name}");
            }
            assert_eq!(head.bytes().await.unwrap().len(), 0, "{profile} {path}");
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn a_path_is_taken_decoded_and_to_the_letter() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let webhook = customer.webhook(URL, &["click"]).await;
    let id = webhook["id"].as_str().unwrap();
    let same = customer.get(&format!("/webhooks/wh%5F{}", id.trim_start_matches("wh_"))).await;
    assert_eq!((same.status, &same.data()["id"]), (200, &json!(id)));
    for path in [
        "/webhooks/".to_owned(),
        format!("/webhooks/{id}/"),
        format!("//webhooks/{id}"),
        format!("/Webhooks/{id}"),
        format!("/webhooks/{id}%20"),
        format!("/webhooks/{id}%00"),
        format!("/webhooks/x%2F..%2F{id}"),
        "/webhooks/%FF".to_owned(),
        "/webhooks/%e2%98%83".to_owned(),
        format!("/webhooks/{}", "x".repeat(65)),
        format!("/webhooks/{id}/deliveries/%FF"),
        format!("/webhooks/{id}/deliveries/{}", "x".repeat(4_000)),
        format!("/webhooks/{id}/nothing"),
    ] {
        let answer = customer.get(&path).await;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{path:.100}");
        assert_eq!(answer.json["success"], false, "{path:.100}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_missing_type_is_taken_for_json_and_a_body_nobody_asked_for_is_ignored() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]}).to_string();
    let url = customer.url("/webhooks");
    let created = customer.raw(|http, _| http.post(url).bearer_auth(&customer.key).body(body)).await;
    assert_eq!(created.status, 201, "{:?}", created.json);
    for (method, path) in [(Method::GET, "/webhooks".to_owned()), (Method::DELETE, path_of(created.data()))] {
        assert_eq!(customer.request(method.clone(), &path, Some("not JSON")).await.status, 200, "{method}");
    }
    platform.end().await;
}

#[tokio::test]
async fn simultaneous_requests_with_one_idempotency_key_deliver_once_and_other_accounts_are_apart() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let mut all = Vec::new();
    for customer in [platform.customer("standard"), platform.new_customer("standard", "other", &Scope::ALL).await] {
        let webhook = customer.webhook(&receiver.url(), &["*"]).await;
        let body = json!({"events": [{"event": "a", "data": 1}, {"event": "a", "data": 2}]});
        let publish = || with_idempotency_key(&customer, &body, "order-4711");
        let answers = join_all((0..8).map(|_| publish())).await;
        let ids = answers[0]["ids"].clone();
        assert!(answers.iter().all(|answer| answer["ids"] == ids), "{answers:?}");
        customer.deliveries_with(&webhook, &["delivered", "delivered"]).await;
        all.extend(ids.as_array().unwrap().clone());
    }
    all.dedup();
    assert_eq!(all.len(), 4, "{all:?}");
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 4);
    platform.end().await;
}

async fn with_idempotency_key(customer: &Customer, body: &Value, key: &str) -> Value {
    let request = |http: &Client, base: &str| {
        let request = http.post(format!("{base}/events")).bearer_auth(&customer.key).body(body.to_string());
        request.header("idempotency-key", key).header(header::CONTENT_TYPE, "application/json")
    };
    customer.raw(request).await.json
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_kept_is_refused() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"event": "a", "data": 1});
    for key in ["", "é", &"x".repeat(256)] {
        assert_eq!(with_idempotency_key(&customer, &body, key).await["code"], "INVALID_PARAMETER", "{key}");
    }
    let twice = customer
        .raw(|http, base| {
            let request = http.post(format!("{base}/events")).bearer_auth(&customer.key).body(body.to_string());
            request.header("idempotency-key", "a").header("idempotency-key", "b")
        })
        .await;
    assert_eq!((twice.status, twice.code()), (400, "INVALID_PARAMETER"));
    platform.end().await;
}

#[tokio::test]
async fn fields_given_twice_in_an_event_are_refused_and_its_data_is_its_own() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&receiver.url(), &["click"]).await;
    for body in [
        r#"{"event":"click","data":1,"data":2}"#,
        r#"{"events":[{"event":"click","data":1}],"events":[]}"#,
        r#"{"events":[{"event":"click","data":1},{"event":"click","event":"click","data":1}]}"#,
    ] {
        let answer = customer.request(Method::POST, "/events", Some(body)).await;
        assert_eq!((answer.status, answer.code()), (400, "INVALID_FIELD"), "{body}");
        assert!(answer.message().contains("given twice"), "{}", answer.message());
    }
    let body = r#"{"event":"click","data":{"a":1,"a":2}}"#;
    assert_eq!(customer.request(Method::POST, "/events", Some(body)).await.status, 202);
    assert!(receiver.requests_at_least(1).await[0].body.ends_with(r#""data":{"a":2}}"#));
    platform.end().await;
}

#[tokio::test]
async fn white_space_does_not_make_an_event_too_large_to_queue() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("awsys");
    customer.webhook(&receiver.url(), &["link.click"]).await;
    let body = format!(r#"{{"event":"link.click","data":[{}]}}"#, " ".repeat(3_000_000));
    let answer = customer.request(Method::POST, "/events", Some(&body)).await;
    assert_eq!(answer.status, 202, "{:?}", answer.json);
    assert!(receiver.requests_at_least(1).await[0].body.ends_with(r#""data":[]}"#));
    platform.end().await;
}

#[tokio::test]
async fn a_test_answers_with_the_attempt_and_exactly_what_was_sent() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(418).await);
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let event = if profile == "awsys" { "link.created" } else { "click" };
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let answer = customer.request(Method::POST, &format!("{}/test", path_of(&webhook)), None).await;
        let shown = answer.data();
        assert_eq!((answer.status, &shown["statusCode"]), (200, &json!(418)), "{profile}: {:?}", answer.json);
        assert_eq!((&shown["status"], &shown["errorClass"]), (&json!("failed"), &json!("status")), "{profile}");
        assert_eq!((&shown["event"], &shown["attempt"]), (&json!(event), &json!(1)), "{profile}");
        assert!(shown["error"].is_string() && shown["response"].is_string() && shown["responseTimeMs"].is_u64());
        let arrived = receiver.requests().pop().unwrap();
        assert_eq!(shown["request"]["body"], arrived.body, "{profile}");
        assert_eq!(arrived.header("x-posthorn-reason"), "test", "{profile}");
        for (name, value) in shown["request"]["headers"].as_object().unwrap() {
            assert_eq!(value, arrived.header(name), "{profile} {name}");
        }
        let told = shown["request"]["headers"].as_object().unwrap().len();
        let of_http = ["host", "content-length", "accept", "accept-encoding"];
        let sent = arrived.headers.keys().filter(|name| !of_http.contains(&name.as_str())).count();
        assert_eq!(told, sent, "{profile}: {:?}", arrived.headers);
        assert_eq!(customer.reload(&webhook).await["consecutiveFailures"], 0, "{profile}");
    }
    let customer = platform.customer("go2");
    let nobody = customer.webhook("http://127.0.0.1:1/", &["*"]).await;
    let answer = customer.post(&format!("{}/test", path_of(&nobody)), &json!({"event": "qr.scanned"})).await;
    assert_eq!((answer.status, &answer.data()["errorClass"]), (200, &json!("connect")), "{:?}", answer.json);
    assert_eq!((&answer.data()["statusCode"], &answer.data()["event"]), (&Value::Null, &json!("qr.scanned")));
    platform.end().await;
}

#[tokio::test]
async fn a_secret_is_shown_at_creation_and_rotation_and_nowhere_else() {
    let (platform, receiver, http) = (Platform::start().await, Receiver::always(200).await, client());
    for profile in PROFILES {
        let customer = platform.customer(profile);
        let event = if profile == "awsys" { "link.click" } else { "click" };
        let webhook = customer.webhook(&receiver.url(), &[event]).await;
        let path = path_of(&webhook);
        let rotated = customer.request(Method::POST, &format!("{path}/rotate-secret"), None).await;
        let secrets = [&webhook["secret"], &rotated.data()["secret"]].map(|secret| secret.as_str().unwrap());
        assert_ne!(secrets[0], secrets[1], "{profile}");
        customer.request(Method::POST, &format!("{path}/test"), None).await;
        for (method, path, body) in [
            (Method::GET, "/webhooks".to_owned(), ""),
            (Method::GET, path.clone(), ""),
            (Method::PATCH, path.clone(), r#"{"name":"x"}"#),
            (Method::GET, format!("{path}/deliveries"), ""),
            (Method::POST, format!("{path}/test"), ""),
            (Method::DELETE, path.clone(), ""),
        ] {
            let request = http.request(method.clone(), customer.url(&path)).bearer_auth(&customer.key);
            let text = request.body(body.to_owned()).send().await.unwrap().text().await.unwrap();
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{profile} {method} {path}: {text}");
            assert!(!text.contains(&customer.key), "{profile} {method} {path}");
        }
    }
    platform.end().await;
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let platform = Platform::start().await;
    for (profile, body) in [
        ("awsys", r#"{"url":"https://your-server.com/","events":["link.click"],"secret":"hunter2"}"#),
        ("awsys", r#"{"url":"https://your-server.com/","events":["link.click"],"secret":["hunter2"]}"#),
        ("go2", r#"{"name":"x","url":"https://your-server.com/","events":["click"],"secret":"hunter2"}"#),
        ("standard", r#"{"url":"https://your-server.com/","events":["a"],"secret":"whsec_hunter2"}"#),
        ("standard", r#"{"url":"https://user:hunter2@your-server.com/","events":["a"]}"#),
        ("standard", r#"{"url":"http://your-server.com/?token=hunter2","events":["a"]}"#),
        ("standard", r#"{"secret":"hunter2","#),
        ("standard", r#"{"secret":"hunter2","secret":"hunter2"}"#),
    ] {
        let answer = platform.customer(profile).request(Method::POST, "/webhooks", Some(body)).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(!answer.json.to_string().contains("hunter2"), "{body}: {:?}", answer.json);
    }
    platform.end().await;
}

#[tokio::test]
async fn a_hundred_webhooks_are_the_limit_however_many_are_created_at_once() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let body = json!({"url": URL, "events": ["a"]});
    let create = async || {
        // A lost race says so and may be repeated at once.
        eventually("an answer other than 409", || async {
            let answer = customer.post("/webhooks", &body).await;
            (answer.status != 409).then_some((answer.status, answer.code().to_owned()))
        })
        .await
    };
    let answers = join_all((0..120).map(|_| create())).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 100, "{answers:?}");
    let refused = |(status, code): &&(u16, String)| *status == 400 && code == "TOO_MANY_WEBHOOKS";
    assert_eq!(answers.iter().filter(refused).count(), 20, "{answers:?}");
    assert_eq!(customer.get("/webhooks?limit=100").await.json["data"].as_array().unwrap().len(), 100);
    platform.end().await;
}
