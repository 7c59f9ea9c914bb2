//! What a crash leaves behind is taken up again: nothing is lost, and no second retry chain begins.

use shared::{
    ambient,
    domain::{
        event::{Arrival, Event, Message},
        id::EventId,
        profile::Profiles,
    },
    store::events::EventStored,
};

use crate::harness::{Platform, Receiver};

#[tokio::test]
async fn an_event_that_was_stored_but_not_fanned_out_is_delivered_when_its_message_comes_back() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let body = format!(r#"{{"account":"{}","event":"click","data":{{"a":1}}}}"#, customer.account);

    // As far as intake came: the event is stored under its message's id, and nothing is queued.
    let profiles = Profiles::built_in();
    let arrival = Arrival { id: EventId::parse("message-1").unwrap(), at: ambient::now() };
    let event = Event::admit(Message::parse(&body).unwrap(), profiles.by_name("go2").unwrap(), arrival).unwrap();
    let stored = platform.store().put_event(&event, "message-1", ambient::now()).await.unwrap();
    assert_eq!(stored, EventStored::New);

    platform.send_with(&body, &[("posthorn-source-id", "message-1")]).await;

    let request = receiver.requests_at_least(1).await.remove(0);
    assert_eq!(request.body, event.body);
    assert!(request.header("x-webhook-id").ends_with(".message-1"));
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}

#[tokio::test]
async fn an_event_that_another_message_published_is_not_taken_for_a_redelivery() {
    let (platform, receiver) = (Platform::start().await, Receiver::always(200).await);
    let customer = platform.customer("go2");
    customer.webhook(&receiver.url(), &["*"]).await;
    let body = format!(r#"{{"account":"{}","event":"click","id":"e-1","data":1}}"#, customer.account);
    platform.send(&body).await;
    receiver.requests_at_least(1).await;
    platform.send(&body).await;
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}
