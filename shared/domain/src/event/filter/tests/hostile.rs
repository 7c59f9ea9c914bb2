use std::fmt::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::json::DEPTH_LIMIT;

/// Far above what it takes, far below what a quadratic walk takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs on a small stack, and fails instead of hanging.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    let thread = thread::Builder::new().stack_size(512 * 1024);
    thread.spawn(move || done.send(work())).unwrap();
    result.recv_timeout(PATIENCE).expect("matching takes too long or panicked")
}

/// Fifty leaves: an object of fields, each of them in every element.
fn widest(field: impl Fn(usize) -> String) -> String {
    let fields: Vec<String> = (0..50).map(field).collect();
    format!(r#"{{"data":{{"a":{{{}}}}}}}"#, fields.join(","))
}

/// As many fields that must be absent as fit: nothing ends the walk early.
fn widest_absent() -> String {
    let fields: Vec<String> = (0..40).map(|field| format!(r#""{field}":[{{"exists":false}}]"#)).collect();
    format!(r#"{{"data":{{"a":{{{}}}}}}}"#, fields.join(","))
}

fn judge(filters: Vec<String>, data: String) -> usize {
    in_time(move || {
        let filters: Vec<Filter> = filters.iter().map(|text| Filter::parse(text).unwrap()).collect();
        let (event, data) = (event_type("order.paid"), Subject::parse(&data).unwrap());
        filters.iter().cycle().take(100).filter(|filter| filter.matches(&event, &data)).count()
    })
}

#[test]
fn a_hundred_filters_judge_many_small_objects_in_time() {
    let data = format!(r#"{{"a":[{}]}}"#, vec!["{}"; 87_000].join(","));
    assert_eq!(judge(vec![widest(|field| format!(r#""{field}":[1]"#))], data.clone()), 0);
    assert_eq!(judge(vec![widest_absent()], data), 100);
}

#[test]
fn a_hundred_filters_judge_one_wide_object_in_time() {
    let mut data = String::from(r#"{"a":{"#);
    for field in 50..25_000 {
        write!(data, r#""{field}":1,"#).unwrap();
    }
    data.push_str(r#""x":1}}"#);
    assert_eq!(judge(vec![widest(|field| format!(r#""{field}":[1]"#))], data.clone()), 0);
    assert_eq!(judge(vec![widest_absent()], data), 100);
}

#[test]
fn a_hundred_filters_judge_a_long_list_in_time() {
    let data = format!(r#"{{"a":[{}]}}"#, vec!["7"; 130_000].join(","));
    let matchers: Vec<String> = (10..60).map(|number| number.to_string()).collect();
    assert_eq!(judge(vec![format!(r#"{{"data":{{"a":[{}]}}}}"#, matchers.join(","))], data), 0);
}

#[test]
fn a_hundred_combinations_judge_many_objects_in_time() {
    let or = |name: &str| {
        let branches: Vec<String> = (0..10).map(|branch| format!(r#"{{"a":[{branch}]}}"#)).collect();
        format!(r#""{name}":{{"$or":[{}]}}"#, branches.join(","))
    };
    let filter = format!(r#"{{"data":{{{},{}}}}}"#, or("x"), or("y"));
    let data = format!("[{}]", vec![r#"{"x":[{},{"a":1}],"y":{"a":10}}"#; 8_000].join(","));
    assert_eq!(judge(vec![filter], data), 0);
}

#[test]
fn the_deepest_data_is_judged_on_a_small_stack() {
    let depth = DEPTH_LIMIT - 2;
    let arrays = format!(r#"{{"a":{}{{"x":1}}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(judge(vec![r#"{"data":{"a":{"x":[1]}}}"#.to_owned()], arrays), 100);
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH_LIMIT), "}".repeat(DEPTH_LIMIT));
    assert_eq!(judge(vec![r#"{"data":{"a":{"a":{"a":{"a":{"a":[1]}}}}}}"#.to_owned()], objects), 0);
}

#[test]
fn a_nested_tree_of_arrays_is_judged_in_time() {
    // Two elements on each of fourteen levels, and none of the many paths matches both fields.
    let mut tree = r#"{"x":1}"#.to_owned();
    for _ in 0..13 {
        tree = format!("[{tree},{tree}]");
    }
    let filter = r#"{"data":{"a":{"x":[1],"y":[{"anything-but":1}]}}}"#.to_owned();
    assert_eq!(judge(vec![filter], format!(r#"{{"a":{tree}}}"#)), 0);
}

#[test]
fn a_long_string_is_compared_no_further_than_needed() {
    let data = format!(r#"{{"a":"{}"}}"#, "İ".repeat(100_000));
    let matcher = |_| r#"{"equals-ignore-case":"i̇x"}"#;
    let matchers: Vec<&str> = (0..20).map(matcher).collect();
    assert_eq!(judge(vec![format!(r#"{{"data":{{"a":[{}]}}}}"#, matchers.join(","))], data), 0);
}
