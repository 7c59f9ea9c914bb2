//! Compresses the portal's assets, and writes the table of them that `src/portal/assets.rs` includes.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

/// How many hexadecimal digits of its hash stand in an asset's path.
const HASH_DIGITS: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=templates");
    let out = PathBuf::from(required("OUT_DIR")?);
    let assets = Path::new(&required("CARGO_MANIFEST_DIR")?).join("assets");
    let mut files = fs::read_dir(assets)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    let mut table = "&[\n".to_owned();
    for path in files.iter().filter(|path| content_type(path).is_some()) {
        table.push_str(&row(path, &out)?);
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script where things are by its environment")]
fn required(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}

fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The row of one asset, whose compressed text is written next to the table.
fn row(path: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("an asset's name is not UTF-8")?;
    let content = fs::read(path)?;
    let compressed = out.join(format!("{name}.gz"));
    let mut encoder = GzEncoder::new(fs::File::create(&compressed)?, Compression::best());
    encoder.write_all(&content)?;
    encoder.finish()?;
    let hash: String = hex::encode(Sha256::digest(&content)).chars().take(HASH_DIGITS).collect();
    let (plain, gzip) = (written(path)?, written(&compressed)?);
    let mut row = String::new();
    writeln!(
        row,
        "Asset {{ name: {name:?}, path: {:?}, hash: {hash:?}, content_type: {:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }},",
        format!("/portal/assets/{hash}/{name}"),
        content_type(path).unwrap_or_default(),
    )?;
    Ok(row)
}

/// A path as Rust's source can name it.
fn written(path: &Path) -> Result<&str, &'static str> {
    path.to_str().ok_or("an asset's path is not UTF-8")
}
