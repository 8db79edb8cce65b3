//! Which movements become lines.
//!
//! A movement is one amount on the account however many details follow it, and details never add to it. What the
//! books want is decided when its last record has been read:
//!
//! | movement | details | lines |
//! |---|---|---|
//! | any | none | the movement |
//! | total (1, 2) | two or more that add up to it | the details, each on its own, the total in their facts |
//! | total (1, 2) | one that equals it | the movement, which takes what it lacks from the detail |
//! | simple (0, 3) | add up to it | the movement, the details (charges, VAT) among its facts |
//! | any | do not add up to it | the movement, the details among its facts, and a warning |
//!
//! This has nothing to do with reading records, so a long statement is booked on a thread of its own while its
//! next records are read; movements go over in batches, in the order of the file.

use std::collections::HashSet;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use super::checks;
use super::codes;
use super::group::{Group, Part};
use super::line::{as_fact, draft, enrich, finding, transaction};
use super::statement::Undated;
use super::structured::{Doubt, Draft, decimal};
use crate::domain::{Currency, Date, Detail, Identity, Text, Transaction, TransactionDraft, Warning, Whole};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::unreadable;

/// Movements of a batch: few enough for the processor's cache.
const BATCH: usize = 128;
/// Batches that wait while another is booked.
const WAITING: usize = 4;

/// What the movements of a statement became.
#[derive(Default)]
pub(super) struct Booking {
    currency: Option<Currency>,
    pub(super) lines: Vec<Transaction>,
    pub(super) warnings: Vec<Warning>,
    /// Thousandths of the movements; both positive.
    pub(super) debit: i128,
    pub(super) credit: i128,
    /// Place of each line for its identity: movement from 1, detail from 0.
    pub(super) keys: Vec<(u32, u32)>,
    pub(super) undated: Vec<Undated>,
    movements: usize,
    draft: Draft,
    /// Codes that were looked up.
    known_codes: Vec<[u8; 8]>,
    /// Codes and types that were reported: once a statement is enough.
    reported: HashSet<Text>,
}

/// Takes the movements of a statement as they are read.
pub(super) struct Booker {
    pending: Vec<Group>,
    /// Groups that were booked, to be filled again.
    spare: Vec<Group>,
    work: Work,
}

/// Where the booking is.
enum Work {
    /// Here: the statement is short so far.
    Here(Box<Booking>),
    /// On a thread of its own.
    There { full: SyncSender<Vec<Group>>, emptied: Receiver<Vec<Group>>, thread: JoinHandle<Booking> },
}

impl Booker {
    /// For a statement in that currency.
    pub(super) fn new(currency: Currency) -> Self {
        let booking = Booking { currency: Some(currency), ..Booking::default() };
        Self { pending: Vec::new(), spare: Vec::new(), work: Work::Here(Box::new(booking)) }
    }

    /// Takes a movement that is complete; gives a group to gather the next one in.
    ///
    /// # Errors
    /// BB-3001 where no thread can be had.
    pub(super) fn take(&mut self, group: Group) -> Result<Group> {
        if !group.parts().is_empty() {
            self.pending.push(group);
        }
        if self.pending.len() >= BATCH {
            self.hand_over()?;
        }
        let mut next = self.spare.pop().unwrap_or_default();
        next.clear();
        Ok(next)
    }

    fn hand_over(&mut self) -> Result<()> {
        if let Work::Here(booking) = &mut self.work {
            self.work = begin(std::mem::take(&mut **booking))?;
        }
        if let Work::There { full, emptied, .. } = &self.work {
            let mut empty = emptied.try_recv().unwrap_or_default();
            self.spare.append(&mut empty);
            // The thread ends before us only by a panic, which `finish` passes on.
            let _ = full.send(std::mem::replace(&mut self.pending, empty));
        }
        Ok(())
    }

