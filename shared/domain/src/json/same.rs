//! Whether two canonical texts are the same content: the order of an object's members says nothing.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::push_quoted;

/// Whether two texts in canonical form differ at most in the order of members.
pub fn same_content(one: &str, other: &str) -> bool {
    one == other || (one.len() == other.len() && sorted(one) == sorted(other))
}

/// A text in canonical form with the members of every object in one order.
pub fn sorted(canonical: &str) -> String {
    let mut out = String::with_capacity(canonical.len());
    push_sorted(canonical, &mut out);
    out
}

fn push_sorted(text: &str, out: &mut String) {
    // Neither branch fails for canonical JSON; a text that is none stays as it is. Nesting is limited by the canonical form.
    if text.starts_with('{')
        && let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text)
    {
        push_all(members.into_iter().map(|(name, value)| (Some(name), value.get())), ('{', '}'), out);
    } else if text.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text)
    {
        push_all(items.into_iter().map(|item| (None, item.get())), ('[', ']'), out);
    } else {
        out.push_str(text);
    }
}

fn push_all<'t>(parts: impl Iterator<Item = (Option<String>, &'t str)>, (open, close): (char, char), out: &mut String) {
    out.push(open);
    for (index, (name, value)) in parts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(name) = name {
            push_quoted(out, &name);
            out.push(':');
        }
        push_sorted(value, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sorted_is_still_json() {
        let sorted_again = sorted(r#"[{"b":[1,2,3],"a":{"d":null,"c":"x"}},"{b,a}"]"#);
        assert_eq!(sorted_again, r#"[{"a":{"c":"x","d":null},"b":[1,2,3]},"{b,a}"]"#);
    }

    #[test]
    fn only_the_order_of_members_is_no_content() {
        for (one, other, same) in [
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
            (r#"[{"x":{"a":[1],"b":null}}]"#, r#"[{"x":{"b":null,"a":[1]}}]"#, true),
            (r#"{"\u0001":1,"é":2}"#, r#"{"é":2,"\u0001":1}"#, true),
            (r#"{"a":1,"b":2}"#, r#"{"a":2,"b":1}"#, false),
            ("[1,2]", "[2,1]", false),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
            ("9007199254740993", "9007199254740992", false),
            (r#""{b,a}""#, r#""{a,b}""#, false),
        ] {
            assert_eq!(same_content(one, other), same, "{one} {other}");
        }
    }
}
