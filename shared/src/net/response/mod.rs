//! How a response is read: leniently, as curl and browsers do, since its status is all that decides.
//!
//! Everything here is a function of the bytes received. What is read leniently only costs its connection: a socket is kept for the
//! next request where the end of the body is beyond doubt ([`head::Head::is_reusable`]).

pub(super) mod body;
mod fields;
pub(super) mod head;
