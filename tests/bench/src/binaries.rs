//! The programs that are measured: compiled here unless someone says where they are.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::{options::Run, say::say};

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Binaries {
    functions: PathBuf,
    stack: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Binaries {
    /// Compiles what is not given.
    pub async fn ready(run: &Run) -> Result<Self> {
        let functions = if let Some(given) = &run.functions {
            given.clone()
        } else {
            let what = ["api", "intake", "delivery", "minimal"];
            compile("the functions as they ship", "release", &what).await?.join("release")
        };
        let stack = match &run.stack {
            Some(given) => given.clone(),
            None => compile("the local stack", "local", &["local", "keys"]).await?.join("local"),
        };
        Ok(Self { functions, stack })
    }

    /// A function's program: `NAME`, or `NAME/bootstrap` as cargo-lambda has it.
    pub fn function(&self, name: &str) -> Result<PathBuf> {
        let plain = self.functions.join(name);
        existing(if plain.is_dir() { plain.join("bootstrap") } else { plain })
    }

    /// A program beside the local stack's.
    pub fn tool(&self, name: &str) -> Result<PathBuf> {
        existing(self.stack.join(name))
    }
}

fn existing(path: PathBuf) -> Result<PathBuf> {
    ensure!(path.is_file(), "{} is missing: name its directory with --functions or --stack", path.display());
    Ok(path)
}

/// The repository, wherever this was started from.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Compiles these packages in one build and returns the target directory.
async fn compile(what: &str, profile: &str, packages: &[&str]) -> Result<PathBuf> {
    say(&format!("Compiling {what} ..."));
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--profile", profile]).current_dir(repository()).stdin(Stdio::null());
    cargo.stdout(std::io::stderr());
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo.status().await.context("cargo cannot be started")?;
    if !status.success() {
        bail!("cargo could not build {}", packages.join(", "));
    }
    let metadata = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new("cargo").args(metadata).current_dir(repository()).output().await?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata is not understood")?;
    Ok(metadata.target_directory)
}
