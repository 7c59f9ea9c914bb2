//! A client's own words inside an error message: short and printable.

/// The most characters of a client's text that an error message repeats.
const MAX_QUOTE: usize = 64;

pub(crate) fn shortened(text: &str) -> String {
    let printable = text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char });
    let mut short: String = printable.take(MAX_QUOTE).collect();
    if text.chars().count() > MAX_QUOTE {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_unprintable_text_is_cut_and_cleaned() {
        for (text, expected) in [
            ("click", "click".to_owned()),
            ("a\nb\0", "a\u{fffd}b\u{fffd}".to_owned()),
            (&"é".repeat(64), "é".repeat(64)),
            (&"é".repeat(65), format!("{}…", "é".repeat(64))),
        ] {
            assert_eq!(shortened(text), expected, "{text:?}");
        }
    }
}
