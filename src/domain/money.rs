//! Currencies and amounts.
//!
//! Amounts are [`Decimal`] from the bytes of the file to the number in Odoo; nothing here or elsewhere makes a
//! binary fraction of money. A currency is its three ISO 4217 letters; what it adds is the number of its minor
//! units, which the identity of a line and the check before a push need.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// A currency by its ISO 4217 alphabetic code. Codes that the standard does not list are kept, with two
/// decimals, since banks use private ones (funds, old currencies).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro, which several formats leave unsaid.
    pub const EUR: Self = Self(*b"EUR");
    /// Stands where a file names no currency at all (ISO 4217: `XXX`): the journal's is meant. Null in JSON.
    pub const UNSTATED: Self = Self(*b"XXX");

    /// Three ASCII letters, in either case; anything else is none.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.trim().as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Self(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Number of decimals of the currency (ISO 4217 minor unit): 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            // Those that come in nearly every file, as the table below has them too.
            b"EUR" | b"USD" | b"GBP" | b"CHF" | b"XXX" => 2,
            _ => iso_currency::Currency::from_code(self.code())
                .and_then(iso_currency::Currency::exponent)
                .map_or(2, u32::from),
        }
    }

    /// Whether the file says which currency it is.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        *self != Self::UNSTATED
    }

    /// Whether an amount can be written in this currency without losing a digit.
    #[must_use]
    pub fn holds(&self, amount: Decimal) -> bool {
        !self.is_stated() || amount.normalize().scale() <= self.decimals()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_stated() { serializer.serialize_str(self.code()) } else { serializer.serialize_none() }
    }
}

/// An amount for a reader: at least the currency's decimals, never fewer digits than the amount has.
#[must_use]
pub fn display(amount: Decimal, currency: Currency) -> Decimal {
    let mut shown = amount.normalize();
    if shown.scale() < currency.decimals() {
        shown.rescale(currency.decimals());
    }
    shown
}

/// Amounts in JSON are text.
pub(super) fn as_text<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the member")]
pub(super) fn as_optional_text<S: Serializer>(
    rate: &Option<Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match rate {
        Some(rate) => serializer.collect_str(rate),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_iso_4217() {
        let of = |code| Currency::new(code).map(|c| c.decimals());
        assert_eq!(of("EUR"), Some(2));
        assert_eq!(of("jpy"), Some(0));
        assert_eq!(of("KWD"), Some(3));
        assert_eq!(of("QQQ"), Some(2));
        let unstated = iso_currency::Currency::from_code(Currency::UNSTATED.code());
        assert_eq!(
            unstated.and_then(iso_currency::Currency::exponent),
            None,
            "it has two as unknown ones have"
        );
        assert_eq!(of("EURO"), None);
        assert_eq!(of("E1R"), None);
    }

    #[test]
    fn an_amount_is_shown_with_the_currencys_decimals_and_no_digit_less() {
        let eur = Currency::EUR;
        assert_eq!(display(Decimal::new(1_000, 3), eur).to_string(), "1.00");
        assert_eq!(display(Decimal::new(1_0005, 4), eur).to_string(), "1.0005");
        assert!(!eur.holds(Decimal::new(1_0005, 4)));
        assert!(eur.holds(Decimal::new(1_000, 3)));
    }
}
