//! Every page and every form, from the portal's own table: what it turns away.

use api::portal::doors::{Door, Kind, doors};
use serde_json::{Value, json};

use crate::harness::{Browser, Customer, Page, Platform, Receiver, path_of};

/// An account with one of everything that a path can name.
struct Belongings {
    customer: Customer,
    webhook: Value,
    delivery: String,
    recovery: String,
    event: String,
}

impl Belongings {
    async fn of(platform: &Platform, customer: Customer, receiver: &Receiver) -> Self {
        let webhook = customer.webhook(&receiver.url(), &["*"]).await;
        platform.publish(&customer, "a", "1").await;
        let delivery = customer.deliveries_with(&webhook, &["delivered"]).await.remove(0);
        let recovery = customer.recover(&webhook, json!({"include": ["failed"]})).await;
        customer.recovery_with(&webhook, &recovery, "finished").await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            delivery: text(&delivery["id"]),
            event: text(&delivery["eventId"]),
            recovery: text(&recovery["id"]),
            customer,
            webhook,
        }
    }

    /// The path of a door, with these ids.
    fn path(&self, door: &Door) -> String {
        let path = door.path.replace("{id}", self.webhook["id"].as_str().unwrap());
        let path = path.replace("{deliveryId}", &self.delivery).replace("{recoveryId}", &self.recovery);
        if path.starts_with("/portal/event/") || path == "/portal/event" {
            format!("{path}?id={}", self.event)
        } else {
            path
        }
    }

    /// Everything that a form could change.
    async fn state(&self) -> Vec<Value> {
        let path = path_of(&self.webhook);
        let mut state = Vec::new();
        for path in [
            "/webhooks".to_owned(),
            path.clone(),
            format!("{path}/deliveries"),
            format!("{path}/recoveries"),
            "/events".to_owned(),
        ] {
            state.push(self.customer.get(&path).await.json);
        }
        state
    }
}

struct Scene {
    platform: Platform,
    receiver: Receiver,
    victim: Belongings,
}

async fn scene() -> Scene {
    let platform = Platform::start().await;
    let receiver = Receiver::always(200).await;
    let victim = Belongings::of(&platform, platform.customer("standard"), &receiver).await;
    Scene { platform, receiver, victim }
}

/// How many doors are tried with one session: its bucket holds a hundred requests.
const DOORS_OF_A_SESSION: usize = 25;

/// What a door answers to a request of a browser.
async fn knock(browser: &mut Browser, door: &Door, path: &str, session: &str) -> Page {
    match door.kind {
        Kind::Page => browser.get(path).await,
        Kind::Form | Kind::Leaving => browser.post(path, &[("session", session)]).await,
    }
}

fn names_an_id(path: &str) -> bool {
    path.contains('{') || path.starts_with("/portal/event/") || path == "/portal/event"
}

#[tokio::test]
async fn another_accounts_ids_are_not_found_at_any_door() {
    let Scene { platform, receiver, victim } = scene().await;
    let other = platform.new_customer("standard", "other", &shared::domain::account::key::Scope::ALL).await;
    let before = victim.state().await;
    let doors: Vec<Door> = doors().into_iter().filter(|door| names_an_id(&door.path)).collect();
    assert!(!doors.is_empty());
    for doors in doors.chunks(DOORS_OF_A_SESSION) {
        let mut browser = Browser::signed_in(&platform, &other, &json!({})).await;
        let session = browser.session().await;
        for door in doors {
            let page = knock(&mut browser, door, &victim.path(door), &session).await;
            assert_eq!(page.status, 404, "{door:?}: {}", page.html);
        }
    }
    assert_eq!(victim.state().await, before);
    assert_eq!(receiver.requests().len(), 1);
    platform.settled().await;
    platform.end().await;
}

