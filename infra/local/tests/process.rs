//! The binary as its user meets it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise, and its helpers too")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const ANY_PORTS: [&str; 6] =
    ["--api-addr", "127.0.0.1:0", "--sqs-addr", "127.0.0.1:0", "--dynamodb-addr", "127.0.0.1:0"];

fn local(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("RUST_LOG");
    command
}

/// Reads standard error until the process says that it will now only run. It gives up by itself if it cannot.
fn until_running(child: &mut Child) -> String {
    let mut said = String::new();
    for line in BufReader::new(child.stderr.as_mut().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains("Ctrl-C ends it") {
            return said;
        }
    }
    panic!("the process ended early: {said}");
}

fn terminate(mut child: Child) -> String {
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "SIGTERM is a clean end");
    stdout
}

/// Runs until ready, ends it, and gives what it said and the line it printed.
fn run(arguments: &[&str]) -> (String, String) {
    let mut child = local(&[&ANY_PORTS, arguments].concat()).spawn().unwrap();
    let said = until_running(&mut child);
    (said, terminate(child))
}

fn key<'a>(ready: &'a Value, profile: &str) -> &'a str {
    ready["keys"][profile]["key"].as_str().unwrap()
}

#[test]
fn the_demonstration_delivers_and_verifies_an_event_for_each_profile() {
    let (said, _) = run(&[]);
    assert_eq!(said.matches("signature verified").count(), 3, "{said}");
    assert_eq!(said.matches(r#""status": "delivered""#).count(), 3, "{said}");
}

#[test]
fn standard_output_is_the_ready_line_alone_and_equals_the_ready_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ready.json");
    let (_, stdout) = run(&["--no-demo", "--ready-file", path.to_str().unwrap()]);
    assert_eq!(stdout.lines().count(), 1);
    assert_eq!(stdout, std::fs::read_to_string(&path).unwrap());
    let ready: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(ready.as_object().unwrap().len(), 13);
}

#[test]
fn the_keys_appear_nowhere_but_in_the_ready_line() {
    let (said, stdout) = run(&[]);
    let ready: Value = serde_json::from_str(&stdout).unwrap();
    for profile in ["awsys", "go2", "standard"] {
        assert!(!said.contains(key(&ready, profile)), "{profile}");
        assert!(!said.contains(ready["portal"][profile].as_str().unwrap()), "{profile}");
    }
    assert!(!said.contains(ready["operatorKey"].as_str().unwrap()));
}

#[test]
fn a_data_directory_keeps_what_was_there_and_the_demonstration_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--data-dir", dir.path().to_str().unwrap()];
    for _ in 0..2 {
        let (said, _) = run(&arguments);
        assert_eq!(said.matches("signature verified").count(), 3, "{said}");
    }
    assert!(Path::new(&dir.path().join("dynamodb.sqlite")).exists());
}

#[test]
fn an_address_in_use_is_one_sentence_naming_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--api-addr", "--sqs-addr", "--dynamodb-addr"] {
        let others: Vec<&str> = ANY_PORTS.chunks(2).filter(|pair| pair[0] != flag).flatten().copied().collect();
        let Output { status, stdout, stderr } = local(&[&others[..], &[flag, &address]].concat()).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(stdout.is_empty());
        let sentence = said.lines().last().unwrap();
        assert_eq!(
            sentence,
            format!("error: {address} is in use by another process: choose another address with {flag}")
        );
    }
}
