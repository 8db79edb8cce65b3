//! Bookings between the file and the lines: their bytes are gathered in batches, and a batch becomes lines at once.
//!
//! Reading fields is little work and making lines is much, so a long file has a second thread for the lines, and
//! whoever reads makes lines too while that one is busy. What came of each batch is put in order at the end.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::findings::Findings;
use super::information::{self, Dialect};
use super::line::{Maker, Written};
use crate::domain::{Account, Currency, Tally, Transaction};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::TextFile;
use crate::formats::{Ignored, Understanding, unreadable};

/// Bookings of a batch: few enough for the processor's cache.
const BATCH: usize = 512;
/// Batches that wait while another becomes lines.
const WAITING: usize = 2;

/// Bookings as they stand in the file.
#[derive(Default)]
struct Batch {
    number: usize,
    entries: Vec<u8>,
    information: Vec<u8>,
    non_swift: Vec<u8>,
    raw: Vec<Raw>,
    messages: Vec<Message>,
}

/// Where a booking begins in each buffer, and in the file.
#[derive(Clone, Copy)]
struct Raw {
    line: u64,
    /// Line of its `:86:`; 0 without one.
    information_line: u64,
    entry: usize,
    information: usize,
    non_swift: usize,
    /// Its message, as a place in [`Batch::messages`].
    message: usize,
    /// Its number in the message, from 1.
    number: usize,
}

/// What the lines of a message need to know of it.
#[derive(Clone)]
pub(super) struct Message {
    /// Its place in the file, from 1.
    pub(super) ordinal: usize,
    pub(super) account: Account,
    pub(super) currency: Currency,
}

/// The buffer that a line goes on in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `:61:`.
    Entry,
    /// `:86:`.
    Information,
    /// `:NS:`.
    NonSwift,
}

impl Batch {
    fn buffer(&mut self, piece: Piece) -> &mut Vec<u8> {
        match piece {
            Piece::Entry => &mut self.entries,
            Piece::Information => &mut self.information,
            Piece::NonSwift => &mut self.non_swift,
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.information.clear();
        self.non_swift.clear();
        self.raw.clear();
        self.messages.clear();
    }
}

/// Takes the bookings of a file.
pub(super) struct Bookings<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    file: &'env TextFile<'env>,
    batch: Batch,
    here: Booker<'env>,
    there: Option<There<'scope, 'env>>,
    booked: Booked,
    /// Batches to be filled again.
    spare: Vec<Batch>,
}

/// The second thread.
struct There<'scope, 'env> {
    full: SyncSender<Batch>,
    done: Receiver<(Batch, Vec<Part>)>,
    thread: ScopedJoinHandle<'scope, Booker<'env>>,
}

