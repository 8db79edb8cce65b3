//! Which preset a table is of: by the names in its header, or by what its cells hold where it has none.
//!
//! The preset that knows most columns of the file wins; two that know as many are a question for the user, and a
//! table that no preset knows is refused. The name of a file counts for nothing.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use super::cut::DELIMITERS;
use super::layout::{Layout, Missing};
use super::names::{Column, fold};
use super::preset::Preset;
use super::table::{Block, Dialect, Row, Table};
use crate::errors::{Code, Error, Place, Result};

/// Header rows are looked for in so many rows.
pub(super) const HEAD_ROWS: usize = 60;
/// Rows that must fit a preset for files without header.
const PROOF_ROWS: usize = 20;

/// The first rows of a table, cut in each way that it may be cut.
pub(super) struct Heads {
    pub(super) all: Vec<Head>,
}

/// The first rows, cut in one way.
pub(super) struct Head {
    pub(super) dialect: Dialect,
    pub(super) rows: Block,
    /// Their cells as names are compared; nothing for rows of one cell.
    folded: Vec<Vec<String>>,
}

impl Head {
    fn of(table: &Table<'_>, dialect: Dialect) -> Self {
        let rows = table.head(dialect, HEAD_ROWS);
        let fold_row =
            |row: Row<'_>| if row.len() > 1 { row.cells().map(fold).collect() } else { Vec::new() };
        let folded = rows.iter().map(fold_row).collect();
        Self { dialect, rows, folded }
    }
}

impl Heads {
    pub(super) fn of(table: &Table<'_>) -> Self {
        let mut dialects = Vec::new();
        match table {
            Table::Sheet(_) => dialects.push(Dialect { delimiter: b',', quoted: true }),
            Table::Text(_) => {
                let unquoted = Preset::built_in().any(|preset| preset.unquoted);
                for quoted in [true, false].into_iter().take(if unquoted { 2 } else { 1 }) {
                    dialects.extend(DELIMITERS.map(|delimiter| Dialect { delimiter, quoted }));
                }
            }
        }
        let mut all: Vec<_> = dialects.into_iter().map(|dialect| Head::of(table, dialect)).collect();
        all.retain(|head| head.rows.iter().any(|row| row.len() > 1));
        // `sep=;` in the first line is a spreadsheet program's word on the delimiter.
        let told = all.iter().find_map(|head| told_delimiter(&head.rows.row(0)?));
        if let Some(told) = told {
            all.retain(|head| head.dialect.delimiter == told);
        }
        Self { all }
    }

    /// The heads that a preset may be laid over: those cut with the quotation marks and delimiter that it says.
    fn for_preset<'h>(&'h self, preset: &'h Preset) -> impl Iterator<Item = &'h Head> {
        self.all.iter().filter(move |head| {
            let delimiter = preset.delimiter.is_none_or(|mark| mark == char::from(head.dialect.delimiter));
            delimiter && head.dialect.quoted != preset.unquoted
        })
    }
}

fn told_delimiter(first: &Row<'_>) -> Option<u8> {
    let text = first.cells().next()?.trim_matches('"');
    let mark = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))?;
    match mark.as_bytes() {
        [mark] => Some(*mark),
        // The mark itself cut the row.
        [] if first.len() == 2 => None,
        _ => None,
    }
}

/// The best layouts over a table: one, or several that know as many columns.
pub(super) fn candidates(heads: &Heads) -> Vec<Layout> {
    let mut best: Vec<Layout> = Vec::new();
    for preset in likely(heads) {
        let Ok(layout) = lay(preset, heads, false) else { continue };
        match best.first().map_or(0, |best| best.known) {
            known if layout.known > known => best = vec![layout],
            known if layout.known == known => best.push(layout),
            _ => {}
        }
    }
    best
}

