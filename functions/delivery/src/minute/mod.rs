//! What the schedule asks for every minute.

mod erasure;
mod parked;
mod recoveries;

use shared::{ambient, domain::time, logging::chain, metrics::Count, store::Written};

use self::parked::Reading;
use crate::Handler;

/// The name of the lease on sending parked retries.
const PARKED: &str = "parked";

impl Handler {
    /// Does what is due. What cannot be done now is left for the next minute.
    ///
    /// Lambda may start a run while another one works, and may start one twice: the lease lets one of them work.
    pub async fn handle_minute(&self) {
        let holder = ambient::random::<8>().map(|byte| format!("{byte:02x}")).concat();
        let now = ambient::now();
        match self.store.take_lease(PARKED, &holder, now, time::after(now, self.lease)).await {
            Ok(Written::Yes) => {
                // Each recovery goes on in an invocation of its own, so that it does not use up the time of parked retries.
                self.wake_recoveries().await;
                if self.send_parked().await == Reading::Whole {
                    self.metrics.count(Count::ScheduleRuns);
                }
            }
            Ok(Written::Lost) => return tracing::info!("another run of the schedule is at work; this one ends"),
            Err(error) => {
                let cause = chain(&error);
                return tracing::error!("the schedule could not take its lease; the next run tries again: {cause}");
            }
        }
        if let Err(error) = self.store.give_back_lease(PARKED, &holder).await {
            tracing::warn!("the lease of the schedule could not be given back; it ends by itself: {}", chain(&error));
        }
    }
}
