//! JSON with line breaks and indentation, every digit and escape as it was sent.
//!
//! It moves through the text byte by byte and never builds a value: no number passes through a double, nothing recurses, and text
//! that is no JSON comes out as far as it goes.

use std::fmt::Write;

use super::visible::is_named;

/// The most bytes of a payload that a page shows. Larger ones are downloaded.
pub(crate) const MAX_SHOWN: usize = 64 * 1_024;

/// The deepest level that is indented further. Deeper ones stay where they are, so that the text stays on the page.
const MAX_INDENT: usize = 20;

/// The beginning of a text, and whether there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) is_cut: bool,
}

/// The JSON text on one line, as it was sent. Characters that cannot be seen become JSON escapes, which mean the same.
pub(crate) fn raw(json: &str) -> Shown {
    let mut writer = Writer::default();
    for char in json.chars() {
        if !writer.push(char) {
            break;
        }
    }
    writer.shown
}

/// The JSON text indented.
pub(crate) fn indented(json: &str) -> Shown {
    let mut writer = Writer::default();
    let mut state = State::default();
    let mut rest = json.chars().peekable();
    while let Some(char) = rest.next() {
        let is_empty = matches!((char, rest.peek()), ('{', Some('}')) | ('[', Some(']')));
        if !state.step(char, is_empty, &mut writer) {
            break;
        }
    }
    writer.shown
}

/// Where in the JSON text the walk is.
#[derive(Default)]
struct State {
    depth: usize,
    in_string: bool,
    /// The character before was a backslash that escapes this one.
    is_escaped: bool,
    /// The character before opened an array or object that this one closes.
    is_empty: bool,
}

impl State {
    /// Writes one character with what belongs around it. Whether there is still room.
    fn step(&mut self, char: char, is_empty: bool, out: &mut Writer) -> bool {
        if self.in_string {
            self.in_string = char != '"' || self.is_escaped;
            self.is_escaped = char == '\\' && !self.is_escaped;
            return out.push(char);
        }
        match char {
            '"' => {
                self.in_string = true;
                out.push(char)
            }
            '{' | '[' => {
                self.depth = self.depth.saturating_add(1);
                self.is_empty = is_empty;
                out.push(char) && (is_empty || out.break_line(self.depth))
            }
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                let was_empty = std::mem::take(&mut self.is_empty);
                (was_empty || out.break_line(self.depth)) && out.push(char)
            }
            ',' => out.push(char) && out.break_line(self.depth),
            ':' => out.push(char) && out.push(' '),
            char if char.is_ascii_whitespace() => true,
            char => out.push(char),
        }
    }
}

/// Writes at most [`MAX_SHOWN`] bytes.
struct Writer {
    shown: Shown,
}

impl Default for Writer {
    fn default() -> Self {
        Self { shown: Shown { text: String::new(), is_cut: false } }
    }
}

impl Writer {
    fn push(&mut self, char: char) -> bool {
        // A line break is white space between tokens, and is shown as it is.
        if char != '\n' && is_named(char) {
            return self.push_escaped(char);
        }
        self.has_room(char.len_utf8()) && {
            self.shown.text.push(char);
            true
        }
    }

    fn push_escaped(&mut self, char: char) -> bool {
        let mut units = [0; 2];
        let units = char.encode_utf16(&mut units);
        let mut escaped = String::new();
        for unit in units {
            // Writing to a string never fails.
            let _written = write!(escaped, "\\u{unit:04x}");
        }
        self.has_room(escaped.len()) && {
            self.shown.text.push_str(&escaped);
            true
        }
    }

    fn break_line(&mut self, depth: usize) -> bool {
        let indent = depth.min(MAX_INDENT).saturating_mul(2);
        self.has_room(indent.saturating_add(1)) && {
            self.shown.text.push('\n');
            self.shown.text.extend(std::iter::repeat_n(' ', indent));
            true
        }
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        let fits = self.shown.text.len().saturating_add(bytes) <= MAX_SHOWN;
        self.shown.is_cut |= !fits;
        fits
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_is_indented_digit_for_digit() {
        for (json, lines) in [
            (r#"{"a":1,"b":[1,2]}"#, "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ]\n}"),
            (r#"{"a":{},"b":[]}"#, "{\n  \"a\": {},\n  \"b\": []\n}"),
            ("[12345678901234567890,1e400,1.10,-0.0]", "[\n  12345678901234567890,\n  1e400,\n  1.10,\n  -0.0\n]"),
            (r#"{"a\"{,}":"[\\\"]:"}"#, "{\n  \"a\\\"{,}\": \"[\\\\\\\"]:\"\n}"),
            (r#""only \\""#, r#""only \\""#),
            ("null", "null"),
            (r#"{ "a" : [ 1 ] }"#, "{\n  \"a\": [\n    1\n  ]\n}"),
            ("", ""),
        ] {
            assert_eq!(indented(json), Shown { text: lines.to_owned(), is_cut: false }, "{json}");
        }
    }

    #[test]
    fn hidden_characters_become_escapes_that_mean_the_same() {
        let json = "{\"a\u{202e}\":\"\u{7f}\u{e0041}\"}";
        for shown in [raw(json), indented(json)] {
            assert!(shown.text.is_ascii(), "{}", shown.text);
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(read(&shown.text), read(json));
        }
    }

    #[test]
    fn what_is_too_large_or_too_deep_stays_bounded() {
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        let wide = format!("[{}1]", "1,".repeat(130_000));
        let wide_and_deep = format!("{}{}1{}", "[".repeat(127), "1,".repeat(130_000), "]".repeat(127));
        let text = format!("\"{}\"", "é".repeat(100_000));
        let hostile = "[".repeat(262_144);
        for (json, is_cut) in [(deep, false), (wide, true), (wide_and_deep, true), (text, true), (hostile, true)] {
            let shown = indented(&json);
            assert!(shown.text.len() <= MAX_SHOWN);
            assert_eq!(shown.is_cut, is_cut, "{} bytes", json.len());
        }
        assert_eq!(raw(&"é".repeat(40_000)).text.len(), MAX_SHOWN);
    }

    #[test]
    fn no_text_breaks_it() {
        let nasty = "\\\"{[,:]}\u{202e}\n\\\\\"]]}}{\"\\";
        for (end, _) in nasty.char_indices() {
            for (start, _) in nasty.char_indices().take_while(|(start, _)| *start <= end) {
                let text = nasty.get(start..end).unwrap();
                assert!(indented(text).text.len() <= MAX_SHOWN);
                assert!(!raw(text).text.chars().any(|char| char != '\n' && is_named(char)), "{text:?}");
            }
        }
    }
}
