//! XML as banks send it: streamed, in any encoding, with nothing in it that a bank file does not need.
//!
//! It stands apart because every XML format shares the same traps: text that is cut at each entity, a DOCTYPE
//! that could be an attack, elements nested without end, bytes that are not in the encoding that the file
//! declares, and a place that must be told in lines although only bytes are counted while reading.
//!
//! | part | what |
//! |---|---|
//! | [`Source`] | the file as a stream of UTF-8, whatever it was |
//! | [`Reader`] | its elements and text, joined over entities and CDATA, with the codes BB-3006 to BB-3010 |
//! | [`Source::lines`] | byte offsets as line numbers, in a second pass that only a failure or a warning asks for |

use std::borrow::Cow;
use std::io::{BufReader, Read};

use encoding_rs::{CoderResult, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use quick_xml::Error as XmlError;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Input, unreadable};
use crate::errors::{Code, Error, Place, Result};

/// Elements may be nested this deep. The deepest bank message has about twenty levels, wrappers some more.
const DEPTH_LIMIT: usize = 100;

/// Bytes read from the file at once.
const CHUNK: usize = 128 << 10;

/// A file that is read as UTF-8.
pub(super) struct Source<'i> {
    input: &'i Input,
    declared: String,
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// The bytes are read as they are.
    Utf8,
    /// The bytes are read in a declared or recognised encoding.
    Other(&'static encoding_rs::Encoding),
    /// The file declares UTF-8 and is not: what is no UTF-8 is windows-1252.
    Guessed,
}

impl<'i> Source<'i> {
    /// Settles the encoding by byte order mark, else by the pattern of the first bytes, else by the XML
    /// declaration, else UTF-8 (XML 1.0, appendix F).
    ///
    /// # Errors
    /// BB-3011 for a declared encoding that nobody knows.
    pub(super) fn new(input: &'i Input) -> Result<Self> {
        let head = input.head();
        let declared = declared_encoding(head);
        let encoding = match head {
            [0xff, 0xfe, ..] | [b'<', 0, ..] => Encoding::Other(UTF_16LE),
            [0xfe, 0xff, ..] | [0, b'<', ..] => Encoding::Other(UTF_16BE),
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8,
            _ => match encoding_rs::Encoding::for_label(declared.as_bytes()) {
                None if declared.is_empty() => Encoding::Utf8,
                None => return Err(Error::new(Code::ENCODING_UNKNOWN).arg("name", declared)),
                // ASCII bytes that call themselves UTF-16 cannot be it.
                Some(label) if label == UTF_8 || label == UTF_16LE || label == UTF_16BE => Encoding::Utf8,
                Some(label) => Encoding::Other(label),
            },
        };
        Ok(Self { input, declared, encoding })
    }

    /// After [`Reader::met_other_bytes`]: reads what is not UTF-8 as windows-1252. False where that was already so.
    pub(super) fn guess(&mut self) -> bool {
        let may = self.encoding == Encoding::Utf8;
        self.encoding = if may { Encoding::Guessed } else { self.encoding };
        may
    }

    /// The finding BB-5007 where the encoding had to be guessed.
    pub(super) fn finding(&self) -> Option<Error> {
        let declared = if self.declared.is_empty() { "UTF-8" } else { self.declared.as_str() };
        (self.encoding == Encoding::Guessed).then(|| {
            Error::new(Code::ENCODING_GUESSED).arg("declared", declared).arg("used", WINDOWS_1252.name())
        })
    }

