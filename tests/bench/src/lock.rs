//! Locks of plain values, which a panic elsewhere leaves as they are.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The value, even if a thread panicked while it held the lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
