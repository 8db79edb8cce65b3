//! `:61:`, one booking: `6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]` and supplementary details on the next line.

use rust_decimal::Decimal;

use super::records::{amount, day, in_month, six_digits};
use crate::domain::Date;
use crate::errors::{Code, Error, Result};

/// A booking as its field says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// Value date.
    pub(super) value_on: Date,
    /// Booking date, where the bank gives one.
    pub(super) booked_on: Option<Date>,
    /// A date that does not exist was taken for the last day of its month.
    pub(super) clamped: bool,
    /// Debit or credit, reversed or expected.
    pub(super) mark: Mark,
    /// Without sign.
    pub(super) amount: Decimal,
    /// Type, blanks taken off: `NTRF`; empty where the bank gives none.
    pub(super) kind: &'t str,
    /// The account owner's reference; a placeholder is empty.
    pub(super) customer_reference: &'t str,
    /// The bank's reference; a placeholder is empty.
    pub(super) bank_reference: &'t str,
    /// What stands behind the first sixteen characters of the owner's reference (a name, in old files of Rabobank).
    pub(super) beyond: &'t str,
    /// Supplementary details.
    pub(super) supplement: &'t str,
}

/// Mark of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Money in, as the account sees it: a reversed debit is.
    pub(super) credit: bool,
    /// `RC`, `RD`.
    pub(super) reversal: bool,
    /// `EC`, `ED`: announced, not booked (MT942).
    pub(super) expected: bool,
}

impl Entry<'_> {
    /// Signed amount. `RC` takes back a credit and `RD` a debit (SWIFT, field 61): statements with them add up in
    /// no other way.
    pub(super) fn signed(&self) -> Decimal {
        if self.mark.credit { self.amount } else { -self.amount }
    }
}

/// Reads a booking; `text` may have further lines.
///
/// # Errors
/// BB-3702 with what is wrong.
pub(super) fn read(text: &str) -> Result<Entry<'_>> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let bytes = first.as_bytes();
    let given = bytes.get(..6).and_then(six_digits);
    let Some((value_on, clamped)) = given.and_then(day) else {
        return Err(invalid("value date", first.get(..6).unwrap_or(first), "a date YYMMDD"));
    };
    let after = bytes.get(6..).unwrap_or_default();
    let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
    let (entry, blanks) = match digits {
        0 => (None, after.iter().take_while(|b| **b == b' ').count()),
        4 => (booked(value_on, after), 0),
        // Some exports write the year again.
        6 => (after.get(..6).and_then(six_digits).and_then(day), 0),
        _ => (None, 0),
    };
    if digits > 0 && entry.is_none() {
        return Err(invalid(
            "entry date",
            first.get(6..6 + digits).unwrap_or(first),
            "a date MMDD or nothing",
        ));
    }
    let from = 6 + digits + blanks;
    let Some((mark, length)) = bytes.get(from..).and_then(mark) else {
        return Err(invalid("mark", first.get(from..).unwrap_or(first), "C, D, RC, RD, EC or ED"));
    };
    let mut from = from + length;
    // The third letter of the currency, which says nothing more.
    if bytes.get(from).is_some_and(u8::is_ascii_alphabetic) {
        from += 1;
    }
    let mut unread = first.get(from..).unwrap_or_default();
    let mut supplement = rest;
    // A line may be cut between mark and amount.
    if unread.trim().is_empty() {
        (unread, supplement) = rest.split_once('\n').unwrap_or((rest, ""));
    }
    let unread = unread.trim_start();
    let length = unread.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b',' | b'.')).count();
    let (written, unread) = unread.split_at(length);
    let Some(amount) = amount(written.as_bytes()) else {
        let found = if written.is_empty() { first.get(from..).unwrap_or(first) } else { written };
        return Err(invalid("amount", found, "an amount with a decimal comma"));
    };
    let (kind, references) = kind(unread.trim_start());
    let (customer, bank) = references.split_once("//").unwrap_or((references, ""));
    let (customer_reference, beyond) = columns(customer);
    Ok(Entry {
        value_on,
        booked_on: entry.map(|(date, _)| date),
        clamped: clamped || entry.is_some_and(|(_, clamped)| clamped),
        mark,
        amount,
        kind,
        customer_reference: given_reference(customer_reference),
        bank_reference: given_reference(bank.trim_start_matches('/')),
        beyond,
        supplement: supplement.trim(),
    })
}

