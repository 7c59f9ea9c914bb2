use super::*;
use crate::{
    portal::form::Form,
    testing::{PROFILES, frame, webhook_of},
};

fn profile(name: &str) -> &'static Profile {
    PROFILES.by_name(name).unwrap()
}

fn html(name: &str, form: Option<&str>, error: Option<&ApiError>) -> String {
    let mut entry = Entry::new(profile(name));
    if let Some(form) = form {
        entry = entry.typed(profile(name), &Form::parse(form.as_bytes()));
    }
    if let Some(error) = error {
        entry.refuse(error);
    }
    NewPage { frame: frame(true), entry }.render().unwrap()
}

#[test]
fn each_profile_has_its_events_and_its_own_fields() {
    for (name, there, absent) in [
        (
            "awsys",
            &[">link.click</label>", ">Signing secret</label>"][..],
            &[">All events<", ">Other events<", ">Timeout<"][..],
        ),
        ("go2", &[">qr.scanned</label>", ">All events</label>"], &[">Signing secret<", ">Other events<"]),
        (
            "standard",
            &[">All events</label>", ">Other events</label>", ">Signing secret</label>", ">Timeout</label>"],
            &[],
        ),
    ] {
        let html = html(name, None, None);
        for text in there.iter().chain(&[">URL</label>", ">Name</label>", ">Create webhook</button>", "novalidate"]) {
            assert!(html.contains(text), "{name}: {text}");
        }
        for text in absent {
            assert!(!html.contains(text), "{name}: {text}");
        }
    }
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_marks_the_field() {
    let error = ApiError::InvalidField { field: "name".to_owned(), problem: "is too long".to_owned() };
    let html = html("go2", Some("url=http%3A%2F%2F%22%3E%3Cscript%3E&name=mine&events=click"), Some(&error));
    assert!(html.contains(r#"value="mine""#) && !html.contains("<script>"));
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1);
    assert!(html.contains("name-error") && html.contains("is too long"));
    assert_eq!(html.matches(" checked").count(), 1);
}

#[test]
fn a_secret_that_was_typed_is_not_sent_back() {
    let html = html("awsys", Some("secret=hunter2hunter2"), Some(&ApiError::MissingField { field: "url" }));
    assert!(html.contains("&#39;url&#39; is missing"));
}

#[test]
fn a_new_webhooks_secret_is_shown_once_with_what_to_do_next() {
    let webhook = webhook_of(&["click"]);
    let secret = webhook.secrets.current.reveal().to_owned();
    for (shown, is_there) in [(Shown::WithSecret(webhook.clone()), true), (Shown::WithoutSecret(webhook), false)] {
        let html = SecretPage::of(frame(true), profile("go2"), &shown, Made::Webhook).render().unwrap();
        assert_eq!(html.contains(&secret.replace('+', "&#43;")) || html.contains(&secret), is_there);
        assert_eq!(html.contains(">Copy</button>"), is_there);
        assert!(html.contains(">Send test event</button>") && html.contains("x-webhook-signature"));
    }
}

#[test]
fn a_page_without_payload_is_small() {
    for name in ["awsys", "go2", "standard"] {
        let bytes = html(name, None, None).len();
        assert!(bytes <= 30 * 1_024, "{name}: {bytes} bytes");
    }
}
