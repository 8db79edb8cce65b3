//! Text files without a declaration that can be trusted: their encoding, and their lines.
//!
//! Banks label windows-1252 as ASCII and UTF-8 as windows-1252, and end lines in three ways. So a byte order mark
//! decides, else whether the whole file is UTF-8, and only then a label. What is no ASCII-compatible encoding is
//! rewritten as UTF-8 in memory; everything else is streamed.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Input, Understanding, unreadable};
use crate::errors::{Code, Error, Place, Result};

/// Bytes read from the file at once.
const CHUNK: usize = 256 << 10;
/// Longest line, in bytes.
const LONGEST: usize = 16 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A text file whose encoding is settled.
#[derive(Debug)]
pub struct TextFile<'i> {
    input: &'i Input,
    encoding: &'static Encoding,
    because: &'static str,
    /// The file as UTF-8, where its bytes could not be taken as they are.
    rewritten: Option<Bytes>,
}

impl<'i> TextFile<'i> {
    /// Settles the encoding: byte order mark, UTF-16 by its zeros, UTF-8 where the whole file is, the encoding of
    /// that label where it is known, else windows-1252.
    ///
    /// # Errors
    /// BB-3001 where the file cannot be read.
    pub fn open(input: &'i Input, label: Option<&str>) -> Result<Self> {
        let (encoding, because) = match input.head() {
            [0xff, 0xfe, ..] => (UTF_16LE, "its byte order mark"),
            [0xfe, 0xff, ..] => (UTF_16BE, "its byte order mark"),
            [0xef, 0xbb, 0xbf, ..] if is_utf8(input)? => (UTF_8, "its byte order mark"),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (UTF_16LE, "the zeros between its letters"),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (UTF_16BE, "the zeros between its letters"),
            _ if is_utf8(input)? => (UTF_8, "the whole file is valid so"),
            _ => match label.and_then(|label| Encoding::for_label(label.trim().as_bytes())) {
                Some(known) if known.is_ascii_compatible() && known != UTF_8 => (known, "the file says so"),
                _ => (WINDOWS_1252, "it is not UTF-8"),
            },
        };
        let wide = encoding == UTF_16LE || encoding == UTF_16BE;
        let rewritten = if wide {
            let bytes = input.bytes()?;
            let (text, _) = encoding.decode_with_bom_removal(&bytes);
            Some(Bytes::from(text.into_owned().into_bytes()))
        } else {
            None
        };
        Ok(Self { input, encoding, because, rewritten })
    }

    /// Name of the encoding that the file is in.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Tells how the encoding was found.
    pub fn explain(&self, understanding: &mut Understanding) {
        understanding.found_by("encoding", self.encoding(), self.because);
    }

    /// The bytes from the start, without a byte order mark; pieces of them go through [`Self::decode`].
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub fn reader(&self) -> Result<Box<dyn Read + Send + '_>> {
        if let Some(bytes) = &self.rewritten {
            return Ok(Box::new(Cursor::new(&**bytes)));
        }
        let mut reader = self.input.reader()?;
        if self.input.head().starts_with(BOM) {
            reader.read_exact(&mut [0; BOM.len()]).map_err(|error| unreadable(&error))?;
        }
        Ok(reader)
    }

    /// The encoding that the bytes of [`Self::reader`] are still in; none where they are UTF-8.
    #[must_use]
    pub fn to_be_decoded(&self) -> Option<&'static Encoding> {
        (self.rewritten.is_none() && self.encoding != UTF_8).then_some(self.encoding)
    }

    /// A piece of the file as text.
    #[must_use]
    pub fn decode<'b>(&self, bytes: &'b [u8]) -> Cow<'b, str> {
        if self.rewritten.is_some() || self.encoding == UTF_8 {
            // Whole pieces are nearly always valid, and that is found out faster than where they are not.
            return std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        }
        match bytes.is_ascii().then(|| std::str::from_utf8(bytes)) {
            Some(Ok(text)) => Cow::Borrowed(text),
            _ => self.encoding.decode_without_bom_handling(bytes).0,
        }
    }

    /// The lines from the start.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub fn lines(&self) -> Result<Lines<'_>> {
        Ok(Lines { reader: self.reader()?, buffer: Vec::new(), start: 0, end: 0, number: 0, ended: false })
    }

    /// The lines from the start as text.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub fn text_lines(&self) -> Result<TextLines<'_>> {
        Ok(TextLines {
            file: self,
            reader: self.reader()?,
            text: String::new(),
            next: 0,
            rest: Vec::new(),
            number: 0,
            ended: false,
        })
    }

    /// As [`Self::decode`], for bytes that may be taken over.
    fn decoded(&self, bytes: Vec<u8>) -> String {
        if self.to_be_decoded().is_some() && !bytes.is_ascii() {
            return self.decode(&bytes).into_owned();
        }
        String::from_utf8(bytes).unwrap_or_else(|error| self.decode(error.as_bytes()).into_owned())
    }
}

