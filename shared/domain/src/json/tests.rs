use std::slice;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::UnsafeNumbers::{Keep, Refuse};
use super::*;

fn refuse(text: &str) -> Result<String, JsonError> {
    CanonicalJson::parse(text, Refuse).map(CanonicalJson::into_string)
}

fn keep(text: &str) -> Result<String, JsonError> {
    CanonicalJson::parse(text, Keep).map(CanonicalJson::into_string)
}

/// Each row: a text, and its canonical form under both policies.
#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let row: String = text.chars().take(100).collect();
        assert_eq!(refuse(text).as_deref(), Ok(*expected), "refusing, row {row}");
        assert_eq!(keep(text).as_deref(), Ok(*expected), "keeping, row {row}");
    }
}

#[track_caller]
fn check_syntax(rows: &[(&str, usize)]) {
    for (text, expected) in rows {
        let refused = refuse(text);
        let as_expected = matches!(refused, Err(JsonError::Syntax { offset, .. }) if offset == *expected);
        assert!(as_expected, "row {text:?} at {expected}: {refused:?}");
    }
}

#[test]
fn white_space_goes_and_everything_else_stays() {
    check(&[
        (" \t\r\n[ 1 , { \"a\" : null } , true,false ] \n", r#"[1,{"a":null},true,false]"#),
        ("[ ]", "[]"),
        ("{\n}", "{}"),
        (r#"" a  b ""#, r#"" a  b ""#),
        ("null", "null"),
    ]);
}

#[test]
fn strings_are_escaped_as_little_as_json_stringify_does() {
    check(&[
        (r#""\u0008\u0009\u000A\u000c\u000d\u0022\u005c\u002f""#, r#""\b\t\n\f\r\"\\/""#),
        (r#""\b\t\n\f\r\"\\\/""#, r#""\b\t\n\f\r\"\\/""#),
        (r#""\u0000\u0001\u000b\u000F\u0010\u001F""#, r#""\u0000\u0001\u000b\u000f\u0010\u001f""#),
        (r#""\u007f\u0080\u2028\u2029\uFEFF\uffff""#, "\"\u{7f}\u{80}\u{2028}\u{2029}\u{feff}\u{ffff}\""),
        (r#""\u00e9 \uD83D\uDE00 é 😀""#, "\"é 😀 é 😀\""),
        (r#""\ud800\udc00\udbff\udfff""#, "\"\u{10000}\u{10ffff}\""),
        (r#""\u0061\\u0061""#, r#""a\\u0061""#),
    ]);
}

#[test]
fn a_quoted_string_reads_back_as_itself() {
    let mut out = String::from("x");
    push_quoted(&mut out, "\"\\/\u{0}\u{1f}\n\u{7f}é\u{2028}😀");
    assert_eq!(out, "x\"\\\"\\\\/\\u0000\\u001f\\n\u{7f}é\u{2028}😀\"");
}

#[test]
fn array_indices_come_first_in_ascending_order() {
    check(&[
        (r#"{"b":1,"10":2,"a":3,"9":4}"#, r#"{"9":4,"10":2,"b":1,"a":3}"#),
        (r#"{"4294967295":1,"a":2,"4294967294":3,"0":4}"#, r#"{"0":4,"4294967294":3,"4294967295":1,"a":2}"#),
        (r#"{"a":2,"4294967295":1,"4294967294":3}"#, r#"{"4294967294":3,"a":2,"4294967295":1}"#),
        (r#"{"9007199254740991":1,"01":2,"00":3,"5":4}"#, r#"{"5":4,"9007199254740991":1,"01":2,"00":3}"#),
        (
            r#"{"-0":1,"-1":2,"+1":3,"1.0":4,"1e3":5," 1":6,"":7,"1":8}"#,
            r#"{"1":8,"-0":1,"-1":2,"+1":3,"1.0":4,"1e3":5," 1":6,"":7}"#,
        ),
        (r#"{"b":0,"1\u0030":1,"\u0032":2}"#, r#"{"2":2,"10":1,"b":0}"#),
        (r#"{"x":{"2":[{"1":1,"0":0}],"1":1},"0":0}"#, r#"{"0":0,"x":{"1":1,"2":[{"0":0,"1":1}]}}"#),
    ]);
}

#[test]
fn the_last_of_equal_keys_wins_at_the_place_of_the_first() {
    check(&[
        (r#"{"a":1,"b":2,"a":[3]}"#, r#"{"a":[3],"b":2}"#),
        (r#"{"b":0,"\u0061":1,"a":2,"a":3}"#, r#"{"b":0,"a":3}"#),
        (r#"{"x":1,"1":1,"0":2,"1":{"k":1,"k":2}}"#, r#"{"0":2,"1":{"k":2},"x":1}"#),
        (r#"{"a/b":1,"a\/b":2}"#, r#"{"a/b":2}"#),
        (r#"{"é":1,"\u00e9":2,"\n":3,"\u000a":4}"#, r#"{"é":2,"\n":4}"#),
    ]);
}

#[test]
fn proto_is_a_key_like_any_other() {
    check(&[
        (r#"{"a":2,"__proto__":{"x":1},"__proto__":[1]}"#, r#"{"a":2,"__proto__":[1]}"#),
        (r#"{"toJSON":1,"constructor":null}"#, r#"{"toJSON":1,"constructor":null}"#),
    ]);
}

#[test]
fn a_repeated_key_is_found_in_objects_of_every_size() {
    let object = |members: &[String]| format!("{{{}}}", members.join(","));
    for size in 1..60 {
        let mut members: Vec<String> = (0..size).map(|i| format!("\"k{i}\":{i}")).collect();
        assert_eq!(refuse(&object(&members)), Ok(object(&members)), "{size} members");
        let last = members.pop().unwrap();
        let merged = object(&[slice::from_ref(&last), &members].concat());
        let first = last.replace(':', ":-");
        let twice = object(&[slice::from_ref(&first), &members, slice::from_ref(&last)].concat());
        assert_eq!(refuse(&twice), Ok(merged), "{size} members");
    }
}

#[test]
fn a_hundred_thousand_keys_are_no_burden() {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        for key in ["same", "name#", "#"] {
            let member = |i: usize| format!("\"{}\":0", key.replace('#', &i.to_string()));
            let members: Vec<String> = (0..100_000).rev().map(member).collect();
            done.send(refuse(&format!("{{{}}}", members.join(","))).is_ok()).unwrap();
        }
    });
    for key in ["one repeated", "distinct names", "indices"] {
        // Comparing every pair would take minutes.
        assert_eq!(wait.recv_timeout(Duration::from_secs(20)), Ok(true), "row {key}");
    }
}

#[test]
fn nesting_has_a_limit_and_no_depth_exhausts_the_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(refuse(&nested(DEPTH_LIMIT)), Ok(nested(DEPTH_LIMIT)));
    let too_deep = Err(JsonError::TooDeep { offset: DEPTH_LIMIT, limit: DEPTH_LIMIT });
    assert_eq!(refuse(&nested(DEPTH_LIMIT + 1)), too_deep);
    assert_eq!(refuse(&"[".repeat(1 << 20)), too_deep);
    let objects = "{\"\":".repeat(1 << 18);
    assert_eq!(refuse(&objects), Err(JsonError::TooDeep { offset: 4 * DEPTH_LIMIT, limit: DEPTH_LIMIT }));
    let siblings = format!("[{}]", vec!["[]"; 1000].join(","));
    assert_eq!(refuse(&siblings), Ok(siblings.clone()));
}

#[test]
fn half_a_surrogate_pair_is_refused_at_its_escape() {
    for half in [r"\ud800", r"\uDFFF", r"\ud83d\ud83d", r"\ude00\ud83d", r"\ud83dx", r"\ud83d\u0041", r"\ud83d\n"] {
        assert_eq!(keep(&format!("\"é{half}\"")), Err(JsonError::LoneSurrogate { offset: 3 }), "row {half}");
        assert_eq!(refuse(&format!("{{\"é{half}\":0}}")), Err(JsonError::LoneSurrogate { offset: 4 }), "row {half}");
    }
}

#[test]
fn what_json_parse_rejects_is_refused_with_the_offset() {
    check_syntax(&[
        ("", 0),
        (" \n", 2),
        ("\u{feff}1", 0),
        ("\u{a0}1", 0),
        ("\u{c}1", 0),
        ("1 2", 2),
        ("[1]]", 3),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("[1", 2),
        ("[1}", 2),
        (r#"{"a":1,}"#, 7),
        (r#"{"a" 1}"#, 5),
        (r#"{"a":}"#, 5),
        ("{a:1}", 1),
        ("{'a':1}", 1),
        (r#"{"a":1"#, 6),
        ("01", 1),
        ("-", 1),
        ("- 1", 1),
        ("-01", 2),
        ("+1", 0),
        (".5", 0),
        ("1.", 2),
        ("1.e5", 2),
        ("1e", 2),
        ("1e+", 3),
        ("0x10", 1),
        ("NaN", 0),
        ("-Infinity", 1),
        ("tru", 0),
        ("nullx", 4),
        ("True", 0),
        ("\"a", 2),
        ("\"\t\"", 1),
        ("\"\0\"", 1),
        ("\"\\", 2),
        (r#""\x41""#, 2),
        (r#""\v""#, 2),
        (r#""\'""#, 2),
        (r#""\U0041""#, 2),
        (r#""\u12g4""#, 5),
        (r#""\u+123""#, 3),
        (r#""\u12é""#, 5),
        (r#""\ud83d\u12""#, 11),
        ("// no\n1", 0),
        ("é", 0),
    ]);
}

#[test]
fn errors_tell_the_customer_where_and_what_to_change() {
    let rows = [
        ("[1 2]", "this is not valid JSON: at byte 3 there should be a comma or ]"),
        ("\u{feff}{}", "this is not valid JSON: at byte 0 there should be a JSON value instead of a byte order mark"),
        ("[1e999]", "the number at byte 1 is too large for a double (about 1.8e308); please send it as a string"),
        ("9007199254740993", "JavaScript would change the value of the number at byte 0; please send it as a string"),
        ("\"\\ud800\"", "the \\u escape at byte 1 is half of a surrogate pair; please send both halves or neither"),
        (
            &"[".repeat(200),
            "arrays and objects may nest 128 deep, and at byte 128 begins one more; please flatten the data",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(refuse(text).unwrap_err().to_string(), expected, "row {text}");
    }
}

#[test]
fn debug_shows_the_length_and_not_the_payload() {
    let json = CanonicalJson::parse(r#""secret""#, Keep).unwrap();
    assert_eq!(format!("{json:?}"), "CanonicalJson(8 bytes)");
}
