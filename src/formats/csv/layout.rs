//! A preset laid over the header of one file: which cell of a row is what.

use std::sync::Arc;

use super::cells::CellKind;
use super::labels::currency_in;
use super::names::Column;
use super::numbers::{date, number};
use super::preset::{Columns, Preset, Role};
use super::table::{Cell, Dialect, Row};
use crate::domain::{Currency, Text};

/// Where the columns of a preset stand in a file.
pub(super) struct Layout {
    pub(super) preset: Arc<Preset>,
    pub(super) dialect: Dialect,
    /// Line of the header; 0 where the file has none.
    pub(super) header_line: u64,
    /// The header as written, for messages; empty where the file has none.
    pub(super) names: Vec<String>,
    /// Cells of a row.
    pub(super) width: usize,
    /// How many columns of the file the preset knows.
    pub(super) known: usize,
    /// Which they are.
    pub(super) claimed: Vec<usize>,
    places: [Vec<usize>; Role::ALL.len()],
    /// Columns for the note of the line.
    pub(super) details: Vec<(Text, Vec<usize>)>,
    /// Columns by which rows are kept or left out, in the preset's order; none where the file lacks an optional one.
    pub(super) filters: Vec<Option<usize>>,
    /// The currency that the names of the amounts say: `Belastung CHF`.
    pub(super) currency: Option<Currency>,
    /// Columns of the bank's references that identify a line.
    pub(super) references: Vec<usize>,
    /// Columns of the text that identifies a line.
    pub(super) identity_text: Vec<usize>,
}

/// The columns of a preset that a header lacks.
pub(super) type Missing = Vec<String>;

impl Layout {
    /// Lays a preset over a header row.
    pub(super) fn over(
        preset: &Arc<Preset>,
        dialect: Dialect,
        header: &Row<'_>,
        folded: &[String],
    ) -> Result<Self, Missing> {
        let mut layout = Self::lay(preset, dialect, folded)?;
        layout.names = header.cells().map(str::to_owned).collect();
        layout.header_line = header.line();
        // Cells behind the last name are no columns: a delimiter at the end of each line.
        let named = layout.names.iter().rposition(|name| !name.is_empty());
        layout.width = named.max(layout.claimed.last().copied()).map_or(0, |last| last + 1);
        let amounts =
            [Role::Amount, Role::Debit, Role::Credit].into_iter().flat_map(|role| layout.places(role));
        layout.currency =
            amounts.filter_map(|index| layout.names.get(*index)).find_map(|name| currency_in(name));
        if preset.only {
            let further: Vec<_> = layout.unknown().collect();
            if !further.is_empty() {
                return Err(vec![format!("nothing, but it has further columns: {}", further.join(", "))]);
            }
        }
        Ok(layout)
    }

