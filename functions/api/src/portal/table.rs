//! The table of pages and forms. A row says everything that [`super::router`] must know of one, and the tests of what is turned away go
//! through all rows. A new page is a new row and its handler: see the module [`super`].

use std::{pin::Pin, sync::Arc};

use shared::domain::account::bucket::Bucket;

use super::{
    enter,
    guard::Needs,
    pages::{
        deliveries, delivery, event, event_types, events, new, overview, recover, recovery, settings, test, webhooks,
    },
    reply::Reply,
    visit::Visit,
};
use crate::{Api, error::ApiError};

pub(crate) type Handler = fn(Arc<Api>, Visit) -> Handling;
pub(crate) type Handling = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send>>;

/// A page or a form.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) method: Method,
    /// Below `/portal`.
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) repetition: Repetition,
    /// What it uses of the account's limits besides a unit of the session's own.
    pub(crate) quota: Option<Bucket>,
    pub(crate) handler: Handler,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// What happens to a form that is sent a second time, by a reload or a double click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// The handler is not called again: the second answer leads to where the first one led.
    Remembered,
    /// The handler is called again, and its action knows that it is a repetition.
    ByHandler,
}

impl Row {
    const fn page(path: &'static str, handler: Handler) -> Self {
        let (method, needs, repetition) = (Method::Get, Needs::Look, Repetition::ByHandler);
        Self { method, path, needs, repetition, quota: None, handler }
    }

    /// A form that changes something, and answers with 303.
    const fn form(path: &'static str, handler: Handler) -> Self {
        let (method, needs, repetition) = (Method::Post, Needs::Act, Repetition::Remembered);
        Self { method, path, needs, repetition, quota: None, handler }
    }

    /// A form that answers with a page, such as one that shows a secret. Its handler passes [`Visit::idempotency`] on.
    const fn showing(path: &'static str, handler: Handler) -> Self {
        Self { repetition: Repetition::ByHandler, ..Self::form(path, handler) }
    }

    /// A form for every session.
    const fn leaving(path: &'static str, handler: Handler) -> Self {
        Self { needs: Needs::Leave, ..Self::showing(path, handler) }
    }

    /// The same, which also uses a unit of one of the account's buckets.
    const fn drawing(self, bucket: Bucket) -> Self {
        Self { quota: Some(bucket), ..self }
    }
}

/// A table holds plain functions, so the future that an `async fn` returns is boxed.
macro_rules! handler {
    ($handler:path) => {
        |api, visit| Box::pin($handler(api, visit))
    };
}

/// All of them, in the order in which `Allow` lists the methods of a path.
pub(crate) static ROWS: &[Row] = &[
    Row::page("/", handler!(webhooks::show)),
    Row::page("/webhooks/new", handler!(new::show)),
    Row::showing("/webhooks/new", handler!(new::create)),
    Row::page("/webhooks/{id}", handler!(overview::show)),
    Row::page("/webhooks/{id}/live", handler!(overview::live)),
    Row::form("/webhooks/{id}/enable", handler!(overview::enable)),
    Row::form("/webhooks/{id}/enable-and-recover", handler!(overview::recover)),
    Row::form("/webhooks/{id}/disable", handler!(overview::disable)),
    Row::page("/webhooks/{id}/settings", handler!(settings::show)),
    Row::form("/webhooks/{id}/settings", handler!(settings::save)),
    Row::showing("/webhooks/{id}/settings/rotate", handler!(settings::rotate)),
    Row::form("/webhooks/{id}/settings/delete", handler!(settings::delete)),
    Row::page("/event-types", handler!(event_types::show)),
    Row::page("/webhooks/{id}/deliveries", handler!(deliveries::show)),
    Row::page("/webhooks/{id}/deliveries/{deliveryId}", handler!(delivery::show)),
    Row::page("/webhooks/{id}/deliveries/{deliveryId}/live", handler!(delivery::live)),
    Row::page("/webhooks/{id}/deliveries/{deliveryId}/payload", handler!(delivery::payload)),
    Row::form("/webhooks/{id}/deliveries/{deliveryId}/resend", handler!(delivery::resend)).drawing(Bucket::Tests),
    Row::page("/webhooks/{id}/test", handler!(test::show)),
    Row::form("/webhooks/{id}/test", handler!(test::send)).drawing(Bucket::Tests),
    Row::page("/webhooks/{id}/recover", handler!(recover::show)),
    Row::showing("/webhooks/{id}/recover", handler!(recover::count_again)),
    Row::form("/webhooks/{id}/recoveries", handler!(recover::start)),
    Row::page("/webhooks/{id}/recoveries/{recoveryId}", handler!(recovery::show)),
    Row::page("/webhooks/{id}/recoveries/{recoveryId}/live", handler!(recovery::live)),
    Row::form("/webhooks/{id}/recoveries/{recoveryId}/pause", handler!(recovery::pause)),
    Row::form("/webhooks/{id}/recoveries/{recoveryId}/resume", handler!(recovery::resume)),
    Row::form("/webhooks/{id}/recoveries/{recoveryId}/cancel", handler!(recovery::cancel)),
    Row::page("/events", handler!(events::show)),
    Row::page("/event", handler!(event::show)),
    Row::page("/event/payload", handler!(event::payload)),
    Row::leaving("/sign-out", handler!(enter::sign_out)),
];
