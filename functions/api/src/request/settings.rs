//! The fields of a webhook that creation and PATCH read alike.

use serde::Deserialize;
use serde_json::{Number, value::RawValue};
use shared::domain::{
    attempt::{
        custom::HeaderChanges,
        timing::{MAX_DELAY_SECONDS, MAX_DELAYS, MAX_SCHEDULE_SECONDS, MAX_TIMEOUT_SECONDS, OwnDelays, OwnTimeout},
    },
    event::filter::Filter,
    profile::Profile,
    webhook::{
        metadata::Metadata,
        pace::{REQUESTS, RateLimit, SECONDS},
        settings::Change,
    },
};

use super::body::{Fields, invalid, whole};
use crate::{error::ApiError, quote::shortened};

const RETRY_DELAYS: &str = "retryDelaysSeconds";
const TIMEOUT: &str = "timeoutSeconds";

/// What `null` as a header's value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullHeader {
    /// In PATCH: the header is removed.
    Removes,
    /// At creation there is nothing to remove.
    IsWrong,
}

/// `headers`, an object of strings.
pub(super) fn headers(fields: &mut Fields<'_>, profile: &Profile, null: NullHeader) -> Result<HeaderChanges, ApiError> {
    let members = fields.members("headers", "must be an object of strings")?.unwrap_or_default();
    let sent = members.into_iter().map(|(name, raw)| match header_value(raw, null) {
        Ok(value) => Ok((name, value)),
        Err(expected) => Err(invalid(&format!("headers.{}", shortened(&name)), expected)),
    });
    let sent = sent.collect::<Result<Vec<_>, ApiError>>()?;
    HeaderChanges::parse(sent, &profile.attempts.headers).map_err(|error| ApiError::InvalidHeaders { error })
}

/// A header's value, or what it must be.
fn header_value(raw: &RawValue, null: NullHeader) -> Result<Option<String>, &'static str> {
    let value = serde_json::from_str::<Option<String>>(raw.get());
    match (value, null) {
        (Ok(Some(value)), _) => Ok(Some(value)),
        (Ok(None), NullHeader::Removes) => Ok(None),
        (_, NullHeader::Removes) => Err("must be a string, or null to remove the header"),
        (_, NullHeader::IsWrong) => Err("must be a string"),
    }
}

/// `metadata`, an object of strings.
pub(super) fn metadata(fields: &mut Fields<'_>) -> Result<Option<Metadata>, ApiError> {
    const EXPECTED: &str = "must be an object of strings";
    let Some(members) = fields.members("metadata", EXPECTED)? else { return Ok(None) };
    let entry = |(key, raw): (String, &RawValue)| Some((key, serde_json::from_str(raw.get()).ok()?));
    let entries: Option<Vec<(String, String)>> = members.into_iter().map(entry).collect();
    let metadata = Metadata::new(entries.ok_or_else(|| invalid("metadata", EXPECTED))?);
    metadata.map(Some).map_err(|error| invalid("metadata", &error.to_string()))
}

/// `filter`, a pattern. Its size counts as it was sent.
pub(super) fn filter(fields: &mut Fields<'_>) -> Result<Change<Filter>, ApiError> {
    let sent = fields.change::<&RawValue>("filter", "must be an object or null")?;
    read_as(sent, |raw| Filter::parse(raw.get()).map_err(ApiError::InvalidFilter))
}

/// `rateLimit`, how many requests in how many seconds.
pub(super) fn rate_limit(fields: &mut Fields<'_>) -> Result<Change<RateLimit>, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parts {
        requests: Number,
        seconds: Number,
    }
    let expected = format!(
        "must be null, or an object of 'requests', {} to {}, and 'seconds', {} to {}",
        REQUESTS.start(),
        REQUESTS.end(),
        SECONDS.start(),
        SECONDS.end()
    );
    let part = |number: &Number| u32::try_from(whole(number)?).ok();
    read_as(fields.change("rateLimit", &expected)?, |Parts { requests, seconds }| {
        let limit =
            part(&requests).zip(part(&seconds)).and_then(|(requests, seconds)| RateLimit::new(requests, seconds));
        limit.ok_or_else(|| invalid("rateLimit", &expected))
    })
}

