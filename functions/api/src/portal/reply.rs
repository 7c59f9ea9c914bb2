//! What a page or a form answers.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::error::ApiError;

/// An answer. Its security headers come later, for all answers together.
#[derive(Debug)]
pub(crate) struct Reply(Response);

impl Reply {
    /// A page with status 200.
    pub(crate) fn page(page: &impl Template) -> Result<Self, ApiError> {
        let html = page.render().map_err(|error| {
            tracing::error!("a page could not be written: {error}");
            ApiError::Unavailable
        })?;
        Ok(Self::with_type(HeaderValue::from_static("text/html; charset=utf-8"), html.into()))
    }

    /// After a form that shows no secret: another page, which the browser then asks for. `path` begins with a slash and has no host.
    pub(crate) fn see(path: &str) -> Self {
        let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/portal/"));
        Self((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }

    /// A file that the browser stores, and never shows. `name` is this program's own.
    pub(crate) fn download(name: &str, content: Bytes) -> Self {
        let mut reply = Self::with_type(HeaderValue::from_static("application/octet-stream"), content.into());
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            reply.0.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
        reply
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        *self.0.status_mut() = status;
        self
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Where a form leads to.
    pub(crate) fn location(&self) -> Option<&str> {
        self.0.headers().get(header::LOCATION)?.to_str().ok()
    }

    fn with_type(content_type: HeaderValue, body: Body) -> Self {
        Self(([(header::CONTENT_TYPE, content_type)], body).into_response())
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        self.0
    }
}
