//! The commands that call the API, and `posthorn operator-keys`, as an operator runs them, against a stack of their own.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Output;

use local::stack::{Stack, StackOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

struct Operator {
    stack: Stack,
    /// Where the ready file is.
    dir: TempDir,
}

impl Operator {
    async fn new() -> Self {
        let stack = Stack::start(StackOptions::default()).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        stack.ready().unwrap().write(&dir.path().join("ready.json")).unwrap();
        Self { stack, dir }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posthorn"));
        command.args(arguments.split(' ')).current_dir(self.dir.path()).env_clear();
        command.env("AWS_REGION", "us-east-1").env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        command
    }

    /// A command with the operator's key of the stack.
    async fn json(&self, arguments: &str) -> Vec<Value> {
        lines(self.command(&format!("{arguments} --json --local ready.json")).output().await.unwrap())
    }

    /// The one object that such a command prints.
    async fn one(&self, arguments: &str) -> Value {
        let mut lines = self.json(arguments).await;
        assert_eq!(lines.len(), 1, "{arguments}: {lines:?}");
        lines.remove(0)
    }

    /// A command that works on the table.
    async fn on_table(&self, arguments: &str) -> Output {
        let at = self.stack.endpoints();
        let arguments = format!("{arguments} --table {} --endpoint-url {} --json", at.table, at.dynamodb);
        self.command(&arguments).output().await.unwrap()
    }

    /// A command with this key.
    async fn with_key(&self, key: &str, arguments: &str) -> Output {
        let mut command = self.command(&format!("{arguments} --json"));
        command.env("POSTHORN_URL", &self.stack.endpoints().api).env("POSTHORN_KEY", key).output().await.unwrap()
    }
}

fn lines(output: Output) -> Vec<Value> {
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && error.is_empty(), "{error}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn error(output: Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn an_operators_key_works_until_it_is_revoked() {
    let operator = Operator::new().await;
    let created = lines(operator.on_table("operator-keys create --name backend").await).remove(0);
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().unwrap());
    assert!(key.starts_with("pho_"));
    assert_eq!(lines(operator.with_key(key, "accounts list").await).len(), 3, "one for each profile");
    let listed = lines(operator.on_table("operator-keys list").await);
    assert!(listed.iter().any(|listed| listed["id"] == id && listed["name"] == "backend"), "{listed:?}");
    assert!(listed.iter().all(|listed| listed.get("key").is_none()));
    lines(operator.on_table(&format!("operator-keys revoke --id {id}")).await);
    let rejected = error(operator.with_key(key, "accounts list").await);
    assert!(rejected.contains("UNAUTHORIZED"), "{rejected}");
    let again = error(operator.on_table(&format!("operator-keys revoke --id {id}")).await);
    assert!(again.contains("there is no operator's key"), "{again}");
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_account_is_made_limited_suspended_and_deleted() {
    let operator = Operator::new().await;
    let made = operator.one("accounts create --account acme.1 --profile go2 --name Acme --limit webhooks=5").await;
    assert_eq!(
        (&made["profile"], &made["limits"]["webhooks"], &made["status"]),
        (&json!("go2"), &json!(5), &json!("active"))
    );
    let changed = operator.one("accounts change --account acme.1 --limit webhooks=default").await;
    assert_eq!((&changed["name"], &changed["limits"]["webhooks"]), (&json!("Acme"), &json!(100)));
    assert_eq!(operator.one("accounts suspend --account acme.1").await["status"], "suspended");
    assert_eq!(operator.one("accounts activate --account acme.1").await["status"], "active");
    assert_eq!(operator.one("accounts delete --account acme.1").await["status"], "deleting");
    assert_eq!(operator.one("accounts show --account acme.1").await["status"], "deleting");
    operator.stack.stop().await;
}

#[tokio::test]
async fn a_link_to_the_portal_is_made_listed_and_ended() {
    let operator = Operator::new().await;
    operator.one("accounts create --account acme --profile go2").await;
    let made = operator
        .one("portal create --account acme --read-only --user ann --expires-in 900 --path /portal/events")
        .await;
    assert_eq!(made["readOnly"], true);
    assert!(made["url"].as_str().unwrap().starts_with(&format!("{}/portal/enter#", operator.stack.endpoints().api)));
    let listed = operator.one("portal list --account acme").await;
    assert_eq!((&listed["id"], &listed["user"], &listed["readOnly"]), (&made["id"], &json!("ann"), &json!(true)));
    operator.one(&format!("portal end --account acme --id {}", made["id"].as_str().unwrap())).await;
    assert_eq!(operator.json("portal list --account acme").await, Vec::<Value>::new());
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_accounts_own_key_needs_no_account() {
    let operator = Operator::new().await;
    operator.one("accounts create --account acme --profile go2").await;
    let created = operator.one("keys create --account acme --scopes manage,publish --expires-in 600").await;
    let key = created["key"].as_str().unwrap();
    assert!(created["expiresAt"].is_string());
    assert_eq!(operator.json("keys list --account acme").await.len(), 1);
    assert_eq!(lines(operator.with_key(key, "webhooks list").await), Vec::<Value>::new());
    let rejected = error(operator.with_key(key, "webhooks list --account acme").await);
    assert!(rejected.contains("leave --account out"), "{rejected}");
    operator.one(&format!("keys revoke --account acme --id {}", created["id"].as_str().unwrap())).await;
    assert!(error(operator.with_key(key, "webhooks list").await).contains("UNAUTHORIZED"));
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_operator_follows_an_event_to_its_delivery_and_sends_it_again() {
    let operator = Operator::new().await;
    let act = "--account go2-demo";
    // Nothing listens there.
    let created = operator
        .one(&format!("webhooks create --url http://127.0.0.1:9/hook --events click --name Clicks {act}"))
        .await;
    let id = created["id"].as_str().unwrap();
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"));
    let published = operator.one(&format!("events publish --event click --data {{\"n\":1}} --id e/1 {act}")).await;
    assert_eq!(published["ids"], json!(["e/1"]));
    let delivery = loop {
        let listed = operator.json(&format!("deliveries list --webhook {id} {act}")).await;
        if let Some(delivery) = listed.into_iter().next().filter(|delivery| delivery["status"] == "retrying") {
            break delivery["id"].as_str().unwrap().to_owned();
        }
    };
    let event = operator.one(&format!("events show --id e/1 {act}")).await;
    assert_eq!(event["deliveries"][0]["deliveryId"], json!(delivery));
    assert_eq!(operator.json(&format!("events list --event click {act}")).await.len(), 1);
    let shown = operator.one(&format!("deliveries show --webhook {id} --id {delivery} {act}")).await;
    assert!(shown["payload"].as_str().unwrap().contains("\"n\":1"));
    operator.one(&format!("deliveries resend --webhook {id} --id {delivery} {act}")).await;
    let tested = operator.one(&format!("webhooks test --id {id} {act}")).await;
    assert_eq!(tested["statusCode"], Value::Null);
    let estimate = operator
        .one(&format!("recover --webhook {id} --since 2026-11-20T00:00:00Z --include missing --dry-run {act}"))
        .await;
    assert!(estimate["counts"]["missing"]["atMost"].is_number(), "{estimate}");
    assert_eq!(operator.one(&format!("webhooks disable --id {id} {act}")).await["isActive"], false);
    assert_eq!(operator.one(&format!("webhooks change --id {id} --name Other {act}")).await["name"], "Other");
    assert!(operator.one(&format!("webhooks rotate-secret --id {id} --grace 0 {act}")).await["secret"].is_string());
    assert_eq!(operator.one(&format!("webhooks delete --id {id} {act}")).await["deleted"], true);
    operator.stack.stop().await;
}

#[tokio::test]
async fn people_read_the_new_key_on_a_line_of_its_own() {
    let operator = Operator::new().await;
    let output =
        operator.command("keys create --account go2-demo --scopes read --local ready.json").output().await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let [described, key, warning] = printed.lines().collect::<Vec<_>>()[..] else { panic!("three lines: {printed}") };
    assert!(described.contains("of account go2-demo"), "{described}");
    assert!(lines(operator.with_key(key, "webhooks list").await).is_empty());
    assert_eq!(warning, "This key is not shown again.");
    operator.stack.stop().await;
}

#[tokio::test]
async fn an_error_says_what_to_change() {
    let operator = Operator::new().await;
    for (arguments, expected) in [
        ("accounts list", "set POSTHORN_URL"),
        ("accounts list --api-url http://127.0.0.1:1", "set POSTHORN_KEY"),
        ("accounts list --local nowhere.json", "nowhere.json could not be read"),
        ("accounts create --account go2-demo --profile standard --local ready.json", "PROFILE_FIXED"),
        ("accounts create --account go2-demo --profile go3 --local ready.json", "valid are: awsys, go2, standard"),
        ("accounts show --account unknown --local ready.json", "there is no account with this id"),
        ("keys revoke --account go2-demo --id 0123456789abcdef --local ready.json", "there is no key with this id"),
        ("webhooks list --local ready.json", "needs --account"),
        ("deliveries list --account go2-demo --local ready.json", "use --webhook"),
        ("events publish --account go2-demo --event click --data x --local ready.json", "not JSON"),
        ("operator-keys list", "use --table or set TABLE_NAME"),
    ] {
        let error = error(operator.command(arguments).output().await.unwrap());
        assert!(error.starts_with("error: ") && error.contains(expected), "{arguments}: {error}");
    }
    let unreachable = operator.command("accounts list --local ready.json --api-url http://127.0.0.1:1").output().await;
    let error = error(unreachable.unwrap());
    assert!(error.contains("could not be reached"), "{error}");
    let at = operator.stack.endpoints();
    let nowhere = format!("operator-keys list --table nowhere --endpoint-url {}", at.dynamodb);
    let error = String::from_utf8(operator.command(&nowhere).output().await.unwrap().stderr).unwrap();
    assert!(error.contains("there is no table 'nowhere'"), "{error}");
    operator.stack.stop().await;
}
