//! Accounts as the records write them: number and currency in one zone of 37 characters.

use super::records::Field;
use crate::domain::account::{belgian_iban, compact, has_iban_form};
use crate::domain::{Account, Currency, Text};

/// The account of records 1 and 8 with its currency, by the account structure of record 1 position 2.
///
/// `0` Belgian number (12 digits, a blank, the currency, …), `1` foreign number (34) and currency, `2` Belgian IBAN
/// (31, 3 blank) and currency, `3` foreign IBAN (34) and currency. Version 1 and some banks leave the structure
/// blank: then the zone itself tells. The currency is none where it is blank, which means euro.
///
/// Gives back what stands where the currency should, if that is none.
pub(super) fn account(structure: u8, zone: Field<'_>) -> Result<(Account, Option<Currency>), Field<'_>> {
    let starts_as_iban = has_iban_start(zone);
    let belgian = structure == b'0' || (!matches!(structure, b'1'..=b'3') && !starts_as_iban);
    let (number, currency) = if belgian {
        (zone.part(1, 12), zone.part(14, 16))
    } else {
        (zone.part(1, if structure == b'2' { 31 } else { 34 }), zone.part(35, 37))
    };
    let mut account = Account::default();
    let number = number.text();
    if belgian {
        account.iban = checked_belgian_iban(&number);
        account.number = (!number.is_empty()).then_some(number);
    } else {
        account.set_number(&number);
    }
    let code = currency.text();
    match Currency::new(&code) {
        Some(currency) => Ok((account, Some(currency))),
        None if code.is_empty() => Ok((account, None)),
        None => Err(currency),
    }
}

/// The counterparty's account of record 2.3, as an IBAN where it is one or can be made one.
///
/// The zone does not follow the structure of record 1: twelve digits followed by a blank are a Belgian number
/// (version 1 has internal codes behind it instead of the blank).
pub(super) fn counterparty(zone: Field<'_>, version: u8) -> Option<Text> {
    let head = zone.part(1, 12);
    if head.is_blank() && zone.is_blank() {
        return None;
    }
    let digits = head.bytes().iter().all(u8::is_ascii_digit);
    if digits && (version == b'1' || zone.part(13, 13).is_blank()) {
        let number = head.text();
        let used = number.bytes().any(|b| b != b'0');
        return used.then(|| checked_belgian_iban(&number).unwrap_or(number));
    }
    let written = zone.part(1, 34).text();
    if written.is_empty() {
        return None;
    }
    Some(if has_iban_start(zone) && !written.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        let compact = compact(&written);
        if has_iban_form(&compact) { compact } else { written }
    } else {
        written
    })
}

/// The IBAN of a Belgian number whose own check digits are right: the last two are the rest of the first ten
/// by 97, where 0 is written 97.
fn checked_belgian_iban(number: &str) -> Option<Text> {
    let (base, check) = number.split_at_checked(10)?;
    let digits =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let expected = match digits(base)? % 97 {
        0 => 97,
        rest => rest,
    };
    if digits(check)? != expected {
        return None;
    }
    belgian_iban(number)
}

fn has_iban_start(zone: Field<'_>) -> bool {
    let bytes = zone.bytes();
    bytes.iter().take(2).all(u8::is_ascii_uppercase) && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(structure: u8, zone: &str) -> (String, Option<Currency>) {
        let padded = format!("{zone:<37}");
        let (account, currency) =
            account(structure, Field::ascii(padded.as_bytes())).map_err(Field::text).unwrap();
        (account.key().to_owned(), currency)
    }

    #[test]
    fn every_structure_of_an_account() {
        let usd = Currency::new("USD");
        assert_eq!(read(b'0', "539007547034 USD0BE"), ("BE68539007547034".into(), usd));
        assert_eq!(read(b' ', "539007547034"), ("BE68539007547034".into(), None));
        assert_eq!(read(b'0', "539007547035 USD0BE"), ("539007547035".into(), usd), "wrong check digits");
        assert_eq!(read(b'1', "1234567890123456789012345678901234USD").0.len(), 34);
        assert_eq!(read(b'2', &format!("{:<34}USD", "BE68539007547034")), ("BE68539007547034".into(), usd));
        assert_eq!(read(b'3', &format!("{:<34}", "NL91ABNA0417164300")), ("NL91ABNA0417164300".into(), None));
        assert_eq!(read(b' ', &format!("{:<34}USD", "BE68539007547034")), ("BE68539007547034".into(), usd));
        let padded = format!("{:<37}", "539007547034 U1D");
        assert_eq!(account(b'0', Field::ascii(padded.as_bytes())).err().unwrap().text(), "U1D");
    }

    #[test]
    fn the_counterpartys_account_as_it_is_written() {
        let of = |zone: &str, version| {
            let padded = format!("{zone:<37}");
            counterparty(Field::ascii(padded.as_bytes()), version).map(String::from)
        };
        assert_eq!(of("539007547034 EUR", b'2').as_deref(), Some("BE68539007547034"));
        assert_eq!(of("53900754703412345", b'2').as_deref(), Some("53900754703412345"));
        assert_eq!(of("5390075470341234567890", b'1').as_deref(), Some("BE68539007547034"));
        assert_eq!(of("NL91 ABNA 0417 1643 00", b'2').as_deref(), Some("NL91ABNA0417164300"));
        assert_eq!(of("XXXXXXXXXXXX", b'2').as_deref(), Some("XXXXXXXXXXXX"));
        assert_eq!(of("000000000000", b'2'), None);
        assert_eq!(of("", b'2'), None);
    }
}
