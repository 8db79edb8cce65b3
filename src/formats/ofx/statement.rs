//! One `STMTRS` from its first part to its statement.

use super::account;
use super::fitid::Worth;
use super::line::{self, Context, Outcome};
use super::parts::{Batch, Field, Head, Noted, Raw};
use super::values;
use crate::domain::{Account, Balance, Currency, Date, Identifier, Statement, Text, money};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::DecimalMark;
use crate::formats::text::TextFile;

/// A statement that is being read.
pub(super) struct Block {
    pub(super) statement: Statement,
    pub(super) findings: Vec<Error>,
    pub(super) identifier: Identifier,
    /// Lines by what their ids are worth.
    pub(super) ids: Ids,
    /// Where the statement begins.
    pub(super) at: u64,
    /// By what an IBAN is known that the file does not give.
    pub(super) iban_because: Option<&'static str>,
    /// Why the ledger balance is the closing one, or is not.
    pub(super) closing: Closing,
    /// Transactions that are not booked, and where the first one is.
    pub(super) holds: Noted,
    /// Corrections, and the transactions of this statement that they took out.
    pub(super) corrected: Noted,
    /// Whether the lines were turned, oldest first.
    pub(super) turned: bool,
    ordinal: usize,
    currency: Option<Currency>,
    decimals: u32,
    transactions: usize,
    gone: Vec<Text>,
    alike: Noted,
    converted: Noted,
    days_taken: Noted,
    corrections: Noted,
    order: Order,
    raw: String,
}

/// Lines by what their ids are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) usable: u64,
    pub(super) missing: u64,
    pub(super) placeholders: u64,
    pub(super) counters: u64,
}

/// What became of the ledger balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closing {
    /// The file has none.
    #[default]
    None,
    Taken,
    LeftOut,
}

/// In which order the days stand.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    last: Option<Date>,
    rises: bool,
    falls: bool,
}

impl Block {
    /// Begins with what is known before the first transaction.
    ///
    /// # Errors
    /// BB-3407 for a currency that is none.
    pub(super) fn new(ordinal: usize, source: &Text, head: &Head, file: &TextFile<'_>) -> Result<Self> {
        let place = Place { statement: Some(ordinal), byte: Some(head.currency.at), ..Place::default() };
        let shown = values::identifier(file, &head.currency.bytes);
        let currency = if shown.is_empty() {
            None
        } else {
            Some(line::currency(&shown, "CURDEF").map_err(|e| e.at(place))?)
        };
        let (account, iban_because) = account::of(head, file, currency);
        Ok(Self {
            statement: Statement {
                source: source.clone(),
                number: None,
                account,
                opening: None,
                closing: None,
                lines: Vec::new(),
                warnings: Vec::new(),
            },
            findings: Vec::new(),
            identifier: Identifier::new(),
            ids: Ids::default(),
            at: head.at,
            iban_because,
            closing: Closing::None,
            holds: Noted::default(),
            corrected: Noted::default(),
            turned: false,
            ordinal,
            currency,
            decimals: currency.unwrap_or(Currency::UNSTATED).decimals(),
            transactions: 0,
            gone: Vec::new(),
            alike: Noted::default(),
            converted: Noted::default(),
            days_taken: Noted::default(),
            corrections: Noted::default(),
            order: Order::default(),
            raw: String::new(),
        })
    }

    /// The account that its lines are of.
    pub(super) fn account(&self) -> &Account {
        &self.statement.account
    }

    /// Whether it names no account and holds neither lines nor balances.
    pub(super) fn is_empty(&self) -> bool {
        let Statement { account, closing, lines, .. } = &self.statement;
        account.key().is_empty() && account.currency.is_none() && closing.is_none() && lines.is_empty()
    }

    fn place(&self, at: u64) -> Place {
        Place {
            statement: Some(self.ordinal),
            entry: Some(self.transactions),
            byte: Some(at),
            ..Place::default()
        }
    }

