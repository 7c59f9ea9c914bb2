//! The portal's pages by their paths: where a link may lead.

use super::super::ids::{DeliveryId, RecoveryId, WebhookId};

/// Where every page of the portal is.
pub const PORTAL: &str = "/portal";

/// The most characters of a path with its filters.
pub const MAX_PATH: usize = 1_024;

/// Every page, below [`PORTAL`]. A name in braces stands for an id.
pub const PAGES: [&str; 11] = [
    "/",
    "/webhooks/new",
    "/webhooks/{id}",
    "/webhooks/{id}/deliveries",
    "/webhooks/{id}/deliveries/{deliveryId}",
    "/webhooks/{id}/test",
    "/webhooks/{id}/recover",
    "/webhooks/{id}/recoveries/{recoveryId}",
    "/webhooks/{id}/settings",
    "/events",
    "/event-types",
];

/// The page of one event, whose id is in the query: it may have any character.
pub const EVENT_PAGE: &str = "/event";

/// A page of the portal, with its filters. It has no host, so that no link leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalPath(String);

impl Default for PortalPath {
    /// The list of webhooks.
    fn default() -> Self {
        Self(format!("{PORTAL}/"))
    }
}

impl PortalPath {
    pub fn parse(text: &str) -> Option<Self> {
        let is_written = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>');
        if text.len() > MAX_PATH || !text.bytes().all(is_written) {
            return None;
        }
        let below = text.strip_prefix(PORTAL)?;
        let (path, query) = below.split_once('?').map_or((below, None), |(path, query)| (path, Some(query)));
        let is_event = path == EVENT_PAGE && query.is_some_and(|query| query.starts_with("id=") && query.len() > 3);
        (is_event || PAGES.iter().any(|page| matches(page, path))).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn matches(page: &str, path: &str) -> bool {
    let (page, path): (Vec<&str>, Vec<&str>) = (page.split('/').collect(), path.split('/').collect());
    page.len() == path.len() && page.iter().zip(path).all(|(page, path)| is_part(page, path))
}

fn is_part(page: &str, path: &str) -> bool {
    match page {
        // An id that a page has of its own.
        "{id}" => path != "new" && WebhookId::parse(path).is_ok(),
        "{deliveryId}" => DeliveryId::parse(path).is_ok(),
        "{recoveryId}" => RecoveryId::parse(path).is_ok(),
        page => page == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_page_of_the_portal() {
        for (text, is_page) in [
            ("/portal/", true),
            ("/portal/webhooks/new", true),
            ("/portal/webhooks/wh_1", true),
            ("/portal/webhooks/wh_1/deliveries?status=failed&since=2026-01-01T00:00:00Z", true),
            ("/portal/webhooks/wh_1/deliveries/dlv_1", true),
            ("/portal/webhooks/wh_1/recoveries/rec_1", true),
            ("/portal/event?id=a%2Fb", true),
            ("/portal/event-types", true),
            ("/portal", false),
            ("/portal/event", false),
            ("/portal/event?id=", false),
            ("/portal/nothing", false),
            ("/portal/enter", false),
            ("/portal/sign-out", false),
            ("/portal/webhooks/", false),
            ("/portal/webhooks/wh_1/deliveries/", false),
            ("/portal/webhooks/a.b", false),
            ("/portal//evil.example", false),
            ("/portal/../operator", false),
            ("//evil.example/portal/", false),
            ("https://evil.example/portal/", false),
            ("/portal/\r\nset-cookie:a", false),
            ("/portal/#x", false),
            ("/portal/?a=b", true),
            ("/portal/?a#b", false),
            ("/portal/?a\\b", false),
            ("/portal/?a<b", false),
            ("/portal/?a b", false),
            ("/portal/?a=é", false),
            ("/v1/webhooks", false),
            ("", false),
        ] {
            assert_eq!(PortalPath::parse(text).is_some(), is_page, "{text:?}");
        }
    }

    #[test]
    fn a_path_has_1024_bytes_at_most() {
        for (length, is_page) in [(MAX_PATH, true), (MAX_PATH + 1, false)] {
            let path = format!("{:a<length$}", "/portal/?");
            assert_eq!(PortalPath::parse(&path).is_some(), is_page, "{length}");
        }
    }

    #[test]
    fn a_link_leads_to_the_webhooks_unless_its_maker_says_otherwise() {
        let default = PortalPath::default();
        assert_eq!(PortalPath::parse(default.as_str()), Some(default));
    }
}