impl<'scope, 'env> Bookings<'scope, 'env> {
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>, file: &'env TextFile<'env>) -> Self {
        let (batch, here, booked) = (Batch::default(), Booker::new(file), Booked::default());
        Self { scope, file, batch, here, there: None, booked, spare: Vec::new() }
    }

    /// Begins the booking of that number in its message.
    #[inline]
    pub(super) fn begin(&mut self, value: &[u8], line: u64, number: usize) {
        let batch = &mut self.batch;
        batch.raw.push(Raw {
            line,
            information_line: 0,
            entry: batch.entries.len(),
            information: batch.information.len(),
            non_swift: batch.non_swift.len(),
            message: batch.messages.len(),
            number,
        });
        batch.entries.extend_from_slice(value);
    }

    /// Adds a `:86:` to the last booking. Old files of Rabobank repeat the tag on every line.
    #[inline]
    pub(super) fn inform(&mut self, value: &[u8], line: u64) {
        match self.batch.raw.last_mut() {
            Some(raw) if raw.information_line == 0 => raw.information_line = line,
            _ => self.batch.information.push(b'\n'),
        }
        self.batch.information.extend_from_slice(value);
    }

    /// Adds a line to the last booking.
    #[inline]
    pub(super) fn go_on(&mut self, piece: Piece, line: &[u8]) {
        let buffer = self.batch.buffer(piece);
        buffer.push(b'\n');
        buffer.extend_from_slice(line);
    }

    /// What was written last.
    pub(super) fn written(&self, piece: Piece) -> &[u8] {
        match piece {
            Piece::Entry => &self.batch.entries,
            Piece::Information => &self.batch.information,
            Piece::NonSwift => &self.batch.non_swift,
        }
    }

    /// Whether there are enough bookings for a batch; between messages fewer are enough, so that few are cut.
    #[inline]
    pub(super) fn is_full(&self, between_messages: bool) -> bool {
        self.batch.raw.len() >= if between_messages { BATCH / 2 } else { BATCH }
    }

    /// Says of which message the bookings since the last one are.
    pub(super) fn name(&mut self, message: Message) {
        let place = self.batch.messages.len();
        if self.batch.raw.last().is_some_and(|raw| raw.message == place) {
            self.batch.messages.push(message);
        }
    }

    /// Hands the bookings over to become lines; all of them must be named. False where one could not be read: the
    /// rest of the file need not be.
    ///
    /// # Errors
    /// BB-3001 where no thread can be had.
    pub(super) fn hand_over(&mut self) -> Result<bool> {
        if self.there.is_none() {
            self.there = Some(There::begin(self.scope, self.file)?);
        }
        let Some(there) = &self.there else { return Ok(true) };
        let number = self.batch.number;
        for (batch, parts) in there.done.try_iter() {
            self.booked.take(batch.number, parts);
            self.spare.push(batch);
        }
        let next = self.spare.pop().unwrap_or_default();
        match there.full.try_send(std::mem::replace(&mut self.batch, next)) {
            Ok(()) => {}
            // It is busy, or has failed.
            Err(TrySendError::Full(mut batch) | TrySendError::Disconnected(mut batch)) => {
                let parts = self.here.book(&batch);
                self.booked.take(number, parts);
                batch.clear();
                self.spare.push(batch);
            }
        }
        self.batch.number = number + 1;
        Ok(self.here.failure.is_none() && !there.thread.is_finished())
    }

    /// What became of all bookings.
    ///
    /// # Errors
    /// BB-3702 for the first booking that cannot be read.
    pub(super) fn finish(mut self) -> Result<Booked> {
        let parts = self.here.book(&self.batch);
        let mut bookers = vec![self.here];
        if let Some(There { full, done, thread }) = self.there {
            drop(full);
            bookers.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            for (batch, parts) in done {
                self.booked.take(batch.number, parts);
            }
        }
        let failures = bookers.iter_mut().filter_map(|booker| booker.failure.take());
        if let Some(first) = failures.min_by_key(|error| error.place().line) {
            return Err(first);
        }
        self.booked.take(self.batch.number, parts);
        for booker in bookers {
            self.booked.count(booker);
        }
        Ok(self.booked)
    }
}

impl<'scope, 'env> There<'scope, 'env> {
    fn begin(scope: &'scope Scope<'scope, 'env>, file: &'env TextFile<'env>) -> Result<Self> {
        let (full, batches) = mpsc::sync_channel::<Batch>(WAITING);
        let (done, receiver) = mpsc::channel();
        let book = move || {
            let mut booker = Booker::new(file);
            for mut batch in batches {
                let parts = booker.book(&batch);
                if booker.failure.is_some() {
                    break;
                }
                batch.clear();
                // Whoever reads waits for all of them.
                let _ = done.send((batch, parts));
            }
            booker
        };
        let thread = thread::Builder::new().spawn_scoped(scope, book).map_err(|error| unreadable(&error))?;
        Ok(Self { full, done: receiver, thread })
    }
}

/// Lines of one message.
pub(super) struct Part {
    pub(super) ordinal: usize,
    pub(super) lines: Vec<Transaction>,
    pub(super) findings: Findings,
}

/// First booking of a dialect: its line, and its marks.
type Dialects = BTreeMap<Dialect, (u64, u64, String)>;

/// What became of the bookings of a file.
#[derive(Default)]
pub(super) struct Booked {
    /// In the order of the file, one for each message with bookings.
    pub(super) parts: Vec<Part>,
    /// Batches that came before one that precedes them, and the number of the next.
    early: BTreeMap<usize, Vec<Part>>,
    next: usize,
    /// What the identities rest on, before equal ones are counted.
    pub(super) tally: Tally,
    dialects: Dialects,
    expected: Option<Ignored>,
}

impl Booked {
    /// Takes the lines of a batch. A message that is longer than a batch grows as they come, so that its lines are not
    /// held twice at the end.
    fn take(&mut self, number: usize, parts: Vec<Part>) {
        self.early.insert(number, parts);
        while let Some(parts) = self.early.remove(&self.next) {
            self.next += 1;
            for part in parts {
                match self.parts.last_mut() {
                    Some(last) if last.ordinal == part.ordinal => {
                        last.lines.extend(part.lines);
                        last.findings.append(part.findings);
                    }
                    _ => self.parts.push(part),
                }
            }
        }
    }