    /// Takes a transaction.
    ///
    /// # Errors
    /// Those of [`line::read`]; BB-3409 for lines in several currencies.
    pub(super) fn transaction(
        &mut self,
        batch: &Batch,
        fields: &[Field],
        at: u64,
        file: &TextFile<'_>,
        mark: Option<DecimalMark>,
        marks: &mut Marks,
    ) -> Result<()> {
        self.transactions += 1;
        let context = Context { file, currency: self.currency, decimals: self.decimals, mark };
        let outcome =
            line::read(batch, fields, &context, &mut self.raw).map_err(|error| error.at(self.place(at)))?;
        let mut line = match outcome {
            Outcome::Line(line) => line,
            Outcome::Hold => {
                self.holds.note(at);
                return Ok(());
            }
            Outcome::Delete(id) => {
                self.corrections.note(at);
                self.gone.push(id);
                return Ok(());
            }
        };
        marks.see(&line.written, || values::identifier(file, raw_amount(batch, fields)).into_owned(), at);
        let transaction = &mut line.transaction;
        if let Some(first) = self.statement.lines.first()
            && first.currency != transaction.currency
        {
            let error = Error::new(Code::OFX_CURRENCIES_MIXED).arg("first", first.currency);
            return Err(error.arg("second", transaction.currency).at(self.place(at)));
        }
        let of = transaction.marks(&self.statement.account);
        let usable = transaction.reference.as_ref().filter(|_| line.worth == Worth::Usable);
        transaction.identity = if let Some(id) = usable {
            let before = self.identifier.tally().repeated;
            let identity = self.identifier.by_reference(&of, &[id]);
            if self.identifier.tally().repeated > before {
                self.alike.note(at);
            }
            identity
        } else {
            let other = transaction.counterparty.account.as_deref().unwrap_or_default();
            self.identifier.by_text(&of, other, &self.raw)
        };
        self.ids.count(line.worth);
        self.order.next(transaction.booked_on);
        if line.converted {
            self.converted.note(at);
        }
        if line.day_taken {
            self.days_taken.note(at);
        }
        if let Some(replaced) = line.replaces {
            self.corrections.note(at);
            self.gone.push(replaced);
        }
        self.statement.lines.push(line.transaction.done());
        Ok(())
    }

    /// Takes what the statement says at its end.
    ///
    /// # Errors
    /// BB-3407 for a balance that is no amount.
    pub(super) fn end(
        &mut self,
        head: &Head,
        file: &TextFile<'_>,
        mark: Option<DecimalMark>,
        marks: &mut Marks,
    ) -> Result<()> {
        self.correct();
        self.turn();
        if self.statement.account.currency.is_none() {
            let of_lines = self.statement.lines.first().map(|line| line.currency);
            self.statement.account.currency = of_lines.filter(Currency::is_stated);
        }
        self.balance(head, file, mark, marks)?;
        self.notes();
        self.raw = String::new();
        Ok(())
    }

    /// Takes out what the bank corrected.
    fn correct(&mut self) {
        if self.gone.is_empty() {
            return;
        }
        let gone: std::collections::HashSet<_> = self.gone.drain(..).collect();
        let before = self.statement.lines.len();
        self.statement.lines.retain(|line| !line.reference().is_some_and(|id| gone.contains(id)));
        self.corrected =
            Noted { count: (before - self.statement.lines.len()) as u64, first: self.corrections.first };
    }

    /// Oldest first: banks list either end first, Odoo's running balance needs the days in their order.
    fn turn(&mut self) {
        let Order { rises, falls, .. } = self.order;
        if falls {
            let lines = &mut self.statement.lines;
            if !rises {
                lines.reverse();
            }
            lines.sort_by_key(|line| line.booked_on);
            self.turned = true;
        }
    }

