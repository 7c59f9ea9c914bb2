use std::time::Duration;

use super::*;
use crate::{
    testing::{self, attempt},
    time,
};

fn at(seconds: u64) -> Timestamp {
    time::after(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
}

/// With attempts at 10 s and 20 s.
fn record(status: Status, reason: Reason) -> Delivery {
    let attempts = vec![attempt(1, at(10), 200), attempt(2, at(20), 200)];
    Delivery { reason, ..testing::delivery(status, attempts, at(0)) }
}

#[test]
fn a_status_has_one_name_in_queries_and_in_the_table() {
    for (status, name) in [
        (Status::Delivered, "delivered"),
        (Status::Retrying, "retrying"),
        (Status::Failed, "failed"),
        (Status::Skipped, "skipped"),
    ] {
        assert_eq!((status.as_str(), Status::parse(name)), (name, Some(status)));
        assert_eq!(serde_json::json!(status), serde_json::json!(name));
    }
    assert_eq!((Status::parse(""), Status::parse("Delivered")), (None, None));
}

#[test]
fn a_success_is_one_of_an_event_whose_last_attempt_began_since() {
    for (status, reason, since, succeeded) in [
        (Status::Delivered, Reason::Event, 19, true),
        (Status::Delivered, Reason::Event, 20, true),
        (Status::Delivered, Reason::Event, 21, false),
        (Status::Retrying, Reason::Event, 19, false),
        (Status::Failed, Reason::Event, 19, false),
        (Status::Delivered, Reason::Test, 19, false),
        (Status::Delivered, Reason::Resend, 19, true),
    ] {
        let record = record(status, reason);
        assert_eq!(record.succeeded_since(at(since)), succeeded, "{status:?} {reason:?} since {since} s");
    }
    let none = Delivery { attempts: Vec::new(), ..record(Status::Delivered, Reason::Event) };
    assert!(!none.succeeded_since(at(0)));
}
