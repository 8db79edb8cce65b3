//! Which of a statement's balances open and close it.
//!
//! | code | what | used as |
//! |---|---|---|
//! | OPBD | opening booked | opening; the earliest of several |
//! | PRCD | closing booked of the statement before | opening, where there is no OPBD |
//! | ITBD | interim booked: between pages | opening: the first, where nothing better is; closing: the last |
//! | CLBD | closing booked | closing; the latest of several |
//! | OPAV ITAV CLAV FWAV XPCD INFO | available, expected, information | never |
//!
//! OPBD and CLBD with the sub-type INTM are what ITBD is.

use super::tree::{Element, route};
use super::values::{credit, date, money, signed};
use crate::domain::{Balance, Currency};
use crate::errors::Result;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Opening,
    Previous,
    Interim,
    InterimOpening,
    InterimClosing,
    Closing,
}

/// A booked balance as the message gives it.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    role: Role,
    pub(super) currency: Currency,
    balance: Balance,
}

/// One `Bal`; none for a kind that is never used.
///
/// # Errors
/// BB-3202 and BB-3203 for an amount that is missing, and what is malformed.
pub(super) fn read(element: Element<'_>, currency: Option<Currency>) -> Result<Option<Stated>> {
    let code = element.value(route!(Tp CdOrPrtry Cd)).or_else(|| element.value(route!(Tp Cd)));
    let interim = element.value(route!(Tp SubTp Cd)) == Some("INTM");
    let role = match code {
        Some("OPBD") if interim => Role::InterimOpening,
        Some("CLBD") if interim => Role::InterimClosing,
        Some("OPBD") => Role::Opening,
        Some("PRCD") => Role::Previous,
        Some("ITBD") => Role::Interim,
        Some("CLBD") => Role::Closing,
        _ => return Ok(None),
    };
    let stated = money(element, currency)?;
    // Some banks leave the direction out; were it a debit, the statement would not add up.
    let credit = credit(element)?.unwrap_or(true);
    let date = date(element, route!(Dt), "Bal/Dt")?;
    let balance = Balance { date, amount: signed(stated.amount, credit) };
    Ok(Some(Stated { role, currency: stated.currency, balance }))
}

/// The opening and the closing balance among those of one currency.
pub(super) fn choose(all: &[Stated], currency: Currency) -> (Option<Balance>, Option<Balance>) {
    let of = |roles: &'static [Role]| {
        all.iter()
            .filter(move |stated| stated.currency == currency && roles.contains(&stated.role))
            .map(|stated| &stated.balance)
    };
    let mut opening = earliest(of(&[Role::Opening])).or_else(|| earliest(of(&[Role::Previous])));
    let mut closing = latest(of(&[Role::Closing]));
    // One interim balance alone stands at the end that has no other; two are both ends.
    let alone = of(&[Role::Interim]).count() == 1;
    if opening.is_none() && !(alone && closing.is_none()) {
        opening = of(&[Role::Interim, Role::InterimOpening]).next();
    }
    opening = opening.or_else(|| of(&[Role::InterimOpening]).next());
    closing = closing.or_else(|| {
        of(&[Role::Interim, Role::InterimClosing]).next_back().filter(|last| Some(*last) != opening || !alone)
    });
    (opening.cloned(), closing.cloned())
}

/// Whether a booked opening, not an interim one, is among them.
pub(super) fn opens(all: &[Stated]) -> bool {
    all.iter().any(|stated| matches!(stated.role, Role::Opening | Role::Previous))
}

/// Whether a booked closing, not an interim one, is among them.
pub(super) fn closes(all: &[Stated]) -> bool {
    all.iter().any(|stated| stated.role == Role::Closing)
}

/// Whether an interim closing is among them.
pub(super) fn pauses(all: &[Stated]) -> bool {
    all.iter().any(|stated| matches!(stated.role, Role::Interim | Role::InterimClosing))
}

/// Of several with the same or no date, the first.
fn earliest<'b>(balances: impl Iterator<Item = &'b Balance>) -> Option<&'b Balance> {
    balances.reduce(|best, other| if other.date < best.date && other.date.is_some() { other } else { best })
}

/// Of several with the same or no date, the last.
fn latest<'b>(balances: impl Iterator<Item = &'b Balance>) -> Option<&'b Balance> {
    balances.reduce(|best, other| if other.date >= best.date { other } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Decimal;

    fn chosen(roles: &[(Role, i64)]) -> (Option<i64>, Option<i64>) {
        let stated = |(role, amount): &(Role, i64)| Stated {
            role: *role,
            currency: Currency::EUR,
            balance: Balance { date: None, amount: Decimal::from(*amount) },
        };
        let all: Vec<_> = roles.iter().map(stated).collect();
        let number = |balance: Option<Balance>| balance.and_then(|b| i64::try_from(b.amount).ok());
        let (opening, closing) = choose(&all, Currency::EUR);
        (number(opening), number(closing))
    }

    #[test]
    fn each_end_has_its_order_of_preference() {
        use Role::{Closing, Interim, InterimClosing, InterimOpening, Opening, Previous};
        assert_eq!(chosen(&[(Previous, 1), (Opening, 2), (Closing, 3)]), (Some(2), Some(3)));
        assert_eq!(chosen(&[(Previous, 1), (Closing, 3)]), (Some(1), Some(3)));
        assert_eq!(chosen(&[(Opening, 1), (Interim, 2)]), (Some(1), Some(2)));
        assert_eq!(chosen(&[(Interim, 1), (Interim, 2)]), (Some(1), Some(2)));
        assert_eq!(chosen(&[(Interim, 1), (Closing, 2)]), (Some(1), Some(2)));
        assert_eq!(chosen(&[(InterimOpening, 1), (InterimClosing, 2)]), (Some(1), Some(2)));
        assert_eq!(chosen(&[(Interim, 1)]), (None, Some(1)));
        assert_eq!(chosen(&[(Opening, 1)]), (Some(1), None));
        assert_eq!(chosen(&[]), (None, None));
    }
}
