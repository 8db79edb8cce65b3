//! CSV: the tables that banks export, each by a preset.
//!
//! There is no standard; what a column means, only the bank knows. So the meaning is data ([`preset`]), one small
//! file for each export, recognised by the names in its header. A table that no preset knows is not guessed at: the
//! program proposes what each column is ([`propose`]), with its evidence, and a person confirms it.
//!
//! | file | what |
//! |---|---|
//! | `table`, `cut` | bytes to rows |
//! | `names`, `cells`, `months` | what a column is called, and what a cell can hold |
//! | [`preset`], `role`, `presets/` | what the columns of an export are |
//! | `recognise`, `layout` | which preset a table is of, and where its columns stand |
//! | `survey` | order of dates and decimal mark, by all cells of the file |
//! | `line`, `numbers`, `readers/`, `labels` | a row to a line; rows around the table |
//! | `spill` | rows with a delimiter within a text |
//! | `chain`, `map` | order, balances, statements |
//! | [`propose`] | a preset for a table that none knows |

mod cells;
mod chain;
mod cut;
mod labels;
mod layout;
mod line;
mod map;
mod months;
mod names;
mod numbers;
pub mod preset;
pub mod propose;
mod readers;
mod recognise;
mod role;
mod spill;
mod survey;
mod table;

use std::sync::Arc;

pub use preset::Preset;
use recognise::Heads;
pub(in crate::formats) use table::{Block, Cell, Table};

use super::text::TextFile;
use super::{Confidence, Input, ParseOptions, Reading, StatementFormat, Understanding};
use crate::errors::{Code, Result};

/// The format.
#[derive(Debug)]
pub struct Csv;

impl StatementFormat for Csv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn title(&self) -> &'static str {
        "CSV (exports of banks)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "exports by preset, recognised by their header; `bank-bridge preset` lists the banks",
            "any other table by a preset of your own (--preset FILE); `bank-bridge preset FILE` proposes one",
            "delimiters ; , tab |; UTF-8, UTF-16, windows-1252; rows above and below the table",
        ]
    }

    /// The codes of tables are words already.
    fn describe(&self, bank_code: &str) -> Option<String> {
        bank_code.contains(char::is_alphabetic).then(|| bank_code.to_owned())
    }

    fn sniff(&self, input: &Input) -> Confidence {
        if !is_text(input.head()) {
            return Confidence::No;
        }
        let Ok(start) = start_of(input) else { return Confidence::No };
        let Ok(table) = text_table(&start, None) else { return Confidence::No };
        confidence(&table)
    }

    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading> {
        let table = text_table(input, options.preset.as_ref())?;
        let mut understanding = Understanding::default();
        if let Table::Text(file) = &table {
            file.explain(&mut understanding);
        }
        read(&table, options, understanding)
    }
}

/// A text file as a table. A file that is not UTF-8 is in the encoding that its preset says, else in windows-1252.
pub(in crate::formats) fn text_table<'i>(input: &'i Input, named: Option<&Arc<Preset>>) -> Result<Table<'i>> {
    if let Some(label) = named.and_then(|preset| preset.encoding.as_deref()) {
        return Ok(Table::Text(TextFile::open(input, Some(label))?));
    }
    let file = TextFile::open(input, None)?;
    let decoded = file.to_be_decoded().is_some();
    let table = Table::Text(file);
    if !decoded || named.is_some() || !recognise::candidates(&Heads::of(&table)).is_empty() {
        return Ok(table);
    }
    let mut labels: Vec<_> = Preset::built_in().filter_map(|preset| preset.encoding.as_deref()).collect();
    labels.sort_unstable();
    labels.dedup();
    for label in labels {
        let other = Table::Text(TextFile::open(input, Some(label))?);
        let known = recognise::candidates(&Heads::of(&other));
        if known.iter().any(|layout| layout.preset.encoding.as_deref() == Some(label)) {
            return Ok(other);
        }
    }
    Ok(table)
}

/// How sure a table is one of bank transactions.
pub(in crate::formats) fn confidence(table: &Table<'_>) -> Confidence {
    let heads = Heads::of(table);
    if heads.all.is_empty() {
        Confidence::No
    } else if !recognise::candidates(&heads).is_empty() {
        Confidence::Sure
    } else if propose::seems_a_statement(&heads) {
        Confidence::Maybe
    } else {
        Confidence::No
    }
}

/// Reads a table, of a text file or of a workbook.
pub(in crate::formats) fn read(
    table: &Table<'_>,
    options: &ParseOptions,
    mut understanding: Understanding,
) -> Result<Reading> {
    let heads = Heads::of(table);
    let layout = recognise::layout(&heads, options.preset.as_ref())?;
    explain(table, &layout, options.preset.as_ref(), &mut understanding);
    let written = survey::survey(table, &layout, options, &mut understanding)?;
    let source = format!("csv.{}", layout.preset.id);
    let read =
        |layout: &layout::Layout, understanding| map::map(table, layout, &written, &source, understanding);
    match read(&layout, understanding.clone()) {
        // A quotation mark that is none swallows what follows: without quotation marks each row may be whole.
        Err(error) if layout.dialect.quoted && is_about_quotes(error.code()) => {
            let mut unquoted = layout;
            unquoted.dialect.quoted = false;
            understanding.found_by("quotation marks", "taken as they stand", "only so is each row whole");
            read(&unquoted, understanding).map_err(|_| error)
        }
        read => read,
    }
}

fn is_about_quotes(code: Code) -> bool {
    code == Code::ROW_LONGER || code == Code::ROW_SHORTER
}

fn explain(
    table: &Table<'_>,
    layout: &layout::Layout,
    named: Option<&Arc<Preset>>,
    understanding: &mut Understanding,
) {
    let preset = &layout.preset;
    let because = match (named, layout.header_line) {
        (Some(_), _) => "chosen by the user".to_owned(),
        (None, 0) => "what the cells of its first rows hold".to_owned(),
        (None, line) => format!("{} of its columns stand in the header on line {line}", layout.known),
    };
    understanding.found_by("preset", format!("{} ({})", preset.id, preset.title()), because);
    let mark = match layout.dialect.delimiter {
        b'\t' => "tab".to_owned(),
        mark => char::from(mark).to_string(),
    };
    if matches!(table, Table::Text(_)) {
        understanding.found("delimiter", mark);
    }
    let unknown: Vec<_> = layout.unknown().collect();
    if !unknown.is_empty() {
        understanding.found("columns not used", unknown.join(", "));
    }
}

/// Whether bytes are text: no zeros, unless of UTF-16.
fn is_text(head: &[u8]) -> bool {
    head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || !head.contains(&0)
}

/// The first bytes of a file as a file of their own, up to their last whole line: what is looked at to recognise it.
fn start_of(input: &Input) -> Result<Input> {
    let head = input.head();
    let whole = head.len() as u64 == input.size();
    let end = if whole { None } else { memchr::memrchr2(b'\n', b'\r', head) };
    let start = head.get(..end.map_or(head.len(), |end| end + 1)).unwrap_or(head);
    Input::from_bytes(input.name(), start.to_vec(), u64::MAX)
}
