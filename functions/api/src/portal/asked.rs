//! What a browser sent, taken apart.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
};
use shared::domain::{
    account::portal_path::PORTAL,
    ids::{DeliveryId, RecoveryId, WebhookId},
};
use url::form_urlencoded;

use super::form::{Form, SESSION};
use crate::{
    Api,
    error::ApiError,
    request::{path_ids::PathIds, request_id},
    site::{Site, domain_name},
};

/// The most bytes of a form: as of any request to the API.
const MAX_FORM: usize = 262_144;

/// The most bytes that are read: Lambda passes on no more than 6 MiB.
const MAX_READ: usize = 6_291_456;

/// The most fields of a form: each costs more memory than its bytes.
const MAX_FIELDS: usize = 1_000;

/// A request to the portal.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// With `/portal`, without the query.
    pub(crate) path: String,
    query: String,
    path_ids: PathIds,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: String,
    pub(crate) site: Site,
    sent: Sent,
}

/// A form as it was sent.
#[derive(Debug, Clone)]
struct Sent {
    /// The session that it was made for, also if the form is too large. Empty if it names none.
    session: String,
    /// The fields of a form. Empty for a page.
    form: Result<Form, ApiError>,
}

impl Asked {
    pub(super) async fn read(api: &Arc<Api>, mut request: Request) -> Self {
        let path_ids = PathIds::read(&mut request).await;
        let headers = request.headers().clone();
        Self {
            path: format!("{PORTAL}{}", request.uri().path()),
            query: request.uri().query().unwrap_or_default().to_owned(),
            path_ids,
            request_id: request_id(&request),
            site: Site::of(api.look.public_url(), domain_name(&request).as_deref(), &headers),
            headers,
            sent: read_form(request).await,
        }
    }

    pub(crate) fn webhook_id(&self) -> Result<WebhookId, ApiError> {
        self.path_ids.webhook()
    }

    pub(crate) fn delivery_id(&self) -> Result<DeliveryId, ApiError> {
        self.path_ids.delivery()
    }

    pub(crate) fn recovery_id(&self) -> Result<RecoveryId, ApiError> {
        self.path_ids.recovery()
    }

    /// A part of the path by its name in the table.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path_ids.get(name).unwrap_or_default()
    }

    /// The query as a form's fields: a filter that was left empty is sent too.
    pub(crate) fn query(&self) -> Form {
        Form::parse(self.query.as_bytes())
    }

    /// The fields of the form.
    pub(crate) fn form(&self) -> Result<&Form, ApiError> {
        self.sent.form.as_ref().map_err(ApiError::clone)
    }

    /// The session that the form was made for.
    pub(super) fn of_session(&self) -> &str {
        &self.sent.session
    }
}

/// Reads a form. It is read before anything is checked, so that no browser is cut off while it still sends.
async fn read_form(request: Request) -> Sent {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_some_and(is_urlencoded);
    match to_bytes(request.into_body(), MAX_READ).await {
        Ok(bytes) if is_form => taken_apart(&bytes),
        Ok(bytes) => Sent { session: String::new(), form: fits(&bytes).map(|()| Form::default()) },
        Err(_) => Sent { session: String::new(), form: Err(ApiError::BodyTooLarge { limit: MAX_FORM }) },
    }
}

fn taken_apart(bytes: &[u8]) -> Sent {
    let form = fits(bytes).map(|()| Form::parse(bytes));
    let session = match &form {
        Ok(form) => form.text(SESSION).to_owned(),
        Err(_) => session_in(bytes.get(..MAX_FORM).unwrap_or(bytes)),
    };
    Sent { session, form }
}

/// The session that a form names which has too much else.
fn session_in(bytes: &[u8]) -> String {
    let mut fields = form_urlencoded::parse(bytes).take(MAX_FIELDS);
    fields.find(|(name, _)| name == SESSION).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn fits(bytes: &[u8]) -> Result<(), ApiError> {
    if bytes.len() > MAX_FORM {
        return Err(ApiError::BodyTooLarge { limit: MAX_FORM });
    }
    if bytes.split(|byte| *byte == b'&').count() > MAX_FIELDS {
        let (field, problem) = ("form".to_owned(), format!("has more than {MAX_FIELDS} fields; send fewer"));
        return Err(ApiError::InvalidField { field, problem });
    }
    Ok(())
}

fn is_urlencoded(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_too_much_still_names_its_session() {
        let fields = |count: usize| format!("session=pts_1{}", "&a=b".repeat(count - 1));
        let bytes = |count: usize| format!("session=pts_1&name={}", "a".repeat(count - 19));
        for (sent, refused) in [
            (fields(MAX_FIELDS), None),
            (fields(MAX_FIELDS + 1), Some("INVALID_FIELD")),
            (bytes(MAX_FORM), None),
            (bytes(MAX_FORM + 1), Some("BODY_TOO_LARGE")),
        ] {
            let Sent { session, form } = taken_apart(sent.as_bytes());
            assert_eq!((session.as_str(), form.err().map(|error| error.code())), ("pts_1", refused), "{}", sent.len());
        }
    }

    #[test]
    fn a_form_without_a_session_names_none() {
        assert_eq!(taken_apart(b"name=a").session, "");
        assert_eq!(session_in(format!("name={}", "a".repeat(9)).as_bytes()), "");
    }
}
