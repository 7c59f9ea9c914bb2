//! Messages that can never be processed, kept for a human.

use super::{
    JOB_ATTRIBUTE, MAX_BYTES, QueueError, Queues, REASON_ATTRIBUTE,
    message::{attribute_bytes, sqs_text, text_attribute},
};

/// Appended to a rejected event's body that had to be cut.
const CUT_MARK: &str = "…[cut by Posthorn]";

/// The most characters that a reason may have: it may quote what a publisher sent.
const MAX_REASON: usize = 500;

impl Queues {
    /// Keeps a message that can never be processed, with its reason (`CODE: sentence`) and, if it was a delivery, its ids, for a
    /// human.
    pub async fn reject(&self, body: &str, ids: Option<&str>, reason: &str) -> Result<(), QueueError> {
        let reason: String = sqs_text(reason).chars().take(MAX_REASON).collect();
        let ids = ids.map(sqs_text);
        let attributes = [(REASON_ATTRIBUTE, Some(reason)), (JOB_ATTRIBUTE, ids)];
        let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut room = MAX_BYTES;
        let mut request = self.sqs.send_message().queue_url(&self.urls.rejected);
        for (name, value) in attributes {
            room = room.saturating_sub(attribute_bytes(name, &value));
            request = request.message_attributes(name, text_attribute(&value)?);
        }
        let request = request.message_body(fitting(body, room));
        request.send().await.map(|_| ()).map_err(|error| QueueError::Send(Box::new(error)))
    }
}

/// A rejected event's body as it came, cut and marked only if it would not fit beside its reason.
fn fitting(body: &str, room: usize) -> String {
    let body = sqs_text(if body.is_empty() { "(empty)" } else { body });
    if body.len() <= room {
        return body;
    }
    let room = room.saturating_sub(CUT_MARK.len());
    let kept = body.char_indices().map(|(at, char)| at.saturating_add(char.len_utf8())).take_while(|end| *end <= room);
    let end = kept.last().unwrap_or(0);
    format!("{}{CUT_MARK}", body.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_body_is_kept_and_cut_only_if_it_would_not_fit() {
        assert_eq!(fitting("{\"a\":1}", 7), "{\"a\":1}");
        assert_eq!(fitting("", 100), "(empty)");
        let cut = fitting(&"é".repeat(100), 101);
        assert!(cut.starts_with('é') && cut.ends_with(CUT_MARK), "{cut}");
        assert!((100..=101).contains(&cut.len()), "{}", cut.len());
    }
}
