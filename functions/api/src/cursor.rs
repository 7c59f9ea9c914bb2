//! Query parameters of lists: `limit`, `cursor` and `status`.

use std::collections::BTreeMap;

use shared::domain::delivery::Status;

use crate::{error::ApiError, fields::shortened};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

/// Parameters by name, each given once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// A parameter is given twice.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let name = name.into_owned();
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                return Err(bad(&name, "is given twice"));
            }
        }
        Ok(Self(parameters))
    }

    /// Takes `limit`: 1 to 100, 20 unless given.
    pub(crate) fn limit(&mut self) -> Result<usize, ApiError> {
        let Some(text) = self.0.remove("limit") else { return Ok(DEFAULT_LIMIT) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| bad("limit", "must be a whole number from 1 to 100"))
    }

    /// Takes `cursor`: the `nextCursor` of the page before, which holds the last id of that page and the list it is of.
    pub(crate) fn cursor<T>(&mut self, list: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        let Some(text) = self.0.remove("cursor") else { return Ok(None) };
        let place = hex::decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let id = place.as_deref().and_then(|place| place.strip_prefix(list)?.strip_prefix('/'));
        let problem = "is not a cursor of this list; use the 'nextCursor' of the page before";
        id.and_then(parse).map(Some).ok_or_else(|| bad("cursor", problem))
    }

    /// Takes `status`: some of the four, separated by commas.
    pub(crate) fn statuses(&mut self) -> Result<Vec<Status>, ApiError> {
        let Some(text) = self.0.remove("status") else { return Ok(Vec::new()) };
        let mut statuses = text.split(',').map(Status::parse).collect::<Option<Vec<_>>>().ok_or_else(|| {
            bad("status", "must be some of delivered, retrying, failed and skipped, separated by commas")
        })?;
        statuses.sort();
        statuses.dedup();
        Ok(statuses)
    }

    /// Refuses what is left.
    pub(crate) fn finish(self, valid: &str) -> Result<(), ApiError> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(bad(&name, &format!("is not a parameter of this request; it takes {valid}"))),
        }
    }
}

/// Opaque to clients, so that what it holds may change. `list` says what is listed: an account's webhooks by its id, a
/// webhook's deliveries by its own.
pub(crate) fn next_cursor(has_more: bool, list: &str, end: Option<&str>) -> Option<String> {
    end.filter(|_| has_more).map(|end| hex::encode(format!("{list}/{end}")))
}

fn bad(parameter: &str, problem: &str) -> ApiError {
    ApiError::InvalidParameter { parameter: shortened(parameter), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use shared::domain::id::WebhookId;

    use super::*;

    fn webhook(text: &str) -> Option<WebhookId> {
        WebhookId::parse(text).ok()
    }

    #[test]
    fn a_cursor_leads_on_from_the_last_id() {
        let cursor = next_cursor(true, "acme", Some("wh_1")).unwrap();
        let read = |list: &str| Parameters::parse(&format!("cursor={cursor}")).unwrap().cursor(list, webhook);
        assert_eq!(read("acme").unwrap().unwrap().as_str(), "wh_1");
        assert!(read("other").is_err() && read("acm").is_err());
        assert_eq!(next_cursor(false, "acme", Some("wh_1")), None);
    }

    #[test]
    fn bad_parameters_are_refused_by_name() {
        for query in
            ["limit=0", "limit=101", "limit=x", "limit=", "limit=%2B5", "limit=-1", "limit=1&limit=2", "other=1"]
        {
            let read = Parameters::parse(query).and_then(|mut parameters| {
                parameters.limit()?;
                parameters.finish("limit and cursor")
            });
            assert!(matches!(read, Err(ApiError::InvalidParameter { .. })), "{query}");
        }
        for query in ["cursor=", "cursor=zz", "cursor=77685f31zz", "cursor=20"] {
            assert!(Parameters::parse(query).unwrap().cursor("acme", webhook).is_err(), "{query}");
        }
        for query in ["status=", "status=ok", "status=failed,", "status=Failed"] {
            assert!(Parameters::parse(query).unwrap().statuses().is_err(), "{query}");
        }
    }

    #[test]
    fn statuses_are_a_set() {
        let statuses = Parameters::parse("status=failed,skipped,failed").unwrap().statuses().unwrap();
        assert_eq!(statuses, [Status::Failed, Status::Skipped]);
    }
}
