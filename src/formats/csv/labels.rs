//! What stands above or below the table: the account, its holder and currency, and balances.

use rust_decimal::Decimal;

use super::names::fold;
use super::numbers;
use super::preset::Labels;
use super::survey::Written;
use super::table::{Cell, Row};
use crate::domain::Currency;
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
}

impl<'p> Labelled<'p> {
    pub(super) fn new(labels: &'p Labels) -> Self {
        Self { labels, account: None, holder: None, currency: None, opening: None, closing: None }
    }

    /// Looks for labels in a row; whether it holds one.
    pub(super) fn see(&mut self, row: &Row) -> bool {
        let labels = self.labels;
        let at = |value: String| (value, row.line());
        let mut seen = false;
        if let Some(value) = value(row, &labels.account) {
            self.account.get_or_insert(value);
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
        if let Some(value) = value(row, &labels.opening) {
            self.currency = self.currency.or_else(|| currency_in(&value));
            self.opening.get_or_insert(at(value));
            seen = true;
        }
        if let Some(value) = value(row, &labels.closing) {
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

/// The value of one of these labels: the rest of the label's cell, else the next cells that are not empty.
fn value(row: &Row, labels: &[String]) -> Option<String> {
    if labels.is_empty() {
        return None;
    }
    for (index, cell) in row.cells().enumerate() {
        let folded = fold(cell);
        if folded.is_empty() {
            continue;
        }
        for label in labels {
            let wanted = fold(label);
            let Some(rest) = folded.strip_prefix(&wanted) else { continue };
            let rest_empty = rest.trim_matches([':', ' ', '.']).is_empty();
            if rest_empty {
                let mut following = row.cells().skip(index + 1).filter(|cell| !cell.is_empty());
                return following.next().map(str::to_owned);
            }
            // Within one cell: the value as written, behind as many characters as the label has.
            if rest.starts_with([':', ' ']) {
                let value: String = cell.chars().skip(label.chars().count()).collect();
                let value = value.trim_matches([':', ' ', '\u{a0}']).to_owned();
                return (!value.is_empty()).then_some(value);
            }
        }
    }
    None
}

/// The currency that a text names: alone, or as a word of it.
fn currency_in(text: &str) -> Option<Currency> {
    let is = |word: &&str| word.len() == 3 && super::cells::is_currency(word);
    text.split([' ', '\u{a0}', ';', '(', ')']).find(is).and_then(Currency::new)
}
