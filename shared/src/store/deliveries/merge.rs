//! One list out of several sorted parts that are read piece by piece, newest first.
//!
//! A part that has more to read hides everything older than the place it has got to. So a list is complete down to the newest of
//! those places, its frontier, and what lies below waits until the parts in the way are read further.

use std::collections::BTreeMap;

use domain::{delivery::Delivery, ids::DeliveryId};

/// How far a part has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    Nothing,
    /// Everything down to this id, inclusive.
    Id(DeliveryId),
    End,
}

/// What has been found so far.
#[derive(Debug)]
pub(super) struct Merge {
    /// Each once, even if two parts had it.
    found: BTreeMap<DeliveryId, Delivery>,
    reached: Vec<Reached>,
    wanted: usize,
}

/// A page, and where the next one begins. `None` after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    pub next: Option<DeliveryId>,
}

impl Merge {
    pub(super) fn new(parts: usize, wanted: usize) -> Self {
        Self { found: BTreeMap::new(), reached: vec![Reached::Nothing; parts], wanted }
    }

    /// The parts that must be read further before the page is complete. None if it is.
    pub(super) fn behind(&self) -> Vec<usize> {
        let last_wanted = self.found.keys().rev().nth(self.wanted);
        let is_behind = |reached: &Reached| match (reached, last_wanted) {
            (Reached::End, _) => false,
            (Reached::Nothing, _) | (Reached::Id(_), None) => true,
            (Reached::Id(id), Some(last)) => id > last,
        };
        let parts = self.reached.iter().enumerate();
        parts.filter(|(_, reached)| is_behind(reached)).map(|(part, _)| part).collect()
    }

    pub(super) fn add(&mut self, part: usize, found: Vec<Delivery>, reached: Reached) {
        self.found.extend(found.into_iter().map(|delivery| (delivery.id.clone(), delivery)));
        if let Some(slot) = self.reached.get_mut(part) {
            *slot = reached;
        }
    }

    /// As much of the page as is complete. If parts could not be read to its end, it is short, and the next page goes on from there.
    pub(super) fn into_page(self) -> DeliveryPage {
        let Self { found, reached, wanted } = self;
        if reached.contains(&Reached::Nothing) {
            return DeliveryPage::default();
        }
        let id = |reached: Reached| if let Reached::Id(id) = reached { Some(id) } else { None };
        let frontier = reached.into_iter().filter_map(id).max();
        let complete = |delivery: &Delivery| frontier.as_ref().is_none_or(|frontier| delivery.id >= *frontier);
        let mut deliveries: Vec<Delivery> = found.into_values().rev().take_while(complete).collect();
        if deliveries.len() > wanted {
            deliveries.truncate(wanted);
            let next = deliveries.last().map(|delivery| delivery.id.clone());
            return DeliveryPage { deliveries, next };
        }
        DeliveryPage { deliveries, next: frontier }
    }
}

#[cfg(test)]
mod tests;
