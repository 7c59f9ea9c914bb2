//! `posthorn accounts` and `posthorn keys` as an operator runs them, against a stack of their own.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Output;

use local::stack::{Stack, StackOptions};
use serde_json::{Value, json};
use tokio::process::Command;

struct Operator {
    stack: Stack,
    http: reqwest::Client,
}

impl Operator {
    async fn new() -> Self {
        let stack = Stack::start(StackOptions::default()).await.unwrap();
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        Self { stack, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn run_on(&self, table: &str, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_posthorn"))
            .args(arguments.split(' '))
            .args(["--endpoint-url", &self.stack.endpoints().dynamodb])
            .env("TABLE_NAME", table)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output()
            .await
            .unwrap()
    }

    /// What a command that succeeds prints.
    async fn text(&self, arguments: &str) -> String {
        let output = self.run_on(&self.stack.endpoints().table, arguments).await;
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success() && err.is_empty(), "{arguments}: {err}");
        out
    }

    /// The lines that it prints for programs.
    async fn json(&self, arguments: &str) -> Vec<Value> {
        let out = self.text(&format!("{arguments} --json")).await;
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What a command that fails says.
    async fn error(&self, table: &str, arguments: &str) -> String {
        let output = self.run_on(table, arguments).await;
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments}");
        String::from_utf8(output.stderr).unwrap()
    }

    async fn status(&self, path: &str, key: &str) -> u16 {
        let url = format!("{}{path}", self.stack.endpoints().api);
        self.http.get(url).bearer_auth(key).send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_created_key_works_at_once_and_a_revoked_one_stops_at_once() {
    let operator = Operator::new().await;
    let created = operator.json("keys create --account acme --profile go2 --scopes manage,publish").await.remove(0);
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().unwrap());
    assert!(key.starts_with("phk_"));
    assert_eq!(operator.status("/api/v1/webhooks", key).await, 200);
    assert_eq!(operator.status("/v1/webhooks", key).await, 403);

    let other = operator.json("keys create --account acme --scopes publish").await.remove(0);
    let other_key = other["key"].as_str().unwrap();
    assert_eq!(operator.status("/api/v1/webhooks", other_key).await, 403, "its scope is publish");
    assert_eq!(operator.status("/api/v1/event-types", other_key).await, 200);

    let mut listed = operator.json("keys list --account acme").await;
    listed.sort_by_key(|key| key["createdAt"].to_string());
    let mut expected = vec![created.clone(), other.clone()];
    for key in &mut expected {
        key.as_object_mut().unwrap().remove("key");
    }
    assert_eq!(listed, expected);

    operator.json(&format!("keys revoke --account acme --id {id}")).await;
    assert_eq!(operator.status("/api/v1/webhooks", key).await, 401);
    assert_eq!(operator.status("/api/v1/event-types", other_key).await, 200, "only the one named");
    operator.stack.stop().await;
}

#[tokio::test]
async fn people_read_the_new_key_on_a_line_of_its_own() {
    let operator = Operator::new().await;
    let printed = operator.text("keys create --account acme --profile go2 --scopes read").await;
    let lines: Vec<&str> = printed.lines().collect();
    let [described, key, warning] = lines.as_slice() else { panic!("three lines: {printed}") };
    assert!(described.contains("account acme (go2): read"), "{described}");
    assert_eq!(operator.status("/api/v1/webhooks", key).await, 200);
    assert_eq!(*warning, "This key is not shown again.");
    assert!(!operator.text("keys list --account acme").await.contains(key));
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_account_made_twice_is_one_account() {
    let operator = Operator::new().await;
    for created in [true, false] {
        let made = operator.json("accounts create --account acme --profile awsys").await;
        assert_eq!(made, [json!({ "account": "acme", "profile": "awsys", "created": created })]);
    }
    let shown = operator.json("accounts show --account acme").await;
    assert_eq!(shown, [json!({ "account": "acme", "profile": "awsys", "webhooks": 0 })]);
    assert_eq!(
        operator.text("accounts show --account acme").await,
        "Account acme has the profile awsys and 0 webhooks.\n"
    );
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_error_says_what_to_change() {
    let operator = Operator::new().await;
    operator.json("keys create --account acme --profile go2 --scopes read").await;
    let table = &operator.stack.endpoints().table;
    for (table, arguments, expected) in [
        (table.as_str(), "keys create --account acme --profile standard --scopes read", "has the profile 'go2'"),
        (table, "accounts create --account acme --profile standard", "has the profile 'go2'"),
        (table, "keys create --account acme --profile go3 --scopes read", "valid are: awsys, go2, standard"),
        (table, "keys create --account unknown --scopes read", "posthorn accounts create"),
        (table, "keys list --account unknown", "there is no account 'unknown'"),
        (table, "accounts show --account unknown", "there is no account 'unknown'"),
        (table, "keys revoke --account acme --id 0123", "account 'acme' has no key '0123'"),
        ("nowhere", "keys list --account acme", "there is no table 'nowhere'"),
        ("", "keys list --account acme", "use --table or set TABLE_NAME"),
    ] {
        let error = operator.error(table, arguments).await;
        assert!(error.starts_with("error: ") && error.contains(expected), "{arguments}: {error}");
    }
    assert_eq!(operator.json("keys list --account acme").await.len(), 1, "nothing was created");
    operator.stack.stop().await;
}
