//! Stands for Lambda's event source mapping: receives batches from a queue, calls the function, deletes what succeeded.
//!
//! It behaves as Lambda documents: a record is deleted unless the response names it; a response that names an unknown or
//! empty id, a panic and a time-out fail the whole batch; what failed stays hidden until its visibility timeout ends.
//! It receives only when a function is free, and sleeps until a message comes or becomes visible.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage, SqsMessageAttribute};
use futures::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

pub use scaling::Scaling;
use scaling::scale;

use crate::sqs::{Attribute, REGION, Receive, Received, Sqs, SqsError};

/// Lambda ends a batch at 6 MB of payload.
const MAX_BATCH_BYTES: usize = 5 << 20;
/// How long one receive waits; only bounds how long a deleted queue goes unnoticed.
const WAIT: Duration = Duration::from_secs(20);

/// What `template.yaml` says of an event source mapping and its function.
#[derive(Debug, Clone)]
pub struct EventSourceOptions {
    /// The queue's name, URL or ARN.
    pub queue: String,
    pub batch_size: usize,
    /// How long to wait for a batch to fill up after its first record.
    pub batching_window: Duration,
    /// How soon after a batch the next may begin, unless it is full. Lambda's pollers, too, gather more while more comes: a batch of one
    /// costs as many requests as a batch of ten.
    pub spacing: Duration,
    pub maximum_concurrency: usize,
    pub scaling: Scaling,
    /// A batch that takes longer has failed.
    pub function_timeout: Duration,
}

/// A running poller. Dropping it is a crash: running batches stop where they are.
#[derive(Debug)]
pub struct EventSource {
    stop: watch::Sender<bool>,
    poller: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl EventSource {
    /// Starts polling; `handler` is called with one batch at a time, up to the maximum concurrency at once.
    pub fn start<H, F>(sqs: Sqs, options: EventSourceOptions, handler: H) -> Self
    where
        H: Fn(SqsEvent) -> F + Send + Sync + 'static,
        F: Future<Output = SqsBatchResponse> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let source = Arc::new(Source { sqs, options, handler });
        Self { stop, poller: AbortOnDrop(tokio::spawn(poll(source, stopped))) }
    }

    /// A crash: batches stop where they are. When this returns, the poller has ended.
    pub async fn kill(mut self) {
        self.poller.0.abort();
        // Its only news is that it was cut off.
        let _ = (&mut self.poller.0).await;
    }

    /// Takes no further batch and waits for those running, at most for `grace`; what runs longer is cut off.
    pub async fn stop(mut self, grace: Duration) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(grace, &mut self.poller.0).await;
    }
}

struct Source<H> {
    sqs: Sqs,
    options: EventSourceOptions,
    handler: H,
}

