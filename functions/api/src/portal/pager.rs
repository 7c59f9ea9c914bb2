//! **Older** and **Newer**. A list's cursors lead to older entries only, so a page's address keeps the way back: the cursors of the pages
//! before it, and its own as the last.

use url::form_urlencoded;

use super::form::Form;

/// The parameter that is repeated for each page of the way.
const AT: &str = "at";

/// The most pages of the way back that an address keeps. After that, **Newer** leads to the first page.
const MAX_WAY: usize = 20;

/// The most bytes of a cursor: the longest is an event log's place.
const MAX_CURSOR: usize = 64;

/// Which page of a list is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place(Vec<String>);

/// The addresses of the pages next to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pager {
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
}

impl Place {
    pub(crate) fn read(query: &Form) -> Self {
        let way = query.all(AT).filter(|cursor| !cursor.is_empty() && cursor.len() <= MAX_CURSOR);
        Self(way.take(MAX_WAY).map(str::to_owned).collect())
    }

    /// Where the page begins. `None`: it is the first.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// The pages next to this one. `next` is the cursor of the older one.
    pub(crate) fn pager(&self, path: &str, filters: &[(&str, &str)], next: Option<String>) -> Pager {
        let way = |way: &[String]| {
            let pages = way.iter().map(|cursor| (AT, cursor.as_str()));
            address(path, filters.iter().copied().chain(pages))
        };
        let newer = self.0.split_last().map(|(_, before)| way(before));
        let older = next.map(|next| {
            let kept = self.0.len().saturating_sub(MAX_WAY.saturating_sub(1));
            let mut longer: Vec<String> = self.0.iter().skip(kept).cloned().collect();
            longer.push(next);
            way(&longer)
        });
        Pager { newer, older }
    }
}

/// An address with parameters. Those without a value are left out.
pub(crate) fn address<'a>(path: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let given = parameters.into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(query: &str) -> Place {
        Place::read(&Form::parse(query.as_bytes()))
    }

    #[test]
    fn older_goes_on_and_newer_goes_back_one_page() {
        for (query, newer, older) in [
            ("", None, "/l?status=failed&at=next"),
            ("at=a", Some("/l?status=failed"), "/l?status=failed&at=a&at=next"),
            ("at=a&at=b", Some("/l?status=failed&at=a"), "/l?status=failed&at=a&at=b&at=next"),
        ] {
            let pager = place(query).pager("/l", &[("status", "failed"), ("event", "")], Some("next".to_owned()));
            assert_eq!((pager.newer.as_deref(), pager.older.as_deref()), (newer, Some(older)), "{query}");
        }
        assert_eq!(place("").pager("/l", &[], None), Pager::default());
    }

    #[test]
    fn the_way_back_is_bounded() {
        let long = format!("at={}&at=&at=ok", "x".repeat(65));
        assert_eq!(place(&long), Place(vec!["ok".to_owned()]));
        let many = (0..50).map(|page| format!("at={page}")).collect::<Vec<_>>().join("&");
        let older = place(&many).pager("/l", &[], Some("next".to_owned())).older.unwrap();
        assert_eq!(older.matches("at=").count(), MAX_WAY);
        assert!(older.ends_with("&at=19&at=next"), "{older}");
    }

    #[test]
    fn a_value_cannot_leave_its_parameter() {
        let hostile = address("/l", [("id", "a&b=c#d/é \"<"), ("none", "")]);
        assert_eq!(hostile, "/l?id=a%26b%3Dc%23d%2F%C3%A9+%22%3C");
    }
}
