//! Opening a link, and leaving.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use shared::{
    ambient,
    domain::{
        account::{
            key::KeyHash,
            portal_path::PortalPath,
            session::{Maker, Rights, Session, SessionSecret, SessionTerms},
        },
        ids::{AccountId, ProfileName, SessionId},
        time,
    },
};

use crate::harness::{Browser, Page, Platform};

#[tokio::test]
async fn a_link_opens_its_page_once() {
    let platform = Platform::start().await;
    let customer = platform.customer("go2");
    let link = customer.link(&json!({"path": "/portal/event-types", "expiresInSeconds": 900})).await;
    let mut browser = Browser::of(&platform);
    let page = browser.get("/portal/enter").await;
    assert_eq!(page.status, 200);
    assert!(page.html.contains(r#"<label for="code">Code</label>"#), "{}", page.html);
    let opened = browser.open(&link).await;
    assert_eq!((opened.status, opened.header("location")), (303, "/portal/event-types"));
    let cookie = opened.header("set-cookie");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "there is no https here: {cookie}");
    let first = browser.get("/portal/").await;
    assert_eq!((first.status, first.heading()), (200, "Webhooks"));
    for text in ["go2-demo", "go2", "Sign out"] {
        assert!(first.html.contains(text), "{text}");
    }

    let mut another = Browser::of(&platform);
    let again = another.open(&link).await;
    assert_eq!((again.status, again.header("set-cookie")), (401, ""), "used twice");
    assert_eq!(another.get("/portal/").await.status, 401);
    // The browser that opened it may load the page again.
    let reloaded = browser.open(&link).await;
    assert_eq!((reloaded.status, reloaded.header("location")), (303, "/portal/event-types"));
    platform.end().await;
}

#[tokio::test]
async fn two_browsers_at_once_open_one_session() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for _ in 0..4 {
        let link = customer.link(&json!({})).await;
        let mut browsers: Vec<Browser> = (0..6).map(|_| Browser::of(&platform)).collect();
        let opened = futures::future::join_all(browsers.iter_mut().map(|browser| browser.open(&link))).await;
        let statuses: Vec<u16> = opened.iter().map(|page| page.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    }
    platform.end().await;
}

#[tokio::test]
async fn a_guessed_late_or_broken_code_opens_nothing() {
    let platform = Platform::start().await;
    let late = late_code(&platform).await;
    let guessed = SessionSecret::generate([7; 32]).reveal().to_owned();
    let upper = "A".repeat(64);
    for (code, status) in
        [(late.as_str(), 401), (guessed.as_str(), 401), (upper.as_str(), 400), ("", 400), ("pts_1", 400)]
    {
        let mut browser = Browser::of(&platform);
        let refused = browser.post("/portal/enter", &[("code", code)]).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (status, ""), "{code}");
        assert!(refused.html.contains("aria-invalid"), "{}", refused.html);
    }
    platform.end().await;
}

/// A code whose five minutes are over, although its session's time is not.
async fn late_code(platform: &Platform) -> String {
    let (now, code) = (ambient::now(), SessionSecret::generate(ambient::random()));
    let terms = SessionTerms {
        lasts: Duration::from_mins(15),
        rights: Rights::Manage,
        user: None,
        path: PortalPath::default(),
    };
    let maker = Maker::Key(KeyHash::of(&platform.customer("standard").key));
    let (account, profile) = (AccountId::parse("standard-demo").unwrap(), ProfileName::parse("standard").unwrap());
    let session = Session::new(SessionId::new(now, ambient::random()), account, profile, maker, terms, now);
    let until = time::before(now, Duration::from_millis(1));
    platform.store().create_session(&session, &code.hash(), until).await.unwrap();
    code.reveal().to_owned()
}

#[tokio::test]
async fn a_pasted_link_opens_too() {
    let platform = Platform::start().await;
    let link = platform.customer("standard").link(&json!({})).await;
    let mut browser = Browser::of(&platform);
    assert_eq!(browser.post("/portal/enter", &[("code", &format!(" {link} "))]).await.status, 303);
    platform.end().await;
}

