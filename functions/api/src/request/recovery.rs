//! The body of a request for a recovery.

use jiff::Timestamp;
use shared::domain::{
    delivery::recovery::{DEFAULT_RATE, Include, MAX_RATE},
    profile::Profile,
    time,
};

use super::body::{Fields, invalid};
use crate::{
    actions::{
        recoveries::{Mode, NewRecovery},
        settings,
    },
    error::ApiError,
};

const TIME: &str = "must be a time in RFC 3339, such as 2026-05-25T14:32:01Z";

/// `POST /webhooks/:id/recoveries`
pub(crate) fn creation(profile: &Profile, mut fields: Fields<'_>) -> Result<NewRecovery, ApiError> {
    let include = include(fields.optional("include", &include_expected())?)?;
    let since: String = fields.required("since", TIME)?;
    let since = point("since", &since)?;
    let until: Option<String> = fields.optional("until", TIME)?;
    let until = until.map(|until| point("until", &until)).transpose()?;
    let events: Option<Vec<String>> = fields.optional("events", "must be an array of strings")?;
    let events = events.map(|events| settings::events(profile, &events)).transpose()?;
    let rate = rate(&mut fields)?;
    let is_dry_run: Option<bool> = fields.optional("dryRun", "must be true or false")?;
    fields.finish("include, since, until, events, rate, dryRun")?;
    let mode = if is_dry_run == Some(true) { Mode::DryRun } else { Mode::Send };
    Ok(NewRecovery { include, since, until, events, rate, mode })
}

fn include(names: Option<Vec<String>>) -> Result<Vec<Include>, ApiError> {
    let Some(names) = names else { return Ok(vec![Include::Failed, Include::Skipped]) };
    let include = names.iter().map(|name| Include::parse(name)).collect::<Option<Vec<_>>>();
    let mut include =
        include.filter(|include| !include.is_empty()).ok_or_else(|| invalid("include", &include_expected()))?;
    include.sort();
    include.dedup();
    Ok(include)
}

fn include_expected() -> String {
    format!("must be an array of one or more of: {}", Include::ALL.map(Include::as_str).join(", "))
}

fn point(field: &str, text: &str) -> Result<Timestamp, ApiError> {
    time::utc_text(text).and_then(|utc| utc.parse().ok()).ok_or_else(|| invalid(field, TIME))
}

fn rate(fields: &mut Fields<'_>) -> Result<u32, ApiError> {
    let expected = format!("must be a whole number of deliveries a second from 1 to {MAX_RATE}");
    let Some(rate) = fields.integer("rate", &expected)? else { return Ok(DEFAULT_RATE) };
    let rate = u32::try_from(rate).ok().filter(|rate| (1..=MAX_RATE).contains(rate));
    rate.ok_or_else(|| invalid("rate", &expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn read(body: &str) -> Result<NewRecovery, ApiError> {
        creation(PROFILES.by_name("go2").unwrap(), Fields::parse(body)?)
    }

    #[test]
    fn a_recovery_needs_only_since() {
        let since = "2026-05-25T14:32:01Z".parse().unwrap();
        let include = vec![Include::Failed, Include::Skipped];
        let expected = NewRecovery { include, since, until: None, events: None, rate: 10, mode: Mode::Send };
        assert_eq!(read(r#"{"since":"2026-05-25T16:32:01+02:00"}"#), Ok(expected));
    }

    #[test]
    fn a_bad_field_is_rejected_by_name() {
        let with = |fields: &str| format!(r#"{{"since":"2026-05-25T14:32:01Z",{fields}}}"#);
        for (body, code) in [
            ("{}".to_owned(), "MISSING_FIELD"),
            (r#"{"since":"yesterday"}"#.to_owned(), "INVALID_FIELD"),
            (with(r#""include":[]"#), "INVALID_FIELD"),
            (with(r#""include":["retrying"]"#), "INVALID_FIELD"),
            (with(r#""include":"failed""#), "INVALID_FIELD"),
            (with(r#""until":5"#), "INVALID_FIELD"),
            (with(r#""rate":0"#), "INVALID_FIELD"),
            (with(r#""rate":101"#), "INVALID_FIELD"),
            (with(r#""rate":1.5"#), "INVALID_FIELD"),
            (with(r#""events":["nothing"]"#), "INVALID_EVENTS"),
            (with(r#""dryRun":"yes""#), "INVALID_FIELD"),
            (with(r#""limit":5"#), "UNKNOWN_FIELD"),
        ] {
            assert_eq!(read(&body).unwrap_err().code(), code, "{body}");
        }
    }
}
