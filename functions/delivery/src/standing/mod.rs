//! What a batch's attempts mean for their webhooks: the streak, the health, and disabling. An error here costs a count, not a
//! delivery.

pub(crate) mod counting;
mod telling;
mod update;
pub(crate) mod warning;
