//! One row into one line.

use rust_decimal::Decimal;

use super::cells::is_spoiled;
use super::layout::Layout;
use super::names::fold;
use super::numbers;
use super::preset::{Decimals, Role};
use super::readers::Found;
use super::survey::Written;
use super::table::Row;
use crate::domain::communication::{belgian, creditor_reference, creditor_reference_within};
use crate::domain::{Counterparty, Currency, Date, Detail, Original, Text, TransactionDraft};
use crate::errors::{Code, Error, Place, Result};

/// Reads the cells of rows by a layout.
pub(super) struct Cells<'l> {
    pub(super) layout: &'l Layout,
    pub(super) written: &'l Written,
    money_in: Vec<String>,
    money_out: Vec<String>,
}

impl<'l> Cells<'l> {
    pub(super) fn new(layout: &'l Layout, written: &'l Written) -> Self {
        let folded = |words: &[String]| words.iter().map(|word| fold(word)).collect();
        let direction = &layout.preset.direction;
        Self {
            layout,
            written,
            money_in: folded(&direction.money_in),
            money_out: folded(&direction.money_out),
        }
    }

    /// A cell that holds whole rows begins with a quotation mark that was none.
    pub(super) fn check_quotes(&self, row: &Row<'_>) -> Result<()> {
        let several = (self.layout.width.saturating_sub(1) / 2).max(2);
        let delimiter = self.layout.dialect.delimiter;
        let a_row = |line: &str| line.bytes().filter(|byte| *byte == delimiter).count() >= several;
        if self.layout.dialect.quoted
            && row.has_line_ends()
            && row.cells().any(|cell| cell.lines().skip(1).any(a_row))
        {
            let error =
                Error::new(Code::ROW_SHORTER).arg("found", row.len()).arg("expected", self.layout.width);
            return Err(error.at(Place::line(row.line())));
        }
        Ok(())
    }

    /// The booking date; none where the cell holds no date.
    pub(super) fn booked_on(&self, row: &Row<'_>) -> Option<Date> {
        let (index, text) = self.layout.find(row, Role::Booked)?;
        numbers::date(text, row.kind(index), self.written.dates)
    }

    /// The refusal of a row whose booking date is none.
    pub(super) fn no_date(&self, row: &Row<'_>) -> Error {
        let (index, text) = self.layout.find(row, Role::Booked).unwrap_or((0, ""));
        self.not_a_date(row, index, text)
    }

    fn not_a_date(&self, row: &Row<'_>, index: usize, text: &str) -> Error {
        let error = Error::new(Code::CELL_NO_DATE).arg("order", self.written.dates.words());
        self.bad(error, row, index, text)
    }

    /// Completes the refusal of a cell; one that a spreadsheet program spoiled is refused as such.
    fn bad(&self, error: Error, row: &Row<'_>, index: usize, text: &str) -> Error {
        let error = if is_spoiled(text) { Error::new(Code::CELL_SPOILED) } else { error };
        let shown: String = text.chars().take(60).collect();
        let found = if shown.is_empty() { "nothing".to_owned() } else { format!("\"{shown}\"") };
        error.arg("column", self.layout.name(index)).arg("found", found).at(Place::line(row.line()))
    }

    /// The amount of a role; none for an empty cell.
    fn number(&self, row: &Row<'_>, role: Role) -> Result<Option<Decimal>> {
        let Some((index, text)) = self.layout.find(row, role).filter(|(_, text)| !text.is_empty()) else {
            return Ok(None);
        };
        let number = numbers::number(text, row.kind(index), self.written.decimals);
        number.map(Some).ok_or_else(|| {
            let mark = match self.written.decimals {
                Decimals::Point => "point",
                Decimals::Comma => "comma",
                Decimals::LastMark => "point or comma",
            };
            self.bad(Error::new(Code::CELL_NO_AMOUNT).arg("mark", mark), row, index, text)
        })
    }

