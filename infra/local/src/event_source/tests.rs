use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::mpsc;

use super::*;
use crate::sqs::Counts;

const DEADLINE: Duration = Duration::from_secs(10);

async fn sqs(visibility_secs: u64) -> Sqs {
    let sqs = Sqs::new("http://127.0.0.1:9".to_owned());
    let attributes = json!({ "VisibilityTimeout": visibility_secs.to_string() });
    let request = json!({ "QueueName": "q", "Attributes": attributes });
    sqs.call("CreateQueue", request.to_string().into()).await.unwrap();
    sqs
}

async fn send(sqs: &Sqs, body: &str) -> String {
    let request = json!({
        "QueueUrl": "q", "MessageBody": body, "MessageGroupId": "wh_1",
        "MessageAttributes": { "posthorn": { "DataType": "String", "StringValue": "{}" } },
    });
    let answer = sqs.call("SendMessage", request.to_string().into()).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    answer["MessageId"].as_str().unwrap().to_owned()
}

fn options() -> EventSourceOptions {
    EventSourceOptions {
        queue: "q".to_owned(),
        batch_size: 10,
        batching_window: Duration::ZERO,
        spacing: Duration::ZERO,
        maximum_concurrency: 2,
        scaling: Scaling::AtOnce,
        function_timeout: DEADLINE,
    }
}

/// Calls `answer` with the number of the call, and passes every event on.
fn start(
    sqs: &Sqs,
    options: EventSourceOptions,
    answer: impl Fn(usize, &SqsEvent) -> SqsBatchResponse + Send + Sync + 'static,
) -> (EventSource, mpsc::UnboundedReceiver<SqsEvent>) {
    let (events, seen) = mpsc::unbounded_channel();
    let (calls, answer) = (AtomicUsize::new(0), Arc::new(answer));
    let source = EventSource::start(sqs.clone(), options, move |event| {
        let (events, answer) = (events.clone(), Arc::clone(&answer));
        let call = calls.fetch_add(1, Ordering::Relaxed);
        async move {
            events.send(event.clone()).unwrap();
            answer(call, &event)
        }
    });
    (source, seen)
}

async fn next(seen: &mut mpsc::UnboundedReceiver<SqsEvent>) -> SqsEvent {
    tokio::time::timeout(DEADLINE, seen.recv()).await.unwrap().unwrap()
}

async fn until_empty(sqs: &Sqs) {
    let empty = async {
        while sqs.counts("q") != Counts::default() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, empty).await.unwrap();
}

fn failing(ids: &[&str]) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for id in ids {
        answer.add_failure(*id);
    }
    answer
}

fn receive_count(record: &SqsMessage) -> &str {
    &record.attributes["ApproximateReceiveCount"]
}

#[tokio::test]
async fn a_record_is_what_lambda_makes_of_a_message() {
    let sqs = sqs(30).await;
    let id = send(&sqs, "hello").await;
    let (_source, mut seen) = start(&sqs, options(), |_, _| SqsBatchResponse::default());
    let record = serde_json::to_value(&next(&mut seen).await.records[0]).unwrap();
    assert_eq!(record["messageId"], id);
    assert_eq!(record["body"], "hello");
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:123456789012:q");
    assert_eq!(record["awsRegion"], "us-east-1");
    assert_eq!(record["attributes"]["MessageGroupId"], "wh_1");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"]["posthorn"]["dataType"], "String");
    assert_eq!(record["messageAttributes"]["posthorn"]["stringValue"], "{}");
    assert!(record["receiptHandle"].is_string());
    until_empty(&sqs).await;
}

#[tokio::test]
async fn a_failed_record_comes_back_after_its_visibility_timeout() {
    let sqs = sqs(1).await;
    send(&sqs, "good").await;
    send(&sqs, "bad").await;
    let (_source, mut seen) = start(&sqs, options(), |call, event| match call {
        0 => failing(&[event.records[1].message_id.as_deref().unwrap()]),
        _ => SqsBatchResponse::default(),
    });
    let first = next(&mut seen).await;
    let failed_at = Instant::now();
    let second = next(&mut seen).await;
    assert!(failed_at.elapsed() > Duration::from_millis(800), "it stays hidden for its timeout");
    assert_eq!((first.records.len(), second.records.len()), (2, 1));
    assert_eq!(second.records[0].body.as_deref(), Some("bad"));
    assert_eq!(receive_count(&second.records[0]), "2");
    until_empty(&sqs).await;
}

#[tokio::test]
async fn a_panicking_handler_returns_the_whole_batch() {
    let sqs = sqs(1).await;
    send(&sqs, "x").await;
    send(&sqs, "y").await;
    let (_source, mut seen) = start(&sqs, options(), |call, _| match call {
        0 => panic!("a defect"),
        _ => SqsBatchResponse::default(),
    });
    assert_eq!(next(&mut seen).await.records.len(), 2);
    assert_eq!(next(&mut seen).await.records.len(), 2);
    until_empty(&sqs).await;
}

