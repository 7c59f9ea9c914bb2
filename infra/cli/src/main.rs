//! `posthorn`: operates an installation and checks signatures. See `--help`.

use std::{io, process::ExitCode};

use clap::Parser as _;
use posthorn::options::Options;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    posthorn::run(Options::parse(), &mut io::stdout(), &mut io::stderr()).await.into()
}
