//! A JSON object in the making, from what was typed. What is no number stays a text, for the API's rules to refuse.

use serde_json::{Value, value::RawValue};

/// Members in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Object(Vec<String>);

impl Object {
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.0.push(format!("{}:{json}", quoted(name)));
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quoted(value));
    }

    pub(super) fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    pub(super) fn list(&mut self, name: &str, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.raw(name, &format!("[{}]", values.join(",")));
    }

    /// An object of texts, and of names that are null. A name that was typed twice stays twice.
    pub(super) fn object(&mut self, name: &str, members: &[(String, String)], nulls: &[&str]) {
        let mut object = Self::default();
        for (name, value) in members {
            object.text(name, value);
        }
        for name in nulls {
            object.null(name);
        }
        self.raw(name, &object.finish());
    }

    pub(super) fn finish(&self) -> String {
        format!("{{{}}}", self.0.join(","))
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// JSON as it was typed, or what is wrong with it.
pub(super) fn raw(text: &str) -> Result<String, String> {
    RawValue::from_string(text.to_owned()).map(|raw| raw.get().to_owned()).map_err(|error| error.to_string())
}

/// A number as it was typed.
pub(super) fn number(text: &str) -> String {
    let is_number = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    // JSON has no number with zeros in front.
    let digits = text.trim_start_matches('0');
    if is_number { if digits.is_empty() { "0".to_owned() } else { digits.to_owned() } } else { quoted(text) }
}

/// Numbers with commas or blanks between them. `None` if there are none.
pub(super) fn numbers(text: &str) -> Option<String> {
    let numbers: Vec<String> = text.split([',', ' ', '\n', '\t']).filter(|part| !part.is_empty()).map(number).collect();
    (!numbers.is_empty()).then(|| format!("[{}]", numbers.join(",")))
}

/// Headers, one a line. A line without a colon is a name without a value.
pub(super) fn headers(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        (name.trim().to_owned(), value.trim().to_owned())
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_as_a_number_is_one_and_all_else_stays_text() {
        for (text, json) in [("5", "5"), ("007", "7"), ("0", "0"), ("5s", "\"5s\""), ("", "\"\""), ("1e3", "\"1e3\"")] {
            assert_eq!(number(text), json, "{text}");
        }
        assert_eq!(numbers("5, 300\n1800").as_deref(), Some("[5,300,1800]"));
        assert_eq!(numbers(" , "), None);
    }

    #[test]
    fn headers_are_lines_whose_first_colon_counts() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers("a: b:c\n\n  d :e \nf"), [pair("a", "b:c"), pair("d", "e"), pair("f", "")]);
    }

    #[test]
    fn text_cannot_leave_its_member() {
        let mut object = Object::default();
        object.text("a\"", "\"},{\"\n\0");
        object.object("h", &[("x".to_owned(), "y".to_owned())], &["z"]);
        let value: Value = serde_json::from_str(&object.finish()).unwrap();
        assert_eq!(value, serde_json::json!({"a\"": "\"},{\"\n\0", "h": {"x": "y", "z": null}}));
    }

    #[test]
    fn only_one_json_value_is_json() {
        assert_eq!(raw(r#"{"a": [1.50]}"#).as_deref(), Ok(r#"{"a": [1.50]}"#));
        for text in ["{", "{} {}", "nonsense", r#"{},"rateLimit":null"#] {
            assert!(raw(text).is_err(), "{text}");
        }
    }
}
