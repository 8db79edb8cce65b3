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
//!
//! That is so in an end-of-day statement. An intraday report (camt.052) has interim balances of moments that begin
//! and end nothing: it closes by CLBD alone, and opens by OPBD or PRCD unless an interim balance shows that its lines
//! do not begin there. A notification (camt.054) has no balances.

use super::records::MessageKind;
use super::tree::{Element, route};
use super::values::{credit, date, money, signed};
use crate::domain::{Balance, Currency, Decimal, Text};
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

impl Role {
    /// As the message writes it.
    fn code(self) -> &'static str {
        match self {
            Self::Opening => "OPBD",
            Self::Previous => "PRCD",
            Self::Interim => "ITBD",
            Self::InterimOpening => "OPBD/INTM",
            Self::InterimClosing => "CLBD/INTM",
            Self::Closing => "CLBD",
        }
    }
}

/// A booked balance as the message gives it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stated {
    role: Role,
    pub(super) currency: Currency,
    pub(super) balance: Balance,
}

impl Stated {
    /// Its code, with the sub-type INTM where it has that.
    pub(super) fn code(&self) -> &'static str {
        self.role.code()
    }
}

/// One `Bal`.
pub(super) enum Given {
    /// Booked.
    Booked(Stated),
    /// Of a kind that is never used: its code.
    Other(Text),
}

/// Reads a `Bal`.
///
/// # Errors
/// BB-3202 and BB-3203 for an amount that is missing, and what is malformed.
pub(super) fn read(element: Element<'_>, currency: Option<Currency>) -> Result<Given> {
    let code = element.value(route!(Tp CdOrPrtry Cd)).or_else(|| element.value(route!(Tp Cd)));
    let interim = element.value(route!(Tp SubTp Cd)) == Some("INTM");
    let role = match code {
        Some("OPBD") if interim => Role::InterimOpening,
        Some("CLBD") if interim => Role::InterimClosing,
        Some("OPBD") => Role::Opening,
        Some("PRCD") => Role::Previous,
        Some("ITBD") => Role::Interim,
        Some("CLBD") => Role::Closing,
        _ => return Ok(Given::Other(kind(element, code))),
    };
    let stated = money(element, currency)?;
    // Some banks leave the direction out; were it a debit, the statement would not add up.
    let credit = credit(element)?.unwrap_or(true);
    let date = date(element, route!(Dt), "Bal/Dt")?;
    let balance = Balance { date, amount: signed(stated.amount, credit) };
    Ok(Given::Booked(Stated { role, currency: stated.currency, balance }))
}

/// The code of a balance for a reader, else the bank's own word.
fn kind(element: Element<'_>, code: Option<&str>) -> Text {
    let own = element.value(route!(Tp CdOrPrtry Prtry)).or_else(|| element.value(route!(Tp Prtry)));
    code.or(own).unwrap_or("without code").chars().take(20).collect()
}

/// The opening and the closing balance.
pub(super) type Ends<'b> = (Option<&'b Stated>, Option<&'b Stated>);

/// The opening and the closing balance among those of one currency, of lines with that sum.
pub(super) fn choose(kind: MessageKind, all: &[Stated], currency: Currency, sum: Decimal) -> Ends<'_> {
    match kind {
        MessageKind::Statement => of_statement(all, currency),
        MessageKind::Report => of_report(all, currency, sum),
        MessageKind::Notification => (None, None),
    }
}

/// Those of a whole day.
pub(super) fn of_statement(all: &[Stated], currency: Currency) -> Ends<'_> {
    let of = |roles: &'static [Role]| of(all, currency, roles);
    let mut opening = earliest(of(&[Role::Opening])).or_else(|| earliest(of(&[Role::Previous])));
    let mut closing = latest(of(&[Role::Closing]));
    // One interim balance alone stands at the end that has no other; two are both ends.
    let alone = of(&[Role::Interim]).count() == 1;
    if opening.is_none() && !(alone && closing.is_none()) {
        opening = of(&[Role::Interim, Role::InterimOpening]).next();
    }
    opening = opening.or_else(|| of(&[Role::InterimOpening]).next());
    closing = closing.or_else(|| {
        let last = of(&[Role::Interim, Role::InterimClosing]).next_back();
        last.filter(|last| opening.is_none_or(|opening| opening.balance != last.balance) || !alone)
    });
    (opening, closing)
}

