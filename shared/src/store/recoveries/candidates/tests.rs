use domain::{
    delivery::round::Rounds,
    event::{Arrival, filter::Filter, message::Message, pattern::EventPattern},
    ids::AccountId,
    profile::registry::Profiles,
    signing::{Secrets, secret::Secret},
    target::TargetPolicy,
    webhook::{settings::Settings, standing::Standing},
};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn webhook(pattern: &str) -> Webhook {
    let url = TargetPolicy::default().check("https://example.com/").unwrap();
    let events = vec![EventPattern::parse(pattern).unwrap()];
    Webhook {
        id: WebhookId::parse("wh_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        settings: Settings::new(url, events),
        secrets: Secrets::only(Secret::generate([1; 32])),
        standing: Standing::new(at(0)),
    }
}

fn plan() -> Plan {
    let include = vec![Include::Missing];
    Plan { include, since: at(-100), until: at(100), events: None, rate: 1, wants_since: at(100) }
}

fn stored(accepted_at: Timestamp) -> Event {
    let message = Message::parse(r#"{"account":"acme","event":"click","data":1}"#).unwrap();
    let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: accepted_at };
    Event::admit(message, &Profiles::built_in().by_name("go2").unwrap().events, arrival).unwrap()
}

#[test]
fn a_missing_delivery_is_what_the_stored_event_says() {
    let (plan, wants, other) = (plan(), webhook("click"), webhook("qr.scanned"));
    let search = |webhook| Search { webhook, plan: &plan, recovery: None, made_before: at(100) };
    let found = search(&wants).missing(stored(at(7))).unwrap();
    let expected = DeliveryId::derive(at(7), &wants.account, &found.event_id, &wants.id);
    assert_eq!((found.delivery, found.accepted_at), (expected, at(7)));
    assert_eq!(search(&other).missing(stored(at(7))), None, "the webhook does not want the stored type");
}

#[test]
fn the_stored_event_is_judged_by_the_filter_and_a_record_is_not() {
    let plan = Plan { include: vec![Include::Failed], ..plan() };
    for (filter, is_missing) in [(r#"{"data":[1]}"#, true), (r#"{"data":[2]}"#, false)] {
        let mut webhook = webhook("click");
        webhook.settings.filter = Some(Filter::parse(filter).unwrap());
        let search = Search { webhook: &webhook, plan: &plan, recovery: None, made_before: at(100) };
        assert_eq!(search.missing(stored(at(7))).is_some(), is_missing, "{filter}");
        assert_eq!(search.kind(&failed(&webhook)), Some(Include::Failed), "{filter}");
    }
}

fn failed(webhook: &Webhook) -> Delivery {
    let event = stored(at(7));
    Delivery {
        id: DeliveryId::derive(at(7), &webhook.account, &event.id, &webhook.id),
        webhook: webhook.id.clone(),
        event_id: event.id,
        event_type: event.event_type,
        reason: Reason::Event,
        status: Status::Failed,
        status_reason: None,
        created_at: at(7),
        next_attempt_at: None,
        attempts: Vec::new(),
        owner: None,
        rounds: Rounds::default(),
        payload: None,
    }
}
