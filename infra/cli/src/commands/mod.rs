//! What each subcommand does.

pub mod accounts;
pub mod keys;
pub mod redrive;
pub mod verify;

use std::io::Write;

use crate::{exit::Exit, options::Command, output::Output};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Accounts(#[from] accounts::AccountsError),
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    #[error(transparent)]
    Redrive(#[from] redrive::RedriveError),
    #[error(transparent)]
    Verify(#[from] verify::VerifyError),
}

impl CommandError {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Accounts(_) | Self::Keys(_) | Self::Redrive(_) => Exit::Failed,
            Self::Verify(_) => Exit::Unusable,
        }
    }
}

/// Runs one subcommand.
pub async fn run(command: Command, output: &mut Output<'_, impl Write>) -> Result<Exit, CommandError> {
    match command {
        Command::Accounts(options) => accounts::run(options, output).await?,
        Command::Keys(options) => keys::run(options, output).await?,
        Command::Redrive(options) => redrive::run(options, output).await?,
        Command::Verify(options) => return Ok(verify::run(&options, output)?),
    }
    Ok(Exit::Done)
}