fn invalid(part: &str, found: &str, expected: &str) -> Error {
    let found = if found.trim().is_empty() { "missing" } else { found };
    let shown: String = found.chars().take(40).collect();
    Error::new(Code::MT940_ENTRY_INVALID).arg("part", part).arg("found", shown).arg("expected", expected)
}

/// `MMDD` in the year that is nearest to the value date: bookings of December are valued in January.
fn booked(value_on: Date, text: &[u8]) -> Option<(Date, bool)> {
    let [a, b, c, d] = *text.first_chunk::<4>()?;
    let two = |a: u8, b: u8| (a - b'0') * 10 + (b - b'0');
    let (month, day) = (two(a, b), two(c, d));
    // Nearly always it is the same year: fewer than six months away.
    if (i16::from(value_on.month()) - i16::from(month)).abs() < 6
        && let Some(found) = in_month(value_on.year(), month, day)
    {
        return Some(found);
    }
    let far = |date: Date| (date - value_on).get_days().unsigned_abs();
    let year = value_on.year();
    let near = [year, year - 1, year + 1].into_iter().filter_map(|year| in_month(year, month, day));
    near.min_by_key(|(date, clamped)| (far(*date), *clamped))
}

/// The mark and how many bytes it takes. `CR` is a credit with the letter of a currency.
fn mark(text: &[u8]) -> Option<(Mark, usize)> {
    let plain = |credit| Mark { credit, reversal: false, expected: false };
    Some(match text {
        [b'R', b'C' | b'c', ..] => (Mark { reversal: true, ..plain(false) }, 2),
        [b'R', b'D' | b'd', ..] => (Mark { reversal: true, ..plain(true) }, 2),
        [b'E', b'C' | b'c', ..] => (Mark { expected: true, ..plain(true) }, 2),
        [b'E', b'D' | b'd', ..] => (Mark { expected: true, ..plain(false) }, 2),
        [b'C' | b'c', ..] => (plain(true), 1),
        [b'D' | b'd', ..] => (plain(false), 1),
        _ => return None,
    })
}

/// Type and references. The type may be missing; then the placeholder of a reference is not mistaken for it.
fn kind(text: &str) -> (&str, &str) {
    let formed = |kind: &str| {
        kind.starts_with(|c: char| c.is_ascii_uppercase())
            && kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ')
    };
    match text.split_at_checked(4) {
        Some((kind, rest)) if formed(kind) && !text.starts_with("NONREF") => (kind.trim_end(), rest),
        _ => ("", text),
    }
}

/// The owner's reference and what old files of Rabobank put behind its sixteen columns.
fn columns(customer: &str) -> (&str, &str) {
    match customer.split_at_checked(16) {
        // Blanks that fill the columns up tell them from a longer reference.
        Some((reference, name)) if reference.ends_with(' ') && !name.trim().is_empty() => {
            (reference.trim(), name.trim())
        }
        _ => (customer.trim(), ""),
    }
}

/// A reference unless it is one of the words that stand for none.
fn given_reference(text: &str) -> &str {
    let text = text.trim();
    if is_placeholder(text) { "" } else { text }
}

