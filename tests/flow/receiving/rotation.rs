//! Receivers while a secret is rotated.

use serde_json::json;

use crate::harness::{External, Platform, Receiver, Request, Scene, eventually, path_of};

/// How many secrets may sign at once: the current one and five previous ones.
const MOST: usize = 6;

#[tokio::test]
async fn secrets_in_force_sign_together_and_in_turn() {
    let platform = Platform::start_with_quick_retries().await;
    let receiver = Receiver::in_turn(&[500, 500, 500, 200]).await;
    let Scene { platform, customer, webhook, receiver } = Scene::on(platform, "go2", &["*"], receiver).await;
    let mut secrets = vec![webhook["secret"].as_str().unwrap().to_owned()];
    for _ in 0..2 {
        secrets.insert(0, customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 3600})).await);
    }
    platform.publish(&customer, "click", "{}").await;
    let requests = receiver.requests_at_least(4).await;
    for (request, turn) in requests.iter().zip([0, 1, 2, 0]) {
        assert_eq!(signatures(request), 3, "attempt {}", request.attempt());
        assert!(secrets.iter().all(|secret| request.is_signed_by(secret)), "attempt {}", request.attempt());
        let own = format!("sha256={}", request.body_hmac(&secrets[turn]));
        assert_eq!(request.header("x-webhook-signature"), own, "attempt {}", request.attempt());
    }
    platform.end().await;
}

#[tokio::test]
async fn a_sixth_previous_secret_is_rejected_until_a_grace_ends() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("awsys", &["link.click"], Receiver::always(200).await).await;
    let rotate = async |grace: u64| {
        customer.post(&format!("{}/rotate-secret", path_of(&webhook)), &json!({"gracePeriodSeconds": grace})).await
    };
    for _ in 1..MOST {
        assert_eq!(rotate(3_600).await.status, 200);
    }
    let rejected = rotate(3_600).await;
    assert_eq!((rejected.status, rejected.code()), (409, "TOO_MANY_SECRETS"), "{:?}", rejected.json);
    customer.test(&webhook, &json!({})).await;
    assert_eq!(signatures(&receiver.requests()[0]), MOST);

    let ended = rotate(0).await;
    let newest = ended.data()["secret"].as_str().unwrap();
    customer.test(&webhook, &json!({})).await;
    let request = receiver.requests().remove(1);
    assert!(signatures(&request) == 1 && request.is_signed_by(newest), "a grace of 0 ends every previous secret");
    assert_eq!(request.header("x-awsys-signature"), request.body_hmac(newest));
    assert_eq!(platform.stored(&customer, &webhook).await.secrets.previous, []);
    platform.end().await;
}

#[tokio::test]
async fn a_secret_whose_grace_ended_is_removed_from_the_table() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("standard", &["*"], Receiver::always(200).await).await;
    let first = webhook["secret"].as_str().unwrap();
    customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 1})).await;
    eventually("the first secret no longer signs", || async {
        customer.test(&webhook, &json!({"event": "a"})).await;
        (!receiver.requests().pop().unwrap().is_signed_by(first)).then_some(())
    })
    .await;
    customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 3600})).await;
    let item = format!("{:?}", platform.items(&format!("WEBHOOK#{}", customer.account)).await);
    assert!(!item.contains(first), "what has ended is still stored");
    assert_eq!(platform.stored(&customer, &webhook).await.secrets.previous.len(), 1);
    platform.end().await;
}

/// How many signatures the Standard Webhooks header has.
fn signatures(request: &Request) -> usize {
    request.header("webhook-signature").split(' ').filter(|signature| signature.starts_with("v1,")).count()
}

#[tokio::test]
async fn during_the_grace_period_either_secret_verifies() {
    let Scene { platform, customer, webhook, receiver } =
        Scene::new("go2", &["*"], Receiver::in_turn(&[500, 200]).await).await;
    let old = webhook["secret"].as_str().unwrap();
    let new = customer.rotate_secret(&webhook, &json!({})).await;
    assert_ne!(old, new);

    platform.publish(&customer, "click", "{}").await;
    let requests = receiver.requests_at_least(2).await;
    assert!(requests.iter().all(|request| request.is_signed_by(old) && request.is_signed_by(&new)));
    assert_eq!(requests[0].header("x-webhook-signature"), format!("sha256={}", requests[0].body_hmac(&new)));
    assert_eq!(requests[1].header("x-webhook-signature"), format!("sha256={}", requests[1].body_hmac(old)));

    let newest = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    platform.publish(&customer, "click", "{}").await;
    let last = receiver.requests_at_least(3).await.remove(2);
    assert!(last.is_signed_by(&newest) && !last.is_signed_by(&new) && !last.is_signed_by(old));
    platform.end().await;
}

/// During the grace period the library accepts with either secret, and after it only with the newest.
async fn a_library_follows_a_rotation(file: &str) {
    let (platform, mut receiver) = (Platform::start().await, External::start(file).await);
    let customer = platform.customer("standard");
    let webhook = customer.webhook(&receiver.url("/"), &["*"]).await;
    let old = webhook["secret"].as_str().unwrap();
    let new = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 3600})).await;
    for secret in [old, &new] {
        receiver.set_secret(secret).await;
        platform.publish(&customer, "a", "1").await;
        assert_eq!(receiver.responded("an event during the grace period").await.0, 200);
    }
    let newest = customer.rotate_secret(&webhook, &json!({"gracePeriodSeconds": 0})).await;
    for (secret, status) in [(old, 401), (&new, 401), (&newest, 200)] {
        receiver.set_secret(secret).await;
        assert_eq!(customer.test(&webhook, &json!({})).await["statusCode"], status);
        assert_eq!(receiver.responded("a test event after the grace period").await.0, status);
    }
    platform.end().await;
}

#[tokio::test]
async fn the_official_javascript_library_follows_a_rotation() {
    a_library_follows_a_rotation("standard.mjs").await;
}

#[tokio::test]
async fn the_official_python_library_follows_a_rotation() {
    a_library_follows_a_rotation("standard.py").await;
}
