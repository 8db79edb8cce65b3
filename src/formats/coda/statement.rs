//! The statement that is being read: what its records say of it, and what it is when it ends.

use std::thread;

use super::booking::Booking;
use super::records::{Field, Header};
use crate::domain::{
    Account, Balance, Currency, Date, Identifier, Identity, Marks, Statement, Text, Transaction,
};
use crate::errors::{Code, Error, Place, Result};

/// The record that was read last, as far as it decides what may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Header,
    OldBalance,
    Movement,
    NewBalance,
}

/// A line without an entry date: which, sequence number, line of the file, whether it has a value date.
pub(super) type Undated = (usize, u16, u64, bool);

/// A free communication of record 4.
pub(super) struct FreeText {
    pub(super) sequence: [u8; 4],
    pub(super) text: String,
    pub(super) full: bool,
    pub(super) line: u64,
}

/// The statement that is being read.
pub(super) struct Open {
    pub(super) after: After,
    pub(super) version: u8,
    pub(super) created_on: Option<Date>,
    pub(super) application: Option<Text>,
    pub(super) structure: u8,
    pub(super) currency: Currency,
    pub(super) coded_number: u32,
    pub(super) statement: Statement,
    /// Records that the trailer counts.
    pub(super) records: u64,
    pub(super) movements: usize,
    /// Thousandths of the movements; both positive.
    pub(super) debit: i128,
    pub(super) credit: i128,
    /// Place of each line for its identity: movement from 1, detail from 0.
    pub(super) keys: Vec<(u32, u32)>,
    /// Lines without an entry date.
    pub(super) undated: Vec<Undated>,
    pub(super) free_texts: Vec<FreeText>,
}

impl Open {
    pub(super) fn new(header: &Header<'_>) -> Self {
        let version = if header.version == b'1' { "coda.1" } else { "coda.2" };
        let filled = |field: Field<'_>| Some(field.text()).filter(|text| !text.is_empty());
        let statement = Statement {
            source: Text::const_new(version),
            number: None,
            account: Account {
                bic: filled(header.bic),
                holder: filled(header.addressee),
                ..Account::default()
            },
            opening: None,
            closing: None,
            lines: Vec::new(),
            warnings: Vec::new(),
        };
        Self {
            after: After::Header,
            version: header.version,
            created_on: header.created_on,
            application: separate_application(header.application),
            structure: b' ',
            currency: Currency::EUR,
            coded_number: 0,
            statement,
            records: 0,
            movements: 0,
            debit: 0,
            credit: 0,
            keys: Vec::new(),
            undated: Vec::new(),
            free_texts: Vec::new(),
        }
    }

