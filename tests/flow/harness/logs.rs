//! Searches every line that is logged during the stories, at the finest level, for secrets, keys and payloads.

use std::{
    collections::BTreeSet,
    io,
    sync::{Mutex, Once},
};

use serde_json::Value;
use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

static WATCHING: Once = Once::new();
static FORBIDDEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static AUDIT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What stories put into payloads and responses. No character in it is one that JSON would escape.
pub const MARKER: &str = "payload-marker-5f0c";

/// Begins to watch. The filter is the functions' own, at the level that shows most.
pub fn watch() {
    forbid(MARKER);
    WATCHING.call_once(|| {
        let filter = shared::logging::filter_for(Some("trace,dynoxide=off"), "trace");
        let lines = tracing_subscriber::fmt::layer().json().with_writer(|| Watcher).with_filter(filter);
        tracing_subscriber::registry().with(lines).init();
    });
}

/// From now on no line may hold this.
pub fn forbid(text: &str) {
    FORBIDDEN.lock().unwrap().insert(text.to_owned());
}

/// # Panics
/// When a line of any story held a secret, a key or a payload.
pub fn assert_no_leak() {
    let leaks = LEAKS.lock().unwrap();
    assert!(leaks.is_empty(), "{} log lines hold a secret, a key or a payload: {leaks:?}", leaks.len());
}

/// How many of the forbidden texts a line holds.
pub fn leaks_in(line: &str) -> usize {
    FORBIDDEN.lock().unwrap().iter().filter(|forbidden| line.contains(forbidden.as_str())).count()
}

/// The lines of the audit trail that name an account, in their order.
pub fn audit_lines(account: &str) -> Vec<Value> {
    let lines = AUDIT.lock().unwrap();
    let fields = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"].clone());
    fields.filter(|fields| fields["account.id"] == account).collect()
}

struct Watcher;

impl io::Write for Watcher {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains("audit.action") {
            AUDIT.lock().unwrap().push(text.clone().into_owned());
        }
        if leaks_in(&text) > 0 {
            LEAKS.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
