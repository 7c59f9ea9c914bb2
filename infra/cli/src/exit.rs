//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did what it was asked to do; for `verify`, every signature matches.
    Done,
    /// The command failed; for `verify`, a signature does not match.
    Failed,
    /// The command line or what it names cannot be used. clap ends with the same code.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::Unusable => Self::from(2),
        }
    }
}
