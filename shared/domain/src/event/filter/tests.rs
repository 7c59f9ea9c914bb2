mod documented;
mod hostile;
mod model;
mod rejected;

use super::*;

fn event_type(name: &str) -> EventType {
    EventType::parse(name).unwrap()
}

/// Whether a filter matches an event named `order.paid` with this data.
fn wants(filter: &str, data: &str) -> bool {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    filter.matches_stored(&event_type("order.paid"), data).unwrap()
}

/// Each row: a pattern for `data`, the data, and whether it matches.
#[track_caller]
fn check(rows: &[(&str, &str, bool)]) {
    for (pattern, data, expected) in rows {
        assert_eq!(wants(&format!(r#"{{"data":{pattern}}}"#), data), *expected, "{pattern} {data}");
    }
}

#[test]
fn any_number_of_matching_elements_is_enough() {
    check(&[
        (r#"{"a":[1]}"#, r#"{"a":[1,1]}"#, true),
        (r#"{"a":{"b":[1]}}"#, r#"{"a":[{"b":1},{"b":1}]}"#, true),
        (r#"{"a":{"$or":[{"b":[1]},{"b":[2]}]}}"#, r#"{"a":[{"b":1},{"b":1}]}"#, true),
        (r#"{"a":{"b":[1],"c":[2]}}"#, r#"{"a":[{"b":1,"c":2},{"b":1,"c":2}]}"#, true),
        (r#"{"a":{"b":[1],"c":[2]}}"#, r#"{"a":[{"b":1},{"c":2},{"b":1},{"c":2}]}"#, false),
    ]);
}

#[test]
fn as_many_combinations_as_one_walk_takes_are_all_looked_at() {
    let alternatives = |name: &str| {
        let alternatives: Vec<_> = (0..8).map(|n| format!(r#"{{"{name}":[{n}]}}"#)).collect();
        format!(r#""$or":[{}]"#, alternatives.join(","))
    };
    // 64 of them, and in each `a` must be 1.
    let pattern = format!(r#"{{"a":[1],{},"c":{{{}}}}}"#, alternatives("b"), alternatives("d"));
    for (a, b, d, expected) in [(1, 0, 7, true), (1, 7, 0, true), (1, 8, 0, false), (1, 0, 8, false), (2, 0, 0, false)]
    {
        check(&[(&pattern, &format!(r#"{{"a":{a},"b":{b},"c":{{"d":{d}}}}}"#), expected)]);
    }
}

#[test]
fn a_filter_is_equal_to_one_of_the_same_text() {
    let [one, same, other] =
        ["[1]", "[1]", "[2]"].map(|a| Filter::parse(&format!(r#"{{"data":{{"a":{a}}}}}"#)).unwrap());
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn the_event_type_is_filtered_like_a_string() {
    for (filter, expected) in [
        (r#"{"event":["order.paid"]}"#, true),
        (r#"{"event":[{"prefix":"order."}]}"#, true),
        (r#"{"event":[{"suffix":".sent"}]}"#, false),
        (r#"{"event":[{"exists":false}]}"#, false),
        (r#"{"event":{"paid":[{"exists":true}]}}"#, false),
        (r#"{"event":["order.paid"],"data":{"a":[2]}}"#, false),
        (r#"{"$or":[{"event":["order.sent"]},{"data":{"a":[1]}}]}"#, true),
        (r#"{"$or":[{"event":["order.sent"]},{"data":{"a":[2]}}]}"#, false),
    ] {
        assert_eq!(wants(filter, r#"{"a":1}"#), expected, "{filter}");
    }
}

#[test]
fn data_need_not_be_an_object() {
    check(&[
        ("[1]", "1", true),
        (r#"["a"]"#, r#"["b","a"]"#, true),
        ("[null]", "null", true),
        (r#"[{"exists":true}]"#, "false", true),
        (r#"[{"exists":true}]"#, "{}", false),
        (r#"{"a":[1]}"#, "1", false),
        (r#"{"a":[1]}"#, r#"[{"a":2},{"a":1}]"#, true),
    ]);
}

#[test]
fn numbers_compare_by_value() {
    check(&[
        (r#"{"n":[1.0]}"#, r#"{"n":1}"#, true),
        (r#"{"n":[1e2]}"#, r#"{"n":100}"#, true),
        (r#"{"n":[-0]}"#, r#"{"n":0}"#, true),
        (r#"{"n":[100.10]}"#, r#"{"n":100.1}"#, true),
        (r#"{"n":[0.30000000000000004]}"#, r#"{"n":0.3}"#, false),
        (r#"{"n":[1e300]}"#, r#"{"n":1e+300}"#, true),
        (r#"{"n":[9007199254740993]}"#, r#"{"n":9007199254740992}"#, true),
        (r#"{"n":[1]}"#, r#"{"n":"1"}"#, false),
        (r#"{"n":["1"]}"#, r#"{"n":1}"#, false),
        (r#"{"n":[{"numeric":["=",10e-1]}]}"#, r#"{"n":1}"#, true),
        (r#"{"n":[{"numeric":[">",5e9]}]}"#, r#"{"n":1e+200}"#, true),
        (r#"{"n":[{"numeric":["<",-5e9]}]}"#, r#"{"n":-5000000001}"#, true),
        (r#"{"n":[{"numeric":[">=",0]}]}"#, r#"{"n":"1"}"#, false),
        (r#"{"n":[{"anything-but":1.0}]}"#, r#"{"n":1}"#, false),
    ]);
}

#[test]
fn every_bound_of_a_range_is_in_or_out_as_written() {
    for (range, inside) in [
        (r#"["=",2]"#, [false, true, false]),
        (r#"["<",2]"#, [true, false, false]),
        (r#"["<=",2]"#, [true, true, false]),
        (r#"[">",2]"#, [false, false, true]),
        (r#"[">=",2]"#, [false, true, true]),
        (r#"[">",1,"<",3]"#, [false, true, false]),
        (r#"[">=",1,"<=",2]"#, [true, true, false]),
        (r#"[">",1,"<=",3]"#, [false, true, true]),
    ] {
        for (number, expected) in [1, 2, 3].into_iter().zip(inside) {
            check(&[(&format!(r#"{{"n":[{{"numeric":{range}}}]}}"#), &format!(r#"{{"n":{number}}}"#), expected)]);
        }
    }
}

#[test]
fn fields_of_a_way_match_in_one_element_however_they_meet() {
    let filter = r#"{"data":{"items":{"sku":["A"]}},"$or":[{"data":{"items":{"qty":[2]}}},{"event":["other"]}]}"#;
    assert!(wants(filter, r#"{"items":[{"sku":"B","qty":1},{"sku":"A","qty":2}]}"#));
    assert!(!wants(filter, r#"{"items":[{"sku":"B","qty":2},{"sku":"A","qty":1}]}"#));
    check(&[
        (r#"{"a":{"b":{"x":[1]},"y":[2]}}"#, r#"{"a":[{"b":[{"x":1}],"y":3},{"b":[{"x":0}],"y":2}]}"#, false),
        (r#"{"a":{"b":{"x":[1]},"y":[2]}}"#, r#"{"a":[{"b":[{"x":0},{"x":1}],"y":2}]}"#, true),
        (r#"{"a":{"x":[1],"y":[2]}}"#, r#"{"a":[[{"x":1}],[[{"y":2}],{"x":1,"y":2}]]}"#, true),
        (r#"{"a":{"x":[1],"y":[2]}}"#, r#"{"a":[[{"x":1},{"y":2}]]}"#, false),
        (r#"{"a":{"x":[1],"y":[2]}}"#, r#"{"a":[{"x":[1,3],"y":[3,2]}]}"#, true),
    ]);
}

#[test]
fn absence_in_an_array_is_that_of_the_chosen_object() {
    check(&[
        (r#"{"a":{"x":[{"exists":false}]}}"#, r#"{"a":[{"x":1},{"y":1}]}"#, false),
        (r#"{"a":{"x":[{"exists":false}]}}"#, r#"{"a":[{"y":1},{}]}"#, true),
        (r#"{"a":{"x":[{"exists":false}]}}"#, r#"{"a":[]}"#, true),
        (r#"{"a":{"x":[{"exists":false}]}}"#, r#"{"a":"text"}"#, true),
        (r#"{"a":{"x":[{"exists":false}]}}"#, "{}", true),
        (r#"{"a":{"x":[{"exists":false}],"y":[1]}}"#, r#"{"a":[{"x":1},{"y":1}]}"#, true),
        (r#"{"a":{"z":[{"exists":false}],"y":[1]}}"#, r#"{"a":[{"z":1},{"y":1}]}"#, true),
        (r#"{"a":{"x":[{"exists":false}],"y":[1]}}"#, r#"{"a":[{"x":1,"y":1},{}]}"#, false),
        (r#"{"a":{"x":[{"exists":false}],"y":[1]}}"#, r#"{"a":"text"}"#, false),
        (r#"{"a":{"x":[{"exists":false},5]}}"#, r#"{"a":[{"x":1},{"x":5}]}"#, true),
        (r#"{"a":{"x":[{"exists":false},5]}}"#, r#"{"a":[{"x":1},{"x":2}]}"#, false),
    ]);
}

#[test]
fn a_filter_keeps_its_text_without_white_space() {
    let filter = Filter::parse("{ \"data\" :\n{\"a b\": [ \"x \\\" y\", 1.50 , \"\\\\\" ] } }").unwrap();
    let text = r#"{"data":{"a b":["x \" y",1.50,"\\"]}}"#;
    assert_eq!(filter.as_str(), text);
    assert_eq!(Filter::parse(text), Ok(filter.clone()));
    let stored = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<String>(&stored).unwrap(), text);
    assert_eq!(serde_json::from_str::<Filter>(&stored).unwrap(), filter);
    assert!(serde_json::from_str::<Filter>(r#""{}""#).is_err());
}

#[test]
fn stored_data_that_is_no_json_is_an_error() {
    let filter = Filter::parse(r#"{"event":["order.paid"]}"#).unwrap();
    assert!(filter.matches_stored(&event_type("order.paid"), "{").is_err());
}
