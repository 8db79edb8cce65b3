//! Values as a file writes them: text with its entities, dates, amounts.

use std::borrow::Cow;

use crate::domain::{Currency, Date, Decimal};
use crate::formats::DecimalMark;
use crate::formats::amounts;
use crate::formats::text::TextFile;

/// Longest name of an entity.
const ENTITY: usize = 32;
/// Most decimals of an amount whose currency is not stated: no currency has more (ISO 4217).
const DECIMALS: u32 = 4;

/// Text of a value: decoded, entities resolved once, each run of blanks and control characters one space.
pub(super) fn text<'b>(file: &TextFile<'_>, bytes: &'b [u8]) -> Cow<'b, str> {
    let decoded = file.decode(bytes);
    // Without a branch in the loop, so that it runs over many bytes at once.
    let odd =
        |a: u8, b: u8| u8::from(a < b' ') | u8::from(a == b'&') | (u8::from(a == b' ') & u8::from(b == b' '));
    let raw = decoded.as_bytes();
    let last = raw.last().map_or(0, |last| odd(*last, *last));
    if raw.iter().zip(raw.iter().skip(1)).fold(last, |found, (a, b)| found | odd(*a, *b)) == 0 {
        return decoded;
    }
    Cow::Owned(collapsed(&unescaped(&decoded)))
}

/// As [`text`], for identifiers: the end of a line within is none of its letters.
pub(super) fn identifier<'b>(file: &TextFile<'_>, bytes: &'b [u8]) -> Cow<'b, str> {
    if memchr::memchr2(b'\n', b'\r', bytes).is_none() {
        return text(file, bytes);
    }
    let pieces =
        bytes.split(|byte| matches!(byte, b'\r' | b'\n')).map(|piece| text(file, piece.trim_ascii()));
    Cow::Owned(pieces.collect())
}

fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c <= ' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Resolves `&amp;`, `&#233;`, `&eacute;` and the like; what is no entity stays. Not recursive: `&amp;lt;` is `&lt;`.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let length =
            after.bytes().take(ENTITY).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#');
        let name = length
            .and_then(|length| after.get(..length).filter(|_| after.as_bytes().get(length) == Some(&b';')));
        if let Some((name, resolved)) = name.and_then(|name| Some((name, entity(name)?))) {
            out.push_str(&resolved);
            rest = after.get(name.len() + 1..).unwrap_or_default();
        } else {
            out.push('&');
            rest = after;
        }
    }
    if out.is_empty() {
        return Cow::Borrowed(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<Cow<'static, str>> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Numbers of windows-1252 are written for letters of it.
        let letter = match u8::try_from(code) {
            Ok(byte @ 0x80..=0x9f) => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()?
            }
            _ => char::from_u32(code)?,
        };
        return Some(Cow::Owned(letter.to_string()));
    }
    if name.eq_ignore_ascii_case("nbsp") {
        return Some(Cow::Borrowed(" "));
    }
    let resolve = quick_xml::escape::resolve_html5_entity;
    resolve(name).or_else(|| resolve(&name.to_ascii_lowercase())).map(Cow::Borrowed)
}

/// The day of a date: its first eight digits as written. Time and zone follow them and do not move it, since banks
/// write the day of the booking and any time.
pub(super) fn date(bytes: &[u8]) -> Option<Date> {
    let bytes = bytes.trim_ascii();
    let digits: [u8; 8] = if bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') {
        let mut digits = bytes.iter().take(10).filter(|byte| **byte != b'-').copied();
        let mut day = [0; 8];
        day.fill_with(|| digits.next().unwrap_or_default());
        day
    } else {
        *bytes.first_chunk()?
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let part = |value: u32| i8::try_from(value).ok();
    let year = i16::try_from(number / 10_000).ok().filter(|year| *year > 0)?;
    Date::new(year, part(number / 100 % 100)?, part(number % 100)?).ok()
}

/// An amount as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) amount: Decimal,
    /// The decimal mark that it shows; none for a whole number.
    pub(super) mark: Option<DecimalMark>,
    /// The only mark of an amount with three digits behind it: decimals, or the thousands for which it was taken.
    pub(super) open: Option<DecimalMark>,
}

/// Reads an amount. The standard has a point or a comma before the decimals and no thousands; banks write these too.
/// Of two marks the last is the decimal one, one that comes twice is not; one with three digits behind it stays open
/// unless `mark` says.
pub(super) fn amount(text: &str, mark: Option<DecimalMark>) -> Option<Written> {
    plain(text.as_bytes()).or_else(|| any(text, mark))
}

/// The usual case: a sign, digits, a point and other than three digits.
fn plain(bytes: &[u8]) -> Option<Written> {
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    if digits.len() > 17 {
        return None;
    }
    let (mut mantissa, mut point) = (0_i64, None);
    for (place, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |place| digits.len() - place - 1);
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || scale == 3 {
        return None;
    }
    let amount = Decimal::new(if negative { -mantissa } else { mantissa }, u32::try_from(scale).ok()?);
    Some(Written { amount, mark: point.filter(|_| scale > 0).map(|_| DecimalMark::Point), open: None })
}

