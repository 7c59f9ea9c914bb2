//! The clock, randomness and the environment: the only places where a value comes from nowhere.
//!
//! Everything else takes them as arguments, so that every decision can be tested.

use jiff::Timestamp;

/// The time now, in milliseconds as everything here is stored.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the clock")]
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Random bytes from the operating system.
///
/// # Panics
/// Never in practice: Linux's `getrandom` does not fail once the system has started, and without it no secret may be made.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "the one place that asks for randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// One environment variable.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
