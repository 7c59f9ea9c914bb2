//! Lists the profiles: a new platform is a new file in `profiles/`, and no Rust.

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
        let path = file.display().to_string();
        writeln!(list, "    include_str!({path:?}),")?;
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("profiles.rs"), list)?;
    println!("cargo:rerun-if-changed={}", folder.display());
    Ok(())
}