/// The presets that may fit: there are many, so each is looked for by the names of one of its columns first.
fn likely(heads: &Heads) -> Vec<&'static Arc<Preset>> {
    static BY_NAME: LazyLock<HashMap<String, Vec<usize>>> = LazyLock::new(|| {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, preset) in Preset::built_in().enumerate() {
            for name in preset.marker().iter().flat_map(|column| column.names()) {
                by_name.entry(name.to_owned()).or_default().push(index);
            }
        }
        by_name
    });
    let names = heads.all.iter().flat_map(|head| head.folded.iter().flatten());
    let mut found = HashSet::new();
    let mut damaged = false;
    for name in names {
        damaged |= name.contains(['?', '\u{fffd}']);
        found.extend(BY_NAME.get(name).into_iter().flatten().copied());
    }
    let fits = |(index, preset): &(usize, &Arc<Preset>)| {
        damaged || found.contains(index) || preset.marker().is_none()
    };
    Preset::built_in().enumerate().filter(fits).map(|(_, preset)| preset).collect()
}

/// The one layout of a table.
///
/// # Errors
/// BB-3605 where the preset that the user named does not fit, BB-3604 where several presets fit as well, BB-3603
/// where none fits.
pub(super) fn layout(heads: &Heads, named: Option<&Arc<Preset>>) -> Result<Layout> {
    if let Some(preset) = named {
        return lay(preset, heads, true).map_err(|missing| {
            let missing = if missing.is_empty() { "rows of that form".to_owned() } else { quoted(&missing) };
            Error::new(Code::PRESET_DOES_NOT_FIT).arg("preset", &preset.id).arg("missing", missing)
        });
    }
    let mut best = candidates(heads);
    if let [first, second, ..] = best.as_slice() {
        return Err(Error::new(Code::PRESET_AMBIGUOUS)
            .arg("first", &first.preset.id)
            .arg("second", &second.preset.id));
    }
    best.pop().ok_or_else(|| unknown(heads))
}

/// Lays one preset over the first row that fits. What the nearest row lacks is told only where it is wanted.
fn lay(preset: &Arc<Preset>, heads: &Heads, wanted: bool) -> std::result::Result<Layout, Missing> {
    let mut nearest: Option<(usize, &[String])> = None;
    let mut more: Option<Missing> = None;
    for head in heads.for_preset(preset) {
        if !preset.cells.is_empty() {
            let filled = head.rows.iter().filter(|row| !row.is_blank()).take(PROOF_ROWS);
            if let Some(layout) = Layout::without_header(preset, head.dialect, filled) {
                return Ok(layout);
            }
            continue;
        }
        for (row, folded) in head.rows.iter().zip(&head.folded).filter(|(_, folded)| !folded.is_empty()) {
            let is_there = |column: &&Column| column.find(folded).is_some();
            if preset.required().all(|column| is_there(&column)) {
                match Layout::over(preset, head.dialect, &row, folded) {
                    Ok(layout) => return Ok(layout),
                    Err(missing) => {
                        more = Some(missing);
                        continue;
                    }
                }
            }
            let found = if wanted { preset.required().filter(is_there).count() } else { 0 };
            if nearest.is_none_or(|(best, _)| found > best) {
                nearest = Some((found, folded));
            }
        }
    }
    let missing = |(_, folded): (usize, &[String])| {
        let missing = preset.required().filter(|column| column.find(folded).is_none());
        missing.map(ToString::to_string).collect()
    };
    Err(more.or_else(|| nearest.map(missing)).unwrap_or_default())
}

/// The refusal of a table that no preset knows: it shows the row that looks most like a header.
fn unknown(heads: &Heads) -> Error {
    // The first cuts are those with quotation marks.
    let quoted_first = heads.all.iter().filter(|head| head.dialect.quoted);
    let rows = quoted_first.flat_map(|head| head.rows.iter());
    let filled = |row: &Row<'_>| row.cells().filter(|cell| !cell.is_empty()).count();
    // The first of them: names stand above what they name.
    let widest = rows.reduce(|widest, row| if filled(&row) > filled(&widest) { row } else { widest });
    let error = Error::new(Code::TABLE_UNKNOWN);
    match widest {
        Some(row) => {
            let shown: Vec<_> = row.cells().take(12).map(|cell| cell.chars().take(30).collect()).collect();
            error
                .detail(format!("columns as they seem to be: {}", quoted(&shown)))
                .at(Place::line(row.line()))
        }
        None => error,
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
