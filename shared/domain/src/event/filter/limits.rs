//! How large a filter may be.

/// The most bytes that a filter may have, as sent.
pub const MAX_FILTER_BYTES: usize = 1_024;

/// The most fields that may lead to an array, the array's own included. `event` and `data` are the first; `$or` is none.
pub const MAX_FILTER_LEVELS: usize = 6;

/// The most matchers that the arrays of a filter may have together. What is inside one operator counts as one.
///
/// The plan counts on no more than 64.
pub const MAX_FILTER_LEAVES: usize = 50;

/// The most combinations of alternatives that the `$or`s of a filter may have. `EventBridge` allows 1,000. Each is compared with the whole
/// event, and a hundred webhooks' filters share intake's time with other accounts, so here there are fewer.
pub const MAX_FILTER_WAYS: usize = 100;