async fn poll<H, F>(source: Arc<Source<H>>, mut stopped: watch::Receiver<bool>)
where
    H: Fn(SqsEvent) -> F + Send + Sync + 'static,
    F: Future<Output = SqsBatchResponse> + Send + 'static,
{
    let most = source.options.maximum_concurrency;
    let free = Arc::new(Semaphore::new(source.options.scaling.first(most)));
    let _scaling = match source.options.scaling {
        Scaling::AtOnce => None,
        Scaling::Gradual => Some(AbortOnDrop(tokio::spawn(scale(Arc::clone(&free), most)))),
    };
    let (mut running, mut last_begun) = (JoinSet::new(), None);
    loop {
        let next = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            next = first_records(&source, &free) => next,
        };
        let Ok((permit, first)) = next else { break };
        let batch = fill(&source, first, source.options.fill_until(last_begun, Instant::now())).await;
        last_begun = Some(Instant::now());
        let source = Arc::clone(&source);
        running.spawn(async move {
            source.process(batch).await;
            drop(permit);
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// Waits for a free function, then for a record. Dropped meanwhile, it has taken nothing.
async fn first_records<H>(
    source: &Source<H>,
    free: &Arc<Semaphore>,
) -> Result<(OwnedSemaphorePermit, Vec<Received>), SqsError> {
    let permit = Arc::clone(free).acquire_owned().await.map_err(|_| SqsError::NoSuchQueue)?;
    loop {
        let received = source.receive(source.options.batch_size, WAIT).await?;
        if !received.is_empty() {
            return Ok((permit, received));
        }
    }
}

/// Waits for more records until then, or until the batch is full.
async fn fill<H>(source: &Source<H>, mut batch: Vec<Received>, deadline: Instant) -> Vec<Received> {
    while batch.len() < source.options.batch_size && Instant::now() < deadline {
        let missing = source.options.batch_size - batch.len();
        match source.receive(missing, deadline - Instant::now()).await {
            Ok(more) if !more.is_empty() => batch.extend(more),
            _ => break,
        }
    }
    batch
}

impl EventSourceOptions {
    /// Until when a batch waits to be filled whose first record came now.
    fn fill_until(&self, last_begun: Option<Instant>, now: Instant) -> Instant {
        let spaced = last_begun.map_or(now, |begun| begun + self.spacing);
        spaced.max(now + self.batching_window)
    }
}

impl<H> Source<H> {
    async fn receive(&self, max_messages: usize, wait: Duration) -> Result<Vec<Received>, SqsError> {
        let ask = Receive { max_messages, max_bytes: MAX_BATCH_BYTES, visibility_timeout_secs: None, wait: Some(wait) };
        self.sqs.receive(&self.options.queue, ask).await
    }

    async fn process<F>(&self, batch: Vec<Received>)
    where
        H: Fn(SqsEvent) -> F,
        F: Future<Output = SqsBatchResponse>,
    {
        let call = AssertUnwindSafe(async { (self.handler)(event(&self.options.queue, &batch)).await }).catch_unwind();
        let answer = match tokio::time::timeout(self.options.function_timeout, call).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(_panic)) => None,
            Err(_elapsed) => None,
        };
        if answer.is_none() {
            tracing::warn!(queue = self.options.queue, records = batch.len(), "the function panicked or timed out");
        }
        for done in succeeded(&batch, answer.as_ref()) {
            // The only failure is a queue deleted meanwhile.
            let _ = self.sqs.delete(&self.options.queue, &done.receipt);
        }
    }
}

/// The records to delete: none without a usable response, else all that it does not name.
fn succeeded<'a>(batch: &'a [Received], answer: Option<&SqsBatchResponse>) -> Vec<&'a Received> {
    let Some(answer) = answer else { return Vec::new() };
    let failed: HashSet<_> = answer.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
    let ids: HashSet<_> = batch.iter().map(|message| message.content.id.as_str()).collect();
    if !failed.is_subset(&ids) {
        return Vec::new();
    }
    batch.iter().filter(|message| !failed.contains(message.content.id.as_str())).collect()
}

fn event(queue: &str, batch: &[Received]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = batch.iter().map(|message| record(queue, message)).collect();
    event
}

/// One record as Lambda writes it.
fn record(queue: &str, message: &Received) -> SqsMessage {
    let content = &message.content;
    let mut record = SqsMessage::default();
    record.message_id = Some(content.id.clone());
    record.receipt_handle = Some(message.receipt.clone());
    record.body = Some(content.body.clone());
    record.md5_of_body = Some(content.body_md5.clone());
    record.md5_of_message_attributes = message.attributes_md5();
    record.attributes = message.system_attributes();
    record.message_attributes =
        content.attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    record.event_source_arn = Some(Sqs::arn(queue));
    record.event_source = Some("aws:sqs".to_owned());
    record.aws_region = Some(REGION.to_owned());
    record
}

fn attribute(value: &Attribute) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    attribute.data_type = Some(value.data_type.clone());
    attribute.string_value.clone_from(&value.string_value);
    attribute.binary_value.clone_from(&value.binary_value);
    attribute
}

mod scaling;
#[cfg(test)]
mod tests;