/// Whether the whole file is UTF-8.
fn is_utf8(input: &Input) -> Result<bool> {
    let mut reader = input.reader()?;
    let (mut buffer, mut kept) = (vec![0; CHUNK], 0);
    loop {
        let room = buffer.get_mut(kept..).unwrap_or_default();
        let count = reader.read(room).map_err(|error| unreadable(&error))?;
        let bytes = buffer.get(..kept + count).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(_) => kept = 0,
            // A character may be cut at the end of what was read, but not at the end of the file.
            Err(error) if error.error_len().is_none() && count > 0 => {
                let from = error.valid_up_to();
                kept = bytes.len() - from;
                buffer.copy_within(from..from + kept, 0);
            }
            Err(_) => return Ok(false),
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// One line of a file, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'b> {
    /// Its bytes.
    pub bytes: &'b [u8],
    /// Its number, from 1.
    pub number: u64,
}

/// Lines that end in LF, CRLF or CR, also mixed. Lends one line at a time from one buffer.
pub struct Lines<'t> {
    reader: Box<dyn Read + Send + 't>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    ended: bool,
}

impl Lines<'_> {
    /// The next line; none at the end. What follows the last end of line is a line unless it is empty.
    ///
    /// # Errors
    /// BB-3001 for a failing reader, BB-3012 for a line longer than 16 MB.
    pub fn advance(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = self.start;
        let (length, ending) = loop {
            let unseen = self.buffer.get(searched..self.end).unwrap_or_default();
            if let Some(found) = memchr::memchr2(b'\r', b'\n', unseen) {
                let at = searched + found;
                let feed = self.buffer.get(at) == Some(&b'\n');
                // After CR the next byte tells whether it is CRLF.
                if feed || self.ended || at + 1 < self.end {
                    let pair = !feed && at + 1 < self.end && self.buffer.get(at + 1) == Some(&b'\n');
                    break (at - self.start, if pair { 2 } else { 1 });
                }
                searched = at;
            } else {
                searched = self.end;
            }
            if self.ended {
                if self.start == self.end {
                    return Ok(None);
                }
                break (self.end - self.start, 0);
            }
            searched -= self.start;
            self.fill()?;
            searched += self.start;
        };
        let line = self.start..self.start + length;
        self.start = line.end + ending;
        self.number += 1;
        Ok(Some(Line { bytes: self.buffer.get(line).unwrap_or_default(), number: self.number }))
    }

    /// Reads more behind what is there, which moves to the front.
    fn fill(&mut self) -> Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end > LONGEST {
            return Err(too_long(self.number + 1));
        }
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + CHUNK.max(self.end), 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = self.reader.read(room).map_err(|error| unreadable(&error))?;
        self.ended = count == 0;
        self.end += count;
        Ok(())
    }
}

/// As [`Lines`], but decoded: many lines at once, which is far less work than each by itself.
pub struct TextLines<'t> {
    file: &'t TextFile<'t>,
    reader: Box<dyn Read + Send + 't>,
    /// Whole lines.
    text: String,
    /// Where the next of them begins.
    next: usize,
    /// Bytes behind them: a line whose end is not read yet.
    rest: Vec<u8>,
    number: u64,
    ended: bool,
}

impl TextLines<'_> {
    /// The next line and its number, from 1; none at the end.
    ///
    /// # Errors
    /// Those of [`Lines::advance`].
    #[inline]
    pub fn advance(&mut self) -> Result<Option<(&str, u64)>> {
        while self.next == self.text.len() {
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
        let unread = self.text.as_bytes().get(self.next..).unwrap_or_default();
        let length = memchr::memchr2(b'\r', b'\n', unread).unwrap_or(unread.len());
        let ending = match unread.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let line = self.next..self.next + length;
        self.next = line.end + ending;
        self.number += 1;
        Ok(Some((self.text.get(line).unwrap_or_default(), self.number)))
    }

    /// Reads more lines in place of those that are there.
    #[cold]
    fn fill(&mut self) -> Result<()> {
        let kept = self.rest.len();
        if kept > LONGEST {
            return Err(too_long(self.number + 1));
        }
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        bytes.append(&mut self.rest);
        bytes.resize(kept + CHUNK.max(kept), 0);
        let room = bytes.get_mut(kept..).unwrap_or_default();
        let count = self.reader.read(room).map_err(|error| unreadable(&error))?;
        self.ended = count == 0;
        bytes.truncate(kept + count);
        if !self.ended {
            // What follows a CR at the end tells whether it is CRLF.
            let before = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
            let whole = memchr::memrchr2(b'\r', b'\n', before).map_or(0, |end| end + 1);
            self.rest.extend_from_slice(bytes.get(whole..).unwrap_or_default());
            bytes.truncate(whole);
        }
        (self.text, self.next) = (self.file.decoded(bytes), 0);
        Ok(())
    }
}

