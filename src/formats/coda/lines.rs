//! Bytes to lines of 128 columns, through one buffer that is used again and again.
//!
//! A line ends with CR LF, LF, CR or the file. Lines that an editor trimmed are padded, blank lines and the
//! end-of-file mark 0x1A are passed over. A plain line is handed out as it lies in the buffer; only a line that
//! is short, or holds something other than printable ASCII, is copied.

use std::io::Read;

use super::encoding::{self, Alphabet, BOM, Encoding};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::{Input, unreadable};

/// Columns of a record.
pub(super) const WIDTH: usize = 128;
/// How many bytes are read at once; small enough for the processor's cache.
const BUFFER: usize = 256 << 10;
/// Longest line that is taken, in bytes; beyond it the file is something else.
const LONGEST: usize = 1024;

/// The lines of a file.
pub(super) struct Lines<'i> {
    input: &'i Input,
    reader: Box<dyn Read + Send + 'i>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    finished: bool,
    after_carriage_return: bool,
    number: u64,
    encoding: Encoding,
    alphabet: Alphabet,
    copied: [u8; WIDTH],
}

/// A line of 128 columns.
#[derive(Clone, Copy)]
pub(super) struct Line<'b> {
    /// One byte a column; bytes above 0x7F are to be looked up in `alphabet`.
    pub(super) columns: &'b [u8; WIDTH],
    /// None where all columns are printable ASCII.
    pub(super) alphabet: Option<&'b Alphabet>,
    /// Number in the file, from 1.
    pub(super) number: u64,
    /// Columns that the file really has; blanks beyond the last column are not counted.
    pub(super) length: usize,
    /// The file ends in this line before its last column: it was cut, or trimmed by an editor.
    pub(super) cut: bool,
}

impl<'i> Lines<'i> {
    /// # Errors
    /// BB-3001 where the file cannot be opened.
    pub(super) fn new(input: &'i Input) -> Result<Self> {
        let marked = input.head().starts_with(BOM);
        let mut lines = Self {
            input,
            reader: input.reader()?,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            finished: false,
            after_carriage_return: false,
            number: 0,
            encoding: if marked { Encoding::Utf8 } else { Encoding::Ascii },
            alphabet: [char::REPLACEMENT_CHARACTER; WIDTH],
            copied: [b' '; WIDTH],
        };
        if marked {
            lines.fill()?;
            lines.start = BOM.len();
        }
        Ok(lines)
    }

    /// Number of the line that was read last.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Encoding of the lines so far.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The next line that is not empty, as bytes.
    ///
    /// # Errors
    /// BB-3001 where reading fails, BB-3105 for a line beyond all measure.
    pub(super) fn next_raw(&mut self) -> Result<Option<&[u8]>> {
        let Some((from, to, _)) = self.find()? else { return Ok(None) };
        Ok(Some(&self.buffer[from..to]))
    }

