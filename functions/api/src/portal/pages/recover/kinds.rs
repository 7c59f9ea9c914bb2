//! What a recovery can send again, with how much it would be.

use std::{collections::BTreeMap, time::Duration};

use shared::domain::delivery::recovery::Include;

use crate::{
    actions::preview::Counted,
    portal::words::quantities::{about, count, deliveries, time_for},
};

/// A kind as the page offers it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) is_checked: bool,
    /// How many there are. None: it was not counted.
    pub(super) number: Option<String>,
}

/// All kinds. `counts` is empty where nothing was counted.
pub(super) fn kinds(chosen: &[Include], counts: &BTreeMap<Include, Counted>) -> Vec<Kind> {
    let kind = |include: Include| Kind {
        name: include.as_str(),
        label: label(include),
        hint: hint(include),
        is_checked: chosen.contains(&include),
        number: counts.get(&include).map(|counted| number(include, *counted)),
    };
    Include::ALL.map(kind).into()
}

fn label(include: Include) -> &'static str {
    match include {
        Include::Failed => "Failed",
        Include::Skipped => "Skipped",
        Include::Missing => "Missing",
        Include::Delivered => "Delivered",
    }
}

fn hint(include: Include) -> &'static str {
    match include {
        Include::Failed => "Your endpoint did not accept them, and they are not tried again by themselves.",
        Include::Skipped => "They came while the webhook was disabled.",
        Include::Missing => "Events from before this webhook wanted them, which have no delivery.",
        Include::Delivered => "Your endpoint accepted them already, and gets them a second time.",
    }
}

/// Whether a filter lets a missing event through, and whether it has a record, is found out later: so many at most.
fn number(include: Include, Counted { number, complete }: Counted) -> String {
    match (include, complete) {
        (_, true) if number == 0 => "0".to_owned(),
        (Include::Missing, true) => format!("at most {}", count(number)),
        (_, true) => count(number),
        (_, false) => format!("at least {}", count(number)),
    }
}

/// How much the chosen kinds are together, and how long that takes: `1,554 deliveries, about 3 min`.
/// `apart` is how far apart they are sent.
pub(super) fn total(chosen: &[Include], counts: &BTreeMap<Include, Counted>, apart: Duration) -> Option<String> {
    let counted: Vec<(Include, Counted)> =
        chosen.iter().map(|kind| Some((*kind, *counts.get(kind)?))).collect::<Option<_>>()?;
    let number = counted.iter().map(|(_, counted)| counted.number).fold(0, u64::saturating_add);
    let is_complete = counted.iter().all(|(_, counted)| counted.complete);
    let may_be_less = counted.iter().any(|(kind, counted)| *kind == Include::Missing && counted.number > 0);
    let bound = match (is_complete, may_be_less) {
        (true, false) => "",
        (true, true) => "at most ",
        (false, false) => "at least ",
        (false, true) => "about ",
    };
    let time = if number == 0 { String::new() } else { format!(", {}", about(time_for(number, apart))) };
    Some(format!("{bound}{}{time}", deliveries(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(list: &[(Include, u64, bool)]) -> BTreeMap<Include, Counted> {
        list.iter().map(|(kind, number, complete)| (*kind, Counted { number: *number, complete: *complete })).collect()
    }

    #[test]
    fn a_total_says_how_many_and_how_long() {
        use Include::{Delivered, Failed, Missing, Skipped};
        let all = [(Failed, 1_500, true), (Skipped, 54, true), (Missing, 20, true), (Delivered, 9_000, false)];
        for (chosen, ms, expected) in [
            (&[Failed, Skipped][..], 100, Some("1,554 deliveries, about 3 min")),
            (&[Failed], 10, Some("1,500 deliveries, about 20 s")),
            (&[Skipped, Missing], 100, Some("at most 74 deliveries, a few seconds")),
            (&[Delivered], 100, Some("at least 9,000 deliveries, about 15 min")),
            (&[Delivered, Missing], 100, Some("about 9,020 deliveries, about 15 min")),
        ] {
            assert_eq!(total(chosen, &counts(&all), Duration::from_millis(ms)).as_deref(), expected, "{chosen:?}");
        }
        assert_eq!(total(&[Failed], &counts(&[(Failed, 0, true)]), Duration::ZERO).as_deref(), Some("0 deliveries"));
        assert_eq!(
            total(&[Missing], &counts(&[(Failed, 1, true)]), Duration::ZERO),
            None,
            "not counted without an event log"
        );
    }

    #[test]
    fn a_kind_says_how_sure_its_number_is() {
        let numbers: Vec<_> = [
            (Include::Failed, 1_500, true),
            (Include::Failed, 1_500, false),
            (Include::Missing, 20, true),
            (Include::Missing, 0, true),
            (Include::Missing, 20, false),
        ]
        .into_iter()
        .map(|(kind, number, complete)| super::number(kind, Counted { number, complete }))
        .collect();
        assert_eq!(numbers, ["1,500", "at least 1,500", "at most 20", "0", "at least 20"]);
    }
}
