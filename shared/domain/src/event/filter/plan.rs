//! A pattern made ready for matching: the ways in which it can match, side by side in one tree of field names.
//!
//! A way is one alternative of each `$or`, together with all that stands outside of them. Fields that meet only in a way
//! (`{"data":{"items":{"a":…}},"$or":[{"data":{"items":{"b":…}}},…]}`) must match in the same element of an array, so they have to
//! meet in the tree. One bit stands for each way: 64 of them are matched in one walk through the data.

use std::sync::Arc;

use super::holding::{Holding, Ways};
use super::matcher::{Absence, Leaf};
use super::parse::{Field, Pattern};

/// Up to 64 ways.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The ways that there are.
    pub(super) ways: Ways,
    pub(super) top: Step,
}

/// What is asked of one field.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The ways that ask anything of it.
    pub(super) ways: Ways,
    /// What is asked of the field's own value, and by which ways.
    pub(super) leaves: Vec<(Arc<Leaf>, Ways)>,
    /// What is asked of the fields inside.
    pub(super) fields: Vec<(String, Step)>,
    /// What holds where the field is not there.
    pub(super) if_absent: Holding,
    /// What holds of the fields inside where none of them is there.
    pub(super) if_absent_inside: Holding,
}

/// One array of the pattern, and the fields that lead to it.
struct Requirement<'p> {
    path: Vec<&'p str>,
    leaf: Arc<Leaf>,
}

/// The requirements of one way, as bits. 64 are enough for the most leaves that a filter may have.
type Requirements = u64;

/// Makes the plans of a pattern within its limits.
pub(super) fn plans(pattern: &Pattern) -> Vec<Plan> {
    let mut found = Vec::new();
    let mut ways = expand(pattern, &[], &mut found);
    ways.sort_unstable();
    ways.dedup();
    ways.chunks(64).map(|ways| plan(ways, &found)).collect()
}

fn expand<'p>(pattern: &'p Pattern, path: &[&'p str], found: &mut Vec<Requirement<'p>>) -> Vec<Requirements> {
    let mut ways = vec![0];
    for (name, field) in &pattern.fields {
        let path = [path, &[name.as_str()]].concat();
        let inner = match field {
            Field::Leaf(leaf) => vec![require(leaf, path, found)],
            Field::Nested(pattern) => expand(pattern, &path, found),
        };
        ways = product(&ways, &inner);
    }
    if !pattern.or.is_empty() {
        let alternatives: Vec<_> = pattern.or.iter().flat_map(|pattern| expand(pattern, path, found)).collect();
        ways = product(&ways, &alternatives);
    }
    ways
}

fn require<'p>(leaf: &Leaf, path: Vec<&'p str>, found: &mut Vec<Requirement<'p>>) -> Requirements {
    let bit = bit(found.len());
    found.push(Requirement { path, leaf: Arc::new(leaf.clone()) });
    bit
}

fn product(ways: &[Requirements], others: &[Requirements]) -> Vec<Requirements> {
    ways.iter().flat_map(|way| others.iter().map(move |other| way | other)).collect()
}

fn plan(ways: &[Requirements], found: &[Requirement]) -> Plan {
    let mut top = Step::new();
    for (index, requirement) in found.iter().enumerate() {
        let asking = ways.iter().enumerate().filter(|(_, way)| **way & bit(index) != 0);
        let asking: Ways = asking.map(|(way, _)| bit(way)).fold(0, |all, way| all | way);
        if asking != 0 {
            top.add(&requirement.path, &requirement.leaf, asking);
        }
    }
    Plan { ways: top.ways, top }
}

fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index)).unwrap_or(0)
}

impl Step {
    fn new() -> Self {
        let (leaves, fields) = (Vec::new(), Vec::new());
        Self { ways: 0, leaves, fields, if_absent: Holding::ALL, if_absent_inside: Holding::ALL }
    }

    fn add(&mut self, path: &[&str], leaf: &Arc<Leaf>, ways: Ways) {
        let absent = leaf.if_absent(ways);
        self.ways |= ways;
        self.if_absent = self.if_absent.and(absent);
        match path.split_first() {
            None => self.leaves.push((Arc::clone(leaf), ways)),
            Some((name, rest)) => {
                self.if_absent_inside = self.if_absent_inside.and(absent);
                match self.fields.iter_mut().find(|(field, _)| field == name) {
                    Some((_, step)) => step.add(rest, leaf, ways),
                    None => self.fields.push(((*name).to_owned(), Self::with(rest, leaf, ways))),
                }
            }
        }
    }

    fn with(path: &[&str], leaf: &Arc<Leaf>, ways: Ways) -> Self {
        let mut step = Self::new();
        step.add(path, leaf, ways);
        step
    }
}

impl Leaf {
    /// What holds, of the ways that ask for it, where the leaf is not there.
    pub(super) fn if_absent(&self, ways: Ways) -> Holding {
        let by_absence = if self.absence == Absence::Matches { Ways::MAX } else { !ways };
        Holding { by_absence, by_presence: 0 }
    }
}
