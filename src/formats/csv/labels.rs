//! What stands above or below the table: the account, its holder and currency, and balances.

use rust_decimal::Decimal;

use super::cells::{is_amount, is_currency, is_date};
use super::names::fold;
use super::numbers;
use super::preset::Labels;
use super::survey::Written;
use super::table::{Cell, Row};
use crate::domain::account::{compact, is_iban};
use crate::domain::{Account, Currency};
use crate::errors::{Code, Error, Place, Result};

/// Values that were found beside the labels of a preset.
#[derive(Debug)]
pub(super) struct Labelled<'p> {
    labels: &'p Labels,
    pub(super) account: Option<String>,
    pub(super) holder: Option<String>,
    pub(super) currency: Option<Currency>,
    opening: Option<(String, u64)>,
    closing: Option<(String, u64)>,
    /// The column of the account in a small table above, whose value stands in the next row.
    below: Option<usize>,
}

impl<'p> Labelled<'p> {
    pub(super) fn new(labels: &'p Labels) -> Self {
        Self {
            labels,
            account: None,
            holder: None,
            currency: None,
            opening: None,
            closing: None,
            below: None,
        }
    }

    /// Looks for labels in a row; whether it holds one.
    pub(super) fn see(&mut self, row: &Row<'_>) -> bool {
        let labels = self.labels;
        let at = |value: String| (value, row.line());
        let mut seen = false;
        if let Some(index) = self.below.take() {
            let value = row.cell(index);
            if !value.is_empty() {
                self.account.get_or_insert_with(|| value.to_owned());
                seen = true;
            }
        }
        for label in labels.account.iter().filter_map(|label| label.strip_suffix('↓')) {
            let wanted = fold(label);
            if let Some(index) = row.cells().position(|cell| fold(cell) == wanted) {
                (self.below, seen) = (Some(index), true);
            }
        }
        if let Some(value) = value(row, &labels.account) {
            // An IBAN says more than what the bank calls the account.
            let named = |text: &str| text.split([',', '/', ';']).map(compact).any(|part| is_iban(&part));
            if self.account.as_deref().is_none_or(|known| !named(known) && named(&value)) {
                self.account = Some(value);
            }
            seen = true;
        }
        if let Some(value) = value(row, &labels.holder) {
            self.holder.get_or_insert(value);
            seen = true;
        }
        if let Some(value) = value(row, &labels.currency) {
            self.currency = self.currency.or_else(|| currency_in(&value));
            seen = true;
        }
        if let Some(value) = amount(row, &labels.opening) {
            self.currency = self.currency.or_else(|| currency_in(&value));
            self.opening.get_or_insert(at(value));
            seen = true;
        }
        if let Some(value) = amount(row, &labels.closing) {
            self.currency = self.currency.or_else(|| currency_in(&value));
            self.closing.get_or_insert(at(value));
            seen = true;
        }
        seen
    }

    /// Balance before the first row.
    pub(super) fn opening(&self, written: &Written) -> Result<Option<Decimal>> {
        balance(self.opening.as_ref(), written)
    }

    /// Balance after the last row.
    pub(super) fn closing(&self, written: &Written) -> Result<Option<Decimal>> {
        balance(self.closing.as_ref(), written)
    }
}

fn balance(found: Option<&(String, u64)>, written: &Written) -> Result<Option<Decimal>> {
    let Some((text, line)) = found else { return Ok(None) };
    let number = numbers::number(text, Cell::Text, written.decimals);
    number.map(Some).ok_or_else(|| {
        Error::new(Code::CELL_NO_AMOUNT)
            .arg("column", "the balance")
            .arg("found", format!("\"{text}\""))
            .arg("mark", "point or comma")
            .at(Place::line(*line))
    })
}

/// The value of one of these labels: the rest of the label's cell, else the next cell that is not empty.
fn value(row: &Row<'_>, labels: &[String]) -> Option<String> {
    values(row, labels)?.next()
}

/// The first amount behind one of these labels; banks put the day of a balance before it.
fn amount(row: &Row<'_>, labels: &[String]) -> Option<String> {
    values(row, labels)?.find(|value| is_amount(value) && !is_date(value))
}

/// What stands behind one of these labels: the rest of its cell, then the cells after it.
fn values<'r>(row: &Row<'r>, labels: &[String]) -> Option<impl Iterator<Item = String> + 'r> {
    for (index, cell) in row.cells().enumerate() {
        let folded = fold(cell);
        if folded.is_empty() {
            continue;
        }
        for label in labels {
            let wanted = fold(label);
            let Some(rest) = folded.strip_prefix(&wanted) else { continue };
            // Within one cell: the value as written, behind as many characters as the label has.
            if rest.is_empty() || rest.starts_with([':', ' ', '.', '↓']) {
                let value: String = cell.chars().skip(label.chars().count()).collect();
                let value = value.trim_matches([':', ' ', '.', '\u{a0}']).to_owned();
                let following = row.cells().skip(index + 1).map(str::to_owned);
                return Some(std::iter::once(value).chain(following).filter(|value| !value.is_empty()));
            }
        }
    }
    None
}

/// An account as banks write it, at times with its currency behind it.
pub(super) fn set_number(account: &mut Account, written: &str) {
    account.set_number(written);
    if account.iban.is_some() {
        return;
    }
    // Behind the number its currency; before or behind the IBAN its name.
    let (rest, currency) = match written.trim().rsplit_once([' ', '(']) {
        Some((rest, last)) if is_currency(last.trim_end_matches(')')) => {
            (rest.trim(), Currency::new(last.trim_end_matches(')')))
        }
        _ => (written.trim(), None),
    };
    let iban = rest.split([',', '/', ';']).map(compact).find(|part| is_iban(part));
    let mut found = Account { currency, ..Account::default() };
    found.set_number(iban.as_deref().unwrap_or(rest));
    *account = found;
}

/// The currency that a text names: alone, or as a word of it.
pub(super) fn currency_in(text: &str) -> Option<Currency> {
    let mut words = text.split([' ', '\u{a0}', ';', ':', '(', ')', '[', ']', '/', '_']);
    words.find_map(|word| match word {
        "€" | "EUROS" | "Euros" | "euros" | "EURO" | "Euro" | "euro" => Some(Currency::EUR),
        word if is_currency(word) => Currency::new(word),
        _ => None,
    })
}
