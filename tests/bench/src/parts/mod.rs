//! What is measured, a file for each part: how, what comes of it, and how that reads.

pub mod cost;
pub mod delivery;
pub mod end_to_end;
pub mod isolation;
pub mod publish;
pub mod start;
