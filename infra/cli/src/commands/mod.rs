//! What each subcommand does.

pub mod accounts;
pub mod deliveries;
pub mod events;
pub mod keys;
pub mod operator_keys;
pub mod portal;
pub mod recover;
pub mod redrive;
pub mod shown;
pub mod verify;
pub mod webhooks;

use std::io::Write;

use crate::{exit::Exit, options::Command, output::Output};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    OperatorKeys(#[from] operator_keys::OperatorKeysError),
    #[error(transparent)]
    Call(#[from] shown::CallError),
    #[error(transparent)]
    Redrive(#[from] redrive::RedriveError),
    #[error(transparent)]
    Verify(#[from] verify::VerifyError),
}

impl CommandError {
    pub fn exit(&self) -> Exit {
        match self {
            Self::OperatorKeys(_) | Self::Call(_) | Self::Redrive(_) => Exit::Failed,
            Self::Verify(_) => Exit::Unusable,
        }
    }
}

/// Runs one subcommand.
pub async fn run(command: Command, output: &mut Output<'_, impl Write>) -> Result<Exit, CommandError> {
    match command {
        Command::OperatorKeys(options) => operator_keys::run(options, output).await?,
        Command::Accounts(options) => accounts::run(options, output).await?,
        Command::Keys(options) => keys::run(options, output).await?,
        Command::Webhooks(options) => webhooks::run(options, output).await?,
        Command::Events(options) => events::run(options, output).await?,
        Command::Deliveries(options) => deliveries::run(options, output).await?,
        Command::Portal(options) => portal::run(options, output).await?,
        Command::Recover(options) => recover::run(options, output).await?,
        Command::Redrive(options) => redrive::run(options, output).await?,
        Command::Verify(options) => return Ok(verify::run(&options, output)?),
    }
    Ok(Exit::Done)
}
