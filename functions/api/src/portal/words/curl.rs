//! A request as a curl command that a customer pastes into a shell.
//!
//! URL, headers and body come from customers and publishers, so every one of them is quoted: nothing in them can end the quotes, begin
//! another command, name a file to read, or say something to the terminal.

use std::fmt::Write;

use super::visible::is_named;

/// The most bytes of a body that a command carries. A larger one is read from the downloaded payload.
const MAX_INLINE: usize = 16 * 1_024;

/// How the file of a downloaded payload is called.
pub(crate) const PAYLOAD_FILE: &str = "payload.json";

/// The command that sends such a request. The values of `headers` that must not be shown are masked already.
pub(crate) fn command<'a>(url: &str, headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: &str) -> String {
    // Without --globoff, curl would read brackets and braces in a URL as patterns.
    let mut command = format!("curl --globoff --request POST --url {}", quoted(url));
    for (name, value) in headers {
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push_str(" \\\n  --header ");
        command.push_str(&quoted(&header));
    }
    command.push_str(" \\\n  ");
    if body.len() > MAX_INLINE {
        command.push_str("--data-binary @");
        command.push_str(PAYLOAD_FILE);
    } else {
        // --data-raw takes a leading '@' literally.
        command.push_str("--data-raw ");
        command.push_str(&quoted(body));
    }
    command
}

/// One word of a shell command. Text with hidden characters is quoted as `$'…'`, which bash, zsh and ksh read.
fn quoted(text: &str) -> String {
    if text.chars().any(|char| is_named(char) || matches!(char, '\n' | '\t')) { escaped(text) } else { plain(text) }
}

/// Inside single quotes only the single quote means anything.
fn plain(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn escaped(text: &str) -> String {
    let mut word = String::from("$'");
    for char in text.chars() {
        match char {
            '\\' => word.push_str(r"\\"),
            '\'' => word.push_str(r"\'"),
            '\n' => word.push_str(r"\n"),
            '\t' => word.push_str(r"\t"),
            char if is_named(char) => {
                for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                    // Three octal digits always end an escape, whatever follows. Writing to a string never fails.
                    let _written = write!(word, "\\{byte:03o}");
                }
            }
            char => word.push(char),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_command_names_url_headers_and_body() {
        let headers = [("content-type", "application/json"), ("x-token", "••••7f3a"), ("x-empty", "")];
        let expected = r#"curl --globoff --request POST --url 'https://example.com/h?a=[1]' \
  --header 'content-type: application/json' \
  --header 'x-token: ••••7f3a' \
  --header 'x-empty;' \
  --data-raw '{"it":"isn'\''t"}'"#;
        assert_eq!(command("https://example.com/h?a=[1]", headers, r#"{"it":"isn't"}"#), expected);
    }

    #[test]
    fn a_large_body_is_read_from_the_download() {
        let body = "x".repeat(MAX_INLINE + 1);
        assert!(command("https://example.com/", [], &body).ends_with("--data-binary @payload.json"));
    }

    /// What a shell makes of the command, word for word.
    fn words(command: &str) -> Vec<String> {
        let script = command.replacen("curl ", r"printf '%s\0' ", 1);
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim_end_matches('\0').split('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_reads_hostile_values_as_they_are() {
        for hostile in [
            "$(touch /tmp/x) `id` ; rm -rf / & | > < \" \\",
            "'; echo gone; '",
            "\u{1b}[201~\recho pasted\n",
            "tab\tand\nline 'quoted' \\' 123",
            "right \u{202e}to left \u{7f}7",
            "@/etc/passwd",
            "!! !$ ~ * ? [a] {a,b} #",
            "é 中 😀",
        ] {
            let url = format!("https://example.com/{hostile}");
            let expected = [
                "--globoff",
                "--request",
                "POST",
                "--url",
                &url,
                "--header",
                &format!("x-a: {hostile}"),
                "--data-raw",
                hostile,
            ];
            let command = command(&url, [("x-a", hostile)], hostile);
            assert_eq!(words(&command), expected, "{hostile:?}");
            let shows_hidden = command.chars().any(|char| char != '\n' && is_named(char));
            assert!(!shows_hidden, "{command:?}");
        }
    }
}
