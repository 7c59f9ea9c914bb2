//! Which events a webhook gets: check boxes for what is documented, and a field for names of the platform's own.

use shared::domain::profile::Profile;

use super::super::field::Field;
use crate::portal::form::Form;

/// The pattern that stands for all events.
const ALL: &str = "*";

/// The check boxes' name.
const EVENTS: &str = "events";

/// The field's name.
const OTHERS: &str = "others";

/// The events to choose from, and those that were chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct EventChoice {
    pub(in super::super) boxes: Vec<EventBox>,
    /// Whether all are chosen, present and future. `None` where that is not possible.
    pub(in super::super) all: Option<bool>,
    /// Names that are not documented, and prefixes, one a line. `None` where there are none.
    pub(in super::super) others: Option<Field>,
    pub(in super::super) error: Option<String>,
    /// What was chosen and has no check box, as another version of the catalogue may leave it.
    unknown: Vec<String>,
}

/// A documented event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct EventBox {
    pub(in super::super) name: String,
    pub(in super::super) description: String,
    pub(in super::super) is_checked: bool,
}

impl EventChoice {
    /// With these names and patterns chosen.
    pub(super) fn new(profile: &Profile, chosen: &[String]) -> Self {
        let is_chosen = |name: &str| chosen.iter().any(|chosen| chosen == name);
        let boxes: Vec<EventBox> = profile
            .catalogue
            .iter()
            .map(|entry| EventBox {
                name: entry.name.to_string(),
                description: entry.description.clone(),
                is_checked: is_chosen(entry.name.as_str()),
            })
            .collect();
        let has_box = |name: &str| name == ALL || boxes.iter().any(|event| event.name == name);
        let rest: Vec<String> = chosen.iter().filter(|name| !has_box(name)).cloned().collect();
        let others = profile.events.has_open_names().then(|| Field::of(&rest.join("\n")));
        let unknown = if others.is_some() { Vec::new() } else { rest };
        Self { boxes, all: profile.events.wildcard.then(|| is_chosen(ALL)), others, error: None, unknown }
    }

    /// As a form has them.
    pub(super) fn typed(profile: &Profile, form: &Form) -> Self {
        let checked: Vec<String> = form.all(EVENTS).map(str::to_owned).collect();
        let choice = Self::new(profile, &checked);
        let others = choice.others.as_ref().map(|_| Field::of(form.text(OTHERS)));
        Self { others, ..choice }
    }

    /// What was chosen, in the order of the page.
    pub(in super::super) fn names(&self) -> Vec<String> {
        let all = self.all.filter(|is_checked| *is_checked).map(|_| ALL.to_owned());
        let boxes = self.boxes.iter().filter(|event| event.is_checked).map(|event| event.name.clone());
        let typed = self.others.as_ref().map_or("", |others| others.value.as_str());
        let typed = typed.split([',', ' ', '\n', '\t']).filter(|name| !name.is_empty()).map(str::to_owned);
        all.into_iter().chain(boxes).chain(typed).chain(self.unknown.iter().cloned()).collect()
    }
}
