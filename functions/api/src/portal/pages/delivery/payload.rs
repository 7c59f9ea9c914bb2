//! A payload as a page shows it.

use crate::portal::words::{
    indented::{Shown, indented, raw},
    quantities::size,
};

/// A payload: as it was sent, and indented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) raw: Shown,
    pub(crate) indented: Shown,
    pub(crate) size: String,
}

impl Payload {
    pub(crate) fn of(body: &str) -> Self {
        Self { raw: raw(body), indented: indented(body), size: size(body.len()) }
    }
}
