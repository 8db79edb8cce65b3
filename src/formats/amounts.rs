//! Amounts whose decimal mark a file does not tell: one mark for the whole file, or a question.
//!
//! `1,234` is a thousand and some to one bank and one and some to another. So every amount of a file is shown to
//! [`DecimalMarks`] first, and only then read by [`amount`], which takes the other mark for thousands and nothing
//! else: `1.50` where the comma is the decimal mark is an error, not one hundred and fifty.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::errors::{Code, Error, Place, Result};

/// What stands before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecimalMark {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

impl DecimalMark {
    /// Name for options and people.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// The mark of that name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        [Self::Point, Self::Comma].into_iter().find(|mark| mark.id() == id)
    }

    fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// An amount as written, exactly; none where it is not one. Blanks, no-break blanks and apostrophes between digits
/// are thousands; a sign may lead or trail (`-`, `+`, U+2212), parentheses are a minus, and a currency (a sign, or
/// three capital letters) may stand at either end.
#[must_use]
pub fn amount(text: &str, mark: DecimalMark) -> Option<Decimal> {
    plain(text, mark).or_else(|| {
        let (negative, digits) = unsigned(text)?;
        let value = number(&digits, mark)?;
        Some(if negative { -value } else { value })
    })
}

/// The usual case of [`amount`]: a sign, digits, at most one decimal mark; no allocation.
#[must_use]
pub(super) fn plain(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    let (mut mantissa, mut scale, mut decimals, mut any) = (0_i64, 0_u32, false, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                scale += u32::from(decimals);
                any = true;
            }
            b if char::from(*b) == mark.character() && !decimals => decimals = true,
            _ => return None,
        }
    }
    // Up to 18 digits fit, so the scale does too.
    (any && scale <= 18).then(|| Decimal::new(if negative { -mantissa } else { mantissa }, scale))
}

/// Sign and digits with their marks, everything else taken off.
fn unsigned(text: &str) -> Option<(bool, String)> {
    let mut text = text.trim();
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (negative, text) = (true, inner.trim());
    }
    let mut signs = 0;
    loop {
        let before = text;
        text = without_currency(text.trim_matches(is_blank));
        for (sign, minus) in [('-', true), ('\u{2212}', true), ('+', false)] {
            let stripped = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
            if let Some(rest) = stripped {
                (text, negative, signs) = (rest, negative | minus, signs + 1);
                break;
            }
        }
        if text == before {
            break;
        }
    }
    let digits: String = text.chars().filter(|c| !is_blank(*c) && !matches!(c, '\'' | '\u{2019}')).collect();
    (signs <= 1 && !digits.is_empty()).then_some((negative, digits))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn without_currency(text: &str) -> &str {
    const SIGNS: [char; 5] = ['$', '€', '£', '¥', '₣'];
    let text = text.strip_prefix(SIGNS).or_else(|| text.strip_suffix(SIGNS)).unwrap_or(text);
    let code = |part: &str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_uppercase());
    if let Some((_, rest)) = text.split_at_checked(3).filter(|(first, _)| code(first)) {
        return rest;
    }
    let end = text.len().saturating_sub(3);
    text.split_at_checked(end).filter(|(_, last)| code(last)).map_or(text, |(first, _)| first)
}

/// Digits with decimal marks and thousands marks in their places.
fn number(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let (whole, decimals) = text.split_once(mark.character()).unwrap_or((text, ""));
    let thousands = mark.other().character();
    let mut groups = whole.split(thousands);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    let scale = u32::try_from(decimals.len()).ok()?;
    digits.push_str(decimals);
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (all_digits && digits.len() <= 28)
        .then(|| digits.parse::<i128>().ok())
        .flatten()
        .and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, scale).ok())
}

/// Which decimal marks the amounts of a file leave open.
#[derive(Clone, Debug, Default)]
pub struct DecimalMarks {
    point: Option<(String, u64)>,
    comma: Option<(String, u64)>,
    /// An amount that reads either way.
    open: Option<(String, u64)>,
}

impl DecimalMarks {
    /// Takes an amount into account. False where it is none with either mark; the caller then says so.
    pub fn see(&mut self, text: &str, line: u64) -> bool {
        let as_point = amount(text, DecimalMark::Point);
        let as_comma = amount(text, DecimalMark::Comma);
        let slot = match (as_point, as_comma) {
            (None, None) => return false,
            (Some(_), None) => &mut self.point,
            (None, Some(_)) => &mut self.comma,
            (Some(point), Some(comma)) if point == comma => return true,
            (Some(_), Some(_)) if leads_with_zero(text) => {
                // 0,123 has no thousands.
                if text.contains(',') { &mut self.comma } else { &mut self.point }
            }
            (Some(_), Some(_)) => &mut self.open,
        };
        if slot.is_none() {
            *slot = Some((text.trim().to_owned(), line));
        }
        true
    }

