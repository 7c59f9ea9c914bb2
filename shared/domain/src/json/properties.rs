use proptest::prelude::*;

use super::UnsafeNumbers::{Keep, Refuse};
use super::*;

fn refuse(text: &str) -> Result<String, JsonError> {
    CanonicalJson::parse(text, Refuse).map(CanonicalJson::into_string)
}

/// Texts that are mostly JSON, made of pieces that meet in awkward ways.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"",
        "\\",
        "\\u",
        "d83d",
        "de00",
        "null",
        "true",
        "-",
        "0",
        "1",
        "9",
        ".",
        "e",
        "E+",
        "\"a\"",
        "\"a\":",
        "\"1\":",
        "\"0\":",
        "\"\\u0061\":",
        "9007199254740993",
        "é",
        "\u{1}",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// JSON texts with keys that repeat, escape and look like indices.
fn document() -> impl Strategy<Value = String> {
    let key =
        prop::sample::select(vec!["a", "b", "\\u0061", "0", "1", "01", "10", "4294967294", "4294967295", "é", ""]);
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u128>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
    ];
    let string = any::<String>().prop_map(|text| {
        let mut out = String::new();
        push_quoted(&mut out, &text);
        out
    });
    let leaf = prop_oneof![number, string, Just(" null".to_owned()), Just("true ".to_owned())];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let member = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\" : {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec(member, 0..30).prop_map(|members| format!("{{{}}}", members.join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_no_form_changes_again(text in prop_oneof![soup(), any::<String>()]) {
        for policy in [Keep, Refuse] {
            if let Ok(json) = CanonicalJson::parse(&text, policy) {
                prop_assert_eq!(CanonicalJson::parse(json.as_str(), policy), Ok(json));
            }
        }
    }

    #[test]
    fn a_document_is_kept_and_its_form_never_changes_again(text in document()) {
        let json = CanonicalJson::parse(&text, Keep).unwrap();
        prop_assert_eq!(CanonicalJson::parse(json.as_str(), Keep), Ok(json.clone()));
        match CanonicalJson::parse(&text, Refuse) {
            Ok(strict) => prop_assert_eq!(strict, json),
            Err(error) => prop_assert!(matches!(error, JsonError::UnsafeNumber { .. }), "{error}"),
        }
    }

    #[test]
    fn the_tree_reads_what_has_a_canonical_form(text in prop_oneof![soup(), document()]) {
        match (CanonicalJson::parse(&text, Keep), Json::parse(&text)) {
            (Ok(_), tree) => prop_assert!(tree.is_ok()),
            (Err(JsonError::NumberOutOfRange { .. }), _) => {}
            (Err(_), tree) => prop_assert!(tree.is_err()),
        }
    }

    #[test]
    fn indices_are_sorted_and_names_keep_their_order(keys in prop::collection::hash_set("[0-9]{1,11}|[a-c0]{1,3}", 0..40)) {
        let members: Vec<String> = keys.iter().map(|key| format!("\"{key}\":0")).collect();
        let is_index = |key: &&String| key.parse::<u32>().is_ok_and(|index| index < u32::MAX && index.to_string() == **key);
        let (mut indices, names): (Vec<_>, Vec<_>) = keys.iter().partition(is_index);
        indices.sort_by_key(|index| index.parse::<u32>().unwrap());
        let expected: Vec<String> = [indices, names].concat().iter().map(|key| format!("\"{key}\":0")).collect();
        prop_assert_eq!(refuse(&format!("{{{}}}", members.join(","))), Ok(format!("{{{}}}", expected.join(","))));
    }

    #[test]
    fn every_string_survives_quoting(text in any::<String>()) {
        let mut quoted = String::new();
        push_quoted(&mut quoted, &text);
        prop_assert_eq!(refuse(&quoted), Ok(quoted.clone()));
        let escaped: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        prop_assert_eq!(refuse(&format!("\"{}\"", escaped.concat())), Ok(quoted));
    }
}
