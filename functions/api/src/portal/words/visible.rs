//! Text of others, with every character named that cannot be seen or that turns the text around.
//!
//! A receiver's response, a publisher's event id or a customer's name may hold control characters and bidirectional overrides. Hidden
//! ones would let a text look like another, so a page shows `U+202E` in their place.

use shared::domain::text::is_invisible;

use super::quantities::count;

/// A part of a text: as it is, or the name of a character in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_name: bool,
}

/// The text in pieces. Line feeds and tabs stay as they are: a page shows such text in a block that keeps them.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        if !is_named(char) {
            match pieces.last_mut() {
                Some(last) if !last.is_name => last.text.push(char),
                _ => pieces.push(Piece { text: char.to_string(), is_name: false }),
            }
            continue;
        }
        // A run of one character is one name, so that a text of nothing else stays short.
        let mut times: u64 = 1;
        while rest.next_if_eq(&char).is_some() {
            times = times.saturating_add(1);
        }
        let text = if times == 1 { name(char) } else { format!("{} ×{}", name(char), count(times)) };
        pieces.push(Piece { text, is_name: true });
    }
    pieces
}

/// The text in one string and on one line, for where no markup can be: titles, labels and messages.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' | '\r' => line.push(' '),
            char if is_named(char) => {
                line.push('‹');
                line.push_str(&name(char));
                line.push('›');
            }
            char => line.push(char),
        }
    }
    line
}

/// Whether a character is shown by its name. Joiners and variation selectors belong to ordinary words and emoji.
pub(crate) fn is_named(char: char) -> bool {
    match char {
        '\n' | '\t' | '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => false,
        '\u{2028}' | '\u{2029}' => true,
        char => char.is_control() || is_invisible(char),
    }
}

fn name(char: char) -> String {
    format!("U+{:04X}", u32::from(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        let mark = |piece: Piece| if piece.is_name { format!("[{}]", piece.text) } else { piece.text };
        pieces(text).into_iter().map(mark).collect()
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        for (text, shown) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("a\0b", "a[U+0000]b"),
            ("\u{1b}[31mred", "[U+001B][31mred"),
            ("cod\u{202e}gpj.exe", "cod[U+202E]gpj.exe"),
            ("\u{2066}x\u{2069}", "[U+2066]x[U+2069]"),
            ("zero\u{200b}width\u{feff}", "zero[U+200B]width[U+FEFF]"),
            ("line\u{2028}end\r\n", "line[U+2028]end[U+000D]\n"),
            ("\u{85}\u{7f}", "[U+0085][U+007F]"),
            ("\u{e0041}", "[U+E0041]"),
            ("👩‍💻 ❤️ نمی‌خواهم", "👩‍💻 ❤️ نمی‌خواهم"),
            ("", ""),
        ] {
            assert_eq!(marked(text), shown, "{text:?}");
        }
    }

    #[test]
    fn a_run_of_one_character_is_one_name() {
        assert_eq!(marked(&"\u{202e}".repeat(20_000)), "[U+202E ×20,000]");
        assert_eq!(pieces(&"\0\u{1}".repeat(3)).len(), 6);
    }

    #[test]
    fn a_line_has_no_breaks_and_no_hidden_characters() {
        assert_eq!(line("a\nb\tc\u{202e}d\0"), "a b c‹U+202E›d‹U+0000›");
        let all: String = (0..0x1_0000).filter_map(char::from_u32).collect();
        assert!(!line(&all).chars().any(|char| char == '\n' || is_named(char)));
    }
}