fn any(text: &str, chosen: Option<DecimalMark>) -> Option<Written> {
    let is_part = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '.' | ',' | '+' | '-' | '\u{2212}' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')
    };
    if !text.chars().all(is_part) {
        return None;
    }
    let count = |c: u8| text.bytes().filter(|byte| *byte == c).count();
    let digits_after =
        |c: char| text.rsplit(c).next().map_or(0, |tail| tail.bytes().filter(u8::is_ascii_digit).count());
    let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
    let (decimal, mut open) = match (count(b'.'), count(b',')) {
        (0, 0) => (None, false),
        (1.., 1..) => (Some(if text.rfind('.') > text.rfind(',') { point } else { comma }), false),
        (1, 0) => (Some(point), digits_after('.') == 3),
        (0, 1) => (Some(comma), digits_after(',') == 3),
        (0, _) => (Some(point), false),
        (_, 0) => (Some(comma), false),
    };
    if open {
        // Thousands have one to three digits before them, and no zero at the start.
        let whole = text
            .split([',', '.'])
            .next()
            .unwrap_or_default()
            .trim_start_matches(|c: char| !c.is_ascii_digit());
        open = (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    }
    let thousands = if decimal == Some(point) { comma } else { point };
    let read_with = if open { chosen.unwrap_or(thousands) } else { decimal.unwrap_or(point) };
    let amount = amounts::amount(text, read_with)?;
    let fits = amount.mantissa().unsigned_abs() <= 1 << 60;
    let open = open && chosen.is_none();
    fits.then_some(Written { amount, mark: decimal.filter(|_| !open), open: decimal.filter(|_| open) })
}

/// The amount with the decimals of the currency; none where it has more of them than that.
pub(super) fn in_currency(amount: Decimal, currency: Currency, decimals: u32) -> Option<Decimal> {
    if amount.scale() == decimals {
        return Some(amount);
    }
    let mut amount = amount.normalize();
    let most = if currency.is_stated() { decimals } else { decimals.max(DECIMALS) };
    if amount.scale() > most {
        return None;
    }
    amount.rescale(amount.scale().max(decimals));
    Some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{DEFAULT_MAX_SIZE, Input};

    #[test]
    fn text_is_unescaped_once_and_collapsed() {
        let input = Input::from_bytes("f", b"x".to_vec(), DEFAULT_MAX_SIZE).unwrap();
        let file = TextFile::open(&input, None).unwrap();
        for (written, expected) in [
            ("AT&amp;T", "AT&T"),
            ("AT&T", "AT&T"),
            ("K&L & co", "K&L & co"),
            ("&amp;lt;", "&lt;"),
            ("caf&eacute; &#233; &#xE9; &#146;", "café é é ’"),
            ("a&nbsp;&nbsp;b", "a b"),
            ("a\r\n\t b  c", "a b c"),
            ("&bogus; &; &#; &#99999999; &", "&bogus; &; &#; &#99999999; &"),
            ("1 &lt; 2", "1 < 2"),
        ] {
            assert_eq!(text(&file, written.as_bytes()), expected, "{written}");
        }
        assert_eq!(identifier(&file, b"12 34\n   56"), "12 3456");
    }

    #[test]
    fn a_date_is_its_first_eight_digits() {
        for (written, expected) in [
            ("20261031", Some((2026, 10, 31))),
            ("20261031120000.000[-5:EST]", Some((2026, 10, 31))),
            ("20261031235959[+1:CET]", Some((2026, 10, 31))),
            ("20261031:014", Some((2026, 10, 31))),
            ("2026-10-31", Some((2026, 10, 31))),
            ("20261131", None),
            ("2026103", None),
            ("00000000", None),
            ("****", None),
            ("", None),
        ] {
            let expected = expected.and_then(|(y, m, d)| Date::new(y, m, d).ok());
            assert_eq!(date(written.as_bytes()), expected, "{written}");
        }
    }

    #[test]
    fn amounts_as_banks_write_them() {
        let read = |text: &str| amount(text, None).map(|w| (w.amount.to_string(), w.open.is_some()));
        for (written, expected, open) in [
            ("-12.30", "-12.30", false),
            ("+721.01", "721.01", false),
            ("1234,5", "1234.5", false),
            ("-1.234,56", "-1234.56", false),
            ("1,234.56", "1234.56", false),
            ("1.234.567", "1234567", false),
            ("1 234,56", "1234.56", false),
            ("1'234.56", "1234.56", false),
            ("\u{2212}5,00", "-5.00", false),
            ("-12.3400", "-12.3400", false),
            ("1,234", "1234", true),
            ("1.234", "1234", true),
            ("0,123", "0.123", false),
            ("1234,567", "1234.567", false),
            ("500", "500", false),
            ("500.", "500", false),
            (".5", "0.5", false),
        ] {
            assert_eq!(read(written), Some((expected.to_owned(), open)), "{written}");
        }
        for wrong in ["", ".", "-", "$120", "x", "1-2", "1e5", "12 EUR", "99999999999999999999999999999.00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let chosen = |mark| amount("1,234", Some(mark)).map(|w| (w.amount.to_string(), w.open));
        assert_eq!(chosen(DecimalMark::Point), Some(("1234".to_owned(), None)));
        assert_eq!(chosen(DecimalMark::Comma), Some(("1.234".to_owned(), None)));
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        let of = |text: &str, currency: Currency| {
            let written = amount(text, None).unwrap();
            in_currency(written.amount, currency, currency.decimals()).map(|amount| amount.to_string())
        };
        let jpy = Currency::new("JPY").unwrap();
        assert_eq!(of("-5", Currency::EUR).as_deref(), Some("-5.00"));
        assert_eq!(of("-12.3400", Currency::EUR).as_deref(), Some("-12.34"));
        assert_eq!(of("12.3456", Currency::EUR), None);
        assert_eq!(of("1000.00", jpy).as_deref(), Some("1000"));
        assert_eq!(of("12.3456", Currency::UNSTATED).as_deref(), Some("12.3456"));
    }
}
