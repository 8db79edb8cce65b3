//! Fields into typed records: numbers, balances, accounts, totals.

use rust_decimal::Decimal;

use crate::domain::account::{compact, has_iban_form, is_iban};
use crate::domain::{Account, Currency, Date, Text};
use crate::errors::{Code, Error, Result};

/// `:60a:`, `:62a:`: mark, date, currency, amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BalanceField {
    /// Signed.
    pub(super) amount: Decimal,
    /// None for a day that is no date: some banks fill in zeros.
    pub(super) date: Option<Date>,
    /// None where the bank leaves it out.
    pub(super) currency: Option<Currency>,
}

/// Reads a balance.
///
/// # Errors
/// BB-3703 for anything but mark, six digits, currency, amount.
pub(super) fn balance(tag: &'static str, value: &str) -> Result<BalanceField> {
    let read = || {
        let (mark, rest) = value.trim().split_at_checked(1)?;
        let negative = match mark {
            "C" | "c" => false,
            "D" | "d" => true,
            _ => return None,
        };
        let (date, rest) = rest.split_at_checked(6)?;
        let date = six_digits(date.as_bytes())?;
        let (currency, rest) = rest.trim_start().split_at_checked(3).unwrap_or(("", rest));
        let (currency, rest) = match Currency::new(currency) {
            Some(currency) => (Some(currency), rest),
            None => (None, value.trim().get(7..)?),
        };
        let end = rest.find("-}").unwrap_or(rest.len());
        let amount = amount(rest.get(..end)?.trim().as_bytes())?;
        let date = day(date).map(|(date, _)| date);
        Some(BalanceField { amount: if negative { -amount } else { amount }, date, currency })
    };
    read().ok_or_else(|| {
        Error::new(Code::MT940_BALANCE_INVALID)
            .arg("tag", tag)
            .arg("found", if value.trim().is_empty() { "empty" } else { value.trim() })
    })
}

/// `YYMMDD` as three numbers; none for anything but six digits.
pub(super) fn six_digits(text: &[u8]) -> Option<[u8; 3]> {
    let digits: [u8; 6] = text.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| {
        digits.get(at..at + 2).map(|pair| pair.iter().fold(0, |n, digit| n * 10 + (digit - b'0')))
    };
    Some([two(0)?, two(2)?, two(4)?])
}

/// A date of SWIFT: years from 80 are of the last century. A day beyond the end of its month is the month's last
/// (30 February is how German banks write a value date in months of thirty days); true then.
pub(super) fn day([year, month, day]: [u8; 3]) -> Option<(Date, bool)> {
    let year = i16::from(year) + if year > 79 { 1900 } else { 2000 };
    in_month(year, month, day)
}

/// The day of that month, or its last one; true where it is another than was asked for.
pub(super) fn in_month(year: i16, month: u8, day: u8) -> Option<(Date, bool)> {
    let month = i8::try_from(month).ok()?;
    let wanted = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    if let Ok(date) = Date::new(year, month, wanted) {
        return Some((date, false));
    }
    Some((Date::new(year, month, 1).ok()?.last_of_month(), true))
}

/// An amount as written: digits with a decimal comma; a point where a bank writes none, and points as thousands
/// before a comma. A point with three digits behind it and no comma may be either and is refused.
pub(super) fn amount(text: &[u8]) -> Option<Decimal> {
    let (mut mantissa, mut scale, mut digits) = (0_i64, 0_u32, 0_u32);
    let mut comma = false;
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                digits += 1;
                scale += u32::from(comma);
            }
            b',' if !comma => comma = true,
            b'.' => return with_points(text),
            _ => return None,
        }
    }
    (digits > 0 && scale <= 18).then(|| Decimal::new(mantissa, scale))
}

/// An amount that holds points.
fn with_points(text: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, decimals) = if let Some((whole, decimals)) = text.split_once(',') {
        let groups = whole.split('.');
        let formed = groups.clone().skip(1).all(|group| group.len() == 3)
            && groups.clone().next().is_some_and(|group| (1..=3).contains(&group.len()));
        (formed.then(|| groups.collect::<String>())?, decimals)
    } else {
        let (whole, decimals) = text.split_once('.')?;
        (whole.to_owned(), if decimals.len() == 3 { return None } else { decimals })
    };
    let comma = [whole.as_bytes(), b",", decimals.as_bytes()].concat();
    (!decimals.contains('.')).then(|| amount(&comma)).flatten()
}

