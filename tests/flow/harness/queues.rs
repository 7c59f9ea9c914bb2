//! The platform's queues, as publishers, operators and the functions use them.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry};
use shared::{
    domain::delivery::{job::Job, lane::Lane},
    queue::{Body, Dispatch, Encoded, JOB_ATTRIBUTE, Queues, SOURCE_ID_ATTRIBUTE, Tick, encode, urls::QueueUrls},
};

use super::{customer::Customer, logs, platform::Platform, waiting::eventually};

/// What is put into the queues.
impl Platform {
    /// Puts a message on the event queue, as a publisher does. Returns its SQS message id.
    pub async fn send(&self, body: &str) -> String {
        self.send_with(body, &[]).await
    }

    pub async fn send_with(&self, body: &str, attributes: &[(&str, &str)]) -> String {
        let mut request = self.clients.sqs.send_message().queue_url(&self.stack.endpoints().event_queue_url);
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(*value).build().unwrap();
            request = request.message_attributes(*name, value);
        }
        request.message_body(body).send().await.unwrap().message_id.unwrap()
    }

    /// Publishes an event; `data` is JSON text, sent as it is.
    pub async fn publish(&self, customer: &Customer, event: &str, data: &str) -> String {
        self.send(&format!(r#"{{"account":"{}","event":"{event}","data":{data}}}"#, customer.account)).await
    }

    /// Puts messages on the event queue, ten in a request.
    pub async fn send_all(&self, bodies: &[String]) {
        let url = &self.stack.endpoints().event_queue_url;
        for ten in bodies.chunks(10) {
            let entry = |(place, body): (usize, &String)| {
                let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
                entry.message_body(body).build().unwrap()
            };
            let entries = ten.iter().enumerate().map(entry).collect();
            let sent = self.clients.sqs.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            assert!(sent.unwrap().failed.is_empty());
        }
    }

    /// Puts messages on the event queue while no function runs, so that up to ten reach intake in one batch.
    pub async fn send_as_batch(&mut self, bodies: &[String]) {
        self.kill().await;
        self.send_all(bodies).await;
        self.restart().await;
    }

    /// Puts any message into the first lane.
    pub async fn send_to_delivery(&self, body: &str) {
        let url = &self.stack.endpoints().delivery_queue_url;
        self.clients.sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
    }

    /// Puts a delivery into the retry lane, as an operator's redrive does: with the identity of the message that it came from.
    pub async fn redrive(&self, job: &Job, source_id: &str) {
        let Encoded { attribute, body } = encode(job, &Body::Here("{}".into()));
        let text =
            |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap();
        let request = self.clients.sqs.send_message().queue_url(&self.stack.endpoints().retry_queue_url);
        let request = request.message_attributes(JOB_ATTRIBUTE, text(&attribute)).message_body(body);
        request.message_attributes(SOURCE_ID_ATTRIBUTE, text(source_id)).send().await.unwrap();
    }

    /// Puts deliveries into a lane, as intake and delivery do.
    pub async fn queue(&self, lane: Lane, jobs: Vec<Job>) {
        let queues = Queues::new(self.clients.sqs.clone(), self.queue_urls());
        let dispatch = |job: Job| {
            let body = if job.round.is_some() { Body::Stored } else { Body::Here("{}".into()) };
            Dispatch { job, body, delay_seconds: 0 }
        };
        let dispatches: Vec<Dispatch> = jobs.into_iter().map(dispatch).collect();
        let sent = queues.send(lane, &dispatches.iter().collect::<Vec<_>>()).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    }

    /// Has a recovery go on, as the API does.
    pub async fn tick(&self, tick: &Tick) {
        let queues = Queues::new(self.clients.sqs.clone(), self.queue_urls());
        queues.send_tick(tick, 0).await.unwrap();
    }

    pub(super) fn queue_urls(&self) -> QueueUrls {
        let at = self.stack.endpoints();
        QueueUrls {
            event: at.event_queue_url.clone(),
            delivery: at.delivery_queue_url.clone(),
            slow: at.slow_queue_url.clone(),
            retry: at.retry_queue_url.clone(),
            rejected: at.rejected_queue_url.clone(),
        }
    }

    /// Puts deliveries into a lane while no function runs, so that up to ten reach delivery in one batch.
    pub async fn queue_as_batch(&mut self, lane: Lane, jobs: Vec<Job>) {
        self.kill().await;
        self.queue(lane, jobs).await;
        self.restart().await;
    }
}

/// What the queues hold.
impl Platform {
    /// The stack's queues, for plain calls.
    pub fn sqs(&self) -> &local::sqs::Sqs {
        self.stack.sqs()
    }

    /// Waits for a message in the rejected queue and removes it. Returns its reason and its body.
    pub async fn rejected(&self) -> (String, String) {
        let url = &self.stack.endpoints().rejected_queue_url;
        let message = eventually("a rejected message", || self.remove_one(url)).await;
        let attributes: HashMap<String, MessageAttributeValue> = message.message_attributes.unwrap_or_default();
        let reason = attributes.get("reason").and_then(|value| value.string_value.clone());
        (reason.expect("a rejected message has its reason"), message.body.unwrap())
    }

    /// How many messages the rejected queue holds.
    pub fn rejected_count(&self) -> usize {
        self.stack.counts(&self.stack.endpoints().rejected_queue_url).total()
    }

    /// Waits until the four working queues hold nothing.
    pub async fn settled(&self) {
        eventually("the queues are empty", || async { self.is_settled().then_some(()) }).await;
    }

    /// Ends the story: every queue is empty, and so are the rejected and the dead-letter queues.
    pub async fn end(self) {
        self.settled().await;
        let at = self.stack.endpoints();
        for url in
            [&at.rejected_queue_url, &at.dlq_urls.event, &at.dlq_urls.delivery, &at.dlq_urls.slow, &at.dlq_urls.retry]
        {
            assert!(self.is_empty(url), "{url} holds a message");
        }
        self.stack.stop().await;
        logs::assert_no_leak();
    }

    /// Ends a story whose queues hold messages that wait, or that were rejected.
    pub async fn stack_down(self) {
        self.stack.stop().await;
        logs::assert_no_leak();
    }

    fn is_settled(&self) -> bool {
        let at = self.stack.endpoints();
        [&at.event_queue_url, &at.delivery_queue_url, &at.slow_queue_url, &at.retry_queue_url]
            .into_iter()
            .all(|url| self.is_empty(url))
    }

    fn is_empty(&self, url: &str) -> bool {
        self.stack.counts(url).total() == 0
    }

    async fn remove_one(&self, url: &str) -> Option<Message> {
        let request = self.clients.sqs.receive_message().queue_url(url).message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        let message = request.send().await.unwrap().messages.unwrap_or_default().pop()?;
        let handle = message.receipt_handle.clone().unwrap();
        self.clients.sqs.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
        Some(message)
    }
}
