//! The status line and the headers.

use domain::attempt::{
    kept::KeptHeaders,
    outcome::{MAX_RESPONSE_HEAD, ProtocolFault, is_success},
};

use super::{
    body::Framing,
    fields::{Fields, kept, text},
};

/// The most bytes, from the beginning of a status line, within which the status code must have come.
const MAX_STATUS: usize = 64;

/// How every status line begins.
const PROTOCOL: &[u8] = b"http/";

/// What the sender needs to know of a response's head.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::net) struct Head {
    pub status: u16,
    pub retry_after: Option<String>,
    /// What helps to find out why the request failed.
    pub kept: KeptHeaders,
    pub framing: Framing,
    /// Whether the connection may carry another request once the body has ended.
    pub is_reusable: bool,
}

/// Reads a head from a growing buffer. It looks at each byte a bounded number of times, however slowly the bytes come.
#[derive(Debug, Default)]
pub(in crate::net) struct HeadReader {
    /// Where the current head begins, behind interim responses.
    start: usize,
    /// Where the search for the head's end goes on.
    searched: usize,
}

impl HeadReader {
    /// The final head and where it ends, as soon as `received` holds it. Interim responses (1xx) are skipped.
    pub fn advance(&mut self, received: &[u8]) -> Result<Option<(Head, usize)>, ProtocolFault> {
        let found = self.find(received)?;
        let end = found.as_ref().map_or(received.len(), |(_, end)| *end);
        if end > MAX_RESPONSE_HEAD { Err(ProtocolFault::HeadersTooLarge) } else { Ok(found) }
    }

    fn find(&mut self, received: &[u8]) -> Result<Option<(Head, usize)>, ProtocolFault> {
        loop {
            self.skip_blank(received);
            let Some(status) = StatusLine::read(received.get(self.start..).unwrap_or_default())? else {
                return Ok(None);
            };
            let Some(end) = self.end(received) else { return Ok(None) };
            if status.is_interim() {
                self.start = end;
                continue;
            }
            let head = received.get(self.start..end).unwrap_or_default();
            return Ok(Some((Head::new(status, head), end)));
        }
    }

    /// Some servers leave an empty line between two responses.
    fn skip_blank(&mut self, received: &[u8]) {
        let rest = received.get(self.start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.start = self.start.saturating_add(blank);
        self.searched = self.searched.max(self.start);
    }

    /// Where the head ends: behind the first empty line, whether its lines end with CRLF or LF.
    fn end(&mut self, received: &[u8]) -> Option<usize> {
        loop {
            let rest = received.get(self.searched..)?;
            let Some(line) = rest.iter().position(|byte| *byte == b'\n') else {
                self.searched = received.len();
                return None;
            };
            match rest.get(line.saturating_add(1)..)? {
                [b'\n', ..] => return Some(self.searched.saturating_add(line).saturating_add(2)),
                [b'\r', b'\n', ..] => return Some(self.searched.saturating_add(line).saturating_add(3)),
                // The end may be cut in two: the search goes on at this line feed.
                [] | [b'\r'] => {
                    self.searched = self.searched.saturating_add(line);
                    return None;
                }
                [_, ..] => self.searched = self.searched.saturating_add(line).saturating_add(1),
            }
        }
    }
}

impl Head {
    fn new(line: StatusLine, head: &[u8]) -> Self {
        let fields = Fields::read(head);
        let (framing, is_sound) = Framing::new(line.status, &fields);
        Self {
            status: line.status,
            retry_after: fields.retry_after.and_then(text),
            kept: if is_success(line.status) { KeptHeaders::default() } else { kept(head) },
            framing,
            is_reusable: is_sound && line.is_http_1_1 && !fields.asks_to_close,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct StatusLine {
    status: u16,
    is_http_1_1: bool,
}

impl StatusLine {
    /// Reads `HTTP/1.1 200` in any case, of any version and with any blanks. Whatever follows the code is ignored.
    fn read(bytes: &[u8]) -> Result<Option<Self>, ProtocolFault> {
        let begin = bytes.get(..MAX_STATUS).unwrap_or(bytes);
        match status_line(begin) {
            Step::Is(line) => Ok(Some(line)),
            Step::MoreNeeded if begin.len() < MAX_STATUS => Ok(None),
            Step::MoreNeeded | Step::IsNone => Err(ProtocolFault::NotHttp),
        }
    }

    /// Whether another response follows. After 101 none does, as nobody asked for another protocol.
    fn is_interim(self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

enum Step {
    Is(StatusLine),
    MoreNeeded,
    IsNone,
}

fn status_line(bytes: &[u8]) -> Step {
    let (protocol, after_protocol) = bytes.split_at_checked(PROTOCOL.len()).unwrap_or((bytes, &[]));
    let is_http = PROTOCOL.get(..protocol.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(protocol));
    let (version, rest) = split_while(after_protocol, |byte| byte.is_ascii_digit() || byte == b'.');
    let (blanks, rest) = split_while(rest, |byte| matches!(byte, b' ' | b'\t'));
    let (code, rest) = split_while(rest, |byte| byte.is_ascii_digit());
    let is_odd = !is_http || (version.is_empty() && !after_protocol.is_empty()) || code.len() > 3;
    let is_whole = !blanks.is_empty() && code.len() == 3 && !rest.is_empty();
    match number(code).filter(|status| is_whole && *status >= 100) {
        _ if is_odd => Step::IsNone,
        Some(status) => Step::Is(StatusLine { status, is_http_1_1: version == b"1.1" }),
        None if rest.is_empty() => Step::MoreNeeded,
        None => Step::IsNone,
    }
}

fn split_while(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let length = bytes.iter().take_while(|byte| belongs(**byte)).count();
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

fn number(digits: &[u8]) -> Option<u16> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
