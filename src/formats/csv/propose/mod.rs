//! A preset for a table that none knows, proposed with its evidence.
//!
//! Two things speak for a column: what it is called ([`words`]) and what its cells hold ([`columns`]). What neither
//! says stays out of the proposal. It is only ever a proposal: nothing is imported by it before a person has kept it.

mod assign;
mod columns;
mod shown;
mod words;

use std::fmt::Write as _;

use serde::Serialize;

use super::layout::Layout;
use super::names::Column;
use super::preset::{Columns, IdentityColumns, Preset, Role};
use super::recognise::Heads;
use super::table::Table;
use crate::errors::{Code, Error, Place, Result};
use crate::formats::{Input, Understanding};
pub use shown::TableColumn;

/// What a person does about a proposal that cannot be used.
const UNFIT: &str = "the columns proposed do not fit the table; say what they are with --column";

/// What a table seems to be.
#[derive(Debug, Serialize)]
pub struct Proposal {
    /// The preset of ours that knows it already, if one does.
    pub known: Option<String>,
    /// The columns, by role.
    pub columns: Vec<Proposed>,
    /// Columns that the proposal does not use.
    pub unused: Vec<String>,
    /// The preset as a whole.
    #[serde(skip)]
    pub preset: Preset,
    /// How the table was read.
    pub understanding: Understanding,
    /// All columns in the order of the file.
    #[serde(skip)]
    pub table: Vec<TableColumn>,
    /// The first rows.
    #[serde(skip)]
    pub rows: Vec<Vec<String>>,
    /// What tells this header from others; none for a table without one.
    #[serde(skip)]
    pub fingerprint: Option<String>,
}

/// One column of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// What it is.
    #[serde(serialize_with = "role_id")]
    pub role: Role,
    /// Its name as a preset writes it.
    pub column: String,
    /// A cell of it.
    pub example: String,
    /// By what it is known.
    pub because: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn role_id<S: serde::Serializer>(role: &Role, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(role.id())
}

/// Whether the first rows look like those of a statement: a date and an amount in each of two rows and more.
pub(super) fn seems_a_statement(heads: &Heads) -> bool {
    columns::see(&heads.all).is_some_and(|seen| {
        let dates = seen.columns.iter().any(columns::Column::is_date);
        let amounts = seen.columns.iter().any(|column| column.is_amount() && column.marked > 0);
        seen.columns.len() >= 3 && dates && amounts && (seen.body.len() >= 2 || seen.header.is_some())
    })
}

/// Proposes a preset for a file. `said` are the columns that the user named, which replace what is proposed for
/// their role; an empty column takes the role out.
///
/// # Errors
/// BB-3603 where the file is no table with dates and amounts, BB-3605 where a column that the user named is not there.
pub fn propose(input: &Input, said: &[(Role, String)], bank: Option<&str>) -> Result<Proposal> {
    let mut understanding = Understanding::default();
    let table = if crate::formats::xlsx::is_workbook(input.head()) {
        crate::formats::xlsx::table(input, &mut understanding)?
    } else {
        let table = super::text_table(input, None)?;
        if let Table::Text(file) = &table {
            file.explain(&mut understanding);
        }
        table
    };
    let heads = Heads::of(&table);
    let known = super::recognise::candidates(&heads).first().map(|layout| layout.preset.id.clone());
    let none = || Error::new(Code::TABLE_UNKNOWN).at(Place::file(input.name()));
    let seen = columns::see(&heads.all).ok_or_else(none)?;
    let mut proposed = assign::assign(&seen);
    correct(&mut proposed, said, &seen)?;

    let mut preset = Preset { bank: bank.unwrap_or("My bank").to_owned(), ..Preset::default() };
    "current account".clone_into(&mut preset.about);
    if matches!(table, Table::Text(_)) {
        preset.delimiter = Some(char::from(seen.dialect.delimiter));
    }
    for one in &proposed {
        let column = Column::read(&one.column)
            .map_err(|reason| Error::new(Code::PRESET_INVALID).arg("reason", reason))?;
        add(&mut preset, one.role, column);
    }
    assign::directions(&mut preset, &seen);
    if seen.header.is_none() {
        preset.cells = assign::kinds(&seen);
    }
    preset.identity = identity(&preset);
    let used: Vec<&str> = proposed.iter().map(|one| one.column.as_str()).collect();
    let unused = seen
        .columns
        .iter()
        .enumerate()
        .filter(|(index, column)| column.filled > 0 && !used.contains(&written(column, *index).as_str()))
        .map(|(index, column)| written(column, index))
        .collect();
    let text = preset.to_toml()?;
    // What the user corrected may leave out what a file cannot be read without.
    let mut preset = Preset::read("proposed", &text).map_err(|error| error.detail(UNFIT))?;
    marks(&table, &mut preset, &heads, &mut understanding)?;
    let (table, rows) = (shown::table(&seen, &proposed), shown::rows(&seen));
    let fingerprint = shown::fingerprint(&seen);
    Ok(Proposal { known, columns: proposed, unused, preset, understanding, table, rows, fingerprint })
}

