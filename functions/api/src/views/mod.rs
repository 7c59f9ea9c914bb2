//! Domain values as clients see them: field names as in the guides, times in RFC 3339.

mod account;
mod delivery;
mod event;
mod recovery;
mod session;
mod test;
mod webhook;

pub(crate) use self::{
    account::{AccountView, DeletedKeyView, DeletingView, KeyView},
    delivery::{DeliveryView, DeliveryWithPayload},
    event::{CatchUpView, EventTypeView, EventWithDeliveriesView, LoggedEventView, PublishedView},
    recovery::{EstimateView, RecoveryView},
    session::{CreatedSessionView, DeletedSessionView, SessionView},
    test::TestView,
    webhook::{DeletedView, FilterCheckView, WebhookView},
};
