//! Text into rows: delimiter, quotation marks, ends of lines.
//!
//! RFC 4180 with the leniency of the crate `csv`, against which it is tested: a quotation mark counts where a cell
//! begins, what follows the closing one is taken as it stands, and blank lines are no rows. Most lines of most files
//! have no quotation mark at all, and are cut without looking at each byte.

use std::io::{self, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::table::{Block, Dialect};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::TextFile;
use crate::formats::unreadable;

/// Marks that may stand between cells.
pub(super) const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];
/// Longest line, in bytes: what a row may cost is bounded by it.
const LONGEST_LINE: usize = 16 << 20;
/// Bytes read from the file at once.
const CHUNK: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Cuts a text file into rows.
pub(super) struct Cutter<'t> {
    reader: Tamed<Box<dyn Read + Send + 't>>,
    dialect: Dialect,
    /// What was read, and from where to where it is not cut yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// Why nothing can be read behind that.
    failure: Option<Error>,
    /// Line that begins at `start`, from 1.
    line: u64,
    /// The cells of a row with quotation marks, without them, and their ends.
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

impl<'t> Cutter<'t> {
    pub(super) fn new(file: &'t TextFile<'_>, dialect: Dialect) -> Result<Self> {
        let bytes = file.reader()?;
        let text: Box<dyn Read + Send + 't> = match file.to_be_decoded() {
            Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes)),
            None => bytes,
        };
        Ok(Self::of(text, dialect, CHUNK))
    }

    fn of(text: Box<dyn Read + Send + 't>, dialect: Dialect, chunk: usize) -> Self {
        Self {
            reader: Tamed::new(text),
            dialect,
            buffer: vec![0; chunk],
            start: 0,
            end: 0,
            ended: false,
            failure: None,
            line: 1,
            unquoted: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds rows to a block until it has that many; false at the end of the file. What was read before a failure
    /// stays.
    ///
    /// # Errors
    /// BB-3001 for a failing reader, BB-3012 for a line longer than 16 MB.
    pub(super) fn fill(&mut self, block: &mut Block, count: usize) -> Result<bool> {
        while block.len() < count {
            let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
            if bytes.first() == Some(&b'\n') {
                (self.start, self.line) = (self.start + 1, self.line + 1);
                continue;
            }
            let found = if self.dialect.quoted {
                memchr::memchr2(b'\n', b'"', bytes)
            } else {
                memchr::memchr(b'\n', bytes)
            };
            let cut = match found {
                Some(at) if bytes.get(at) == Some(&b'\n') => {
                    let text = text(bytes.get(..at).unwrap_or_default(), self.line)?;
                    let ends = memchr::memchr_iter(self.dialect.delimiter, text.as_bytes());
                    block.push_row(text, ends.chain([at]), 1, self.line);
                    self.line += 1;
                    Some(at + 1)
                }
                Some(_) => self.cut_quoted(block)?,
                None => None,
            };
            match cut {
                Some(length) => self.start += length,
                None if self.ended => return Ok(false),
                None => self.read()?,
            }
        }
        Ok(true)
    }

    /// Cuts a row with quotation marks; gives its length, or none where it goes on behind what was read.
    fn cut_quoted(&mut self, block: &mut Block) -> Result<Option<usize>> {
        let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
        let rest = |at: usize| bytes.get(at..).unwrap_or_default();
        self.unquoted.clear();
        self.ends.clear();
        let mut at = 0;
        let mut ended = false;
        while !ended {
            if bytes.get(at) == Some(&b'"') {
                at += 1;
                // A mark that is doubled is one of the cell, and a cell that is never closed ends with the file.
                loop {
                    let inner = rest(at);
                    let Some(found) = memchr::memchr(b'"', inner) else {
                        if !self.ended {
                            return Ok(None);
                        }
                        self.unquoted.extend_from_slice(inner);
                        at = bytes.len();
                        break;
                    };
                    self.unquoted.extend_from_slice(inner.get(..found).unwrap_or_default());
                    at += found + 1;
                    match bytes.get(at) {
                        Some(b'"') => self.unquoted.push(b'"'),
                        None if !self.ended => return Ok(None),
                        _ => break,
                    }
                    at += 1;
                }
            }
            let plain = rest(at);
            let found = memchr::memchr2(self.dialect.delimiter, b'\n', plain);
            if found.is_none() && !self.ended {
                return Ok(None);
            }
            let length = found.unwrap_or(plain.len());
            self.unquoted.extend_from_slice(plain.get(..length).unwrap_or_default());
            self.ends.push(self.unquoted.len());
            ended = plain.get(length).is_none_or(|byte| *byte == b'\n');
            at = (at + length + 1).min(bytes.len());
        }
        let line = self.line;
        self.line += memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count() as u64;
        block.push_row(text(&self.unquoted, line)?, self.ends.iter().copied(), 0, line);
        Ok(Some(at))
    }

    /// Reads more behind what is there, which moves to the front: at least as much again, so that a long row is not
    /// looked at too often.
    fn read(&mut self) -> Result<()> {
        // A cell that is never closed takes in whatever follows; the places of cells have four bytes.
        if u32::try_from(self.end).is_err() {
            return Err(Error::new(Code::LINE_TOO_LONG)
                .arg("limit", u32::MAX >> 20)
                .at(Place::line(self.line)));
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let first = self.end == 0;
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while let Some(room) = self.buffer.get_mut(self.end..).filter(|room| !room.is_empty()) {
            match self.reader.read(room) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) => {
                    let too_long = error.kind() == io::ErrorKind::InvalidData;
                    let limit = || Error::new(Code::LINE_TOO_LONG).arg("limit", LONGEST_LINE >> 20);
                    self.failure = Some(if too_long { limit() } else { unreadable(&error) });
                    break;
                }
            }
        }
        if first && self.buffer.get(..self.end).is_some_and(|bytes| bytes.starts_with(BOM)) {
            self.start = BOM.len();
        }
        Ok(())
    }
}

