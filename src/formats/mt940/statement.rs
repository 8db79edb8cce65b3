//! A message that is being read, and one that was read.

use rust_decimal::Decimal;

use super::bookings::Message;
use super::envelope::Tag;
use super::findings::Findings;
use super::map::misplaced;
use super::records::{self, BalanceField, Number};
use crate::domain::{Account, Balance, Currency, Statement, Text, Transaction, Warning};
use crate::errors::{Code, Error, Place, Result};

/// Kinds of messages that hold statements.
pub(super) const KINDS: [u16; 4] = [940, 941, 942, 950];

/// A balance field and whether it is of a page within a statement (`M`).
#[derive(Clone, Debug)]
pub(super) struct Stated {
    pub(super) field: BalanceField,
    pub(super) interim: bool,
}

/// Number and sum of one side's bookings, and the line that says them.
type Totals = (u64, Decimal, u64);

/// A message that is being read.
#[derive(Default)]
pub(super) struct Open {
    /// Its place among the messages of the file, from 1.
    pub(super) ordinal: usize,
    /// Line of its first field.
    pub(super) line: u64,
    /// Kind that a header says.
    pub(super) kind: Option<u16>,
    /// `:20:`.
    pub(super) reference: Text,
    pub(super) account: Account,
    /// From the balance, the floor limit, the account or the totals.
    pub(super) currency: Option<Currency>,
    pub(super) number: Number,
    pub(super) opening: Option<Stated>,
    pub(super) closing: Option<Stated>,
    /// A field that only interim reports have was seen.
    pub(super) interim_fields: bool,
    /// `:90D:` and `:90C:`.
    pub(super) debits: Option<Totals>,
    pub(super) credits: Option<Totals>,
    /// Bookings so far.
    pub(super) entries: usize,
    /// An available balance was seen, which stands behind the closing one.
    pub(super) available: bool,
    pub(super) warnings: Vec<Warning>,
}

/// A message that was read to its end.
pub(super) struct Done {
    pub(super) ordinal: usize,
    pub(super) line: u64,
    pub(super) kind: u16,
    pub(super) reference: Text,
    pub(super) number: Number,
    /// It continues the page before (`:60M:`).
    pub(super) continues: bool,
    /// A page follows (`:62M:`).
    pub(super) goes_on: bool,
    pub(super) statement: Statement,
    pub(super) findings: Findings,
    /// `:90D:` and `:90C:`.
    debits: Option<Totals>,
    credits: Option<Totals>,
}

impl Done {
    /// What tells the account from others: account and currency.
    pub(super) fn account(&self) -> (Text, Option<Currency>) {
        (Text::from(self.statement.account.key()), self.statement.account.currency)
    }

    /// Place for a finding.
    pub(super) fn place(&self) -> Place {
        Place { statement: Some(self.ordinal), ..Place::line(self.line) }
    }

    /// Takes lines that follow those that are there.
    pub(super) fn append(&mut self, lines: Vec<Transaction>, findings: Findings) {
        if self.statement.lines.is_empty() {
            self.statement.lines = lines;
        } else {
            self.statement.lines.extend(lines);
        }
        self.findings.append(findings);
    }

    /// Number and sum of the bookings against `:90D:` and `:90C:`.
    pub(super) fn check_totals(&mut self) {
        let statement = &mut self.statement;
        let currency = statement.currency().unwrap_or(Currency::UNSTATED);
        for (side, stated, debit) in [("debits", self.debits, true), ("credits", self.credits, false)] {
            let Some((count, sum, line)) = stated else { continue };
            let of_side = statement.lines.iter().filter(|line| line.amount.is_sign_negative() == debit);
            let (mut computed, mut entries) = (Decimal::ZERO, 0_u64);
            for line in of_side {
                computed += line.amount.abs();
                entries += 1;
            }
            if (computed, entries) != (sum, count) {
                let differ = Error::new(Code::MT940_TOTALS_DIFFER)
                    .arg("side", side)
                    .arg("entries", entries)
                    .arg("computed", crate::domain::money::display(computed, currency))
                    .arg("count", count)
                    .arg("stated", crate::domain::money::display(sum, currency));
                statement.warnings.push(differ.at(Place::line(line)).into_warning());
            }
        }
    }

    /// Adds a finding.
    pub(super) fn warn(&mut self, error: Error) {
        let place = self.place();
        self.statement.warnings.push(error.at(place).into_warning());
    }
}

impl Open {
    /// Kind of the message: as a header says, else by its fields.
    pub(super) fn kind(&self) -> u16 {
        let balances = self.opening.is_some() || self.closing.is_some();
        match self.kind {
            // Some exports of interim reports are statements in all but their header.
            Some(942) | None if self.interim_fields && !balances => 942,
            Some(kind) => kind,
            None => 940,
        }
    }

