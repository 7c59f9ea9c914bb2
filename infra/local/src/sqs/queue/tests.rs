use super::super::attributes::Attributes;
use super::*;

const ALL: Ask = Ask { max_messages: 10, max_bytes: usize::MAX, max_receive_count: None, hidden_until: 1_000 };

fn content(body: &str, group: Option<&str>) -> Arc<Content> {
    Arc::new(Content {
        id: body.to_owned(),
        body: body.to_owned(),
        body_md5: String::new(),
        attributes: Attributes::new(),
        group: group.map(Arc::from),
        trace_header: None,
        sent_at: 0,
    })
}

fn send(queue: &mut Queue, group: &str, number: usize) {
    queue.send(content(&format!("{group}{number}"), Some(group)), 0);
}

fn bodies(taken: &Taken) -> Vec<&str> {
    taken.received.iter().map(|message| message.content.body.as_str()).collect()
}

/// How many of `noisy`'s messages are in flight, and how many of its messages are visible.
fn queue_with_noise(in_flight: usize, visible: usize) -> Queue {
    let mut queue = Queue::default();
    (0..in_flight + visible).for_each(|number| send(&mut queue, "noisy", number));
    queue.receive(Ask { max_messages: in_flight, ..ALL }, 0);
    queue
}

#[test]
fn messages_come_in_the_order_they_became_visible() {
    let mut queue = Queue::default();
    for (body, visible_at) in [("third", 30), ("first", 10), ("second", 20), ("later", 50)] {
        queue.send(content(body, None), visible_at);
    }
    assert_eq!(bodies(&queue.receive(ALL, 40)), ["first", "second", "third"]);
    assert_eq!(queue.next_change_at(), Some(50));
}

#[test]
fn a_quiet_group_overtakes_the_backlog_of_a_noisy_one() {
    let mut queue = queue_with_noise(100, 500);
    (0..2).for_each(|number| send(&mut queue, "quiet", number));
    let taken = queue.receive(Ask { max_messages: 4, ..ALL }, 0);
    assert_eq!(bodies(&taken), ["quiet0", "quiet1", "noisy100", "noisy101"]);
}

#[test]
fn a_message_without_a_group_overtakes_a_noisy_group() {
    let mut queue = queue_with_noise(100, 500);
    queue.send(content("alone", None), 0);
    assert_eq!(bodies(&queue.receive(Ask { max_messages: 1, ..ALL }, 0)), ["alone"]);
}

#[test]
fn messages_without_a_group_never_count_as_noisy_together() {
    let mut queue = Queue::default();
    (0..200).for_each(|number| queue.send(content(&number.to_string(), None), 0));
    queue.receive(Ask { max_messages: 100, ..ALL }, 0);
    send(&mut queue, "quiet", 0);
    assert_eq!(bodies(&queue.receive(Ask { max_messages: 1, ..ALL }, 0)), ["100"]);
}

#[test]
fn a_group_below_the_threshold_keeps_its_turn() {
    let mut queue = queue_with_noise(20, 100);
    send(&mut queue, "quiet", 0);
    assert_eq!(bodies(&queue.receive(Ask { max_messages: 1, ..ALL }, 0)), ["noisy20"]);
}

#[test]
fn a_noisy_group_is_quiet_again_when_its_messages_land() {
    let mut queue = queue_with_noise(100, 500);
    send(&mut queue, "quiet", 0);
    assert_eq!(queue.counts(0), Counts { visible: 501, not_visible: 100, delayed: 0 });
    assert_eq!(queue.counts(1_000), Counts { visible: 601, not_visible: 0, delayed: 0 });
    assert_eq!(bodies(&queue.receive(Ask { max_messages: 1, ..ALL }, 1_000)), ["noisy100"]);
}

#[test]
fn each_state_is_counted_once_whatever_happens_to_a_message() {
    let mut queue = Queue::default();
    queue.send(content("a", Some("g")), 10);
    assert_eq!(queue.counts(0), Counts { delayed: 1, ..Counts::default() });
    assert_eq!(queue.counts(10), Counts { visible: 1, ..Counts::default() });
    let first = queue.receive(ALL, 10).received.remove(0);
    assert_eq!(queue.counts(10), Counts { not_visible: 1, ..Counts::default() });
    queue.change_visibility(&first.receipt, 10, 20).unwrap();
    assert_eq!(queue.counts(20), Counts { visible: 1, ..Counts::default() });
    assert_eq!(queue.change_visibility(&first.receipt, 20, 30), Err(NotChanged::NotInFlight));
    let second = queue.receive(ALL, 20).received.remove(0);
    queue.end_visibility_timeouts(30);
    assert_eq!(queue.counts(30), Counts { visible: 1, ..Counts::default() });
    queue.delete(&first.receipt);
    assert_eq!(queue.counts(30).total(), 1, "an outdated handle deletes nothing");
    queue.delete(&second.receipt);
    assert_eq!(queue.counts(30), Counts::default());
    assert_eq!(queue.next_change_at(), None);
}

#[test]
fn a_visibility_timeout_of_zero_shows_a_message_once_a_response() {
    let mut queue = Queue::default();
    queue.send(content("a", None), 0);
    for _ in 0..3 {
        assert_eq!(queue.receive(Ask { hidden_until: 5, ..ALL }, 5).received.len(), 1);
    }
}

#[test]
fn a_spent_message_is_given_up_instead_of_received() {
    let mut queue = Queue::default();
    queue.send(content("a", Some("g")), 0);
    let ask = Ask { max_receive_count: Some(1), hidden_until: 1, ..ALL };
    assert_eq!(queue.receive(ask, 0).received.len(), 1);
    let taken = queue.receive(ask, 1);
    assert_eq!((taken.received.len(), taken.spent.len()), (0, 1));
    assert_eq!(queue.counts(1), Counts::default());
}

#[test]
fn a_response_has_no_more_bytes_than_asked_for_but_one_message() {
    let mut queue = Queue::default();
    for body in ["aaaa", "bbbb", "c"] {
        queue.send(content(body, None), 0);
    }
    assert_eq!(bodies(&queue.receive(Ask { max_bytes: 1, ..ALL }, 0)), ["aaaa"]);
    assert_eq!(bodies(&queue.receive(Ask { max_bytes: 5, ..ALL }, 0)), ["bbbb", "c"]);
}

#[test]
fn a_purged_queue_knows_no_old_handle() {
    let mut queue = Queue::default();
    queue.send(content("old", None), 0);
    let old = queue.receive(ALL, 0).received.remove(0);
    queue.purge();
    queue.send(content("new", None), 0);
    queue.delete(&old.receipt);
    assert_eq!(queue.change_visibility(&old.receipt, 0, 9), Err(NotChanged::Unknown));
    assert_eq!(queue.counts(0), Counts { visible: 1, ..Counts::default() });
}
