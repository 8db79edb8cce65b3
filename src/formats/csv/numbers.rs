//! Amounts and dates of cells, by what was settled for the file.

use rust_decimal::Decimal;

use super::months;
use super::preset::Decimals;
use super::table::Cell;
use crate::domain::Date;
use crate::formats::amounts::{amount, plain};
use crate::formats::dates::Written;
use crate::formats::{DateOrder, DecimalMark};

/// The amount that a cell holds, exactly; none where it holds none.
pub(super) fn number(text: &str, kind: Cell, decimals: Decimals) -> Option<Decimal> {
    let mark = match (kind, decimals) {
        (Cell::Number, _) | (_, Decimals::Point) => Some(DecimalMark::Point),
        (_, Decimals::Comma) => Some(DecimalMark::Comma),
        (_, Decimals::LastMark) => None,
    };
    if let Some(number) = mark.and_then(|mark| plain(text, mark)) {
        return Some(number);
    }
    if text.contains(['\\', '\u{fffd}']) {
        // An apostrophe between thousands, escaped by a program or damaged.
        let mended = text.replace("\\'", "'").replace('\u{fffd}', "'");
        let whole = |(at, _): (usize, &str)| {
            mended.get(at + 1..at + 4).is_some_and(|three| three.bytes().all(|b| b.is_ascii_digit()))
        };
        let thousands = mended.match_indices('\'').all(whole) && !mended.contains(['\\', '\u{fffd}']);
        return if thousands { number(&mended, kind, decimals) } else { None };
    }
    let read = |text: &str| amount(text, mark.or_else(|| last_mark(text))?);
    // A word instead of a sign: 12.30 DR is money out.
    let word = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at));
    match word {
        Some((rest, end)) if end.eq_ignore_ascii_case("CR") => read(rest.trim_end()),
        Some((rest, end)) if end.eq_ignore_ascii_case("DR") => read(rest.trim_end()).map(|value| -value),
        _ => read(text).or_else(|| total(text, kind, decimals)),
    }
}

/// What a bank writes between the total of a batch and its parts, in one cell.
const BREAK: &str = "<br />";

/// The total of a cell that holds its parts behind it, which must add up to it: `702.00<br />2.00<br />700.00`.
fn total(text: &str, kind: Cell, decimals: Decimals) -> Option<Decimal> {
    let (total, parts) = text.split_once(BREAK)?;
    let one = |text: &str| if text.contains(BREAK) { None } else { number(text.trim(), kind, decimals) };
    let total = one(total)?;
    let parts: Vec<_> = parts.split(BREAK).map(one).collect::<Option<_>>()?;
    (parts.len() > 1 && parts.iter().sum::<Decimal>() == total).then_some(total)
}

/// The decimal mark of one amount in a file that mixes both; none where it could be either.
fn last_mark(text: &str) -> Option<DecimalMark> {
    let Some(at) = text.rfind([',', '.']) else { return Some(DecimalMark::Point) };
    let (head, tail) = text.split_at_checked(at)?;
    let comma = tail.starts_with(',');
    let decimals = tail.bytes().filter(u8::is_ascii_digit).count();
    let mark = |comma| if comma { DecimalMark::Comma } else { DecimalMark::Point };
    match (head.contains([',', '.']), decimals) {
        // Both marks, or one that stands twice and so is thousands.
        (true, _) if head.contains(if comma { ',' } else { '.' }) => Some(mark(!comma)),
        (true, _) | (false, 0..=2) => Some(mark(comma)),
        (false, 3) if !comma => Some(DecimalMark::Comma),
        (false, _) => None,
    }
}

/// The date that a cell holds.
pub(super) fn date(text: &str, kind: Cell, order: DateOrder) -> Option<Date> {
    if kind == Cell::Date {
        return Written::read(text)?.date(DateOrder::YearMonthDay);
    }
    quick(text.as_bytes(), order).or_else(|| {
        let text = months::in_numbers(text);
        let written = Written::read(&text)?;
        // A date that begins with its year says so itself.
        written.date(order).or_else(|| written.date(DateOrder::YearMonthDay))
    })
}