fn too_long(line: u64) -> Error {
    Error::new(Code::LINE_TOO_LONG).arg("limit", LONGEST >> 20).at(Place::line(line))
}

#[cfg(test)]
mod tests {
    use super::super::DEFAULT_MAX_SIZE;
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let input = Input::from_bytes("f", bytes.to_vec(), DEFAULT_MAX_SIZE).unwrap();
        let file = TextFile::open(&input, None).unwrap();
        let mut lines = file.lines().unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.advance().unwrap() {
            all.push(format!("{}:{}", line.number, file.decode(line.bytes)));
        }
        let mut text_lines = file.text_lines().unwrap();
        for expected in &all {
            let line = text_lines.advance().unwrap().map(|(line, number)| format!("{number}:{line}"));
            assert_eq!(line.as_ref(), Some(expected));
        }
        assert_eq!(text_lines.advance().unwrap(), None);
        all
    }

    #[test]
    fn every_end_of_line_ends_a_line() {
        assert_eq!(lines(b"a\nb\r\nc\rd\r\r\n"), ["1:a", "2:b", "3:c", "4:d", "5:"]);
        assert_eq!(lines(b"a"), ["1:a"]);
        assert_eq!(lines(b"a\r"), ["1:a"]);
        assert!(lines(b"").is_empty());
        let long = [vec![b'x'; CHUNK - 1], b"\r\ny\r".to_vec(), vec![b'z'; 3 * CHUNK]].concat();
        let found = lines(&long);
        assert_eq!((found.len(), found[1].as_str()), (3, "2:y"));
        assert_eq!(found[2].len(), 3 * CHUNK + 2);
        for cut in 0..4 {
            let at_the_end = [vec![b'x'; CHUNK - cut], "\r\né\r\r\nx".as_bytes().to_vec()].concat();
            assert_eq!(lines(&at_the_end).len(), 4);
        }
        assert_eq!(lines(b"\xe9\n\xe8\r"), ["1:é", "2:è"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let input = Input::from_bytes("f", vec![b'x'; LONGEST + 2 * CHUNK], DEFAULT_MAX_SIZE).unwrap();
        let file = TextFile::open(&input, None).unwrap();
        assert_eq!(file.lines().unwrap().advance().err().map(|e| e.code()), Some(Code::LINE_TOO_LONG));
        let mut text_lines = file.text_lines().unwrap();
        assert_eq!(text_lines.advance().err().map(|e| e.code()), Some(Code::LINE_TOO_LONG));
    }

    #[test]
    fn the_encoding_is_what_the_bytes_are() {
        let of = |bytes: &[u8], label| {
            let input = Input::from_bytes("f", bytes.to_vec(), DEFAULT_MAX_SIZE).unwrap();
            let file = TextFile::open(&input, label).unwrap();
            let mut text = Vec::new();
            file.reader().unwrap().read_to_end(&mut text).unwrap();
            (file.encoding(), file.decode(&text).into_owned())
        };
        let e = |name| (name, "é!".to_owned());
        assert_eq!(of(b"\xc3\xa9!", Some("windows-1252")), e("UTF-8"));
        assert_eq!(of(b"\xef\xbb\xbf\xc3\xa9!", None), e("UTF-8"));
        assert_eq!(of(b"\xe9!", Some("utf-8")), e("windows-1252"));
        assert_eq!(of(b"\xff\xfe\xe9\0!\0", None), e("UTF-16LE"));
        assert_eq!(of(b"\xfe\xff\0\xe9\0!", None), e("UTF-16BE"));
        assert_eq!(of(b"a\0b\0", None).1, "ab");
        assert_eq!(of(b"\xb1", Some("iso-8859-2")).1, "ą");
    }
}
