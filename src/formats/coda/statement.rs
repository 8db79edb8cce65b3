//! The statement that is being read: which movements become lines, and what it says when it ends.
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

use std::collections::HashSet;

use super::checks;
use super::codes;
use super::group::Part;
use super::line::{as_fact, draft, enrich, finding, transaction};
use super::records::{Field, Header};
use super::structured::{Doubt, Draft, decimal};
use crate::domain::{
    Account, Balance, Currency, Date, Detail, Identifier, Identity, Statement, Text, Transaction,
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
    /// Lines without an entry date: which, sequence number, line of the file, whether it has a value date.
    pub(super) undated: Vec<(usize, u16, u64, bool)>,
    pub(super) free_texts: Vec<FreeText>,
    /// Codes that were looked up.
    known_codes: Vec<[u8; 8]>,
    /// Codes and types that were reported: once a statement is enough.
    pub(super) reported: HashSet<Text>,
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
            known_codes: Vec::new(),
            reported: HashSet::new(),
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

    pub(super) fn book(&mut self, top: &Part, details: &[Part], draft: &mut Draft) {
        if top.amount < 0 {
            self.debit -= i128::from(top.amount);
        } else {
            self.credit += i128::from(top.amount);
        }
        if details.is_empty() {
            let line = self.line(top, top, draft);
            self.push(line, top, top, 0);
            return;
        }
        let typed = details.iter().any(|part| is_detail(part.code[0]));
        let mut children: Vec<Child<'_>> = Vec::new();
        for part in details {
            let fact = self.line(part, top, draft);
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
        let mut line = self.line(top, top, draft);
        if equal && children.len() > 1 && matches!(top.code[0], b'1' | b'2') {
            // The first carries all that the total says, the others what leads to it: a batch may be long.
            let short = 1 + usize::from(line.reference.is_some());
            let facts = of_total(line);
            for (place, mut child) in children.into_iter().enumerate() {
                let facts = if place == 0 { &facts[..] } else { &facts[..short] };
                child.line.details.extend_from_slice(facts);
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
            .arg("details", checks::show(sum, self.currency))
            .arg("amount", decimal(part.amount, self.currency));
        self.warn(warning.at(Place::line(part.line)));
    }

    /// A part as a line, booked on the day of its movement.
    fn line(&mut self, part: &Part, top: &Part, buffer: &mut Draft) -> Transaction {
        let currency = self.currency;
        draft(part, currency, buffer, |doubt| self.report(doubt, part.line));
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
        let mut line = transaction(part, currency, buffer, Identity::UNSET);
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
    fn push(&mut self, line: Transaction, part: &Part, top: &Part, detail: usize) {
        if top.booked_on.is_none() && part.booked_on.is_none() {
            let dated = line.booked_on != Date::ZERO;
            self.undated.push((self.statement.lines.len(), part.sequence, part.line, dated));
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.keys.push((number(self.movements), number(detail)));
        self.statement.lines.push(line);
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
        let [day, opening, number] = scope;
        let account = self.statement.account.key();
        let mut written = String::new();
        for (line, (movement, detail)) in self.statement.lines.iter_mut().zip(&self.keys) {
            written.clear();
            let split = push_number(&mut written, *movement);
            push_number(&mut written, *detail);
            let (movement, detail) = written.split_at(split);
            let reference = line.reference.as_deref().unwrap_or_default();
            let references = [day, opening, number, movement, detail, reference];
            let marks = (account, line.currency, line.booked_on, line.amount, &references);
            line.identity = if alone {
                identifier.by_own_reference(marks.0, marks.1, marks.2, marks.3, marks.4)
            } else {
                identifier.by_reference(marks.0, marks.1, marks.2, marks.3, marks.4)
            };
        }
    }
}

/// What a total says that is booked as its details.
fn of_total(total: Transaction) -> Vec<Detail> {
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
    line: Transaction,
    subs: Vec<(Transaction, i64)>,
}

fn is_detail(kind: u8) -> bool {
    matches!(kind, b'5'..=b'8')
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
