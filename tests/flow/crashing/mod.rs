//! What happens when a function dies, AWS fails, or a defect shows: nothing is lost, and nothing is repeated without need.

mod chaos;
mod fan_out;
mod matrix;
mod panics;
mod partial;
mod recovery;
mod recovery_chaos;
mod weather;
