//! `cargo local`: Posthorn on this machine, without AWS. See `--help`.

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use local::options::Options;
use local::process;
use local::say::say;
use shared::logging::{chain, filter};
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// With every service and function in one process, the system's allocator took over a quarter of the processor's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_filter(filter("warn,dynoxide=error"));
    tracing_subscriber::registry().with(lines).init();
    match process::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            say(&format!("error: {}", chain(&failed)));
            ExitCode::FAILURE
        }
    }
}
