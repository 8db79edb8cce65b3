//! Real files, kept outside the project: `BANK_BRIDGE_CORPORA` names their folder.
//!
//! Unset, tests over them do nothing; set, a missing folder is a failure.

use std::path::PathBuf;

use bank_bridge::domain::Decimal;

/// One row of `manifest.tsv`.
pub struct Row {
    /// Path below the folder.
    pub path: String,
    /// Number of statements, where an independent reader gave one.
    pub statements: Option<usize>,
    /// Number of entries that touch the balance.
    pub entries: Option<usize>,
    /// Their sum.
    pub sum: Option<Decimal>,
    /// `ok`, `bad`, `none`, or empty.
    pub balances: String,
}

/// The folder, where there is one.
pub fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty())?);
    assert!(folder.join("manifest.tsv").exists(), "{} holds no corpora", folder.display());
    Some(folder)
}

/// Rows of the manifest for one format's folder.
pub fn rows(format: &str) -> Vec<Row> {
    let Some(folder) = folder() else { return Vec::new() };
    let manifest = std::fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let [path, kind, statements, entries, sum, balances] =
        ["path", "format", "statements", "entries", "sum", "balances"].map(column);
    let rows: Vec<_> = lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|cells| cells[kind] == format)
        .map(|cells| Row {
            path: cells[path].to_owned(),
            statements: cells[statements].parse().ok(),
            entries: cells[entries].parse().ok(),
            sum: cells[sum].parse().ok(),
            balances: cells[balances].trim().to_owned(),
        })
        .collect();
    assert!(!rows.is_empty(), "the manifest names no file of {format}");
    rows
}
