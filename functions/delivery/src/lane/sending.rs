//! The request of one attempt: its body, and how it is sent.

use std::{borrow::Cow, pin::pin};

use shared::{
    ambient,
    domain::{
        attempt::{
            Reason,
            outcome::Exchange,
            request::{Letter, request},
        },
        delivery::job::Job,
        webhook::standing::SLOW_AFTER,
    },
    queue::Body,
    store::StoreError,
};
use tokio::time::timeout;

use super::attempt::One;
use crate::standing::warning;

impl One<'_> {
    /// The exact bytes to send. `None` if they are not stored any more.
    pub(super) async fn body(&self) -> Result<Option<Cow<'_, str>>, StoreError> {
        match &self.message.body {
            Body::Here(body) => Ok(Some(Cow::Borrowed(body))),
            Body::Stored => {
                let Job { account, event_id, .. } = &self.message.job;
                let event = Box::pin(self.handler.store.event(account, event_id, ambient::now())).await?;
                Ok(event.map(|event| Cow::Owned(event.body())))
            }
        }
    }

    pub(super) async fn send(&self, number: u32, reason: Reason, body: &str) -> Exchange {
        let job = &self.message.job;
        let letter = Letter {
            webhook: &job.webhook,
            event: &job.event_id,
            event_type: &job.event_type,
            delivery: &job.delivery,
            reason,
            attempt: number,
            at: ambient::now(),
            body,
        };
        let request = request(&self.profile.attempts, &self.webhook.recipient(), &letter);
        let mut sending = pin!(self.handler.sender.send(&request));
        if let Ok(exchange) = timeout(SLOW_AFTER, &mut sending).await {
            return exchange;
        }
        // The warning must not hold up the outcome.
        tokio::select! {
            biased;
            exchange = &mut sending => return exchange,
            () = Box::pin(warning::warn(self.handler, self.warned, &self.webhook)) => {}
        }
        sending.await
    }
}