    /// Takes a field of the message's own.
    ///
    /// # Errors
    /// BB-3703 for a balance that cannot be read, BB-3701 for one that stands in the wrong place.
    pub(super) fn take(&mut self, tag: Tag, value: &str, line: u64) -> Result<()> {
        match tag {
            Tag::Reference => self.reference = Text::from(value.trim()),
            Tag::Account => {
                let (account, currency) = records::account(value);
                self.account = account;
                self.currency = self.currency.or(currency);
            }
            Tag::Number => self.number = Number::read(value),
            Tag::Opening | Tag::OpeningInterim => {
                let stated = self.stated(tag, value, line)?;
                if self.opening.is_some() || self.entries > 0 {
                    let expected = if self.entries > 0 { "62F" } else { "61 or 62F" };
                    return Err(misplaced(tag.name(), expected).at(self.place(line)));
                }
                self.currency = stated.field.currency.or(self.currency);
                self.opening = Some(stated);
            }
            Tag::Closing | Tag::ClosingInterim => {
                let stated = self.stated(tag, value, line)?;
                if self.closing.is_some() {
                    return Err(misplaced(tag.name(), "20").at(self.place(line)));
                }
                let known = self.currency.filter(|_| self.opening.is_some());
                if let (Some(opening), Some(closing)) = (known, stated.field.currency)
                    && opening != closing
                {
                    let differ = Error::new(Code::MT940_CURRENCIES_DIFFER);
                    let differ = differ.arg("opening", opening).arg("closing", closing).at(self.place(line));
                    self.warnings.push(differ.into_warning());
                }
                self.currency = self.currency.or(stated.field.currency);
                self.closing = Some(stated);
            }
            Tag::Floor => {
                self.interim_fields = true;
                self.currency = self.currency.or_else(|| records::floor_currency(value));
            }
            Tag::Time => self.interim_fields = true,
            Tag::Debits | Tag::Credits => {
                self.interim_fields = true;
                let totals = records::totals(value);
                self.currency = self.currency.or(totals.and_then(|(_, currency, _)| currency));
                let slot = if tag == Tag::Debits { &mut self.debits } else { &mut self.credits };
                *slot = totals.map(|(count, _, sum)| (count, sum, line));
            }
            Tag::Available => self.available = true,
            Tag::Information | Tag::NonSwift | Tag::Kind | Tag::Other | Tag::Entry => {}
        }
        Ok(())
    }

    fn stated(&self, tag: Tag, value: &str, line: u64) -> Result<Stated> {
        let interim = matches!(tag, Tag::OpeningInterim | Tag::ClosingInterim);
        let field = records::balance(tag.name(), value).map_err(|error| error.at(self.place(line)))?;
        Ok(Stated { field, interim })
    }

    /// Whether a file that ends here was cut: there is an opening balance, and nothing of the end.
    pub(super) fn ends_open(&self) -> bool {
        self.opening.is_some() && self.closing.is_none() && !self.available
    }

    /// What its lines need to know of it.
    pub(super) fn message(&self) -> Message {
        Message { ordinal: self.ordinal, account: self.account.clone(), currency: self.currency() }
    }

    /// Whether nothing of a statement was read.
    pub(super) fn is_empty(&self) -> bool {
        let balances = self.opening.is_some() || self.closing.is_some();
        let named = !self.account.key().is_empty() || self.number != Number::default();
        !(balances || named || self.interim_fields || self.entries > 0)
    }

    /// Currency of the bookings, as far as it is known.
    pub(super) fn currency(&self) -> Currency {
        self.currency.unwrap_or(Currency::UNSTATED)
    }

    /// Place for a failure or finding on that line.
    pub(super) fn place(&self, line: u64) -> Place {
        Place {
            statement: Some(self.ordinal),
            entry: Some(self.entries).filter(|count| *count > 0),
            ..Place::line(line)
        }
    }

    /// The message as a statement.
    pub(super) fn close(mut self) -> Done {
        let kind = self.kind();
        let mut statement = Statement {
            source: compact_str::format_compact!("mt{kind}"),
            number: self.number.quoted(),
            account: Account { currency: self.currency, ..std::mem::take(&mut self.account) },
            opening: None,
            closing: None,
            lines: Vec::new(),
            warnings: std::mem::take(&mut self.warnings),
        };
        let balance = |stated: &Option<Stated>| {
            stated.as_ref().map(|stated| Balance { date: stated.field.date, amount: stated.field.amount })
        };
        if kind == 941 {
            // A balance report has no lines that lead from one balance to the other.
            statement
                .warnings
                .push(Error::new(Code::MT940_BALANCE_REPORT).at(Place::line(self.line)).into_warning());
        } else {
            statement.opening = balance(&self.opening);
        }
        statement.closing = balance(&self.closing);
        if matches!(kind, 940 | 950) {
            for (which, stated) in [("opening", &self.opening), ("closing", &self.closing)] {
                let said = statement.warnings.iter().any(|warning| warning.code == Code::MT940_ENDS_OPEN);
                if stated.is_none() && !said {
                    let missing = Error::new(Code::MT940_NO_BALANCE).arg("which", which);
                    statement.warnings.push(missing.at(Place::line(self.line)).into_warning());
                }
            }
        }
        Done {
            ordinal: self.ordinal,
            line: self.line,
            kind,
            reference: self.reference,
            number: self.number,
            continues: self.opening.is_some_and(|stated| stated.interim),
            goes_on: self.closing.is_some_and(|stated| stated.interim),
            statement,
            findings: Findings::default(),
            debits: self.debits,
            credits: self.credits,
        }
    }
}
