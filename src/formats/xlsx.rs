//! XLSX: the tables of CSV in a workbook, for banks that export nothing else.
//!
//! Cells of a workbook are numbers and dates as well as text. A number is stored as a binary fraction by the
//! spreadsheet program; its shortest decimal form, which the program shows, is taken, and no arithmetic is done on it.
//! A date is a count of days. What the columns mean is a preset's matter, as in CSV.

use std::fmt::Write as _;
use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx as Workbook};
use rust_decimal::Decimal;

use super::csv::{Block, Cell, Table};
use super::{Confidence, Input, ParseOptions, Reading, StatementFormat, Understanding, csv as tables};
use crate::errors::{Code, Error, Place, Result};

/// Most cells of a worksheet: a workbook of a few kilobytes may claim billions.
const MAX_CELLS: usize = 20_000_000;
/// Most rows and columns of a worksheet: those of the programs that write workbooks.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: u32 = 16_384;
/// Largest workbook once unpacked, in bytes.
const MAX_UNPACKED: u64 = 2 << 30;

/// The format.
#[derive(Debug)]
pub struct Xlsx;

impl StatementFormat for Xlsx {
    fn id(&self) -> &'static str {
        "xlsx"
    }

    fn title(&self) -> &'static str {
        "XLSX (workbooks)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &["one worksheet with a table as in CSV, by the same presets"]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        let head = input.head();
        if is_workbook(head) || old_kind(head).is_some() { Confidence::Sure } else { Confidence::No }
    }

    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading> {
        let mut understanding = Understanding::default();
        let table = table(input, &mut understanding)?;
        tables::read(&table, options, understanding)
    }
}

/// Whether the head of a file is that of a workbook: a ZIP that begins with the parts of one.
#[must_use]
pub fn is_workbook(head: &[u8]) -> bool {
    super::archive::is_archive(head)
        && super::archive::names(head).any(|name| name == b"[Content_Types].xml" || name.starts_with(b"xl/"))
}

/// What else calls itself a workbook: the format before XLSX, and a web page with such a name.
fn old_kind(head: &[u8]) -> Option<&'static str> {
    let text = head.trim_ascii_start();
    let begins = |mark: &[u8]| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        Some("an old workbook (XLS)")
    } else if begins(b"<html") || begins(b"<table") || begins(b"<!doctype html") {
        Some("a web page, whatever its name says")
    } else {
        None
    }
}

/// The rows of the worksheet that holds the transactions.
pub(super) fn table(input: &Input, understanding: &mut Understanding) -> Result<Table<'static>> {
    let unreadable = |reason: String| {
        Error::new(Code::WORKBOOK_UNREADABLE).arg("reason", reason).at(Place::file(input.name()))
    };
    if let Some(kind) = old_kind(input.head()) {
        return Err(Error::new(Code::WORKBOOK_OLD).arg("kind", kind).at(Place::file(input.name())));
    }
    let bytes = input.bytes()?;
    check_size(&bytes)?;
    let mut workbook: Workbook<_> =
        Workbook::new(Cursor::new(&*bytes)).map_err(|error| unreadable(error.to_string()))?;
    let mut found: Vec<(String, Block)> = Vec::new();
    for name in workbook.sheet_names() {
        let rows = cells(&mut workbook, &name, &unreadable)?.into_rows(&name)?;
        if rows.len() > 1 {
            found.push((name, rows));
        }
    }
    choose(found, understanding)
}

/// The cells of a worksheet that hold something, and one text of them all. They are never laid out as the rectangle
/// that they span: two cells in far corners span billions.
#[derive(Default)]
struct Cells {
    text: String,
    found: Vec<Found>,
}

/// A cell by its place in the worksheet, from 0, and in the text.
struct Found {
    row: u32,
    column: u32,
    start: usize,
    end: usize,
    /// None for an error.
    kind: Option<Cell>,
}

/// The cells of a worksheet as they come.
fn cells(
    workbook: &mut Workbook<Cursor<&[u8]>>,
    name: &str,
    unreadable: &dyn Fn(String) -> Error,
) -> Result<Cells> {
    let mut cells = Cells::default();
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|error| unreadable(error.to_string()))?;
    while let Some(cell) = reader.next_cell().map_err(|error| unreadable(error.to_string()))? {
        let (row, column) = cell.get_position();
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(unreadable(format!("a cell stands beyond row {MAX_ROWS} or column {MAX_COLUMNS}")));
        }
        if *cell.get_value() == DataRef::Empty {
            continue;
        }
        let start = cells.text.len();
        let kind = write(&mut cells.text, cell.get_value());
        cells.found.push(Found { row, column, start, end: cells.text.len(), kind });
        if cells.found.len() > MAX_CELLS {
            return Err(too_large(MAX_CELLS, "cells"));
        }
        // A text that many cells share stands in each of them.
        if cells.text.len() as u64 > MAX_UNPACKED {
            return Err(too_large(MAX_UNPACKED >> 30, "gigabytes"));
        }
    }
    Ok(cells)
}

