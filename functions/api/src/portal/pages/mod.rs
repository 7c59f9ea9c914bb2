//! The pages. Each has a builder from domain values to its template, and a handler that calls the actions.

pub(super) mod webhooks;
