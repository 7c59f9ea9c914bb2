//! A deleted account: at once for everybody, and then altogether.

use serde_json::{Value, json};
use shared::{ambient, domain::account::key::Scope};

use crate::harness::{Browser, Customer, Platform, Receiver, Reply, eventually, path_of};

/// How many events the account has, unless `DELETED_EVENTS` says otherwise. The contract is shown with 5,000.
const EVENTS: usize = 300;

/// An account with everything that one can have, and the ids by which its items could be known.
async fn full(platform: &Platform, receiver: &Receiver, parked: &Receiver) -> (Customer, Vec<String>) {
    let count = ambient::variable("DELETED_EVENTS").and_then(|count| count.parse().ok()).unwrap_or(EVENTS);
    let customer = platform.new_customer("standard", "doomed", &Scope::ALL).await;
    let bodies: Vec<String> = (0..count).map(|n| customer.event("a", &format!("early-{n}"), n)).collect();
    platform.send_all(&bodies).await;
    platform.settled().await;
    let good = customer.webhook(&receiver.url(), &["*"]).await;
    let gone = customer.webhook(&receiver.url(), &["*"]).await;
    let waiting = customer.webhook(&parked.url(), &["b"]).await;
    let disabled = customer.webhook(&receiver.url(), &["*"]).await;
    customer.change(&disabled, &json!({"isActive": false})).await;
    let created =
        customer.post_under("k1", "/webhooks", &json!({"url": receiver.url(), "events": ["c"]}).to_string()).await;
    assert_eq!(created.status, 201);
    platform.publish(&customer, "a", "1").await;
    platform.publish(&customer, "b", "2").await;
    customer.deliveries_with(&good, &["delivered", "delivered"]).await;
    customer.deliveries_with(&waiting, &["retrying"]).await;
    eventually("the retry is parked", || async {
        let mut due = 0;
        for shard in 0..8 {
            due += platform.items(&format!("DUE#{shard}")).await.len();
        }
        (due > 0).then_some(())
    })
    .await;
    customer.remove(&gone).await;
    // One session that somebody opened, and one link that nobody did.
    Browser::signed_in(platform, &customer, &json!({"user": "ann"})).await;
    customer.portal_session(&json!({})).await;
    let recovery = customer.recover(&good, json!({"include": ["delivered"], "rate": 1})).await;
    for _ in 0..3 {
        customer.get("/webhooks").await;
    }
    let ids = [&good, &gone, &waiting, &disabled, created.data(), &recovery];
    let ids = ids.iter().map(|value| value["id"].as_str().unwrap().to_owned());
    (customer.clone(), ids.chain(["doomed".to_owned()]).collect())
}

/// Every item of the table that mentions one of these.
async fn mentions(platform: &Platform, names: &[String]) -> Vec<String> {
    let items = platform.all_items().await;
    items.into_iter().filter(|item| names.iter().any(|name| item.contains(name.as_str()))).collect()
}

