//! Locks of plain values, which a panic elsewhere leaves as they are.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The value, also if someone panicked while holding it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