/// Words that stand for no reference, and those that send the reader to `:86:`.
pub(super) fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 14] = [
        "NONREF",
        "NOTPROVIDED",
        "NOT PROVIDED",
        "NOTAVAILABLE",
        "UNKNOWN",
        "NONE",
        "EREF",
        "KREF+",
        "MARF",
        "PREF",
        "IREF",
        "EREF+",
        "-",
        ".",
    ];
    text.len() <= 12 && PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn signed(text: &str) -> String {
        read(text).map_or_else(|error| error.to_string(), |entry| entry.signed().to_string())
    }

    #[test]
    fn marks_and_the_letter_of_the_currency() {
        for (text, expected) in [
            ("2601020102C1,00NTRF", "1.00"),
            ("2601020102D1,00NTRF", "-1.00"),
            ("2601020102CR1,00NTRF", "1.00"),
            ("2601020102DD1,00NTRF", "-1.00"),
            ("2601020102CN0,01NTRF", "0.01"),
            ("2601020102RC1,00NTRF", "-1.00"),
            ("2601020102RD1,00NTRF", "1.00"),
            ("2601020102RDR1,00NTRF", "1.00"),
            ("2601020102RCR1,00NTRF", "-1.00"),
            ("2601020102EC1,00NTRF", "1.00"),
            ("2601020102EDR1,00NTRF", "-1.00"),
            ("2601020102c1,00NTRF", "1.00"),
            ("2601020102C\n1,00NTRF", "1.00"),
            ("2601020102C 1,00 NTRF", "1.00"),
        ] {
            assert_eq!(signed(text), expected, "{text}");
        }
        for text in
            ["26010201C1,00", "2601020102X1,00", "2601020102C", "2601020102Cx", "x", "", "2613020102C1,00"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_year_of_the_entry_date_is_the_nearest() {
        let of = |text: &str| read(text).map(|entry| (entry.booked_on, entry.clamped)).ok();
        assert_eq!(of("2601021231C1,"), Some((Some(date(2025, 12, 31)), false)));
        assert_eq!(of("2512310102C1,"), Some((Some(date(2026, 1, 2)), false)));
        assert_eq!(of("2512311231C1,"), Some((Some(date(2025, 12, 31)), false)));
        assert_eq!(of("251231C1,"), Some((None, false)));
        assert_eq!(of("251231    C1,"), Some((None, false)));
        assert_eq!(of("251231251230C1,"), Some((Some(date(2025, 12, 30)), false)));
        assert_eq!(of("1602300301C1,"), Some((Some(date(2016, 3, 1)), true)));
        assert_eq!(of("2602280229C1,"), Some((Some(date(2026, 2, 28)), true)));
        assert_eq!(of("2512311331C1,"), None);
    }

    #[test]
    fn types_and_references() {
        let of = |text: &'static str| {
            read(text)
                .map(|e| (e.kind, e.customer_reference, e.bank_reference, e.beyond, e.supplement))
                .unwrap()
        };
        assert_eq!(of("260102C1,NTRFABC//DEF\nmore\nlines"), ("NTRF", "ABC", "DEF", "", "more\nlines"));
        assert_eq!(of("260102C1,NTRFNONREF//"), ("NTRF", "", "", "", ""));
        assert_eq!(of("260102C1,NONREF"), ("", "", "", "", ""));
        assert_eq!(of("260102C1,"), ("", "", "", "", ""));
        assert_eq!(of("260102C1,S   X"), ("S", "X", "", "", ""));
        assert_eq!(of("260102C1,NOV NONREF"), ("NOV", "", "", "", ""));
        assert_eq!(of("260102C1,NMSCPAY///INV"), ("NMSC", "PAY", "INV", "", ""));
        assert_eq!(of("260102C1,NTRF34/1X//O/34"), ("NTRF", "34/1X", "O/34", "", ""));
        assert_eq!(of("260102C1,N0440121470966      W. JANSEN"), ("N044", "0121470966", "", "W. JANSEN", ""));
        assert_eq!(of("260102C1,NOVBBE68539007547034"), ("NOVB", "BE68539007547034", "", "", ""));
        assert_eq!(of("260102C1,N102EREF            \nBE68539007547034").4, "BE68539007547034");
    }
}
