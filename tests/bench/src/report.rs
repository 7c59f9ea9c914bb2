//! `docs/BENCHMARKS.md` and its pictures, from a run's results.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use crate::{binaries::repository, results::Results};

/// Writes the document for the results in `file`.
pub fn write(file: &Path) -> Result<()> {
    let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let results: Results = serde_json::from_slice(&text).context("not what `bench all --json` prints")?;
    fs::write(repository().join("docs/BENCHMARKS.md"), results.markdown())?;
    Ok(())
}
