//! Answers in each profile's envelope. Handlers say what; only this file knows how it is wrapped.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json, value::to_raw_value};
use shared::domain::profile::AnswerStyle;

use crate::error::ApiError;

/// What a handler returns, before its envelope.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Object(Box<serde_json::value::RawValue>),
    List { data: Box<serde_json::value::RawValue>, next_cursor: Option<String> },
    Document(Box<serde_json::value::RawValue>),
    Error(ApiError),
}

impl Answer {
    /// An object with this status.
    ///
    /// # Errors
    /// Never for the views made here; serialisation is fallible by type only.
    pub fn object(status: StatusCode, object: &impl Serialize) -> Result<Self, ApiError> {
        let object = to_raw_value(object).map_err(|_| ApiError::Unavailable)?;
        Ok(Self { status, content: Content::Object(object) })
    }

    /// A page of a list.
    ///
    /// # Errors
    /// As [`Answer::object`].
    pub fn list(data: &[impl Serialize], next_cursor: Option<String>) -> Result<Self, ApiError> {
        let data = to_raw_value(data).map_err(|_| ApiError::Unavailable)?;
        Ok(Self { status: StatusCode::OK, content: Content::List { data, next_cursor } })
    }

    /// A document that has its own form, in no envelope.
    ///
    /// # Errors
    /// As [`Answer::object`].
    pub fn document(document: &impl Serialize) -> Result<Self, ApiError> {
        let document = to_raw_value(document).map_err(|_| ApiError::Unavailable)?;
        Ok(Self { status: StatusCode::OK, content: Content::Document(document) })
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self { status: error.status(), content: Content::Error(error) }
    }
}

/// The answer travels as an extension until [`wrap`] knows the profile.
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

/// Writes the answer that a handler left in `response`, in the profile's envelope.
pub(crate) fn wrap(style: AnswerStyle, mut response: Response) -> Response {
    let Some(Answer { status, content }) = response.extensions_mut().remove::<Answer>() else { return response };
    let is_problem = style == AnswerStyle::Problem && matches!(content, Content::Error(_));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
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

    fn written(style: AnswerStyle, answer: &Answer) -> Value {
        serde_json::from_str(&body(style, answer.status, &answer.content)).unwrap()
    }

    #[test]
    fn each_profile_has_its_envelope() {
        let object = Answer::object(StatusCode::OK, &json!({"id": "wh_1"})).unwrap();
        let list = Answer::list(&[json!(1)], None).unwrap();
        let error = Answer::from(ApiError::UnknownPath);
        let message = "there is nothing at this path";
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
            assert_eq!(written(style, &object), of_object, "{style:?}");
            assert_eq!(written(style, &list), of_list, "{style:?}");
            assert_eq!(written(style, &error), of_error, "{style:?}");
        }
    }
}
