//! The start of a function: logging, configuration, clients, and then Lambda's loop.

use std::process::ExitCode;

use crate::{ambient, clients::Clients, config::Config, logging};

/// Reads the configuration and builds the clients, or logs what is wrong with the environment.
pub fn environment() -> Result<(Config, Clients), ExitCode> {
    logging::start();
    match Config::read(ambient::variable) {
        Ok(config) => Ok((config, Clients::from_lambda_environment())),
        Err(error) => {
            tracing::error!("{error}");
            Err(ExitCode::FAILURE)
        }
    }
}

/// How the process ends once Lambda's loop has ended.
pub fn ended(result: Result<(), impl std::fmt::Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the Lambda runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}
