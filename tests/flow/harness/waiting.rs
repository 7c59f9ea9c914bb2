//! Waiting for a condition, never for a fixed time.

use std::time::Duration;

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
