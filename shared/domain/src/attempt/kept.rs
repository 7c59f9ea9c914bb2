//! The response headers of a failed attempt that help to find out why it failed.

use super::excerpt::printable;

/// The most bytes of names and values that are kept.
pub const MAX_KEPT_HEADERS: usize = 512;

/// The headers that are kept, in lower case: what the receiver is, where it points to, when to come back, and how to find the request in
/// its operator's logs.
const KEPT: [&str; 15] = [
    "content-type",
    "content-length",
    "server",
    "location",
    "retry-after",
    "www-authenticate",
    "date",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-amz-cf-id",
    "cf-ray",
    "x-vercel-id",
];

/// Headers of a response, each once, by their names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptHeaders(Vec<(String, String)>);

impl KeptHeaders {
    /// Keeps a header if it helps and still fits. Of several with one name the first is kept.
    pub fn offer(&mut self, name: &[u8], value: &[u8]) {
        let Some(name) = KEPT.iter().find(|kept| name.eq_ignore_ascii_case(kept.as_bytes())) else { return };
        let value = printable(value);
        let fits = self.bytes().saturating_add(name.len()).saturating_add(value.len()) <= MAX_KEPT_HEADERS;
        if fits && self.0.iter().all(|(taken, _)| taken != name) {
            self.0.push(((*name).to_owned(), value));
        }
    }

    /// What was kept before.
    pub fn of(headers: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(headers.into_iter().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len().saturating_add(value.len())).fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(headers: &[(&str, &[u8])]) -> Vec<(String, String)> {
        let mut kept = KeptHeaders::default();
        for (name, value) in headers {
            kept.offer(name.as_bytes(), value);
        }
        kept.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn headers_that_help_are_kept_in_lower_case_each_once() {
        let kept = kept(&[("Server", b"nginx"), ("Set-Cookie", b"secret=1"), ("server", b"other"), ("CF-Ray", b"8a")]);
        assert_eq!(kept, [("server".to_owned(), "nginx".to_owned()), ("cf-ray".to_owned(), "8a".to_owned())]);
    }

    #[test]
    fn a_header_that_does_not_fit_makes_room_for_a_later_one() {
        let long = [b'x'; 510];
        let kept = kept(&[("location", &long), ("server", b"nginx")]);
        assert_eq!(kept, [("server".to_owned(), "nginx".to_owned())]);
    }

    #[test]
    fn names_and_values_together_have_512_bytes() {
        let (location, first, second) = ("location", [b'x'; 500], [b'y'; 480]);
        for (headers, are_kept) in [
            (vec![(location, &first[..])], 1),
            (vec![(location, &first[..]), ("date", b"")], 2),
            (vec![(location, &first[..]), ("date", b"1")], 1),
            (vec![("server", b"123456"), ("date", &second), ("cf-ray", b"12345678")], 3),
            (vec![("server", b"123456"), ("date", &second), ("cf-ray", b"123456789012345")], 2),
        ] {
            assert_eq!(kept(&headers).len(), are_kept, "{headers:?}");
        }
    }

    #[test]
    fn what_was_stored_is_read_back_as_it_was() {
        let mut kept = KeptHeaders::default();
        assert!(kept.is_empty());
        kept.offer(b"server", b"nginx");
        assert!(!kept.is_empty());
        let stored: Vec<_> = kept.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(KeptHeaders::of(stored), kept);
    }

    #[test]
    fn a_value_of_any_bytes_becomes_printable_text() {
        let kept = kept(&[("server", b"a\0b\xffc\x1b[31m")]);
        assert_eq!(kept[0].1, "a\u{fffd}b\u{fffd}c\u{fffd}[31m");
    }
}