/// Those of a part of a day, which need not begin where the day does.
fn of_report(all: &[Stated], currency: Currency, sum: Decimal) -> Ends<'_> {
    let of = |roles: &'static [Role]| of(all, currency, roles);
    let opening = earliest(of(&[Role::Opening])).or_else(|| earliest(of(&[Role::Previous])));
    let closing = latest(of(&[Role::Closing]));
    let interim = latest(of(&[Role::Interim, Role::InterimClosing]));
    let begins = |opening: &&Stated| {
        closing.is_some()
            || interim
                .is_none_or(|interim| opening.balance.amount.checked_add(sum) == Some(interim.balance.amount))
    };
    (opening.filter(begins), closing)
}

fn of<'b>(
    all: &'b [Stated],
    currency: Currency,
    roles: &'static [Role],
) -> impl DoubleEndedIterator<Item = &'b Stated> {
    all.iter().filter(move |stated| stated.currency == currency && roles.contains(&stated.role))
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
fn earliest<'b>(balances: impl Iterator<Item = &'b Stated>) -> Option<&'b Stated> {
    balances.reduce(|best, other| {
        let earlier = other.balance.date < best.balance.date && other.balance.date.is_some();
        if earlier { other } else { best }
    })
}

/// Of several with the same or no date, the last.
fn latest<'b>(balances: impl Iterator<Item = &'b Stated>) -> Option<&'b Stated> {
    balances.reduce(|best, other| if other.balance.date >= best.balance.date { other } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_in(kind: MessageKind, sum: i64, roles: &[(Role, i64)]) -> (Option<i64>, Option<i64>) {
        let stated = |(role, amount): &(Role, i64)| Stated {
            role: *role,
            currency: Currency::EUR,
            balance: Balance { date: None, amount: Decimal::from(*amount) },
        };
        let all: Vec<_> = roles.iter().map(stated).collect();
        let number = |stated: Option<&Stated>| stated.and_then(|s| i64::try_from(s.balance.amount).ok());
        let (opening, closing) = choose(kind, &all, Currency::EUR, Decimal::from(sum));
        (number(opening), number(closing))
    }

    fn chosen(roles: &[(Role, i64)]) -> (Option<i64>, Option<i64>) {
        chosen_in(MessageKind::Statement, 0, roles)
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

    #[test]
    fn interim_balances_open_and_close_no_report() {
        use Role::{Closing, Interim, InterimClosing, InterimOpening, Opening, Previous};
        let report = |sum, roles: &[_]| chosen_in(MessageKind::Report, sum, roles);
        assert_eq!(report(1, &[(Opening, 1), (Closing, 3)]), (Some(1), Some(3)));
        assert_eq!(report(1, &[(Previous, 1), (Interim, 2)]), (Some(1), None), "it begins with the day");
        assert_eq!(report(1, &[(Opening, 1), (Interim, 5)]), (None, None), "it begins later");
        assert_eq!(report(1, &[(Opening, 1)]), (Some(1), None));
        assert_eq!(report(1, &[(Interim, 1), (Interim, 2)]), (None, None));
        assert_eq!(report(1, &[(InterimOpening, 1), (InterimClosing, 2)]), (None, None));
        assert_eq!(report(1, &[(Opening, 1), (InterimClosing, 2)]), (Some(1), None));
    }

    #[test]
    fn a_notification_has_none() {
        let all = [(Role::Opening, 1), (Role::Closing, 2)];
        assert_eq!(chosen_in(MessageKind::Notification, 1, &all), (None, None));
    }
}
