//! Bytes to tags with the text that follows them, for SGML and XML alike, from one buffer.
//!
//! What both share is enough: `<NAME>`, `</NAME>`, `<NAME/>`, attributes (which are passed over), comments, CDATA and
//! processing instructions. A `<` that begins none of these is text, since banks write `A<B` without escaping it. A
//! leaf and its end tag come as one, so that a leaf looks alike whether the file closes it or not.

use std::io::Read;

use crate::errors::{Code, Error, Place, Result};
use crate::formats::unreadable;

/// Bytes read from the file at once.
const CHUNK: usize = 128 << 10;
/// Longest tag with its text, in bytes.
const LONGEST: usize = 16 << 20;
/// Longest name of an element.
const NAME: usize = 64;

/// A tag, and the text up to the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'b> {
    pub(super) kind: Kind,
    /// Its name as written.
    pub(super) name: &'b [u8],
    /// Text after a start tag, without blanks around it and with its entities as they stand.
    pub(super) value: &'b [u8],
    /// Offset of its first byte.
    pub(super) at: u64,
}

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Begins an element.
    Open,
    /// Begins and ends one: `<A/>`, or `<A>text</A>`.
    Whole,
    /// Ends one.
    Close,
}

/// Tags of a file in their order.
pub(super) struct Tags<'t> {
    reader: Box<dyn Read + Send + 't>,
    buffer: Vec<u8>,
    /// Where the next tag is looked for.
    next: usize,
    /// The tag that stands there, where it was met as the end of a value.
    ahead: Option<Mark>,
    end: usize,
    /// Offset in the file of the buffer's first byte.
    base: u64,
    ended: bool,
    /// Text that does not stand in the file in one piece.
    scratch: Vec<u8>,
    /// Ends of comments and the like that come no more; they are not looked for again.
    missing: Vec<&'static [u8]>,
}

/// A tag by its places in the buffer.
#[derive(Clone, Copy, Debug)]
struct Mark {
    kind: Kind,
    start: usize,
    name: (usize, usize),
    /// Behind its `>`.
    after: usize,
}

/// What stands at a `<`.
enum At {
    Tag(Mark),
    /// Comment, declaration or instruction up to there; its text where it is CDATA.
    Passed(usize, Option<(usize, usize)>),
    Text,
    /// More bytes are needed to tell.
    Short,
}

/// What a search came to.
enum Found {
    Tag(Mark, Value),
    Short,
    End,
}

enum Value {
    Plain(usize, usize),
    Scratch,
}

impl<'t> Tags<'t> {
    /// Reads from there.
    pub(super) fn new(reader: Box<dyn Read + Send + 't>) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            next: 0,
            ahead: None,
            end: 0,
            base: 0,
            ended: false,
            scratch: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Offset of what is read next; that of the end once there is no more.
    pub(super) fn position(&self) -> u64 {
        self.base + self.next as u64
    }

    /// The next tag; none at the end of the file.
    ///
    /// # Errors
    /// BB-3001 for a failing reader, BB-3413 for a tag or a value beyond the cap.
    pub(super) fn advance(&mut self) -> Result<Option<Tag<'_>>> {
        loop {
            match self.search() {
                Found::Short => self.fill()?,
                Found::End => {
                    self.next = self.end;
                    return Ok(None);
                }
                Found::Tag(mark, value) => {
                    let piece = |from: usize, to: usize| self.buffer.get(from..to).unwrap_or_default();
                    let value = match value {
                        Value::Plain(from, to) => piece(from, to),
                        Value::Scratch => &self.scratch,
                    };
                    return Ok(Some(Tag {
                        kind: mark.kind,
                        name: piece(mark.name.0, mark.name.1),
                        value: value.trim_ascii(),
                        at: self.base + mark.start as u64,
                    }));
                }
            }
        }
    }

    /// Looks for a tag and the end of its text; moves on only when both are there.
    fn search(&mut self) -> Found {
        let mut mark = match self.ahead {
            Some(mark) => mark,
            None => match self.find() {
                Ok(mark) => mark,
                Err(found) => return found,
            },
        };
        self.next = mark.start;
        self.ahead = None;
        if mark.kind != Kind::Open {
            self.next = mark.after;
            return Found::Tag(mark, Value::Plain(mark.after, mark.after));
        }
        match self.value(mark.after) {
            None => Found::Short,
            Some((value, following)) => {
                match following {
                    Some(close) if close.kind == Kind::Close && self.same_name(&mark, &close) => {
                        mark.kind = Kind::Whole;
                        self.next = close.after;
                    }
                    Some(tag) => {
                        self.next = tag.start;
                        self.ahead = Some(tag);
                    }
                    None => self.next = self.end,
                }
                Found::Tag(mark, value)
            }
        }
    }