    /// What moved: money in is positive.
    pub(super) fn amount(&self, row: &Row<'_>) -> Result<Decimal> {
        let mut amount = if self.layout.has(Role::Amount) {
            let amount = self.number(row, Role::Amount)?;
            let amount = amount.ok_or_else(|| self.empty(row, Role::Amount))?;
            if self.layout.preset.direction.money_in.is_empty() {
                amount
            } else if amount.is_sign_negative() && !amount.is_zero() {
                // Whether the sign or the word is meant, only the bank knows.
                return Err(Error::new(Code::SIGN_AND_DIRECTION)
                    .arg("amount", amount)
                    .arg("direction", self.layout.text(row, Role::Direction))
                    .at(Place::line(row.line())));
            } else if self.is_money_in(row)? {
                amount
            } else {
                -amount
            }
        } else {
            self.of_two_columns(row)?
        };
        if self.layout.preset.inverted {
            amount = -amount;
        }
        if let Some(fee) = self.number(row, Role::Fee)? {
            amount += if self.layout.preset.signed_fee { fee } else { -fee };
        }
        Ok(amount)
    }

    fn empty(&self, row: &Row<'_>, role: Role) -> Error {
        let index = self.layout.places(role).first().copied().unwrap_or(0);
        self.bad(Error::new(Code::CELL_NO_AMOUNT).arg("mark", "point or comma"), row, index, "")
    }

    /// Money out and money in, of which one is empty or nothing. Some banks put a minus before money out, some do
    /// not; a minus before money in takes it back.
    fn of_two_columns(&self, row: &Row<'_>) -> Result<Decimal> {
        let debit = self.number(row, Role::Debit)?;
        let credit = self.number(row, Role::Credit)?;
        match (debit, credit) {
            (None, None) => Err(self.empty(row, Role::Debit)),
            (Some(debit), Some(credit)) if !debit.is_zero() && !credit.is_zero() => {
                Err(Error::new(Code::BOTH_SIDES)
                    .arg("debit", debit)
                    .arg("credit", credit)
                    .at(Place::line(row.line())))
            }
            (Some(debit), _) if !debit.is_zero() => Ok(-debit.abs()),
            (_, credit) => Ok(credit.unwrap_or_default()),
        }
    }

    fn is_money_in(&self, row: &Row<'_>) -> Result<bool> {
        let (index, text) = self.layout.find(row, Role::Direction).unwrap_or((0, ""));
        let folded = fold(text);
        if self.money_in.contains(&folded) {
            return Ok(true);
        }
        if self.money_out.contains(&folded) {
            return Ok(false);
        }
        let direction = &self.layout.preset.direction;
        let words: Vec<_> = direction.money_in.iter().chain(&direction.money_out).cloned().collect();
        Err(self.unexpected(row, index, &words))
    }

    /// The refusal of a cell that holds none of the words expected.
    pub(super) fn unexpected(&self, row: &Row<'_>, index: usize, words: &[String]) -> Error {
        let error = Error::new(Code::CELL_UNEXPECTED).arg("expected", words.join(", "));
        self.bad(error, row, index, row.cell(index))
    }

    /// Balance of the account after the row.
    pub(super) fn balance(&self, row: &Row<'_>, amount: Decimal) -> Result<Option<Decimal>> {
        if let Some(after) = self.number(row, Role::Balance)? {
            return Ok(Some(after));
        }
        Ok(self.number(row, Role::BalanceBefore)?.map(|before| before + amount))
    }

    /// Currency of the row: its column's, else the preset's.
    pub(super) fn currency(&self, row: &Row<'_>) -> Result<Option<Currency>> {
        let fixed = || {
            let of_preset = self.layout.preset.currency.as_deref().and_then(Currency::new);
            self.layout.currency.or(of_preset)
        };
        match self.layout.find(row, Role::Currency) {
            Some((index, text)) if !text.is_empty() => Currency::new(text)
                .map(Some)
                .ok_or_else(|| self.bad(Error::new(Code::CELL_NO_CURRENCY), row, index, text)),
            _ => Ok(fixed()),
        }
    }

