//! The programs that are measured: compiled here unless an option names their folder.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::{
    options::{Part, Run},
    say::say,
};

/// Where the programs are, as far as they are needed.
#[derive(Debug, Clone)]
pub struct Binaries {
    functions: Option<PathBuf>,
    stack: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Binaries {
    /// The local stack alone.
    pub async fn of_stack(run: &Run) -> Result<Self> {
        let stack = match &run.stack {
            Some(stack) => stack.clone(),
            None => compile("the local stack", "local", &["local"]).await?,
        };
        Ok(Self { functions: None, stack: Some(stack) })
    }

    /// Compiles the programs that these parts need and no option names.
    pub async fn ready(parts: &[Part], run: &Run) -> Result<Self> {
        let (mut functions, mut stack) = (run.functions.clone(), run.stack.clone());
        if functions.is_none() && parts.iter().any(|part| part.needs_functions()) {
            // By itself, so that it has no features but its own.
            compile("the least a function can be", "release", &["minimal"]).await?;
            functions = Some(compile("the functions as they ship", "release", &["api", "intake", "delivery"]).await?);
        }
        if stack.is_none() && parts.iter().any(|part| part.needs_stack()) {
            stack = Some(compile("the local stack", "local", &["local"]).await?);
        }
        Ok(Self { functions, stack })
    }

    /// A function's program: `NAME`, or `NAME/bootstrap` as cargo-lambda has it.
    pub fn function(&self, name: &str) -> Result<PathBuf> {
        let plain = self.functions.as_ref().context("no part with functions was asked for")?.join(name);
        existing(if plain.is_dir() { plain.join("bootstrap") } else { plain })
    }

    /// A program in the folder of the local stack.
    pub fn tool(&self, name: &str) -> Result<PathBuf> {
        existing(self.stack.as_ref().context("no part with the local stack was asked for")?.join(name))
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

/// Compiles these packages in one build and returns where their programs are.
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
    Ok(metadata.target_directory.join(profile))
}
