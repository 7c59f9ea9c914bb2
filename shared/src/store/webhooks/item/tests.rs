use domain::{attempt::custom::HeaderChanges, signing::secret::ClientSecret, target::TargetPolicy};

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn webhook(is_active: bool) -> Webhook {
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings: Settings {
            name: Some("Click Tracker".to_owned()),
            url: TargetPolicy::default().check("https://example.com/x").unwrap(),
            events: vec![EventPattern::parse("link.*").unwrap(), EventPattern::parse("*").unwrap()],
            filter: Some(Filter::parse(r#"{"event":["a"]}"#).unwrap()),
            rate_limit: RateLimit::new(5, 1),
            headers: CustomHeaders::default()
                .merged(&HeaderChanges::parse([("X-Token".to_owned(), Some("hunter2".to_owned()))], &[]).unwrap())
                .unwrap(),
            timing: OwnTiming { delays: OwnDelays::new(vec![1, 43_200]), timeout: OwnTimeout::new(20) },
            metadata: Metadata::new([("z", "1"), ("a", "")].map(|(key, value)| (key.into(), value.into())).into())
                .unwrap(),
        },
        secrets: Secrets {
            current: Secret::from_client("12345678", ClientSecret::Text).unwrap(),
            previous: vec![PreviousSecret { secret: Secret::generate([1; 32]), until: at(99) }],
            rotated_at: Some(at(9)),
        },
        standing: Standing {
            created_at: at(1),
            updated_at: at(2),
            enabled_at: at(3),
            wants_since: at(2),
            disabled: (!is_active).then(|| Disabled { at: at(4), reason: "why".to_owned() }),
            last: LastDisabled { at: Some(at(4)), failing_from: Some(at(2)) },
            streak: Streak {
                failures: 3,
                failed_deliveries: 1,
                since: Some(at(5)),
                first_created_at: Some(at(4_000)),
                told: Told { level: 1, exhausted_at: Some(at(6)), exhausted: 1 },
            },
            pulse: Pulse { health: Health::Slow, quick: 2 },
            recovery: RecoveryId::parse("rec_1").ok(),
        },
    }
}

#[test]
fn a_webhook_is_read_as_it_was_written() {
    for is_active in [true, false] {
        let item: super::super::super::values::Item =
            serde_dynamo::to_item(WebhookItem::from(webhook(is_active))).unwrap();
        let item: WebhookItem = serde_dynamo::from_item(item).unwrap();
        assert_eq!(Webhook::from(item), webhook(is_active));
    }
}

#[test]
fn a_route_keeps_its_filter_under_a_short_name() {
    let route = webhook(true).route();
    let item = serde_json::to_value(RouteItem::of(route.clone())).unwrap();
    assert_eq!(item["f"], r#"{"event":["a"]}"#);
    let read: RouteItem = serde_json::from_value(item).unwrap();
    assert_eq!(read.into_route(route.webhook.clone()), route);
}

#[test]
fn a_webhook_of_an_earlier_version_has_none_of_the_later_settings() {
    let mut item: super::super::super::values::Item = serde_dynamo::to_item(WebhookItem::from(webhook(true))).unwrap();
    for name in ["filter", "rateLimit", "headers", "retryDelays", "timeout", "metadata"] {
        assert!(item.remove(name).is_some(), "{name}");
    }
    let settings = Webhook::from(serde_dynamo::from_item::<_, WebhookItem>(item).unwrap()).settings;
    assert_eq!(
        settings,
        Settings { name: settings.name.clone(), ..Settings::new(settings.url.clone(), settings.events.clone()) }
    );
}
