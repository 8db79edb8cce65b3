//! What the cells of each column hold, over the first rows of a table.

use std::collections::BTreeSet;

use crate::formats::csv::cells::{is_account, is_amount, is_currency, is_date};
use crate::formats::csv::names::fold;
use crate::formats::csv::recognise::Head;
use crate::formats::csv::table::{Block, Cell, Dialect, Row};

/// One column.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Its name as written; empty where the table has no header.
    pub(super) name: String,
    pub(super) folded: String,
    /// Which of the columns of that name it is, from 1.
    pub(super) occurrence: usize,
    pub(super) filled: usize,
    pub(super) dates: usize,
    pub(super) amounts: usize,
    pub(super) accounts: usize,
    pub(super) currencies: usize,
    /// Letters in cells, together.
    pub(super) letters: usize,
    /// Amounts with a decimal mark or a sign.
    pub(super) marked: usize,
    pub(super) negative: usize,
    pub(super) distinct: BTreeSet<String>,
    pub(super) example: String,
}

/// A table as it seems to be.
pub(in crate::formats::csv) struct Seen<'h> {
    pub(super) dialect: Dialect,
    pub(super) header: Option<Row<'h>>,
    pub(super) body: Vec<Row<'h>>,
    pub(super) columns: Vec<Column>,
}

/// The cut and the header row that make most sense of the first rows.
pub(super) fn see(heads: &[Head]) -> Option<Seen<'_>> {
    let mut best: Option<(usize, Seen<'_>)> = None;
    for head in heads.iter().filter(|head| head.dialect.quoted) {
        let Some(seen) = see_rows(head.dialect, &head.rows) else { continue };
        // Most rows that look alike, then most cells that say something.
        let told = seen.columns.iter().filter(|c| c.dates + c.amounts > 0).count();
        let score = seen.body.len() * 1_000 + told * 50 + seen.columns.len();
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, seen));
        }
    }
    best.map(|(_, seen)| seen)
}

fn see_rows(dialect: Dialect, rows: &Block) -> Option<Seen<'_>> {
    let dated = |row: &Row<'_>| row.len() > 1 && row.cells().any(is_date) && row.cells().any(amount_like);
    let first = rows.iter().position(|row| dated(&row))?;
    let width = rows.row(first)?.len();
    let body: Vec<_> = rows.iter().skip(first).filter(|row| row.len() == width).filter(dated).collect();
    // The header is the last row before the first transaction that has names and no dates.
    let header = (0..first).rev().filter_map(|index| rows.row(index)).find(|row| {
        let filled: Vec<_> = row.cells().filter(|cell| !cell.is_empty()).collect();
        let names =
            filled.iter().filter(|cell| cell.chars().any(char::is_alphabetic) && !is_date(cell)).count();
        filled.len() > 1
            && names == filled.len()
            && row.len() + 1 >= width.min(3)
            && filled.len() * 2 >= width
    });
    let mut columns: Vec<Column> = Vec::with_capacity(width);
    for index in 0..width {
        let name = header.as_ref().map_or("", |row| row.cell(index)).to_owned();
        let folded = fold(&name);
        let occurrence = 1 + columns.iter().filter(|column| column.folded == folded).count();
        let mut column = Column { name, folded, occurrence, ..Column::default() };
        for row in &body {
            column.see(row.cell(index), row.kind(index));
        }
        columns.push(column);
    }
    Some(Seen { dialect, header, body, columns })
}

/// An amount that is more than a bare number: bare ones are counters, codes and years as well.
fn amount_like(cell: &str) -> bool {
    is_amount(cell) && !is_date(cell)
}

impl Column {
    fn see(&mut self, cell: &str, kind: Cell) {
        if cell.is_empty() {
            return;
        }
        self.filled += 1;
        if self.example.is_empty() {
            self.example = cell.chars().take(40).collect();
        }
        self.letters += cell.chars().filter(|c| c.is_alphabetic()).count();
        if self.distinct.len() < 100 {
            self.distinct.insert(cell.to_owned());
        }
        let date = kind == Cell::Date || (kind == Cell::Text && is_date(cell));
        if date {
            self.dates += 1;
        } else if kind == Cell::Number || is_amount(cell) {
            self.amounts += 1;
            self.marked += usize::from(cell.contains(['.', ',', '-', '+']));
            self.negative += usize::from(cell.contains(['-', '\u{2212}', '(']));
        }
        self.accounts += usize::from(is_account(cell) && !date);
        self.currencies += usize::from(is_currency(&cell.to_uppercase()));
    }

    fn all(&self, count: usize) -> bool {
        self.filled > 0 && count == self.filled
    }

    pub(super) fn is_date(&self) -> bool {
        self.all(self.dates)
    }

    pub(super) fn is_amount(&self) -> bool {
        self.all(self.amounts)
    }

    pub(super) fn is_account(&self) -> bool {
        self.all(self.accounts)
    }

    pub(super) fn is_currency(&self) -> bool {
        self.all(self.currencies)
    }
}
