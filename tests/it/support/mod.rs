//! What several subjects share.

pub mod archives;
pub mod corpora;
pub mod fake_odoo;
pub mod make;
pub mod providers;

use std::path::{Path, PathBuf};

use bank_bridge::formats::{DateOrder, DecimalMark, ParseOptions, Preset};

/// The project's own folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Whether a file below `tests/formats` is a bank file, and not what is known about one.
pub fn is_fixture(path: &Path) -> bool {
    let name = path.to_string_lossy();
    !name.ends_with(".golden.json") && !name.ends_with(".options") && !name.ends_with(".toml")
}

/// What a user would say of a fixture: the format and the options.
pub fn options_of(fixture: &Path) -> (Option<String>, ParseOptions) {
    let path = PathBuf::from(format!("{}.options", fixture.display()));
    if !path.exists() {
        return (None, ParseOptions::default());
    }
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let text = |key: &str| said.get(key).map(|value| value.as_str().unwrap().to_owned());
    for key in said.as_object().unwrap().keys() {
        assert!(
            ["format", "date_order", "decimal_mark", "preset"].contains(&key.as_str()),
            "{}: {key}",
            path.display()
        );
    }
    let preset = text("preset").map(|name| {
        let beside = fixture.with_file_name(&name);
        Preset::load(if beside.exists() { beside.to_str().unwrap() } else { &name }).unwrap()
    });
    let options = ParseOptions {
        date_order: text("date_order").map(|id| DateOrder::find(&id).unwrap()),
        decimal_mark: text("decimal_mark").map(|id| DecimalMark::find(&id).unwrap()),
        preset,
    };
    (text("format"), options)
}
