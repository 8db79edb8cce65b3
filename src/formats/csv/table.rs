//! Text into rows: delimiter, quotation marks, ends of lines. The rows of a worksheet have the same form.

use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord, Terminator};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::cells::unwrapped;
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::TextFile;
use crate::formats::unreadable;

/// Marks that may stand between cells.
pub(super) const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];
/// Longest line, in bytes: what a row may cost is bounded by it.
const LONGEST_LINE: usize = 16 << 20;

/// What a cell of a worksheet is; a cell of a text file is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Cell {
    /// As written.
    Text,
    /// A number, written with a decimal point.
    Number,
    /// A date, written year first.
    Date,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub(in crate::formats) struct Row {
    cells: StringRecord,
    /// Empty for rows of text files.
    kinds: Vec<Cell>,
    line: u64,
}

impl Row {
    /// A row of a worksheet.
    pub(in crate::formats) fn of_sheet(cells: StringRecord, kinds: Vec<Cell>, line: u64) -> Self {
        Self { cells, kinds, line }
    }

    /// The cell without blanks around it; empty where the row is shorter.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", unwrapped)
    }

    pub(super) fn kind(&self, index: usize) -> Cell {
        self.kinds.get(index).copied().unwrap_or(Cell::Text)
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(unwrapped)
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    /// Whether a cell goes over several lines.
    pub(super) fn has_line_ends(&self) -> bool {
        memchr::memchr(b'\n', self.cells.as_slice().as_bytes()).is_some()
    }

    /// Line of the file, or row of the worksheet, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

/// How a text file is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quoted: bool,
}

/// Where rows come from, as often as they are needed.
pub(in crate::formats) enum Table<'i> {
    /// A text file.
    Text(TextFile<'i>),
    /// The rows of a worksheet.
    Sheet(Vec<Row>),
}

impl Table<'_> {
    /// The rows from the start.
    pub(super) fn rows(&self, dialect: Dialect) -> Result<Rows<'_>> {
        match self {
            Self::Text(file) => Ok(Rows::Text(Box::new(reader(file, dialect)?))),
            Self::Sheet(rows) => Ok(Rows::Sheet(rows.iter())),
        }
    }

    /// The first rows, for finding out what the table is: rows that cannot be read end them.
    pub(super) fn head(&self, dialect: Dialect, count: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let Ok(mut reader) = self.rows(dialect) else { return rows };
        let mut row = Row::default();
        while rows.len() < count && reader.next(&mut row).is_ok_and(|more| more) {
            rows.push(row.clone());
        }
        rows
    }
}

/// Rows one after the other.
pub(super) enum Rows<'t> {
    Text(Box<csv::Reader<Tamed<Box<dyn Read + Send + 't>>>>),
    Sheet(std::slice::Iter<'t, Row>),
}

impl Rows<'_> {
    /// Reads the next row; false at the end.
    ///
    /// # Errors
    /// BB-3001 for a failing reader, BB-3012 for a line longer than 16 MB.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool> {
        match self {
            Self::Text(reader) => {
                let more = reader.read_record(&mut row.cells).map_err(failure)?;
                // A record's own position is that before blank lines; counted back from its end it is exact.
                let inside = memchr::memchr_iter(b'\n', row.cells.as_slice().as_bytes()).count() as u64;
                // A quote that is never closed ends with the file and no line of its own.
                let start = row.cells.position().map_or(1, csv::Position::line);
                row.line = reader.position().line().saturating_sub(1 + inside).max(start);
                Ok(more)
            }
            Self::Sheet(rows) => match rows.next() {
                Some(next) => {
                    row.clone_from(next);
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}

fn failure(error: csv::Error) -> Error {
    let line = error.position().map(csv::Position::line);
    let place = line.map(Place::line).unwrap_or_default();
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Error::new(Code::LINE_TOO_LONG).arg("limit", LONGEST_LINE >> 20).at(place)
        }
        csv::ErrorKind::Io(error) => unreadable(&error),
        _ => unreadable(&io::ErrorKind::InvalidInput.into()).at(place),
    }
}

fn reader<'t>(
    file: &'t TextFile<'_>,
    dialect: Dialect,
) -> Result<csv::Reader<Tamed<Box<dyn Read + Send + 't>>>> {
    let bytes = file.reader()?;
    let text: Box<dyn Read + Send + 't> = match file.to_be_decoded() {
        Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes)),
        None => bytes,
    };
    Ok(ReaderBuilder::new()
        .delimiter(dialect.delimiter)
        .quoting(dialect.quoted)
        .terminator(Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(256 << 10)
        .from_reader(Tamed { inner: text, since: 0, after_return: false, ended: false }))
}

