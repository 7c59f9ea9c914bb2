//! Operational events whose message got lost, or that could not be sent: each gets another one.

use futures::future::join_all;
use shared::{
    ambient,
    domain::{
        operations::{Note, Operations},
        time,
    },
    logging::chain,
    store::StoreError,
};

use crate::Handler;

impl Handler {
    /// Sends what was not published yet. What cannot be done now is done at the next run.
    pub(super) async fn send_notes(&self) {
        if let Err(error) = self.try_to_send_notes().await {
            let cause = chain(&error);
            tracing::error!("operational events could not be read; the next run tries again: {cause}");
        }
    }

    async fn try_to_send_notes(&self) -> Result<(), StoreError> {
        let (Some(told), now) = (self.operations.account(), ambient::now()) else { return Ok(()) };
        let notes = self.store.notes_due(time::before(now, self.note_patience)).await?;
        if notes.is_empty() {
            return Ok(());
        }
        if Operations::can_tell(self.store.account(told).await?.as_ref()) {
            self.queues.announce(&notes, now).await;
            return Ok(());
        }
        let dropped = notes.len();
        tracing::warn!(
            account.id = %told,
            "{dropped} operational events are dropped: create the account that OperationsAccount names, with the profile 'standard'"
        );
        self.drop_notes(&notes).await
    }

    async fn drop_notes(&self, notes: &[Note]) -> Result<(), StoreError> {
        let forgotten = join_all(notes.iter().map(|note| self.store.forget_note(&note.id))).await;
        forgotten.into_iter().collect()
    }
}
