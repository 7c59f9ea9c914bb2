//! Pages that say what happened, and the one next step. What was typed into a form is offered again.

use std::borrow::Cow;

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    asked::Asked,
    frame::{Frame, Visitor},
    guard::Refused,
    look::Look,
    reply::Reply,
    words::visible::{Piece, pieces},
};
use crate::error::ApiError;

/// The most characters that are shown of what was typed into a field.
const MAX_SHOWN: usize = 2_000;

/// Why there is no page, or why a form did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Refused(Refused),
    Error(ApiError),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

impl Trouble {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(Refused::OtherSite | Refused::NoRight) => StatusCode::FORBIDDEN,
            Self::Refused(Refused::OtherSession) => StatusCode::CONFLICT,
            Self::Error(error) => error.status(),
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refused::OtherSite) => "OTHER_SITE",
            Self::Refused(Refused::NoRight) => "READ_ONLY",
            Self::Refused(Refused::OtherSession) => "OTHER_SESSION",
            Self::Error(error) => error.code(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Refused(Refused::OtherSite) => Words::new(
                "This form was sent from another site",
                "Nothing was changed. If you meant to do this, open the portal and do it there.",
            ),
            Self::Refused(Refused::NoRight) => Words::new(
                "You may look, but not change anything",
                "Your session is read-only, and nothing was changed. Ask whoever sent you the link for one that may change webhooks.",
            ),
            Self::Refused(Refused::OtherSession) => Words::new(
                "You have since opened another account",
                "This form was made before you signed in as you are now, so that nothing was changed. The head of this page names the \
                 account that is open.",
            ),
            Self::Error(ApiError::SessionOver | ApiError::Unauthorized) => {
                Words::new("Your session is over", "Nothing was changed. Open a new link, and this page works again.")
            }
            Self::Error(ApiError::AccountSuspended) => Words::new(
                "This account is suspended",
                "Nothing is sent while it is. Ask the platform that sent you here.",
            ),
            Self::Error(ApiError::UnknownPath | ApiError::MethodNotAllowed) => {
                Words::new("Not found", "There is nothing at this address.")
            }
            Self::Error(ApiError::NotFound { what }) => Words::owned(
                "Not found",
                format!("There is no {what} with this id in your account. It may have been deleted."),
            ),
            Self::Error(error) if error.status() == StatusCode::CONFLICT => {
                Words::owned("Something changed in the meantime", sentence(error))
            }
            Self::Error(error) => Words::owned("This did not work", sentence(error)),
        }
    }
}

/// A heading, and what it means.
struct Words {
    heading: &'static str,
    text: String,
}

impl Words {
    fn new(heading: &'static str, text: &str) -> Self {
        Self::owned(heading, text.to_owned())
    }

    fn owned(heading: &'static str, text: String) -> Self {
        Self { heading, text }
    }
}

