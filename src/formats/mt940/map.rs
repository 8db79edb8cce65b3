//! Lines of the file to statements: which field belongs where, where a message begins and ends.

use std::collections::BTreeMap;
use std::thread;

use super::bookings::{Bookings, Piece};
use super::checks;
use super::envelope::{self, Part, Tag};
use super::statement::{Done, KINDS, Open};
use crate::domain::Tally;
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::TextFile;
use crate::formats::{Input, Reading, Understanding};

/// Reads a file.
///
/// # Errors
/// BB-37xx with the line.
pub(super) fn read(input: &Input) -> Result<Reading> {
    let file = TextFile::open(input, None)?;
    let mut lines = file.lines()?;
    thread::scope(|scope| {
        let mut reader = Reader::new(&file, Bookings::new(scope, &file));
        let mut end = 0;
        let mut failure = None;
        while let Some(line) = lines.advance()? {
            end = line.number;
            match reader.take(line.bytes, line.number) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        reader.finish(end, failure)
    })
}

/// Field whose text is being gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    None,
    /// A field of the message's own, in [`Reader::value`].
    Own(Tag),
    /// A field of the last booking.
    Booking(Piece),
}

/// What was read of the file.
struct Reader<'scope, 'env> {
    file: &'env TextFile<'env>,
    done: Vec<Done>,
    open: Option<Box<Open>>,
    current: Current,
    value: Vec<u8>,
    value_line: u64,
    bookings: Bookings<'scope, 'env>,
    /// Kind that a header said, for the message that follows.
    kind: Option<u16>,
    /// Line of a hyphen that may have ended the message.
    hyphen: Option<u64>,
    messages: usize,
    /// A message of another kind is being skipped.
    skipping: bool,
    /// A booking could not be read.
    failed: bool,
    understanding: Understanding,
}

impl<'scope, 'env> Reader<'scope, 'env> {
    fn new(file: &'env TextFile<'env>, bookings: Bookings<'scope, 'env>) -> Self {
        Self {
            file,
            done: Vec::new(),
            open: None,
            current: Current::None,
            value: Vec::new(),
            value_line: 0,
            bookings,
            kind: None,
            hyphen: None,
            messages: 0,
            skipping: false,
            failed: false,
            understanding: Understanding::default(),
        }
    }

    /// Takes a line. False where the rest of the file need not be read, since a booking could not be.
    #[inline]
    fn take(&mut self, bytes: &[u8], line: u64) -> Result<bool> {
        self.line(bytes, line)?;
        Ok(!self.failed)
    }

    fn line(&mut self, bytes: &[u8], line: u64) -> Result<()> {
        let part = envelope::part(bytes);
        if self.hyphen.is_some() && part != Part::Blank {
            self.after_hyphen(&part)?;
        }
        match part {
            Part::Blank => {}
            Part::End => self.hyphen = (self.open.is_some() || self.skipping).then_some(line),
            Part::Blocks(text) => return self.blocks(text, line),
            Part::Field(..) if self.is_cut_time(bytes) => self.text(bytes, line),
            Part::Field(tag, value) => return self.field(tag, value, line),
            Part::Text(text) => self.text(text, line),
        }
        Ok(())
    }

    /// A hyphen alone ends a message; within a text that goes on behind it, it is text.
    fn after_hyphen(&mut self, part: &Part<'_>) -> Result<()> {
        let Some(line) = self.hyphen.take() else { return Ok(()) };
        let closed = self.open.as_ref().is_some_and(|open| open.closing.is_some() || open.interim_fields);
        let textual = matches!(self.current, Current::Booking(Piece::Information | Piece::NonSwift));
        let goes_on = match part {
            Part::Text(text) => textual && !envelope::is_header(text),
            Part::Field(tag, _) => !tag.begins() && !matches!(tag, Tag::Reference | Tag::Kind),
            Part::End => true,
            Part::Blocks(_) | Part::Blank => false,
        };
        if closed || !goes_on {
            return self.end(line);
        }
        if textual {
            self.text(b"-", line);
        }
        Ok(())
    }

