//! `docs/operations/scale.md`: its text, with the tables in their places.

use anyhow::{Result, ensure};

use super::{results::Results, tables};

/// The text. A line such as `{{sizes}}` stands for a table.
const TEXT: &str = include_str!("page.txt");

pub fn page(results: &Results) -> Result<String> {
    let tables = [
        ("bounds", tables::bounds()?.to_string()),
        ("hot-keys", tables::hot_keys().to_string()),
        ("sizes", tables::sizes(&results.sizes).to_string()),
        ("neighbours", tables::neighbours(&results.neighbours).to_string()),
        ("backlogs", tables::backlogs(&results.backlogs).to_string()),
        ("costs", tables::costs(&results.sizes)?.to_string()),
        ("checked", tables::checked(&results.checked).to_string()),
        ("tolerance", tables::tolerance()),
    ];
    let filled = tables
        .into_iter()
        .fold(TEXT.to_owned(), |text, (name, table)| text.replace(&format!("{{{{{name}}}}}"), table.trim_end()));
    ensure!(!filled.contains("{{"), "page.txt names a table that does not exist");
    Ok(filled)
}
