//! Intake stops between storing an event and queueing its deliveries.

use shared::{
    ambient,
    domain::{
        event::{Arrival, Event, message::Message},
        ids::EventId,
        profile::registry::Profiles,
    },
    store::events::EventStored,
};

use crate::harness::{Receiver, Scene};

#[tokio::test]
async fn an_event_stored_but_not_fanned_out_is_fanned_out_again() {
    let Scene { platform, customer, webhook, receiver } = Scene::new("go2", &["*"], Receiver::always(200).await).await;
    let body = format!(r#"{{"account":"{}","event":"click","data":{{"a":1}}}}"#, customer.account);

    // Intake stored the event under its message's id, and queued nothing.
    let profiles = Profiles::built_in();
    let arrival = Arrival { id: EventId::parse("message-1").unwrap(), at: ambient::now() };
    let event =
        Event::admit(Message::parse(&body).unwrap(), &profiles.by_name("go2").unwrap().events, arrival).unwrap();
    let stored = platform.store().put_event(&event, "message-1", ambient::now()).await.unwrap();
    assert_eq!(stored, EventStored::New);

    platform.send_with(&body, &[("posthorn-source-id", "message-1")]).await;

    let request = receiver.requests_at_least(1).await.remove(0);
    assert_eq!(request.body, event.body());
    assert!(request.header("x-webhook-id").ends_with(".message-1"));
    customer.deliveries_with(&webhook, &["delivered"]).await;
    platform.end().await;
}