    fn blocks(&mut self, text: &[u8], line: u64) -> Result<()> {
        let found = envelope::blocks(text);
        // Headers may stand on several lines; only the first of them begins a message.
        if found.ends || (found.begins && (self.open.is_some() || found.kind.is_some())) {
            self.end(line)?;
        }
        if let Some(kind) = found.kind {
            self.kind = Some(kind);
            self.skipping = !KINDS.contains(&kind);
            if self.skipping {
                let what = format!("messages of kind MT{kind}");
                self.understanding.ignore(&what, "they are no statements", Some(line));
            }
        }
        if found.text.is_empty() { Ok(()) } else { self.line(found.text, line) }
    }

    fn is_cut_time(&self, bytes: &[u8]) -> bool {
        let before = match self.current {
            Current::Booking(piece) => self.bookings.written(piece),
            Current::Own(Tag::Information) => &self.value,
            _ => return false,
        };
        envelope::is_cut_time(before, bytes)
    }

    /// A line that is no field: it goes on with the one before, or stands outside.
    fn text(&mut self, text: &[u8], line: u64) {
        if self.skipping {
            return;
        }
        match self.current {
            Current::Booking(piece) => return self.bookings.go_on(piece, text),
            // The BIC of 25P, which looks like a header.
            Current::Own(Tag::Account) => return self.go_on(text),
            Current::Own(Tag::Information | Tag::NonSwift | Tag::Reference | Tag::Other)
                if !envelope::is_header(text) =>
            {
                return self.go_on(text);
            }
            _ => {}
        }
        if let Some(kind) = envelope::kind(text.trim_ascii()) {
            self.kind = Some(kind);
        } else if !envelope::is_header(text) {
            let why = "they stand outside of messages and fields";
            self.understanding.ignore("lines of text", why, Some(line));
        }
    }

    fn go_on(&mut self, text: &[u8]) {
        self.value.push(b'\n');
        self.value.extend_from_slice(text);
    }

    fn field(&mut self, tag: Tag, value: &[u8], line: u64) -> Result<()> {
        if self.skipping {
            return Ok(());
        }
        if let Current::Booking(_) = self.current {
            match tag {
                Tag::Entry => return self.entry(value, line),
                Tag::Information => {
                    self.bookings.inform(value, line);
                    self.current = Current::Booking(Piece::Information);
                    return Ok(());
                }
                Tag::NonSwift => {
                    self.bookings.go_on(Piece::NonSwift, value);
                    self.current = Current::Booking(Piece::NonSwift);
                    return Ok(());
                }
                _ => {}
            }
        }
        self.close_field()?;
        if matches!(tag, Tag::Reference | Tag::Kind)
            || (tag.begins() && self.open.as_ref().is_some_and(|open| open.closing.is_some()))
        {
            self.end(line)?;
        }
        if tag == Tag::Kind {
            self.kind = envelope::kind(value);
            return Ok(());
        }
        if self.open.is_none() {
            if matches!(tag, Tag::Entry | Tag::Information | Tag::Closing | Tag::ClosingInterim) {
                return Err(misplaced(tag.name(), "20").at(Place::line(line)));
            }
            self.messages += 1;
            let kind = self.kind.take();
            self.open = Some(Box::new(Open { ordinal: self.messages, line, kind, ..Open::default() }));
        }
        if tag == Tag::Entry {
            return self.entry(value, line);
        }
        self.current = Current::Own(tag);
        self.value_line = line;
        self.value.clear();
        self.value.extend_from_slice(value);
        Ok(())
    }

    fn entry(&mut self, value: &[u8], line: u64) -> Result<()> {
        let Some(open) = self.open.as_deref_mut() else { return Ok(()) };
        if open.closing.is_some() {
            return Err(misplaced("61", "20").at(open.place(line)));
        }
        // Without a currency a message waits for its end, which may tell it.
        if self.bookings.is_full(false) && open.currency.is_some() {
            self.bookings.name(open.message());
            self.failed = !self.bookings.hand_over()?;
        }
        open.entries += 1;
        self.bookings.begin(value, line, open.entries);
        self.current = Current::Booking(Piece::Entry);
        Ok(())
    }

