//! The life of the process: start, say where everything is, demonstrate, wait for the end.

use shared::clients::Clients;

use crate::demo::{self, Demo, DemoError};
use crate::options::Options;
use crate::ready::{NotWritten, Ready};
use crate::say::{print, say};
use crate::stack::{Run, Stack, StackOptions, StartError, Taps};

/// Why the process ends with a failure.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("the runtime cannot be started")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    ReadyFile(#[from] NotWritten),
    #[error("the ready line cannot be written")]
    ReadyLine(#[from] std::io::Error),
    #[error("the demonstration failed")]
    Demo(#[from] DemoError),
}

/// Runs until Ctrl-C, SIGTERM or a failure; what runs then is ended cleanly.
///
/// This is no `async fn`: the compiler would generate the code of the whole stack once more, in the binary that awaits it.
pub fn run(options: Options) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::Runtime)?;
    runtime.block_on(run_here(options))
}

async fn run_here(options: Options) -> Result<(), Failed> {
    let signal = std::pin::pin!(end_signal()?);
    say("Starting DynamoDB, SQS, the API and the functions ...");
    let stack = Stack::start(stack_options(&options)).await?;
    let result = tokio::select! {
        () = signal => Ok(()),
        result = live(&stack, &options) => result,
    };
    say("Stopping ...");
    stack.stop().await;
    result
}

/// Ends only with a failure.
async fn live(stack: &Stack, options: &Options) -> Result<(), Failed> {
    if let Some(ready) = stack.ready() {
        print(&ready.line()?);
        if let Some(path) = &options.ready_file {
            ready.write(path)?;
        }
        say(&format!("Ready: the API is at {}, events go to {}", ready.api, ready.event_queue_url));
        say(&portal(&ready, options));
        let _demo = demonstrate(&ready, options.no_demo).await?;
        return std::future::pending().await;
    }
    std::future::pending().await
}

/// Where customers look at their webhooks. The links are in the line of JSON: each is as good as a key until somebody opens it.
fn portal(ready: &Ready, options: &Options) -> String {
    let file = options.ready_file.as_ref().map_or_else(|| "ready.json".to_owned(), |path| path.display().to_string());
    let hint = if options.ready_file.is_some() { "" } else { " (with --ready-file ready.json)" };
    format!(
        "The portal is at {}/portal/. Its links are in the line of JSON, under portal; each works once. Another one{hint}:\n  \
         cargo run -p posthorn -- portal create --local {file} --account standard-demo",
        ready.api
    )
}

async fn demonstrate(ready: &Ready, no_demo: bool) -> Result<Option<Demo>, DemoError> {
    if no_demo {
        say("Ctrl-C ends it.");
        return Ok(None);
    }
    let clients = Clients::local(&ready.dynamodb, &ready.sqs);
    demo::run(ready, &clients.sqs).await.map(Some)
}

fn stack_options(options: &Options) -> StackOptions {
    StackOptions {
        api_addr: options.api_addr,
        sqs_addr: options.sqs_addr,
        dynamodb_addr: options.dynamodb_addr,
        data_dir: options.data_dir.clone(),
        retry_scale: options.retry_scale,
        retry_in_flight: options.retry_in_flight,
        operations_account: options.operations_account.clone(),
        run: Run::Everything,
        taps: Taps::default(),
        reach: None,
    }
}

/// Listens from now on, so that a signal during the start is not lost.
#[cfg(unix)]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
