//! Fairness between accounts that wait for the same thing.

use std::collections::BTreeMap;

/// The items in turns: the first of each owner, then the second of each, and so on. Those of one owner stay in their order.
pub fn in_turns<T, O: Ord>(items: Vec<T>, owner: impl Fn(&T) -> O) -> Vec<T> {
    let mut seen: BTreeMap<O, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, T)> = Vec::with_capacity(items.len());
    for item in items {
        let rank = seen.entry(owner(&item)).or_default();
        ranked.push((*rank, item));
        *rank = rank.saturating_add(1);
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_behind_the_whole_queue_of_another() {
        for (waiting, expected) in [("", ""), ("aaa", "aaa"), ("aaab", "abaa"), ("aabbcab", "abcabab")] {
            let found: String = in_turns(waiting.chars().collect(), |owner| *owner).into_iter().collect();
            assert_eq!(found, expected, "{waiting}");
        }
        assert_eq!(in_turns(vec![("a", 1), ("a", 2), ("b", 1)], |item| item.0), [("a", 1), ("b", 1), ("a", 2)]);
    }
}
