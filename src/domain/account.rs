//! Accounts: the one that a statement is of, and the one on the other side of a line.

use serde::Serialize;

use super::{Currency, Text};

/// The account that a statement is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// International account number without spaces (ISO 13616), where the account has one.
    pub iban: Option<Text>,
    /// The bank's own number, for accounts that have no IBAN.
    pub number: Option<Text>,
    /// BIC of the bank that keeps the account (ISO 9362).
    pub bic: Option<Text>,
    /// Currency of the account and of all amounts of its lines.
    pub currency: Option<Currency>,
    /// Name of the holder.
    pub holder: Option<Text>,
}

impl Account {
    /// What tells this account from others: its IBAN, else its number; empty where the file names neither.
    #[must_use]
    pub fn key(&self) -> &str {
        self.iban.as_deref().or(self.number.as_deref()).unwrap_or("")
    }

    /// Takes an account as a file writes it: an IBAN goes to `iban`, anything else to `number`.
    pub fn set_number(&mut self, written: &str) {
        let compact = compact(written);
        if compact.is_empty() {
            return;
        }
        if is_iban(&compact) {
            self.iban = Some(compact);
        } else {
            self.number = Some(Text::from(written.trim()));
        }
    }
}

/// The other side of a line. Every member may be absent: card payments and charges often have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counterparty<T = Text> {
    /// Name as the bank gives it.
    pub name: Option<T>,
    /// IBAN without spaces, or the account as the bank writes it.
    pub account: Option<T>,
    /// BIC of the counterparty's bank.
    pub bic: Option<T>,
}

/// An account number without spaces and punctuation, in capitals: what is compared.
#[must_use]
pub fn compact(written: &str) -> Text {
    if written.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Text::from(written);
    }
    written.bytes().filter(u8::is_ascii_alphanumeric).map(|b| char::from(b.to_ascii_uppercase())).collect()
}

/// Whether a compact account number has the form of an IBAN (ISO 13616: two letters, two digits, up to 30
/// letters and digits) and right check digits (ISO 7064 MOD 97-10).
#[must_use]
pub fn is_iban(compact: &str) -> bool {
    has_iban_form(compact) && mod97_of_iban(compact) == Some(1)
}

/// The form alone, for files whose numbers were masked.
#[must_use]
pub fn has_iban_form(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn mod97_of_iban(compact: &str) -> Option<u32> {
    let (head, tail) = compact.split_at_checked(4)?;
    mod97(tail.bytes().chain(head.bytes()))
}

/// Remainder by 97 of letters and digits read as ISO 7064 does (A = 10 … Z = 35).
pub(super) fn mod97(characters: impl Iterator<Item = u8>) -> Option<u32> {
    let mut rest = 0_u64;
    for byte in characters {
        rest = match byte {
            b'0'..=b'9' => rest * 10 + u64::from(byte - b'0'),
            b'A'..=b'Z' => rest * 100 + u64::from(byte - b'A') + 10,
            _ => return None,
        };
        // The remainder is slow to take, and not needed until two more digits might not fit.
        if rest > u64::MAX / 1000 {
            rest %= 97;
        }
    }
    u32::try_from(rest % 97).ok()
}

/// The IBAN of a Belgian twelve-digit account number: `BE`, check digits, the number.
#[must_use]
pub fn belgian_iban(bban: &str) -> Option<Text> {
    (bban.len() == 12 && bban.bytes().all(|b| b.is_ascii_digit())).then(|| iban("BE", bban))?
}

/// The IBAN of a national account number: country, check digits (ISO 7064 MOD 97-10), the number in capitals without
/// spaces; none where the parts cannot make one.
#[must_use]
pub fn iban(country: &str, bban: &str) -> Option<Text> {
    let rest = mod97(bban.bytes().chain(country.bytes()).chain(*b"00"))?;
    Some(compact_str::format_compact!("{country}{:02}{bban}", 98 - rest)).filter(|iban| is_iban(iban))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_ibans() {
        assert!(is_iban("BE68539007547034"));
        assert!(is_iban("NL91ABNA0417164300"));
        assert!(!is_iban("BE69539007547034"));
        assert!(!is_iban("BE68"));
        assert!(!is_iban("539007547034"));
        assert_eq!(belgian_iban("539007547034").as_deref(), Some("BE68539007547034"));
        assert_eq!(belgian_iban("53900754703"), None);
    }

    #[test]
    fn a_written_number_goes_where_it_belongs() {
        let mut account = Account::default();
        account.set_number("BE68 5390 0754 7034");
        assert_eq!(account.key(), "BE68539007547034");
        let mut other = Account::default();
        other.set_number("12-34");
        assert_eq!((other.iban, other.number.as_deref()), (None, Some("12-34")));
    }
}
