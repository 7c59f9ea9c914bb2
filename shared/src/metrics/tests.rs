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
    serde_json::from_str(&metrics.line_at_end(at(99)).unwrap()).unwrap()
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
    assert_eq!(metrics.line_at_end(at(100_000)), None, "it is written once");
}

#[test]
fn a_retry_before_its_time_is_not_late() {
    let metrics = Metrics::of(Some("posthorn"));
    metrics.attempted(&attempt(2, 5_999), &Verdict::Success, Some((at(1_000), Some(at(6_000)))));
    assert_eq!(written(&metrics)["RetryLateness"], json!([0]));
}

/// A batch with one success: it begins and ends at these times.
fn batch(metrics: &Metrics, begins: i64, ends: i64) -> [Option<Value>; 2] {
    let read = |line: Option<String>| line.map(|line| serde_json::from_str(&line).unwrap());
    let begun = read(metrics.line_at_begin(at(begins)));
    metrics.attempted(&attempt(1, begins), &Verdict::Success, Some((at(begins), None)));
    [begun, read(metrics.line_at_end(at(ends)))]
}

/// When a line says that it counted, and how many attempts.
fn said(line: Option<&Value>) -> Option<(i64, u64)> {
    line.map(|line| (line["_aws"]["Timestamp"].as_i64().unwrap(), line["Attempts"].as_u64().unwrap()))
}

#[test]
fn batches_of_a_second_share_a_line_and_none_is_forgotten() {
    let metrics = Metrics::of(Some("posthorn"));
    for (begins, ends, at_begin, at_end) in [
        (0, 500, None, Some((500, 1))),
        (510, 1_010, None, None),
        (1_020, 1_520, None, Some((1_520, 2))),
        (1_530, 2_030, None, None),
        // The process was frozen for a minute. What was left is of its own time.
        (60_000, 60_500, Some((2_030, 1)), Some((60_500, 1))),
        // A batch that took long.
        (60_600, 90_000, None, Some((90_000, 1))),
    ] {
        let [begun, ended] = batch(&metrics, begins, ends);
        assert_eq!((said(begun.as_ref()), said(ended.as_ref())), (at_begin, at_end), "{begins}");
    }
}

#[test]
fn a_failure_is_written_at_once_with_what_waited() {
    let metrics = Metrics::of(Some("posthorn"));
    batch(&metrics, 0, 100);
    assert_eq!(said(batch(&metrics, 200, 300)[1].as_ref()), None);
    metrics.attempted(&attempt(1, 400), &Verdict::Failure(Failure::default()), None);
    let line = written(&metrics);
    assert_eq!((&line["Attempts"], &line["Delivered"], &line["FailedAttempts"]), (&json!(2), &json!(1), &json!(1)));
}

#[test]
fn gathered_batches_list_every_value() {
    let metrics = Metrics::of(Some("posthorn"));
    batch(&metrics, 0, 1);
    let mut listed = 0;
    for _ in 0..20 {
        (0..10).for_each(|_| metrics.attempted(&attempt(1, 2), &Verdict::Success, None));
        if let Some(line) = metrics.line_at_end(at(3)) {
            let line: Value = serde_json::from_str(&line).unwrap();
            listed += line["AttemptTime"].as_array().unwrap().len();
            assert_eq!(line["Attempts"], line["AttemptTime"].as_array().unwrap().len());
        }
    }
    assert_eq!(listed, 180, "a line is written for each ninety");
}

#[test]
fn nothing_is_kept_for_an_installation_without_a_name() {
    let metrics = Metrics::of(None);
    metrics.count(Count::Events);
    assert_eq!(metrics.line_at_end(at(1)), None);
    assert!(metrics.counted().pending == Pending::default());
}
