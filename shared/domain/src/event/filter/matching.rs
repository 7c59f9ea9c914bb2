//! One walk through an event's data, for up to 64 ways of a filter at once.
//!
//! Each value that a field of the filter leads to is visited once per matcher of that field. Work is therefore bounded by the data's
//! values times the filter's leaves, whatever is nested in what. The recursion goes down with the filter's levels, not the data's.

use std::slice;

use super::holding::{Holding, Ways};
use super::matcher::Leaf;
use super::plan::{Plan, Step};
use crate::json::{Json, Member, member};

/// Whether `{"event": …, "data": …}` matches in one of the plan's ways.
pub(super) fn matches(plan: &Plan, event: &Json, data: &Json) -> bool {
    let mut ways = plan.ways;
    // The event first: most filters that do not match are done by then.
    for (name, value) in [("event", event), ("data", data)] {
        if ways != 0
            && let Some((_, step)) = plan.top.fields.iter().find(|(field, _)| field == name)
        {
            ways &= step.holding(Some(value)).any();
        }
    }
    ways != 0
}

impl Step {
    fn holding(&self, value: Option<&Json>) -> Holding {
        let Some(value) = value else { return self.if_absent };
        let leaves = self.leaves.iter().map(|(leaf, ways)| leaf_holding(leaf, *ways, value));
        leaves.fold(self.holding_inside(value), Holding::and)
    }

    /// For the fields inside: one object, or an array in which one object must match by itself.
    fn holding_inside(&self, value: &Json) -> Holding {
        let mut holding = self.if_absent_inside;
        if self.fields.is_empty() {
            return holding;
        }
        for element in Elements::of(value) {
            if let Json::Object(members) = element {
                holding = holding.or(self.holding_of(members));
            }
            // A way that holds by presence holds whatever the other elements are.
            if holding.by_presence & self.ways == self.ways {
                break;
            }
        }
        holding
    }

    fn holding_of(&self, members: &[Member]) -> Holding {
        let mut holding = Holding::ALL;
        for (name, step) in &self.fields {
            holding = holding.and(step.holding(member(members, name)));
            // The other ways ask nothing here.
            if holding.any() & self.ways == 0 {
                break;
            }
        }
        holding
    }
}

fn leaf_holding(leaf: &Leaf, ways: Ways, value: &Json) -> Holding {
    let (found, matches) = match value {
        Json::Object(_) => (false, false),
        Json::Array(_) => leaves_in_array(leaf, value),
        _ => (true, leaf.matches(value)),
    };
    if found {
        Holding { by_absence: !ways, by_presence: if matches { ways } else { 0 } }
    } else {
        leaf.if_absent(ways)
    }
}

/// Whether the array has a leaf, and whether it has one that matches.
fn leaves_in_array(leaf: &Leaf, array: &Json) -> (bool, bool) {
    let mut found = false;
    for element in Elements::of(array).filter(|element| !matches!(element, Json::Object(_))) {
        found = true;
        if leaf.matches(element) {
            return (true, true);
        }
    }
    (found, false)
}

/// A value that is no array, or the elements of an array and of the arrays inside, in order.
struct Elements<'j, 't> {
    next: Option<&'j Json<'t>>,
    /// What is left of the arrays that are open, the innermost one last.
    open: Vec<slice::Iter<'j, Json<'t>>>,
}

impl<'j, 't> Elements<'j, 't> {
    fn of(value: &'j Json<'t>) -> Self {
        Self { next: Some(value), open: Vec::new() }
    }
}

impl<'j, 't> Iterator for Elements<'j, 't> {
    type Item = &'j Json<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next.take() {
                Some(Json::Array(items)) => self.open.push(items.iter()),
                Some(element) => return Some(element),
                None => match self.open.last_mut()?.next() {
                    Some(element) => self.next = Some(element),
                    None => drop(self.open.pop()),
                },
            }
        }
    }
}