    /// The first tag from `next` on. What is passed over is gone.
    fn find(&mut self) -> std::result::Result<Mark, Found> {
        loop {
            let unread = self.buffer.get(self.next..self.end).unwrap_or_default();
            let Some(found) = memchr::memchr(b'<', unread) else {
                self.next = self.end;
                return Err(if self.ended { Found::End } else { Found::Short });
            };
            self.next += found;
            match self.at(self.next) {
                At::Tag(mark) => return Ok(mark),
                At::Passed(after, _) => self.next = after,
                At::Text => self.next += 1,
                At::Short => return Err(Found::Short),
            }
        }
    }

    /// The text from there up to the next tag, and that tag; none where the buffer ends before.
    fn value(&mut self, from: usize) -> Option<(Value, Option<Mark>)> {
        let (mut piece, mut search) = (from, from);
        let mut scattered = false;
        let following = loop {
            let unread = self.buffer.get(search..self.end).unwrap_or_default();
            let Some(found) = memchr::memchr(b'<', unread) else {
                if self.ended {
                    search = self.end;
                    break None;
                }
                return None;
            };
            search += found;
            match self.at(search) {
                At::Tag(mark) => break Some(mark),
                At::Text => search += 1,
                At::Short => return None,
                At::Passed(after, literal) => {
                    if !scattered {
                        self.scratch.clear();
                        scattered = true;
                    }
                    let of = |range: (usize, usize)| self.buffer.get(range.0..range.1).unwrap_or_default();
                    self.scratch.extend_from_slice(of((piece, search)));
                    // Whoever reads the value takes its entities for written ones.
                    for byte in of(literal.unwrap_or_default()) {
                        match byte {
                            b'&' => self.scratch.extend_from_slice(b"&amp;"),
                            other => self.scratch.push(*other),
                        }
                    }
                    (piece, search) = (after, after);
                }
            }
        };
        if !scattered {
            return Some((Value::Plain(from, search), following));
        }
        self.scratch.extend_from_slice(self.buffer.get(piece..search).unwrap_or_default());
        Some((Value::Scratch, following))
    }

    fn same_name(&self, one: &Mark, other: &Mark) -> bool {
        let name = |mark: &Mark| self.buffer.get(mark.name.0..mark.name.1).unwrap_or_default();
        name(one).eq_ignore_ascii_case(name(other))
    }

    /// What the `<` at `start` begins.
    fn at(&mut self, start: usize) -> At {
        let bytes = self.buffer.get(start + 1..self.end).unwrap_or_default();
        let short = if self.ended { At::Text } else { At::Short };
        let (kind, first) = match bytes.first() {
            None => return short,
            Some(b'/') => (Kind::Close, 1),
            Some(b'!' | b'?') => return self.passed(start),
            Some(_) => (Kind::Open, 0),
        };
        match bytes.get(first) {
            None => return short,
            Some(letter) if letter.is_ascii_alphabetic() => {}
            Some(_) => return At::Text,
        }
        let named = bytes.get(first..).unwrap_or_default();
        let length = named.iter().take(NAME + 1).position(|byte| !is_name(*byte));
        let Some(length) = length else {
            return if named.len() > NAME { At::Text } else { short };
        };
        let name = (start + 1 + first, start + 1 + first + length);
        let tag = |kind, after| At::Tag(Mark { kind, start, name, after });
        match named.get(length) {
            Some(b'>') => tag(kind, name.1 + 1),
            Some(b'/' | b' ' | b'\t' | b'\r' | b'\n') => {
                // Attributes, which no OFX has a use for.
                let rest = named.get(length..).unwrap_or_default();
                match memchr::memchr2(b'>', b'<', rest) {
                    Some(end) if rest.get(end) == Some(&b'>') => {
                        let empty = end > 0 && rest.get(end - 1) == Some(&b'/') && kind == Kind::Open;
                        tag(if empty { Kind::Whole } else { kind }, name.1 + end + 1)
                    }
                    Some(_) => At::Text,
                    None => short,
                }
            }
            _ => At::Text,
        }
    }

