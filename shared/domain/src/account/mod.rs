//! An account: a tenant of the platform, with one profile, and the routes of its webhooks.

pub mod bucket;
pub mod key;
pub mod limits;
pub mod portal_path;
pub mod session;
pub mod standing;
pub mod status;

use self::status::AccountStatus;
use super::{
    ids::{AccountId, ProfileName},
    webhook::route::Route,
};

/// An account as intake sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub profile: ProfileName,
    pub status: AccountStatus,
    pub routes: Vec<Route>,
}
