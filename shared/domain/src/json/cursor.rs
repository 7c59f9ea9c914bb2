//! A place in a text, in bytes.

use super::JsonError;

pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    /// Steps over one byte. It must be ASCII, or the text after it could not be cut out.
    pub(super) fn step(&mut self) {
        self.offset = self.offset.saturating_add(1);
    }

    /// Steps over `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.step();
        }
        found
    }

    pub(super) fn is_at(&self, word: &str) -> bool {
        self.rest().starts_with(word.as_bytes())
    }

    /// Steps over `word` if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_at(word);
        if found {
            self.offset = self.offset.saturating_add(word.len());
        }
        found
    }

    /// Steps over `byte`, or says that `expected` should be here.
    pub(super) fn require(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(self.syntax(expected)) }
    }

    /// Steps over the bytes that are `wanted` and returns them. `wanted` must treat all bytes beyond ASCII alike.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.offset;
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
        self.offset = start.saturating_add(length);
        self.since(start)
    }

    /// Steps over the four kinds of white space JSON has.
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.step();
        }
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.offset).unwrap_or_default()
    }

    pub(super) fn syntax(&self, expected: &'static str) -> JsonError {
        JsonError::Syntax { offset: self.offset, expected }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.offset..).unwrap_or_default()
    }
}
