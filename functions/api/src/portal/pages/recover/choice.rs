//! What somebody chose to recover: in the address, or in the form.

use jiff::Timestamp;
use shared::domain::{
    delivery::recovery::{DEFAULT_RATE, Include, MAX_RATE},
    event::pattern::EventPattern,
    profile::Profile,
    webhook::Webhook,
};

use super::since::{Since, meant};
use crate::{
    actions::{
        recoveries::{Mode, NewRecovery},
        settings,
    },
    error::ApiError,
    portal::{form::Form, pages::field::Field, words::utc_field},
};

/// The endpoint works again since the form was made.
const GONE: &str = "The failures that this choice names are over. Choose another, or type a time.";

/// A choice, with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) include: Vec<Include>,
    /// What is wrong with the kinds.
    pub(super) include_error: Option<String>,
    pub(super) from: Since,
    pub(super) since: Field,
    pub(super) until: Field,
    /// Names and patterns. Empty: all that the webhook wants.
    pub(super) events: Vec<String>,
    pub(super) events_error: Option<String>,
    pub(super) rate: Field,
}

impl Choice {
    /// `is_sent` says whether somebody sent the form: an address that names no kind means the usual ones.
    pub(super) fn read(form: &Form, webhook: &Webhook, is_sent: bool, now: Timestamp) -> Self {
        let include: Vec<Include> = form.all("include").filter_map(Include::parse).collect();
        let usual = vec![Include::Failed, Include::Skipped];
        let typed = form.text("since").trim();
        let from = meant(Since::parse(form.text("from")), typed, form.text("shown"));
        let rate = form.filled("rate").map_or_else(|| DEFAULT_RATE.to_string(), str::to_owned);
        let names = form.all("event").flat_map(|event| event.split(','));
        Self {
            include: if include.is_empty() && !is_sent { usual } else { include },
            include_error: None,
            from: from.unwrap_or_else(|| Since::usual(webhook, now)),
            since: Field::of(typed),
            until: Field::of(form.text("until").trim()),
            events: names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            events_error: None,
            rate: Field::of(&rate),
        }
    }

    /// The recovery that was chosen. `None` if something cannot be read: its field then says so.
    pub(super) fn check(&mut self, profile: &Profile, webhook: &Webhook, now: Timestamp) -> Option<NewRecovery> {
        let until = self.until.checked(utc_field::parse);
        let since = match self.from {
            Since::Custom => self.since.checked(|text| utc_field::parse(text)?.ok_or(utc_field::EXPECTED)),
            preset => preset.time(webhook, now).or_else(|| {
                self.since.error = Some(GONE.to_owned());
                None
            }),
        };
        let rate = self.rate.checked(rate);
        if self.include.is_empty() {
            self.include_error = Some("Choose at least one kind.".to_owned());
        }
        let events = self.patterns(profile).inspect_err(|error| _ = self.complain(error)).ok();
        let (until, since, rate, events) = (until?, since?, rate?, events?);
        let include = Some(self.include.clone()).filter(|include| !include.is_empty())?;
        Some(NewRecovery { include, since, until, events, rate, mode: Mode::Send })
    }

    /// Marks the field that an action complains about. Whether there is one.
    pub(super) fn complain(&mut self, error: &ApiError) -> bool {
        let sentence = |error: &ApiError| Some(super::super::delivery::timeline::sentence(&error.to_string()));
        match error {
            ApiError::InvalidWindow(_) => self.since.error = sentence(error),
            ApiError::NoEventLog | ApiError::EventLogWasOff { .. } => self.include_error = sentence(error),
            ApiError::InvalidEvents(_) | ApiError::NotAnEventType { .. } => self.events_error = sentence(error),
            _ => return false,
        }
        true
    }

    /// `None`: all that the webhook wants.
    fn patterns(&self, profile: &Profile) -> Result<Option<Vec<EventPattern>>, ApiError> {
        if self.events.is_empty() { Ok(None) } else { settings::events(profile, &self.events).map(Some) }
    }
}

fn rate(text: &str) -> Result<u32, String> {
    let rate = text.trim().parse().ok().filter(|rate| (1..=MAX_RATE).contains(rate));
    rate.ok_or_else(|| format!("Write a whole number from 1 to {MAX_RATE}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PROFILES, webhook_of};

    fn now() -> Timestamp {
        "2026-05-25T14:00:00Z".parse().unwrap()
    }

    fn checked(text: &str, is_sent: bool) -> (Choice, Option<NewRecovery>) {
        let webhook = webhook_of(&["click"]);
        let mut choice = Choice::read(&Form::parse(text.as_bytes()), &webhook, is_sent, now());
        let new = choice.check(PROFILES.by_name("go2").unwrap(), &webhook, now());
        (choice, new)
    }

    #[test]
    fn an_empty_address_means_the_usual_recovery() {
        let new = checked("", false).1.unwrap();
        assert_eq!(new.include, [Include::Failed, Include::Skipped]);
        assert_eq!(
            (new.since, new.until, new.events, new.rate),
            ("2026-05-24T14:00:00Z".parse().unwrap(), None, None, 10)
        );
    }

    #[test]
    fn a_form_says_everything_else() {
        let form = "include=missing&include=delivered&from=day&shown=&since=2026-05-20+10:00&until=2026-05-21&event=click&rate=100";
        let new = checked(form, true).1.unwrap();
        assert_eq!(new.include, [Include::Missing, Include::Delivered]);
        assert_eq!(new.since, "2026-05-20T10:00:00Z".parse().unwrap());
        assert_eq!((new.until, new.rate), ("2026-05-21T00:00:00Z".parse().ok(), 100));
        assert_eq!(new.events, Some(vec![EventPattern::parse("click").unwrap()]));
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_marked() {
        let whole = "include=failed&from=day";
        for (text, marked) in [
            ("from=day".to_owned(), "include"),
            ("include=failed&from=custom".to_owned(), "since"),
            (format!("{whole}&since=never"), "since"),
            (format!("{whole}&until=never"), "until"),
            (format!("{whole}&rate=0"), "rate"),
            (format!("{whole}&rate=101"), "rate"),
            (format!("{whole}&rate=1e2"), "rate"),
            (format!("{whole}&event=no.such"), "events"),
        ] {
            let (choice, new) = checked(&text, true);
            assert_eq!(new, None, "{text}");
            let errors = [
                ("include", &choice.include_error),
                ("since", &choice.since.error),
                ("until", &choice.until.error),
                ("events", &choice.events_error),
                ("rate", &choice.rate.error),
            ];
            let found: Vec<_> = errors.into_iter().filter(|(_, error)| error.is_some()).map(|(name, _)| name).collect();
            assert_eq!(found, [marked], "{text}");
        }
    }
}
