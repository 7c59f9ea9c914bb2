//! Forms: they act once, and lose nothing that was typed.

use serde_json::json;

use crate::harness::{Browser, Platform, Receiver};

#[tokio::test]
async fn a_form_that_is_sent_twice_acts_once() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    let id = webhook["id"].as_str().unwrap();
    let mut browser = Browser::signed_in(&platform, &customer, &json!({})).await;
    let session = browser.session().await;
    let path = format!("/portal/webhooks/{id}/disable");
    let form = [("session", session.as_str()), ("key", "one")];
    let first = browser.post(&path, &form).await;
    assert_eq!(first.status, 303, "{}", first.html);
    assert_eq!(customer.reload(&webhook).await["isActive"], false);
    customer.change(&webhook, &json!({"isActive": true})).await;
    let again = browser.post(&path, &form).await;
    assert_eq!((again.status, again.header("location")), (303, first.header("location")), "where the first one led");
    assert_eq!(customer.reload(&webhook).await["isActive"], true, "the reload did nothing");
    let other = browser.post(&path, &[("session", &session), ("key", "two")]).await;
    assert_eq!(other.status, 303);
    assert_eq!(customer.reload(&webhook).await["isActive"], false, "another form acts");
    platform.end().await;
}

#[tokio::test]
async fn a_double_click_acts_once() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let receiver = Receiver::always(200).await;
    let webhook = customer.webhook(&receiver.url(), &["*"]).await;
    platform.publish(&customer, "a", "1").await;
    let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
    let browser = Browser::signed_in(&platform, &customer, &json!({})).await;
    let session = browser.clone().session().await;
    let (webhook_id, delivery_id) = (webhook["id"].as_str().unwrap(), delivery["id"].as_str().unwrap());
    let path = format!("/portal/webhooks/{webhook_id}/deliveries/{delivery_id}/resend");
    let form = [("session", session.as_str()), ("key", "one")];
    let mut clicks: Vec<Browser> = (0..4).map(|_| browser.clone()).collect();
    let pages = futures::future::join_all(clicks.iter_mut().map(|browser| browser.post(&path, &form))).await;
    assert!(pages.iter().all(|page| page.status == 303), "{pages:?}");
    platform.settled().await;
    assert_eq!(receiver.requests().len(), 2, "the event, and one resend");
    platform.end().await;
}

/// The session was ended elsewhere, and a new link brings the typed text to where it belongs.
#[tokio::test]
async fn what_was_typed_survives_the_end_of_a_session() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let made = customer.portal_session(&json!({})).await;
    let mut browser = Browser::of(&platform);
    browser.open(made["url"].as_str().unwrap()).await;
    let session = browser.session().await;
    customer.delete(&format!("/portal-sessions/{}", made["id"].as_str().unwrap())).await;
    let name = "My <b>hook</b> & \"more\"";
    let fields =
        [("session", session.as_str()), ("key", "one"), ("url", "https://hooks.example.com/a"), ("name", name)];
    let over = browser.post("/portal/webhooks/new", &fields).await;
    assert_eq!((over.status, over.heading()), (401, "Your session is over"));
    for text in ["https://hooks.example.com/a", "My &#60;b&#62;hook", "Send again"] {
        assert!(over.html.contains(text), "{text}: {}", over.html);
    }

    assert_eq!(browser.open(&customer.link(&json!({})).await).await.status, 303);
    let without_session = [("session", over.hidden("session")), ("key", over.hidden("key")), fields[2], fields[3]];
    let asked = browser.post("/portal/webhooks/new", &without_session).await;
    assert_eq!(asked.status, 409, "which account it is sent to is asked first");
    assert!(
        asked.html.contains("standard-demo") && asked.html.contains("https://hooks.example.com/a"),
        "{}",
        asked.html
    );
    let session = browser.session().await;
    assert_eq!(asked.hidden("session"), session, "the page offers the form for the present session");
    platform.end().await;
}

#[tokio::test]
async fn a_form_of_the_account_before_is_not_sent_to_the_present_one() {
    let platform = Platform::start().await;
    let (first, second) = (platform.customer("standard"), platform.customer("go2"));
    let receiver = Receiver::always(200).await;
    let webhook = first.webhook(&receiver.url(), &["*"]).await;
    let mut browser = Browser::signed_in(&platform, &first, &json!({})).await;
    let of_first = browser.session().await;
    let asked = browser.open(&second.link(&json!({})).await).await;
    let (code, replaces) = (asked.hidden("code").to_owned(), asked.hidden("replaces").to_owned());
    assert_eq!(browser.post("/portal/enter", &[("code", &code), ("replaces", &replaces)]).await.status, 303);
    for path in
        ["/portal/webhooks/new".to_owned(), format!("/portal/webhooks/{}/disable", webhook["id"].as_str().unwrap())]
    {
        let page = browser.post(&path, &[("session", &of_first), ("key", "k"), ("name", "typed")]).await;
        assert_eq!((page.status, page.heading()), (409, "You have since opened another account"), "{path}");
        assert!(page.html.contains("go2-demo") && page.html.contains("typed"), "{path}: {}", page.html);
    }
    assert_eq!(first.reload(&webhook).await["isActive"], true);
    platform.end().await;
}

/// Pages and forms of one session have a bucket of their own, which leaves the API what it needs.
#[tokio::test]
async fn a_session_has_a_limit_of_its_own() {
    let platform = Platform::start().await;
    let customer = platform.customer("standard");
    let mut browser = Browser::signed_in(&platform, &customer, &json!({})).await;
    let mut limited = None;
    for _ in 0..200 {
        let page = browser.get("/portal/").await;
        if page.status != 200 {
            limited = Some(page);
            break;
        }
    }
    let limited = limited.expect("a session makes 110 requests at once at most");
    assert_eq!(limited.status, 429, "{}", limited.html);
    assert!(limited.header("retry-after").parse::<u64>().unwrap() >= 1);
    let mut another = Browser::signed_in(&platform, &customer, &json!({})).await;
    assert_eq!(another.get("/portal/").await.status, 200, "another session of the account");
    assert_eq!(customer.get("/webhooks").await.status, 200, "the API");
    platform.end().await;
}
