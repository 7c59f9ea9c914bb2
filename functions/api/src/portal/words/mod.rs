//! How pages say things: pure functions from values to words, shared by all pages.
//!
//! Whatever a customer, a publisher or a receiver wrote goes through [`visible`] or [`indented`] before a page shows it, so that a
//! character that cannot be seen is named in its place. Escaping for HTML is the templates'.

pub(crate) mod advice;
pub(crate) mod curl;
pub(crate) mod days;
pub(crate) mod indented;
pub(crate) mod moments;
pub(crate) mod names;
pub(crate) mod quantities;
pub(crate) mod states;
pub(crate) mod utc_field;
pub(crate) mod visible;
