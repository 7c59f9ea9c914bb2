//! The bodies of operators' requests, read into typed input.

use std::time::Duration;

use shared::domain::{
    account::{
        key::{Scope, Scopes},
        limits::Limit,
        standing::{StandingPatch, Usage},
    },
    ids::ProfileName,
    profile::registry::Profiles,
    webhook::settings::Change,
};

use super::body::{Fields, invalid};
use crate::{
    actions::{keys::NewKey, settings},
    error::ApiError,
    quote::shortened,
};

const TEXT: &str = "must be a string";

/// The most seconds that a key may be valid if it ends at all: a year. A key without an end lasts until it is revoked.
pub(crate) const MAX_KEY_SECONDS: u64 = 31_536_000;

/// `PUT /accounts/:account`
pub(crate) fn put(profiles: &Profiles, mut fields: Fields<'_>) -> Result<(ProfileName, StandingPatch), ApiError> {
    let name: String = fields.required("profile", TEXT)?;
    let profile = profiles.by_name(&name).map(|profile| profile.name.clone()).ok_or_else(|| {
        let valid: Vec<&str> = profiles.all().iter().map(|profile| profile.name.as_str()).collect();
        invalid("profile", &format!("is not installed here: '{}'; valid are: {}", shortened(&name), valid.join(", ")))
    })?;
    let patch = StandingPatch { name: account_name(&mut fields)?, usage: None, limits: limits(&mut fields)? };
    fields.finish("profile, name, limits")?;
    Ok((profile, patch))
}

/// `PATCH /accounts/:account`
pub(crate) fn change(mut fields: Fields<'_>) -> Result<StandingPatch, ApiError> {
    let name = account_name(&mut fields)?;
    let expected = "must be \"active\" or \"suspended\"; to delete the account, send DELETE";
    let usage = match fields.optional::<String>("status", expected)?.as_deref() {
        None => None,
        Some("active") => Some(Usage::Active),
        Some("suspended") => Some(Usage::Suspended),
        Some(_) => return Err(invalid("status", expected)),
    };
    let limits = limits(&mut fields)?;
    fields.finish("name, status, limits")?;
    Ok(StandingPatch { name, usage, limits })
}

/// `POST /accounts/:account/keys`
pub(crate) fn new_key(mut fields: Fields<'_>) -> Result<NewKey, ApiError> {
    let expected = format!("must be an array of one or more of: {}", Scope::ALL.map(Scope::as_str).join(", "));
    let scopes: Vec<String> = fields.required("scopes", &expected)?;
    let scopes = scopes.iter().map(|scope| Scope::parse(scope)).collect::<Option<Vec<_>>>();
    let scopes = scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| invalid("scopes", &expected))?;
    let name = fields.optional("name", TEXT)?.map(settings::name).transpose()?;
    let expected = format!("must be a whole number of seconds from 1 to {MAX_KEY_SECONDS}");
    let seconds = fields.integer("expiresInSeconds", &expected)?;
    if seconds.is_some_and(|seconds| !(1..=MAX_KEY_SECONDS).contains(&seconds)) {
        return Err(invalid("expiresInSeconds", &expected));
    }
    fields.finish("scopes, name, expiresInSeconds")?;
    Ok(NewKey { scopes: Scopes::new(scopes), name, lasts: seconds.map(Duration::from_secs) })
}

fn account_name(fields: &mut Fields<'_>) -> Result<Change<String>, ApiError> {
    Ok(match fields.change::<String>("name", TEXT)? {
        Change::Set(text) => Change::Set(settings::name(text)?),
        unchanged => unchanged,
    })
}

