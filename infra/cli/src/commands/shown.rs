//! What the API returned, for people: one line for each thing in a list, the whole object where one is asked for.

use std::io::Write;

use serde_json::Value;
use shared::domain::text::is_invisible;

use crate::{
    client::ClientError,
    output::{NotWritten, Output},
};

/// Why a command that calls the API failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{what} could not be shown, and cannot be shown again: {advice}")]
    NotShown { what: &'static str, advice: &'static str, source: NotWritten },
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
    #[error("the event's data could not be read: check --data-file")]
    NoData(#[source] std::io::Error),
    #[error("the event's data is not JSON: check --data")]
    NotJson(#[source] serde_json::Error),
    #[error("no webhook is named: use --webhook")]
    NoWebhook,
}

/// Shows an object: for people indented, for programs on one line.
pub(crate) fn object(output: &mut Output<'_, impl Write>, value: &Value) -> Result<(), NotWritten> {
    output.show(&format!("{value:#}"), value)
}

/// Shows one thing of a list, for people by these of its fields.
pub(crate) fn row(output: &mut Output<'_, impl Write>, value: &Value, fields: &[&str]) -> Result<(), NotWritten> {
    output.show(&line(value, fields), value)
}

/// Fields side by side. A field that is null or absent is a dash, so that every line has the same columns.
fn line(value: &Value, fields: &[&str]) -> String {
    let text = |field: &&str| match value.get(*field) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => printable(text),
        Some(Value::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    fields.iter().map(text).collect::<Vec<_>>().join("  ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), printable)
}

/// Text of others on one line. What a terminal would obey, or what hides, is replaced.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() || is_invisible(char) { '\u{fffd}' } else { char }).collect()
}

/// The things on a page, and the cursor of the next one.
pub(crate) fn page(value: &Value) -> (&[Value], Option<&str>) {
    let items = value["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    (items, value["nextCursor"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_line_of_a_list_has_the_same_columns() {
        let value = json!({"id": "wh_1", "name": null, "events": ["a", "b"], "attempts": 3});
        assert_eq!(line(&value, &["id", "name", "events", "attempts", "none"]), "wh_1  -  a,b  3  -");
    }

    #[test]
    fn a_line_holds_nothing_that_a_terminal_obeys() {
        let value = json!({"user": "é\u{1b}[2J\nann\u{9b}\u{202e}", "events": ["a\r"]});
        assert_eq!(line(&value, &["user", "events"]), "é\u{fffd}[2J\u{fffd}ann\u{fffd}\u{fffd}  a\u{fffd}");
    }
}