    /// Takes the field whose text is complete.
    fn close_field(&mut self) -> Result<()> {
        if let (Current::Own(tag), Some(open)) = (self.current, self.open.as_deref_mut()) {
            let line = self.value_line;
            if tag == Tag::Information {
                let why = "they belong to no line";
                self.understanding.ignore("texts to a whole statement", why, Some(line));
            }
            open.take(tag, &self.file.decode(&self.value), line)?;
        }
        self.current = Current::None;
        Ok(())
    }

    /// Ends the message, if one is open.
    fn end(&mut self, line: u64) -> Result<()> {
        self.close_field()?;
        self.skipping = false;
        self.hyphen = None;
        let Some(open) = self.open.take() else { return Ok(()) };
        if open.is_empty() {
            return Err(misplaced("20", "25, 60F or 61").at(open.place(line)));
        }
        self.bookings.name(open.message());
        self.done.push(open.close());
        if self.bookings.is_full(true) {
            self.failed = !self.bookings.hand_over()?;
        }
        Ok(())
    }

    /// Ends the last message.
    fn last(&mut self, end: u64) -> Result<()> {
        let ended = self.hyphen.is_some();
        self.close_field()?;
        if let Some(open) = self.open.as_deref_mut().filter(|open| !ended && open.ends_open()) {
            let cut = Error::new(Code::MT940_ENDS_OPEN).at(open.place(end));
            open.warnings.push(cut.into_warning());
        }
        self.end(end)
    }

    fn finish(mut self, end: u64, failure: Option<Error>) -> Result<Reading> {
        let failure = failure.or_else(|| self.last(end).err());
        if let Some(open) = self.open.as_deref() {
            self.bookings.name(open.message());
        }
        // What is wrong first in the file is told, whoever found it first.
        let booked = match (failure, self.bookings.finish()) {
            (None, booked) => booked?,
            (Some(failure), Err(error)) if error.place().line < failure.place().line => return Err(error),
            (Some(failure), _) => return Err(failure),
        };
        let mut understanding = self.understanding;
        if self.done.is_empty() {
            let other = understanding.ignored.iter().find(|one| one.what.starts_with("messages"));
            return Err(match other {
                Some(other) => Error::new(Code::MT940_KIND_UNSUPPORTED).arg("found", &other.what),
                None => Error::new(Code::MT940_NO_MESSAGE),
            });
        }
        booked.explain(&mut understanding);
        let tally = booked.tally;
        let mut messages = self.done;
        for part in booked.parts {
            // Messages are counted from 1, and none is left out so far.
            if let Some(message) = messages.get_mut(part.ordinal - 1) {
                message.append(part.lines, part.findings);
            }
        }
        messages.iter_mut().for_each(Done::check_totals);
        let messages = checks::without_repeats(messages, &mut understanding);
        let (mut messages, pages) = checks::join_pages(messages);
        let repeated = checks::identify(&mut messages, &mut understanding);
        checks::chain(&mut messages);
        kinds(&messages, pages, &mut understanding);
        self.file.explain(&mut understanding);
        understanding.identified(Tally { repeated, ..tally });
        let statements = messages.into_iter().map(|message| {
            let mut statement = message.statement;
            statement.warnings.extend(message.findings.into_warnings());
            statement
        });
        Ok(Reading { statements: statements.collect(), understanding })
    }
}

/// Tells how many messages of which kind there are.
fn kinds(messages: &[Done], pages: usize, understanding: &mut Understanding) {
    let mut kinds: BTreeMap<u16, usize> = BTreeMap::new();
    for message in messages {
        *kinds.entry(message.kind).or_default() += 1;
    }
    let shown: Vec<_> = kinds.iter().map(|(kind, count)| format!("{count} MT{kind}")).collect();
    if pages > 0 {
        let joined = format!("{pages} pages joined to the ones before");
        understanding.found_by("messages", shown.join(", "), joined);
    } else {
        understanding.found("messages", shown.join(", "));
    }
}

/// A field that cannot stand where it does.
pub(super) fn misplaced(field: &str, expected: &str) -> Error {
    Error::new(Code::MT940_FIELD_MISPLACED).arg("field", field).arg("expected", expected)
}
