//! A statement as a bank gives it: account, balances, booked lines, and what was noticed while reading.
//!
//! Serialised, these types are the promise of `bank-bridge parse --json`: amounts and rates are strings, what is
//! absent is null, only booked transactions are lines.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::{Account, Counterparty, Currency, Date, Identity, Marks, Text};
use crate::errors::Code;

/// One statement of one account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// Format and version that it was read from, e.g. `coda.2`, `camt.053.001.08`.
    pub source: Text,
    /// The bank's number of the statement, as a person would quote it.
    pub number: Option<Text>,
    /// The account that it is of.
    pub account: Account,
    /// Balance before the first line.
    pub opening: Option<Balance>,
    /// Balance after the last line.
    pub closing: Option<Balance>,
    /// Booked transactions in the bank's order.
    pub lines: Vec<Transaction>,
    /// What a reader of this statement should know.
    pub warnings: Vec<Warning>,
}

/// A booked balance at the start or end of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Day of the balance; banks leave it out at times.
    pub date: Option<Date>,
    /// Signed, in the account's currency.
    #[serde(serialize_with = "as_text")]
    pub amount: Decimal,
}

/// One booked transaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transaction {
    /// How it is recognised again; serialised as `id`.
    #[serde(rename = "id")]
    pub identity: Identity,
    /// Booking date: the day on which the bank put it on the account.
    pub booked_on: Date,
    /// Value date: the day from which interest counts.
    pub value_on: Option<Date>,
    /// Signed: money in is positive. In `currency`.
    #[serde(serialize_with = "as_text")]
    pub amount: Decimal,
    /// Currency of the account; [`Currency::UNSTATED`] where the file does not say.
    pub currency: Currency,
    /// What was paid in another currency, where the bank says so.
    pub original: Option<Box<Original>>,
    /// The other side.
    pub counterparty: Counterparty,
    /// Remittance information and whatever else the bank says for a reader.
    pub text: Option<Text>,
    /// Structured communication: `+++ddd/dddd/ddddd+++`, an ISO 11649 reference, or another reference of a kind
    /// that the creditor issued.
    pub structured: Option<Text>,
    /// The bank's own reference of the transaction.
    pub reference: Option<Text>,
    /// End-to-end reference that the payer gave (SEPA).
    pub end_to_end: Option<Text>,
    /// Direct-debit mandate.
    pub mandate: Option<Text>,
    /// The bank's transaction code, members joined with a hyphen: `PMNT-RCDT-ESCT`, `0-01-50-000`.
    pub bank_code: Option<Text>,
    /// What is special about the line; null for an ordinary one.
    pub kind: Option<Kind>,
    /// The entry of the bank that it was split from, for recognising it; not part of the JSON shape.
    #[serde(skip)]
    pub whole: Option<Box<Whole>>,
    /// Further facts for the note of the line in Odoo; not part of the JSON shape.
    #[serde(skip)]
    pub details: Vec<Detail>,
}

/// An amount in another currency behind a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Original {
    /// Signed as the line is.
    #[serde(serialize_with = "as_text")]
    pub amount: Decimal,
    /// Its currency; never the line's own.
    pub currency: Currency,
    /// Rate as the bank states it; banks quote it either way round.
    #[serde(serialize_with = "as_optional_text")]
    pub rate: Option<Decimal>,
}

/// An entry of the bank that became several lines: another file may give it as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The identity that the entry would have as one line; the same for all lines of it.
    pub identity: Identity,
    /// Its amount: what its lines add up to.
    pub amount: Decimal,
    /// The bank's own reference of it.
    pub reference: Option<Text>,
}

/// What is special about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A payment that came back: rejected, returned or refunded.
    Return,
    /// An entry that undoes an earlier one.
    Reversal,
    /// The bank's own charges.
    Charges,
}

/// One further fact about a line, such as `Card` `670311******1234`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is, in English, capitalised.
    pub label: Text,
    /// Its value as text.
    pub value: Text,
}

/// Something that a reader of a statement should know, with a code of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Entry of the catalogue.
    pub code: Code,
    /// The sentence, arguments filled in.
    pub message: String,
    /// Line of the file, from 1, where one can be named.
    pub line: Option<u64>,
}

impl Transaction {
    /// What its identity is made of, as a line of that account.
    #[must_use]
    pub fn marks<'a>(&self, account: &'a Account) -> Marks<'a> {
        Marks {
            account: account.key(),
            currency: self.currency,
            booked_on: self.booked_on,
            amount: self.amount,
        }
    }

    /// What the identity of its whole entry is made of; none for a line that is one.
    #[must_use]
    pub fn whole_marks<'a>(&self, account: &'a Account) -> Option<Marks<'a>> {
        Some(Marks { amount: self.whole.as_ref()?.amount, ..self.marks(account) })
    }
}

impl Statement {
    /// Sum of the lines.
    #[must_use]
    pub fn sum(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// Currency of the account; that of the lines where the account does not say.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        let of_lines = || self.lines.first().map(|line| line.currency);
        self.account.currency.or_else(of_lines).filter(Currency::is_stated)
    }

    /// By how much the bank's closing balance differs from opening plus lines; none where a balance is missing.
    #[must_use]
    pub fn difference(&self) -> Option<Decimal> {
        let (opening, closing) = (self.opening.as_ref()?, self.closing.as_ref()?);
        Some(closing.amount - (opening.amount + self.sum()))
    }

    /// Warnings for which a file is refused unless the user accepts its balances.
    pub fn refusals(&self) -> impl Iterator<Item = &Warning> {
        self.warnings.iter().filter(|warning| warning.code.entry().refuses)
    }
}

fn as_text<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the member")]
fn as_optional_text<S: Serializer>(rate: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    match rate {
        Some(rate) => serializer.collect_str(rate),
        None => serializer.serialize_none(),
    }
}
