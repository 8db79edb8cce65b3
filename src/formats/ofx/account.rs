//! The account of a statement, and the IBAN that its parts make.
//!
//! `ACCTID` may be an IBAN, a card's number or a national one. French and Belgian banks give the national number in
//! parts from which the IBAN follows by its check digits; a journal in Odoo has the IBAN.

use super::parts::Head;
use super::values;
use crate::domain::account::{belgian_iban, compact, iban};
use crate::domain::{Account, Currency, Text};
use crate::formats::text::TextFile;

/// The account, and by what its IBAN is known where `ACCTID` is none.
pub(super) fn of(
    head: &Head,
    file: &TextFile<'_>,
    currency: Option<Currency>,
) -> (Account, Option<&'static str>) {
    let read = |bytes: &[u8]| values::identifier(file, bytes).into_owned();
    let [bank, branch, number, key] =
        [&head.bank, &head.branch, &head.account, &head.account_key].map(|raw| read(&raw.bytes));
    let mut account = Account { currency, ..Account::default() };
    // A number of asterisks names nothing.
    if compact(&number).is_empty() {
        return (account, None);
    }
    account.set_number(&number);
    let mut because = None;
    if account.iban.is_none() && currency == Some(Currency::EUR) {
        let french = french(&bank, &branch, &number, &key)
            .map(|iban| (iban, "bank, branch and account of a French RIB"));
        let found = french.or_else(|| Some((belgian(&bank, &number)?, "a Belgian account number")));
        if let Some((iban, reason)) = found {
            (account.iban, account.number, because) = (Some(iban), None, Some(reason));
        }
    }
    account.bic = account.iban.as_deref().and_then(|iban| bic(&bank, iban));
    (account, because)
}

/// A bank that is named by its BIC, of the same country as the account (ISO 9362).
fn bic(bank: &str, iban: &str) -> Option<Text> {
    let bank = bank.to_ascii_uppercase();
    let formed = matches!(bank.len(), 8 | 11)
        && bank.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && bank.bytes().take(6).all(|byte| byte.is_ascii_alphabetic());
    (formed && bank.get(4..6) == iban.get(..2)).then(|| Text::from(bank))
}

/// A relevé d'identité bancaire: five digits, five digits, eleven letters or digits, and two digits that check them
/// (97 less the remainder by 97 of 89 times the bank, 15 times the branch and 3 times the account).
fn french(bank: &str, branch: &str, number: &str, key: &str) -> Option<Text> {
    let number = compact(number);
    let digits =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(bank, 5) || !digits(branch, 5) || number.len() != 11 {
        return None;
    }
    // Letters count as digits: A to I and J to R as 1 to 9, S to Z as 2 to 9.
    let value = |text: &str| {
        text.bytes().fold(0_u64, |value, byte| {
            let digit = match byte {
                b'A'..=b'I' => byte - b'A' + 1,
                b'J'..=b'R' => byte - b'J' + 1,
                b'S'..=b'Z' => byte - b'S' + 2,
                _ => byte.wrapping_sub(b'0'),
            };
            value * 10 + u64::from(digit)
        })
    };
    let check = 97 - (89 * value(bank) + 15 * value(branch) + 3 * value(&number)) % 97;
    let check = format!("{check:02}");
    (key.is_empty() || key == check).then(|| iban("FR", &format!("{bank}{branch}{number}{check}")))?
}

/// Twelve digits, the last two the remainder by 97 of the others, of a bank that is named by the first three.
fn belgian(bank: &str, number: &str) -> Option<Text> {
    let number = compact(number);
    let (head, check) = number.split_at_checked(10)?;
    let (head_value, check): (u64, u64) = (head.parse().ok()?, check.parse().ok()?);
    let expected = match head_value % 97 {
        0 => 97,
        rest => rest,
    };
    (number.len() == 12 && check == expected && head.get(..3) == Some(bank)).then(|| belgian_iban(&number))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iban_follows_from_the_parts() {
        // The example of the French standard: 20041 01005 0500013M026 06.
        let iban = Some("FR1420041010050500013M02606");
        assert_eq!(french("20041", "01005", "0500013M026", "06").as_deref(), iban);
        assert_eq!(french("20041", "01005", "0500013M026", "").as_deref(), iban);
        assert_eq!(french("20041", "01005", "0500013M026", "07"), None);
        assert_eq!(french("2004", "01005", "0500013M026", ""), None);
        assert_eq!(belgian("539", "539-0075470-34").as_deref(), Some("BE68539007547034"));
        assert_eq!(belgian("540", "539-0075470-34"), None);
        assert_eq!(belgian("539", "539-0075470-35"), None);
    }

    #[test]
    fn a_bic_is_of_the_country_of_the_account() {
        assert_eq!(bic("gkccbebb", "BE68539007547034").as_deref(), Some("GKCCBEBB"));
        assert_eq!(bic("CITIBANK", "BE68539007547034"), None);
        assert_eq!(bic("12345678", "BE68539007547034"), None);
    }
}
