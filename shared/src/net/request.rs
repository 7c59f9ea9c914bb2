//! A request's bytes.

use domain::attempt::{custom::is_token, request::Request};
use url::{Position, Url};

/// A request as it goes over the wire. The body is not copied.
#[derive(Debug)]
pub(super) struct Message<'r> {
    pub head: Vec<u8>,
    pub body: &'r [u8],
}

impl<'r> Message<'r> {
    pub fn new(url: &Url, request: &Request<'r>) -> Self {
        let mut head = Vec::with_capacity(1024);
        let body = request.body.as_bytes();
        // The URL standard leaves no blank and no control character in a host, a path or a query.
        push(&mut head, &["POST ", &url[Position::BeforePath..Position::AfterQuery], " HTTP/1.1\r\n"]);
        push(&mut head, &["host: ", &url[Position::BeforeHost..Position::AfterPort], "\r\n"]);
        push(&mut head, &["content-length: ", &body.len().to_string(), "\r\n"]);
        // A customer may have chosen this header.
        if request.custom.iter().all(|(name, _)| name.as_str() != "accept") {
            push(&mut head, &["accept: */*\r\n"]);
        }
        let own = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let custom = request.custom.iter().map(|(name, value)| (name.as_str(), value.reveal()));
        // Names and values were validated when they entered. One that still cannot be a header is left out.
        for (name, value) in own.chain(custom).filter(|(name, value)| is_name(name) && is_value(value)) {
            push(&mut head, &[name, ": ", value, "\r\n"]);
        }
        head.extend_from_slice(b"\r\n");
        Self { head, body }
    }
}

fn push(head: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        head.extend_from_slice(part.as_bytes());
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{
        attempt::custom::{CustomHeaders, HeaderChanges},
        target::TargetPolicy,
    };
    use proptest::prelude::*;

    use super::*;

    fn head(url: &str, headers: &[(&str, &str)]) -> String {
        let target = TargetPolicy::default().check(url).unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { url: &target, headers, custom: Vec::new(), body: "{}", limit: Duration::ZERO };
        let message = Message::new(&Url::parse(url).unwrap(), &request);
        String::from_utf8(message.head).unwrap()
    }

    #[test]
    fn a_request_has_the_urls_parts_and_its_headers() {
        let url = "https://Example.com:8443/a b?q=\"1\"".replace(' ', "%20");
        let expected = "POST /a%20b?q=%221%22 HTTP/1.1\r\nhost: example.com:8443\r\ncontent-length: 2\r\naccept: */*\r\n\
            webhook-id: dlv_1\r\n\r\n";
        assert_eq!(head(&url, &[("webhook-id", "dlv_1")]), expected);
        assert!(head("https://example.com", &[]).starts_with("POST / HTTP/1.1\r\nhost: example.com\r\n"));
        assert!(head("https://[2606:4700::1111]:443/", &[]).contains("\r\nhost: [2606:4700::1111]\r\n"));
    }

    #[test]
    fn a_customers_headers_are_sent_once_and_as_they_are() {
        let chosen = [("Accept", "text/html"), ("x_1.2~!", "a  b"), ("authorization", "Bearer x")];
        let chosen = chosen.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        let custom = CustomHeaders::default().merged(&HeaderChanges::parse(chosen, &[]).unwrap()).unwrap();
        let url = "https://example.com/";
        let target = TargetPolicy::default().check(url).unwrap();
        let custom = custom.iter().collect();
        let request = Request { url: &target, headers: Vec::new(), custom, body: "{}", limit: Duration::ZERO };
        let head = String::from_utf8(Message::new(&Url::parse(url).unwrap(), &request).head).unwrap();
        let expected = "POST / HTTP/1.1\r\nhost: example.com\r\ncontent-length: 2\r\naccept: text/html\r\n\
            authorization: Bearer x\r\nx_1.2~!: a  b\r\n\r\n";
        assert_eq!(head, expected);
    }

    proptest! {
        #[test]
        fn nothing_from_outside_adds_a_line(path: String, name: String, value: String) {
            let url = format!("https://example.com/{path}");
            prop_assume!(TargetPolicy::default().check(&url).is_ok());
            let head = head(&url, &[(&name, &value)]);
            let lines = head.trim_end().split("\r\n").count();
            prop_assert!(lines <= 5);
            prop_assert!(!head.replace("\r\n", "").contains(char::is_control) || value.contains('\t'));
        }
    }
}
