//! The operations on queues.

use std::collections::{BTreeMap, HashMap};

use super::messages::is_wanted;
use super::settings::Settings;
use super::{Slot, Sqs, SqsError, limits, name_of, now, wire};

/// How many queues a response lists unless the request says otherwise.
const PAGE: i32 = 1_000;

impl Sqs {
    pub(super) fn create_queue(&self, ask: &wire::CreateQueue) -> Result<wire::QueueUrl, SqsError> {
        let name = &ask.queue_name;
        if name.strip_suffix(".fifo").is_some() {
            return Err(SqsError::Unsupported("FIFO queues are not offered here."));
        }
        if !ask.tags.is_empty() {
            return Err(SqsError::Unsupported("Tags of queues are not offered here."));
        }
        limits::check_queue_name(name)?;
        let mut queues = self.lock();
        match queues.get(name).map(|slot| slot.settings.differs_in(&ask.attributes)) {
            Some(Some(attribute)) => return Err(SqsError::QueueNameExists(attribute.to_owned())),
            Some(None) => {}
            None => {
                let settings = changed(&queues, &Settings::default(), &ask.attributes)?;
                queues.insert(name.clone(), Slot::new(settings, now()));
            }
        }
        Ok(wire::QueueUrl { queue_url: self.url(name) })
    }

    pub(super) fn queue_url(&self, ask: &wire::GetQueueUrl) -> Result<wire::QueueUrl, SqsError> {
        limits::check_queue_name(&ask.queue_name)?;
        self.with(&ask.queue_name, |_| ())?;
        Ok(wire::QueueUrl { queue_url: self.url(&ask.queue_name) })
    }

    /// In order of their names. The token of the next page is the last name of this one.
    pub(super) fn list_queues(&self, ask: &wire::ListQueues) -> Result<wire::QueueUrls, SqsError> {
        let size = limits::page_size(ask.max_results.unwrap_or(PAGE))?;
        let after = ask.next_token.as_deref().unwrap_or_default();
        let wanted = |name: &&String| name.starts_with(&ask.queue_name_prefix) && name.as_str() > after;
        let mut names: Vec<String> = self.lock().keys().filter(wanted).cloned().collect();
        names.sort_unstable();
        let is_last = names.len() <= size;
        names.truncate(size);
        let next_token = if is_last { None } else { names.last().cloned() };
        Ok(wire::QueueUrls { queue_urls: names.iter().map(|name| self.url(name)).collect(), next_token })
    }

    pub(super) fn set_attributes(&self, ask: &wire::SetQueueAttributes) -> Result<wire::Nothing, SqsError> {
        let (mut queues, name) = (self.lock(), name_of(&ask.queue_url));
        let before = &queues.get(name).ok_or(SqsError::NoSuchQueue)?.settings;
        let settings = changed(&queues, before, &ask.attributes)?;
        if let Some(slot) = queues.get_mut(name) {
            slot.settings = settings;
            slot.modified_at = now();
        }
        Ok(wire::Nothing {})
    }

    pub(super) fn attributes(&self, ask: &wire::GetQueueAttributes) -> Result<wire::QueueAttributes, SqsError> {
        let mut attributes = self.with(&ask.queue_url, |slot| {
            let counts = slot.queue.counts(now());
            let mut attributes = slot.settings.attributes();
            for (name, number) in [
                ("ApproximateNumberOfMessages", counts.visible.to_string()),
                ("ApproximateNumberOfMessagesNotVisible", counts.not_visible.to_string()),
                ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
                ("CreatedTimestamp", (slot.created_at / 1_000).to_string()),
                ("LastModifiedTimestamp", (slot.modified_at / 1_000).to_string()),
            ] {
                attributes.insert(name.to_owned(), number);
            }
            attributes
        })?;
        attributes.insert("QueueArn".to_owned(), Self::arn(&ask.queue_url));
        attributes.retain(|name, _| is_wanted(&ask.attribute_names, name));
        Ok(wire::QueueAttributes { attributes })
    }

    pub(super) fn delete_queue(&self, ask: &wire::WholeQueue) -> Result<wire::Nothing, SqsError> {
        let slot = self.lock().remove(name_of(&ask.queue_url)).ok_or(SqsError::NoSuchQueue)?;
        slot.changed.notify_waiters();
        Ok(wire::Nothing {})
    }
}

/// The settings with the attributes given changed; a dead-letter queue among them must exist.
fn changed(
    queues: &HashMap<String, Slot>,
    settings: &Settings,
    attributes: &BTreeMap<String, String>,
) -> Result<Settings, SqsError> {
    let changed = settings.with(attributes)?;
    match &changed.redrive {
        Some(redrive) if attributes.contains_key("RedrivePolicy") && !queues.contains_key(&redrive.target) => {
            Err(SqsError::invalid(format!(
                "Value for parameter RedrivePolicy is invalid. Reason: The dead-letter queue '{}' does not exist.",
                redrive.target
            )))
        }
        _ => Ok(changed),
    }
}