    /// Takes what a booker counted.
    fn count(&mut self, booker: Booker<'_>) {
        let Tally { by_reference, by_text, .. } = booker.maker.identifier.tally();
        self.tally.by_reference += by_reference;
        self.tally.by_text += by_text;
        for (dialect, (count, line, evidence)) in booker.dialects {
            match self.dialects.entry(dialect) {
                Entry::Vacant(new) => {
                    new.insert((count, line, evidence));
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.0 += count;
                    if line < known.1 {
                        (known.1, known.2) = (line, evidence);
                    }
                }
            }
        }
        if let Some((count, line)) = booker.expected {
            let known = self.expected.get_or_insert_with(|| Ignored {
                what: "expected bookings".to_owned(),
                why: "the bank has not booked them".to_owned(),
                count: 0,
                line: Some(line),
            });
            known.count += count;
            known.line = known.line.min(Some(line));
        }
    }

    /// Tells the dialects, each with its first booking, and what is no line.
    pub(super) fn explain(&self, understanding: &mut Understanding) {
        for (dialect, (count, line, evidence)) in &self.dialects {
            let found = format!("{}: {count}", dialect.words());
            understanding.found_by("dialect", found, format!("`{evidence}` on line {line}"));
        }
        understanding.ignored.extend(self.expected.clone());
    }
}

/// A piece of a buffer, to its end where nothing follows.
fn piece(buffer: &[u8], from: usize, to: Option<usize>) -> &[u8] {
    buffer.get(from..to.unwrap_or(buffer.len())).unwrap_or_default()
}

/// Makes lines of batches.
struct Booker<'f> {
    file: &'f TextFile<'f>,
    maker: Maker,
    dialects: Dialects,
    /// How many bookings are announced only, and the line of the first.
    expected: Option<(u64, u64)>,
    /// The first booking that cannot be read.
    failure: Option<Error>,
}

impl<'f> Booker<'f> {
    fn new(file: &'f TextFile<'f>) -> Self {
        Self { file, maker: Maker::default(), dialects: Dialects::new(), expected: None, failure: None }
    }

    /// The lines of a batch, by message; all until the first that cannot be read.
    fn book(&mut self, batch: &Batch) -> Vec<Part> {
        let mut parts = Vec::with_capacity(batch.messages.len());
        for (place, message) in batch.messages.iter().enumerate() {
            let first = batch.raw.partition_point(|raw| raw.message < place);
            let after = batch.raw.partition_point(|raw| raw.message <= place);
            let (lines, findings) = (Vec::with_capacity(after - first), Findings::default());
            let mut part = Part { ordinal: message.ordinal, lines, findings };
            for at in first..after {
                if self.failure.is_none()
                    && let Err(error) = self.line(batch, at, message, &mut part)
                {
                    self.failure = Some(error);
                }
            }
            parts.push(part);
        }
        parts
    }

    fn line(&mut self, batch: &Batch, at: usize, message: &Message, part: &mut Part) -> Result<()> {
        let Some(raw) = batch.raw.get(at) else { return Ok(()) };
        let next = batch.raw.get(at + 1);
        let file = self.file;
        let entry = file.decode(piece(&batch.entries, raw.entry, next.map(|next| next.entry)));
        let information =
            file.decode(piece(&batch.information, raw.information, next.map(|next| next.information)));
        let non_swift = file.decode(piece(&batch.non_swift, raw.non_swift, next.map(|next| next.non_swift)));
        let written = Written { entry: &entry, information: &information, non_swift: &non_swift };
        let booked = self.maker.line(&written, &message.account, message.currency).map_err(|error| {
            let place = Place::line(raw.line);
            error.at(Place { statement: Some(message.ordinal), entry: Some(raw.number), ..place })
        })?;
        if booked.expected {
            self.expected.get_or_insert((0, raw.line)).0 += 1;
            return Ok(());
        }
        if let Some(dialect) = booked.dialect {
            let known = self.dialects.entry(dialect).or_insert_with(|| {
                let text = if information.is_empty() { &non_swift } else { &information };
                (0, raw.information_line.max(raw.line), information::evidence(text))
            });
            known.0 += 1;
        }
        if booked.undated {
            let shown = || booked.line.booked_on.to_string();
            part.findings.count(Code::MT940_DATE_TAKEN, raw.line, shown);
        }
        if booked.clamped {
            let shown = || entry.get(..10).unwrap_or(&entry).to_owned();
            part.findings.count(Code::MT940_DAY_CLAMPED, raw.line, shown);
        }
        part.lines.push(booked.line);
        Ok(())
    }
}
