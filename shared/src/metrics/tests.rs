use domain::attempt::{kept::KeptHeaders, outcome::Failure};

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn attempt(number: u32, ms: i64) -> Attempt {
    Attempt {
        number,
        reason: Reason::Event,
        at: at(ms),
        status_code: Some(200),
        response_time_ms: 12,
        error: None,
        error_class: None,
        response: None,
        response_headers: KeptHeaders::default(),
    }
}

fn written(metrics: &Metrics) -> Value {
    serde_json::from_str(&metrics.line(at(99)).unwrap()).unwrap()
}

#[test]
fn a_batch_is_one_line_that_names_each_metric_and_only_the_stack() {
    let metrics = Metrics::of(Some("posthorn"));
    let failure = Verdict::Failure(Failure::default());
    metrics.attempted(&attempt(1, 1_500), &Verdict::Success, Some((at(1_000), None)));
    metrics.clone().attempted(&attempt(2, 9_000), &failure, Some((at(1_000), Some(at(6_000)))));
    metrics.ended(Status::Failed);
    metrics.count(Count::Disables);
    assert_eq!(
        written(&metrics),
        json!({
            "_aws": {
                "Timestamp": 99,
                "CloudWatchMetrics": [{
                    "Namespace": "Posthorn",
                    "Dimensions": [["Stack"]],
                    "Metrics": [
                        {"Name": "Attempts", "Unit": "Count"},
                        {"Name": "FailedAttempts", "Unit": "Count"},
                        {"Name": "Delivered", "Unit": "Count"},
                        {"Name": "Failed", "Unit": "Count"},
                        {"Name": "Disables", "Unit": "Count"},
                        {"Name": "AttemptTime", "Unit": "Milliseconds"},
                        {"Name": "FirstAttemptAge", "Unit": "Milliseconds"},
                        {"Name": "RetryLateness", "Unit": "Seconds"},
                    ],
                }],
            },
            "Stack": "posthorn",
            "Attempts": 2,
            "FailedAttempts": 1,
            "Delivered": 1,
            "Failed": 1,
            "Disables": 1,
            "AttemptTime": [12, 12],
            "FirstAttemptAge": [500],
            "RetryLateness": [3],
        })
    );
    assert_eq!(metrics.line(at(100)), None, "it is written once");
}

#[test]
fn a_retry_before_its_time_is_not_late() {
    let metrics = Metrics::of(Some("posthorn"));
    metrics.attempted(&attempt(2, 5_999), &Verdict::Success, Some((at(1_000), Some(at(6_000)))));
    assert_eq!(written(&metrics)["RetryLateness"], json!([0]));
}

#[test]
fn more_values_than_cloudwatch_takes_are_counted_but_not_listed() {
    let metrics = Metrics::of(Some("posthorn"));
    for _ in 0..MAX_VALUES + 5 {
        metrics.attempted(&attempt(1, 1_500), &Verdict::Success, Some((at(1_000), None)));
    }
    let line = written(&metrics);
    assert_eq!(line["Attempts"], json!(MAX_VALUES + 5));
    assert_eq!(line["AttemptTime"].as_array().unwrap().len(), MAX_VALUES);
}

#[test]
fn nothing_is_kept_for_an_installation_without_a_name() {
    let metrics = Metrics::of(None);
    metrics.count(Count::Events);
    assert_eq!(metrics.line(at(1)), None);
    assert!(metrics.batch.lock().unwrap().counts.is_empty());
}