/// The decimal mark and the order of dates, where all cells of the file agree; a preset that leaves them open asks
/// each file.
fn marks(
    table: &Table<'_>,
    preset: &mut Preset,
    heads: &Heads,
    understanding: &mut Understanding,
) -> Result<()> {
    let shared = std::sync::Arc::new(preset.clone());
    let layout = super::recognise::layout(heads, Some(&shared)).map_err(|error| error.detail(UNFIT))?;
    let mut options = crate::formats::ParseOptions::default();
    let mut trial = Understanding::default();
    let open = |error: &Error| matches!(error.code(), Code::DATE_ORDER_OPEN | Code::DECIMAL_MARK_OPEN);
    for _ in 0..3 {
        trial = Understanding::default();
        match super::survey::survey(table, &layout, &options, &mut trial) {
            Ok(written) => {
                if options.date_order.is_none() && written.derived.is_none() {
                    preset.dates = Some(written.dates);
                }
                if options.decimal_mark.is_none() {
                    preset.decimal = Some(written.decimals);
                }
                break;
            }
            // What stays open is left to the user; the other may still be found.
            Err(error) if open(&error) => {
                understanding.found_by("open", error.sentence(), error.code().to_string());
                if error.code() == Code::DATE_ORDER_OPEN {
                    options.date_order = Some(crate::formats::DateOrder::DayMonthYear);
                } else {
                    options.decimal_mark = Some(crate::formats::DecimalMark::Point);
                }
            }
            Err(error) => return Err(error),
        }
    }
    understanding
        .facts
        .extend(trial.facts.into_iter().filter(|fact| fact.because.as_deref() != Some("chosen by the user")));
    Ok(())
}

fn add(preset: &mut Preset, role: Role, column: Column) {
    let columns = match preset.columns.remove(&role) {
        None => Columns::One(column),
        Some(Columns::One(first)) => Columns::Several(vec![first, column]),
        Some(Columns::Several(mut columns)) => {
            columns.push(column);
            Columns::Several(columns)
        }
    };
    preset.columns.insert(role, columns);
}

/// Puts the user's columns in the place of those proposed.
fn correct(proposed: &mut Vec<Proposed>, said: &[(Role, String)], seen: &columns::Seen<'_>) -> Result<()> {
    for (role, _) in said {
        proposed.retain(|one| one.role != *role);
    }
    for (role, name) in said.iter().filter(|(_, name)| !name.is_empty()) {
        let missing = || {
            let error = Error::new(Code::PRESET_DOES_NOT_FIT).arg("preset", "proposed");
            error.arg("missing", format!("\"{name}\""))
        };
        let column = Column::read(name).map_err(|_| missing())?;
        let folded: Vec<_> = seen.columns.iter().map(|column| column.folded.clone()).collect();
        let index = column.find(&folded).ok_or_else(missing)?;
        let found = seen.columns.get(index).ok_or_else(missing)?;
        // A column is one thing, but for a date that is both.
        proposed.retain(|one| one.column != *name || [Role::Booked, Role::Value].contains(role));
        proposed.push(Proposed {
            role: *role,
            column: name.clone(),
            example: found.example.clone(),
            because: "you say so".to_owned(),
        });
    }
    Ok(())
}

/// A column as a preset writes it.
fn written(column: &columns::Column, index: usize) -> String {
    if column.folded.is_empty() {
        return Column::at(index + 1).to_string();
    }
    Column::exactly(&column.name, column.occurrence).to_string()
}

/// By what a line is recognised again: all that it says; a reference alone only where a person knows that the bank
/// never changes it.
fn identity(preset: &Preset) -> IdentityColumns {
    let roles = [Role::Reference, Role::CounterpartyName, Role::Structured, Role::Text, Role::Balance];
    let text = roles.iter().flat_map(|role| preset.of(*role)).cloned().collect();
    IdentityColumns { text, ..IdentityColumns::default() }
}

impl Proposal {
    /// The preset as the text of a file, with what a person should know before he keeps it.
    ///
    /// # Errors
    /// BB-9001 where it cannot be written.
    pub fn to_toml(&self) -> Result<String> {
        let mut text = String::new();
        for one in &self.columns {
            let _ = writeln!(text, "# {}: {} ({})", one.role.id(), one.column, one.because);
        }
        text.push('\n');
        Ok(text + &self.preset.to_toml()?)
    }
}

impl Layout {
    /// Names of the columns that the preset does not know.
    pub(super) fn unknown(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter().enumerate();
        names
            .filter(|(index, name)| !name.is_empty() && !self.claimed.contains(index))
            .map(|(_, name)| name.clone())
    }
}
