//! The command line `posthorn`.
//!
//! Each subcommand has two files: [`options`] says what can be asked, [`commands`] does it. A command gets an [`Output`], which
//! prints for people or, with `--json`, for programs. It returns an [`Exit`] or an error that says what to do.
//!
//! `operator-keys` works on the table, `redrive` works on the queues, `verify` needs neither, and everything else calls the HTTP API.

pub mod aws;
mod client;
pub mod commands;
pub mod exit;
pub mod options;
pub mod output;
pub mod table;

use std::io::Write;

use shared::logging::chain;

use self::{exit::Exit, options::Options, output::Output};

/// Does what the command line says and reports an error, with all its causes, in one line.
pub async fn run(options: Options, out: &mut impl Write, errors: &mut impl Write) -> Exit {
    let mut output = Output::new(out, options.format());
    match commands::run(options.command, &mut output).await {
        Ok(exit) => exit,
        Err(error) => {
            // If standard error is closed, the exit code is all that is left to say.
            let _ = writeln!(errors, "error: {}", chain(&error));
            error.exit()
        }
    }
}
