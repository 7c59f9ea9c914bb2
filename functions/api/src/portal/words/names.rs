//! What things are called on a page.

use shared::domain::webhook::Webhook;

use super::visible::line;

/// The most characters of a name that a page shows. A customer may give one 200.
const MAX_NAME: usize = 200;

/// A webhook's name, which links to it: as its customer named it, else its host.
pub(crate) fn webhook(webhook: &Webhook) -> String {
    let settings = &webhook.settings;
    let given = settings.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = given.map(str::to_owned).or_else(|| settings.url.host());
    let name = line(name.as_deref().unwrap_or_else(|| settings.url.as_str()));
    if name.chars().count() > MAX_NAME { name.chars().take(MAX_NAME).chain(['…']).collect() } else { name }
}

#[cfg(test)]
mod tests {
    use shared::domain::{event::pattern::EventPattern, target::TargetPolicy, webhook::settings::Settings};

    use super::*;
    use crate::testing::webhook_with;

    #[test]
    fn a_webhook_without_a_name_is_called_by_its_host() {
        let url = TargetPolicy::default().check("https://example.com/hooks?token=1").unwrap();
        for (name, shown) in [
            (None, "example.com"),
            (Some("  "), "example.com"),
            (Some("Orders"), "Orders"),
            (Some("a\u{202e}b\nc"), "a‹U+202E›b c"),
            (Some(&*"é".repeat(300)), &*format!("{}…", "é".repeat(200))),
        ] {
            let settings = Settings::new(url.clone(), vec![EventPattern::Everything]);
            let settings = Settings { name: name.map(str::to_owned), ..settings };
            assert_eq!(webhook(&webhook_with(settings)), shown, "{name:?}");
        }
    }
}
