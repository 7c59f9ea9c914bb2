//! A customer's story: what was delivered is not delivered again.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use local::queues;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::{interval, timeout},
};

use super::operator::{Operator, lines};

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_first_attempt_that_succeeded_is_not_repeated() {
    let operator = Operator::with_functions().await;
    let at = operator.stack.endpoints();
    let (url, requests) = receiver().await;
    let customer = Customer::new(&operator, url).await;
    operator.send(&at.event_queue_url, r#"{"account":"go2-demo","event":"click","id":"e1","data":1}"#, &[]).await;
    let delivery = customer.first_delivered().await;
    assert_eq!(requests.load(Ordering::Relaxed), 1);

    // Its message was not acknowledged, and SQS gave it up.
    let job = json!({
        "v": 1, "account": "go2-demo", "profile": "go2", "webhook": customer.webhook, "eventId": "e1", "eventType": "click",
        "delivery": delivery["id"], "acceptedAt": delivery["createdAt"], "reason": "event",
    });
    operator.send(&at.dlq_urls.delivery, "{}", &[("posthorn", &job.to_string())]).await;
    let output = operator.run(&["deliveries", "--queue", &at.delivery_queue_url]).await;

    assert_eq!(lines(&output).last().unwrap(), &json!({ "moved": 1, "left": 0 }));
    until("the message is acknowledged", async || operator.stack.counts(queues::DELIVERY).total() == 0).await;
    assert_eq!(requests.load(Ordering::Relaxed), 1);
    operator.stack.stop().await;
}

/// An endpoint that answers 200, and how many requests it got.
async fn receiver() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
        }
    });
    (url, requests)
}

/// An account with one webhook.
struct Customer {
    http: reqwest::Client,
    api: String,
    key: String,
    webhook: String,
}

impl Customer {
    async fn new(operator: &Operator, url: String) -> Self {
        let at = operator.stack.endpoints();
        let key = operator.stack.keys().unwrap().go2.key.clone();
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let api = format!("{}/api/v1/webhooks", at.api);
        let mut customer = Self { http, api, key, webhook: String::new() };
        let body = json!({ "name": "n", "url": url, "events": ["click"] }).to_string();
        let request = customer.http.post(&customer.api).header("content-type", "application/json").body(body);
        let made = customer.data(request).await;
        made["id"].as_str().unwrap().clone_into(&mut customer.webhook);
        customer
    }

    async fn data(&self, request: reqwest::RequestBuilder) -> Value {
        let text = request.bearer_auth(&self.key).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["data"].take()
    }

    async fn first_delivered(&self) -> Value {
        let url = format!("{}/{}/deliveries?status=delivered", self.api, self.webhook);
        until("the event is delivered", async || self.data(self.http.get(&url)).await[0].is_object()).await;
        self.data(self.http.get(&url)).await[0].take()
    }
}

/// Waits for a condition.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut ticks = interval(Duration::from_millis(20));
        while !holds().await {
            ticks.tick().await;
        }
    };
    assert!(timeout(PATIENCE, waiting).await.is_ok(), "not within {} s: {what}", PATIENCE.as_secs());
}
