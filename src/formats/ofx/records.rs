//! Tags to the parts of a file: transactions with their fields, and the frame that they stand in.
//!
//! Files leave out end tags, also of aggregates, so what an element belongs to follows from what stands around it:
//! a `STMTTRN` ends the one before, a `LEDGERBAL` ends the list of transactions. Each level is known by its name,
//! and nothing is nested without end. Elements that are not known are passed over: one without text may be an empty
//! leaf or hold others, which only its end tag tells; then what was read inside is taken back.

use super::names::{self, Element, Other, Section};
use super::open::Open;
use super::parts::{Batch, Frame, Part, Status};
use super::tags::{Kind, Tag, Tags};
use crate::errors::{Code, Error, Place, Result};

/// A batch is handed on once it has this many fields: some hundreds of transactions, fit for the processor's cache.
const FIELDS: usize = 4096;
/// Longest transaction, in bytes.
const LONGEST: usize = 16 << 20;

/// An answer that is being read.
#[derive(Default)]
struct Answer {
    status: Status,
    /// Whether it is to hold a statement.
    of_statement: bool,
    /// Whether it held one.
    given: bool,
}

/// Parts of a file in their order.
pub(super) struct Records<'t> {
    tags: Tags<'t>,
    walk: Walk,
}

#[derive(Default)]
struct Walk {
    section: Option<Section>,
    answer: Option<Answer>,
    open: Option<Open>,
    frame: Frame,
    /// Whether `<OFX>` came, and its end.
    begun: bool,
    ended: bool,
    /// End tags of aggregates.
    closes: u64,
    /// Whether the last statement is closed by its balance and the day of it.
    balanced: bool,
}

impl<'t> Records<'t> {
    pub(super) fn new(tags: Tags<'t>) -> Self {
        Self { tags, walk: Walk::default() }
    }

    /// Reads parts; false at the end of the file. What was read before a failure stays.
    ///
    /// # Errors
    /// Those of [`Tags::advance`]; BB-3006 for a file that ends early, BB-3411 and BB-3412 for a structure that
    /// cannot be told.
    pub(super) fn fill(&mut self, batch: &mut Batch) -> Result<bool> {
        batch.clear();
        while batch.size().0 < FIELDS || self.walk.in_transaction() {
            if batch.size().1 > LONGEST {
                let error = Error::new(Code::OFX_ELEMENT_TOO_LONG).arg("limit", LONGEST >> 20);
                return Err(error.at(place(self.tags.position())));
            }
            if let Some(tag) = self.tags.advance()? {
                self.walk.take(&tag, batch)?;
            } else {
                let at = self.tags.position();
                return self.walk.finish(at, batch).map(|()| false);
            }
        }
        Ok(true)
    }

    /// What was found besides.
    pub(super) fn frame(&mut self) -> Frame {
        std::mem::take(&mut self.walk.frame)
    }
}

impl Walk {
    fn in_transaction(&self) -> bool {
        self.open.as_ref().is_some_and(Open::in_transaction)
    }

