//! What the stories are made of: a platform, its customers, and receivers that follow a script.
//!
//! The stories depend on the harness, and the harness on no story.

pub mod authority;
mod customer;
pub mod dns;
mod external;
mod faults;
mod gate;
mod job;
mod logs;
mod platform;
mod queues;
mod receiver;
mod request;
mod response;
mod scene;
mod wire;

use std::time::Duration;

pub use customer::{Customer, path_of};
pub use external::External;
pub use faults::{Faults, Moment, Step};
pub use gate::Gate;
pub use job::job;
pub use logs::{MARKER, leaks_in};
pub use platform::Platform;
pub use receiver::{Receiver, Reply};
pub use request::Request;
pub use scene::Scene;
pub use wire::Wire;

/// How long to wait for a condition: longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How long a receiver waits that never responds: longer than any story.
pub const FOREVER: Duration = Duration::from_hours(1);

/// Waits until `look` sees something, and returns it.
///
/// # Panics
/// After [`PATIENCE`], with a message that names what did not happen.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let waiting = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("this did not happen within {PATIENCE:?}: {what}"))
}