/// Ends every line with one LF, the last one too, so that lines are counted exactly; a line without end fails.
pub(super) struct Tamed<R> {
    inner: R,
    /// Bytes since the last end of a line.
    since: usize,
    /// Whether the last byte was CR, which was given as LF; an LF after it belongs to it.
    after_return: bool,
    ended: bool,
}

impl<R: Read> Read for Tamed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.ended || buffer.is_empty() {
                return Ok(0);
            }
            let count = self.inner.read(buffer)?;
            if count == 0 {
                self.ended = true;
                if let (true, Some(last)) = (self.since > 0, buffer.first_mut()) {
                    *last = b'\n';
                    return Ok(1);
                }
                return Ok(0);
            }
            let kept = self.one_end(buffer.get_mut(..count).unwrap_or_default());
            match memchr::memrchr(b'\n', buffer.get(..kept).unwrap_or_default()) {
                Some(at) => self.since = kept - at - 1,
                None => self.since += kept,
            }
            if self.since > LONGEST_LINE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Tamed<R> {
    /// CR and CR LF become LF, in place; gives what is left.
    fn one_end(&mut self, bytes: &mut [u8]) -> usize {
        let mut from = usize::from(std::mem::take(&mut self.after_return) && bytes.first() == Some(&b'\n'));
        let mut to = 0;
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(found) = memchr::memchr(b'\r', rest) else {
                let length = rest.len();
                if from != to {
                    bytes.copy_within(from.., to);
                }
                return to + length;
            };
            if from != to {
                bytes.copy_within(from..from + found, to);
            }
            to += found;
            if let Some(byte) = bytes.get_mut(to) {
                *byte = b'\n';
            }
            to += 1;
            from += found + 1;
            match bytes.get(from) {
                Some(b'\n') => from += 1,
                Some(_) => {}
                None => {
                    self.after_return = true;
                    return to;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{DEFAULT_MAX_SIZE, Input};

    /// Gives one byte a time, so that every end of line is cut somewhere.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(to)) = (self.0.split_first(), buffer.first_mut()) else {
                return Ok(0);
            };
            (*to, self.0) = (*first, rest);
            Ok(1)
        }
    }

    #[test]
    fn every_line_ends_alike() {
        for (text, expected) in [
            ("a\rb\r\nc\nd", "a\nb\nc\nd\n"),
            ("a\r\r\nb\r", "a\n\nb\n"),
            ("", ""),
            ("\r\n", "\n"),
            ("\n\r", "\n\n"),
        ] {
            let tamed = |inner: Box<dyn Read>| {
                let mut found = String::new();
                let mut tamed = Tamed { inner, since: 0, after_return: false, ended: false };
                tamed.read_to_string(&mut found).unwrap();
                found
            };
            assert_eq!(tamed(Box::new(text.as_bytes())), expected);
            assert_eq!(
                tamed(Box::new(Drops(Box::leak(text.to_owned().into_boxed_str()).as_bytes()))),
                expected
            );
        }
    }

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let input = Input::from_bytes("f", bytes.to_vec(), DEFAULT_MAX_SIZE).unwrap();
        let table = Table::Text(TextFile::open(&input, None).unwrap());
        let rows = table.head(Dialect { delimiter: b';', quoted: true }, 100);
        rows.iter().map(|row| (row.line(), row.cells().map(str::to_owned).collect())).collect()
    }

    #[test]
    fn rows_know_their_line() {
        let cells = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a;b", "", "\"c", "d\";e", "\u{e9} ;=\"x\""].join(end);
            let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            let expected = [(1, cells(&["a", "b"])), (3, cells(&["c\nd", "e"])), (5, cells(&["é", "x"]))];
            assert_eq!(rows(text.as_bytes()), expected);
            assert_eq!(rows(&latin), expected);
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_begins_where_it_stands() {
        let lines: Vec<_> = rows(b"a;b\n\"c;d\ne;f\n").into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2]);
        assert_eq!(rows(b"\"a;b\nc").first().map(|(line, _)| *line), Some(1));
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let input = Input::from_bytes("f", vec![b','; LONGEST_LINE + (1 << 20)], DEFAULT_MAX_SIZE).unwrap();
        let table = Table::Text(TextFile::open(&input, None).unwrap());
        let mut rows = table.rows(Dialect { delimiter: b';', quoted: true }).unwrap();
        let error = rows.next(&mut Row::default()).unwrap_err();
        assert_eq!(error.code(), Code::LINE_TOO_LONG);
    }
}
