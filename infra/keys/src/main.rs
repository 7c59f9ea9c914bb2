//! `keys`: makes, lists and revokes API keys. See `--help`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use keys::{command, options::Options};
use shared::logging::chain;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match command::run(Options::parse(), &mut io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
