//! What other programs read in JSON texts: one run of Node or Python for all of them.

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

/// Who reads the texts.
#[derive(Clone, Copy, Debug)]
pub enum Oracle {
    /// Reads numbers as doubles, and reports `JSON.stringify(JSON.parse(text))`.
    Node,
    /// Reads numbers as exact decimals, and reports a digest of the value.
    Python,
}

pub enum Verdict {
    /// The text is no JSON.
    Invalid,
    Valid {
        /// What in the text has no faithful canonical form.
        traits: Vec<Trait>,
        /// How the value is reported.
        report: String,
    },
}

impl Verdict {
    pub fn report(&self) -> Option<&str> {
        match self {
            Self::Valid { report, .. } => Some(report),
            Self::Invalid => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// A string with half of a surrogate pair.
    Surrogate,
    /// A number whose double is infinite.
    Range,
    /// A number whose double is printed with another decimal value.
    Unsafe,
}

/// One verdict for each text, in order.
pub fn verdicts(oracle: Oracle, texts: &[String]) -> io::Result<Vec<Verdict>> {
    let (program, script) = match oracle {
        Oracle::Node => ("node", concat!(env!("CARGO_MANIFEST_DIR"), "/canonical_json/oracle.mjs")),
        Oracle::Python => ("python3", concat!(env!("CARGO_MANIFEST_DIR"), "/canonical_json/oracle.py")),
    };
    let mut process = Command::new(program).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        // The script writes only after its input has ended, so neither side waits for the other.
        let framed: Vec<String> = texts.iter().map(|text| format!("{}\n{text}", text.len())).collect();
        stdin.write_all(framed.concat().as_bytes())?;
    }
    let output = process.wait_with_output()?;
    let lines = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    let verdicts = lines.lines().map(verdict).collect::<io::Result<Vec<_>>>()?;
    if !output.status.success() || verdicts.len() != texts.len() {
        return Err(io::Error::other(format!(
            "{program}: {} with {} verdicts for {} texts",
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
    let (traits, report) = line.split_once('\t').ok_or_else(unreadable)?;
    let traits = traits.split(',').filter(|name| *name != "-").map(|name| match name {
        "surrogate" => Ok(Trait::Surrogate),
        "range" => Ok(Trait::Range),
        "unsafe" => Ok(Trait::Unsafe),
        _ => Err(unreadable()),
    });
    Ok(Verdict::Valid { traits: traits.collect::<io::Result<_>>()?, report: report.to_owned() })
}
