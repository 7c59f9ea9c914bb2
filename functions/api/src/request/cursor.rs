//! Cursors: where a page of a list ended. Opaque to clients, so that what a cursor holds may change.
//!
//! A cursor holds the last id of its page, and the list it belongs to: an account's id for its webhooks, a webhook's id for its
//! deliveries. A cursor of another list is rejected.

/// The `nextCursor` of a page that ended with the id `end`.
pub(crate) fn next_cursor(has_more: bool, list: &str, end: Option<&str>) -> Option<String> {
    end.filter(|_| has_more).map(|end| hex::encode(format!("{list}/{end}")))
}

/// The id that a cursor of `list` holds.
pub(crate) fn place_in(list: &str, cursor: &str) -> Option<String> {
    let place = String::from_utf8(hex::decode(cursor).ok()?).ok()?;
    place.strip_prefix(list)?.strip_prefix('/').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_on_from_the_last_id_of_its_own_list() {
        let cursor = next_cursor(true, "acme", Some("wh_1")).unwrap();
        for (list, place) in [("acme", Some("wh_1")), ("other", None), ("acm", None), ("acme2", None)] {
            assert_eq!(place_in(list, &cursor).as_deref(), place, "{list}");
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        assert_eq!(next_cursor(false, "acme", Some("wh_1")), None);
        assert_eq!(next_cursor(true, "acme", None), None);
    }

    #[test]
    fn text_that_is_no_cursor_holds_no_place() {
        for cursor in ["", "zz", "77685f31zz", "20", "ff"] {
            assert_eq!(place_in("acme", cursor), None, "{cursor}");
        }
    }
}
