//! The intake function: takes events off the event queue and fans them out to the webhooks that want them.

use std::{process::ExitCode, sync::Arc};

use aws_lambda_events::event::sqs::SqsEvent;
use intake::Intake;
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
    let intake = Arc::new(Intake::new(&config, &Clients::from_lambda_environment().await));
    // Raw, because the runtime would keep the path of every value it reads, in case one is wrong.
    let handle = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let intake = Arc::clone(&intake);
        async move {
            let event: SqsEvent = serde_json::from_str(event.payload.get())?;
            Ok::<_, lambda_runtime::Error>(intake.handle(event).await)
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
