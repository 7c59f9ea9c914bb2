//! Recoveries: each goes on by ticks, one message after the other, and learns what became of its deliveries.
//!
//! [`runner`] does what a tick asks for. [`reporting`] sums up what a batch learned. What a tick that got lost would have done, the
//! minute's schedule takes up.

pub(crate) mod reporting;
pub(crate) mod runner;
