//! What the stories are told with: a platform, its customers, and receivers that do as they are told.

pub mod authority;
mod customer;
pub mod dns;
mod external;
mod faults;
mod job;
mod logs;
mod platform;
mod receiver;

use std::time::Duration;

pub use customer::Customer;
pub use external::External;
pub use faults::{Faults, Moment, Step};
pub use job::job;
pub use logs::{MARKER, leaks_in};
pub use platform::Platform;
pub use receiver::{Receiver, Reply, Request};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `look` sees something, and returns it.
///
/// # Panics
/// After [`PATIENCE`], naming what was waited for.
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
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