/// Bytes of a file that was found to be UTF-8: they are not, where it changed since.
fn text(bytes: &[u8], line: u64) -> Result<&str> {
    std::str::from_utf8(bytes)
        .map_err(|_| unreadable(&io::ErrorKind::InvalidInput.into()).at(Place::line(line)))
}

/// Ends every line with one LF, the last one too, so that lines are counted exactly; a line without end fails.
struct Tamed<R> {
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
    fn new(inner: R) -> Self {
        Self { inner, since: 0, after_return: false, ended: false }
    }

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
    use proptest::prelude::*;

    use super::super::table::Row;
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
                Tamed::new(inner).read_to_string(&mut found).unwrap();
                found
            };
            assert_eq!(tamed(Box::new(text.as_bytes())), expected);
            assert_eq!(
                tamed(Box::new(Drops(Box::leak(text.to_owned().into_boxed_str()).as_bytes()))),
                expected
            );
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let input = Input::from_bytes("f", vec![b','; LONGEST_LINE + (1 << 20)], DEFAULT_MAX_SIZE).unwrap();
        let file = TextFile::open(&input, None).unwrap();
        let mut cutter = Cutter::new(&file, Dialect { delimiter: b';', quoted: true }).unwrap();
        let error = cutter.fill(&mut Block::default(), 1).unwrap_err();
        assert_eq!(error.code(), Code::LINE_TOO_LONG);
    }

    type Rows = Vec<(u64, Vec<String>)>;

    /// The rows as the crate `csv` cuts them.
    fn by_csv(text: &str, Dialect { delimiter, quoted }: Dialect) -> Rows {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter).quoting(quoted).terminator(csv::Terminator::Any(b'\n'));
        let mut reader = builder.has_headers(false).flexible(true).from_reader(Tamed::new(text.as_bytes()));
        let mut record = csv::StringRecord::new();
        let mut rows = Vec::new();
        while reader.read_record(&mut record).unwrap() {
            let inside = record.as_slice().matches('\n').count() as u64;
            let line = reader.position().line() - 1 - inside;
            rows.push((
                line,
                record.iter().map(|cell| super::super::cells::unwrapped(cell).to_owned()).collect(),
            ));
        }
        rows
    }

    fn cut(text: Box<dyn Read + Send + '_>, dialect: Dialect, chunk: usize) -> Rows {
        let mut block = Block::default();
        assert!(!Cutter::of(text, dialect, chunk).fill(&mut block, usize::MAX).unwrap());
        let cells = |row: Row<'_>| (row.line(), row.cells().map(str::to_owned).collect());
        block.iter().map(cells).collect()
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_crate_csv(
            text in "([ab;,\\n\\r \u{e9}=]|\"|\"\"|;\"|\";){0,40}",
            quoted: bool,
        ) {
            // A quotation mark that is never closed ends with the file: its line is tested apart.
            let text = if text.matches('"').count() % 2 == 0 { text } else { format!("{text}\"") };
            let dialect = Dialect { delimiter: b';', quoted };
            let expected = by_csv(&text, dialect);
            let whole = cut(Box::new(text.as_bytes()), dialect, CHUNK);
            let drops = cut(Box::new(Drops(text.as_bytes())), dialect, 1);
            let cells = |rows: &Rows| rows.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>();
            prop_assert_eq!(cells(&whole), cells(&expected));
            prop_assert_eq!(&drops, &whole);
            // Where the last one is open after all, the crate's line is not that of its start.
            let closed = expected.len().saturating_sub(1);
            prop_assert_eq!(&whole[..closed], &expected[..closed]);
        }
    }
}