    fn in_other_answer(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| !answer.of_statement)
    }

    fn take(&mut self, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        let element = names::element(tag.name);
        if !tag.value.is_empty() {
            let closed = tag.kind == Kind::Whole;
            *(if closed { &mut self.frame.closed_leaves } else { &mut self.frame.open_leaves }) += 1;
        }
        match tag.kind {
            Kind::Close => self.close(element, tag, batch),
            Kind::Open => self.open(element, tag, batch),
            Kind::Whole => {
                self.open(element, tag, batch)?;
                // A leaf has nothing to close.
                if is_aggregate(element) { self.close(element, tag, batch) } else { Ok(()) }
            }
        }
    }

    fn finish(&mut self, at: u64, batch: &mut Batch) -> Result<()> {
        let complete = self.ended || !self.begun || (self.closes == 0 && self.is_balanced());
        if !complete {
            return Err(Error::new(Code::FILE_TRUNCATED).arg("missing", "</OFX>").at(place(at)));
        }
        self.end_answer(batch);
        Ok(())
    }

    /// A file that closes nothing is complete once its last statement has its balance.
    fn is_balanced(&self) -> bool {
        self.open.as_ref().map_or(self.balanced, |open| {
            let day = open.head.ledger_date.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            !open.head.ledger.bytes.is_empty() && day >= 8
        })
    }

    fn open(&mut self, element: Element, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        match element {
            Element::Ofx => {
                self.end_answer(batch);
                self.section = None;
                (self.begun, self.ended) = (true, false);
            }
            Element::Section(section) => {
                self.end_answer(batch);
                self.section = Some(section);
                self.frame.requests |= section == Section::Request;
                if let Section::Other(other) = section {
                    ignored(other, tag.at, batch);
                }
            }
            _ if matches!(self.section, Some(Section::Other(_) | Section::Request)) => {}
            Element::StatementAnswer | Element::OtherAnswer(_) => {
                self.end_answer(batch);
                if let Element::OtherAnswer(other) = element {
                    ignored(other, tag.at, batch);
                }
                self.answer = Some(Answer {
                    status: Status { at: tag.at, ..Status::default() },
                    of_statement: element == Element::StatementAnswer,
                    given: false,
                });
            }
            Element::Statement => {
                self.end_statement(batch);
                self.open = Some(Open::new(tag.at));
            }
            Element::Code | Element::Severity | Element::Message if self.open.is_none() => {
                let status =
                    self.answer.as_mut().map_or(&mut self.frame.sign_on, |answer| &mut answer.status);
                let part = match element {
                    Element::Code => &mut status.code,
                    Element::Severity => &mut status.severity,
                    _ => &mut status.message,
                };
                if part.is_empty() {
                    status.at = tag.at;
                    part.extend_from_slice(tag.value);
                }
            }
            Element::Organisation if self.frame.organisation.is_empty() => {
                self.frame.organisation.extend_from_slice(tag.value);
            }
            _ => {
                if let Some(open) = &mut self.open {
                    open.open(element, tag, batch)?;
                } else if element == Element::Transaction && !self.in_other_answer() {
                    let error = Error::new(Code::OFX_TRANSACTION_MISPLACED).arg("where", "outside of STMTRS");
                    return Err(error.at(place(tag.at)));
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, element: Element, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        self.closes += u64::from(is_aggregate(element));
        match element {
            Element::Ofx => {
                self.end_answer(batch);
                self.section = None;
                self.ended = true;
            }
            Element::Section(_) => {
                self.end_answer(batch);
                self.section = None;
            }
            Element::StatementAnswer | Element::OtherAnswer(_) => self.end_answer(batch),
            Element::Statement => self.end_statement(batch),
            _ => {
                if let Some(open) = &mut self.open {
                    open.close(element, tag, batch)?;
                }
            }
        }
        Ok(())
    }

    fn end_statement(&mut self, batch: &mut Batch) {
        self.balanced = self.is_balanced();
        if let Some(mut open) = self.open.take() {
            open.end_transaction(batch);
            open.start(batch);
            open.head.status = self.answer.as_ref().map(|answer| answer.status.clone());
            batch.parts.push(Part::End(Box::new(open.head)));
            if let Some(answer) = &mut self.answer {
                // Its status went with the statement.
                answer.given = true;
            }
        }
    }

    fn end_answer(&mut self, batch: &mut Batch) {
        self.end_statement(batch);
        if let Some(answer) = self.answer.take()
            && answer.of_statement
            && !answer.given
            && answer.status.is_error()
        {
            batch.parts.push(Part::Refused(Box::new(answer.status)));
        }
    }
}

fn ignored(other: Other, at: u64, batch: &mut Batch) {
    let why = match other {
        Other::Investments => "they hold no transactions of a bank account",
        _ => "they are no statements of a bank account or card",
    };
    batch.ignore(other.words(), why, at);
}

fn place(at: u64) -> Place {
    Place { byte: Some(at), ..Place::default() }
}

/// Whether the end tag of that element means anything.
fn is_aggregate(element: Element) -> bool {
    matches!(
        element,
        Element::Ofx
            | Element::Section(_)
            | Element::StatementAnswer
            | Element::OtherAnswer(_)
            | Element::Statement
            | Element::Account
            | Element::List
            | Element::PendingList
            | Element::Transaction
            | Element::PendingTransaction
            | Element::Payee
            | Element::AccountTo
            | Element::Currency
            | Element::OriginalCurrency
            | Element::Ledger
            | Element::Aside
    )
}