    /// A comment, CDATA, a declaration or an instruction. Without its end it is text.
    fn passed(&mut self, start: usize) -> At {
        const CDATA: &[u8] = b"![CDATA[";
        let bytes = self.buffer.get(start + 1..self.end).unwrap_or_default();
        let short = if self.ended { At::Text } else { At::Short };
        if bytes.len() < CDATA.len() && !self.ended {
            return short;
        }
        let begin = |text: &[u8]| bytes.starts_with(text).then_some(text.len());
        let (from, end): (usize, &'static [u8]) = if let Some(from) = begin(CDATA) {
            (from, b"]]>")
        } else if let Some(from) = begin(b"!--") {
            (from, b"-->")
        } else {
            (0, b">")
        };
        if self.missing.contains(&end) {
            return short;
        }
        let Some(length) = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), end) else {
            if self.ended {
                self.missing.push(end);
            }
            return short;
        };
        let text = (start + 1 + from, start + 1 + from + length);
        At::Passed(text.1 + end.len(), (from == CDATA.len()).then_some(text))
    }

    /// Reads more behind what is not done with, which moves to the front.
    fn fill(&mut self) -> Result<()> {
        self.buffer.copy_within(self.next..self.end, 0);
        self.base += self.next as u64;
        (self.next, self.end) = (0, self.end - self.next);
        self.ahead = None;
        if self.end > LONGEST {
            let place = Place { byte: Some(self.base), ..Place::default() };
            return Err(Error::new(Code::OFX_ELEMENT_TOO_LONG).arg("limit", LONGEST >> 20).at(place));
        }
        // Twice what is there, so that what is searched again is never more than what was read.
        let room = self.end + CHUNK.max(self.end);
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        while self.end < room && !self.ended {
            let free = self.buffer.get_mut(self.end..room).unwrap_or_default();
            let count = self.reader.read(free).map_err(|error| unreadable(&error))?;
            self.ended = count == 0;
            self.end += count;
        }
        Ok(())
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn tags(text: &[u8]) -> Vec<String> {
        let mut tags = Tags::new(Box::new(Cursor::new(text.to_vec())));
        let mut all = Vec::new();
        while let Some(tag) = tags.advance().unwrap() {
            let shown = String::from_utf8_lossy;
            let sign = match tag.kind {
                Kind::Open => "",
                Kind::Whole => "!",
                Kind::Close => "/",
            };
            all.push(format!("{sign}{}={}", shown(tag.name), shown(tag.value)));
        }
        all
    }

    #[test]
    fn closed_and_unclosed_leaves_and_aggregates() {
        assert_eq!(tags(b"x<A><B>1\n<C>2</C>\n</A>"), ["A=", "B=1", "!C=2", "/A="]);
        assert_eq!(tags(b"<a b='c'>d</A ><E/><F />"), ["!a=d", "!E=", "!F="]);
    }

    #[test]
    fn what_is_no_tag_is_text() {
        assert_eq!(tags(b"<A>1 < 2 <3> <b c <<D>x"), ["A=1 < 2 <3> <b c <", "D=x"]);
        assert_eq!(tags(b"<A>x<!-- <B> -->y<![CDATA[<&]]>z</A>"), ["!A=xy<&amp;z"]);
        assert_eq!(tags(b"<?xml version='1.0'?><!DOCTYPE x><A>1"), ["A=1"]);
        assert_eq!(tags(b"<A>1<!-- no end"), ["A=1<!-- no end"]);
        assert_eq!(tags(b"<A>1<B"), ["A=1<B"]);
        assert_eq!(tags(b""), Vec::<String>::new());
    }

    #[test]
    fn nothing_depends_on_where_the_buffer_ends() {
        let piece = b"<STMTTRN><NAME>caf\xe9 <!-- c --> & co</NAME><MEMO>1 < 2<![CDATA[>]]></STMTTRN>\r\n";
        let expected = tags(piece);
        for before in CHUNK - 100..CHUNK + 5 {
            let text = [vec![b' '; before], piece.repeat(3)].concat();
            assert_eq!(tags(&text), [expected.clone(), expected.clone(), expected.clone()].concat());
        }
    }

    #[test]
    fn a_value_has_a_longest_length() {
        let text = [b"<A>".to_vec(), vec![b'x'; 3 * LONGEST]].concat();
        let mut tags = Tags::new(Box::new(Cursor::new(text)));
        assert_eq!(tags.advance().err().map(|error| error.code()), Some(Code::OFX_ELEMENT_TOO_LONG));
    }
}
