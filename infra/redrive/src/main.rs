//! `redrive`: sends dead-lettered messages on their way again. See `--help`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use redrive::{options::Options, run};
use shared::logging::chain;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run::run(Options::parse(), &mut io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
