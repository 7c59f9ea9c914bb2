//! The event types that a platform documents, with a sample of each.

use serde_json::value::RawValue;

use super::super::event::pattern::EventType;

/// An event type as the platform documents it.
#[derive(Debug, Clone)]
pub struct CatalogueEntry {
    pub name: EventType,
    pub description: String,
    /// Example `data`, canonical JSON.
    pub sample: String,
}

impl CatalogueEntry {
    /// The sample as it is served: JSON inside JSON.
    pub fn sample_json(&self) -> Option<&RawValue> {
        serde_json::from_str(&self.sample).ok()
    }
}
