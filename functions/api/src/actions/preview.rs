//! What a recovery would send, kind by kind, for a page that lets its reader choose among them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{delivery::recovery::Include, webhook::Webhook},
};

use super::{
    estimate::{Estimate, PART_OF_A_PAGE, estimate},
    recoveries::{NewRecovery, plan},
};
use crate::{Api, caller::Caller, error::ApiError};

/// How much each kind would be.
#[derive(Debug, Default)]
pub struct Preview {
    /// A kind is absent if it cannot be counted: what is missing, without an event log.
    pub(crate) counts: BTreeMap<Include, Counted>,
}

/// How many deliveries were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub(crate) number: u64,
    /// Otherwise there are at least as many.
    pub(crate) complete: bool,
}

/// Counts all kinds at the same time, each as far as it gets: those that are counted quickly do not wait for the others.
pub(crate) async fn preview(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    new: &NewRecovery,
) -> Result<Preview, ApiError> {
    let now = ambient::now();
    let part = |include: &[Include]| {
        let new = NewRecovery { include: include.to_vec(), ..new.clone() };
        // Three searches together would make a large future of every page that waits for them.
        Box::pin(count(api, caller, webhook, new, now))
    };
    let (troubled, delivered, missing) = tokio::join!(
        part(&[Include::Failed, Include::Skipped]),
        part(&[Include::Delivered]),
        part(&[Include::Missing])
    );
    let missing = match missing {
        Err(ApiError::NoEventLog | ApiError::EventLogWasOff { .. }) => None,
        counted => Some(counted?),
    };
    let mut preview = Preview::default();
    for Estimate { counts, complete } in [Some(troubled?), Some(delivered?), missing].into_iter().flatten() {
        preview.counts.extend(counts.into_iter().map(|(kind, number)| (kind, Counted { number, complete })));
    }
    Ok(preview)
}

async fn count(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    new: NewRecovery,
    now: Timestamp,
) -> Result<Estimate, ApiError> {
    let plan = plan(api, caller, webhook, new, now).await?;
    Ok(estimate(api, webhook, &plan, PART_OF_A_PAGE, now).await?)
}
