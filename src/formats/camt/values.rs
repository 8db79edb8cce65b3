//! Amounts, directions and dates from the text of elements, exactly or not at all.

use super::tree::{Element, Name, route};
use crate::domain::{Currency, Date, Decimal, Text};
use crate::errors::{Code, Error, Place, Result};

/// An amount and its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Money {
    pub(super) amount: Decimal,
    pub(super) currency: Currency,
}

/// The place of an element.
pub(super) fn place(element: Element<'_>) -> Place {
    Place { byte: Some(element.position()), ..Place::default() }
}

/// BB-3202.
pub(super) fn missing(parent: Element<'_>, element: &str) -> Error {
    Error::new(Code::CAMT_ELEMENT_MISSING).arg("element", element).at(place(parent))
}

/// BB-3203.
pub(super) fn invalid(at: Element<'_>, element: &str, found: &str, expected: &str) -> Error {
    let mut shown: String = found.chars().take(40).collect();
    if shown.is_empty() {
        shown.push_str("empty");
    }
    let error = Error::new(Code::CAMT_VALUE_INVALID).arg("element", element).arg("found", shown);
    error.arg("expected", expected).at(place(at))
}

/// `Amt` of an element (`ActiveOrHistoricCurrencyAndAmount`: up to 18 digits, up to 5 of them decimals, never
/// negative), with at least the decimals of its currency. Blanks around it and leading zeros do not matter.
///
/// # Errors
/// BB-3202 without an amount or a currency, BB-3203 where either is malformed.
pub(super) fn money(parent: Element<'_>, fallback: Option<Currency>) -> Result<Money> {
    let element = parent.get(route!(Amt)).ok_or_else(|| missing(parent, "Amt"))?;
    money_of(element, fallback)
}

/// The amount that an element itself holds.
///
/// # Errors
/// Those of [`money`].
pub(super) fn money_of(element: Element<'_>, fallback: Option<Currency>) -> Result<Money> {
    let currency = match element.currency() {
        Some(code) => Currency::new(code)
            .ok_or_else(|| invalid(element, "Amt/@Ccy", code, "a currency of three letters"))?,
        None => fallback.ok_or_else(|| missing(element, "Amt/@Ccy"))?,
    };
    let text = element.text().unwrap_or_default();
    let amount = decimal(text, currency).ok_or_else(|| {
        invalid(element, "Amt", text, "a number of up to 18 digits with a point, and no sign")
    })?;
    Ok(Money { amount, currency })
}

