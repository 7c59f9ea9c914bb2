//! Random JSON texts, most of them valid, with everything that makes canonical forms hard: numbers near the limits of a double,
//! keys that are indices, nearly indices, repeated or escaped, every spelling of a character, whitespace, damage.

/// `SplitMix64`: small, and the same texts from the same seed on every machine.
pub struct Generator(u64);

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "id",
    "é",
    "😀",
    "",
    " ",
    "\u{2028}",
    "\n",
    "\"",
    "/",
    "__proto__",
    "constructor",
    "toJSON",
    "length",
    "0",
    "1",
    "2",
    "9",
    "10",
    "11",
    "00",
    "01",
    "-0",
    "-1",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "0x1",
    "４",
    "42",
    "99999",
    "4294967293",
    "4294967294",
    "4294967295",
    "4294967296",
    "42949672940",
    "9007199254740990",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551615",
];

const DAMAGE: &[&str] = &[
    "", ",", ":", "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud800", "\\uDC00", "0", "-", "+", ".", "e", "1", " ",
    "\u{a0}", "\u{feff}", "\u{b}", "\t", "\0", "'", "//", "nul", "NaN", "Infinity", "é",
];

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn document(&mut self) -> String {
        let mut out = String::new();
        self.space(&mut out);
        let depth = self.below(6);
        self.value(&mut out, depth);
        self.space(&mut out);
        if self.one_in(6) { self.damaged(&out) } else { out }
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).map_or(0, |n| n % limit)
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn space(&mut self, out: &mut String) {
        while self.one_in(4) {
            out.push(self.pick(&[' ', '\n', '\r', '\t']));
        }
    }

    fn value(&mut self, out: &mut String, depth: usize) {
        match self.below(if depth == 0 { 4 } else { 10 }) {
            0 => out.push_str(self.pick(&["true", "false", "null"])),
            1 => self.string(out),
            2 | 3 => self.number(out),
            4 | 5 => self.list(out, ['[', ']'], |this, out| this.value(out, depth - 1)),
            _ => self.list(out, ['{', '}'], |this, out| this.member(out, depth - 1)),
        }
    }

    fn list(&mut self, out: &mut String, brackets: [char; 2], mut item: impl FnMut(&mut Self, &mut String)) {
        out.push(brackets[0]);
        self.space(out);
        let length = if self.one_in(40) { 30 } else { self.below(5) };
        for at in 0..length {
            out.push_str(if at == 0 { "" } else { "," });
            self.space(out);
            item(self, out);
            self.space(out);
        }
        out.push(brackets[1]);
    }

    fn member(&mut self, out: &mut String, depth: usize) {
        match self.below(8) {
            0 => self.string(out),
            1 => {
                let index = self.below(1000).to_string();
                self.quoted(out, &index);
            }
            _ => {
                let key = self.pick(KEYS);
                self.quoted(out, key);
            }
        }
        self.space(out);
        out.push(':');
        self.space(out);
        self.value(out, depth);
    }

    fn string(&mut self, out: &mut String) {
        let length = self.below(8);
        let text: String = (0..length).map(|_| self.character()).collect();
        self.quoted(out, &text);
    }

    fn character(&mut self) -> char {
        let limit = self.pick(&[0x20, 0x80, 0x80, 0x100, 0x3000, 0x1_0000, 0x11_0000]);
        let code = u32::try_from(self.below(limit)).unwrap_or_default();
        char::from_u32(code).unwrap_or('\u{2029}')
    }

    /// Any of the spellings of a string, and rarely half of a surrogate pair.
    fn quoted(&mut self, out: &mut String, text: &str) {
        out.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' | '/' if self.one_in(2) => out.extend(['\\', character]),
                '\n' if self.one_in(2) => out.push_str("\\n"),
                '\u{8}' if self.one_in(2) => out.push_str("\\b"),
                '\0'..='\u{1f}' | '"' | '\\' => self.escaped(out, character),
                _ if self.one_in(8) => self.escaped(out, character),
                _ => out.push(character),
            }
        }
        if self.one_in(400) {
            out.push_str(self.pick(&["\\ud800", "\\uDFFF", "\\udc00\\ud800", "\\ud83d\\n"]));
        }
        out.push('"');
    }

    fn escaped(&mut self, out: &mut String, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let digits = format!("{unit:04x}");
            out.push_str("\\u");
            out.push_str(&if self.one_in(2) { digits } else { digits.to_uppercase() });
        }
    }

    fn damaged(&mut self, text: &str) -> String {
        let at = self.below(text.chars().count() + 1);
        let cut = self.pick(&[0, 0, 1, 3, usize::MAX]);
        let head = text.chars().take(at);
        let tail = text.chars().skip(at.saturating_add(cut));
        head.chain(self.pick(DAMAGE).chars()).chain(tail).collect()
    }
}
