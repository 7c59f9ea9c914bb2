//! States in words, each with a tone for its colour and icon. The word alone says everything.

use shared::domain::{
    attempt::Reason,
    delivery::{Status, recovery::RecoveryStatus},
    webhook::{Webhook, standing::Health},
};

/// How good or bad something is: the style sheet's class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Slow,
    Bad,
    Info,
    Off,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Slow => "slow",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Off => "off",
        }
    }
}

/// A state as a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) word: &'static str,
    pub(crate) tone: Tone,
}

impl Badge {
    const fn new(word: &'static str, tone: Tone) -> Self {
        Self { word, tone }
    }

    pub(crate) fn of_webhook(webhook: &Webhook) -> Self {
        match (webhook.is_active(), webhook.standing.pulse.health) {
            (false, _) => Self::new("Disabled", Tone::Off),
            (true, Health::Ok) => Self::new("Active", Tone::Ok),
            (true, Health::Slow) => Self::new("Slow", Tone::Slow),
            (true, Health::Failing) => Self::new("Failing", Tone::Bad),
        }
    }

    pub(crate) fn of_delivery(status: Status) -> Self {
        match status {
            Status::Delivered => Self::new("Delivered", Tone::Ok),
            Status::Retrying => Self::new("Retrying", Tone::Slow),
            Status::Failed => Self::new("Failed", Tone::Bad),
            Status::Skipped => Self::new("Skipped", Tone::Off),
        }
    }

    pub(crate) fn of_recovery(status: RecoveryStatus) -> Self {
        match status {
            RecoveryStatus::Waiting => Self::new("Waiting", Tone::Info),
            RecoveryStatus::Running => Self::new("Running", Tone::Info),
            RecoveryStatus::Draining => Self::new("Draining", Tone::Info),
            RecoveryStatus::Finished => Self::new("Finished", Tone::Ok),
            RecoveryStatus::Held => Self::new("Held", Tone::Slow),
            RecoveryStatus::Paused => Self::new("Paused", Tone::Off),
            RecoveryStatus::Cancelled => Self::new("Cancelled", Tone::Off),
        }
    }
}

/// What a delivery's status means for the person who reads it.
pub(crate) fn delivery_meaning(status: Status) -> &'static str {
    match status {
        Status::Delivered => "The endpoint accepted it.",
        Status::Retrying => "The endpoint has not accepted it yet. It is tried again by itself.",
        Status::Failed => "The endpoint did not accept it. It is not tried again by itself.",
        Status::Skipped => "It was not sent.",
    }
}

/// What a recovery does in this state.
pub(crate) fn recovery_meaning(status: RecoveryStatus) -> &'static str {
    match status {
        RecoveryStatus::Waiting => "It begins within seconds.",
        RecoveryStatus::Running => "Deliveries are being sent again, the oldest first.",
        RecoveryStatus::Draining => "Everything is queued. The last deliveries are on their way.",
        RecoveryStatus::Finished => "Everything was sent again.",
        RecoveryStatus::Held => "It waits for the endpoint, and goes on by itself.",
        RecoveryStatus::Paused => "Nothing is sent until you resume it. After seven days it is cancelled.",
        RecoveryStatus::Cancelled => "Nothing more is sent.",
    }
}

/// Why an attempt was made, for a hint next to the name that the API and the header `x-posthorn-reason` have for it.
pub(crate) fn reason_meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::Event => "the first attempt",
        Reason::Retry => "tried again by itself",
        Reason::Test => "a test event",
        Reason::Resend => "somebody asked for it",
        Reason::Replay => "a recovery",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::domain::{
        event::pattern::EventPattern,
        target::TargetPolicy,
        webhook::{
            settings::Settings,
            standing::{Disabled, Pulse, Standing},
        },
    };

    use super::*;
    use crate::testing::webhook_with;

    #[test]
    fn a_webhooks_state_is_its_health_unless_it_is_disabled() {
        let url = TargetPolicy::default().check("https://example.com/").unwrap();
        for (is_active, health, word, class) in [
            (true, Health::Ok, "Active", "ok"),
            (true, Health::Slow, "Slow", "slow"),
            (true, Health::Failing, "Failing", "bad"),
            (false, Health::Failing, "Disabled", "off"),
            (false, Health::Ok, "Disabled", "off"),
        ] {
            let disabled = (!is_active).then(|| Disabled { at: Timestamp::UNIX_EPOCH, reason: String::new() });
            let standing = Standing { disabled, pulse: Pulse::of(health), ..Standing::new(Timestamp::UNIX_EPOCH) };
            let settings = Settings::new(url.clone(), vec![EventPattern::Everything]);
            let webhook = Webhook { standing, ..webhook_with(settings) };
            let badge = Badge::of_webhook(&webhook);
            assert_eq!((badge.word, badge.tone.class()), (word, class), "{is_active} {health:?}");
        }
    }

    #[test]
    fn every_state_has_the_apis_word_with_a_capital() {
        let words = Status::ALL.map(|status| (Badge::of_delivery(status).word, status.as_str()));
        let recoveries = RecoveryStatus::ALL.map(|status| (Badge::of_recovery(status).word, status.as_str()));
        for (word, name) in words.into_iter().chain(recoveries) {
            assert_eq!(word.to_lowercase(), name);
            assert!(word.starts_with(char::is_uppercase), "{word}");
        }
    }
}
