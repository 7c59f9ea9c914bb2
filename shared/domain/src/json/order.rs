//! The order in which JavaScript lists the members of an object: keys that are array indices first, ascending, then the
//! others in the order they first appeared. A key given twice keeps its first place and its last value.

use std::ops::Range;

/// Where a member stands in the output. Key and value are canonical, so equal keys are equal bytes.
pub(super) struct Member {
    pub(super) key: Range<usize>,
    /// The end of the value; the member begins with its key.
    pub(super) end: usize,
}

impl Member {
    /// The key, still in quotes.
    fn key<'a>(&self, out: &'a str) -> &'a [u8] {
        out.as_bytes().get(self.key.clone()).unwrap_or_default()
    }

    fn text<'a>(&self, out: &'a str) -> &'a str {
        out.get(self.key.start..self.end).unwrap_or_default()
    }

    fn place(&self, out: &str) -> Place {
        array_index(self.key(out)).map_or(Place::Named(self.key.start), Place::Index)
    }
}

/// Sorts as JavaScript lists.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Index(u32),
    /// By the offset at which the key first appeared.
    Named(usize),
}

/// Brings the members at the end of `out` into order. They are separated by commas, and nothing follows them.
pub(super) fn arrange(out: &mut String, members: &[Member]) {
    let Some(first) = members.first() else { return };
    if members.iter().any(|member| array_index(member.key(out)).is_some()) || any_twice(out, members) {
        let arranged = arranged(out, members);
        out.truncate(first.key.start);
        out.push_str(&arranged);
    }
}

fn any_twice(out: &str, members: &[Member]) -> bool {
    let mut keys: Vec<&[u8]> = members.iter().map(|member| member.key(out)).collect();
    keys.sort_unstable();
    !keys.is_sorted_by(|a, b| a < b)
}

fn arranged(out: &str, members: &[Member]) -> String {
    let mut by_key: Vec<&Member> = members.iter().collect();
    // Stable: among equal keys the first stays first, the last stays last.
    by_key.sort_by_key(|member| member.key(out));
    let mut listed: Vec<(Place, &str)> = by_key
        .chunk_by(|a, b| a.key(out) == b.key(out))
        .filter_map(|same| Some((same.first()?.place(out), same.last()?.text(out))))
        .collect();
    listed.sort_unstable();
    listed.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(",")
}

/// The index a quoted key spells, if it is an array index (ECMA-262, 6.1.7): 0 to 4294967294, without leading zeros.
fn array_index(key: &[u8]) -> Option<u32> {
    match key {
        b"\"0\"" => Some(0),
        [b'"', digits @ .., b'"'] if matches!(digits, [b'1'..=b'9', ..]) => {
            let index = str::from_utf8(digits).ok()?.parse().ok()?;
            (index < u32::MAX).then_some(index)
        }
        _ => None,
    }
}
