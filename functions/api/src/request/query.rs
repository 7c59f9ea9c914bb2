//! Query parameters, taken one by one. Every error names the parameter and says what to change.

use std::collections::BTreeMap;

use shared::domain::{
    delivery::Status,
    ids::{AccountId, DeliveryId, WebhookId},
};
use shared::store::deliveries::pages::DeliveryQuery;

use super::cursor::place_in;
use crate::{error::ApiError, quote::shortened};

/// The most entries of a page, so that a response stays far below the 6 MB that Lambda allows.
pub(crate) const MAX_LIMIT: usize = 100;

/// How many entries a page has if the client does not say.
pub(crate) const DEFAULT_LIMIT: usize = 20;

/// Parameters by name, each given once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, String>);

/// Which page of an account's webhooks to list.
#[derive(Debug, PartialEq, Eq)]
pub struct WebhookQuery {
    /// Only webhooks after this one: the last of the page before.
    pub(crate) after: Option<WebhookId>,
    pub(crate) limit: usize,
}

impl Query {
    pub(crate) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let name = name.into_owned();
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                return Err(invalid(&name, "is given twice; give it once"));
            }
        }
        Ok(Self(parameters))
    }

    /// The parameters of a list of webhooks.
    pub(crate) fn of_webhooks(mut self, account: &AccountId) -> Result<WebhookQuery, ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(account.as_str(), |id| WebhookId::parse(id).ok())?;
        self.finish(&["limit", "cursor"])?;
        Ok(WebhookQuery { after, limit })
    }

    /// The parameters of a list of deliveries.
    pub(crate) fn of_deliveries(mut self, webhook: &WebhookId) -> Result<DeliveryQuery, ApiError> {
        let limit = self.limit()?;
        let before = self.cursor(webhook.as_str(), |id| DeliveryId::parse(id).ok())?;
        let statuses = self.statuses()?;
        self.finish(&["limit", "cursor", "status"])?;
        Ok(DeliveryQuery { before, statuses, limit })
    }

    fn limit(&mut self) -> Result<usize, ApiError> {
        let Some(text) = self.0.remove("limit") else { return Ok(DEFAULT_LIMIT) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| invalid("limit", &format!("must be a whole number from 1 to {MAX_LIMIT}")))
    }

    fn cursor<T>(&mut self, list: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        let Some(text) = self.0.remove("cursor") else { return Ok(None) };
        let problem = "is not a cursor of this list; send the 'nextCursor' of the page before";
        let id = place_in(list, &text).and_then(|id| parse(&id));
        id.map(Some).ok_or_else(|| invalid("cursor", problem))
    }

    fn statuses(&mut self) -> Result<Vec<Status>, ApiError> {
        let Some(text) = self.0.remove("status") else { return Ok(Vec::new()) };
        let statuses = text.split(',').map(Status::parse).collect::<Option<Vec<_>>>();
        let mut statuses = statuses.ok_or_else(|| {
            let valid = Status::ALL.map(Status::as_str).join(", ");
            invalid("status", &format!("must be one or more of {valid}, separated by commas"))
        })?;
        statuses.sort();
        statuses.dedup();
        Ok(statuses)
    }

    /// Rejects what is left. `valid` are the parameters that the request may have.
    pub(crate) fn finish(self, valid: &[&str]) -> Result<(), ApiError> {
        let Some(name) = self.0.into_keys().next() else { return Ok(()) };
        let problem = "is not a parameter of this request";
        Err(match valid {
            [] => invalid(&name, &format!("{problem}, which has no query parameters; leave it out")),
            valid => invalid(&name, &format!("{problem}; valid parameters are: {}", valid.join(", "))),
        })
    }
}

fn invalid(parameter: &str, problem: &str) -> ApiError {
    ApiError::InvalidParameter { parameter: shortened(parameter), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::cursor::next_cursor;

    fn webhooks(query: &str) -> Result<WebhookQuery, ApiError> {
        Query::parse(query)?.of_webhooks(&AccountId::parse("acme").unwrap())
    }

    fn deliveries(query: &str) -> Result<DeliveryQuery, ApiError> {
        Query::parse(query)?.of_deliveries(&WebhookId::parse("wh_1").unwrap())
    }

    #[test]
    fn a_cursor_is_read_as_the_id_it_holds() {
        let cursor = next_cursor(true, "acme", Some("wh_1")).unwrap();
        let after = Some(WebhookId::parse("wh_1").unwrap());
        assert_eq!(webhooks(&format!("cursor={cursor}")), Ok(WebhookQuery { after, limit: DEFAULT_LIMIT }));
        assert!(deliveries(&format!("cursor={cursor}")).is_err());
    }

    #[test]
    fn a_bad_parameter_is_rejected_by_name() {
        let limit = "'limit' must be a whole number from 1 to 100";
        let cursor = "'cursor' is not a cursor of this list; send the 'nextCursor' of the page before";
        let status = "'status' must be one or more of delivered, retrying, failed, skipped, separated by commas";
        for (query, error) in [
            ("limit=0", limit),
            ("limit=101", limit),
            ("limit=x", limit),
            ("limit=", limit),
            ("limit=%2B5", limit),
            ("limit=-1", limit),
            ("limit=1&limit=2", "'limit' is given twice; give it once"),
            ("cursor=", cursor),
            ("cursor=zz", cursor),
            ("cursor=20", cursor),
            ("status=", status),
            ("status=ok", status),
            ("status=failed,", status),
            ("status=Failed", status),
            ("other=1", "'other' is not a parameter of this request; valid parameters are: limit, cursor, status"),
        ] {
            assert_eq!(deliveries(query).unwrap_err().to_string(), error, "{query}");
        }
    }

    #[test]
    fn a_request_without_parameters_rejects_any() {
        let error = Query::parse("a=1").unwrap().finish(&[]).unwrap_err();
        let problem = "which has no query parameters; leave it out";
        assert_eq!(error.to_string(), format!("'a' is not a parameter of this request, {problem}"));
    }

    #[test]
    fn statuses_are_a_set() {
        let statuses = deliveries("status=failed,skipped,failed").unwrap().statuses;
        assert_eq!(statuses, [Status::Failed, Status::Skipped]);
    }
}
