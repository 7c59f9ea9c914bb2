//! The intake function: takes events off the event queue and fans them out to the webhooks that want them.

use std::{process::ExitCode, sync::Arc};

use aws_lambda_events::event::sqs::SqsEvent;
use intake::Intake;
use lambda_runtime::{LambdaEvent, service_fn};
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
    let handle = service_fn(|event: LambdaEvent<SqsEvent>| {
        let intake = Arc::clone(&intake);
        async move { Ok::<_, lambda_runtime::Error>(intake.handle(event.payload).await) }
    });
    match lambda_runtime::run(handle).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}
