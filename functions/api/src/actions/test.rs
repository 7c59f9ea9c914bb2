//! A test event, sent now: what a customer needs to see while setting up an endpoint.
//!
//! It uses the same signer, address policy and client as any delivery. It is logged, never retried and never counted.

use jiff::Timestamp;
use shared::{
    ambient,
    domain::{
        attempt::{
            Attempt, Reason,
            outcome::verdict_of,
            request::{Letter, Request, request},
        },
        delivery::{
            Status,
            job::Job,
            transition::{Write, tested},
        },
        event::{
            compose,
            pattern::{EventPattern, EventType},
        },
        ids::{DeliveryId, EventId},
        profile::Profile,
        time,
        webhook::Webhook,
    },
    logging::chain,
};

use crate::{
    Api,
    audit::{Action, Object, audit},
    caller::Caller,
    error::ApiError,
    quote::shortened,
};

/// The attempt, and exactly what was sent, except that the values of the customer's own headers are masked.
#[derive(Debug)]
pub struct TestSent {
    pub(crate) test: TestEvent,
    pub(crate) status: Status,
    pub(crate) attempt: Attempt,
    pub(crate) url: String,
    /// Names and values, in the order in which they were sent.
    pub(crate) headers: Vec<(String, String)>,
}

/// The event of a test.
#[derive(Debug, Clone)]
pub struct TestEvent {
    pub(crate) event_id: EventId,
    pub(crate) delivery_id: DeliveryId,
    pub(crate) event_type: EventType,
    /// The exact body that is signed and sent.
    pub(crate) body: String,
}

/// Sends a test as [`send`] does, while few enough others are under way: each holds a concurrent execution of the API for as long as its
/// endpoint takes.
pub(crate) async fn send_in_turn(
    api: &Api,
    caller: &Caller,
    webhook: &Webhook,
    named: Option<&str>,
) -> Result<TestSent, ApiError> {
    let random = u64::from_be_bytes(ambient::random());
    let places = api.store.take_test_places(&caller.account, random, ambient::now()).await?;
    let places = places.ok_or(ApiError::RateLimited { retry_after: RETRY_TEST_AFTER })?;
    let sent = send(api, caller, webhook, named).await;
    if let Err(error) = api.store.give_back_test_places(&places).await {
        tracing::warn!("the place of a test is taken for half a minute longer than needed: {}", chain(&error));
    }
    sent
}

/// How soon to try again while other tests are under way, in seconds.
const RETRY_TEST_AFTER: u64 = 2;

/// Sends the sample of one event to the webhook, and logs the attempt whatever came of it. `named` is the event that the customer asks
/// for.
async fn send(api: &Api, caller: &Caller, webhook: &Webhook, named: Option<&str>) -> Result<TestSent, ApiError> {
    let event_type = choose_event(caller.profile, &webhook.settings.events, named)?;
    let (now, type_key) = (ambient::now(), caller.profile.events.type_key);
    let test = TestEvent {
        event_id: EventId::new(now, ambient::random()),
        delivery_id: DeliveryId::new(now, ambient::random()),
        body: compose(type_key, &event_type, &time::whole_seconds(now), sample(caller.profile, &event_type)),
        event_type,
    };
    let request = test.request(caller.profile, webhook, now);
    let (attempt, verdict) = verdict_of(1, Reason::Test, api.sender.send(&request).await);
    audit(&caller.actor, &caller.account, Action::WebhookTest, Object::webhook(webhook.id.as_str()), &[]);
    let record = tested(&test.job(caller, webhook, now), attempt.clone(), &verdict, test.body.clone());
    let status = record.status;
    api.store.record(record, Write::IfAbsent, None, now).await?;
    let custom = request.custom.iter().map(|(name, value)| (name.as_str().to_owned(), value.masked()));
    let url = request.url.as_str().to_owned();
    let headers = request.headers.into_iter().chain(custom).collect();
    Ok(TestSent { test, status, attempt, url, headers })
}

impl TestEvent {
    fn request<'a>(&'a self, profile: &Profile, webhook: &'a Webhook, at: Timestamp) -> Request<'a> {
        let letter = Letter {
            webhook: &webhook.id,
            event: &self.event_id,
            event_type: &self.event_type,
            delivery: &self.delivery_id,
            reason: Reason::Test,
            attempt: 1,
            at,
            body: &self.body,
        };
        request(&profile.attempts, &webhook.recipient(), &letter)
    }

