//! An account: a tenant of the platform, with one profile, and the routes of its webhooks.

pub mod key;

use super::{
    ids::{AccountId, ProfileName},
    webhook::route::Route,
};

/// An account as intake sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub profile: ProfileName,
    pub routes: Vec<Route>,
}
