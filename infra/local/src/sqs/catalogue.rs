//! The operations on queues, left to `winterbaume-sqs`, with what it cannot know added: our URLs, our counts.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use winterbaume_core::{MockRequest, MockResponse, MockService as _};
use winterbaume_sqs::wire;

use super::protocol::{Answer, is_wanted, parse, render};
use super::{Sqs, SqsError, limits, now, settings};

/// Where `winterbaume-sqs` believes its queues are.
const CATALOGUE_BASE: &str = "https://sqs.us-east-1.amazonaws.com/";

impl Sqs {
    pub(super) async fn create_queue(&self, mut ask: wire::CreateQueueRequest) -> Answer {
        if ask.queue_name.strip_suffix(".fifo").is_some() {
            return Err(SqsError::Unsupported("FIFO queues are not offered here."));
        }
        let attributes = ask.attributes.get_or_insert_default();
        let largest = limits::MAX_MESSAGE_BYTES.to_string();
        attributes.entry("MaximumMessageSize".to_owned()).or_insert(largest);
        let created = self.catalogue("CreateQueue", render(&ask)?).await?;
        let attributes = ask.attributes.unwrap_or_default();
        settings::apply(&mut self.lock().entry(ask.queue_name).or_default().settings, &attributes);
        Ok(created)
    }

    pub(super) async fn set_attributes(&self, ask: wire::SetQueueAttributesRequest, body: Bytes) -> Answer {
        let answer = self.catalogue("SetQueueAttributes", body).await?;
        self.with(&ask.queue_url, |slot| settings::apply(&mut slot.settings, &ask.attributes))?;
        Ok(answer)
    }

    pub(super) async fn get_attributes(&self, ask: wire::GetQueueAttributesRequest, body: Bytes) -> Answer {
        let counts = self.with(&ask.queue_url, |slot| slot.queue.counts(now()))?;
        let mut found: wire::GetQueueAttributesResult = parse(&self.catalogue("GetQueueAttributes", body).await?)?;
        let attributes = found.attributes.get_or_insert_default();
        for (name, count) in [
            ("ApproximateNumberOfMessages", counts.visible),
            ("ApproximateNumberOfMessagesNotVisible", counts.not_visible),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed),
        ] {
            attributes.insert(name.to_owned(), count.to_string());
        }
        let wanted = ask.attribute_names.unwrap_or_default();
        attributes.retain(|name, _| is_wanted(&wanted, name));
        render(&found)
    }

    pub(super) async fn delete_queue(&self, ask: &wire::DeleteQueueRequest, body: Bytes) -> Answer {
        let answer = self.catalogue("DeleteQueue", body).await?;
        if let Some(slot) = self.lock().remove(super::name_of(&ask.queue_url)) {
            slot.changed.notify_waiters();
        }
        Ok(answer)
    }

    /// Leaves an operation to `winterbaume-sqs`; queue URLs in its answer become ours.
    pub(super) async fn catalogue(&self, action: &str, body: Bytes) -> Answer {
        let target = HeaderValue::from_str(&format!("AmazonSQS.{action}"))
            .map_err(|_| SqsError::Unsupported("There is no such operation."))?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-amz-target"), target)]);
        let request = MockRequest { method: "POST".to_owned(), uri: CATALOGUE_BASE.to_owned(), headers, body };
        let MockResponse { status, body, .. } = self.inner.catalogue.handle(request).await;
        let text = String::from_utf8_lossy(&body);
        if status == 200 {
            return Ok(text.replace(CATALOGUE_BASE, &format!("{}/", self.inner.base_url)).into());
        }
        Err(catalogue_refusal(&text))
    }
}

fn catalogue_refusal(text: &str) -> SqsError {
    let error: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    match error["__type"].as_str() {
        Some("AWS.SimpleQueueService.NonExistentQueue") => SqsError::NoSuchQueue,
        Some("InvalidAction") => SqsError::Unsupported("There is no such operation."),
        _ => SqsError::invalid(error["message"].as_str().unwrap_or_default().to_owned()),
    }
}
