//! Responses in each profile's envelope. Handlers say what they hold; only this file knows how it is wrapped.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use shared::domain::profile::AnswerStyle;

use crate::error::ApiError;

/// What a handler returns, before its envelope.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    content: Content,
    /// Whether the handler chose the status, and not the endpoint's row.
    is_chosen: bool,
}

#[derive(Debug, Clone)]
enum Content {
    Object(Box<RawValue>),
    List { data: Box<RawValue>, next_cursor: Option<String> },
    Feed { data: Box<RawValue>, next_cursor: String, done: bool },
    Document(Box<RawValue>),
    Error(ApiError),
}

impl Answer {
    /// An object in the profile's envelope.
    pub fn object(object: &impl Serialize) -> Result<Self, ApiError> {
        written(object).map(Content::Object).map(Self::ok)
    }

    /// A page of a list.
    pub fn list(data: impl Iterator<Item: Serialize>, next_cursor: Option<String>) -> Result<Self, ApiError> {
        let data = written(&data.collect::<Vec<_>>())?;
        Ok(Self::ok(Content::List { data, next_cursor }))
    }

    /// A page of a list that never ends. `done` says that there is nothing more at this moment.
    pub fn feed(data: impl Iterator<Item: Serialize>, next_cursor: String, done: bool) -> Result<Self, ApiError> {
        let data = written(&data.collect::<Vec<_>>())?;
        Ok(Self::ok(Content::Feed { data, next_cursor, done }))
    }

    /// A document that has its own form, in no envelope.
    pub fn document(document: &impl Serialize) -> Result<Self, ApiError> {
        written(document).map(Content::Document).map(Self::ok)
    }

    /// The same with the status that the endpoint's row names.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        if self.is_chosen { self } else { Self { status, ..self } }
    }

    /// The same with a status other than the row's.
    pub(crate) fn chosen(self, status: StatusCode) -> Self {
        Self { status, is_chosen: true, ..self }
    }

    fn ok(content: Content) -> Self {
        Self { status: StatusCode::OK, content, is_chosen: false }
    }
}

/// Writing a view to JSON fails by type only.
fn written(view: &impl Serialize) -> Result<Box<RawValue>, ApiError> {
    to_raw_value(view).map_err(|_| ApiError::Unavailable)
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self { status: error.status(), content: Content::Error(error), is_chosen: true }
    }
}

/// What a handler returns travels as an extension of the response until [`wrap`] knows the profile.
impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Answer::from(self).into_response()
    }
}

/// Writes what a handler left in `response`, in the profile's envelope.
pub(crate) fn wrap(style: AnswerStyle, mut response: Response) -> Response {
    let Some(Answer { status, content, .. }) = response.extensions_mut().remove::<Answer>() else { return response };
    let is_problem = style == AnswerStyle::Problem && matches!(content, Content::Error(_));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status != StatusCode::METHOD_NOT_ALLOWED {
        // axum says which methods a path has, also to who may not know.
        response.headers_mut().remove(header::ALLOW);
    }
    if let Content::Error(ApiError::RateLimited { retry_after }) = &content {
        response.headers_mut().insert(header::RETRY_AFTER, (*retry_after).into());
    }
    let content_type = if is_problem { "application/problem+json" } else { "application/json" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = body(style, status, &content).into();
    response
}

fn body(style: AnswerStyle, status: StatusCode, content: &Content) -> String {
    match (style, content) {
        (_, Content::Document(document)) => document.to_string(),
        (AnswerStyle::Success, Content::Object(object)) => format!(r#"{{"success":true,"data":{object}}}"#),
        (AnswerStyle::Bare | AnswerStyle::Problem, Content::Object(object)) => object.to_string(),
        (AnswerStyle::Success, Content::List { data, next_cursor }) => {
            format!(r#"{{"success":true,"data":{data},"nextCursor":{}}}"#, json!(next_cursor))
        }
        (AnswerStyle::Bare | AnswerStyle::Problem, Content::List { data, next_cursor }) => {
            format!(r#"{{"data":{data},"nextCursor":{}}}"#, json!(next_cursor))
        }
        (style, Content::Feed { data, next_cursor, done }) => {
            let success = if style == AnswerStyle::Success { r#""success":true,"# } else { "" };
            format!(r#"{{{success}"data":{data},"nextCursor":{},"done":{done}}}"#, json!(next_cursor))
        }
        (_, Content::Error(error)) => error_body(style, status, error).to_string(),
    }
}

fn error_body(style: AnswerStyle, status: StatusCode, error: &ApiError) -> Value {
    let (code, message) = (error.code(), error.to_string());
    match style {
        AnswerStyle::Bare => json!({"error": {"code": code, "message": message}}),
        AnswerStyle::Success => json!({"success": false, "error": {"code": code, "message": message}}),
        AnswerStyle::Problem => json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": message,
            "code": code,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(style: AnswerStyle, answer: &Answer) -> Value {
        serde_json::from_str(&body(style, answer.status, &answer.content)).unwrap()
    }

    #[test]
    fn each_profile_has_its_envelope() {
        let object = Answer::object(&json!({"id": "wh_1"})).unwrap();
        let list = Answer::list([json!(1)].iter(), None).unwrap();
        let error = Answer::from(ApiError::UnknownPath);
        let message = "there is nothing at this path; check the path";
        for (style, of_object, of_list, of_error) in [
            (
                AnswerStyle::Bare,
                json!({"id": "wh_1"}),
                json!({"data": [1], "nextCursor": null}),
                json!({"error": {"code": "NOT_FOUND", "message": message}}),
            ),
            (
                AnswerStyle::Success,
                json!({"success": true, "data": {"id": "wh_1"}}),
                json!({"success": true, "data": [1], "nextCursor": null}),
                json!({"success": false, "error": {"code": "NOT_FOUND", "message": message}}),
            ),
            (
                AnswerStyle::Problem,
                json!({"id": "wh_1"}),
                json!({"data": [1], "nextCursor": null}),
                json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": message, "code": "NOT_FOUND"}),
            ),
        ] {
            assert_eq!(sent(style, &object), of_object, "{style:?}");
            assert_eq!(sent(style, &list), of_list, "{style:?}");
            assert_eq!(sent(style, &error), of_error, "{style:?}");
        }
    }
}