    /// A text that must not have been spoiled: an account, a reference.
    pub(super) fn exact<'r>(&self, row: &Row<'r>, index: usize) -> Result<&'r str> {
        let text = row.cell(index);
        if is_spoiled(text) {
            return Err(self.bad(Error::new(Code::CELL_SPOILED), row, index, text));
        }
        Ok(text)
    }

    /// The line of a row, but for its identity.
    pub(super) fn line(
        &self,
        row: &Row<'_>,
        booked_on: Date,
        amount: Decimal,
        currency: Currency,
    ) -> Result<TransactionDraft> {
        let text = |role| filled(self.layout.text(row, role));
        let value_on = match self.layout.find(row, Role::Value) {
            Some((index, text)) if !text.is_empty() => {
                let date = numbers::date(text, row.kind(index), self.written.dates);
                Some(date.ok_or_else(|| self.not_a_date(row, index, text))?)
            }
            _ => None,
        };
        let counterparty = Counterparty {
            name: text(Role::CounterpartyName),
            account: self.layout.find(row, Role::CounterpartyAccount).and_then(|(_, text)| account(text)),
            bic: text(Role::CounterpartyBic),
        };
        let mut line = TransactionDraft {
            value_on,
            original: self.original(row, amount, currency)?,
            counterparty,
            text: self.text(row),
            reference: text(Role::Reference),
            end_to_end: text(Role::EndToEnd).filter(|reference| reference != "NOTPROVIDED"),
            mandate: text(Role::Mandate),
            bank_code: text(Role::Code),
            ..TransactionDraft::new(booked_on, amount, currency)
        };
        if let Some((bic, number)) = bic_and_number(self.layout.text(row, Role::CounterpartyAccount)) {
            line.counterparty.account = Some(number);
            line.counterparty.bic = line.counterparty.bic.or_else(|| Some(bic.into()));
        }
        self.payer_or_payee(row, &mut line);
        self.structured(row, &mut line);
        if let Some(fee) = self.number(row, Role::Fee)?.filter(|fee| !fee.is_zero()) {
            line.details.push(Detail { label: "Fee".into(), value: Text::from(fee.to_string()) });
        }
        line.details.reserve_exact(self.layout.details.len());
        for (label, places) in &self.layout.details {
            if let Some(value) = joined(row, places) {
                line.details.push(Detail { label: label.clone(), value });
            }
        }
        Ok(line)
    }

    /// The text of a row; where its bank lets it go on behind the last column, with that.
    pub(super) fn text(&self, row: &Row<'_>) -> Option<Text> {
        let places = self.layout.places(Role::Text);
        if self.layout.preset.ragged && row.len() > self.layout.width {
            let all: Vec<_> = places.iter().copied().chain(self.layout.width..row.len()).collect();
            return joined(row, &all);
        }
        joined(row, places)
    }

    /// Whether the row holds an amount at all.
    pub(super) fn has_amount(&self, row: &Row<'_>) -> bool {
        [Role::Amount, Role::Debit, Role::Credit]
            .into_iter()
            .any(|role| !self.layout.text(row, role).is_empty())
    }

    /// Where payer and payee have columns of their own, the other side is the one that is not the account's holder:
    /// the payer of money in, the payee of money out.
    fn payer_or_payee(&self, row: &Row<'_>, line: &mut TransactionDraft) {
        let (name, number) = if line.amount.is_sign_negative() {
            (Role::PayeeName, Role::PayeeAccount)
        } else {
            (Role::PayerName, Role::PayerAccount)
        };
        let other = &mut line.counterparty;
        if other.name.is_none() {
            other.name = filled(self.layout.text(row, name));
        }
        if other.account.is_none() {
            other.account = account(self.layout.text(row, number));
        }
    }

    /// Puts the structured communication where it belongs: checked, and otherwise with the text.
    fn structured(&self, row: &Row<'_>, line: &mut TransactionDraft) {
        let written = self.layout.text(row, Role::Structured);
        if !written.is_empty() {
            line.structured = belgian(written).or_else(|| creditor_reference(written));
            if line.structured.is_none() {
                line.text = match line.text.take() {
                    Some(text) if text.contains(written) => Some(text),
                    Some(text) => Some(compact_str::format_compact!("{written} {text}")),
                    None => Some(written.into()),
                };
            }
        } else if let Some(text) = &line.text {
            line.structured = within(text).or_else(|| creditor_reference_within(text));
        }
    }

    fn original(&self, row: &Row<'_>, amount: Decimal, currency: Currency) -> Result<Option<Box<Original>>> {
        let Some(paid) = self.number(row, Role::OriginalAmount)? else { return Ok(None) };
        let found = self.layout.find(row, Role::OriginalCurrency).filter(|(_, text)| !text.is_empty());
        let Some((index, text)) = found else { return Ok(None) };
        let of = Currency::new(text)
            .ok_or_else(|| self.bad(Error::new(Code::CELL_NO_CURRENCY), row, index, text))?;
        if of == currency || paid.is_zero() {
            return Ok(None);
        }
        let amount = if amount.is_sign_negative() { -paid.abs() } else { paid.abs() };
        // A rate is for the reader; banks write text there too.
        let rate = self.number(row, Role::Rate).ok().flatten().filter(|rate| !rate.is_zero());
        Ok(Some(Box::new(Original { amount, currency: of, rate })))
    }

    /// Lets the reader of the bank take the remarks apart.
    pub(super) fn take_apart(&self, line: &mut TransactionDraft) -> Found {
        self.layout.preset.reader.map_or_else(Found::default, |reader| reader.read(line))
    }
}

