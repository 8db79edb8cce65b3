//! What a cell can hold, by its text alone: for files without a header, and for proposals.

use serde::{Deserialize, Serialize};

use super::months;
use crate::domain::account::{compact, has_iban_form};
use crate::formats::DecimalMark;
use crate::formats::amounts::amount;
use crate::formats::dates::{DateOrder, Written};

/// What a column holds, as a preset for files without a header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// A date.
    Date,
    /// As `date`, or nothing.
    DateOrEmpty,
    /// An amount.
    Amount,
    /// As `amount`, or nothing.
    AmountOrEmpty,
    /// An IBAN, or an account number of digits, dots and blanks.
    Account,
    /// As `account`, or nothing.
    AccountOrEmpty,
    /// Three letters of a currency.
    Currency,
    /// One word of letters.
    Word,
    /// Nothing.
    Empty,
    /// Anything.
    Any,
}

impl CellKind {
    /// Whether a cell holds it.
    #[must_use]
    pub(super) fn fits(self, cell: &str) -> bool {
        let cell = cell.trim();
        match self {
            Self::Date => is_date(cell),
            Self::DateOrEmpty => cell.is_empty() || is_date(cell),
            Self::Amount => is_amount(cell),
            Self::AmountOrEmpty => cell.is_empty() || is_amount(cell),
            Self::Account => is_account(cell),
            Self::AccountOrEmpty => cell.is_empty() || is_account(cell),
            Self::Currency => is_currency(cell),
            Self::Word => !cell.is_empty() && cell.chars().all(char::is_alphabetic),
            Self::Empty => cell.is_empty(),
            Self::Any => true,
        }
    }
}

/// Whether a text is a date in some order.
#[must_use]
pub(super) fn is_date(cell: &str) -> bool {
    if cell.len() < 6 || cell.len() > 40 {
        return false;
    }
    let text = months::in_numbers(cell);
    let year = |year: i16| (1970..2100).contains(&year);
    Written::read(&text)
        .is_some_and(|w| DateOrder::ALL.iter().any(|order| w.date(*order).is_some_and(|d| year(d.year()))))
}

/// Whether a text is an amount with either decimal mark.
#[must_use]
pub(super) fn is_amount(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    cell.len() <= 40
        && digits > 0
        // Longer ones without a mark are numbers of something.
        && (digits <= 12 || cell.contains([',', '.', '\'']))
        && [DecimalMark::Point, DecimalMark::Comma].into_iter().any(|mark| amount(cell, mark).is_some())
}

/// Whether a text is an account number: an IBAN (also a masked one), or six digits and more with marks between.
#[must_use]
pub(super) fn is_account(cell: &str) -> bool {
    let plain = compact(cell);
    has_iban_form(&plain)
        || ((6..=20).contains(&plain.len())
            && plain.bytes().all(|b| b.is_ascii_digit())
            && cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.' | b'/')))
}

/// Whether a text is a currency of ISO 4217.
#[must_use]
pub(super) fn is_currency(cell: &str) -> bool {
    cell.len() == 3
        && cell.bytes().all(|b| b.is_ascii_uppercase())
        && iso_currency::Currency::from_code(cell).is_some()
}

/// A cell without what programs put around it: `="01.02.2024"`, or quotation marks behind a blank.
#[must_use]
pub(super) fn unwrapped(cell: &str) -> &str {
    let trimmed = cell.trim();
    if !trimmed.ends_with('"') {
        return trimmed;
    }
    let inner = trimmed.strip_prefix('=').unwrap_or(trimmed).strip_prefix('"');
    inner.and_then(|rest| rest.strip_suffix('"')).map_or(trimmed, str::trim)
}

/// Whether a spreadsheet program spoiled the cell: `1,23E+12`, `########`.
#[must_use]
pub(super) fn is_spoiled(cell: &str) -> bool {
    let hashes = cell.len() >= 4 && cell.bytes().all(|b| b == b'#');
    let scientific = || {
        let (number, exponent) = cell.split_at_checked(memchr::memchr2(b'E', b'e', cell.as_bytes())?)?;
        let exponent = exponent.get(1..)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = number.trim_start_matches(['-', '+']);
        let exponent = exponent.strip_prefix(['-', '+'])?;
        let whole = number.split([',', '.']).all(digits);
        Some(whole && digits(exponent))
    };
    hashes || scientific().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_what_they_say() {
        use CellKind::{Account, AccountOrEmpty, Amount, Any, Currency, Date, Empty, Word};
        let cases = [
            (Date, "03/04/2026", true),
            (Date, "20260403", true),
            (Date, "10 Feb 2026", true),
            (Date, "12345678", false),
            (Date, "1,00", false),
            (Amount, "-1.234,56", true),
            (Amount, "1", true),
            (Amount, "", false),
            (Amount, "text", false),
            (Account, "BE68 5390 0754 7034", true),
            (Account, "539-0075470-34", true),
            (Account, "12", false),
            (AccountOrEmpty, "", true),
            (Currency, "EUR", true),
            (Currency, "ABC", false),
            (Word, "Debet", true),
            (Word, "D 1", false),
            (Empty, " ", true),
            (Any, "x", true),
        ];
        for (kind, cell, expected) in cases {
            assert_eq!(kind.fits(cell), expected, "{kind:?} {cell}");
        }
    }

    #[test]
    fn spreadsheets_wrap_and_spoil() {
        assert_eq!(unwrapped("=\"01.02.2024\""), "01.02.2024");
        assert_eq!(unwrapped(" a "), "a");
        for spoiled in ["1,23E+12", "1E+12", "####", "-1.5e-7"] {
            assert!(is_spoiled(spoiled), "{spoiled}");
        }
        for fine in ["1,23", "REF E+12", "#1", "BE68", "2E12"] {
            assert!(!is_spoiled(fine), "{fine}");
        }
    }
}
