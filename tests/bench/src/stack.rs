//! The local stack as a process, and its customers.

use std::{process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{binaries::Binaries, http, process::Usage, sqs::Sqs};

/// How long the stack may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which contract an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What a new platform would choose.
    Standard,
    Awsys,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Awsys => "awsys",
        }
    }

    fn base_path(self) -> &'static str {
        match self {
            Self::Standard => "/v1",
            Self::Awsys => "/api",
        }
    }
}

/// A running `cargo local`. Dropping it ends it.
#[derive(Debug)]
pub struct Stack {
    child: Child,
    http: reqwest::Client,
    pub sqs: Sqs,
    pub ready: Ready,
}

/// What the process prints when it is ready.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    api: String,
    pub sqs: String,
    pub dynamodb: String,
    pub table: String,
    pub event_queue_url: String,
    operator_key: String,
}

/// An account and its key.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    key: String,
    profile: Profile,
}

/// A key as its creation shows it.
#[derive(Deserialize)]
struct Created {
    key: String,
}

impl Account {
    /// A request of the account as API Gateway hands it to the API function, in the payload format 2.0.
    #[must_use]
    pub fn gateway_event(&self, method: &str, path: &str, body: &Value) -> Bytes {
        let path = format!("{}{path}", self.profile.base_path());
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "host": "api.example.com",
                "authorization": format!("Bearer {}", self.key),
                "content-type": "application/json",
            },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "bench",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"},
                "requestId": "bench",
                "routeKey": "$default",
                "stage": "$default",
                "time": "26/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_694_400_000_i64,
            },
            "body": body.to_string(),
            "isBase64Encoded": false,
        })
        .to_string()
        .into()
    }
}

impl Stack {
    pub async fn start(binaries: &Binaries) -> Result<Self> {
        Self::start_with(binaries, &[]).await
    }

    /// Starts it with these options, too.
    pub async fn start_with(binaries: &Binaries, options: &[String]) -> Result<Self> {
        let program = binaries.tool("local")?;
        let any_port = ["--api-addr", "127.0.0.1:0", "--sqs-addr", "127.0.0.1:0", "--dynamodb-addr", "127.0.0.1:0"];
        let mut child = Command::new(&program)
            .args(any_port)
            .arg("--no-demo")
            .args(options)
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let stdout = child.stdout.take().context("the stack has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.context("the local stack does not become ready")??;
        let line = line.context("the local stack ended at once")?;
        let ready: Ready = serde_json::from_str(&line).context("the stack's ready line is not understood")?;
        let http = http::client()?;
        Ok(Self { child, sqs: Sqs::new(http.clone(), &ready.sqs), http, ready })
    }

    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id().context("the local stack has ended")?)
    }

    /// A new account with the highest limits, made as an operator would.
    pub async fn account(&self, name: &str, profile: Profile) -> Result<Account> {
        let limits = json!({"eventsPerSecond": 10_000, "requestsPerSecond": 1_000, "testsPerMinute": 600});
        self.account_limited(name, profile, &limits).await
    }

    pub async fn account_with_default_limits(&self, name: &str, profile: Profile) -> Result<Account> {
        self.account_limited(name, profile, &json!({})).await
    }

    async fn account_limited(&self, name: &str, profile: Profile, limits: &Value) -> Result<Account> {
        let account = json!({"profile": profile.name(), "limits": limits});
        self.operate(Method::PUT, &format!("/accounts/{name}"), &account).await?;
        let scopes = json!({"scopes": ["manage", "publish", "read"]});
        let created = self.operate(Method::POST, &format!("/accounts/{name}/keys"), &scopes).await?;
        let Created { key } = serde_json::from_str(&created).context("no key was made")?;
        Ok(Account { name: name.to_owned(), key, profile })
    }

    async fn operate(&self, method: Method, path: &str, body: &Value) -> Result<String> {
        let url = format!("{}/operator/v1{path}", self.ready.api);
        let request = self.http.request(method, url).bearer_auth(&self.ready.operator_key);
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "an operator's request failed: {text}");
        Ok(text)
    }

    /// A new webhook of the account. Returns its id.
    pub async fn webhook(&self, account: &Account, url: &str, event: &str) -> Result<String> {
        self.webhook_with(account, &json!({ "url": url, "events": [event] })).await
    }

    /// A new webhook of the account with these fields. Returns its id.
    pub async fn webhook_with(&self, account: &Account, fields: &Value) -> Result<String> {
        let made = self.call(account, Method::POST, "/webhooks", Some(fields)).await?;
        ensure!(made.status.is_success(), "the webhook was not created: {}", made.body);
        Ok(made.body["id"].as_str().context("the webhook has no id")?.to_owned())
    }

    /// A request of an account.
    pub async fn call(&self, account: &Account, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let url = format!("{}{}{path}", self.ready.api, account.profile.base_path());
        let mut request = self.http.request(method, url).bearer_auth(&account.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status();
        Ok(Answer { status, body: serde_json::from_str(&answer.text().await?)? })
    }
}

/// What the API responded.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

/// The message that publishes one event with this many bytes of data.
#[must_use]
pub fn event(account: &Account, event: &str, number: usize, data_bytes: usize) -> String {
    json!({ "account": account.name, "event": event, "data": data(number, data_bytes) }).to_string()
}

/// Data of exactly this many bytes when it is written without spaces.
#[must_use]
pub fn data(number: usize, bytes: usize) -> Value {
    let bare = json!({ "n": number, "text": "" }).to_string().len();
    json!({ "n": number, "text": "x".repeat(bytes.saturating_sub(bare)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_has_the_bytes_asked_for() {
        assert_eq!(data(12_345, 300).to_string().len(), 300);
    }
}
