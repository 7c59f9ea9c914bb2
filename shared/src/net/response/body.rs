//! The body: where it ends, and what it says until there.

use std::borrow::Cow;

use domain::attempt::excerpt::MAX_EXCERPT;

use super::fields::{Coding, Fields, Length};

/// How a body's end is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Framing {
    Length(u64),
    Chunked,
    /// It ends with its connection.
    UntilClose,
}

impl Framing {
    /// The framing of a response to POST (RFC 9112, section 6.3), and whether it is beyond doubt.
    ///
    /// What the RFC calls an error is read until the connection's end instead: the status has already decided.
    pub(super) fn new(status: u16, fields: &Fields<'_>) -> (Self, bool) {
        match (status, fields.coding, fields.length) {
            // A receiver that announces a body all the same may send it.
            (204 | 304, coding, length) => {
                (Self::Length(0), coding == Coding::Absent && matches!(length, Length::Absent | Length::Is(0)))
            }
            (_, Coding::Chunked, length) => (Self::Chunked, length == Length::Absent),
            (_, Coding::Absent, Length::Is(length)) => (Self::Length(length), true),
            (_, Coding::Absent | Coding::Other, _) => (Self::UntilClose, false),
        }
    }
}

/// What the bytes behind a head say so far.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::net) struct Content<'r> {
    /// At least the first `MAX_EXCERPT` bytes and one more, if they have come.
    pub bytes: Cow<'r, [u8]>,
    pub end: End,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum End {
    /// Behind this many bytes, framing included.
    At(usize),
    NotYet,
    /// Nobody can tell.
    Never,
}

/// Reads the beginning of a body.
pub(in crate::net) fn content(framing: Framing, received: &[u8]) -> Content<'_> {
    match framing {
        Framing::Length(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match received.get(..length) {
                Some(body) => Content { bytes: body.into(), end: End::At(length) },
                None => Content { bytes: received.into(), end: End::NotYet },
            }
        }
        Framing::Chunked => chunked(received),
        Framing::UntilClose => Content { bytes: received.into(), end: End::NotYet },
    }
}

fn chunked(received: &[u8]) -> Content<'_> {
    let mut bytes = Vec::new();
    let end =
        chunks(received, &mut bytes).map_or_else(|end| end, |rest| End::At(received.len().saturating_sub(rest.len())));
    Content { bytes: bytes.into(), end }
}

/// Collects chunks until the excerpt is full. Returns what follows the trailers.
fn chunks<'r>(mut rest: &'r [u8], bytes: &mut Vec<u8>) -> Result<&'r [u8], End> {
    loop {
        let (size, after) = line(rest).ok_or(End::NotYet)?;
        let size = chunk_size(size).ok_or(End::Never)?;
        if size == 0 {
            return after_trailers(after);
        }
        let come = after.get(..size).unwrap_or(after);
        let room = MAX_EXCERPT.saturating_add(1).saturating_sub(bytes.len());
        bytes.extend_from_slice(come.get(..room).unwrap_or(come));
        if bytes.len() > MAX_EXCERPT {
            return Err(End::NotYet);
        }
        let (empty, after) = after.get(size..).and_then(line).ok_or(End::NotYet)?;
        if !empty.is_empty() {
            return Err(End::Never);
        }
        rest = after;
    }
}

fn after_trailers(mut rest: &[u8]) -> Result<&[u8], End> {
    loop {
        let (trailer, after) = line(rest).ok_or(End::NotYet)?;
        if trailer.is_empty() {
            return Ok(after);
        }
        rest = after;
    }
}

/// The number before any extension.
fn chunk_size(line: &[u8]) -> Option<usize> {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_hex = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
    let size = std::str::from_utf8(size).ok().filter(|_| is_hex)?;
    usize::from_str_radix(size, 16).ok()
}

/// The first line, without its end, and what follows it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let feed = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(feed)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