#[tokio::test]
async fn an_open_account_is_replaced_only_after_asking() {
    let platform = Platform::start().await;
    let (first, second) = (platform.customer("go2"), platform.customer("standard"));
    let mut browser = Browser::signed_in(&platform, &first, &json!({})).await;
    let link = second.link(&json!({})).await;
    let asked = browser.open(&link).await;
    assert_eq!((asked.status, asked.header("set-cookie")), (200, ""));
    for text in ["go2-demo", "standard-demo", "Switch account"] {
        assert!(asked.html.contains(text), "{text}: {}", asked.html);
    }
    assert!(browser.get("/portal/").await.html.contains("go2-demo"), "nothing is replaced yet");
    let wrong = browser.post("/portal/enter", &[("code", asked.hidden("code")), ("replaces", "pts_1")]).await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (200, ""), "another session is to be replaced");
    let (code, replaces) = (asked.hidden("code").to_owned(), asked.hidden("replaces").to_owned());
    let switched = browser.post("/portal/enter", &[("code", &code), ("replaces", &replaces)]).await;
    assert_eq!(switched.status, 303, "{}", switched.html);
    assert!(browser.get("/portal/").await.html.contains("standard-demo"));
    // Of the same account, nobody is asked.
    assert_eq!(browser.open(&second.link(&json!({})).await).await.status, 303);
    platform.end().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_its_cookie() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    for terms in [json!({}), json!({"readOnly": true})] {
        let mut browser = Browser::signed_in(&platform, &customer, &terms).await;
        let mut thief = browser.clone();
        let session = browser.session().await;
        let out = browser.post("/portal/sign-out", &[("session", &session)]).await;
        assert_eq!((out.status, out.header("location")), (303, "/portal/enter"));
        assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
        assert_eq!(thief.get("/portal/").await.status, 401);
    }
    platform.end().await;
}

fn assert_secured(page: &Page, what: &str) {
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(page.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(page.header("strict-transport-security"), "", "{what}: there is no https here");
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let platform = Platform::start().await;
    let mut browser = Browser::signed_in(&platform, &platform.customer("standard"), &json!({})).await;
    for (method, path, status) in [
        ("GET", "/portal/", 200),
        ("GET", "/portal", 200),
        ("GET", "/portal/enter", 200),
        ("GET", "/portal/nothing", 404),
        ("GET", "/portal/webhooks/wh_none", 404),
        ("PUT", "/portal/", 405),
        ("DELETE", "/portal/enter", 405),
        ("POST", "/portal/sign-out", 403),
        ("GET", "/portal/assets/0123456789abcdef/none.css", 404),
    ] {
        let page = browser.send(browser.prepare(method.parse().unwrap(), path)).await;
        assert_eq!(page.status, status, "{method} {path}");
        assert_secured(&page, path);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
    let refused = browser.send(browser.prepare(Method::PUT, "/portal/")).await;
    assert_eq!(refused.header("allow"), "GET,HEAD");
    let head = browser.send(browser.prepare(Method::HEAD, "/portal/")).await;
    assert_eq!((head.status, head.html.as_str()), (200, ""));
    assert_secured(&head, "HEAD");
    platform.end().await;
}

#[tokio::test]
async fn assets_are_kept_for_good_under_their_own_hash_only() {
    let platform = Platform::start().await;
    let mut browser = Browser::of(&platform);
    let page = browser.get("/portal/enter").await;
    let paths: Vec<String> =
        page.html.split('"').filter(|text| text.starts_with("/portal/assets/")).map(str::to_owned).collect();
    assert!(paths.len() >= 3, "{paths:?}");
    for path in paths {
        let kept = browser.get(&path).await;
        assert_eq!((kept.status, kept.header("cache-control")), (200, "public, max-age=31536000, immutable"), "{path}");
        let (_, name) = path.rsplit_once('/').unwrap();
        let old = browser.get(&format!("/portal/assets/0000000000000000/{name}")).await;
        assert_eq!((old.status, old.header("cache-control")), (200, "no-store"), "{path}");
        assert_eq!(old.html, kept.html, "{path}: the present file");
        let compressed = browser.send(browser.prepare(Method::GET, &path).header("accept-encoding", "gzip")).await;
        assert_eq!(compressed.header("content-encoding"), "gzip", "{path}");
    }
    platform.end().await;
}

/// The cookie opens pages, and nothing of the API.
#[tokio::test]
async fn api_paths_ignore_the_cookie() {
    let platform = Platform::start().await;
    let mut browser = Browser::signed_in(&platform, &platform.customer("standard"), &json!({})).await;
    for path in ["/v1/webhooks", "/api/webhooks", "/operator/v1/accounts"] {
        assert_eq!(browser.get(path).await.status, 401, "{path}");
    }
    platform.end().await;
}
