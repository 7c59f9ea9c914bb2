//! The ids that a path names.

use std::collections::BTreeMap;

use axum::{
    RequestExt,
    extract::{RawPathParams, Request},
};
use shared::domain::ids::{DeliveryId, RecoveryId, WebhookId};

use crate::error::ApiError;

/// The parts of a path by their names in the table of its endpoint or page.
#[derive(Debug, Clone)]
pub(crate) struct PathIds(BTreeMap<String, String>);

impl PathIds {
    /// A path that is not UTF-8 once decoded names no id.
    pub(crate) async fn read(request: &mut Request) -> Self {
        Self(match request.extract_parts::<RawPathParams>().await {
            Ok(ids) => ids.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            Err(_) => BTreeMap::new(),
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What cannot be an id is not found.
    pub(crate) fn parsed<T, E>(&self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        parse(self.get(name)?).ok()
    }

    pub(crate) fn webhook(&self) -> Result<WebhookId, ApiError> {
        self.parsed("id", WebhookId::parse).ok_or(ApiError::NotFound { what: "webhook" })
    }

    pub(crate) fn delivery(&self) -> Result<DeliveryId, ApiError> {
        self.parsed("deliveryId", DeliveryId::parse).ok_or(ApiError::NotFound { what: "delivery" })
    }

    pub(crate) fn recovery(&self) -> Result<RecoveryId, ApiError> {
        self.parsed("recoveryId", RecoveryId::parse).ok_or(ApiError::NotFound { what: "recovery" })
    }
}
