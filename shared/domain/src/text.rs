//! Characters that a reader cannot see.
//!
//! Two texts that look the same must be the same, or the person who compares them is misled. So a text that somebody compares by
//! eye, such as a secret or a host name, must not contain these.

use std::ops::RangeInclusive;

/// The default-ignorable code points of Unicode, which are shown as nothing, and U+2800 and U+FFF9 to U+FFFB, which look like it.
const INVISIBLE: [RangeInclusive<char>; 18] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Whether a character is shown as nothing at all. White space and control characters are not among these.
pub fn is_invisible(character: char) -> bool {
    INVISIBLE.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_shown_as_nothing_are_found() {
        for invisible in ['\u{ad}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}', '\u{fe0f}', '\u{feff}', '\u{e0041}']
        {
            assert!(is_invisible(invisible), "{}", invisible.escape_unicode());
        }
    }

    #[test]
    fn characters_that_are_seen_are_not_invisible() {
        for visible in ['a', ' ', 'é', 'ß', '中', '😀', '\u{301}', '\u{2010}', '\u{fffd}'] {
            assert!(!is_invisible(visible), "{}", visible.escape_unicode());
        }
    }
}