/// An error's words as a sentence.
fn sentence(error: &ApiError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// A field of a form that did nothing.
struct Typed {
    name: String,
    value: String,
    /// What is shown of it. Secrets, which headers may be too, are sent again but not shown, nor is what nobody typed.
    shown: Option<Vec<Piece>>,
}

impl Typed {
    fn of(name: &str, value: &str) -> Self {
        let is_hidden = matches!(name, "secret" | "headers" | "shown" | "code" | "replaces") || value.is_empty();
        let shown = (!is_hidden).then(|| pieces(&beginning(value)));
        Self { name: name.to_owned(), value: value.to_owned(), shown }
    }
}

fn beginning(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", value.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(value),
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    heading: &'static str,
    text: String,
    code: &'static str,
    /// Whether a new link is the next step, and not the portal's first page.
    needs_link: bool,
    /// Where the form was sent, if sending it again may help.
    path: Option<String>,
    typed: Vec<Typed>,
}

/// The page about what happened.
pub(super) fn problem(look: &Look, asked: &Asked, visitor: Option<Visitor>, trouble: impl Into<Trouble>) -> Response {
    let trouble: Trouble = trouble.into();
    let (status, code, words) = (trouble.status(), trouble.code(), trouble.words());
    let typed = typed(asked, &trouble);
    let page = ProblemPage {
        frame: Frame::new(look, visitor),
        heading: words.heading,
        text: words.text,
        code,
        needs_link: status == StatusCode::UNAUTHORIZED,
        path: (may_help(&trouble) && !typed.is_empty()).then(|| asked.path.clone()),
        typed,
    };
    let reply = match Reply::page(&page) {
        Ok(reply) => reply.with_status(status),
        Err(error) => return (error.status(), error.to_string()).into_response(),
    };
    match trouble {
        Trouble::Error(ApiError::RateLimited { retry_after }) => {
            reply.with_header(header::RETRY_AFTER, &retry_after.to_string()).into_response()
        }
        _ => reply.into_response(),
    }
}

/// Whether the same form may do more later, or for another session.
fn may_help(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Refused(Refused::OtherSession) => true,
        Trouble::Refused(Refused::OtherSite | Refused::NoRight) => false,
        Trouble::Error(error) => matches!(error.status().as_u16(), 401 | 409 | 429 | 503),
    }
}

fn typed(asked: &Asked, trouble: &Trouble) -> Vec<Typed> {
    match asked.form() {
        Ok(form) if is_offered(trouble) => form.typed().map(|(name, value)| Typed::of(name, value)).collect(),
        _ => Vec::new(),
    }
}

/// Whether what was typed is offered again. A form from another site was typed by nobody, and no form leads nowhere.
fn is_offered(trouble: &Trouble) -> bool {
    !matches!(
        trouble,
        Trouble::Refused(Refused::OtherSite) | Trouble::Error(ApiError::UnknownPath | ApiError::MethodNotAllowed)
    )
}

/// What a form calls a field.
fn label(name: &str) -> &str {
    match name {
        "url" => "URL",
        "name" => "Name",
        "event" | "events" => "Event",
        "others" => "Other events",
        "headers" => "Headers",
        "filter" => "Filter",
        "requests" => "Requests",
        "seconds" => "In so many seconds",
        "delays" => "Retry delays",
        "timeout" => "Timeout",
        "grace" => "Grace period",
        "host" => "Host name",
        "include" => "What to send again",
        "from" => "From when",
        "since" => "Since",
        "until" => "Until",
        "rate" => "Rate",
        unknown => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, value: &str) -> Option<String> {
        Typed::of(name, value).shown.map(|pieces| pieces.into_iter().map(|piece| piece.text).collect())
    }

    #[test]
    fn secrets_and_codes_are_sent_again_but_not_shown() {
        for name in ["secret", "headers", "shown", "code", "replaces"] {
            assert_eq!((shown(name, "a"), Typed::of(name, "a").value.as_str()), (None, "a"), "{name}");
        }
        assert_eq!((shown("name", "a"), shown("name", "")), (Some("a".to_owned()), None));
    }

    #[test]
    fn a_long_value_is_shown_by_its_beginning() {
        for (length, end) in [(2_000, "é"), (2_001, "…")] {
            let value = "é".repeat(length);
            let shown = shown("name", &value).unwrap();
            assert!(shown.ends_with(end) && shown.chars().count() == length, "{length}");
            assert_eq!(Typed::of("name", &value).value, value);
        }
    }

    #[test]
    fn what_was_typed_is_not_offered_where_nothing_takes_it() {
        for (trouble, offered) in [
            (Trouble::Refused(Refused::OtherSite), false),
            (Trouble::Error(ApiError::UnknownPath), false),
            (Trouble::Error(ApiError::MethodNotAllowed), false),
            (Trouble::Refused(Refused::OtherSession), true),
            (Trouble::Error(ApiError::Unavailable), true),
        ] {
            assert_eq!(is_offered(&trouble), offered, "{trouble:?}");
        }
    }
}