    /// The next line that is not blank, in columns.
    ///
    /// # Errors
    /// As [`Self::next_raw`]. The first character beyond ASCII makes it read the file once more for its encoding.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let (from, to, open) = loop {
            let Some((from, to, open)) = self.find()? else { return Ok(None) };
            let bytes = &self.buffer[from..to];
            if bytes.first().is_some_and(|b| *b > b' ') || bytes.iter().any(|b| *b > b' ') {
                break (from, to, open);
            }
        };
        if to - from == WIDTH && is_plain(&self.buffer[from..to]) {
            let columns = self.buffer[from..to].first_chunk().unwrap_or(&[b' '; WIDTH]);
            return Ok(Some(Line {
                columns,
                alphabet: None,
                number: self.number,
                length: WIDTH,
                cut: false,
            }));
        }
        let length = self.copy(from, to)?;
        Ok(Some(Line {
            columns: &self.copied,
            alphabet: (!self.copied.is_ascii()).then_some(&self.alphabet),
            number: self.number,
            length,
            cut: open && to - from < WIDTH,
        }))
    }

    /// Copies a line into columns and gives how many it has.
    fn copy(&mut self, from: usize, to: usize) -> Result<usize> {
        if self.encoding == Encoding::Ascii && !self.buffer[from..to].is_ascii() {
            self.encoding = encoding::detect(self.input)?;
            if let Some(alphabet) = self.encoding.alphabet() {
                self.alphabet = alphabet;
            }
        }
        let bytes = &self.buffer[from..to];
        let end = bytes.iter().rposition(|b| !matches!(b, 0 | 0x1a)).map_or(0, |last| last + 1);
        let bytes = &bytes[..end.min(WIDTH.max(bytes.trim_ascii_end().len()))];
        self.copied = [b' '; WIDTH];
        if self.encoding != Encoding::Utf8 || bytes.is_ascii() {
            for (column, byte) in self.copied.iter_mut().zip(bytes) {
                *column = if byte.is_ascii_control() { b' ' } else { *byte };
            }
            return Ok(bytes.len());
        }
        // Each character beyond ASCII gets a place in an alphabet of this line: a line has no more than 128.
        let text = String::from_utf8_lossy(bytes);
        let mut characters = text.chars();
        let mut known = 0_u8;
        for (column, character) in self.copied.iter_mut().zip(characters.by_ref()) {
            *column = match u8::try_from(character) {
                Ok(byte) if byte.is_ascii() => {
                    if byte.is_ascii_control() {
                        b' '
                    } else {
                        byte
                    }
                }
                _ => {
                    let place = usize::from(known);
                    self.alphabet[place] = character;
                    known += 1;
                    0x80 | (known - 1)
                }
            };
        }
        Ok(text.chars().count())
    }

    /// Where the next line with any bytes stands in the buffer.
    fn find(&mut self) -> Result<Option<(usize, usize, bool)>> {
        loop {
            if self.start == self.end && !self.fill()? {
                return Ok(None);
            }
            if self.after_carriage_return {
                self.after_carriage_return = false;
                if self.buffer[self.start] == b'\n' {
                    self.start += 1;
                    continue;
                }
            }
            let rest = &self.buffer[self.start..self.end];
            if let Some(length) = memchr::memchr2(b'\r', b'\n', rest) {
                self.check_length(length)?;
                self.number += 1;
                let from = self.start;
                self.after_carriage_return = rest[length] == b'\r';
                self.start += length + 1;
                if length > 0 {
                    return Ok(Some((from, from + length, false)));
                }
            } else {
                let length = rest.len();
                self.check_length(length)?;
                if !self.fill()? {
                    self.number += 1;
                    self.start = self.end;
                    return Ok(Some((self.end - length, self.end, true)));
                }
            }
        }
    }

    fn check_length(&self, length: usize) -> Result<()> {
        if length <= LONGEST {
            return Ok(());
        }
        let place = Place::line(self.number + 1);
        Err(Error::new(Code::CODA_LINE_TOO_LONG).arg("length", format!("over {LONGEST}")).at(place))
    }

    /// Reads more behind what is left; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        if self.finished {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let before = self.end;
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.finished = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        Ok(self.end > before)
    }
}

/// Whether all bytes are printable ASCII; written without branches, for the compiler's vectors.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |bad, byte| bad | u8::from(byte.wrapping_sub(b' ') >= 0x5f)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(String, u64, usize, bool)> {
        let input = Input::from_bytes("x", bytes.to_vec(), 1 << 30).unwrap();
        let mut lines = Lines::new(&input).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = super::super::records::Field::of(&line, 1, WIDTH).text();
            found.push((text.to_string(), line.number, line.length, line.cut));
        }
        found
    }

    #[test]
    fn every_line_end_is_taken() {
        let full = "a".repeat(WIDTH);
        for end in ["\r\n", "\n", "\r"] {
            let found = read(format!("{full}{end}b{end}{end}c").as_bytes());
            let expected =
                [(full.clone(), 1, 128, false), ("b".into(), 2, 1, false), ("c".into(), 4, 1, true)];
            assert_eq!(found, expected, "{end:?}");
        }
        assert_eq!(read(b"a\r\n\x1a"), [("a".into(), 1, 1, false)]);
        assert_eq!(read(b""), []);
    }

    #[test]
    fn columns_are_characters() {
        let found = read("été\tœ\n\u{20ac}\n".as_bytes());
        assert_eq!(found, [("été œ".into(), 1, 5, false), ("€".into(), 2, 1, false)]);
        assert_eq!(read(b"\xef\xbb\xbfab\xc3\xa9")[0].0, "abé");
        assert_eq!(read(b"\xe9t\xe9")[0].0, "été");
        assert_eq!(read(b"\x82t\x82")[0].0, "été");
    }

    #[test]
    fn lines_across_the_buffers_end_stay_whole() {
        let lines: Vec<_> = (0..10_000).map(|n| format!("{n:0128}")).collect();
        let text = lines.join("\r\n");
        let found = read(text.as_bytes());
        assert_eq!(found.len(), 10_000);
        assert!(
            found.iter().enumerate().all(|(n, line)| line.0 == format!("{n:0128}") && line.1 == n as u64 + 1)
        );
    }

    #[test]
    fn a_line_beyond_all_measure_is_an_error() {
        let input = Input::from_bytes("x", vec![b'x'; 2000], 1 << 20).unwrap();
        assert_eq!(Lines::new(&input).unwrap().next().err().unwrap().code(), Code::CODA_LINE_TOO_LONG);
    }
}
