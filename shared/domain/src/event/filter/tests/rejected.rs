use super::*;

fn rejected(text: &str) -> InvalidFilter {
    Filter::parse(text).expect_err(text)
}

#[test]
fn an_error_names_the_place_and_what_to_write() {
    for (filter, expected) in [
        (
            r#"{"data":{"amount":[{"wildcard":"a*"}]}}"#,
            "at 'data.amount[0]': 'wildcard' is not an operator; use prefix, suffix, equals-ignore-case, anything-but, numeric or exists",
        ),
        (
            r#"{"data":{"amount":[{"numeric":[">","5"]}]}}"#,
            "at 'data.amount[0].numeric[1]': a number must follow the comparison, and there is a string; use a number",
        ),
        ("[1]", r#"in the filter: an array is not a pattern; use an object such as {"event":["user.created"]}"#),
        ("{,}", "in the filter: this is not valid JSON: at byte 1 there should be a key in double quotes"),
    ] {
        assert_eq!(rejected(filter).to_string(), expected);
    }
}

#[test]
fn what_eventbridge_or_the_contract_refuses_is_rejected() {
    for (filter, place) in [
        ("null", ""),
        ("{}", ""),
        ("\"x\"", ""),
        (r#"{"data":{}}"#, "data"),
        (r#"{"data":"a"}"#, "data"),
        (r#"{"data":null}"#, "data"),
        (r#"{"source":["a"]}"#, "source"),
        (r#"{"timestamp":["a"]}"#, "timestamp"),
        (r#"{"$or":[{"event":["a"]},{"source":["a"]}]}"#, "$or[1].source"),
        (r#"{"event":[]}"#, "event"),
        (r#"{"event":[[]]}"#, "event[0]"),
        (r#"{"event":["a",["b"]]}"#, "event[1]"),
        (r#"{"event":[{}]}"#, "event[0]"),
        (r#"{"event":[{"prefix":"a","suffix":"b"}]}"#, "event[0]"),
        (r#"{"event":[{"prefix":"a","prefix":"b"}]}"#, "event[0]"),
        (r#"{"event":["a"],"event":["b"]}"#, "event"),
        (r#"{"data":{"a":["a"],"b":[1],"\u0061":["b"]}}"#, "data.a"),
        (r#"{"event":[{"cidr":"10.0.0.0/24"}]}"#, "event[0]"),
        (r#"{"event":[{"exactly":"a"}]}"#, "event[0]"),
        (r#"{"event":[{"prefix":1}]}"#, "event[0].prefix"),
        (r#"{"event":[{"prefix":{"equals-ignore-case":"a"}}]}"#, "event[0].prefix"),
        (r#"{"event":[{"suffix":null}]}"#, "event[0].suffix"),
        (r#"{"event":[{"equals-ignore-case":["a"]}]}"#, "event[0].equals-ignore-case"),
        (r#"{"event":[{"exists":"true"}]}"#, "event[0].exists"),
        (r#"{"event":[{"anything-but":null}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":true}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":[]}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":["a",1]}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":["a",null]}]}"#, "event[0].anything-but[1]"),
        (r#"{"event":[{"anything-but":{}}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":{"wildcard":"a*"}}]}"#, "event[0].anything-but"),
        (r#"{"event":[{"anything-but":{"prefix":""}}]}"#, "event[0].anything-but.prefix"),
        (r#"{"event":[{"anything-but":{"suffix":["a",1]}}]}"#, "event[0].anything-but.suffix[1]"),
        (r#"{"event":[{"anything-but":{"prefix":[]}}]}"#, "event[0].anything-but.prefix"),
        (r#"{"event":[1e400]}"#, "event[0]"),
        (r#"{"event":[{"anything-but":[1,-1e400]}]}"#, "event[0].anything-but[1]"),
        (r#"{"$or":{"event":["a"]}}"#, "$or"),
        (r#"{"$or":[]}"#, "$or"),
        (r#"{"$or":[{"event":["a"]}]}"#, "$or"),
        (r#"{"$or":[{"event":["a"]},{}]}"#, "$or[1]"),
        (r#"{"$or":[{"event":["a"]},["b"]]}"#, "$or[1]"),
        (r#"{"data":{"$or":[{"a":[1]},{"numeric":[1]}]}}"#, "data.$or[1].numeric"),
        (r#"{"data":{"$or":[{"a":[1]},{"b":{"prefix":[1]}}]}}"#, "data.$or[1].b.prefix"),
    ] {
        assert_eq!(rejected(filter).place(), place, "{filter}");
    }
}

#[test]
fn a_malformed_range_is_rejected_at_its_fault() {
    for (range, place) in [
        ("5", ""),
        ("[]", ""),
        ("[5]", "[0]"),
        (r#"["!=",5]"#, "[0]"),
        (r#"["="]"#, "[1]"),
        (r#"["=",null]"#, "[1]"),
        (r#"["=",1e309]"#, "[1]"),
        (r#"["=",5,"<",6]"#, "[2]"),
        (r#"["<",5,">",1]"#, "[2]"),
        (r#"[">",1,">",2]"#, "[2]"),
        (r#"[">",1,"=",2]"#, "[2]"),
        (r#"[">",1,"<"]"#, "[3]"),
        (r#"[">",1,"<",2,"<",3]"#, "[4]"),
        (r#"[">",2,"<",1]"#, ""),
        (r#"[">=",2,"<=",2]"#, ""),
    ] {
        let filter = format!(r#"{{"data":{{"n":[{{"numeric":{range}}}]}}}}"#);
        assert_eq!(rejected(&filter).place(), format!("data.n[0].numeric{place}"), "{range}");
    }
}

#[test]
fn a_field_with_an_operators_name_is_fine_outside_or() {
    assert!(wants(r#"{"data":{"prefix":["a"],"numeric":{"exists":[1]}}}"#, r#"{"prefix":"a","numeric":{"exists":1}}"#));
}

#[test]
fn a_filter_may_have_1024_bytes_and_no_more() {
    let filter = |bytes: usize| format!(r#"{{"event":["{}"]}}"#, "x".repeat(bytes - 14));
    assert_eq!(filter(1_024).len(), 1_024);
    assert!(Filter::parse(&filter(1_024)).is_ok());
    assert_eq!(rejected(&filter(1_025)).to_string(), "in the filter: 1025 bytes are too many; use at most 1024");
    assert!(Filter::parse(&format!("{}{}", " ".repeat(1_024), filter(20))).is_err(), "white space was sent, too");
}

#[test]
fn a_filter_may_have_six_levels_and_or_is_none() {
    assert!(Filter::parse(r#"{"data":{"b":{"c":{"d":{"e":{"f":[1]}}}}}}"#).is_ok());
    assert_eq!(rejected(r#"{"data":{"b":{"c":{"d":{"e":{"f":{"g":[1]}}}}}}}"#).place(), "data.b.c.d.e.f.g");
    let or =
        |field: &str| format!(r#"{{"data":{{"b":{{"c":{{"d":{{"$or":[{{"e":{{"f":{field}}}}},{{"e":[1]}}]}}}}}}}}}}"#);
    assert!(Filter::parse(&or("[1]")).is_ok());
    assert_eq!(rejected(&or(r#"{"g":[1]}"#)).place(), "data.b.c.d.$or[0].e.f.g");
}

#[test]
fn a_filter_may_have_fifty_leaves() {
    let list = |leaves: usize| vec!["1"; leaves].join(",");
    let filter = |leaves: usize| {
        let absent = r#"{"exists":false},{"anything-but":[1,2,3]}"#;
        format!(
            r#"{{"event":[{}],"$or":[{{"data":[{absent}]}},{{"data":{{"a":[{}]}}}}]}}"#,
            list(20),
            list(leaves - 22)
        )
    };
    assert!(Filter::parse(&filter(50)).is_ok());
    let message = "in the filter: 51 matchers are too many; use at most 50 in the whole filter";
    assert_eq!(rejected(&filter(51)).to_string(), message);
}

#[test]
fn a_filter_may_have_a_hundred_combinations() {
    let or = |branches: usize| {
        let branches: Vec<String> = (0..branches).map(|branch| format!(r#"{{"a":[{branch}]}}"#)).collect();
        format!(r#"{{"$or":[{}]}}"#, branches.join(","))
    };
    let filter = |last: usize| format!(r#"{{"data":{{"x":{},"y":{}}}}}"#, or(10), or(last));
    assert!(Filter::parse(&filter(10)).is_ok());
    assert!(rejected(&filter(11)).to_string().contains("use at most 100"));
    let data = |x: i32, y: i32| format!(r#"{{"x":{{"a":{x}}},"y":{{"a":{y}}}}}"#);
    assert!(wants(&filter(10), &data(9, 9)) && wants(&filter(10), &data(0, 9)));
    assert!(!wants(&filter(10), &data(0, 10)));
}