/// A webhook of one's own with a delivery of another's is none either.
#[tokio::test]
async fn another_webhooks_deliveries_and_recoveries_are_not_found() {
    let Scene { platform, receiver, victim } = scene().await;
    let own = victim.customer.webhook(&receiver.url(), &["b"]).await;
    let mixed = Belongings { webhook: own, customer: victim.customer.clone(), ..victim };
    let inner = |door: &Door| door.path.contains("{deliveryId}") || door.path.contains("{recoveryId}");
    let mut browser = Browser::signed_in(&platform, &mixed.customer, &json!({})).await;
    let session = browser.session().await;
    for door in doors().iter().filter(|door| inner(door)) {
        let page = knock(&mut browser, door, &mixed.path(door), &session).await;
        assert_eq!(page.status, 404, "{door:?}: {}", page.html);
    }
    platform.settled().await;
    platform.end().await;
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let Scene { platform, receiver, victim } = scene().await;
    let before = victim.state().await;
    let forms: Vec<Door> = doors().into_iter().filter(|door| door.kind != Kind::Page).collect();
    for forms in forms.chunks(DOORS_OF_A_SESSION) {
        let mut browser = Browser::signed_in(&platform, &victim.customer, &json!({})).await;
        let session = browser.session().await;
        let own = browser.origin().to_owned();
        for door in forms {
            let path = victim.path(door);
            for (site, origin) in [
                (Some("cross-site"), Some("https://evil.example")),
                (Some("cross-site"), Some(own.as_str())),
                (Some("same-site"), Some(own.as_str())),
                (Some("none"), None),
                (None, Some("https://evil.example")),
                (None, Some("null")),
                (None, None),
            ] {
                let mut request = browser.form(&path, &[("session", &session), ("key", "k")]);
                if let Some(site) = site {
                    request = request.header("sec-fetch-site", site);
                }
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let page = browser.send(request).await;
                assert_eq!(page.status, 403, "{door:?} {site:?} {origin:?}: {}", page.html);
            }
        }
        assert_eq!(browser.get("/portal/").await.status, 200, "the session goes on");
    }
    let entered = Browser::of(&platform);
    let code = victim.customer.link(&json!({})).await;
    let request = entered.form("/portal/enter", &[("code", code.split_once('#').unwrap().1)]);
    let mut entered = entered.clone();
    assert_eq!(entered.send(request.header("sec-fetch-site", "cross-site")).await.status, 403);
    assert_eq!(entered.open(&code).await.status, 303, "the code was not used up");
    assert_eq!(victim.state().await, before);
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn a_read_only_session_sees_everything_and_changes_nothing() {
    let Scene { platform, receiver, victim } = scene().await;
    let before = victim.state().await;
    for doors in doors().chunks(DOORS_OF_A_SESSION) {
        let mut browser = Browser::signed_in(&platform, &victim.customer, &json!({"readOnly": true})).await;
        let session = browser.session().await;
        for door in doors.iter().filter(|door| door.kind != Kind::Leaving) {
            let page = knock(&mut browser, door, &victim.path(door), &session).await;
            let expected: &[u16] = if door.kind == Kind::Page { &[200] } else { &[403] };
            // A page with nothing but a form may be kept from whoever cannot send it.
            let may_be_kept = door.kind == Kind::Page && page.status == 403;
            assert!(expected.contains(&page.status) || may_be_kept, "{door:?}: {} {}", page.status, page.html);
        }
    }
    assert_eq!(victim.state().await, before);
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

#[tokio::test]
async fn without_a_session_every_door_says_that_it_is_over() {
    let Scene { platform, victim, .. } = scene().await;
    let before = victim.state().await;
    let mut nobody = Browser::of(&platform);
    let mut forger = Browser::of(&platform);
    forger.cookie = Some(format!("posthorn-portal={}", "0".repeat(64)));
    for browser in [&mut nobody, &mut forger] {
        for door in doors() {
            let page = knock(browser, &door, &victim.path(&door), "pts_1").await;
            assert_eq!((page.status, page.heading()), (401, "Your session is over"), "{door:?}");
        }
    }
    assert_eq!(victim.state().await, before);
    platform.end().await;
}

/// Also where there are no fields, or wrong ones: the form's session comes first.
#[tokio::test]
async fn a_form_of_no_session_or_another_is_409() {
    let Scene { platform, victim, receiver } = scene().await;
    let before = victim.state().await;
    let forms: Vec<Door> = doors().into_iter().filter(|door| door.kind != Kind::Page).collect();
    for forms in forms.chunks(DOORS_OF_A_SESSION) {
        let mut browser = Browser::signed_in(&platform, &victim.customer, &json!({})).await;
        for door in forms {
            for session in ["", "pts_1"] {
                let page = browser.post(&victim.path(door), &[("session", session), ("key", "k")]).await;
                let heading = "You have since opened another account";
                assert_eq!((page.status, page.heading()), (409, heading), "{door:?}");
            }
            let page = browser.post(&victim.path(door), &[]).await;
            assert_eq!(page.status, 409, "{door:?} without any field");
        }
    }
    assert_eq!(victim.state().await, before);
    assert_eq!(receiver.requests().len(), 1);
    platform.end().await;
}

/// Every page names the account, and every form carries the session and a key.
#[tokio::test]
async fn every_page_names_its_account_and_every_form_its_session() {
    let Scene { platform, victim, .. } = scene().await;
    let pages: Vec<Door> = doors().into_iter().filter(|door| door.kind == Kind::Page).collect();
    for pages in pages.chunks(DOORS_OF_A_SESSION) {
        let mut browser = Browser::signed_in(&platform, &victim.customer, &json!({})).await;
        let session = browser.session().await;
        for door in pages {
            let page = browser.get(&victim.path(door)).await;
            assert_eq!(page.status, 200, "{door:?}: {}", page.html);
            if !page.header("content-type").starts_with("text/html") || !page.html.starts_with("<!doctype") {
                continue;
            }
            for text in ["standard-demo", "Sign out"] {
                assert!(page.html.contains(text), "{door:?}: {text}");
            }
            for form in page.html.split("<form").skip(1).filter(|form| form.contains(r#"method="post""#)) {
                let (form, _) = form.split_once("</form>").unwrap();
                assert!(form.contains(&format!(r#"name="session" value="{session}""#)), "{door:?}: {form}");
                assert!(form.contains(r#"name="key" value=""#), "{door:?}: {form}");
            }
            assert!(!page.html.contains(" style="), "{door:?}");
            assert!(page.html.len() <= 30 * 1_024 || door.path.contains("deliveryId"), "{door:?}: {}", page.html.len());
        }
    }
    platform.end().await;
}
