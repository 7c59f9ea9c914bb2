//! What the portal has, for those who test what is turned away.

use super::{
    guard::Needs,
    table::{Method, ROWS},
};

/// A page or a form. A name in braces in its path stands for an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    pub path: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Page,
    /// A form that changes something.
    Form,
    /// A form for every session, which may only end itself.
    Leaving,
}

/// Every page and form that needs a session.
pub fn doors() -> Vec<Door> {
    let door = |row: &super::table::Row| {
        let kind = match (row.method, row.needs) {
            (Method::Get, _) => Kind::Page,
            (Method::Post, Needs::Leave) => Kind::Leaving,
            (Method::Post, Needs::Look | Needs::Act) => Kind::Form,
        };
        Door { path: format!("/portal{}", row.path), kind }
    };
    ROWS.iter().map(door).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use shared::domain::account::portal_path::{EVENT_PAGE, PAGES};

    use super::*;

    #[test]
    fn no_two_rows_name_the_same_page_or_form() {
        let places: BTreeSet<_> = ROWS.iter().map(|row| (row.path, row.method == Method::Get)).collect();
        assert_eq!(places.len(), ROWS.len());
    }

    #[test]
    fn a_link_may_lead_to_every_page_that_a_link_may_name() {
        for page in PAGES.iter().chain([&EVENT_PAGE]) {
            let path = format!("/portal{page}");
            assert!(doors().iter().any(|door| door.path == path && door.kind == Kind::Page), "{path}");
        }
    }
}