/// `:25:`: an IBAN, `BIC/account`, `bank code/account`, or a number, with or without a currency behind it.
pub(super) fn account(value: &str) -> (Account, Option<Currency>) {
    let mut account = Account::default();
    // 25P has the BIC on a line of its own.
    let mut lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().trim_start_matches('/').trim();
    account.bic = lines.find(|line| is_bic(line)).map(Text::from);
    let (number, currency) = without_currency(first);
    match number.split_once('/') {
        // Triodos writes its name, which looks like a BIC of the Dominican Republic.
        Some((bank, rest)) if is_bic(bank) && bank != "TRIODOSBANK" => {
            account.bic.get_or_insert_with(|| Text::from(bank));
            // Some write the currency as a part of its own.
            let (rest, _) = without_currency(rest);
            account.set_number(rest);
        }
        // A German bank code belongs to the number; a bank's name does not.
        Some((bank, rest)) if !bank.is_empty() && !bank.bytes().any(|b| b.is_ascii_digit()) => {
            account.set_number(rest);
        }
        _ => account.set_number(number),
    }
    if account.iban.is_none()
        && let Some(number) = account.number.as_deref().map(compact)
        && has_iban_form(&number)
        && number.len() > 15
    {
        // Masked or mistyped, but meant as one: without blanks it equals what is written elsewhere.
        account.number = Some(number);
    }
    (account, currency)
}

/// A currency behind an account: `…EUR`, ` EUR`, `/EUR`. Letters of an IBAN are none.
fn without_currency(written: &str) -> (&str, Option<Currency>) {
    let text = written.trim_end();
    let Some((number, code)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)) else {
        return (text, None);
    };
    let known = || iso_currency::Currency::from_code(code).and_then(|_| Currency::new(code));
    let alone = number.ends_with([' ', '/', '-']) || number.ends_with(|c: char| c.is_ascii_digit());
    if !alone || is_iban(&compact(text)) {
        return (text, None);
    }
    match known() {
        Some(currency) => (number.trim_end_matches([' ', '/', '-']), Some(currency)),
        None => (text, None),
    }
}

/// Whether a text has the form of a BIC: six letters, two letters or digits, three more or not.
pub(super) fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes.iter().take(6).all(u8::is_ascii_uppercase)
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `:28C:`: number of the statement, page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    /// The statement's; none where the bank counts none.
    pub(super) statement: Option<Text>,
    /// The page's, from 1; 0 counts as none.
    pub(super) page: Option<u32>,
}

impl Number {
    /// Reads it; what is no number is kept as it is.
    pub(super) fn read(value: &str) -> Self {
        let (statement, page) = value.trim().split_once('/').unwrap_or((value.trim(), ""));
        let plain = |text: &str| Text::from(text.trim().trim_start_matches('0'));
        let statement = Some(plain(statement)).filter(|text| !text.is_empty());
        Self { statement, page: page.trim().parse().ok().filter(|page| *page > 0) }
    }

    /// As a person would quote it: the statement's number, and the page where it is not the first.
    pub(super) fn quoted(&self) -> Option<Text> {
        match (&self.statement, self.page) {
            (None, None | Some(1)) => None,
            (Some(statement), None | Some(1)) => Some(statement.clone()),
            (statement, Some(page)) => {
                Some(compact_str::format_compact!("{}/{page}", statement.as_deref().unwrap_or("0")))
            }
        }
    }
}

/// `:90D:`, `:90C:`: how many entries, currency, their sum.
pub(super) fn totals(value: &str) -> Option<(u64, Option<Currency>, Decimal)> {
    let value = value.trim();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (count, rest) = value.split_at_checked(digits)?;
    let (currency, sum) = rest.split_at_checked(3)?;
    Some((count.parse().ok()?, Some(Currency::new(currency)?), amount(sum.trim().as_bytes())?))
}

