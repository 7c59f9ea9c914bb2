//! How an operator has the portal look, and where it is: template parameters, checked once at the start.

use url::Url;

/// The name that the portal has if the operator chose none.
const DEFAULT_NAME: &str = "Webhooks";

/// The most characters of the portal's name: it stands in the head of every page.
const MAX_NAME: usize = 64;

/// What an operator says of the portal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PortalSettings {
    pub name: PortalName,
    pub logo: Option<WebUrl>,
    pub accent: Option<Accent>,
    /// Where a customer gets a new link.
    pub return_url: Option<WebUrl>,
    /// Where browsers find the installation, if not under API Gateway's own name.
    pub public_url: Option<PublicUrl>,
}

/// What the portal is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalName(String);

impl Default for PortalName {
    fn default() -> Self {
        Self(DEFAULT_NAME.to_owned())
    }
}

impl PortalName {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address on the web, over https; over http for a host of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(Url);

impl WebUrl {
    pub fn parse(text: &str) -> Option<Self> {
        web_url(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address as a Content-Security-Policy names a source: without a query, and without what separates sources.
    pub fn as_source(&self) -> String {
        let path = self.0.path().replace(';', "%3B").replace(',', "%2C");
        format!("{}{path}", self.0.origin().ascii_serialization())
    }
}

/// An origin: what comes before a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    pub fn parse(text: &str) -> Option<Self> {
        let url = web_url(text)?;
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        is_origin.then(|| Self(url.origin().ascii_serialization()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
    let is_local = matches!(url.host_str()?, "localhost" | "127.0.0.1" | "[::1]");
    (url.scheme() == "https" || (url.scheme() == "http" && is_local)).then_some(url)
}

/// The one colour that the operator chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent([u8; 3]);

impl Accent {
    /// `#rrggbb` or `#rgb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let long = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 => digits.to_owned(),
            _ => return None,
        };
        let mut bytes = [0; 3];
        hex::decode_to_slice(long, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    pub fn rgb(self) -> [u8; 3] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, origin) in [
            ("https://hooks.example.com", Some("https://hooks.example.com")),
            ("https://hooks.example.com/", Some("https://hooks.example.com")),
            ("https://hooks.example.com:8443", Some("https://hooks.example.com:8443")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://hooks.example.com", None),
            ("https://hooks.example.com/portal", None),
            ("https://hooks.example.com/?a", None),
            ("https://user@hooks.example.com", None),
            ("hooks.example.com", None),
        ] {
            assert_eq!(PublicUrl::parse(text).as_ref().map(PublicUrl::as_str), origin, "{text}");
        }
    }

    #[test]
    fn a_logo_cannot_widen_the_policy() {
        for (text, source) in [
            ("https://cdn.example.com/logo.svg?v=2", "https://cdn.example.com/logo.svg"),
            ("https://cdn.example.com/a;script-src *,b.svg", "https://cdn.example.com/a%3Bscript-src%20*%2Cb.svg"),
        ] {
            assert_eq!(WebUrl::parse(text).unwrap().as_source(), source, "{text}");
        }
        for text in ["javascript:alert(1)", "data:text/html,a", "http://cdn.example.com/logo.svg", "/logo.svg", ""] {
            assert_eq!(WebUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_accent_is_a_colour_in_hexadecimal() {
        for (text, rgb) in [
            ("#2a49b8", Some([0x2a, 0x49, 0xb8])),
            ("#FA0", Some([0xff, 0xaa, 0x00])),
            ("2a49b8", None),
            ("#2a49b", None),
            ("#2a49bg", None),
            ("red", None),
            ("#1é2", None),
        ] {
            assert_eq!(Accent::parse(text).map(Accent::rgb), rgb, "{text}");
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        for (text, fits) in [("Acme Webhooks", true), (" ", false), ("a\nb", false), (&"a".repeat(65), false)] {
            assert_eq!(PortalName::parse(text).is_some(), fits, "{text:?}");
        }
    }
}
