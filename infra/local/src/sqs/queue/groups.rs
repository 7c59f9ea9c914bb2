//! The visible messages of a queue by message group, and how many of each group are in flight.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Place;
use super::fairness::{Head, choose};

/// A message group's id. The messages without one share `None`, which never counts as noisy.
pub type GroupId = Option<Arc<str>>;

#[derive(Debug, Default)]
struct Group {
    visible: BTreeSet<Place>,
    in_flight: usize,
}

/// All groups that have messages, visible or in flight.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<GroupId, Group>,
    /// The first visible message of each group, so that a choice does not look at whole backlogs.
    heads: BTreeMap<Place, GroupId>,
    visible: usize,
    in_flight: usize,
}

impl Groups {
    pub fn visible(&self) -> usize {
        self.visible
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The message that a consumer gets next.
    pub fn next(&self) -> Option<Place> {
        let heads = self.heads.iter().map(|(place, id)| Head { message: *place, group_in_flight: self.noise_of(id) });
        choose(heads, self.in_flight)
    }

    fn noise_of(&self, id: &GroupId) -> usize {
        if id.is_none() { 0 } else { self.groups.get(id).map_or(0, |group| group.in_flight) }
    }

    /// A message became visible.
    pub fn show(&mut self, id: &GroupId, place: Place) {
        self.change(id, |group| group.visible.insert(place));
        self.visible += 1;
    }

    /// A visible message was received or deleted.
    pub fn hide(&mut self, id: &GroupId, place: Place) {
        self.change(id, |group| group.visible.remove(&place));
        self.visible -= 1;
    }

    /// A message was received.
    pub fn take_off(&mut self, id: &GroupId) {
        self.change(id, |group| group.in_flight += 1);
        self.in_flight += 1;
    }

    /// A message in flight was deleted or is to be visible again.
    pub fn land(&mut self, id: &GroupId) {
        self.change(id, |group| group.in_flight -= 1);
        self.in_flight -= 1;
    }

    fn change<T>(&mut self, id: &GroupId, act: impl FnOnce(&mut Group) -> T) {
        let group = self.groups.entry(id.clone()).or_default();
        let before = group.visible.first().copied();
        act(group);
        let after = group.visible.first().copied();
        if group.in_flight == 0 && after.is_none() {
            self.groups.remove(id);
        }
        if before != after {
            before.and_then(|place| self.heads.remove(&place));
            after.and_then(|place| self.heads.insert(place, id.clone()));
        }
    }
}
