//! What the schedule asks for every minute.

mod parked;

use shared::{
    ambient,
    domain::time,
    logging::chain,
    metrics::Count,
    store::{StoreError, Written},
};

use crate::Handler;

/// The name of the lease on sending parked retries.
const PARKED: &str = "parked";

impl Handler {
    /// Does what is due. What cannot be done now is left for the next minute.
    ///
    /// Lambda may start a run while another one works, and may start one twice: the lease lets one of them work.
    pub async fn handle_minute(&self) {
        self.metrics.count(Count::ScheduleRuns);
        let holder = ambient::random::<8>().map(|byte| format!("{byte:02x}")).concat();
        let now = ambient::now();
        let taken = self.store.take_lease(PARKED, &holder, now, time::after(now, self.lease)).await;
        match taken {
            Ok(Written::Yes) => self.send_parked().await,
            Ok(Written::Lost) => return tracing::info!("another run of the schedule is at work; this one ends"),
            Err(error) => return not_done(&error),
        }
        if let Err(error) = self.store.give_back_lease(PARKED, &holder).await {
            tracing::warn!("the lease of the schedule could not be given back; it ends by itself: {}", chain(&error));
        }
    }
}

fn not_done(error: &StoreError) {
    tracing::error!("parked retries could not be sent; the next run tries again: {}", chain(error));
}
