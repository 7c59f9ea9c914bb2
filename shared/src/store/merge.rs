//! One list out of several sorted parts that are read piece by piece, greatest key first.
//!
//! A list that begins with the smallest key has keys in [`std::cmp::Reverse`].
//!
//! A part that has more to read hides everything older than the place it has got to. So a list is complete down to the newest of
//! those places, its frontier, and what lies below waits until the parts in the way are read further.

use std::collections::BTreeMap;

/// How far a part has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached<K> {
    Nothing,
    /// Everything down to this key, inclusive.
    Key(K),
    End,
}

/// What has been found so far.
#[derive(Debug)]
pub(super) struct Merge<K, T> {
    /// Each once, even if two parts had it.
    found: BTreeMap<K, T>,
    reached: Vec<Reached<K>>,
    wanted: usize,
}

/// A page, and where the next one begins. `None` after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page<K, T> {
    pub found: Vec<T>,
    pub next: Option<K>,
}

impl<K: Ord + Clone, T> Merge<K, T> {
    pub(super) fn new(parts: usize, wanted: usize) -> Self {
        Self { found: BTreeMap::new(), reached: vec![Reached::Nothing; parts], wanted }
    }

    /// The parts that must be read further before the page is complete. None if it is.
    pub(super) fn behind(&self) -> Vec<usize> {
        let last_wanted = self.found.keys().rev().nth(self.wanted);
        let is_behind = |reached: &Reached<K>| match (reached, last_wanted) {
            (Reached::End, _) => false,
            (Reached::Nothing, _) | (Reached::Key(_), None) => true,
            (Reached::Key(key), Some(last)) => key > last,
        };
        let parts = self.reached.iter().enumerate();
        parts.filter(|(_, reached)| is_behind(reached)).map(|(part, _)| part).collect()
    }

    /// Where a part is to be read on from. `None` at its beginning.
    pub(super) fn reached(&self, part: usize) -> Option<&K> {
        match self.reached.get(part) {
            Some(Reached::Key(key)) => Some(key),
            Some(Reached::Nothing | Reached::End) | None => None,
        }
    }

    pub(super) fn add(&mut self, part: usize, found: Vec<(K, T)>, reached: Reached<K>) {
        self.found.extend(found);
        if let Some(slot) = self.reached.get_mut(part) {
            *slot = reached;
        }
    }

    /// As much of the page as is complete. If parts could not be read to its end, it is short, and the next page goes on from there.
    pub(super) fn into_page(self) -> Page<K, T> {
        let Self { found, reached, wanted } = self;
        let key = |reached: Reached<K>| if let Reached::Key(key) = reached { Some(key) } else { None };
        let frontier = reached.into_iter().filter_map(key).max();
        let is_complete = |key: &K| frontier.as_ref().is_none_or(|frontier| key >= frontier);
        let mut complete: Vec<(K, T)> = found.into_iter().rev().take_while(|(key, _)| is_complete(key)).collect();
        let next = if complete.len() > wanted {
            complete.truncate(wanted);
            complete.last().map(|(key, _)| key.clone())
        } else {
            frontier
        };
        Page { found: complete.into_iter().map(|(_, found)| found).collect(), next }
    }
}

#[cfg(test)]
mod tests;