async fn erased(platform: &Platform) {
    let operator = platform.operator();
    eventually("the account is erased", || async {
        (operator.get("/accounts/doomed").await.status == 404).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_ends_at_once_and_leaves_no_item() {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let parked = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "7200")).await;
    let (customer, names) = full(&platform, &receiver, &parked).await;
    assert!(mentions(&platform, &names).await.len() > EVENTS);
    let operator = platform.operator();
    for _ in 0..2 {
        let deleted = operator.delete("/accounts/doomed").await;
        assert_eq!((deleted.status, deleted.json), (202, json!({"account": "doomed", "status": "deleting"})));
    }
    assert_eq!(customer.get("/webhooks").await.status, 401);
    let meanwhile: Value = json!({"profile": "standard"});
    for response in [
        operator.put("/accounts/doomed", &meanwhile).await,
        operator.patch("/accounts/doomed", &json!({"status": "active"})).await,
        operator.post("/accounts/doomed/keys", &json!({"scopes": ["read"]})).await,
        operator.get("/accounts/doomed/keys").await,
    ] {
        assert!(matches!((response.status, response.code()), (409, "ACCOUNT_DELETING") | (404, _)), "{response:?}");
    }
    platform.publish(&customer, "a", "3").await;
    let (reason, _) = platform.rejected().await;
    assert!(reason.starts_with("UNKNOWN_ACCOUNT"), "{reason}");
    erased(&platform).await;
    assert_eq!(mentions(&platform, &names).await, Vec::<String>::new());
    let listed = operator.get("/accounts").await.texts("account");
    assert_eq!(listed, ["awsys-demo", "go2-demo", "standard-demo"]);
    // A new account of the same name has nothing of the old one.
    assert_eq!(operator.put("/accounts/doomed", &meanwhile).await.status, 201);
    let again = platform.new_customer("standard", "doomed", &Scope::ALL).await;
    assert_eq!(again.get("/webhooks").await.json["data"], json!([]));
    assert_eq!(again.get("/events").await.json["data"], json!([]));
    platform.stack_down().await;
}

#[tokio::test]
async fn an_account_is_erased_whatever_process_is_killed() {
    let mut platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let parked = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "7200")).await;
    let (_, names) = full(&platform, &receiver, &parked).await;
    assert_eq!(platform.operator().delete("/accounts/doomed").await.status, 202);
    for _ in 0..4 {
        // In the middle of whatever it does after the pause.
        tokio::task::yield_now().await;
        let before = mentions(&platform, &names).await.len();
        let less = eventually("some of it is erased", || async {
            let now = mentions(&platform, &names).await.len();
            (now < before || now == 0).then_some(now)
        })
        .await;
        if less == 0 {
            break;
        }
        platform.kill().await;
        platform.restart().await;
    }
    erased(&platform).await;
    assert_eq!(mentions(&platform, &names).await, Vec::<String>::new());
    platform.stack_down().await;
}

#[tokio::test]
async fn a_deleted_webhooks_deliveries_are_remembered_by_its_id() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let webhook = customer.webhook("https://example.com/", &["*"]).await;
    customer.remove(&webhook).await;
    let items = platform.items("WEBHOOK#standard-demo").await;
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(customer.get("/webhooks").await.json["data"], json!([]));
    assert_eq!(customer.get(&path_of(&webhook)).await.status, 404);
    platform.end().await;
}

/// The process died after storing the event and before its entry in the event log.
#[tokio::test]
async fn an_event_that_only_its_message_knows_goes_with_the_message() {
    let platform = Platform::start().await;
    let customer = platform.new_customer("standard", "doomed", &Scope::ALL).await;
    platform.operator().delete("/accounts/doomed").await;
    erased(&platform).await;
    let attributes = [("pk", "EVENT#doomed#e1"), ("sk", "EVENT"), ("sourceId", "the-message")];
    for (source, left) in [("another-message", 1), ("the-message", 0)] {
        platform.put_item(&attributes).await;
        platform.send_with(&customer.event("a", "e1", 1), &[("posthorn-source-id", source)]).await;
        platform.settled().await;
        assert_eq!(platform.items("EVENT#doomed#e1").await.len(), left, "{source}");
    }
    platform.stack_down().await;
}

/// Its id is the other's profile, and part of the other's id.
#[tokio::test]
async fn nothing_of_another_account_is_erased() {
    let platform = Platform::start().await;
    let parked = Receiver::scripted(|_, _| Reply::status(503).header("retry-after", "7200")).await;
    let kept = platform.new_customer("standard", "standard.2", &Scope::ALL).await;
    let webhook = kept.webhook(&parked.url(), &["*"]).await;
    platform.publish(&kept, "a", "1").await;
    kept.deliveries_with(&webhook, &["retrying"]).await;
    platform.new_customer("standard", "standard", &Scope::ALL).await;
    platform.settled().await;
    let before = mentions(&platform, &["standard.2".to_owned()]).await.len();
    assert_eq!(platform.operator().delete("/accounts/standard").await.status, 202);
    let operator = platform.operator();
    eventually("the account is erased", || async {
        (operator.get("/accounts/standard").await.status == 404).then_some(())
    })
    .await;
    assert_eq!(mentions(&platform, &["standard.2".to_owned()]).await.len(), before);
    kept.deliveries_with(&webhook, &["retrying"]).await;
    platform.stack_down().await;
}