/// `retryDelaysSeconds`, where the profile lets customers choose.
pub(super) fn retry_delays(fields: &mut Fields<'_>, profile: &Profile) -> Result<Change<OwnDelays>, ApiError> {
    let expected = format!(
        "must be null, or at most {MAX_DELAYS} whole numbers of seconds in an array, each 1 to {MAX_DELAY_SECONDS} and \
         together at most {MAX_SCHEDULE_SECONDS}"
    );
    if is_refused(fields, RETRY_DELAYS, profile) {
        return Err(not_chosen(RETRY_DELAYS, profile));
    }
    let delays = |numbers: Vec<Number>| OwnDelays::new(numbers.iter().map(whole).collect::<Option<_>>()?);
    read_as(fields.change(RETRY_DELAYS, &expected)?, |numbers| {
        delays(numbers).ok_or_else(|| invalid(RETRY_DELAYS, &expected))
    })
}

/// `timeoutSeconds`, where the profile lets customers choose.
pub(super) fn timeout(fields: &mut Fields<'_>, profile: &Profile) -> Result<Change<OwnTimeout>, ApiError> {
    let expected = format!("must be null, or a whole number of seconds from 1 to {MAX_TIMEOUT_SECONDS}");
    if is_refused(fields, TIMEOUT, profile) {
        return Err(not_chosen(TIMEOUT, profile));
    }
    read_as(fields.change(TIMEOUT, &expected)?, |number: Number| {
        whole(&number).and_then(OwnTimeout::new).ok_or_else(|| invalid(TIMEOUT, &expected))
    })
}

/// Null is no choice, so it is accepted in every profile.
fn is_refused(fields: &Fields<'_>, field: &str, profile: &Profile) -> bool {
    fields.has(field) && !fields.has_null(field) && !profile.attempts.timing.may_be_chosen()
}

fn not_chosen(field: &str, profile: &Profile) -> ApiError {
    let profile = &profile.name;
    invalid(field, &format!("is fixed in the profile '{profile}', for every webhook alike; leave it out, or send null"))
}