    /// The encoding for a reader, and by what it is known.
    pub(super) fn explained(&self) -> (String, &'static str) {
        match self.encoding {
            Encoding::Utf8 if self.declared.is_empty() => ("UTF-8".to_owned(), "nothing else is declared"),
            Encoding::Utf8 if self.declared.eq_ignore_ascii_case("utf-8") => {
                ("UTF-8".to_owned(), "the XML declaration")
            }
            Encoding::Utf8 => ("UTF-8".to_owned(), "its first bytes, although it declares another"),
            Encoding::Other(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
                (encoding.name().to_owned(), "its first bytes")
            }
            Encoding::Other(encoding) => (encoding.name().to_owned(), "the XML declaration"),
            Encoding::Guessed => {
                (format!("UTF-8 and {}", WINDOWS_1252.name()), "not all of it is the UTF-8 that it should be")
            }
        }
    }

    /// A reader from the start.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub(super) fn reader(&self) -> Result<Reader<'i>> {
        let mut inner = quick_xml::Reader::from_reader(BufReader::with_capacity(CHUNK, self.stream()?));
        inner.config_mut().expand_empty_elements = true;
        Ok(Reader { inner, buffer: Vec::new(), depth: 0, other_bytes: false })
    }

    /// Line numbers, from 1, of byte offsets that a [`Reader`] gave. The offsets must ascend.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub(super) fn lines(&self, offsets: &[u64]) -> Result<Vec<u64>> {
        let mut stream = self.stream()?;
        let (mut chunk, mut read, mut line) = (vec![0; CHUNK], 0_u64, 1_u64);
        let mut lines = Vec::with_capacity(offsets.len());
        while lines.len() < offsets.len() {
            let count = stream.read(&mut chunk).map_err(|error| unreadable(&error))?;
            let mut rest = chunk.get(..count).unwrap_or_default();
            while let Some(offset) = offsets.get(lines.len()) {
                let within = usize::try_from(offset.saturating_sub(read)).unwrap_or(usize::MAX);
                if within >= rest.len() && count > 0 {
                    break;
                }
                let (before, after) = rest.split_at(within.min(rest.len()));
                line += newlines(before);
                read += before.len() as u64;
                rest = after;
                lines.push(line);
            }
            line += newlines(rest);
            read += rest.len() as u64;
        }
        Ok(lines)
    }

    /// The file as UTF-8, or as what claims to be it, without a byte order mark.
    fn stream(&self) -> Result<Box<dyn Read + Send + 'i>> {
        let mut file = self.input.reader()?;
        let decoder = match self.encoding {
            Encoding::Other(encoding) => Some(encoding.new_decoder_with_bom_removal()),
            Encoding::Guessed | Encoding::Utf8 => None,
        };
        if decoder.is_none() && self.input.head().starts_with(&[0xef, 0xbb, 0xbf]) {
            file.read_exact(&mut [0; 3]).map_err(|error| unreadable(&error))?;
        }
        if self.encoding == Encoding::Utf8 {
            return Ok(file);
        }
        Ok(Box::new(Decoding { file, decoder, raw: Vec::new(), text: Vec::new(), given: 0, ended: false }))
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The encoding that the XML declaration names; empty for none.
fn declared_encoding(head: &[u8]) -> String {
    let ascii: String = head.iter().take(400).filter(|b| **b != 0).map(|b| char::from(*b)).collect();
    let named = || {
        let (declaration, _) = ascii.get(ascii.find("<?xml")?..)?.split_once("?>")?;
        let (_, rest) = declaration.split_once("encoding")?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(|name| name.trim().to_owned())
    };
    named().unwrap_or_default()
}

