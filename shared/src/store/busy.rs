//! Changes that met another change, or were throttled, tried again.

use std::time::Duration;

use tokio::time::sleep;

use super::StoreError;
use crate::ambient;

/// How many times a change that met another is tried.
const ROUNDS: u32 = 5;

/// How long the first pause in between is, in milliseconds; each is up to twice the one before.
const PAUSE_MS: u64 = 20;

/// Makes a change, and again if another change to the same items was under way.
///
/// # Errors
/// The change's own; [`StoreError::Busy`] if each try met another change.
pub async fn again_if_busy<T, F>(mut change: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut longest = PAUSE_MS;
    for _ in 1..ROUNDS {
        match change().await {
            Err(StoreError::Busy) => sleep(pause(longest, ambient::random())).await,
            settled => return settled,
        }
        longest = longest.saturating_mul(2);
    }
    change().await
}

/// Between half and all of the longest, so that changes that met once do not meet again.
fn pause(longest_ms: u64, random: [u8; 1]) -> Duration {
    let [random] = random;
    let half = longest_ms.saturating_div(2);
    Duration::from_millis(half.saturating_add(half.saturating_mul(u64::from(random)).saturating_div(255)))
}
