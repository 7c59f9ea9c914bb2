//! Leases of the schedule's tasks. Lambda may start a run while another one works, and may start one twice: one of them works.

use shared::{ambient, domain::time, logging::chain, store::Written};

use crate::Handler;

impl Handler {
    /// Does the work of a task, unless another run does it.
    pub(super) async fn under_lease(&self, task: &'static str, work: impl Future<Output = ()>) {
        let holder = ambient::random::<8>().map(|byte| format!("{byte:02x}")).concat();
        let now = ambient::now();
        match self.store.take_lease(task, &holder, now, time::after(now, self.lease)).await {
            Ok(Written::Yes) => work.await,
            Ok(Written::Lost) => return tracing::info!(task, "another run of this task is at work; this one ends"),
            Err(error) => {
                let cause = chain(&error);
                return tracing::error!(
                    task,
                    "the schedule could not take its lease; the next run tries again: {cause}"
                );
            }
        }
        if let Err(error) = self.store.give_back_lease(task, &holder).await {
            tracing::warn!(
                task,
                "a lease of the schedule could not be given back; it ends by itself: {}",
                chain(&error)
            );
        }
    }
}
