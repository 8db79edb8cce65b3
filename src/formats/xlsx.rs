//! XLSX: the tables of CSV in a workbook, for banks that export nothing else.
//!
//! Cells of a workbook are numbers and dates as well as text. A number is stored as a binary fraction by the
//! spreadsheet program; its shortest decimal form, which the program shows, is taken, and no arithmetic is done on it.
//! A date is a count of days. What the columns mean is a preset's matter, as in CSV.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx as Workbook};
use csv::StringRecord;
use rust_decimal::Decimal;

use super::csv::{Cell, Row, Table};
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
    let mut found: Vec<(String, Vec<Row>)> = Vec::new();
    for name in workbook.sheet_names() {
        let sheet = cells(&mut workbook, &name, &unreadable)?;
        let first = sheet.values().flatten().map(|(column, _)| *column).min().unwrap_or(0);
        let (mut rows, mut width, mut all) = (Vec::new(), Vec::new(), 0);
        for (number, cells) in sheet {
            width.clear();
            for (column, cell) in cells {
                let index = (column - first) as usize;
                width.resize(width.len().max(index + 1), Data::Empty);
                if let Some(place) = width.get_mut(index) {
                    *place = cell;
                }
            }
            all += width.len();
            if all > MAX_CELLS {
                return Err(too_large(MAX_CELLS, "cells"));
            }
            rows.push(row(&width, u64::from(number) + 1, first as usize, &name)?);
        }
        if rows.len() > 1 {
            found.push((name, rows));
        }
    }
    choose(found, understanding)
}

/// The cells of a worksheet that hold something, by row and with their columns, both from 0. They are never laid out
/// as the rectangle that they span: two cells in far corners span billions.
fn cells(
    workbook: &mut Workbook<Cursor<&[u8]>>,
    name: &str,
    unreadable: &dyn Fn(String) -> Error,
) -> Result<BTreeMap<u32, Vec<(u32, Data)>>> {
    let mut rows: BTreeMap<u32, Vec<(u32, Data)>> = BTreeMap::new();
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|error| unreadable(error.to_string()))?;
    let mut count = 0;
    while let Some(cell) = reader.next_cell().map_err(|error| unreadable(error.to_string()))? {
        let (row, column) = cell.get_position();
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(unreadable(format!("a cell stands beyond row {MAX_ROWS} or column {MAX_COLUMNS}")));
        }
        let value = Data::from(cell.get_value().clone());
        if value != Data::Empty {
            rows.entry(row).or_default().push((column, value));
            count += 1;
        }
        if count > MAX_CELLS {
            return Err(too_large(MAX_CELLS, "cells"));
        }
    }
    Ok(rows)
}

fn too_large(limit: impl std::fmt::Display, what: &str) -> Error {
    Error::new(Code::WORKBOOK_TOO_LARGE).arg("limit", limit).arg("what", what)
}

/// The one worksheet that holds transactions.
fn choose(sheets: Vec<(String, Vec<Row>)>, understanding: &mut Understanding) -> Result<Table<'static>> {
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

/// A row whose cells begin in that column.
fn row(cells: &[Data], line: u64, first: usize, sheet: &str) -> Result<Row> {
    let mut record = StringRecord::new();
    let mut kinds = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let (text, kind) = text_of(cell).map_err(|found| {
            Error::new(Code::CELL_IN_ERROR)
                .arg("cell", format!("{}{line}", letters(first + index)))
                .arg("sheet", sheet)
                .arg("found", found)
                .at(Place::line(line))
        })?;
        record.push_field(&text);
        kinds.push(kind);
    }
    Ok(Row::of_sheet(record, kinds, line))
}

/// A cell as text and what it is; the error that it holds.
fn text_of(cell: &Data) -> std::result::Result<(String, Cell), String> {
    Ok(match cell {
        Data::Empty => (String::new(), Cell::Text),
        Data::String(text) | Data::DurationIso(text) => (text.clone(), Cell::Text),
        Data::Int(number) => (number.to_string(), Cell::Number),
        Data::Float(number) => (shown(*number), Cell::Number),
        Data::Bool(truth) => (truth.to_string(), Cell::Text),
        Data::DateTimeIso(text) => (text.clone(), Cell::Date),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            (format!("{year:04}-{month:02}-{day:02}"), Cell::Date)
        }
        Data::Error(error) => return Err(error.to_string()),
    })
}

/// A number as the spreadsheet program shows it: fifteen digits, which is what it keeps of what was typed.
fn shown(number: f64) -> String {
    let scientific = format!("{number:.14e}");
    let exact = Decimal::from_scientific(&scientific).map(|decimal| decimal.normalize().to_string());
    exact.unwrap_or(scientific)
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
