//! What a browser sent, taken apart.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    RequestExt,
    body::to_bytes,
    extract::{RawPathParams, Request},
    http::{HeaderMap, header},
};
use shared::domain::{
    account::portal_path::PORTAL,
    ids::{DeliveryId, RecoveryId, WebhookId},
};

use super::form::Form;
use crate::{
    Api,
    error::ApiError,
    request::request_id,
    site::{Site, domain_name},
};

/// The most bytes of a form: as of any request to the API.
const MAX_FORM: usize = 262_144;

/// A request to the portal.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// With `/portal`, without the query.
    pub(crate) path: String,
    query: String,
    path_ids: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: String,
    pub(crate) site: Site,
    /// The fields of a form. Empty for a page.
    form: Result<Form, ApiError>,
}

impl Asked {
    pub(super) async fn read(api: &Arc<Api>, mut request: Request) -> Self {
        let path_ids = match request.extract_parts::<RawPathParams>().await {
            Ok(ids) => ids.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            Err(_) => BTreeMap::new(),
        };
        let headers = request.headers().clone();
        Self {
            path: format!("{PORTAL}{}", request.uri().path()),
            query: request.uri().query().unwrap_or_default().to_owned(),
            path_ids,
            request_id: request_id(&request),
            site: Site::of(api.look.public_url(), domain_name(&request).as_deref(), &headers),
            headers,
            form: read_form(request).await,
        }
    }

    pub(crate) fn webhook_id(&self) -> Result<WebhookId, ApiError> {
        self.path_id("id", WebhookId::parse).ok_or(ApiError::NotFound { what: "webhook" })
    }

    pub(crate) fn delivery_id(&self) -> Result<DeliveryId, ApiError> {
        self.path_id("deliveryId", DeliveryId::parse).ok_or(ApiError::NotFound { what: "delivery" })
    }

    pub(crate) fn recovery_id(&self) -> Result<RecoveryId, ApiError> {
        self.path_id("recoveryId", RecoveryId::parse).ok_or(ApiError::NotFound { what: "recovery" })
    }

    /// A part of the path by its name in the table.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path_ids.get(name).map_or("", String::as_str)
    }

    fn path_id<T, E>(&self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        parse(self.path_ids.get(name)?).ok()
    }

    /// The query as a form's fields: a filter that was left empty is sent too.
    pub(crate) fn query(&self) -> Form {
        Form::parse(self.query.as_bytes())
    }

    /// The fields of the form.
    pub(crate) fn form(&self) -> Result<&Form, ApiError> {
        self.form.as_ref().map_err(ApiError::clone)
    }
}

/// Reads a form. It is read before anything is checked, so that no browser is cut off while it still sends.
async fn read_form(request: Request) -> Result<Form, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_some_and(is_urlencoded);
    let bytes = to_bytes(request.into_body(), MAX_FORM).await;
    let bytes = bytes.map_err(|_| ApiError::BodyTooLarge { limit: MAX_FORM })?;
    Ok(if is_form { Form::parse(&bytes) } else { Form::default() })
}

fn is_urlencoded(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
