//! The grammar of RFC 8259, written out as it is read.

use super::cursor::Cursor;
use super::order::{self, Member};
use super::{DEPTH_LIMIT, JsonError, UnsafeNumbers, number, string};

pub(super) fn canonical(text: &str, unsafe_numbers: UnsafeNumbers) -> Result<String, JsonError> {
    let out = String::with_capacity(text.len());
    let mut walk = Walk { cursor: Cursor::new(text), out, members: Vec::new(), unsafe_numbers };
    walk.cursor.skip_space();
    walk.value(0)?;
    walk.cursor.skip_space();
    if walk.cursor.peek().is_some() {
        return Err(walk.cursor.syntax("the end of the text"));
    }
    Ok(walk.out)
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    out: String,
    /// The members so far of every object that is open, the innermost one's last.
    members: Vec<Member>,
    unsafe_numbers: UnsafeNumbers,
}

impl Walk<'_> {
    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.cursor.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => string::copy(&mut self.cursor, &mut self.out),
            Some(b'-' | b'0'..=b'9') => number::copy(&mut self.cursor, &mut self.out, self.unsafe_numbers),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<(), JsonError> {
        let word = ["true", "false", "null"].into_iter().find(|word| self.cursor.eat_word(word));
        self.out.push_str(word.ok_or_else(|| self.no_value())?);
        Ok(())
    }

    fn no_value(&self) -> JsonError {
        // Nobody can see a byte order mark, so it is named.
        let marked = self.cursor.is_at("\u{feff}");
        self.cursor.syntax(if marked { "a JSON value instead of a byte order mark" } else { "a JSON value" })
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        let depth = self.open('[', depth)?;
        if !self.cursor.eat(b']') {
            self.value(depth)?;
            while self.another(b']', "a comma or ]")? {
                self.value(depth)?;
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        let depth = self.open('{', depth)?;
        let outer = self.members.len();
        if !self.cursor.eat(b'}') {
            self.member(depth)?;
            while self.another(b'}', "a comma or }")? {
                self.member(depth)?;
            }
        }
        order::arrange(&mut self.out, self.members.get(outer..).unwrap_or_default());
        self.members.truncate(outer);
        self.out.push('}');
        Ok(())
    }

    fn member(&mut self, depth: usize) -> Result<(), JsonError> {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.syntax("a key in double quotes"));
        }
        let start = self.out.len();
        string::copy(&mut self.cursor, &mut self.out)?;
        let key = start..self.out.len();
        self.cursor.skip_space();
        self.cursor.require(b':', "a colon")?;
        self.out.push(':');
        self.cursor.skip_space();
        self.value(depth)?;
        self.members.push(Member { key, end: self.out.len() });
        Ok(())
    }

    /// Steps into an array or object, to its first element or its end, and returns the depth inside.
    fn open(&mut self, bracket: char, depth: usize) -> Result<usize, JsonError> {
        if depth >= DEPTH_LIMIT {
            return Err(JsonError::TooDeep { offset: self.cursor.offset(), limit: DEPTH_LIMIT });
        }
        self.cursor.step();
        self.out.push(bracket);
        self.cursor.skip_space();
        Ok(depth.saturating_add(1))
    }

    /// After an element: steps to the next one, or past the closing bracket and returns false.
    fn another(&mut self, closing: u8, expected: &'static str) -> Result<bool, JsonError> {
        self.cursor.skip_space();
        if self.cursor.eat(closing) {
            return Ok(false);
        }
        self.cursor.require(b',', expected)?;
        self.out.push(',');
        self.cursor.skip_space();
        Ok(true)
    }
}
