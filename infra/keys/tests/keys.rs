//! The command as an operator runs it, against a stack of its own.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Output;

use local::stack::{Stack, StackOptions};
use serde_json::Value;
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
        Command::new(env!("CARGO_BIN_EXE_keys"))
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

    /// The lines of a command that succeeds.
    async fn run(&self, arguments: &str) -> Vec<Value> {
        let output = self.run_on(&self.stack.endpoints().table, arguments).await;
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success() && err.is_empty(), "{arguments}: {err}");
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What a command that fails says.
    async fn refused(&self, table: &str, arguments: &str) -> String {
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
    let created = operator.run("create --account acme --profile go2 --scopes manage,publish").await.remove(0);
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().unwrap());
    assert!(key.starts_with("phk_"));
    assert_eq!(operator.status("/api/v1/webhooks", key).await, 200);
    assert_eq!(operator.status("/v1/webhooks", key).await, 403);

    let other = operator.run("create --account acme --profile go2 --scopes publish").await.remove(0);
    let other_key = other["key"].as_str().unwrap();
    assert_eq!(operator.status("/api/v1/webhooks", other_key).await, 403, "its scope is publish");
    assert_eq!(operator.status("/api/v1/event-types", other_key).await, 200);

    let mut listed = operator.run("list --account acme").await;
    listed.sort_by_key(|key| key["createdAt"].to_string());
    let mut expected = vec![created.clone(), other.clone()];
    for key in &mut expected {
        key.as_object_mut().unwrap().remove("key");
    }
    assert_eq!(listed, expected);

    operator.run(&format!("revoke --account acme --id {id}")).await;
    assert_eq!(operator.status("/api/v1/webhooks", key).await, 401);
    assert_eq!(operator.status("/api/v1/event-types", other_key).await, 200, "only the one named");
    operator.stack.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_told_with_what_to_change() {
    let operator = Operator::new().await;
    operator.run("create --account acme --profile go2 --scopes read").await;
    let table = &operator.stack.endpoints().table;
    for (table, arguments, told) in [
        (table.as_str(), "create --account acme --profile standard --scopes read", "has the profile 'go2'"),
        (table, "create --account acme --profile go3 --scopes read", "valid are: awsys, go2, standard"),
        (table, "list --account nobody", "there is no account 'nobody'"),
        (table, "revoke --account acme --id 0123", "account 'acme' has no key '0123'"),
        ("nowhere", "list --account acme", "there is no table 'nowhere'"),
        ("", "list --account acme", "use --table or set TABLE_NAME"),
    ] {
        let error = operator.refused(table, arguments).await;
        assert!(error.starts_with("error: ") && error.contains(told), "{arguments}: {error}");
    }
    assert_eq!(operator.run("list --account acme").await.len(), 1, "nothing was created");
    operator.stack.stop().await;
}
