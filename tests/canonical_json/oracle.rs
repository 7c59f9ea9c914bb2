//! What JavaScript itself reads in JSON texts, and how it prints them: one run of Node for all of them.

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

pub enum Verdict {
    /// `JSON.parse` throws.
    Invalid,
    Valid {
        /// What in the text has no faithful canonical form.
        traits: Vec<Trait>,
        /// `JSON.stringify(JSON.parse(text))`.
        printed: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// A string with half of a surrogate pair.
    Surrogate,
    /// A number that JavaScript reads as infinite.
    Range,
    /// An integer that JavaScript prints with another value.
    Unsafe,
}

/// One verdict for each text, in order.
pub fn verdicts(texts: &[String]) -> io::Result<Vec<Verdict>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/canonical_json/oracle.mjs");
    let mut node = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = node.stdin.take() {
        // The script writes only after its input has ended, so neither side waits for the other.
        let framed: Vec<String> = texts.iter().map(|text| format!("{}\n{text}", text.len())).collect();
        stdin.write_all(framed.concat().as_bytes())?;
    }
    let output = node.wait_with_output()?;
    let lines = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    let verdicts = lines.lines().map(verdict).collect::<io::Result<Vec<_>>>()?;
    if !output.status.success() || verdicts.len() != texts.len() {
        return Err(io::Error::other(format!(
            "{} with {} verdicts for {} texts",
            output.status,
            verdicts.len(),
            texts.len()
        )));
    }
    Ok(verdicts)
}

fn verdict(line: &str) -> io::Result<Verdict> {
    if line == "invalid" {
        return Ok(Verdict::Invalid);
    }
    let unreadable = || io::Error::other(format!("this line is no verdict: {line}"));
    let (traits, printed) = line.split_once('\t').ok_or_else(unreadable)?;
    let traits = traits.split(',').filter(|name| *name != "-").map(|name| match name {
        "surrogate" => Ok(Trait::Surrogate),
        "range" => Ok(Trait::Range),
        "unsafe" => Ok(Trait::Unsafe),
        _ => Err(unreadable()),
    });
    Ok(Verdict::Valid { traits: traits.collect::<io::Result<_>>()?, printed: printed.to_owned() })
}