    /// Lays a preset over rows without a header, where all of them fit.
    pub(super) fn without_header<'r>(
        preset: &Arc<Preset>,
        dialect: Dialect,
        mut rows: impl Iterator<Item = Row<'r>>,
    ) -> Option<Self> {
        let kinds = &preset.cells;
        let header_line = match preset.rows_above {
            0 => 0,
            above => rows.nth(above - 1)?.line(),
        };
        let written = |cell: &str, kind: CellKind| match kind {
            CellKind::Date => preset.dates.is_none_or(|order| date(cell, Cell::Text, order).is_some()),
            CellKind::Amount => preset.decimal.is_none_or(|mark| number(cell, Cell::Text, mark).is_some()),
            _ => true,
        };
        let fits = |row: &Row<'_>| {
            let mut cells = row.cells().zip(kinds);
            row.len() == kinds.len() && cells.all(|(cell, kind)| kind.fits(cell) && written(cell, *kind))
        };
        let first = rows.next().filter(|row| fits(row))?;
        if !rows.all(|row| fits(&row)) {
            return None;
        }
        let mut layout = Self::lay(preset, dialect, &vec![String::new(); kinds.len()]).ok()?;
        // Rows of details have fewer cells filled; the first is a transaction.
        if [Role::Booked, Role::Amount]
            .into_iter()
            .any(|role| layout.has(role) && layout.text(&first, role).is_empty())
        {
            return None;
        }
        layout.width = kinds.len();
        layout.header_line = header_line;
        layout.known = kinds.iter().filter(|kind| **kind != CellKind::Any).count();
        Some(layout)
    }

    fn lay(preset: &Arc<Preset>, dialect: Dialect, folded: &[String]) -> Result<Self, Missing> {
        let mut search = Search { folded, claimed: Vec::new(), missing: Vec::new() };
        let places = Role::ALL.map(|role| search.all(preset.of(role)));
        search.all(&preset.header);
        let details = preset
            .details
            .iter()
            .map(|(label, columns)| (Text::from(label.as_str()), search.all(Columns::all(columns))))
            .collect();
        let filters = preset.rows.iter().map(|rows| search.one(&rows.column)).collect();
        let references = search.all(&preset.identity.reference);
        let identity_text = search.all(&preset.identity.text);
        let identity_text = if preset.identity.text.is_empty() { by_default(&places) } else { identity_text };
        search.claimed.sort_unstable();
        search.claimed.dedup();
        if !search.missing.is_empty() {
            search.missing.dedup();
            return Err(search.missing);
        }
        Ok(Self {
            preset: preset.clone(),
            dialect,
            header_line: 0,
            names: Vec::new(),
            width: folded.len(),
            known: search.claimed.len(),
            claimed: search.claimed,
            currency: None,
            places,
            details,
            filters,
            references,
            identity_text,
        })
    }

    /// The columns of a role.
    pub(super) fn places(&self, role: Role) -> &[usize] {
        self.places.get(role as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the file has a column of that role.
    pub(super) fn has(&self, role: Role) -> bool {
        !self.places(role).is_empty()
    }

    /// The column and text of a role: the first of its columns that is not empty, else the first.
    #[inline]
    pub(super) fn find<'r>(&self, row: &Row<'r>, role: Role) -> Option<(usize, &'r str)> {
        let places = self.places(role);
        let filled = places.iter().map(|index| (*index, row.cell(*index))).find(|(_, cell)| !cell.is_empty());
        filled.or_else(|| places.first().map(|index| (*index, "")))
    }

    /// The text of a role, empty where there is none.
    #[inline]
    pub(super) fn text<'r>(&self, row: &Row<'r>, role: Role) -> &'r str {
        self.find(row, role).map_or("", |(_, text)| text)
    }

    /// Name of a column for a message.
    pub(super) fn name(&self, index: usize) -> String {
        match self.names.get(index).filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None => format!("@{}", index + 1),
        }
    }

    /// Whether the row is the header once more.
    pub(super) fn is_header(&self, row: &Row<'_>) -> bool {
        !self.names.is_empty()
            && row.len() >= self.width
            && row.cells().zip(&self.names).all(|(cell, name)| cell == name)
    }
}

/// By what a line is recognised where its preset does not say: all that the row says to a person.
fn by_default(places: &[Vec<usize>; Role::ALL.len()]) -> Vec<usize> {
    let roles = [Role::Reference, Role::CounterpartyName, Role::Structured, Role::Text, Role::Balance];
    roles.iter().filter_map(|role| places.get(*role as usize)).flatten().copied().collect()
}

struct Search<'h> {
    folded: &'h [String],
    claimed: Vec<usize>,
    missing: Missing,
}

impl Search<'_> {
    fn one(&mut self, column: &Column) -> Option<usize> {
        let found = column.find(self.folded);
        match found {
            Some(index) => self.claimed.push(index),
            None if !column.is_optional() => self.missing.push(column.to_string()),
            None => {}
        }
        found
    }

    fn all(&mut self, columns: &[Column]) -> Vec<usize> {
        let mut places = Vec::new();
        for column in columns {
            if let Some(index) = self.one(column).filter(|index| !places.contains(index)) {
                places.push(index);
            }
        }
        places
    }
}
