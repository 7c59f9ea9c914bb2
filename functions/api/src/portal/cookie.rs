//! The session's cookie.

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use shared::domain::{account::session::SessionSecret, time};

/// The cookie's name over https. Browsers accept it only with `Secure`, without a domain and for every path, so that no other host can set it.
const SECURE_NAME: &str = "__Host-posthorn-portal";

/// The cookie's name on this machine, where there is no https.
const PLAIN_NAME: &str = "posthorn-portal";

/// The token that a request carries. Over https, only the name counts that no other host can set.
pub(super) fn token(headers: &HeaderMap, is_https: bool) -> Option<SessionSecret> {
    let name = name(is_https);
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).and_then(|(_, value)| SessionSecret::parse(value))
}

/// Has the browser keep a token until its session ends.
pub(super) fn kept(token: &SessionSecret, ends_at: Timestamp, now: Timestamp, is_https: bool) -> String {
    written(token.reveal(), time::between(now, ends_at).as_secs(), is_https)
}

/// Has the browser forget its token.
pub(super) fn forgotten(is_https: bool) -> String {
    written("", 0, is_https)
}

fn written(value: &str, max_age: u64, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}", name(is_https))
}

fn name(is_https: bool) -> &'static str {
    if is_https { SECURE_NAME } else { PLAIN_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_only_the_hosts_own_cookie_is_read() {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            format!("a=b; posthorn-portal={one}; __Host-posthorn-portal={two}").parse().unwrap(),
        )]);
        let read = |is_https| token(&headers, is_https).map(|token| token.reveal().to_owned());
        assert_eq!((read(true), read(false)), (Some(two), Some(one)));
    }

    #[test]
    fn no_cookie_and_a_broken_one_are_no_token() {
        for cookie in ["", "a=b", "posthorn-portal=", "posthorn-portal=short", "posthorn-portal"] {
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
            assert_eq!(token(&headers, false), None, "{cookie}");
        }
        assert_eq!(token(&HeaderMap::new(), true), None);
    }

    #[test]
    fn a_cookie_is_for_this_host_only_and_ends_with_its_session() {
        let (secret, at) = (SessionSecret::generate([0; 32]), |second| Timestamp::from_second(second).unwrap());
        let zeros = "0".repeat(64);
        assert_eq!(
            kept(&secret, at(1_000), at(100), true),
            format!("__Host-posthorn-portal={zeros}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure")
        );
        assert_eq!(forgotten(false), "posthorn-portal=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