    /// The mark of the file and by what it is known.
    ///
    /// # Errors
    /// BB-3016 where it stays open, BB-3017 where amounts contradict each other or the user's choice.
    pub fn settle(&self, choice: Option<DecimalMark>) -> Result<(DecimalMark, String)> {
        let shown = |seen: &(String, u64)| format!("{} (line {})", seen.0, seen.1);
        let wrong = |first: String, seen: &(String, u64)| {
            let error = Error::new(Code::DECIMAL_MARKS_CONTRADICT).arg("first", first);
            error.arg("second", shown(seen)).at(Place::line(seen.1))
        };
        let because = |seen: &(String, u64)| format!("{} on line {}", seen.0, seen.1);
        match (choice, &self.point, &self.comma, &self.open) {
            (Some(DecimalMark::Point), _, Some(against), _)
            | (Some(DecimalMark::Comma), Some(against), _, _) => {
                Err(wrong("the mark chosen".to_owned(), against))
            }
            (Some(mark), ..) => Ok((mark, "chosen by the user".to_owned())),
            (None, Some(point), Some(comma), _) => Err(wrong(shown(point), comma)),
            (None, Some(point), None, _) => Ok((DecimalMark::Point, because(point))),
            (None, None, Some(comma), _) => Ok((DecimalMark::Comma, because(comma))),
            (None, None, None, Some(open)) => {
                Err(Error::new(Code::DECIMAL_MARK_OPEN).arg("example", &open.0).at(Place::line(open.1)))
            }
            (None, None, None, None) => Ok((DecimalMark::Point, "no amount has decimals".to_owned())),
        }
    }
}

fn leads_with_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.strip_prefix('0').is_some_and(|rest| rest.starts_with([',', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_banks_write_them() {
        use DecimalMark::{Comma, Point};
        let cases = [
            ("1,234.56", Point, "1234.56"),
            ("1.234,56", Comma, "1234.56"),
            ("10'000.00", Point, "10000.00"),
            ("1\u{a0}234,56", Comma, "1234.56"),
            ("1\u{202f}234,56", Comma, "1234.56"),
            ("-12.5", Point, "-12.5"),
            ("12.50-", Point, "-12.50"),
            ("+5", Point, "5"),
            ("$5.00", Point, "5.00"),
            ("-$5.00", Point, "-5.00"),
            ("(12.00)", Point, "-12.00"),
            ("\u{2212}3,20", Comma, "-3.20"),
            ("12,34 EUR", Comma, "12.34"),
            ("EUR -12,34", Comma, "-12.34"),
            (",5", Comma, "0.5"),
            ("500,", Comma, "500"),
            ("1250", Comma, "1250"),
            ("5,490000000", Comma, "5.490000000"),
        ];
        for (text, mark, expected) in cases {
            assert_eq!(amount(text, mark).map(|a| a.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in ["1.50", "12.34.567", "1,2,3", "", ".", "x", "--5", "1e5", "1.23E+12", "5 x"] {
            assert_eq!(amount(text, Comma), None, "{text}");
        }
    }

    #[test]
    fn one_mark_for_the_whole_file() {
        let settle = |amounts: &[&str]| {
            let mut marks = DecimalMarks::default();
            for (line, text) in (1..).zip(amounts) {
                assert!(marks.see(text, line), "{text}");
            }
            marks.settle(None).map(|(mark, _)| mark.id()).map_err(|error| error.code())
        };
        assert_eq!(settle(&["1,000", "2.50"]), Ok("point"));
        assert_eq!(settle(&["1.000", "2,5"]), Ok("comma"));
        assert_eq!(settle(&["1.234.567"]), Ok("comma"));
        assert_eq!(settle(&["0,123"]), Ok("comma"));
        assert_eq!(settle(&["1,000"]), Err(Code::DECIMAL_MARK_OPEN));
        assert_eq!(settle(&["1,50", "1.50"]), Err(Code::DECIMAL_MARKS_CONTRADICT));
        assert_eq!(settle(&["12", "-5"]), Ok("point"));
    }
}