/// Limits that are chosen, or put back to their defaults with `null`.
fn limits(fields: &mut Fields<'_>) -> Result<Vec<(Limit, Option<u32>)>, ApiError> {
    let Some(raw) = fields.raw("limits") else { return Ok(Vec::new()) };
    let mut fields = Fields::parse(raw.get()).map_err(|error| match error {
        ApiError::MalformedJson { .. } => invalid("limits", "must be an object"),
        error => error,
    })?;
    let mut limits = Vec::new();
    for limit in Limit::ALL {
        let expected =
            format!("must be a whole number from 1 to {}, or null for {}", limit.max(), limit.default_value());
        if fields.has_null(limit.as_str()) {
            fields.raw(limit.as_str());
            limits.push((limit, None));
        } else if let Some(value) = fields.integer(limit.as_str(), &expected)? {
            let value = u32::try_from(value).ok().filter(|value| limit.allows(*value));
            limits.push((limit, Some(value.ok_or_else(|| invalid(limit.as_str(), &expected))?)));
        }
    }
    fields.finish(&Limit::ALL.map(Limit::as_str).join(", "))?;
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    #[test]
    fn an_account_is_put_with_what_is_named() {
        let body = r#"{"profile":"go2","name":"Acme","limits":{"webhooks":5,"testsPerMinute":null}}"#;
        let (profile, patch) = put(&PROFILES, Fields::parse(body).unwrap()).unwrap();
        let limits = vec![(Limit::Webhooks, Some(5)), (Limit::TestsPerMinute, None)];
        let expected = StandingPatch { name: Change::Set("Acme".to_owned()), usage: None, limits };
        assert_eq!((profile.as_str(), patch), ("go2", expected));
    }

    #[test]
    fn a_bad_account_is_rejected_by_its_field() {
        for (body, code) in [
            ("{}", "MISSING_FIELD"),
            (r#"{"profile":"go3"}"#, "INVALID_FIELD"),
            (r#"{"profile":5}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","name":""}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","status":"active"}"#, "UNKNOWN_FIELD"),
            (r#"{"profile":"go2","limits":5}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","limits":{"webhooks":0}}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","limits":{"webhooks":101}}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","limits":{"webhooks":1.5}}"#, "INVALID_FIELD"),
            (r#"{"profile":"go2","limits":{"emails":1}}"#, "UNKNOWN_FIELD"),
        ] {
            let error = Fields::parse(body).and_then(|fields| put(&PROFILES, fields)).unwrap_err();
            assert_eq!(error.code(), code, "{body}");
        }
    }

    #[test]
    fn an_account_is_suspended_and_activated_but_not_deleted() {
        for (body, usage) in [
            (r#"{"status":"active"}"#, Ok(Some(Usage::Active))),
            (r#"{"status":"suspended"}"#, Ok(Some(Usage::Suspended))),
            ("{}", Ok(None)),
            (r#"{"status":"deleting"}"#, Err("INVALID_FIELD")),
            (r#"{"profile":"go2"}"#, Err("UNKNOWN_FIELD")),
        ] {
            let read = Fields::parse(body).and_then(change).map(|patch| patch.usage).map_err(|error| error.code());
            assert_eq!(read, usage, "{body}");
        }
    }

    #[test]
    fn a_key_has_scopes_and_perhaps_an_end() {
        for (body, expected) in [
            (r#"{"scopes":["read"]}"#, Ok(None)),
            (r#"{"scopes":["read"],"expiresInSeconds":60}"#, Ok(Some(Duration::from_mins(1)))),
            (r#"{"scopes":["read"],"expiresInSeconds":31536000}"#, Ok(Some(Duration::from_hours(8_760)))),
            (r#"{"scopes":["read"],"expiresInSeconds":31536001}"#, Err("INVALID_FIELD")),
            (r#"{"scopes":["read"],"expiresInSeconds":0}"#, Err("INVALID_FIELD")),
            (r#"{"scopes":[]}"#, Err("INVALID_FIELD")),
            (r#"{"scopes":["all"]}"#, Err("INVALID_FIELD")),
            ("{}", Err("MISSING_FIELD")),
        ] {
            let read = Fields::parse(body).and_then(new_key).map(|key| key.lasts).map_err(|error| error.code());
            assert_eq!(read, expected, "{body}");
        }
    }
}