    /// The ledger balance closes the statement where it is of a day that the lines reach: not before the last of
    /// them, and not after the period that the file is of, since what came in between is not in it.
    fn balance(
        &mut self,
        head: &Head,
        file: &TextFile<'_>,
        mark: Option<DecimalMark>,
        marks: &mut Marks,
    ) -> Result<()> {
        let Raw { bytes, at } = &head.ledger;
        let shown = values::identifier(file, bytes);
        if shown.is_empty() {
            return Ok(());
        }
        let place = Place { statement: Some(self.ordinal), byte: Some(*at), ..Place::default() };
        let written = values::amount(&shown, mark)
            .ok_or_else(|| line::invalid("BALAMT", &shown, "an amount").at(place.clone()))?;
        marks.see(&written, || shown.to_string(), *at);
        let currency = self.statement.currency().unwrap_or(Currency::UNSTATED);
        let amount = values::in_currency(written.amount, currency, currency.decimals());
        let day = values::date(&head.ledger_date.bytes);
        let last = self.statement.lines.last().map(|line| line.booked_on);
        let reason = match (amount, day, last, values::date(&head.end.bytes)) {
            (None, ..) => Some(format!("it has more decimals than {currency}")),
            (_, None, ..) => Some("the file does not say of which day it is".to_owned()),
            (_, Some(day), Some(last), _) if day < last => {
                Some(format!("it is of {day}, before the last line"))
            }
            (_, Some(day), Some(_), Some(end)) if day > end => {
                Some(format!("it is of {day}, after the period of the file, which ends on {end}"))
            }
            (_, Some(day), Some(last), None) if day > last => {
                Some(format!("it is of {day}, and the file does not say that it reaches that day"))
            }
            _ => None,
        };
        if let Some(reason) = reason {
            self.closing = Closing::LeftOut;
            let error = Error::new(Code::OFX_BALANCE_LEFT_OUT).arg("amount", shown).arg("reason", reason);
            self.findings.push(error.at(place));
        } else if let Some(amount) = amount {
            self.closing = Closing::Taken;
            self.statement.closing = Some(Balance { date: day, amount: money::display(amount, currency) });
        }
        Ok(())
    }

    fn notes(&mut self) {
        let notes = [
            (Code::OFX_LINES_ALIKE, self.alike),
            (Code::OFX_CONVERTED, self.converted),
            (Code::OFX_DATE_TAKEN, self.days_taken),
            (Code::OFX_CORRECTED, self.corrections),
        ];
        for (code, noted) in notes {
            if noted.count > 0 {
                let place = Place { byte: Some(noted.first), ..Place::default() };
                self.findings.push(Error::new(code).arg("count", noted.count).at(place));
            }
        }
    }
}

fn raw_amount<'b>(batch: &'b Batch, fields: &[Field]) -> &'b [u8] {
    let amount = fields.iter().find(|field| field.kind == super::parts::FieldKind::Amount);
    amount.map(|field| batch.value(*field)).unwrap_or_default()
}

impl Ids {
    pub(super) fn add(&mut self, other: Self) {
        self.usable += other.usable;
        self.missing += other.missing;
        self.placeholders += other.placeholders;
        self.counters += other.counters;
    }

    /// How many can be used, and why the others cannot.
    pub(super) fn words(self) -> Option<(String, String)> {
        let Self { usable, missing, placeholders, counters } = self;
        let unusable = missing + placeholders + counters;
        if usable + unusable == 0 {
            return None;
        }
        let why = [
            (missing, "without one"),
            (placeholders, "with a placeholder"),
            (counters, "with a number that may count the lines of one download"),
        ];
        let why: Vec<_> =
            why.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
        Some(match (usable, unusable) {
            (0, _) => ("FITID cannot be used".to_owned(), why.join(", ")),
            (_, 0) => ("FITID".to_owned(), "every line has one".to_owned()),
            _ => (format!("FITID of {usable} lines"), why.join(", ")),
        })
    }

    fn count(&mut self, worth: Worth) {
        *match worth {
            Worth::Usable => &mut self.usable,
            Worth::Missing => &mut self.missing,
            Worth::Placeholder => &mut self.placeholders,
            Worth::Counter => &mut self.counters,
        } += 1;
    }
}

impl Order {
    fn next(&mut self, day: Date) {
        match self.last {
            Some(last) if day > last => self.rises = true,
            Some(last) if day < last => self.falls = true,
            _ => {}
        }
        self.last = Some(day);
    }
}

/// Which decimal mark the amounts of the file show, and whether one reads either way.
#[derive(Debug, Default)]
pub(super) struct Marks {
    point: bool,
    comma: bool,
    /// The first amount that reads either way.
    pub(super) open: Option<(String, u64)>,
}

impl Marks {
    fn see(&mut self, written: &values::Written, shown: impl Fn() -> String, at: u64) {
        match written.mark {
            Some(DecimalMark::Point) => self.point = true,
            Some(DecimalMark::Comma) => self.comma = true,
            None if written.open.is_some() && self.open.is_none() => self.open = Some((shown(), at)),
            None => {}
        }
    }

    /// The mark for amounts that read either way, where the others show one.
    pub(super) fn settle(&self) -> Option<DecimalMark> {
        match (self.point, self.comma) {
            (true, false) => Some(DecimalMark::Point),
            (false, true) => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}
