//! The delivery function: sends webhooks, retries them, and records every attempt.

use std::{process::ExitCode, sync::Arc};

use delivery::{Delivery, Invocation};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
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
    let delivery = Arc::new(Delivery::new(&config, &Clients::from_lambda_environment().await));
    // Raw, because the runtime would keep the path of every value it reads, in case one is wrong.
    let handle = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let delivery = Arc::clone(&delivery);
        async move {
            let invocation: Invocation = serde_json::from_str(event.payload.get())?;
            Ok::<_, lambda_runtime::Error>(delivery.handle(invocation).await)
        }
    });
    match lambda_runtime::run(handle).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}
