//! The API function: customers manage their webhooks, and publishers may publish over HTTP.

use std::{process::ExitCode, sync::Arc};

use api::{Api, router::router};
use shared::{ambient, clients::Clients, config::Config, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    logging::start();
    let config = match Config::read(ambient::variable) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let api = Api::new(&config, &Clients::from_lambda_environment());
    match lambda_http::run(router(Arc::new(api))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}
