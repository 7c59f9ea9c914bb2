//! What the schedule asks for every minute.

mod erasure;
mod lease;
mod notices;
mod parked;
mod recoveries;

use futures::future::join;
use shared::metrics::Count;

use self::parked::Reading;
use crate::Handler;

/// The name of the lease on sending parked retries.
const PARKED: &str = "parked";

impl Handler {
    /// Does what is due. What cannot be done now is left for the next minute.
    pub async fn handle_minute(&self) {
        let work = Box::pin(async {
            // Each recovery goes on in an invocation of its own, so that it does not use up the time of parked retries.
            self.wake_recoveries().await;
            let (parked, ()) = join(self.send_parked(), self.send_notes()).await;
            if parked == Reading::Whole {
                self.metrics.count(Count::ScheduleRuns);
            }
        });
        self.under_lease(PARKED, work).await;
    }
}