/// Any bytes into UTF-8, a chunk at a time.
struct Decoding<R> {
    file: R,
    /// None where windows-1252 fills what is no UTF-8.
    decoder: Option<encoding_rs::Decoder>,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoding<R> {
    fn refill(&mut self) -> std::io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept + CHUNK, 0);
        let read = self.file.read(self.raw.get_mut(kept..).unwrap_or_default())?;
        self.raw.truncate(kept + read);
        self.ended = read == 0;
        self.given = 0;
        self.text.clear();
        match &mut self.decoder {
            Some(decoder) => {
                let room = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(CHUNK * 4);
                self.text.resize(room, 0);
                let (result, _, written, _) = decoder.decode_to_utf8(&self.raw, &mut self.text, self.ended);
                debug_assert_eq!(result, CoderResult::InputEmpty, "the buffer has the longest length");
                self.text.truncate(written);
                self.raw.clear();
            }
            None => self.mix(),
        }
        Ok(())
    }

    /// Valid UTF-8 stays; other bytes are windows-1252. The start of a character at the end of the chunk waits.
    fn mix(&mut self) {
        let mut taken = 0;
        for chunk in self.raw.utf8_chunks() {
            self.text.extend_from_slice(chunk.valid().as_bytes());
            taken += chunk.valid().len();
            let other = chunk.invalid();
            let cut = taken + other.len() == self.raw.len()
                && std::str::from_utf8(other).is_err_and(|e| e.error_len().is_none());
            if cut && !self.ended {
                break;
            }
            self.text.extend_from_slice(WINDOWS_1252.decode_without_bom_handling(other).0.as_bytes());
            taken += other.len();
        }
        self.raw.drain(..taken);
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let waiting = self.text.get(self.given..).unwrap_or_default();
        let count = waiting.len().min(out.len());
        for (to, from) in out.iter_mut().zip(waiting) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

/// What stands next in the file. An empty element is a start and an end.
pub(super) enum Item<'b> {
    /// An element opens, at that offset in bytes of the decoded file.
    Start(BytesStart<'b>, u64),
    /// The innermost open element closes.
    End,
    /// Text, an entity, or CDATA; pieces that follow one another belong together. Line ends are as in the file.
    Text(Cow<'b, str>),
    /// A comment, a processing instruction, the XML declaration.
    Aside,
    /// The end of a file whose elements are all closed.
    Eof,
}

/// Elements and text of a file, one at a time.
pub(super) struct Reader<'i> {
    inner: quick_xml::Reader<BufReader<Box<dyn Read + Send + 'i>>>,
    buffer: Vec<u8>,
    depth: usize,
    other_bytes: bool,
}

impl Reader<'_> {
    /// The next item.
    ///
    /// # Errors
    /// BB-3006 at an end of the file that comes too early, BB-3007 for a DOCTYPE, BB-3008 for what is no XML,
    /// BB-3010 for nesting without end; each with the byte offset.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "its one hot caller takes the item apart at once: a tenth of the whole time"
    )]
    pub(super) fn next(&mut self) -> Result<Item<'_>> {
        self.buffer.clear();
        let position = self.inner.buffer_position();
        let at = |byte| Place { byte: Some(byte), ..Place::default() };
        match self.inner.read_event_into(&mut self.buffer) {
            Ok(Event::Start(start)) => {
                self.depth += 1;
                if self.depth > DEPTH_LIMIT {
                    return Err(Error::new(Code::XML_TOO_DEEP).arg("limit", DEPTH_LIMIT).at(at(position)));
                }
                Ok(Item::Start(start, position))
            }
            Ok(Event::End(_)) => {
                self.depth -= 1;
                Ok(Item::End)
            }
            Ok(Event::Text(text)) => Ok(Item::Text(text.into_inner())),
            Ok(Event::CData(text)) => Ok(Item::Text(text.into_inner())),
            Ok(Event::GeneralRef(name)) => {
                resolve(&name).map(Item::Text).map_err(|error| error.at(at(position)))
            }
            Ok(Event::DocType(_)) => Err(Error::new(Code::XML_DOCTYPE).at(at(position))),
            Ok(Event::Eof) if self.depth == 0 => Ok(Item::Eof),
            Ok(Event::Eof) => Err(truncated("the end of the message").at(at(position))),
            Ok(_) => Ok(Item::Aside),
            Err(error) => {
                self.other_bytes |= matches!(error, XmlError::Encoding(_));
                Err(failure(&error).at(at(self.inner.error_position().max(position))))
            }
        }
    }

    /// Number of open elements, the one just opened included.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the last failure was bytes that are not UTF-8.
    pub(super) fn met_other_bytes(&self) -> bool {
        self.other_bytes
    }

    /// Leaves the element that was opened last, with all in it.
    ///
    /// # Errors
    /// Those of [`Reader::next`].
    pub(super) fn skip(&mut self) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }
}

