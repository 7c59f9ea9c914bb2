//! Lists the profiles: a new platform is a new file in `profiles/`, and no Rust.
//!
//! Each file becomes JSON here, which the functions read anyway, so that no function carries a reader of TOML.

use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script where things are by its environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("profiles");
    let entries = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let profile: toml::Value =
            toml::from_str(&fs::read_to_string(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        writeln!(list, "    {:?},", serde_json::to_string(&profile)?)?;
        println!("cargo:rerun-if-changed={}", file.display());
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("profiles.rs"), list)?;
    println!("cargo:rerun-if-changed={}", folder.display());
    Ok(())
}
