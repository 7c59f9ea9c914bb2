//! Which posts are let through: in a fixed order, of which the first that fails answers.
//!
//! 1. The form was sent by a page of this site: [`check_origin`], before anything is read. Otherwise 403.
//! 2. There is a session: 401. An account that is suspended: 403.
//! 3. The session has the right to act: 403, and
//! 4. the form was made for this session: 409. Both are [`check_form`].
//! 5. The form is not too large: 413. Its fields are valid, which is the page's own question: 400.

use axum::http::{HeaderMap, header};
use shared::domain::{account::session::Rights, ids::SessionId};

/// What a page or a form needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any session.
    Look,
    /// A session that may change something.
    Act,
    /// Any session, which may only end itself.
    Leave,
}

/// Why a post was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It came from another site, or from nowhere that a browser names.
    OtherSite,
    NoRight,
    /// The form was made for another session, or for none.
    OtherSession,
}

/// Whether a form was sent by a page of this site. Browsers say so, and no page can make them say otherwise.
pub(super) fn check_origin(headers: &HeaderMap, own_origin: &str) -> Result<(), Refused> {
    let said = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_same = match said(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        // Browsers before 2023 say only this.
        None => said(header::ORIGIN).is_some_and(|origin| origin.eq_ignore_ascii_case(own_origin)),
    };
    if is_same { Ok(()) } else { Err(Refused::OtherSite) }
}

/// Whether a session may send this form.
pub(super) fn check_form(needs: Needs, rights: Rights, session: &SessionId, of_form: &str) -> Result<(), Refused> {
    match (needs, rights) {
        (Needs::Act, Rights::ReadOnly) => Err(Refused::NoRight),
        _ if of_form != session.as_str() => Err(Refused::OtherSession),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_must_come_from_this_site() {
        let own = "https://hooks.example.com";
        for (site, origin, passes) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("null"), true),
            (Some("same-site"), Some(own), false),
            (Some("cross-site"), Some(own), false),
            (Some("none"), Some(own), false),
            (Some(""), Some(own), false),
            (None, Some(own), true),
            (None, Some("HTTPS://hooks.example.com"), true),
            (None, Some("https://hooks.example.com.evil.example"), false),
            (None, Some("http://hooks.example.com"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(check_origin(&headers, own).is_ok(), passes, "{site:?} {origin:?}");
        }
    }

    #[test]
    fn the_right_to_act_is_checked_before_the_forms_session() {
        let session = SessionId::parse("pts_1").unwrap();
        for (needs, rights, of_form, expected) in [
            (Needs::Act, Rights::Manage, "pts_1", Ok(())),
            (Needs::Act, Rights::Manage, "pts_2", Err(Refused::OtherSession)),
            (Needs::Act, Rights::Manage, "", Err(Refused::OtherSession)),
            (Needs::Act, Rights::ReadOnly, "pts_1", Err(Refused::NoRight)),
            (Needs::Act, Rights::ReadOnly, "pts_2", Err(Refused::NoRight)),
            (Needs::Leave, Rights::ReadOnly, "pts_1", Ok(())),
            (Needs::Leave, Rights::Manage, "pts_2", Err(Refused::OtherSession)),
        ] {
            assert_eq!(check_form(needs, rights, &session, of_form), expected, "{needs:?} {rights:?} {of_form}");
        }
    }
}
