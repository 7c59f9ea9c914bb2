//! The document and its pictures agree with the results next to them.

use std::{fs, path::Path, process::Command};

#[test]
fn the_page_about_scale_is_made_from_its_results() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations");
    let made = tempfile::tempdir().unwrap();
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.args(["simulate", "--results"]).arg(docs.join("benchmarks/scale.json")).arg("--docs").arg(made.path());
    assert!(bench.status().unwrap().success());
    let [made, kept] = [made.path(), &docs].map(|docs| fs::read_to_string(docs.join("scale.md")).unwrap());
    assert!(made == kept, "docs/operations/scale.md is not what its scale.json and page.txt say: see its first lines");
}

#[test]
fn the_document_in_the_repository_is_made_from_its_results() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations");
    let made = tempfile::tempdir().unwrap();
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.arg("report").arg(docs.join("benchmarks/results.json")).arg("--docs").arg(made.path());
    assert!(bench.status().unwrap().success());
    for file in ["benchmarks.md", "benchmarks/cost.svg", "benchmarks/backlog.svg", "benchmarks/isolation.svg"] {
        let [made, kept] = [made.path(), &docs].map(|docs| fs::read_to_string(docs.join(file)).unwrap());
        assert!(made == kept, "docs/operations/{file} is not what its results.json says: see its first lines");
    }
}
