//! What an account may use, as its operator says.

/// Something of which an account has a limited amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// How many webhooks it may create. Those above a lower limit stay.
    Webhooks,
    /// How many events it may publish through the API in a second.
    EventsPerSecond,
    /// How many other requests it may make in a second.
    RequestsPerSecond,
    /// How many tests and resends it may make in a minute.
    TestsPerMinute,
}

impl Limit {
    pub const ALL: [Self; 4] = [Self::Webhooks, Self::EventsPerSecond, Self::RequestsPerSecond, Self::TestsPerMinute];

    /// As the operator API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhooks => "webhooks",
            Self::EventsPerSecond => "eventsPerSecond",
            Self::RequestsPerSecond => "requestsPerSecond",
            Self::TestsPerMinute => "testsPerMinute",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == text)
    }

    /// What an account has if its operator chose nothing.
    pub fn default_value(self) -> u32 {
        match self {
            Self::Webhooks => 100,
            Self::EventsPerSecond => 1_000,
            Self::RequestsPerSecond => 50,
            Self::TestsPerMinute => 30,
        }
    }

    /// The most that an operator may choose. The least is 1.
    pub fn max(self) -> u32 {
        match self {
            Self::Webhooks => 100,
            Self::EventsPerSecond => 10_000,
            Self::RequestsPerSecond => 1_000,
            Self::TestsPerMinute => 600,
        }
    }

    pub fn allows(self, value: u32) -> bool {
        (1..=self.max()).contains(&value)
    }
}

/// The limits that an operator chose. What was not chosen is the default, also after the default changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    pub webhooks: Option<u32>,
    pub events_per_second: Option<u32>,
    pub requests_per_second: Option<u32>,
    pub tests_per_minute: Option<u32>,
}

impl Limits {
    /// The value in force.
    pub fn get(&self, limit: Limit) -> u32 {
        let chosen = match limit {
            Limit::Webhooks => self.webhooks,
            Limit::EventsPerSecond => self.events_per_second,
            Limit::RequestsPerSecond => self.requests_per_second,
            Limit::TestsPerMinute => self.tests_per_minute,
        };
        chosen.unwrap_or_else(|| limit.default_value())
    }

    /// The same with one limit chosen, or back at its default.
    pub fn with(mut self, limit: Limit, value: Option<u32>) -> Self {
        let place = match limit {
            Limit::Webhooks => &mut self.webhooks,
            Limit::EventsPerSecond => &mut self.events_per_second,
            Limit::RequestsPerSecond => &mut self.requests_per_second,
            Limit::TestsPerMinute => &mut self.tests_per_minute,
        };
        *place = value;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_what_was_chosen_else_the_default() {
        for limit in Limit::ALL {
            let chosen = Limits::default().with(limit, Some(1));
            assert_eq!((chosen.get(limit), Limits::default().get(limit)), (1, limit.default_value()), "{limit:?}");
            assert_eq!(chosen.with(limit, None), Limits::default(), "{limit:?}");
            assert_eq!(Limit::parse(limit.as_str()), Some(limit));
        }
    }

    #[test]
    fn every_default_is_allowed_and_zero_is_not() {
        for limit in Limit::ALL {
            let allowed = [0, 1, limit.default_value(), limit.max(), limit.max() + 1].map(|value| limit.allows(value));
            assert_eq!(allowed, [false, true, true, true, false], "{limit:?}");
        }
    }
}