fn truncated(missing: &str) -> Error {
    Error::new(Code::FILE_TRUNCATED).arg("missing", missing)
}

/// A predefined entity or a character by its number; others need a DOCTYPE, which is refused.
fn resolve(name: &BytesRef<'_>) -> Result<Cow<'static, str>> {
    let entity: &str = name;
    let predefined = match entity {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    };
    if !predefined.is_empty() {
        return Ok(Cow::Borrowed(predefined));
    }
    let character = name.resolve_char_ref().ok().flatten().ok_or_else(|| {
        let shown: String = entity.chars().take(20).collect();
        malformed(format!("&{shown}; is not defined"))
    })?;
    Ok(Cow::Owned(character.to_string()))
}

fn malformed(reason: impl std::fmt::Display) -> Error {
    Error::new(Code::XML_MALFORMED).arg("reason", reason)
}

fn failure(error: &XmlError) -> Error {
    match error {
        XmlError::Io(error) => unreadable(error),
        XmlError::Syntax(SyntaxError::InvalidBangMarkup) => malformed("unknown markup after `<!`"),
        XmlError::Syntax(_) => truncated("the end of a tag"),
        XmlError::IllFormed(IllFormedError::UnclosedReference) => malformed("`&` stands alone"),
        XmlError::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            malformed(format!("</{expected}> should close here, not </{found}>"))
        }
        XmlError::Encoding(_) => malformed("the text is not in its encoding"),
        other => malformed(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(bytes: Vec<u8>) -> Input {
        Input::from_bytes("x.xml", bytes, u64::MAX).unwrap()
    }

    /// Text of the file; what is not UTF-8 is guessed.
    fn text(input: &Input) -> String {
        let mut source = Source::new(input).unwrap();
        loop {
            let (mut reader, mut out) = (source.reader().unwrap(), String::new());
            let end = loop {
                match reader.next() {
                    Ok(Item::Text(piece)) => out.push_str(&piece),
                    Ok(Item::Eof) => break Ok(()),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                }
            };
            match end {
                Ok(()) => return out,
                Err(_) if reader.met_other_bytes() && source.guess() => {}
                Err(error) => return format!("{error:?}"),
            }
        }
    }

    #[test]
    fn text_is_joined_over_entities_and_cdata() {
        let xml = "<a>AT&amp;T &#233;<![CDATA[<&>]]><!-- no -->x</a>";
        assert_eq!(text(&input(xml.into())), "AT&T é<&>x");
    }

    #[test]
    fn characters_survive_the_ends_of_chunks() {
        for shift in 0..4 {
            let body = format!("{}{}", "x".repeat(shift), "é€😀".repeat(CHUNK / 4));
            let mut bytes = format!("<a>{body}").into_bytes();
            bytes.extend(b"\xe9</a>");
            assert_eq!(text(&input(bytes)), format!("{body}é"), "not UTF-8 at its end");
            let utf16 = format!("<a>{body}</a>").encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(text(&input(utf16)), body);
        }
    }

    #[test]
    fn offsets_become_lines() {
        let input = input(format!("a\nb\n{}c\nd", "\n".repeat(CHUNK)).into_bytes());
        let source = Source::new(&input).unwrap();
        let end = CHUNK as u64 + 4;
        let lines = source.lines(&[0, 1, 2, 4, end, end + 2, end + 100]).unwrap();
        let last = CHUNK as u64 + 3;
        assert_eq!(lines, [1, 1, 2, 3, last, last + 1, last + 1]);
        assert_eq!(source.lines(&[]).unwrap(), [0; 0]);
    }
}