/// The usual case: ten characters, two digits, two digits and four, or four, two and two.
fn quick(text: &[u8], order: DateOrder) -> Option<Date> {
    let text = <&[u8; 10]>::try_from(text).ok()?;
    let digit = |at: usize| text.get(at).filter(|b| b.is_ascii_digit()).map(|b| i16::from(b - b'0'));
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let part = |at: usize| i8::try_from(two(at)?).ok();
    let marks = |places: [usize; 2]| {
        places.iter().all(|at| text.get(*at).is_some_and(|mark| matches!(mark, b'/' | b'-' | b'.')))
    };
    let (year, month, day, places) = match order {
        DateOrder::YearMonthDay => (0, 5, 8, [4, 7]),
        DateOrder::DayMonthYear => (6, 3, 0, [2, 5]),
        DateOrder::MonthDayYear => (6, 0, 3, [2, 5]),
    };
    if !marks(places) {
        return None;
    }
    Date::new(two(year)? * 100 + two(year + 2)?, part(month)?, part(day)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn a_bank_that_mixes_marks_is_read_amount_by_amount() {
        let cases = [
            ("-31.41", Some("-31.41")),
            ("-12,05", Some("-12.05")),
            ("2750.00", Some("2750.00")),
            ("-2.720,12", Some("-2720.12")),
            ("1,234.50", Some("1234.50")),
            ("18", Some("18")),
            ("1.000", Some("1000")),
            ("1,000", None),
            ("1.234.567", Some("1234567")),
            ("12.30 EUR", Some("12.30")),
        ];
        for (text, expected) in cases {
            let found = number(text, Cell::Text, Decimals::LastMark).map(|n| n.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_total_is_read_where_its_parts_add_up() {
        let of = |text| number(text, Cell::Text, Decimals::Point).map(|n| n.to_string());
        assert_eq!(of("1'002.00<br />2.00<br />1'000.00").as_deref(), Some("1002.00"));
        for text in
            ["702.00<br />2.00<br />701.00", "2.00<br />2.00", "2.00<br />", "<br />", "a<br />1<br />1"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_and_words() {
        let of = |text| number(text, Cell::Text, Decimals::Comma).map(|n| n.to_string());
        assert_eq!(of("12,30 DR").as_deref(), Some("-12.30"));
        assert_eq!(of("12,30CR").as_deref(), Some("12.30"));
        assert_eq!(of("12.30"), None);
        assert_eq!(of("4\\'371,73").as_deref(), Some("4371.73"));
        assert_eq!(of("32\u{fffd}249,25").as_deref(), Some("32249.25"));
        assert_eq!(of("32\u{fffd}24,25"), None);
        assert_eq!(number("12.5", Cell::Number, Decimals::Comma).unwrap().to_string(), "12.5");
    }

    #[test]
    fn dates_as_banks_write_them() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        let cases = [
            ("31/12/2026", DayMonthYear, Some(day(2026, 12, 31))),
            ("12/31/2026", MonthDayYear, Some(day(2026, 12, 31))),
            ("2026-12-31", YearMonthDay, Some(day(2026, 12, 31))),
            ("2026-12-31", DayMonthYear, Some(day(2026, 12, 31))),
            ("20261231", YearMonthDay, Some(day(2026, 12, 31))),
            ("31.12.26", DayMonthYear, Some(day(2026, 12, 31))),
            ("31 Dec 2026", DayMonthYear, Some(day(2026, 12, 31))),
            ("2026-12-31 10:11:12", YearMonthDay, Some(day(2026, 12, 31))),
            ("31/13/2026", DayMonthYear, None),
            ("12/31/2026", DayMonthYear, None),
            ("", DayMonthYear, None),
        ];
        for (text, order, expected) in cases {
            assert_eq!(date(text, Cell::Text, order), expected, "{text}");
        }
        assert_eq!(date("2026-12-31", Cell::Date, DayMonthYear), Some(day(2026, 12, 31)));
    }
}
