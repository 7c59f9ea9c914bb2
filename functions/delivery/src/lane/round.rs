//! What only messages of rounds need: passing over, giving a claim back, and adding an attempt that lost its claim.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::Attempt,
        delivery::{
            Delivery,
            admission::Passed,
            recovery::news::news_of_passed,
            transition::{
                Transition,
                rounds::{late, released},
            },
        },
    },
    store::Written,
};

use super::{
    attempt::{One, ROUNDS, done},
    settled::{Counted, Fate, Settled, Unsettled},
};

impl One<'_> {
    /// A round's message that is not attempted. Its recovery learns of it.
    pub(super) fn pass(&self, passed: Passed) -> Settled {
        Settled::Done { fate: Fate::Acknowledged, counted: None, news: news_of_passed(&self.message.job, passed) }
    }

    /// Gives a round's claim back that its recovery no longer permits.
    pub(super) async fn release(&self, record: Option<Delivery>, now: Timestamp) -> Result<Option<Settled>, Unsettled> {
        let Some(record) = record else { return Ok(Some(done(Fate::Acknowledged))) };
        let Transition { record, write, .. } = released(record);
        let written = self.handler.store.record(record, write, Some(&self.message.id), now).await?;
        Ok((written == Written::Yes).then(|| self.pass(Passed::Dropped)))
    }

    /// Adds an attempt of a round that lost its claim while it was sent: it is in the log, and never made again.
    pub(super) async fn add_late(&self, attempt: Attempt, counted: Counted) -> Result<Settled, Unsettled> {
        for _ in 0..ROUNDS {
            let Some(record) = self.record().await? else { break };
            let Transition { record, write, .. } = late(record, attempt.clone(), &counted.verdict);
            if self.handler.store.record(record, write, None, ambient::now()).await? == Written::Yes {
                return Ok(Settled::Done { fate: Fate::Acknowledged, counted: Some(counted), news: None });
            }
        }
        tracing::error!("an attempt whose claim was lost could not be added to its record; it is not made again");
        Ok(done(Fate::Acknowledged))
    }
}
