//! A delivery under its webhook's rate limit: what it asks for, and how it waits for its turn.

use jiff::Timestamp;

use super::{
    super::{attempt::Reason, webhook::pace::Asker},
    Delivery,
    admission::Received,
    job::Job,
    lane::Lane,
    waiting::{Waiting, Waits},
};

/// As whom a delivery asks for a slot. Only what comes for the first time queues up behind those that wait. The retries of a replay
/// are replays, too.
pub fn asker_of(job: &Job, reason: Reason, record: Option<&Delivery>) -> Asker {
    let is_replayed = record.is_some_and(|record| record.rounds.began_at.is_some());
    match reason {
        Reason::Replay if !job.waited => Asker::Replay,
        Reason::Replay => Asker::ReturningReplay,
        Reason::Event if !job.waited => Asker::Newcomer,
        Reason::Retry | Reason::Event if is_replayed => Asker::ReturningReplay,
        Reason::Event | Reason::Retry | Reason::Resend | Reason::Test => Asker::Returning,
    }
}

/// How a delivery waits that is to ask again at a time. First attempts to a slow webhook stay among their like.
pub fn wait_for_turn(
    waits: Waits,
    received: &Received<'_>,
    reason: Reason,
    record: Option<&Delivery>,
    at: Timestamp,
    now: Timestamp,
) -> Waiting {
    let lane = match (reason, Lane::of_first_attempt(received.webhook.standing.pulse.health)) {
        (Reason::Event, Lane::Slow) => Lane::Slow,
        _ => Lane::Retry,
    };
    let has_owner = record.is_some_and(|record| record.owner.as_ref() == Some(received.me));
    waits.for_turn(lane, has_owner, at, now)
}

impl Job {
    /// The job as the message has it that comes for the delivery's turn.
    pub fn waiting_for_turn(&self) -> Self {
        Self { waited: true, at: None, ..self.handed_over() }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            admission::tests::{job, me, now, record, webhook},
            recovery::Permit,
        },
        *,
    };
    use crate::{
        account::status::AccountStatus,
        attempt::schedule::RetryScale,
        delivery::Status,
        time,
        webhook::standing::{Health, Pulse},
    };

    #[test]
    fn only_what_comes_for_the_first_time_queues_up() {
        let mut replayed = record(Status::Retrying, 2, None, None);
        replayed.rounds.began_at = Some(now());
        let plain = record(Status::Retrying, 1, None, None);
        for (reason, waited, record, expected) in [
            (Reason::Event, false, None, Asker::Newcomer),
            (Reason::Event, true, None, Asker::Returning),
            (Reason::Retry, false, Some(&plain), Asker::Returning),
            (Reason::Retry, false, Some(&replayed), Asker::ReturningReplay),
            (Reason::Resend, false, Some(&plain), Asker::Returning),
            (Reason::Replay, false, Some(&plain), Asker::Replay),
            (Reason::Replay, true, None, Asker::ReturningReplay),
        ] {
            assert_eq!(asker_of(&Job { waited, ..job() }, reason, record), expected, "{reason:?} {waited}");
        }
    }

    #[test]
    fn a_message_that_comes_for_its_turn_says_so_and_has_no_other_time() {
        let due = Job { at: Some(now()), ..job() };
        assert_eq!(due.waiting_for_turn(), Job { waited: true, at: None, ..due.handed_over() });
    }

    #[test]
    fn each_delivery_waits_where_it_belongs() {
        let (me, mut webhook) = (me(), webhook());
        let (mine, waits) = (record(Status::Retrying, 1, Some("mine"), None), Waits::scaled(RetryScale::default()));
        let at = time::after(now(), std::time::Duration::from_secs(9));
        let hand_over = |lane| Waiting::HandOver { lane, delay_seconds: 9 };
        for (health, reason, record, expected) in [
            (Health::Ok, Reason::Event, None, hand_over(Lane::Retry)),
            (Health::Slow, Reason::Event, None, hand_over(Lane::Slow)),
            (Health::Slow, Reason::Replay, None, hand_over(Lane::Retry)),
            (Health::Ok, Reason::Retry, Some(&mine), Waiting::PutBack { visibility_seconds: 9 }),
        ] {
            webhook.standing.pulse = Pulse::of(health);
            let (lane, account, permit) = (Lane::Retry, AccountStatus::Active, &Permit::Closed);
            let received = Received { lane, me: &me, job: &job(), webhook: &webhook, account, permit };
            let waiting = wait_for_turn(waits, &received, reason, record, at, now());
            assert_eq!(waiting, expected, "{health:?} {reason:?}");
        }
    }
}
