//! The body of a request for a session of the portal, read into typed input.

use std::time::Duration;

use shared::domain::account::{
    portal_path::PortalPath,
    session::{DEFAULT_SESSION_SECONDS, MAX_USER, Rights, SESSION_SECONDS, SessionTerms},
};

use super::body::{Fields, invalid};
use crate::error::ApiError;

/// `POST /portal-sessions`
pub(crate) fn terms(mut fields: Fields<'_>) -> Result<SessionTerms, ApiError> {
    let (shortest, longest) = (SESSION_SECONDS.start(), SESSION_SECONDS.end());
    let expected = format!("must be a whole number of seconds from {shortest} to {longest}");
    let seconds = fields.integer("expiresInSeconds", &expected)?.unwrap_or(DEFAULT_SESSION_SECONDS);
    if !SESSION_SECONDS.contains(&seconds) {
        return Err(invalid("expiresInSeconds", &expected));
    }
    let is_read_only = fields.optional("readOnly", "must be true or false")?.unwrap_or(false);
    let rights = if is_read_only { Rights::ReadOnly } else { Rights::Manage };
    let expected = format!("must be a string of at most {MAX_USER} characters");
    let user: Option<String> = fields.optional("user", &expected)?;
    if user.as_ref().is_some_and(|user| user.chars().count() > MAX_USER) {
        return Err(invalid("user", &expected));
    }
    let path = path(&mut fields)?;
    fields.finish("expiresInSeconds, readOnly, user, path")?;
    Ok(SessionTerms { lasts: Duration::from_secs(seconds), rights, user: user.filter(|user| !user.is_empty()), path })
}

fn path(fields: &mut Fields<'_>) -> Result<PortalPath, ApiError> {
    let expected = "must be the path of a page of the portal, such as /portal/webhooks/new";
    let Some(text) = fields.optional::<String>("path", expected)? else { return Ok(PortalPath::default()) };
    PortalPath::parse(&text).ok_or_else(|| invalid("path", expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<SessionTerms, ApiError> {
        Fields::parse(body).and_then(terms)
    }

    #[test]
    fn a_session_lasts_a_working_day_and_may_manage_unless_told_otherwise() {
        let expected = SessionTerms {
            lasts: Duration::from_hours(8),
            rights: Rights::Manage,
            user: None,
            path: PortalPath::default(),
        };
        assert_eq!(read("{}"), Ok(expected));
        let body = r#"{"expiresInSeconds":900,"readOnly":true,"user":"ann","path":"/portal/events"}"#;
        let expected = SessionTerms {
            lasts: Duration::from_mins(15),
            rights: Rights::ReadOnly,
            user: Some("ann".to_owned()),
            path: PortalPath::parse("/portal/events").unwrap(),
        };
        assert_eq!(read(body), Ok(expected));
    }

    #[test]
    fn bad_terms_are_rejected_by_their_field() {
        let long = format!(r#"{{"user":"{}"}}"#, "é".repeat(129));
        for (body, field) in [
            (r#"{"expiresInSeconds":899}"#, Some("expiresInSeconds")),
            (r#"{"expiresInSeconds":604801}"#, Some("expiresInSeconds")),
            (r#"{"expiresInSeconds":900.5}"#, Some("expiresInSeconds")),
            (r#"{"expiresInSeconds":"900"}"#, Some("expiresInSeconds")),
            (r#"{"readOnly":"true"}"#, Some("readOnly")),
            (r#"{"readOnly":null}"#, Some("readOnly")),
            (long.as_str(), Some("user")),
            (r#"{"path":"/portal"}"#, Some("path")),
            (r#"{"path":"https://evil.example/portal/"}"#, Some("path")),
            (r#"{"path":"/portal/enter"}"#, Some("path")),
            (r#"{"path":5}"#, Some("path")),
        ] {
            match read(body) {
                Err(ApiError::InvalidField { field: found, .. }) => assert_eq!(Some(found.as_str()), field, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
        assert_eq!(read(r#"{"scopes":[]}"#).unwrap_err().code(), "UNKNOWN_FIELD");
        assert!(read(&format!(r#"{{"user":"{}"}}"#, "é".repeat(128))).is_ok());
    }
}
