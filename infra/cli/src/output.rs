//! What a command prints: text for people, or one JSON object a line for programs.

use std::io::{self, Write};

use serde_json::Value;

/// For whom the output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// Where a command prints.
#[derive(Debug)]
pub struct Output<'w, W> {
    writer: &'w mut W,
    format: Format,
}

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the output could not be written")]
pub struct NotWritten(#[from] io::Error);

impl<'w, W: Write> Output<'w, W> {
    pub fn new(writer: &'w mut W, format: Format) -> Self {
        Self { writer, format }
    }

    /// Prints one result, in the format that was asked for. It is flushed, because a later step may fail or be interrupted.
    pub fn show(&mut self, text: &str, json: &Value) -> Result<(), NotWritten> {
        match self.format {
            Format::Text => writeln!(self.writer, "{text}")?,
            Format::Json => writeln!(self.writer, "{json}")?,
        }
        Ok(self.writer.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_format_decides_what_is_printed() {
        for (format, expected) in [(Format::Text, "one\n"), (Format::Json, "{\"n\":1}\n")] {
            let mut written = Vec::new();
            Output::new(&mut written, format).show("one", &json!({ "n": 1 })).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }

    #[test]
    fn a_result_that_cannot_be_written_is_an_error() {
        let mut full: &mut [u8] = &mut [0; 4];
        assert!(Output::new(&mut full, Format::Text).show("phk_1", &json!({})).is_err());
    }
}