    /// All that the movements became.
    pub(super) fn finish(mut self) -> Booking {
        match self.work {
            Work::Here(mut booking) => {
                booking.book_all(&self.pending);
                *booking
            }
            Work::There { full, thread, .. } => {
                let _ = full.send(std::mem::take(&mut self.pending));
                drop(full);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}

/// Goes on with a booking on a thread of its own.
fn begin(mut booking: Booking) -> Result<Work> {
    let (full, batches) = mpsc::sync_channel::<Vec<Group>>(WAITING);
    let (empty, emptied) = mpsc::channel();
    let book = move || {
        for batch in batches {
            booking.book_all(&batch);
            // Whoever reads may be done, and want no more groups.
            let _ = empty.send(batch);
        }
        booking
    };
    let thread = thread::Builder::new().spawn(book).map_err(|error| unreadable(&error))?;
    Ok(Work::There { full, emptied, thread })
}

impl Booking {
    fn book_all(&mut self, groups: &[Group]) {
        for group in groups {
            if let Some((top, details)) = group.parts().split_first() {
                self.book(top, details);
            }
        }
    }

    fn currency(&self) -> Currency {
        self.currency.unwrap_or(Currency::EUR)
    }

    fn warn(&mut self, warning: Error) {
        self.warnings.push(warning.into_warning());
    }

    /// Books a movement with its details.
    fn book(&mut self, top: &Part, details: &[Part]) {
        self.movements += 1;
        if top.amount < 0 {
            self.debit -= i128::from(top.amount);
        } else {
            self.credit += i128::from(top.amount);
        }
        if details.is_empty() {
            let line = self.line(top, top);
            self.push(line, top, top, 0);
            return;
        }
        let typed = details.iter().any(|part| is_detail(part.code[0]));
        let mut children: Vec<Child<'_>> = Vec::new();
        for part in details {
            let fact = self.line(part, top);
            match children.last_mut() {
                Some(child) if typed && !is_detail(part.code[0]) => child.subs.push((fact, part.amount)),
                _ => children.push(Child { part, line: fact, subs: Vec::new() }),
            }
        }
        let sum: i128 = children.iter().map(|child| i128::from(child.part.amount)).sum();
        let equal = sum == i128::from(top.amount);
        for child in &mut children {
            self.fold(child);
        }
        let mut line = self.line(top, top);
        if equal && children.len() > 1 && matches!(top.code[0], b'1' | b'2') {
            // The first carries all that the total says, the others what leads to it: a batch may be long.
            let short = 1 + usize::from(line.reference.is_some());
            let whole =
                Whole { identity: Identity::UNSET, amount: line.amount, reference: line.reference.clone() };
            let facts = of_total(line);
            for (place, mut child) in children.into_iter().enumerate() {
                let facts = if place == 0 { &facts[..] } else { &facts[..short] };
                child.line.details.extend_from_slice(facts);
                child.line.whole = Some(Box::new(whole.clone()));
                self.push(child.line, child.part, top, place + 1);
            }
            return;
        }
        if !equal {
            self.details_differ(top, sum);
        }
        // One amount with its charges is the gross detail's payment; a total of many is nobody's in particular.
        let only = equal && children.len() == 1;
        let simple = matches!(top.code[0], b'0' | b'3');
        for (place, child) in children.iter().enumerate() {
            if only || simple && &child.part.code[5..] == b"100" {
                enrich(&mut line, &child.line);
            } else if simple && line.original.is_none() {
                line.original.clone_from(&child.line.original);
            }
            line.details.push(as_fact(place + 1, &child.line));
        }
        self.push(line, top, top, 0);
    }

    /// Details of a detail become its facts.
    fn fold(&mut self, child: &mut Child<'_>) {
        if child.subs.is_empty() {
            return;
        }
        let sum: i128 = child.subs.iter().map(|(_, amount)| i128::from(*amount)).sum();
        if sum != i128::from(child.part.amount) {
            self.details_differ(child.part, sum);
        }
        for (place, (sub, _)) in child.subs.iter().enumerate() {
            child.line.details.push(as_fact(place + 1, sub));
        }
    }

    fn details_differ(&mut self, part: &Part, sum: i128) {
        let warning = Error::new(Code::CODA_DETAILS_DIFFER)
            .arg("sequence", format!("{:04}", part.sequence))
            .arg("details", checks::show(sum, self.currency()))
            .arg("amount", decimal(part.amount, self.currency()));
        self.warn(warning.at(Place::line(part.line)));
    }

    /// A part as a line, booked on the day of its movement.
    fn line(&mut self, part: &Part, top: &Part) -> TransactionDraft {
        let currency = self.currency();
        let mut buffer = std::mem::take(&mut self.draft);
        draft(part, currency, &mut buffer, |doubt| self.report(doubt, part.line));
        if self.known_codes.contains(&part.code) {
            // Nearly always: an account sees few codes.
        } else if codes::is_known(part.code) {
            if self.known_codes.len() < 8 {
                self.known_codes.push(part.code);
            }
        } else {
            let code = codes::digits(part.code);
            self.once(code.clone(), || {
                Error::new(Code::CODA_CODE_UNKNOWN).arg("bank_code", code).at(Place::line(part.line))
            });
        }
        let mut line = transaction(part, currency, &mut buffer);
        self.draft = buffer;
        line.booked_on =
            top.booked_on.or(part.booked_on).or(part.value_on).or(top.value_on).unwrap_or(Date::ZERO);
        line
    }

    fn report(&mut self, doubt: Doubt, line: u64) {
        match &doubt {
            Doubt::CheckDigits(_) => self.warn(finding(doubt, line)),
            Doubt::UnknownType(kind) => self.once(kind.clone(), || finding(doubt, line)),
        }
    }

    fn once(&mut self, what: Text, warning: impl FnOnce() -> Error) {
        if self.reported.insert(what) {
            self.warn(warning());
        }
    }

    /// Adds a line; `detail` is its place among the details of its movement, 0 for the movement itself.
    fn push(&mut self, line: TransactionDraft, part: &Part, top: &Part, detail: usize) {
        if top.booked_on.is_none() && part.booked_on.is_none() {
            let dated = line.booked_on != Date::ZERO;
            self.undated.push((self.lines.len(), part.sequence, part.line, dated));
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.keys.push((number(self.movements), number(detail)));
        self.lines.push(line.done());
    }
}

/// What a total says that is booked as its details.
fn of_total(total: TransactionDraft) -> Vec<Detail> {
    let amount = compact_str::format_compact!("{} {}", total.amount, total.currency);
    let said = [
        ("Part of a total of", Some(amount)),
        ("Reference of the total", total.reference),
        ("Order of the total", total.end_to_end),
        ("Text of the total", total.text),
        ("Structured, of the total", total.structured),
        ("Name of the total", total.counterparty.name),
    ];
    let named = said
        .into_iter()
        .filter_map(|(label, value)| Some(Detail { label: Text::const_new(label), value: value? }));
    named.chain(total.details).collect()
}

/// A detail of a movement, with its own details.
struct Child<'g> {
    part: &'g Part,
    line: TransactionDraft,
    subs: Vec<(TransactionDraft, i64)>,
}

fn is_detail(kind: u8) -> bool {
    matches!(kind, b'5'..=b'8')
}
