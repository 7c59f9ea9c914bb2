//! `posthorn verify`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::verify::header::{self, Header};

/// What `posthorn verify --help` begins with.
pub(super) const ABOUT: &str = "Check a webhook's signature, and find the mistake if it does not match.

Give the secret, the headers of one request and, on standard input, its body, byte for byte as it was received. The command \
computes the signature and compares. If they differ, it tries the usual mistakes and reports the one that explains the difference. \
Those are hex or base64, the secret as text or decoded, the body alone or `id.timestamp.body`, and a newline at the end. \
Give the headers that Posthorn sent, or the signature that your own code computed.";

const AFTER_HELP: &str = "Example:
  posthorn verify --secret-file secret.txt --header 'webhook-id: dlv_1' --header 'webhook-timestamp: 1614265330' \\
    --header 'webhook-signature: v1,…' < body.json

Every signature header given is checked: `webhook-signature`, which needs `webhook-id` and `webhook-timestamp`, and those of the \
profiles, such as `x-awsys-signature` and `x-webhook-signature`. Other headers are ignored. The age of the timestamp is not checked.

Exit codes: 0 if every signature matches, 1 if one does not match, 2 if nothing could be checked.";

#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub struct Options {
    /// The file with the webhook's secret. One newline at its end is ignored. Default: the environment variable `POSTHORN_SECRET`
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// A header of the request. Repeat it for each header
    #[arg(long = "header", short = 'H', required = true, value_name = "NAME: VALUE", value_parser = header::parse)]
    pub headers: Vec<Header>,
}
