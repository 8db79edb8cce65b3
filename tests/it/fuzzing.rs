//! What is fuzzed is what ships: `tests/fuzz` is a project of its own that compiles some folders of `src`.

use std::collections::BTreeSet;

use crate::support::{files, root};

/// Folders that it compiles.
const FOLDERS: [&str; 3] = ["domain", "errors", "formats"];

fn dependencies(manifest: &str) -> toml::Table {
    let text = std::fs::read_to_string(root().join(manifest)).unwrap();
    let mut manifest: toml::Table = toml::from_str(&text).unwrap();
    let Some(toml::Value::Table(found)) = manifest.remove("dependencies") else { panic!("{text}") };
    found
}

/// Its list of libraries is the project's, as far as these folders use them.
#[test]
fn fuzzing_has_the_libraries_of_the_formats_as_the_project_has_them() {
    let project = dependencies("Cargo.toml");
    let mut fuzzing = dependencies("tests/fuzz/Cargo.toml");
    assert!(fuzzing.remove("libfuzzer-sys").is_some());
    for (name, value) in &fuzzing {
        assert_eq!(Some(value), project.get(name), "{name} in tests/fuzz/Cargo.toml, and in Cargo.toml");
    }
    let code: String = FOLDERS
        .iter()
        .flat_map(|folder| files(&root().join("src").join(folder)))
        .map(|path| std::fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().to_owned())
        .collect();
    let words: BTreeSet<_> = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':')))
        .filter_map(|path| path.split_once("::").map(|(first, _)| first))
        .collect();
    let used = project.keys().filter(|name| words.contains(name.replace('-', "_").as_str()));
    let missing: Vec<_> = used.filter(|name| !fuzzing.contains_key(*name)).collect();
    assert!(missing.is_empty(), "copy these from Cargo.toml to tests/fuzz/Cargo.toml: {missing:?}");
}

/// Words that are tried at random stand for a format that there is.
#[test]
fn every_dictionary_is_of_a_format() {
    let known = |id: &str| bank_bridge::formats::REGISTRY.iter().any(|format| format.id() == id);
    for path in files(&root().join("tests/fuzz/dictionaries")) {
        let name = path.file_stem().unwrap().to_string_lossy();
        assert!(known(&name), "{} is left over", path.display());
    }
}
