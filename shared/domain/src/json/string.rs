//! Strings as `JSON.stringify` quotes them: only what must be escaped is, everything else stays UTF-8.

use std::borrow::Cow;

use super::JsonError;
use super::cursor::Cursor;

/// Quotes one string as `JSON.stringify` would and appends it to `out`.
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut cursor = Cursor::new(text);
    loop {
        out.push_str(cursor.take_while(is_plain));
        let Some(byte) = cursor.peek() else { break };
        push_char(out, char::from(byte));
        cursor.step();
    }
    out.push('"');
}

/// Reads a string, quotes included, and appends its canonical spelling to `out`.
pub(super) fn copy(cursor: &mut Cursor, out: &mut String) -> Result<(), JsonError> {
    cursor.require(b'"', "a string")?;
    out.push('"');
    loop {
        out.push_str(cursor.take_while(is_plain));
        match cursor.peek() {
            Some(b'"') => break,
            Some(b'\\') => push_char(out, unescape(cursor)?),
            Some(_) => return Err(cursor.syntax("an escape in place of a raw control character")),
            None => return Err(cursor.syntax("a closing quote")),
        }
    }
    cursor.step();
    out.push('"');
    Ok(())
}

/// Reads a string, quotes included, and returns what it says. Without an escape nothing is copied.
pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Cow<'t, str>, JsonError> {
    cursor.require(b'"', "a string")?;
    let mut said = Cow::Borrowed(cursor.take_while(is_plain));
    while !cursor.eat(b'"') {
        match cursor.peek() {
            Some(b'\\') => said.to_mut().push(unescape(cursor)?),
            Some(_) => return Err(cursor.syntax("an escape in place of a raw control character")),
            None => return Err(cursor.syntax("a closing quote")),
        }
        said.to_mut().push_str(cursor.take_while(is_plain));
    }
    Ok(said)
}

/// Whether a byte stands for itself inside quotes.
fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

fn push_char(out: &mut String, character: char) {
    match character {
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\0'..'\u{20}' => push_control(out, character),
        _ => out.push(character),
    }
}

/// A control character without a short escape: `\u00` and two lower-case hexadecimal digits.
fn push_control(out: &mut String, character: char) {
    out.push_str(if character < '\u{10}' { "\\u000" } else { "\\u001" });
    out.extend(char::from_digit(u32::from(character) & 0xf, 16));
}

/// Reads one escape, from its backslash.
fn unescape(cursor: &mut Cursor) -> Result<char, JsonError> {
    let offset = cursor.offset();
    cursor.step();
    let character = match cursor.peek() {
        Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(quoted),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unicode(cursor, offset),
        _ => return Err(cursor.syntax(r#"one of " \ / b f n r t u after the backslash"#)),
    };
    cursor.step();
    Ok(character)
}

/// Reads `uXXXX`, and the escape after it where the two make one character.
fn unescape_unicode(cursor: &mut Cursor, offset: usize) -> Result<char, JsonError> {
    cursor.step();
    let first = code_unit(cursor)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Ok(character);
    }
    if !cursor.eat_word("\\u") {
        return Err(JsonError::LoneSurrogate { offset });
    }
    let second = code_unit(cursor)?;
    char::decode_utf16([first, second]).next().and_then(Result::ok).ok_or(JsonError::LoneSurrogate { offset })
}

fn code_unit(cursor: &mut Cursor) -> Result<u16, JsonError> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = cursor.peek().and_then(|byte| char::from(byte).to_digit(16));
        let digit = digit.ok_or_else(|| cursor.syntax("four hexadecimal digits after \\u"))?;
        unit = (unit << 4) | digit;
        cursor.step();
    }
    // Four digits always fit.
    Ok(u16::try_from(unit).unwrap_or(u16::MAX))
}
