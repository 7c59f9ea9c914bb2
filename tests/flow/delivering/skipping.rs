//! Events of an account whose webhooks are all disabled: each is recorded once as skipped, and no message waits for it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use local::{
    stack::{StackOptions, Taps},
    tap::{Answer, Hook},
};
use serde_json::json;
use shared::{
    ambient,
    domain::{
        delivery::Status,
        event::pattern::EventPattern,
        ids::{AccountId, WebhookId},
        signing::{Secrets, secret::Secret},
        webhook::{
            Webhook,
            settings::Settings,
            standing::{Disabled, Standing},
        },
    },
    store::{deliveries::pages::DeliveryQuery, webhooks::WebhookCreated},
};

use crate::harness::{Customer, Platform};

const WEBHOOKS: usize = 100;
const EVENTS: usize = 10;

#[tokio::test]
async fn a_batch_for_a_hundred_disabled_webhooks_takes_one_receive() {
    let (platform, calls) = skipped(|_| Misfortune::None).await;
    assert!(calls.load(Ordering::Relaxed) <= 1 + WEBHOOKS * EVENTS / 25, "records are inserted 25 at a time");
    platform.end().await;
}

#[tokio::test]
async fn skipped_records_survive_throttled_and_lost_requests() {
    let (platform, _) = skipped(|number| match number % 5 {
        1 => Misfortune::Throttled,
        2 => Misfortune::Lost,
        3 => Misfortune::Rejected,
        _ => Misfortune::None,
    })
    .await;
    platform.end().await;
}

/// What goes wrong with a request that inserts several records.
enum Misfortune {
    None,
    Throttled,
    /// It has its effect, and its response is lost.
    Lost,
    /// It is not tried again as it is.
    Rejected,
}

/// Publishes ten events in one batch to an account with a hundred disabled webhooks, and checks their records.
async fn skipped(misfortune: fn(usize) -> Misfortune) -> (Platform, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let taps = Taps { dynamodb: Some(hook(misfortune, &calls)), sqs: None };
    let mut platform = Platform::start_with(StackOptions { taps, ..StackOptions::default() }).await;
    let customer = platform.customer("standard");
    let webhooks = disabled_webhooks(&platform, &customer).await;
    let events: Vec<String> = (0..EVENTS).map(|number| customer.event("a", &format!("e-{number}"), number)).collect();
    platform.send_as_batch(&events).await;
    // A second receive would come only after three minutes.
    platform.settled().await;
    let wanted: BTreeSet<String> = (0..EVENTS).map(|number| format!("e-{number}")).collect();
    let query = DeliveryQuery { limit: 100, ..DeliveryQuery::default() };
    for webhook in &webhooks {
        let records = platform.store().deliveries(webhook, &query, ambient::now()).await.unwrap().deliveries;
        assert!(records.iter().all(|record| record.status == Status::Skipped), "{webhook}: {records:?}");
        let events: BTreeSet<String> = records.iter().map(|record| record.event_id.to_string()).collect();
        assert_eq!((records.len(), events), (EVENTS, wanted.clone()), "{webhook}");
    }
    (platform, calls)
}

/// Puts a hundred webhooks into the table that were disabled.
async fn disabled_webhooks(platform: &Platform, customer: &Customer) -> Vec<WebhookId> {
    let (store, now) = (platform.store(), ambient::now());
    let mut ids = Vec::new();
    for _ in 0..WEBHOOKS {
        let disabled = Some(Disabled { at: now, reason: "turned off through the API".to_owned() });
        let webhook = Webhook {
            id: WebhookId::new(now, ambient::random()),
            account: AccountId::parse(&customer.account).unwrap(),
            settings: Settings::new(
                serde_json::from_value(json!("https://example.com/")).unwrap(),
                vec![EventPattern::Everything],
            ),
            secrets: Secrets::only(Secret::generate(ambient::random())),
            standing: Standing { disabled, ..Standing::new(now) },
        };
        ids.push(webhook.id.clone());
        assert_eq!(store.create_webhook(webhook, 100, None, None, now).await.unwrap(), WebhookCreated::Yes);
    }
    ids
}

fn hook(misfortune: fn(usize) -> Misfortune, calls: &Arc<AtomicUsize>) -> Hook {
    let calls = Arc::clone(calls);
    let error = |code: &str| Some(Answer { status: 400, body: json!({"__type": code}).to_string().into() });
    Arc::new(move |call, upstream| {
        let is_insert = call.operation == "BatchExecuteStatement";
        let number = if is_insert { calls.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        Box::pin(async move {
            if !is_insert {
                return upstream.forward(&call).await;
            }
            match misfortune(number) {
                Misfortune::None => upstream.forward(&call).await,
                Misfortune::Throttled => error("ThrottlingException"),
                Misfortune::Lost => {
                    upstream.forward(&call).await;
                    None
                }
                Misfortune::Rejected => error("AccessDeniedException"),
            }
        })
    })
}
