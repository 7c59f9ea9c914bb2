//! The pressure on the retry lane, as this execution knows it.

use std::sync::{MutexGuard, PoisonError};

use shared::{
    ambient,
    domain::delivery::{
        lane::Lane,
        pressure::{Gauge, Pressure},
    },
    logging::chain,
};

use crate::Handler;

impl Handler {
    /// The pressure on the retry lane. SQS is asked only when what is known is too old, and by one message.
    pub(super) async fn pressure(&self) -> Pressure {
        let must_ask = self.gauge().must_ask(ambient::now());
        if must_ask {
            match self.queues.in_flight(Lane::Retry).await {
                Ok(in_flight) => self.gauge().read(in_flight, self.retry_in_flight),
                Err(error) => tracing::warn!("the pressure on the retry lane is not known: {}", chain(&error)),
            }
        }
        self.gauge().pressure()
    }

    pub(super) fn gauge(&self) -> MutexGuard<'_, Gauge> {
        self.gauge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
