//! The intake function: takes events off the event queue and fans them out to the webhooks that want them.

use std::{process::ExitCode, sync::Arc};

use aws_lambda_events::event::sqs::SqsEvent;
use intake::Handler;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use shared::start;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let handler = match start::environment() {
        Ok((config, clients)) => Arc::new(Handler::new(&config, &clients)),
        Err(failure) => return failure,
    };
    // Raw, because the runtime would keep the path of every value it reads, in case one is wrong.
    let handle = service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let handler = Arc::clone(&handler);
        async move {
            let event: SqsEvent = serde_json::from_str(event.payload.get())?;
            Ok::<_, lambda_runtime::Error>(handler.handle(event).await)
        }
    });
    start::ended(lambda_runtime::run(handle).await)
}
