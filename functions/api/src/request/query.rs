//! Query parameters, taken one by one. Every error names the parameter and says what to change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::{
    domain::{
        delivery::Status,
        event::{log::LogPlace, pattern::EventType, rules::EventRules},
        ids::{AccountId, DeliveryId, EventId, RecoveryId, SessionId, WebhookId},
        time,
    },
    store::{
        deliveries::pages::{DeliveryFilter, DeliveryQuery},
        event_log::LogWindow,
    },
};

use super::cursor::place_in;
use crate::{
    actions::event_log::{CatchUpQuery, EventQuery},
    error::ApiError,
    quote::shortened,
};

/// The most entries of a page, so that a response stays far below the 6 MB that Lambda allows.
pub(crate) const MAX_LIMIT: usize = 100;

/// How many entries a page has if the client does not say.
pub(crate) const DEFAULT_LIMIT: usize = 20;

/// The most names that one `event` parameter may have: `DynamoDB` compares a record with 100 values at most.
pub(crate) const MAX_NAMES: usize = 50;

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

    /// The parameters of the list of accounts: only those after this one, and how many.
    pub(crate) fn of_accounts(mut self) -> Result<(Option<AccountId>, usize), ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(ACCOUNTS, |id| AccountId::parse(id).ok())?;
        self.finish(&["limit", "cursor"])?;
        Ok((after, limit))
    }

    /// The parameters of the list of an account's keys: only those after this one, and how many.
    pub(crate) fn of_keys(mut self, account: &AccountId) -> Result<(Option<String>, usize), ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(&keys_of(account), |id| Some(id.to_owned()))?;
        self.finish(&["limit", "cursor"])?;
        Ok((after, limit))
    }

    /// The parameters of the list of an account's sessions: only those after this one, and how many.
    pub(crate) fn of_sessions(mut self, account: &AccountId) -> Result<(Option<SessionId>, usize), ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(&sessions_of(account), |id| SessionId::parse(id).ok())?;
        self.finish(&["limit", "cursor"])?;
        Ok((after, limit))
    }

    /// The parameters of a list of deliveries.
    pub(crate) fn of_deliveries(mut self, webhook: &WebhookId, rules: &EventRules) -> Result<DeliveryQuery, ApiError> {
        let limit = self.limit()?;
        let before = self.cursor(webhook.as_str(), |id| DeliveryId::parse(id).ok())?;
        let filter = DeliveryFilter {
            statuses: self.statuses()?,
            since: self.time("since")?,
            until: self.time("until")?,
            events: self.event_types(rules)?,
            event_id: self.event_id("eventId")?,
            recovery: self.recovery()?,
        };
        self.finish(&["limit", "cursor", "status", "since", "until", "event", "eventId", "recovery"])?;
        Ok(DeliveryQuery { before, filter, limit })
    }

    /// The parameters of the list of an account's events.
    pub(crate) fn of_events(mut self, account: &AccountId, rules: &EventRules) -> Result<EventQuery, ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(&log_of(account.as_str()), LogPlace::parse)?;
        let window = LogWindow { since: self.time("since")?, until: self.time("until")? };
        let events = self.event_types(rules)?;
        self.finish(&["limit", "cursor", "since", "until", "event"])?;
        Ok(EventQuery { after, window, events, limit })
    }

    /// The parameters of a webhook's events, for a receiver that catches up.
    pub(crate) fn of_catch_up(mut self, webhook: &WebhookId) -> Result<CatchUpQuery, ApiError> {
        let limit = self.limit()?;
        let after = self.cursor(&log_of(webhook.as_str()), LogPlace::parse)?;
        let since = self.time("since")?;
        self.finish(&["limit", "cursor", "since"])?;
        Ok(CatchUpQuery { after, since, limit })
    }

    /// The parameters of a list of recoveries: only those before this one, and how many.
    pub(crate) fn of_recoveries(mut self, webhook: &WebhookId) -> Result<(Option<RecoveryId>, usize), ApiError> {
        let limit = self.limit()?;
        let before = self.cursor(&recoveries_of(webhook), |id| RecoveryId::parse(id).ok())?;
        self.finish(&["limit", "cursor"])?;
        Ok((before, limit))
    }

    /// The parameters of one event: its id, in the query because an HTTP API decodes paths, and ids may have any printable character.
    pub(crate) fn of_event(mut self) -> Result<EventId, ApiError> {
        let is_given = self.0.get("id").is_some_and(|id| !id.is_empty());
        if !is_given {
            return Err(invalid("id", "is missing; send the event's id, percent-encoded"));
        }
        // What cannot be an id is not found.
        let id = self.event_id("id").map_err(|_| ApiError::NotFound { what: "event" })?;
        self.finish(&["id"])?;
        id.ok_or(ApiError::NotFound { what: "event" })
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

    fn time(&mut self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        // A plus sign that was not percent-encoded is read as a space.
        let time = time::utc_text(&text.replace(' ', "+")).and_then(|utc| utc.parse().ok());
        let problem = "must be a time in RFC 3339, such as 2026-05-25T14:32:01Z";
        time.map(Some).ok_or_else(|| invalid(name, problem))
    }

    fn event_id(&mut self, name: &str) -> Result<Option<EventId>, ApiError> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let id = EventId::parse(&text.replace(' ', "+"));
        id.map(Some).map_err(|error| invalid(name, &format!("is not an event id: it {error}")))
    }

    fn recovery(&mut self) -> Result<Option<RecoveryId>, ApiError> {
        let Some(text) = self.0.remove("recovery") else { return Ok(None) };
        let id = RecoveryId::parse(&text);
        id.map(Some).map_err(|error| invalid("recovery", &format!("is not a recovery's id: it {error}")))
    }

    fn event_types(&mut self, rules: &EventRules) -> Result<Vec<EventType>, ApiError> {
        let Some(text) = self.0.remove("event") else { return Ok(Vec::new()) };
        let known = |name: &str| EventType::parse(name).ok().filter(|event| rules.knows(event));
        let events = text.split(',').map(known).collect::<Option<Vec<_>>>().ok_or_else(|| {
            let valid = rules.names_in_words();
            invalid("event", &format!("must be one or more event types, separated by commas; valid are: {valid}"))
        })?;
        if events.len() > MAX_NAMES {
            return Err(invalid("event", &format!("names more than {MAX_NAMES} event types; name fewer")));
        }
        Ok(events)
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

/// The name of the list of an account's keys, as its cursors have it.
pub(crate) fn keys_of(account: &AccountId) -> String {
    format!("{account}/keys")
}

/// The name of the list of an account's sessions, as its cursors have it.
pub(crate) fn sessions_of(account: &AccountId) -> String {
    format!("{account}/sessions")
}

/// The name of the list of accounts, as its cursors have it. No account can be called that.
pub(crate) const ACCOUNTS: &str = "/accounts";

/// The name of an account's or a webhook's event log, as its cursors have it.
pub(crate) fn log_of(owner: &str) -> String {
    format!("{owner}/events")
}

/// The name of a webhook's list of recoveries, as its cursors have it.
pub(crate) fn recoveries_of(webhook: &WebhookId) -> String {
    format!("{webhook}/recoveries")
}

fn invalid(parameter: &str, problem: &str) -> ApiError {
    ApiError::InvalidParameter { parameter: shortened(parameter), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
