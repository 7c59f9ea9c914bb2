//! The headers that mean something to the sender. Lines that are no header are passed over.

use domain::attempt::kept::KeptHeaders;

/// What the headers of one response say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields<'h> {
    /// The first `retry-after`.
    pub retry_after: Option<&'h [u8]>,
    pub length: Length,
    pub coding: Coding,
    pub asks_to_close: bool,
}

/// What `content-length` says, in all its lines.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    #[default]
    Absent,
    Is(u64),
    /// Two different ones, or no number.
    Unclear,
}

/// What `transfer-encoding` says, in all its lines.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    #[default]
    Absent,
    /// `chunked` comes last, as it must.
    Chunked,
    Other,
}

impl<'h> Fields<'h> {
    /// Reads a whole head, whose first line is the status line.
    pub fn read(head: &'h [u8]) -> Self {
        lines(head).fold(Self::default(), |mut fields, line| {
            fields.take(line);
            fields
        })
    }

    fn take(&mut self, line: &'h [u8]) {
        let Some((name, value)) = name_and_value(line) else { return };
        if name.eq_ignore_ascii_case(b"content-length") {
            self.length = tokens(value).fold(self.length, Length::and);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.coding = tokens(value).fold(self.coding, Coding::and);
        } else if name.eq_ignore_ascii_case(b"connection") {
            self.asks_to_close |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"close"));
        } else if name.eq_ignore_ascii_case(b"retry-after") {
            self.retry_after.get_or_insert(value);
        }
    }
}

/// The headers of a head that help to find out why a request failed.
pub(super) fn kept(head: &[u8]) -> KeptHeaders {
    lines(head).filter_map(name_and_value).fold(KeptHeaders::default(), |mut kept, (name, value)| {
        kept.offer(name, value);
        kept
    })
}

/// The lines behind the status line.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (_, mut rest) = logical_line(head);
    std::iter::from_fn(move || {
        let (line, after) = (!rest.is_empty()).then(|| logical_line(rest))?;
        rest = after;
        Some(line)
    })
}

fn name_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

impl Length {
    fn and(self, value: &[u8]) -> Self {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let length = std::str::from_utf8(value).ok().filter(|_| is_number).and_then(|value| value.parse().ok());
        match (self, length) {
            (Self::Absent, Some(length)) => Self::Is(length),
            (Self::Is(before), Some(length)) if before == length => self,
            _ => Self::Unclear,
        }
    }
}

impl Coding {
    fn and(self, value: &[u8]) -> Self {
        if value.eq_ignore_ascii_case(b"identity") {
            self
        } else if value.eq_ignore_ascii_case(b"chunked") {
            Self::Chunked
        } else {
            Self::Other
        }
    }
}

/// A line with the folded lines that continue it, and what follows it.
fn logical_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let feeds = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at.saturating_add(1));
    let mut ends = feeds.filter(|end| !matches!(bytes.get(*end), Some(b' ' | b'\t')));
    ends.next().and_then(|end| bytes.split_at_checked(end)).unwrap_or((bytes, &[]))
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// The value as one line of printable ASCII, or nothing.
pub(super) fn text(value: &[u8]) -> Option<String> {
    let words: Vec<&str> = std::str::from_utf8(value).ok()?.split_ascii_whitespace().collect();
    let text = words.join(" ");
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ').then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(headers: &str) -> Fields<'_> {
        Fields::read(headers.as_bytes())
    }

    #[test]
    fn broken_header_lines_hide_no_others() {
        for lines in [
            "retry-after: 9\r\n",
            "RETRY-AFTER:9\n",
            "retry-after : 9\r\n",
            "retry-after:\r\n 9\r\n",
            "no colon\r\nretry-after: 9\r\n",
            ": no name\r\nretry-after: 9\r\n",
            "x-latin: caf\u{e9} \u{1}\0\r\nretry-after:\t9 \r\n",
            "x-folded: a\r\n\tretry-after: 7\r\nretry-after: 9\r\n",
            "retry-after: 9\r\nretry-after: 10\r\n",
        ] {
            let head = format!("HTTP/1.1 503 Busy\r\n folded: reason\r\n{lines}\r\n");
            assert_eq!(fields(&head).retry_after.and_then(text).as_deref(), Some("9"), "{lines:?}");
        }
    }

    #[test]
    fn lengths_codings_and_connections_add_up() {
        let (length, coding) = (Length::Is(2), Coding::Absent);
        let plain = Fields { length, coding, ..Fields::default() };
        for (lines, expected) in [
            ("content-length: 2", plain),
            ("content-length: 2, 2\ncontent-length: 2", Fields { length, ..Fields::default() }),
            ("content-length: 2\ncontent-length: 3", Fields { length: Length::Unclear, ..Fields::default() }),
            ("content-length: +2", Fields { length: Length::Unclear, ..Fields::default() }),
            ("content-length: 99999999999999999999", Fields { length: Length::Unclear, ..Fields::default() }),
            ("transfer-encoding: gzip, Chunked", Fields { coding: Coding::Chunked, ..Fields::default() }),
            ("transfer-encoding: chunked, gzip", Fields { coding: Coding::Other, ..Fields::default() }),
            ("transfer-encoding: identity", Fields::default()),
            ("connection: x, Close", Fields { asks_to_close: true, ..Fields::default() }),
            ("connection: keep-alive", Fields::default()),
        ] {
            assert_eq!(fields(&format!("HTTP/1.1 200\n{lines}\n\n")), expected, "{lines}");
        }
    }
}
