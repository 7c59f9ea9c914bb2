//! The delivery function: sends webhooks, retries them, and records every attempt.

use std::{process::ExitCode, sync::Arc};

use delivery::{Handler, Invocation};
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
            let invocation: Invocation = serde_json::from_str(event.payload.get())?;
            Ok::<_, lambda_runtime::Error>(handler.handle(invocation).await)
        }
    });
    start::ended(lambda_runtime::run(handle).await)
}