impl Cells {
    /// The rows of the worksheet, which begin in the first column that holds something.
    fn into_rows(mut self, sheet: &str) -> Result<Block> {
        let place = |cell: &Found| (cell.row, cell.column);
        // Programs write them in order; of two in one place the later counts.
        if !self.found.is_sorted_by_key(place) {
            self.found.sort_by_key(place);
        }
        let first = self.found.iter().map(|cell| cell.column).min().unwrap_or(0);
        let mut rows = Block::default();
        let mut all = 0;
        for cells in self.found.chunk_by(|a, b| a.row == b.row) {
            all += cells.last().map_or(0, |last| (last.column - first) as usize + 1);
            if all > MAX_CELLS {
                return Err(too_large(MAX_CELLS, "cells"));
            }
            let mut next = first;
            for cell in cells.chunk_by(|a, b| a.column == b.column).filter_map(<[Found]>::last) {
                let line = u64::from(cell.row) + 1;
                let text = self.text.get(cell.start..cell.end).unwrap_or_default();
                let kind = cell.kind.ok_or_else(|| {
                    Error::new(Code::CELL_IN_ERROR)
                        .arg("cell", format!("{}{line}", letters(cell.column as usize)))
                        .arg("sheet", sheet)
                        .arg("found", text)
                        .at(Place::line(line))
                })?;
                for _ in next..cell.column {
                    rows.push("", Cell::Text);
                }
                rows.push(text, kind);
                next = cell.column + 1;
            }
            rows.end_row(u64::from(cells.first().map_or(0, |cell| cell.row)) + 1);
        }
        Ok(rows)
    }
}

fn too_large(limit: impl std::fmt::Display, what: &str) -> Error {
    Error::new(Code::WORKBOOK_TOO_LARGE).arg("limit", limit).arg("what", what)
}

/// The one worksheet that holds transactions.
fn choose(sheets: Vec<(String, Block)>, understanding: &mut Understanding) -> Result<Table<'static>> {
    let mut tables: Vec<_> = sheets.into_iter().map(|(name, rows)| (name, Table::Sheet(rows))).collect();
    if tables.len() > 1 {
        let sure: Vec<_> = tables.iter().map(|(_, table)| tables::confidence(table)).collect();
        let best = sure.iter().max().copied().unwrap_or(Confidence::No);
        let mut sure = sure.into_iter();
        tables.retain(|_| sure.next() == Some(best));
        if let [(first, _), (second, _), ..] = tables.as_slice() {
            if best == Confidence::No {
                tables.truncate(1);
            } else {
                return Err(Error::new(Code::SHEETS_AMBIGUOUS).arg("first", first).arg("second", second));
            }
        }
    }
    let (name, table) = tables.pop().ok_or_else(|| Error::new(Code::FILE_EMPTY))?;
    understanding.found("worksheet", name);
    Ok(table)
}

/// Adds up what a workbook says that its parts are when unpacked.
fn check_size(bytes: &[u8]) -> Result<()> {
    // Each entry of the central directory: signature, …, unpacked size at offset 24.
    let mut total = 0_u64;
    for at in memchr::memmem::find_iter(bytes, b"PK\x01\x02") {
        let size =
            bytes.get(at + 24..at + 28).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
        total += u64::from(size);
    }
    if total > MAX_UNPACKED {
        return Err(Error::new(Code::WORKBOOK_TOO_LARGE)
            .arg("limit", MAX_UNPACKED >> 30)
            .arg("what", "gigabytes"));
    }
    Ok(())
}

/// Writes a cell as text and tells what it is; none for an error.
fn write(text: &mut String, cell: &DataRef<'_>) -> Option<Cell> {
    // Writing to a String does not fail.
    let (_, kind) = match cell {
        DataRef::Empty => (Ok(()), Cell::Text),
        DataRef::String(found) | DataRef::DurationIso(found) => (text.write_str(found), Cell::Text),
        DataRef::SharedString(found) => (text.write_str(found), Cell::Text),
        DataRef::Int(number) => (write!(text, "{number}"), Cell::Number),
        DataRef::Float(number) => (shown(text, *number), Cell::Number),
        DataRef::Bool(truth) => (write!(text, "{truth}"), Cell::Text),
        DataRef::DateTimeIso(found) => (text.write_str(found), Cell::Date),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            (write!(text, "{year:04}-{month:02}-{day:02}"), Cell::Date)
        }
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            return None;
        }
    };
    Some(kind)
}

/// Writes a number as the spreadsheet program shows it: fifteen digits, which is what it keeps of what was typed.
fn shown(text: &mut String, number: f64) -> std::fmt::Result {
    let start = text.len();
    write!(text, "{number}")?;
    // The shortest digits that make this number, where they are no more, are those fifteen: any others of as many
    // would make another number.
    let digits = text.bytes().skip(start).filter(u8::is_ascii_digit).count();
    if digits <= 15 && number.is_normal() {
        return Ok(());
    }
    text.truncate(start);
    let scientific = format!("{number:.14e}");
    match Decimal::from_scientific(&scientific) {
        Ok(exact) => write!(text, "{}", exact.normalize()),
        Err(_) => text.write_str(&scientific),
    }
}

/// The letters of a column: A, B, … Z, AA.
fn letters(index: usize) -> String {
    let mut rest = index + 1;
    let mut letters = String::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_decimal(number: f64) -> String {
        let scientific = format!("{number:.14e}");
        let exact = Decimal::from_scientific(&scientific).map(|decimal| decimal.normalize().to_string());
        exact.unwrap_or(scientific)
    }

    fn is_shown(number: f64) {
        let mut text = String::from("x");
        shown(&mut text, number).unwrap();
        assert_eq!(text, format!("x{}", by_decimal(number)));
    }

    #[test]
    fn few_digits_are_shown_as_they_are() {
        for number in [0.0, -0.0, 1.0, -1698.12, 0.1 + 0.2, 1e14, 1e15, 1e20, 1e-7, 1e-20, 1e300, f64::NAN] {
            is_shown(number);
        }
    }

    proptest! {
        #[test]
        fn any_amount_is_shown_in_fifteen_digits(units in -10_i64.pow(16)..10_i64.pow(16), scale in 0..8, any: f64) {
            is_shown(format!("{units}e-{scale}").parse().unwrap());
            is_shown(any);
        }
    }
}