/// Currency of `:34F:`.
pub(super) fn floor_currency(value: &str) -> Option<Currency> {
    Currency::new(value.trim().get(..3)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn balances_as_banks_write_them() {
        let of = |value| balance("60F", value).map(|b| (b.amount.to_string(), b.date, b.currency)).ok();
        let eur = Currency::new("EUR");
        assert_eq!(of("C260110EUR1000,00"), Some(("1000.00".into(), Some(date(2026, 1, 10)), eur)));
        assert_eq!(of("D991231EUR,5 "), Some(("-0.5".into(), Some(date(1999, 12, 31)), eur)));
        assert_eq!(of("C260110EUR000000001000,"), Some(("1000".into(), Some(date(2026, 1, 10)), eur)));
        assert_eq!(of("C26011012,00"), Some(("12.00".into(), Some(date(2026, 1, 10)), None)));
        assert_eq!(of("C000000EUR1,00"), Some(("1.00".into(), None, eur)));
        assert_eq!(of("C260110EUR1,00-}"), Some(("1.00".into(), Some(date(2026, 1, 10)), eur)));
        for wrong in ["", "X260110EUR1,00", "C2601EUR1,00", "C260110EUR", "C260110EURx", "OPENING_BALANCE"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn amounts() {
        let of = |text: &str| amount(text.as_bytes()).map(|amount| amount.to_string());
        for (text, expected) in [
            ("500,", "500"),
            (",12", "0.12"),
            ("000000001213,28", "1213.28"),
            ("40310.50", "40310.50"),
            ("79734.", "79734"),
            ("1.234,56", "1234.56"),
            ("12.345.678,9", "12345678.9"),
            ("5000", "5000"),
        ] {
            assert_eq!(of(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ",", ".", "1.234", "1,2,3", "1,2.3", "12345.678,9", "1x", "99999999999999999999,00"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn days_beyond_a_month_are_its_last() {
        assert_eq!(day([16, 2, 30]), Some((date(2016, 2, 29), true)));
        assert_eq!(day([16, 2, 29]), Some((date(2016, 2, 29), false)));
        assert_eq!(day([79, 1, 1]), Some((date(2079, 1, 1), false)));
        assert_eq!(day([80, 1, 1]), Some((date(1980, 1, 1), false)));
        assert_eq!(day([16, 13, 1]), None);
        assert_eq!(day([16, 1, 0]), None);
        assert_eq!(day([16, 1, 32]), None);
    }

    #[test]
    fn accounts_as_banks_write_them() {
        let of = |value: &str| {
            let (account, currency) = account(value);
            let text = |text: Option<Text>| text.map(String::from);
            (text(account.iban), text(account.number), text(account.bic), currency.map(|c| c.to_string()))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("BE68539007547034"), (some("BE68539007547034"), None, None, None));
        assert_eq!(of("BE68539007547034EUR"), (some("BE68539007547034"), None, None, some("EUR")));
        assert_eq!(of(" BE68 5390 0754 7034 EUR"), (some("BE68539007547034"), None, None, some("EUR")));
        assert_eq!(of("/BE68539007547034"), (some("BE68539007547034"), None, None, None));
        assert_eq!(of("KREDBEBB/BE68539007547034"), (some("BE68539007547034"), None, some("KREDBEBB"), None));
        assert_eq!(of("10020030/1234567EUR"), (None, some("10020030/1234567"), None, some("EUR")));
        assert_eq!(of("1291.99.348EUR"), (None, some("1291.99.348"), None, some("EUR")));
        assert_eq!(of("TRIODOSBANK/0390123456"), (None, some("0390123456"), None, None));
        assert_eq!(of("UBRTHUHB/123456/HUF"), (None, some("123456"), some("UBRTHUHB"), some("HUF")));
        assert_eq!(
            of("BE68539007547034\r\nKREDBEBBXXX"),
            (some("BE68539007547034"), None, some("KREDBEBBXXX"), None)
        );
        assert_eq!(of("NL00RABO0123456789EUR"), (None, some("NL00RABO0123456789"), None, some("EUR")));
        assert_eq!(of(""), (None, None, None, None));
    }

    #[test]
    fn numbers_are_quoted_without_what_says_nothing() {
        let of = |value| Number::read(value).quoted().map(String::from);
        assert_eq!(of("00004/00001").as_deref(), Some("4"));
        assert_eq!(of("00004/002").as_deref(), Some("4/2"));
        assert_eq!(of("0/32").as_deref(), Some("0/32"));
        assert_eq!(of("2021/02").as_deref(), Some("2021/2"));
        assert_eq!(of("00000/00"), None);
        assert_eq!(of("0/1"), None);
        assert_eq!(of(""), None);
        assert_eq!(of("STA_NUM").as_deref(), Some("STA_NUM"));
    }

    #[test]
    fn totals_of_an_interim_report() {
        let of = |value| totals(value).map(|(count, _, sum)| (count, sum.to_string()));
        assert_eq!(of("2EUR1289,99"), Some((2, "1289.99".to_owned())));
        assert_eq!(of("EUR5,"), None);
        assert_eq!(of("x"), None);
    }
}
