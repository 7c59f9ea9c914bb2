//! The beginning of a response body, as text that any log, terminal or database can take.

/// The most bytes of a response body that are kept.
pub const MAX_EXCERPT: usize = 1_024;

/// The beginning of a response body, in at most [`MAX_EXCERPT`] bytes.
///
/// Invalid UTF-8 and control characters (line feeds and tabs apart) become U+FFFD. A character cut in half at the end is dropped.
pub fn excerpt(body: &[u8]) -> String {
    let (kept, cut) = match body.get(..MAX_EXCERPT) {
        Some(kept) => (kept, body.len() > MAX_EXCERPT),
        None => (body, false),
    };
    let kept = if cut { without_partial_char(kept) } else { kept };
    let printable = |char: char| if matches!(char, '\n' | '\t' | '\r') { char } else { without_control(char) };
    let mut excerpt = String::with_capacity(kept.len());
    for char in String::from_utf8_lossy(kept).chars().map(printable) {
        // U+FFFD takes three bytes, so a body of other bytes would grow.
        if excerpt.len().saturating_add(char.len_utf8()) > MAX_EXCERPT {
            break;
        }
        excerpt.push(char);
    }
    excerpt
}

/// One line of text: control characters and what is not UTF-8 become U+FFFD.
pub(super) fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().map(without_control).collect()
}

fn without_control(char: char) -> char {
    if char.is_control() { '\u{fffd}' } else { char }
}

fn without_partial_char(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()).unwrap_or(bytes),
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_keeps_a_kibibyte_and_no_half_character() {
        let long = "é".repeat(600);
        assert_eq!(excerpt(long.as_bytes()), "é".repeat(512));
        let odd = format!("x{long}");
        assert_eq!(excerpt(odd.as_bytes()), format!("x{}", "é".repeat(511)));
    }

    #[test]
    fn only_a_character_that_the_excerpt_itself_cut_is_dropped() {
        let long = format!("x{}", "🦀".repeat(256));
        let whole = format!("x{}", "🦀".repeat(255));
        assert_eq!(excerpt(long.as_bytes()), whole, "its last three bytes are a part of a character");
        assert_eq!(excerpt(&long.as_bytes()[..MAX_EXCERPT]), format!("{whole}\u{fffd}"), "the body itself ends so");
        let invalid = [b"\xff", "x".repeat(MAX_EXCERPT).as_bytes()].concat();
        assert_eq!(excerpt(&invalid), format!("\u{fffd}{}", "x".repeat(MAX_EXCERPT - 3)), "invalid at its beginning");
    }

    #[test]
    fn an_excerpt_holds_no_nul_and_no_terminal_escape() {
        assert_eq!(excerpt(b"a\0b\x1b[31mred\xff\n"), "a\u{fffd}b\u{fffd}[31mred\u{fffd}\n");
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_excerpt(body: Vec<u8>) {
            let text = excerpt(&body);
            prop_assert!(text.len() <= MAX_EXCERPT);
            prop_assert!(!text.contains('\0'));
        }
    }
}
