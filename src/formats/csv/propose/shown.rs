//! A proposal as a form shows it: each column of the table with an example and its role, and the first rows.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::columns::{Column, Seen};
use super::{Proposal, Proposed, written};
use crate::errors::Result;
use crate::formats::csv::preset::Role;

/// Rows that are shown.
const ROWS: usize = 5;
/// Characters of a cell that are shown.
const CELL: usize = 60;

/// A column of a table that no preset knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name as a preset writes it.
    pub column: String,
    /// A cell of it.
    pub example: String,
    /// What it seems to be.
    pub role: Option<Role>,
    /// By what it is known.
    pub because: Option<String>,
}

/// All columns that hold something.
pub(super) fn table(seen: &Seen<'_>, proposed: &[Proposed]) -> Vec<TableColumn> {
    let filled = seen.columns.iter().enumerate().filter(|(_, column)| column.filled > 0);
    let of = |(index, column): (usize, &Column)| {
        let name = written(column, index);
        let found = proposed.iter().find(|one| one.column == name);
        TableColumn {
            example: column.example.clone(),
            role: found.map(|one| one.role),
            because: found.map(|one| one.because.clone()),
            column: name,
        }
    };
    filled.map(of).collect()
}

/// The first rows of the columns that hold something.
pub(super) fn rows(seen: &Seen<'_>) -> Vec<Vec<String>> {
    let filled: Vec<_> = (0..seen.columns.len())
        .filter(|index| seen.columns.get(*index).is_some_and(|column| column.filled > 0))
        .collect();
    let cell = |text: &str| text.chars().take(CELL).collect::<String>();
    let rows = seen.body.iter().take(ROWS);
    rows.map(|row| filled.iter().map(|index| cell(row.cell(*index))).collect()).collect()
}

/// The digest of the names of all columns, whatever their spelling.
pub(super) fn fingerprint(seen: &Seen<'_>) -> Option<String> {
    seen.header.as_ref()?;
    let names: Vec<_> = seen.columns.iter().map(|column| column.folded.as_str()).collect();
    let digest = Sha256::digest(names.join("\u{1f}"));
    Some(digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

impl Proposal {
    /// The proposal as `bank.propose_preset` gives it.
    ///
    /// # Errors
    /// BB-9001 where the preset cannot be written.
    pub fn to_json(&self) -> Result<Value> {
        let columns: Vec<_> = self
            .table
            .iter()
            .map(|one| {
                json!({"column": one.column, "example": one.example, "role": one.role.map(Role::id),
                       "because": one.because})
            })
            .collect();
        let open = |code: &str| {
            let mut facts = self.understanding.facts.iter();
            facts.any(|fact| fact.about == "open" && fact.because.as_deref() == Some(code))
        };
        Ok(json!({
            "known": self.known,
            "columns": columns,
            "rows": self.rows,
            "fingerprint": self.fingerprint,
            "preset": self.to_toml()?,
            "date_order_open": open("BB-3013"),
            "decimal_mark_open": open("BB-3016"),
            "understanding": self.understanding,
        }))
    }
}
