use serde::Serialize;
use serde_json::value::RawValue;
use shared::domain::{ids::EventId, profile::catalogue::CatalogueEntry};

/// An event type as the platform documents it.
#[derive(Debug, Serialize)]
pub(crate) struct EventTypeView<'a> {
    name: &'a str,
    description: &'a str,
    /// Example `data`.
    sample: Option<&'a RawValue>,
}

impl<'a> EventTypeView<'a> {
    pub(crate) fn of(entry: &'a CatalogueEntry) -> Self {
        Self { name: entry.name.as_str(), description: &entry.description, sample: entry.sample_json() }
    }
}

/// The ids of a publication's events, in the order in which they were sent.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedView<'a> {
    ids: &'a [EventId],
}

impl<'a> PublishedView<'a> {
    pub(crate) fn of(ids: &'a [EventId]) -> Self {
        Self { ids }
    }
}
