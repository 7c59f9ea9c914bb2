use jiff::Timestamp;
use shared::domain::{
    delivery::recovery::{Counts, Names, Plan},
    ids::{AccountId, ProfileName, RecoveryId, WebhookId},
};

use super::*;
use crate::testing::{frame, webhook_of};

fn recovery(status: RecoveryStatus, estimated: u64, queued: u64) -> Recovery {
    let at = Timestamp::UNIX_EPOCH;
    let names = Names {
        id: RecoveryId::parse("rec_1").unwrap(),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("go2").unwrap(),
        webhook: WebhookId::parse("wh_1").unwrap(),
    };
    let include = vec![Include::Failed, Include::Skipped];
    let plan = Plan { include, since: at, until: at, events: None, rate: 10, wants_since: at };
    let counts = Counts { estimated, queued, delivered: queued, ..Counts::default() };
    Recovery { status, counts, ..Recovery::new(names, plan, estimated, at) }
}

#[test]
fn a_recovery_says_how_far_it_is_and_how_long_it_takes() {
    for (status, estimated, queued, permille, left) in [
        (RecoveryStatus::Waiting, 1_554, 0, 0, Some("about 3 min")),
        (RecoveryStatus::Running, 1_000, 500, 500, Some("about 50 s")),
        (RecoveryStatus::Draining, 1_000, 1_000, 990, Some("a few seconds")),
        (RecoveryStatus::Finished, 1_000, 1_000, 1_000, None),
        (RecoveryStatus::Held, 1_000, 10, 10, None),
        (RecoveryStatus::Paused, 0, 0, 0, None),
    ] {
        let progress = Progress::of(&recovery(status, estimated, queued), &webhook_of(&["click"]));
        assert_eq!((progress.permille, progress.left.as_deref()), (permille, left), "{status:?}");
        assert_eq!((progress.settled, progress.expected), (count(queued), count(estimated)), "{status:?}");
    }
}

#[test]
fn more_than_was_expected_is_no_more_than_all() {
    let progress = Progress::of(&recovery(RecoveryStatus::Running, 10, 25), &webhook_of(&["click"]));
    assert_eq!((progress.settled.as_str(), progress.expected.as_str(), progress.permille), ("25", "25", 990));
}

#[test]
fn the_buttons_are_those_that_would_work() {
    for (status, may_change, buttons) in [
        (RecoveryStatus::Waiting, true, vec![">Pause<", ">Cancel recovery<"]),
        (RecoveryStatus::Running, true, vec![">Pause<", ">Cancel recovery<"]),
        (RecoveryStatus::Held, true, vec![">Pause<", ">Cancel recovery<"]),
        (RecoveryStatus::Paused, true, vec![">Resume<", ">Cancel recovery<"]),
        (RecoveryStatus::Finished, true, vec![]),
        (RecoveryStatus::Cancelled, true, vec![]),
        (RecoveryStatus::Running, false, vec![]),
    ] {
        let html = page(frame(may_change), &webhook_of(&["click"]), &recovery(status, 10, 1)).render().unwrap();
        let all = [">Pause<", ">Resume<", ">Cancel recovery<"];
        let found: Vec<_> = all.into_iter().filter(|name| html.contains(name)).collect();
        assert_eq!(found, buttons, "{status:?} {may_change}");
        assert!(html.contains("<h1>Recovery</h1>"));
    }
}

#[test]
fn a_live_region_has_data_and_no_button() {
    let page = page(frame(true), &webhook_of(&["click"]), &recovery(RecoveryStatus::Held, 10, 1));
    let live = page.as_live().render().unwrap();
    assert!(
        live.trim_start()
            .starts_with("<div id=\"live\" class=\"card\" data-live=\"/portal/webhooks/wh_1/recoveries/rec_1/live\"")
    );
    assert!(!live.contains("<button") && !live.contains("<form") && live.contains("data-state=\"held\""), "{live}");
}