fn read_as<T, U>(change: Change<T>, read: impl FnOnce(T) -> Result<U, ApiError>) -> Result<Change<U>, ApiError> {
    Ok(match change {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(value) => Change::Set(read(value)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn profile(name: &str) -> &'static Profile {
        PROFILES.by_name(name).unwrap()
    }

    fn error_of<T>(result: Result<T, ApiError>) -> String {
        result.map_or_else(|error| format!("{}: {error}", error.code()), |_| String::new())
    }

    #[test]
    fn an_error_about_a_header_names_it_and_never_its_value() {
        for (body, null, expected) in [
            (r#"{"headers":null}"#, NullHeader::Removes, "'headers' must be an object of strings"),
            (r#"{"headers":["hunter2"]}"#, NullHeader::Removes, "'headers' must be an object of strings"),
            (
                r#"{"headers":{"x-a":{"y":"hunter2"}}}"#,
                NullHeader::Removes,
                "'headers.x-a' must be a string, or null to",
            ),
            (r#"{"headers":{"x-a":null}}"#, NullHeader::IsWrong, "'headers.x-a' must be a string"),
            (r#"{"headers":{"x-a":" hunter2"}}"#, NullHeader::Removes, "'headers.x-a' must have 1 to 1024 visible"),
            (r#"{"headers":{"Host":"hunter2"}}"#, NullHeader::Removes, "'headers.Host' belongs to the request itself"),
            (r#"{"headers":{"a b":"hunter2"}}"#, NullHeader::Removes, "'headers.a b' is not a header name"),
            (r#"{"headers":{"A":"hunter2","a":"x"}}"#, NullHeader::Removes, "'headers.a' is given twice"),
            (r#"{"headers":{"a":"hunter2","a":"x"}}"#, NullHeader::Removes, "'headers.a' is given twice"),
        ] {
            let text = error_of(headers(&mut Fields::parse(body).unwrap(), profile("standard"), null));
            assert!(
                text.starts_with(&format!("INVALID_FIELD: {expected}")) && !text.contains("hunter2"),
                "{body}: {text}"
            );
        }
    }

    #[test]
    fn metadata_keeps_its_order_and_is_never_null() {
        let read = |body: &str| metadata(&mut Fields::parse(body).unwrap());
        let kept = read(r#"{"metadata":{"z":"1","a":"2","10":"3","2":""}}"#).unwrap().unwrap();
        let keys: Vec<&str> = kept.entries().iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["z", "a", "10", "2"]);
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(read(r#"{"metadata":{}}"#), Ok(Some(Metadata::default())));
        for (body, expected) in [
            (r#"{"metadata":null}"#, "'metadata' must be an object of strings"),
            (r#"{"metadata":{"a":1}}"#, "'metadata' must be an object of strings"),
            (r#"{"metadata":{"a":null}}"#, "'metadata' must be an object of strings"),
            (r#"{"metadata":{"":"x"}}"#, "'metadata' has a key of 0 characters: use 1 to 64"),
            (r#"{"metadata":{"a":"x","a":"x"}}"#, "'metadata' has the key 'a' twice: send it once"),
        ] {
            assert_eq!(error_of(read(body)), format!("INVALID_FIELD: {expected}"), "{body}");
        }
    }

    #[test]
    fn a_filter_is_null_or_a_pattern_whose_place_an_error_names() {
        let read = |value: &str| filter(&mut Fields::parse(&format!(r#"{{"filter":{value}}}"#)).unwrap());
        assert_eq!(read("null"), Ok(Change::Clear));
        let Ok(Change::Set(kept)) = read(r#"{ "event": ["a"] }"#) else { panic!("the filter is valid") };
        assert_eq!(kept.as_str(), r#"{"event":["a"]}"#);
        for value in ["1", "[]", "{}", r#"{"data":{}}"#, r#"{"type":["a"]}"#, r#""{}""#] {
            assert_eq!(read(value).unwrap_err().code(), "INVALID_FILTER", "{value}");
        }
        let error = read(r#"{"data":{"amount":[{"more":1}]}}"#).unwrap_err().to_string();
        assert!(error.starts_with("'filter' is not valid at 'data.amount[0]"), "{error}");
        let padded = format!(r#"{{"event":["a"]{}}}"#, " ".repeat(1_010));
        assert_eq!(read(&padded).unwrap_err().code(), "INVALID_FILTER", "blanks count as they are sent");
    }

    #[test]
    fn a_rate_limit_is_null_or_two_numbers_within_their_limits() {
        for (value, good) in [
            ("null", true),
            (r#"{"requests":1,"seconds":3600}"#, true),
            (r#"{"requests":1e3,"seconds":1.0}"#, true),
            (r#"{"requests":0,"seconds":1}"#, false),
            (r#"{"requests":1001,"seconds":1}"#, false),
            (r#"{"requests":1,"seconds":3601}"#, false),
            (r#"{"requests":4294967297,"seconds":1}"#, false),
            (r#"{"requests":1.5,"seconds":1}"#, false),
            (r#"{"requests":1}"#, false),
            (r#"{"requests":1,"seconds":1,"more":1}"#, false),
            (r#"{"requests":"1","seconds":1}"#, false),
            ("5", false),
        ] {
            let body = format!(r#"{{"rateLimit":{value}}}"#);
            let read = rate_limit(&mut Fields::parse(&body).unwrap());
            assert_eq!(read.as_ref().map_err(ApiError::code).err(), (!good).then_some("INVALID_FIELD"), "{body}");
        }
    }

    #[test]
    fn delays_and_a_timeout_are_whole_seconds_within_their_limits() {
        for (value, good) in
            [("[]", true), ("[1,43200]", true), ("[5.0,6e1]", true), ("[0]", false), ("[1.5]", false), ("[-1]", false)]
        {
            let body = format!(r#"{{"retryDelaysSeconds":{value}}}"#);
            let read = retry_delays(&mut Fields::parse(&body).unwrap(), profile("standard"));
            assert_eq!(read.is_ok(), good, "{body}: {read:?}");
        }
        for (value, good) in [("1", true), ("20", true), ("2e1", true), ("0", false), ("21", false), ("\"5\"", false)] {
            let body = format!(r#"{{"timeoutSeconds":{value}}}"#);
            let read = timeout(&mut Fields::parse(&body).unwrap(), profile("standard"));
            assert_eq!(read.is_ok(), good, "{body}: {read:?}");
        }
    }

    #[test]
    fn only_null_is_accepted_where_the_schedule_is_the_platforms() {
        for name in ["awsys", "go2"] {
            let expected =
                format!("is fixed in the profile '{name}', for every webhook alike; leave it out, or send null");
            let text =
                error_of(retry_delays(&mut Fields::parse(r#"{"retryDelaysSeconds":[5]}"#).unwrap(), profile(name)));
            assert_eq!(text, format!("INVALID_FIELD: 'retryDelaysSeconds' {expected}"));
            let text = error_of(timeout(&mut Fields::parse(r#"{"timeoutSeconds":"x"}"#).unwrap(), profile(name)));
            assert_eq!(text, format!("INVALID_FIELD: 'timeoutSeconds' {expected}"));
            let null = r#"{"timeoutSeconds":null}"#;
            assert_eq!(timeout(&mut Fields::parse(null).unwrap(), profile(name)), Ok(Change::Clear));
        }
    }
}