/// Digits with at most one point.
fn decimal(text: &str, currency: Currency) -> Option<Decimal> {
    let (mut mantissa, mut scale, mut point, mut any) = (0_i64, 0_u32, false, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                any = true;
                if point && scale == 5 {
                    // Further decimals must say nothing.
                    if byte != b'0' {
                        return None;
                    }
                    continue;
                }
                mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                scale += u32::from(point);
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    if !any || mantissa >= 1_000_000_000_000_000_000 {
        return None;
    }
    let wanted = currency.decimals();
    let mut mantissa = i128::from(mantissa);
    while scale > wanted && mantissa % 10 == 0 {
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
    while scale < wanted {
        (mantissa, scale) = (mantissa * 10, scale + 1);
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

/// Whether `CdtDbtInd` says that money came in; none where it is absent.
///
/// # Errors
/// BB-3203 for anything but `CRDT` and `DBIT`.
pub(super) fn credit(parent: Element<'_>) -> Result<Option<bool>> {
    let Some(element) = parent.get(route!(CdtDbtInd)) else { return Ok(None) };
    match element.text() {
        Some("CRDT") => Ok(Some(true)),
        Some("DBIT") => Ok(Some(false)),
        found => Err(invalid(element, "CdtDbtInd", found.unwrap_or_default(), "CRDT or DBIT")),
    }
}

/// An amount with its direction; zero has none.
pub(super) fn signed(amount: Decimal, credit: bool) -> Decimal {
    if credit || amount.is_zero() { amount } else { -amount }
}

/// `Dt` or the date part of `DtTm`, as written: the bank's day, not ours. None where neither has text.
///
/// # Errors
/// BB-3203 for what is no date.
pub(super) fn date(parent: Element<'_>, name: &'static [Name], label: &str) -> Result<Option<Date>> {
    let Some(element) = parent.get(name) else { return Ok(None) };
    let given = [route!(Dt), route!(DtTm)]
        .into_iter()
        .find_map(|path| element.get(path).filter(|e| e.text().is_some()));
    // Version 01 writes some of them without `Dt`.
    let Some(given) = given.or(Some(element)).filter(|e| e.text().is_some()) else { return Ok(None) };
    let text = given.text().unwrap_or_default();
    match day(text) {
        Some(date) => Ok(Some(date)),
        None => Err(invalid(given, label, text, "a date of the calendar as YYYY-MM-DD")),
    }
}

/// The day at the start of a date (`2026-10-31`, `2026-10-31+01:00`) or a time (`2026-10-31T23:30:00+02:00`).
pub(super) fn day(text: &str) -> Option<Date> {
    let (bytes, rest) = text.as_bytes().split_first_chunk::<10>()?;
    let number = |from: usize, to: usize| {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0_i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')))
    };
    let separated = bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(rest.first(), None | Some(b'T' | b'Z' | b'+' | b'-' | b' '));
    if !separated {
        return None;
    }
    let (month, day) = (i8::try_from(number(5, 7)?).ok()?, i8::try_from(number(8, 10)?).ok()?);
    Date::new(number(0, 4)?, month, day).ok()
}

/// `true`, `1`.
pub(super) fn is_true(text: Option<&str>) -> bool {
    matches!(text, Some("true" | "1" | "TRUE" | "True"))
}

/// Text that means "none" where a reference should stand.
fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 9] = [
        "NOTPROVIDED",
        "NOT PROVIDED",
        "NOTAVAILABLE",
        "NOT AVAILABLE",
        "NONREF",
        "NONE",
        "UNKNOWN",
        "N/A",
        "NOREF",
    ];
    text.bytes().all(|b| matches!(b, b'.' | b'-' | b'0' | b' '))
        || PLACEHOLDERS.iter().any(|p| text.eq_ignore_ascii_case(p))
}

/// A reference on a path, unless it is a placeholder.
pub(super) fn reference<'t>(element: Option<Element<'t>>, path: &[Name]) -> Option<&'t str> {
    element?.value(path).filter(|text| !is_placeholder(text))
}

/// Text with each run of blanks as one space.
pub(super) fn push_collapsed(out: &mut Text, text: &str) {
    let bytes = text.as_bytes();
    // Without a branch in the loop, so that it runs over many bytes at once.
    let odd = |a: u8, b: u8| u8::from(a < b' ') | (u8::from(a == b' ') & u8::from(b <= b' '));
    let found = bytes.iter().zip(bytes.iter().skip(1)).fold(0, |found, (a, b)| found | odd(*a, *b));
    if found == 0 {
        out.push_str(text);
        return;
    }
    for (index, word) in text.split_ascii_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        let of = |text| decimal(text, Currency::EUR).map(|amount| amount.to_string());
        assert_eq!(of("000000000000149.87").as_deref(), Some("149.87"));
        assert_eq!(of("5").as_deref(), Some("5.00"));
        assert_eq!(of("8.85000").as_deref(), Some("8.85"));
        assert_eq!(of("8.85001").as_deref(), Some("8.85001"));
        assert_eq!(of("1.5000000").as_deref(), Some("1.50"));
        assert_eq!(of("999999999999999999").as_deref(), Some("999999999999999999.00"));
        for wrong in ["", ".", "1,00", "-1.00", "+1", "1.2.3", "1.000001", "1e3", "1234567890123456789", "٣"]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_is_taken_as_it_is_written() {
        assert_eq!(day("2026-03-31T23:30:00+02:00"), Date::new(2026, 3, 31).ok());
        assert_eq!(day("2026-03-31Z"), Date::new(2026, 3, 31).ok());
        for wrong in ["2026-02-30", "2026-3-1", "20260331", "2026-03-31x", "", "31-03-2026", "20é6-03-31"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn placeholders_are_no_references() {
        for text in ["NOTPROVIDED", "notprovided", "Not Provided", "NONREF", ".", "-", "000"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("NONREF1"));
    }
}
