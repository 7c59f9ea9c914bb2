use jiff::Timestamp;

use super::*;
use crate::{
    event::{Arrival, Event, filter::Filter, message::Message},
    ids::EventId,
    profile::registry::Profiles,
    testing,
};

fn webhook(events: &str, filter: Option<&str>) -> Webhook {
    let mut webhook = testing::webhook(events, Timestamp::UNIX_EPOCH);
    webhook.settings.filter = filter.map(|filter| Filter::parse(filter).unwrap());
    webhook
}

#[test]
fn a_webhook_and_its_route_want_the_same_by_type_and_content() {
    let message = Message::parse(r#"{"account":"acme","event":"order.paid","data":{"amount":250}}"#).unwrap();
    let arrival = Arrival { id: EventId::parse("e1").unwrap(), at: Timestamp::UNIX_EPOCH };
    let profiles = Profiles::built_in();
    let event = Event::admit(message, &profiles.by_name("standard").unwrap().events, arrival).unwrap();
    let content = Content::of(&event);
    let (matching, other) = (r#"{"data":{"amount":[250]}}"#, r#"{"data":{"amount":[1]}}"#);
    for (events, filter, is_wanted) in [
        ("order.*", None, true),
        ("order.*", Some(matching), true),
        ("order.*", Some(other), false),
        ("link.*", None, false),
        ("link.*", Some(matching), false),
    ] {
        let webhook = webhook(events, filter);
        assert_eq!(webhook.wants_content(&content), is_wanted, "{events} {filter:?}");
        assert_eq!(webhook.route().wants_content(&content), is_wanted, "{events} {filter:?}");
    }
}