/// The texts of several columns, joined with a blank; a text that another holds is not said twice.
pub(super) fn joined<'b>(row: &Row<'b>, places: &[usize]) -> Option<Text> {
    // Some banks put texts between apostrophes.
    let inner = |cell: &'b str| {
        cell.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(cell).trim()
    };
    let mut cells = places.iter().map(|index| inner(row.cell(*index))).filter(|cell| !cell.is_empty());
    let first = cells.next()?;
    let Some(second) = cells.next() else {
        if has_single_blanks(first) {
            return filled(first);
        }
        let mut joined = Text::default();
        push_with_single_blanks(&mut joined, first);
        return filled(&joined);
    };
    let mut joined = Text::with_capacity(first.len() + 1 + second.len());
    push_with_single_blanks(&mut joined, first);
    for cell in std::iter::once(second).chain(cells) {
        let fits = cell.len() <= joined.len();
        if fits && memchr::memmem::find(joined.as_bytes(), cell.as_bytes()).is_some() {
            continue;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        push_with_single_blanks(&mut joined, cell);
    }
    filled(&joined)
}

fn filled(text: &str) -> Option<Text> {
    let nothing = ["", "-", "N/A", "n/a"].contains(&text);
    (!nothing).then(|| text.into())
}

fn has_single_blanks(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    // Counted to the end, since many bytes are then looked at together.
    let control = bytes.iter().filter(|byte| byte.is_ascii_control()).count();
    let runs = pairs.filter(|(a, b)| (**a, **b) == (b' ', b' ')).count();
    control == 0 && runs == 0
}

/// Line ends and runs of blanks within a cell are the bank's layout.
fn push_with_single_blanks(to: &mut Text, cell: &str) {
    if has_single_blanks(cell) {
        to.push_str(cell);
        return;
    }
    for (index, word) in cell.split_whitespace().enumerate() {
        if index > 0 {
            to.push(' ');
        }
        to.push_str(word);
    }
}

/// The BIC and the IBAN of a cell that holds both.
fn bic_and_number(text: &str) -> Option<(&str, Text)> {
    let (first, rest) = text.split_once(' ')?;
    let number = crate::domain::account::compact(rest);
    let bic = [8, 11].contains(&first.len()) && first.bytes().take(6).all(|b| b.is_ascii_uppercase());
    (bic && crate::domain::account::has_iban_form(&number)).then_some((first, number))
}

/// The other side's account: an IBAN compact, anything else as it stands; words and zeros are none.
pub(super) fn account(text: &str) -> Option<Text> {
    if !text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        return None;
    }
    let compact = crate::domain::account::compact(text);
    Some(if crate::domain::account::has_iban_form(&compact) { compact } else { text.into() })
}

/// A number without the zeros before it, which spreadsheet programs take away.
pub(super) fn without_zeros(reference: &str) -> &str {
    if reference.bytes().all(|b| b.is_ascii_digit()) { reference.trim_start_matches('0') } else { reference }
}

/// A Belgian structured communication within a text: between three plus signs or asterisks.
pub(super) fn within(text: &str) -> Option<Text> {
    // Most texts have neither sign.
    memchr::memchr2(b'+', b'*', text.as_bytes())?;
    ["+++", "***"].into_iter().find_map(|mark| {
        let (_, rest) = text.split_once(mark)?;
        let (inner, _) = rest.split_once(mark)?;
        belgian(inner)
    })
}
