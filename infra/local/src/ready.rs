//! What the stack says when it is ready: one JSON object, on standard output and in a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Everything needed to use the stack.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    pub api: String,
    pub sqs: String,
    pub dynamodb: String,
    pub table: String,
    pub event_queue_url: String,
    pub delivery_queue_url: String,
    pub slow_queue_url: String,
    pub retry_queue_url: String,
    pub rejected_queue_url: String,
    pub dlq_urls: DlqUrls,
    pub keys: Keys,
    pub operator_key: OperatorKeyText,
    pub portal: PortalLinks,
}

/// An operator's key. It is written where a program asks for it, and nowhere else.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct OperatorKeyText(pub String);

impl std::fmt::Debug for OperatorKeyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorKeyText(…)")
    }
}

/// The dead-letter queues by the queue they belong to.
#[derive(Debug, Clone, Serialize)]
pub struct DlqUrls {
    pub event: String,
    pub delivery: String,
    pub slow: String,
    pub retry: String,
}

/// One account for each profile.
#[derive(Debug, Clone, Serialize)]
pub struct Keys {
    pub awsys: AccountKey,
    pub go2: AccountKey,
    pub standard: AccountKey,
}

/// A link to the portal for each profile's account. Each works once.
#[derive(Debug, Clone, Serialize)]
pub struct PortalLinks {
    pub awsys: PortalLink,
    pub go2: PortalLink,
    pub standard: PortalLink,
}

/// A link, which is as good as a key until somebody opens it.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct PortalLink(pub String);

impl std::fmt::Debug for PortalLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PortalLink(…)")
    }
}

/// An account and an API key of it with all scopes.
#[derive(Clone, Serialize)]
pub struct AccountKey {
    pub account: String,
    pub key: String,
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountKey").field("account", &self.account).finish_non_exhaustive()
    }
}

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the ready file {} cannot be written: use another --ready-file", path.display())]
pub struct NotWritten {
    path: PathBuf,
    source: io::Error,
}

impl Ready {
    /// The object on one line.
    ///
    /// # Errors
    /// Never in practice: every field is a string.
    pub fn line(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// Writes the object so that a program that waits for `path` never reads half of it. Only its owner may read it.
    ///
    /// # Errors
    /// When the directory cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), NotWritten> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.tmp", std::process::id()));
        let beside = PathBuf::from(beside);
        self.write_beside(&beside, path).map_err(|source| {
            let _ = fs::remove_file(&beside);
            NotWritten { path: path.to_owned(), source }
        })
    }

    fn write_beside(&self, beside: &Path, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        writeln!(options.open(beside)?, "{}", self.line()?)?;
        fs::rename(beside, path)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ready() -> Ready {
        let url = |name: &str| format!("http://127.0.0.1:2/123456789012/{name}");
        let link = |profile: &str| PortalLink(format!("http://127.0.0.1:1/portal/enter#key-of-{profile}"));
        let key = |profile: &str| AccountKey { account: format!("{profile}-demo"), key: format!("key-of-{profile}") };
        Ready {
            api: "http://127.0.0.1:1".to_owned(),
            sqs: "http://127.0.0.1:2".to_owned(),
            dynamodb: "http://127.0.0.1:3".to_owned(),
            table: "posthorn".to_owned(),
            event_queue_url: url("event"),
            delivery_queue_url: url("delivery"),
            slow_queue_url: url("slow"),
            retry_queue_url: url("retry"),
            rejected_queue_url: url("rejected"),
            dlq_urls: DlqUrls {
                event: url("event-dlq"),
                delivery: url("delivery-dlq"),
                slow: url("slow-dlq"),
                retry: url("retry-dlq"),
            },
            keys: Keys { awsys: key("awsys"), go2: key("go2"), standard: key("standard") },
            operator_key: OperatorKeyText("key-of-the-operator".to_owned()),
            portal: PortalLinks { awsys: link("awsys"), go2: link("go2"), standard: link("standard") },
        }
    }

    #[test]
    fn the_ready_file_has_exactly_the_documented_fields() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ready.json");
        ready().write(&path).unwrap();
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let key = |profile: &str| json!({ "account": format!("{profile}-demo"), "key": format!("key-of-{profile}") });
        let link = |profile: &str| json!(format!("http://127.0.0.1:1/portal/enter#key-of-{profile}"));
        let documented = json!({
            "api": "http://127.0.0.1:1",
            "sqs": "http://127.0.0.1:2",
            "dynamodb": "http://127.0.0.1:3",
            "table": "posthorn",
            "eventQueueUrl": "http://127.0.0.1:2/123456789012/event",
            "deliveryQueueUrl": "http://127.0.0.1:2/123456789012/delivery",
            "slowQueueUrl": "http://127.0.0.1:2/123456789012/slow",
            "retryQueueUrl": "http://127.0.0.1:2/123456789012/retry",
            "rejectedQueueUrl": "http://127.0.0.1:2/123456789012/rejected",
            "dlqUrls": {
                "event": "http://127.0.0.1:2/123456789012/event-dlq",
                "delivery": "http://127.0.0.1:2/123456789012/delivery-dlq",
                "slow": "http://127.0.0.1:2/123456789012/slow-dlq",
                "retry": "http://127.0.0.1:2/123456789012/retry-dlq",
            },
            "keys": { "awsys": key("awsys"), "go2": key("go2"), "standard": key("standard") },
            "operatorKey": "key-of-the-operator",
            "portal": { "awsys": link("awsys"), "go2": link("go2"), "standard": link("standard") },
        });
        assert_eq!(written, documented);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn the_ready_object_is_one_line() {
        assert_eq!(ready().line().unwrap().lines().count(), 1);
    }

    #[test]
    fn a_key_is_not_shown_when_debugging() {
        assert!(!format!("{:?}", ready()).contains("key-of-"));
    }
}
