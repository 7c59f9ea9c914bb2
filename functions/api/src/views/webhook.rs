use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, value::RawValue};
use shared::domain::{
    attempt::timing::{OwnDelays, OwnTimeout, OwnTiming},
    event::pattern::EventPattern,
    ids::{RecoveryId, WebhookId},
    profile::Profile,
    time,
    webhook::{Webhook, metadata::Metadata, pace::RateLimit, standing::Health},
};

use crate::actions::repeated::Shown;

/// A webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookView<'a> {
    id: &'a WebhookId,
    name: Option<&'a str>,
    url: &'a str,
    events: &'a [EventPattern],
    /// As the customer sent it.
    filter: Option<&'a RawValue>,
    /// Masked.
    headers: BTreeMap<&'a str, String>,
    rate_limit: Option<RateLimitView>,
    /// Only where the profile lets customers choose.
    #[serde(flatten)]
    timing: Option<TimingView<'a>>,
    #[serde(serialize_with = "in_order")]
    metadata: &'a Metadata,
    /// Only at creation and rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    is_active: bool,
    created_at: String,
    updated_at: String,
    consecutive_failures: u32,
    disabled_at: Option<String>,
    disabled_reason: Option<&'a str>,
    health: Health,
    /// The one that is under way.
    recovery: Option<&'a RecoveryId>,
    /// While it is behind its rate limit.
    throttled_until: Option<String>,
}

/// The most requests in as many seconds.
#[derive(Debug, Serialize)]
struct RateLimitView {
    requests: u32,
    seconds: u32,
}

impl RateLimitView {
    fn of(limit: RateLimit) -> Self {
        Self { requests: limit.requests(), seconds: limit.seconds() }
    }
}

/// What the customer chose. Null is the profile's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TimingView<'a> {
    retry_delays_seconds: Option<&'a [u64]>,
    timeout_seconds: Option<u64>,
}

impl<'a> TimingView<'a> {
    fn of(own: &'a OwnTiming, profile: &Profile) -> Option<Self> {
        profile.attempts.timing.may_be_chosen().then(|| Self {
            retry_delays_seconds: own.delays.as_ref().map(OwnDelays::seconds),
            timeout_seconds: own.timeout.map(OwnTimeout::seconds),
        })
    }
}

/// As the customer gave it.
fn in_order<S: Serializer>(metadata: &Metadata, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metadata.entries().iter().map(|(key, value)| (key, value)))
}

impl<'a> WebhookView<'a> {
    /// Without its secret. `throttled_until` is when it will have caught up, if it is behind its rate limit.
    pub(crate) fn of(webhook: &'a Webhook, profile: &Profile, throttled_until: Option<Timestamp>) -> Self {
        let Webhook { settings, standing, .. } = webhook;
        let disabled = standing.disabled.as_ref();
        Self {
            id: &webhook.id,
            name: settings.name.as_deref(),
            url: settings.url.as_str(),
            events: &settings.events,
            filter: settings.filter.as_ref().and_then(|filter| serde_json::from_str(filter.as_str()).ok()),
            rate_limit: settings.rate_limit.map(RateLimitView::of),
            headers: settings.headers.iter().map(|(name, value)| (name.as_str(), value.masked())).collect(),
            timing: TimingView::of(&settings.timing, profile),
            metadata: &settings.metadata,
            secret: None,
            is_active: webhook.is_active(),
            created_at: time::whole_seconds(standing.created_at),
            updated_at: time::whole_seconds(standing.updated_at),
            consecutive_failures: standing.streak.failures,
            disabled_at: disabled.map(|disabled| time::whole_seconds(disabled.at)),
            disabled_reason: disabled.map(|disabled| disabled.reason.as_str()),
            health: standing.pulse.health,
            recovery: standing.recovery.as_ref(),
            throttled_until: throttled_until.map(time::whole_seconds),
        }
    }

    /// A webhook that was made or rotated: with its secret, which is shown at no other time.
    pub(crate) fn shown(shown: &'a Shown, profile: &Profile, throttled_until: Option<Timestamp>) -> Self {
        let (Shown::WithSecret(webhook) | Shown::WithoutSecret(webhook)) = shown;
        let view = Self::of(webhook, profile, throttled_until);
        match shown {
            Shown::WithSecret(_) => Self { secret: Some(webhook.secrets.current.reveal()), ..view },
            Shown::WithoutSecret(_) => view,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::json!(self)
    }
}

/// What is left of a webhook after its deletion.
#[derive(Debug, Serialize)]
pub(crate) struct DeletedView<'a> {
    id: &'a WebhookId,
    deleted: bool,
}

impl<'a> DeletedView<'a> {
    pub(crate) fn of(id: &'a WebhookId) -> Self {
        Self { id, deleted: true }
    }
}

/// Whether a filter matches an event.
#[derive(Debug, Serialize)]
pub(crate) struct FilterCheckView {
    matches: bool,
}

impl FilterCheckView {
    pub(crate) fn of(matches: bool) -> Self {
        Self { matches }
    }
}