#[tokio::test]
async fn an_answer_with_an_unknown_or_empty_id_fails_the_whole_batch() {
    for id in ["", "no-such-message"] {
        let sqs = sqs(1).await;
        send(&sqs, "x").await;
        let (_source, mut seen) = start(&sqs, options(), move |call, _| match call {
            0 => failing(&[id]),
            _ => SqsBatchResponse::default(),
        });
        next(&mut seen).await;
        assert_eq!(receive_count(&next(&mut seen).await.records[0]), "2", "{id:?}");
        until_empty(&sqs).await;
    }
}

#[tokio::test]
async fn a_batch_that_exceeds_the_function_timeout_has_failed() {
    let sqs = sqs(1).await;
    send(&sqs, "x").await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let options = EventSourceOptions { function_timeout: Duration::from_millis(50), ..options() };
    let _source = EventSource::start(sqs.clone(), options, move |_| {
        let call = counted.fetch_add(1, Ordering::Relaxed);
        async move {
            if call == 0 {
                std::future::pending::<()>().await;
            }
            SqsBatchResponse::default()
        }
    });
    until_empty(&sqs).await;
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn no_more_batches_run_at_once_than_the_maximum_concurrency() {
    let sqs = sqs(30).await;
    for number in 0..40 {
        send(&sqs, &number.to_string()).await;
    }
    let running = Arc::new(Mutex::new((0_usize, 0_usize)));
    let seen = Arc::clone(&running);
    let options = EventSourceOptions { batch_size: 3, ..options() };
    let _source = EventSource::start(sqs.clone(), options, move |_| {
        let seen = Arc::clone(&seen);
        async move {
            {
                let mut running = seen.lock().unwrap();
                running.0 += 1;
                running.1 = running.1.max(running.0);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            seen.lock().unwrap().0 -= 1;
            SqsBatchResponse::default()
        }
    });
    until_empty(&sqs).await;
    assert_eq!(running.lock().unwrap().1, 2);
}

#[tokio::test]
async fn a_batching_window_fills_the_batch() {
    let sqs = sqs(30).await;
    let options = EventSourceOptions { batching_window: DEADLINE, batch_size: 3, ..options() };
    let (_source, mut seen) = start(&sqs, options, |_, _| SqsBatchResponse::default());
    for body in ["a", "b", "c"] {
        send(&sqs, body).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(next(&mut seen).await.records.len(), 3);
}

#[test]
fn a_batch_soon_after_another_waits_and_a_lone_one_does_not() {
    let (now, ms) = (Instant::now(), Duration::from_millis);
    let spaced = EventSourceOptions { spacing: ms(5), ..options() };
    let windowed = EventSourceOptions { batching_window: ms(20), ..spaced.clone() };
    for (options, last_begun, waits) in [
        (&spaced, None, ms(0)),
        (&spaced, Some(now - ms(6)), ms(0)),
        (&spaced, Some(now - ms(2)), ms(3)),
        (&windowed, Some(now - ms(2)), ms(20)),
    ] {
        assert_eq!(options.fill_until(last_begun, now) - now, waits, "{options:?} {last_begun:?}");
    }
}

#[tokio::test]
async fn a_full_batch_does_not_wait_for_its_distance() {
    let sqs = sqs(30).await;
    let options = EventSourceOptions { spacing: 2 * DEADLINE, batch_size: 3, ..options() };
    let (_source, mut seen) = start(&sqs, options, |_, _| SqsBatchResponse::default());
    send(&sqs, "alone").await;
    assert_eq!(next(&mut seen).await.records.len(), 1);
    for body in ["a", "b", "c"] {
        send(&sqs, body).await;
    }
    assert_eq!(next(&mut seen).await.records.len(), 3);
}

#[tokio::test]
async fn a_stopping_source_lets_its_batch_finish_and_takes_no_other() {
    let sqs = sqs(30).await;
    send(&sqs, "x").await;
    let (started, mut has_started) = mpsc::unbounded_channel();
    let source = EventSource::start(sqs.clone(), options(), move |_| {
        started.send(()).unwrap();
        async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            SqsBatchResponse::default()
        }
    });
    has_started.recv().await.unwrap();
    source.stop(DEADLINE).await;
    assert_eq!(sqs.counts("q"), Counts::default());
    send(&sqs, "y").await;
    assert_eq!(sqs.counts("q").visible, 1);
}

#[tokio::test]
async fn a_dropped_source_leaves_its_batch_in_flight() {
    let sqs = sqs(30).await;
    send(&sqs, "x").await;
    let (started, mut has_started) = mpsc::unbounded_channel();
    let source = EventSource::start(sqs.clone(), options(), move |_| {
        started.send(()).unwrap();
        std::future::pending()
    });
    has_started.recv().await.unwrap();
    drop(source);
    tokio::task::yield_now().await;
    assert_eq!(sqs.counts("q"), Counts { not_visible: 1, ..Counts::default() });
}