    fn job(&self, caller: &Caller, webhook: &Webhook, now: Timestamp) -> Job {
        Job {
            account: caller.account.clone(),
            profile: caller.profile.name.clone(),
            webhook: webhook.id.clone(),
            event_id: self.event_id.clone(),
            event_type: self.event_type.clone(),
            delivery: self.delivery_id.clone(),
            accepted_at: now,
            reason: Reason::Test,
            again: false,
            round: None,
            waited: false,
            at: None,
        }
    }
}

/// The event that a test sends to a webhook with these patterns: the named one, else the webhook's first. A wildcard stands for the
/// catalogue's first event that it matches.
fn choose_event(profile: &Profile, patterns: &[EventPattern], named: Option<&str>) -> Result<EventType, ApiError> {
    if let Some(name) = named {
        let event = EventType::parse(name).ok().filter(|event| profile.events.knows(event));
        return event
            .ok_or_else(|| ApiError::NotAnEventType { name: shortened(name), valid: profile.events.names_in_words() });
    }
    if let Some(EventPattern::Exactly(event)) = patterns.first() {
        return Ok(event.clone());
    }
    let catalogue = &profile.catalogue;
    let is_wanted = |event: &EventType| patterns.iter().any(|pattern| pattern.matches(event));
    let entry = catalogue.iter().find(|entry| is_wanted(&entry.name)).or(catalogue.first());
    entry.map(|entry| entry.name.clone()).ok_or(ApiError::Unavailable)
}

/// The event type's own sample. A name that the platform made up has the sample of the catalogue's first.
fn sample<'p>(profile: &'p Profile, event: &EventType) -> &'p str {
    let catalogue = &profile.catalogue;
    let entry = catalogue.iter().find(|entry| entry.name == *event).or(catalogue.first());
    entry.map_or("{}", |entry| entry.sample.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROFILES;

    fn chosen(profile: &str, patterns: &[&str], named: Option<&str>) -> Result<String, ApiError> {
        let patterns: Vec<_> = patterns.iter().map(|pattern| EventPattern::parse(pattern).unwrap()).collect();
        choose_event(PROFILES.by_name(profile).unwrap(), &patterns, named).map(|event| event.to_string())
    }

    #[test]
    fn a_test_sends_the_named_event_else_the_webhooks_first() {
        let first = PROFILES.by_name("standard").unwrap().catalogue[0].name.to_string();
        for (profile, patterns, named, expected) in [
            ("go2", &["click"][..], Some("link.created"), "link.created"),
            ("go2", &["link.created", "click"], None, "link.created"),
            ("go2", &["*"], None, "click"),
            ("standard", &["made.up"], None, "made.up"),
            ("standard", &["*", "made.up"], None, &first),
            ("standard", &["nothing.like.it.*"], None, &first),
            ("standard", &["*"], Some("made.up"), "made.up"),
        ] {
            assert_eq!(chosen(profile, patterns, named).as_deref(), Ok(expected), "{profile} {patterns:?} {named:?}");
        }
    }

    #[test]
    fn a_prefix_stands_for_the_first_event_that_it_matches() {
        let profile = PROFILES.by_name("standard").unwrap();
        let last = &profile.catalogue.last().unwrap().name;
        let (prefix, _) = last.as_str().rsplit_once('.').unwrap();
        let expected = profile.catalogue.iter().find(|entry| entry.name.as_str().starts_with(&format!("{prefix}.")));
        assert_eq!(chosen("standard", &[&format!("{prefix}.*")], None).unwrap(), expected.unwrap().name.as_str());
    }

    #[test]
    fn an_event_that_the_profile_does_not_have_is_rejected() {
        for (profile, name) in [("go2", "link.click"), ("go2", "*"), ("awsys", "click"), ("standard", "a b")] {
            let error = chosen(profile, &["click"], Some(name)).unwrap_err();
            assert_eq!(error.code(), "INVALID_EVENTS", "{profile} {name}");
            assert!(error.to_string().starts_with(&format!("'{name}' is not an event type; valid are: ")), "{error}");
        }
    }

    #[test]
    fn a_made_up_event_has_the_sample_of_the_catalogues_first() {
        let profile = PROFILES.by_name("standard").unwrap();
        let made_up = EventType::parse("made.up").unwrap();
        assert_eq!(sample(profile, &made_up), profile.catalogue[0].sample);
    }
}