    pub(super) fn expected(&self) -> &'static str {
        match self.after {
            After::Header => "1",
            After::OldBalance => "2.1, 8 or 9",
            After::Movement => "2, 3 or 8",
            After::NewBalance => "4 or 9",
        }
    }

    #[inline]
    pub(super) fn count(&mut self, after: After) {
        self.records += 1;
        self.after = after;
    }

    pub(super) fn warn(&mut self, warning: Error) {
        self.statement.warnings.push(warning.into_warning());
    }

    /// Takes what its movements became.
    pub(super) fn take(&mut self, booked: Booking) {
        self.statement.lines = booked.lines;
        self.statement.warnings.extend(booked.warnings);
        (self.debit, self.credit) = (booked.debit, booked.credit);
        (self.keys, self.undated) = (booked.keys, booked.undated);
    }

    /// Books lines that name no day at all on the day of the closing balance, and says so.
    pub(super) fn date_lines(&mut self, trailer: u64) -> Result<()> {
        let closing = self.statement.closing.as_ref().and_then(|balance| balance.date).or(self.created_on);
        for (place, sequence, line, dated) in std::mem::take(&mut self.undated) {
            let Some(transaction) = self.statement.lines.get_mut(place) else { continue };
            if !dated {
                transaction.booked_on = closing.ok_or_else(|| {
                    Error::new(Code::CODA_FIELD_INVALID)
                        .arg("field", "the date of the new balance")
                        .arg("positions", "58-63")
                        .arg("found", "blank")
                        .arg("expected", "a date, since a movement has none")
                        .at(Place::line(trailer))
                })?;
            }
            let what = if dated { "the value date" } else { "the date of the new balance" };
            let warning = Error::new(Code::CODA_DATE_TAKEN)
                .arg("sequence", format!("{sequence:04}"))
                .arg("taken", format!("{what} {}", transaction.booked_on));
            self.warn(warning.at(Place::line(line)));
        }
        Ok(())
    }

    /// What tells this statement from others of the account: day, opening balance and number. Not the file's name
    /// or day, nor anything that a gateway changes, nor the closing balance: a bank that sends a statement again
    /// because it did not add up sends the same lines.
    pub(super) fn scope(&self) -> [String; 3] {
        let amount = |balance: &Option<Balance>| {
            balance.as_ref().map(|balance| balance.amount.normalize().to_string()).unwrap_or_default()
        };
        let closing = &self.statement.closing;
        let day =
            closing.as_ref().and_then(|balance| balance.date).map(|day| day.to_string()).unwrap_or_default();
        [day, amount(&self.statement.opening), self.coded_number.to_string()]
    }

    /// Gives each line its identity. A statement of CODA comes whole or not at all, so its own marks and a line's
    /// place within it tell the line for good. The place is counted, since the bank's numbers come round; so no
    /// two lines of a statement are equal, and they need be counted only where another statement has its marks.
    pub(super) fn identify(&mut self, identifier: &mut Identifier, scope: &[String; 3], alone: bool) {
        let account = &self.statement.account;
        let (lines, keys) = (&mut self.statement.lines[..], &self.keys[..]);
        if !alone {
            identify(lines, keys, account, scope, |marks, references| {
                identifier.by_reference(marks, references)
            });
            return;
        }
        let own = |lines: &mut [Transaction], keys: &[(u32, u32)]| {
            let mut identifier = Identifier::new();
            identify(lines, keys, account, scope, |marks, references| {
                identifier.by_own_reference(marks, references)
            });
        };
        let half = lines.len() / 2;
        match (lines.split_at_mut_checked(half), keys.split_at_checked(half)) {
            (Some((first, second)), Some((first_keys, second_keys))) if half >= MANY => {
                let helped = thread::scope(|scope| {
                    let other = thread::Builder::new().spawn_scoped(scope, || own(first, first_keys));
                    own(second, second_keys);
                    other.is_ok()
                });
                if !helped {
                    own(first, first_keys);
                }
            }
            _ => own(&mut self.statement.lines, keys),
        }
    }
}

/// Lines whose digests are worth a thread of their own.
const MANY: usize = 10_000;

fn identify(
    lines: &mut [Transaction],
    keys: &[(u32, u32)],
    account: &Account,
    [day, opening, number]: &[String; 3],
    mut identity: impl FnMut(&Marks<'_>, &[&str]) -> Identity,
) {
    let mut written = String::new();
    let mut split: Option<(u32, Identity)> = None;
    for (line, (movement, detail)) in lines.iter_mut().zip(keys) {
        written.clear();
        let place = push_number(&mut written, *movement);
        push_number(&mut written, *detail);
        let (place, detail) = written.split_at(place);
        let reference = line.reference().unwrap_or_default();
        let own = identity(&line.marks(account), &[day, opening, number, place, detail, reference]);
        line.identity = own;
        let (Some(marks), Some(whole)) = (line.whole_marks(account), &mut line.whole) else { continue };
        let reference = whole.reference.as_deref().unwrap_or_default();
        let known = split.filter(|(known, _)| known == movement).map(|(_, identity)| identity);
        whole.identity =
            known.unwrap_or_else(|| identity(&marks, &[day, opening, number, place, "0000", reference]));
        split = Some((*movement, whole.identity));
    }
}

/// Adds a number with at least four digits, as the bank writes it until it comes round; gives the length.
fn push_number(text: &mut String, number: u32) -> usize {
    let mut unit = 1000;
    while number / 10 >= unit {
        unit *= 10;
    }
    while unit > 0 {
        text.push(char::from_digit(number / unit % 10, 10).unwrap_or('0'));
        unit /= 10;
    }
    text.len()
}

/// The code of a separate application: family, transaction, and 5 where families are mixed. A code that names
/// neither a family nor a mixture is some exporter's filler and makes no movement a repetition.
fn separate_application(field: Field<'_>) -> Option<Text> {
    let code = field.text();
    let digits = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    (digits && (!code.starts_with("00") || code.ends_with('5'))).then_some(code)
}
