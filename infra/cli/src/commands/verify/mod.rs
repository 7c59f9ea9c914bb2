//! `posthorn verify`: checks the signatures of one request, and names the mistake that explains a wrong one.
//!
//! [`way`] lists how a signature can be made, and [`scheme`] says how a header's must be made. [`diagnosis`] compares, and [`report`] puts
//! the result into words.

pub mod diagnosis;
pub mod header;
mod report;
mod scheme;
pub mod way;

use std::{
    fs,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use shared::ambient;

use self::{
    diagnosis::{Verdict, verdict_of},
    header::Header,
    way::{Received, Scheme},
};
use crate::{
    exit::Exit,
    options::verify::Options,
    output::{NotWritten, Output},
};

/// The environment variable that holds the secret if no file is named.
const SECRET_VARIABLE: &str = "POSTHORN_SECRET";

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("no secret is given: use --secret-file, or set {SECRET_VARIABLE}")]
    NoSecret,
    #[error("the secret could not be read from {}", path.display())]
    SecretFile { path: PathBuf, source: io::Error },
    #[error("the secret is empty: check --secret-file or {SECRET_VARIABLE}")]
    EmptySecret,
    #[error("none of the headers given carries a signature: give one of {}", known.join(", "))]
    NoSignature { known: Vec<String> },
    #[error("{signature} cannot be checked without the header '{missing}': give it with --header")]
    MissingHeader { signature: String, missing: &'static str },
    #[error("the body could not be read from standard input")]
    Body(#[source] io::Error),
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

pub(crate) fn run(options: &Options, output: &mut Output<'_, impl Write>) -> Result<Exit, VerifyError> {
    let secret = secret(options.secret_file.as_deref())?;
    let signatures = signatures(&options.headers, &secret)?;
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body).map_err(VerifyError::Body)?;
    let value_of = |name| options.headers.iter().find(|header| header.name == name).map(|header| header.value.as_str());
    let received =
        Received { secret: &secret, id: value_of("webhook-id"), timestamp: value_of("webhook-timestamp"), body: &body };
    let mut exit = Exit::Done;
    for (header, schemes) in signatures {
        let verdict = verdict_of(&schemes, &header.value, &received);
        if verdict != Verdict::Matches {
            exit = Exit::Failed;
        }
        output.show(&report::text(&header.name, &verdict, &body), &report::json(&header.name, &verdict))?;
    }
    Ok(exit)
}

/// The secret from the file or the environment, without the newline that `echo` and editors put at the end.
fn secret(file: Option<&Path>) -> Result<String, VerifyError> {
    let secret = match file {
        Some(path) => {
            fs::read_to_string(path).map_err(|source| VerifyError::SecretFile { path: path.to_owned(), source })?
        }
        None => ambient::variable(SECRET_VARIABLE).ok_or(VerifyError::NoSecret)?,
    };
    let line = secret.strip_suffix('\n').unwrap_or(&secret);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() { Err(VerifyError::EmptySecret) } else { Ok(line.to_owned()) }
}

/// The headers that carry a signature, each with the schemes it may have.
fn signatures<'h>(headers: &'h [Header], secret: &str) -> Result<Vec<(&'h Header, Vec<Scheme>)>, VerifyError> {
    let with_schemes = headers.iter().map(|header| (header, scheme::schemes_of(&header.name, secret)));
    let found: Vec<_> = with_schemes.filter(|(_, schemes)| !schemes.is_empty()).collect();
    if found.is_empty() {
        return Err(VerifyError::NoSignature { known: scheme::signature_headers() });
    }
    let is_given = |name: &str| headers.iter().any(|header| header.name == name);
    for (header, schemes) in &found {
        let missing = schemes.iter().find_map(|scheme| scheme.needs().into_iter().find(|name| !is_given(name)));
        if let Some(missing) = missing {
            return Err(VerifyError::MissingHeader { signature: header.name.clone(), missing });
        }
    }
    Ok(found)
}
