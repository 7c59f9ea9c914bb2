//! The filter against a model that knows no tree: data becomes a list of leaves, each with the elements of arrays that it is in, and a
//! filter becomes the list of all its combinations. Every choice of one leaf for each field is tried.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Which element of which array, by the array's number.
type Elements = BTreeMap<usize, usize>;

#[derive(Clone)]
struct Found {
    path: Vec<String>,
    value: Value,
    elements: Elements,
}

#[derive(Default)]
struct Flattening {
    found: Vec<Found>,
    arrays: usize,
}

impl Flattening {
    fn add(&mut self, path: &[String], value: &Value, elements: &Elements) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.add(&[path, std::slice::from_ref(name)].concat(), value, elements);
                }
            }
            Value::Array(items) => {
                let mut flat = Vec::new();
                flatten(items, &mut flat);
                self.arrays += 1;
                let array = self.arrays;
                for (index, item) in flat.into_iter().enumerate() {
                    let mut elements = elements.clone();
                    // Only an object is an element that fields can share.
                    if item.is_object() {
                        elements.insert(array, index);
                    }
                    self.add(path, item, &elements);
                }
            }
            _ => self.found.push(Found { path: path.to_vec(), value: value.clone(), elements: elements.clone() }),
        }
    }
}

fn flatten<'v>(items: &'v [Value], flat: &mut Vec<&'v Value>) {
    for item in items {
        match item {
            Value::Array(items) => flatten(items, flat),
            _ => flat.push(item),
        }
    }
}

/// One field of a combination: one matcher of its array.
#[derive(Clone)]
struct Asked {
    path: Vec<String>,
    matcher: Value,
}

/// All combinations: of one alternative of each `$or`, and of one matcher of each array.
fn combinations(pattern: &Value, path: &[String]) -> Vec<Vec<Asked>> {
    let mut all = vec![vec![]];
    for (name, value) in pattern.as_object().unwrap() {
        let inside = [path, std::slice::from_ref(name)].concat();
        let parts: Vec<Vec<Asked>> = match value {
            Value::Array(items) if name == "$or" => items.iter().flat_map(|item| combinations(item, path)).collect(),
            Value::Array(items) => {
                let asked = |matcher: &Value| vec![Asked { path: inside.clone(), matcher: matcher.clone() }];
                items.iter().map(asked).collect()
            }
            _ => combinations(value, &inside),
        };
        all = all.iter().flat_map(|one| parts.iter().map(move |part| [one.clone(), part.clone()].concat())).collect();
    }
    all
}

fn holds(matcher: &Value, value: &Value) -> bool {
    if let Some(prefix) = matcher["prefix"].as_str() {
        return value.as_str().is_some_and(|text| text.starts_with(prefix));
    }
    match &matcher["anything-but"] {
        Value::Null => {}
        Value::Array(list) => return list.iter().all(|excluded| excluded != value),
        excluded => return excluded != value,
    }
    if let Some(range) = matcher["numeric"].as_array() {
        return value.as_f64().is_some_and(|number| number > range[1].as_f64().unwrap());
    }
    matcher["exists"] == json!(true) || matcher == value
}

fn consistent(one: &Elements, other: &Elements) -> bool {
    one.iter().all(|(array, index)| other.get(array).is_none_or(|found| found == index))
}

/// Chooses a leaf for each field that must be there, and then looks whether what must be absent is.
fn satisfied(present: &[Asked], absent: &[Asked], found: &[Found], chosen: &Elements) -> bool {
    let Some((first, rest)) = present.split_first() else {
        let stands_there =
            |asked: &Asked| found.iter().any(|leaf| leaf.path == asked.path && consistent(chosen, &leaf.elements));
        return !absent.iter().any(stands_there);
    };
    found.iter().filter(|leaf| leaf.path == first.path && holds(&first.matcher, &leaf.value)).any(|leaf| {
        let mut all = chosen.clone();
        all.extend(leaf.elements.clone());
        consistent(chosen, &leaf.elements) && satisfied(rest, absent, found, &all)
    })
}

fn model(filter: &Value, event: &Value) -> bool {
    let mut flattening = Flattening::default();
    flattening.add(&[], event, &Elements::new());
    combinations(filter, &[]).into_iter().any(|asked| {
        let (absent, present): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|asked| asked.matcher["exists"] == json!(false));
        satisfied(&present, &absent, &flattening.found, &Elements::new())
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn scalar() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!(1), json!(2), json!("x"), json!("xy"), json!(null), json!(true)])
}

fn data() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            2 => prop::collection::btree_map(name(), inner.clone(), 0..4).prop_map(|members| json!(members)),
            3 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

fn matchers() -> impl Strategy<Value = Value> {
    let matcher = prop_oneof![
        3 => scalar(),
        3 => Just(json!({"exists": false})),
        1 => Just(json!({"exists": true})),
        1 => Just(json!({"prefix": "x"})),
        1 => Just(json!({"anything-but": "x"})),
        1 => Just(json!({"anything-but": [1, 2]})),
        1 => Just(json!({"numeric": [">", 1]})),
    ];
    prop::collection::vec(matcher, 1..3).prop_map(Value::Array)
}

fn pattern() -> impl Strategy<Value = Value> {
    let object = |inner: BoxedStrategy<Value>| {
        let fields = prop::collection::btree_map(name(), inner, 1..3).prop_map(|fields| json!(fields)).boxed();
        let or = prop::option::weighted(0.4, prop::collection::vec(fields.clone(), 2..4));
        (fields, or).prop_map(|(mut fields, or)| {
            if let Some(or) = or {
                fields["$or"] = Value::Array(or);
            }
            fields
        })
    };
    matchers().prop_recursive(3, 12, 3, move |inner| object(inner.boxed())).boxed()
}

/// The data's part, alone, with the event or in an alternative that meets it again.
fn filter() -> impl Strategy<Value = Value> {
    (pattern(), pattern(), 0..3).prop_map(|(one, other, shape)| match shape {
        0 => json!({"data": one}),
        1 => json!({"data": one, "event": [{"prefix": "order."}]}),
        _ => json!({"data": one, "$or": [{"event": ["other"]}, {"data": other}]}),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_filter_matches_what_the_model_matches(filter in filter(), data in data()) {
        let Ok(parsed) = Filter::parse(&filter.to_string()) else { return Ok(()) };
        let expected = model(&filter, &json!({"event": "order.paid", "data": data}));
        let found = parsed.matches_stored(&event_type("order.paid"), &data.to_string()).unwrap();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_makes_a_filter_panic(text in r#"[\[\]{}:,"$or eventdata01.-]{0,60}"#) {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(filter.as_str()), Ok(filter));
        }
    }
}
