//! Receivers that are not ours: the guides' own code on Node with Express, and the official Standard Webhooks libraries.
//!
//! Each reports on its standard output, one JSON object a line, where it listens and what it responded to every request.

use std::{path::PathBuf, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use shared::ambient;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::waiting::PATIENCE;

pub struct External {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    port: u64,
}

impl External {
    /// Starts one of the programs in `tests/receivers`, or in the folder that `TEST_RECEIVERS` names.
    pub async fn start(file: &str) -> Self {
        let folder = ambient::variable("TEST_RECEIVERS");
        let folder =
            PathBuf::from(folder.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/receivers").to_owned()));
        let program = match file.rsplit('.').next() {
            Some("py") => ambient::variable("TEST_PYTHON").unwrap_or_else(|| "python3".to_owned()),
            _ => "node".to_owned(),
        };
        let mut process = Command::new(program)
            .arg(folder.join(file))
            .arg("--stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{file} does not start ({error}): has tests/run installed what it needs?"));
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut receiver = Self { _process: process, input, output, port: 0 };
        receiver.port = receiver.report(file).await["ready"].as_u64().unwrap();
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub async fn set_secret(&mut self, secret: &str) {
        let line = format!("{}\n", json!({"secret": secret}));
        self.input.write_all(line.as_bytes()).await.unwrap();
        assert_eq!(self.report("the secret").await["secretSet"], true);
    }

    /// The next request it responded to: the status, and the body that it got.
    pub async fn responded(&mut self, what: &str) -> (u64, String) {
        let report = self.report(what).await;
        let body = STANDARD.decode(report["bodyBase64"].as_str().unwrap()).unwrap();
        (report["status"].as_u64().unwrap_or(0), String::from_utf8(body).unwrap())
    }

    async fn report(&mut self, what: &str) -> Value {
        let line = timeout(PATIENCE, self.output.next_line()).await;
        let line =
            line.unwrap_or_else(|_| panic!("the receiver did not report this within {PATIENCE:?}: {what}")).unwrap();
        let line = line.unwrap_or_else(|| panic!("the receiver ended before it reported this: {what}"));
        serde_json::from_str(&line).unwrap()
    }
}
