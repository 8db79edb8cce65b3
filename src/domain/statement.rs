//! A statement as a bank gives it: account, balances, booked lines, and what was noticed while reading.
//!
//! Serialised, these types are the promise of `bank-bridge parse --json`: amounts and rates are strings, what is
//! absent is null, only booked transactions are lines.

use rust_decimal::Decimal;
use serde::Serialize;

use super::money::as_text;
use super::{Account, Currency, Date, Text, Transaction};
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

/// Something that a reader of a statement should know, with a code of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Entry of the catalogue.
    pub code: Code,
    /// The sentence, arguments filled in.
    pub message: String,
    /// Line of the file, from 1, where one can be named.
    pub line: Option<u64>,
    /// What fills the sentence, by name, for who says it in another language; not part of the JSON shape.
    #[serde(skip)]
    pub args: Vec<(&'static str, String)>,
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
