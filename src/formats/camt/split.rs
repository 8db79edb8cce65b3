//! One booking into the transactions that it sums up, but only where the sum proves it.
//!
//! An entry is what moved the balance; its details may be complete, net of charges, or in another currency. The
//! amounts decide:
//!
//! | the details | lines |
//! |---|---|
//! | none or one | one line with the entry's amount |
//! | several, all amounts known, adding up to the entry | one line each |
//! | several that add up with the charges named | one line each and one of the charges |
//! | anything else | one line with the entry's amount, the details in its note |

use super::tree::{Element, Name, route};
use super::values::{Money, credit, money, money_of, signed};
use crate::domain::{Currency, Decimal};

/// How an entry becomes lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// One line.
    Whole,
    /// One line for each transaction, with its signed amount, and one for charges unless zero.
    Each {
        /// Signed amounts, in the order of the transactions.
        amounts: Vec<Decimal>,
        /// Signed.
        charges: Decimal,
    },
    /// One line, since the transactions add up to something else.
    Differs {
        /// What they add up to.
        sum: Decimal,
    },
    /// One line, since some amounts are not given in the entry's currency.
    Unknown {
        /// How many.
        count: usize,
    },
}

/// Decides for an entry of a signed amount.
pub(super) fn split(
    entry: Element<'_>,
    transactions: &[Element<'_>],
    amount: Decimal,
    currency: Currency,
) -> Split {
    if transactions.len() < 2 {
        return Split::Whole;
    }
    let entry_credit = !amount.is_sign_negative() && credit(entry).ok().flatten().unwrap_or(true);
    let mut own_signs = Vec::with_capacity(transactions.len());
    let mut plain_sum = Some(Decimal::ZERO);
    let (mut sum, mut charges, mut unknown) = (Some(Decimal::ZERO), Some(Decimal::ZERO), 0);
    for transaction in transactions {
        let direction = credit(*transaction).ok().flatten().unwrap_or(entry_credit);
        match amount_in(*transaction, currency) {
            Some(found) => {
                let own = signed(found, direction);
                own_signs.push(own);
                sum = sum.and_then(|sum| sum.checked_add(own));
                plain_sum = plain_sum.and_then(|sum| sum.checked_add(found));
            }
            None => unknown += 1,
        }
        charges = charges.and_then(|sum| sum.checked_add(charged(*transaction, currency)));
    }
    if unknown > 0 {
        return Split::Unknown { count: unknown };
    }
    let (Some(sum), Some(plain_sum), Some(charges)) = (sum, plain_sum, charges) else {
        return Split::Differs { sum: Decimal::ZERO };
    };
    if sum == amount {
        return Split::Each { amounts: own_signs, charges: Decimal::ZERO };
    }
    if signed(plain_sum, entry_credit) == amount {
        // Details of a reversal may keep the direction of the payment that it undoes.
        let amounts = own_signs.iter().map(|own| signed(own.abs(), entry_credit)).collect();
        return Split::Each { amounts, charges: Decimal::ZERO };
    }
    let rest = amount - sum;
    let of_entry = charged(entry, currency);
    let named = [charges, of_entry, charges + of_entry];
    if named.iter().any(|named| !named.is_zero() && named.abs() == rest.abs()) {
        return Split::Each { amounts: own_signs, charges: rest };
    }
    Split::Differs { sum }
}

/// The amount of a transaction in the entry's currency, without sign.
pub(super) fn amount_in(transaction: Element<'_>, currency: Currency) -> Option<Decimal> {
    let details = transaction.get(route!(AmtDtls));
    let own = transaction.get(route!(Amt)).and_then(|element| money_of(element, None).ok());
    let of = |path: &'static [Name]| money(details?.get(path)?, None).ok();
    own.filter(|money| money.currency == currency)
        .or_else(|| {
            let paths = [route!(TxAmt), route!(InstdAmt), route!(CntrValAmt)];
            paths.into_iter().filter_map(of).find(|money| money.currency == currency)
        })
        .map(|money| money.amount)
}

/// Charges that an element names, signed: what the bank took is negative. Charges in another currency are none.
pub(super) fn charged(parent: Element<'_>, currency: Currency) -> Decimal {
    let in_currency = |found: Money| (found.currency == currency).then_some(found.amount);
    let amount = |element: Element<'_>| {
        let found = money(element, Some(currency)).ok().and_then(in_currency)?;
        Some(signed(found, credit(element).ok().flatten().unwrap_or(false)))
    };
    let mut total = Decimal::ZERO;
    for charges in each(parent) {
        let mut records = charges.children().filter(|child| child.is(RECORD)).peekable();
        let found: Decimal = if charges.get(route!(Amt)).is_some() {
            amount(charges).unwrap_or_default()
        } else if records.peek().is_some() {
            records.filter_map(amount).fold(Decimal::ZERO, Decimal::saturating_add)
        } else {
            let stated = charges.get(route!(TtlChrgsAndTaxAmt));
            stated
                .and_then(|e| money_of(e, Some(currency)).ok())
                .and_then(in_currency)
                .map_or(Decimal::ZERO, |a| -a)
        };
        total = total.saturating_add(found);
    }
    total
}

/// The `Chrgs` of an element.
pub(super) fn each(parent: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    const CHARGES: Name = Name::of("Chrgs");
    parent.children().filter(|child| child.is(CHARGES))
}

/// `Rcrd` of charges since version 03.
pub(super) const RECORD: Name = Name::of("Rcrd");
