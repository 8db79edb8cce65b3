//! Golden files: each fixture below `tests/formats/<id>/` has a sibling `<fixture>.golden.json` with everything
//! that was read from it, or the failure as a person sees it. The name of a fixture says its quirk.
//!
//! What a user would say of a fixture stands beside it, as JSON in `<fixture>.options`: `date_order`, `decimal_mark`,
//! `preset`, `format`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test it golden` writes them anew; read the difference before you commit it.

use std::path::Path;

use bank_bridge::domain::Statement;
use bank_bridge::errors::terminal;
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, REGISTRY};
use serde_json::{Value, json};

use crate::support::{files, is_fixture, options_of, root};

#[test]
fn every_fixture_reads_as_its_golden_file_says() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for format in REGISTRY {
        let folder = root().join("tests/formats").join(format.id());
        let fixtures: Vec<_> = files(&folder).into_iter().filter(|path| is_fixture(path)).collect();
        assert!(!fixtures.is_empty(), "{} has no fixtures in {}", format.id(), folder.display());
        for fixture in fixtures {
            let golden = fixture.with_file_name(format!("{}.golden.json", name(&fixture)));
            let mut text = serde_json::to_string_pretty(&read(&fixture)).unwrap();
            text.push('\n');
            if update {
                std::fs::write(&golden, text).unwrap();
            } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(&text) {
                wrong.push(format!("{}:\n{text}", fixture.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} fixtures differ from their golden files:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_golden_file_and_every_option_has_its_fixture() {
    for path in files(&root().join("tests/formats")).into_iter().filter(|path| is_golden(path)) {
        let fixture = path.with_file_name(name(&path).trim_end_matches(".golden.json"));
        assert!(fixture.exists(), "{} is left over", path.display());
    }
    let all = files(&root().join("tests/formats"));
    for path in all.iter().filter(|path| path.extension().is_some_and(|end| end == "options")) {
        assert!(path.with_extension("").exists(), "{} is left over", path.display());
    }
}

fn read(fixture: &Path) -> Value {
    let (format, options) = options_of(fixture);
    let outcome = Input::open(fixture, DEFAULT_MAX_SIZE)
        .and_then(|input| formats::parse(&input, format.as_deref(), &options));
    match outcome {
        Ok(statements) => {
            json!({"statements": statements, "details": statements.iter().map(details).collect::<Vec<_>>()})
        }
        Err(error) => {
            let shown = anstream::adapter::strip_str(&terminal::render(&error)).to_string();
            json!({"error": shown.lines().collect::<Vec<_>>()})
        }
    }
}

/// What the JSON shape leaves out, by line: code in words and further facts.
fn details(statement: &Statement) -> Vec<Value> {
    let format = formats::of_source(&statement.source);
    let of_line = |line: &bank_bridge::domain::Transaction| {
        let words = line.bank_code().and_then(|code| format?.describe(code));
        let facts: Vec<_> = line.details().map(|d| format!("{}: {}", d.label, d.value)).collect();
        let mut shown = json!({"code": words, "facts": facts});
        if let Some(whole) = &line.whole {
            shown["whole"] = json!({"id": whole.identity, "amount": whole.amount.to_string()});
        }
        shown
    };
    statement.lines.iter().map(of_line).collect()
}

fn is_golden(path: &Path) -> bool {
    name(path).ends_with(".golden.json")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
