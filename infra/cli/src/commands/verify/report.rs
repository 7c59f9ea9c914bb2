//! A verdict in words, and as JSON.

use serde_json::{Value, json};

use super::{
    diagnosis::{Mistake, Verdict},
    way::{Content, Encoding, Key},
};

const UNEXPLAINED: &str = "No usual mistake explains it. Check three things:
- the secret is the one of this webhook, and it was not rotated since;
- the headers and the body are of the same request;
- the body is byte for byte what was received: JSON that was parsed and printed again has other bytes.";

const UNREADABLE: &str =
    "The header has no signature that can be read: a signature is 64 hex digits, or the base64 of 32 bytes.";

/// What to print for people.
pub(super) fn text(header: &str, verdict: &Verdict, body: &[u8]) -> String {
    let explained = match verdict {
        Verdict::Matches => return format!("{header} matches."),
        Verdict::Mistaken(mistakes) => {
            let lines: Vec<String> = mistakes.iter().map(|mistake| format!("\n- {}", sentence(mistake))).collect();
            format!("This explains it:{}", lines.concat())
        }
        Verdict::Unexplained if body.is_empty() => {
            "The body is empty: give the body of the request on standard input.".to_owned()
        }
        Verdict::Unexplained => UNEXPLAINED.to_owned(),
        Verdict::Unreadable => UNREADABLE.to_owned(),
    };
    format!("{header} does not match. {explained}")
}

/// What to print for programs.
pub(super) fn json(header: &str, verdict: &Verdict) -> Value {
    let (result, mistakes) = match verdict {
        Verdict::Matches => ("matches", [].as_slice()),
        Verdict::Mistaken(mistakes) => ("mistaken", mistakes.as_slice()),
        Verdict::Unexplained => ("unexplained", [].as_slice()),
        Verdict::Unreadable => ("unreadable", [].as_slice()),
    };
    let mistakes: Vec<Value> =
        mistakes.iter().map(|mistake| json!({ "mistake": name(mistake), "message": sentence(mistake) })).collect();
    json!({ "header": header, "matches": *verdict == Verdict::Matches, "result": result, "mistakes": mistakes })
}

fn name(mistake: &Mistake) -> &'static str {
    match mistake {
        Mistake::Prefix { .. } => "prefix",
        Mistake::Encoding { .. } => "encoding",
        Mistake::Key { .. } => "key",
        Mistake::Content { .. } => "content",
        Mistake::NewlineInBody => "newlineInBody",
        Mistake::NewlineSigned => "newlineSigned",
    }
}

fn sentence(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Prefix { found, expected } => match (found.as_str(), expected.as_str()) {
            ("", expected) => format!("Nothing is written before the signature. Write '{expected}' before it."),
            (found, "") => format!("'{found}' is written before the signature. Write nothing before it."),
            (found, expected) => format!("'{found}' is written before the signature. Write '{expected}' before it."),
        },
        Mistake::Encoding { found, expected } => {
            format!("The signature is written in {}. Write it in {}.", encoding(*found), encoding(*expected))
        }
        Mistake::Key { found, expected } => format!("The key is {}. Use {}.", key(*found), key(*expected)),
        Mistake::Content { found, expected } => {
            format!("The signature covers {}. Sign {}.", content(*found), content(*expected))
        }
        Mistake::NewlineInBody => {
            "The body given here ends with a newline that was not signed. Use the body's bytes as they were received.".to_owned()
        }
        Mistake::NewlineSigned => {
            "A newline was signed after the body, and the body given here does not end with it. Use the body's bytes as they were received."
                .to_owned()
        }
    }
}

fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64OfHex => "base64 of its hex digits",
    }
}

fn key(key: Key) -> &'static str {
    match key {
        Key::Text => "the whole secret as text",
        Key::Decoded => "the bytes decoded from the base64 after 'whsec_'",
        Key::TextAfterPrefix => "the text after 'whsec_', not decoded",
        Key::TextAndNewline => "the secret with a newline at its end",
    }
}

fn content(content: Content) -> &'static str {
    match content {
        Content::Body => "the body alone",
        Content::IdTimestampBody => "id.timestamp.body: webhook-id, webhook-timestamp and the body, joined by dots",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_reported_with_what_to_do() {
        let mistakes = vec![
            Mistake::Encoding { found: Encoding::Hex, expected: Encoding::Base64 },
            Mistake::Key { found: Key::Text, expected: Key::Decoded },
        ];
        let verdict = Verdict::Mistaken(mistakes);
        assert_eq!(
            text("webhook-signature", &verdict, b"{}"),
            "webhook-signature does not match. This explains it:
- The signature is written in hex. Write it in base64.
- The key is the whole secret as text. Use the bytes decoded from the base64 after 'whsec_'."
        );
        let json = json("webhook-signature", &verdict);
        assert_eq!((&json["matches"], &json["result"]), (&Value::from(false), &Value::from("mistaken")));
        assert_eq!(json["mistakes"][1]["mistake"], "key");
    }

    #[test]
    fn an_empty_body_is_reported_before_anything_else() {
        assert!(text("h", &Verdict::Unexplained, b"").contains("The body is empty"));
        assert!(text("h", &Verdict::Unexplained, b"{}").contains("rotated"));
        assert!(text("h", &Verdict::Unreadable, b"").contains("64 hex digits"));
        assert_eq!(text("h", &Verdict::Matches, b""), "h matches.");
    }
}
