//! What a statement says about itself, held against what was read: totals and number of records, the account of
//! the closing balance; and between the statements of a file, their order, numbers and balances.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::records::Trailer;
use super::statement::Open;
use crate::domain::account::compact;
use crate::domain::{Account, Balance, Currency, Date, Statement, Text, Warning};
use crate::errors::{Code, Error, Place};

/// A statement that was read to its trailer.
pub(super) struct Closed {
    pub(super) statement: Statement,
    /// Day of the closing balance, else of the file.
    pub(super) day: Option<Date>,
    /// Number of the coded statement; 0 where there is none.
    pub(super) coded_number: u32,
    /// Of a separate application: it stands outside the chain of balances.
    pub(super) separate: bool,
    /// Line of its trailer.
    pub(super) line: u64,
}

/// Thousandths for a reader.
pub(super) fn show(thousandths: i128, currency: Currency) -> Decimal {
    let amount = Decimal::try_from_i128_with_scale(thousandths, 3).unwrap_or(Decimal::MAX);
    crate::domain::money::display(amount, currency)
}

/// Totals of debits and credits and the number of records. The trailer counts in six digits, so a number of
/// records is compared without its millions.
pub(super) fn trailer(open: &Open, trailer: &Trailer, line: u64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (side, computed, stated) in
        [("debits", open.debit, trailer.debit), ("credits", open.credit, trailer.credit)]
    {
        if let Some(stated) = stated.map(i128::from).filter(|stated| *stated != computed) {
            warnings.push(
                Error::new(Code::TOTALS_DIFFER)
                    .arg("side", side)
                    .arg("computed", show(computed, open.currency))
                    .arg("stated", show(stated, open.currency))
                    .at(Place::line(line))
                    .into_warning(),
            );
        }
    }
    if let Some(stated) = trailer.records.filter(|stated| open.records % 1_000_000 != u64::from(*stated)) {
        warnings.push(
            Error::new(Code::RECORDS_DIFFER)
                .arg("computed", open.records)
                .arg("stated", stated)
                .at(Place::line(line))
                .into_warning(),
        );
    }
    warnings
}

/// The account of record 8 against that of record 1.
pub(super) fn account(open: &Open, closing: &Account, currency: Currency, line: u64) -> Option<Warning> {
    let opening = &open.statement.account;
    if opening.key() == closing.key() && open.currency == currency {
        return None;
    }
    Some(
        Error::new(Code::ACCOUNTS_DIFFER)
            .arg("closing", format!("{} {currency}", closing.key()))
            .arg("opening", format!("{} {}", opening.key(), open.currency))
            .at(Place::line(line))
            .into_warning(),
    )
}

/// Statements that a file holds more than once, as concatenated downloads do.
#[derive(Default)]
pub(super) struct Repeats {
    seen: HashMap<String, Vec<usize>>,
    left_out: usize,
}

/// What was seen of a statement's marks: account, day, balances, number.
#[derive(PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing: its lines equal no others.
    Never,
    /// The same statement, line by line.
    Same,
    /// Other statements with the same marks; the place of the only one, if it is one.
    Alike(Option<usize>),
}

/// How many statements with the same marks and other lines are remembered.
const MOST_ALIKE: usize = 16;

impl Repeats {
    /// How many were left out so far.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether a statement was read before: the same marks, and the same amounts and references line by line. The
    /// earlier one gets the warning.
    pub(super) fn look(&mut self, scope: &[String; 3], statement: &Statement, closed: &mut [Closed]) -> Seen {
        if statement.lines.is_empty() {
            return Seen::Never;
        }
        let currency = statement.account.currency.unwrap_or(Currency::EUR);
        // As an identity takes it: a number that is written with and without hyphens is one account.
        let account = compact(statement.account.key());
        let key = format!("{account} {currency} {}", scope.join(" "));
        let earlier = self.seen.entry(key).or_default();
        for place in earlier.iter() {
            let Some(known) = closed.get_mut(*place) else { continue };
            let lines = (&known.statement.lines, &statement.lines);
            let same = lines.0.len() == lines.1.len()
                && lines.0.iter().zip(lines.1).all(|(a, b)| {
                    (a.amount, a.booked_on, a.reference(), a.bank_code())
                        == (b.amount, b.booked_on, b.reference(), b.bank_code())
                });
            if same {
                let warnings = &mut known.statement.warnings;
                if !warnings.iter().any(|warning| warning.code == Code::CODA_STATEMENT_REPEATED) {
                    warnings.push(Error::new(Code::CODA_STATEMENT_REPEATED).into_warning());
                }
                self.left_out += 1;
                return Seen::Same;
            }
        }
        let seen = match earlier.as_slice() {
            [] => Seen::Never,
            [only] => Seen::Alike(Some(*only)),
            _ => Seen::Alike(None),
        };
        if earlier.len() < MOST_ALIKE {
            earlier.push(closed.len());
        }
        seen
    }
}

/// Statements in the order of the account's life, and what that order shows: missing numbers, broken balances.
///
/// Some banks list the newest first. Each account keeps the places that its statements have in the file; within
/// these, days decide, and within a day the chain of balances.
pub(super) fn in_order(closed: Vec<Closed>) -> Vec<Statement> {
    let mut accounts: HashMap<(Text, Option<Currency>), Vec<usize>> = HashMap::new();
    for (place, one) in closed.iter().enumerate().filter(|(_, one)| !one.separate) {
        let account = &one.statement.account;
        accounts.entry((Text::from(account.key()), account.currency)).or_default().push(place);
    }
    let mut slots: Vec<Option<Closed>> = closed.into_iter().map(Some).collect();
    for places in accounts.values().filter(|places| places.len() > 1) {
        let of_account: Vec<Closed> =
            places.iter().filter_map(|place| slots.get_mut(*place)?.take()).collect();
        let mut of_account = by_day(of_account);
        continuity(&mut of_account);
        for (place, one) in places.iter().zip(of_account) {
            if let Some(slot) = slots.get_mut(*place) {
                *slot = Some(one);
            }
        }
    }
    slots.into_iter().flatten().map(|one| one.statement).collect()
}

fn by_day(mut statements: Vec<Closed>) -> Vec<Closed> {
    if statements.iter().any(|one| one.day.is_none()) {
        return statements;
    }
    statements.sort_by_key(|one| one.day);
    let mut ordered: Vec<Closed> = Vec::with_capacity(statements.len());
    let mut rest = statements.into_iter().peekable();
    while let Some(first) = rest.next() {
        let day = first.day;
        let mut same_day = vec![first];
        while let Some(next) = rest.next_if(|next| next.day == day) {
            same_day.push(next);
        }
        let before = ordered.last().and_then(last_balance);
        ordered.extend(if same_day.len() > 1 { chained(same_day, before) } else { same_day });
    }
    ordered
}

/// Statements of one day along their balances, from the balance before them; what does not join goes by number.
fn chained(mut statements: Vec<Closed>, before: Option<Decimal>) -> Vec<Closed> {
    statements.sort_by_key(|one| one.coded_number);
    let mut openings: HashMap<Decimal, Vec<usize>> = HashMap::new();
    for (place, one) in statements.iter().enumerate().rev() {
        if let Some(opening) = amount(one.statement.opening.as_ref()) {
            openings.entry(opening).or_default().push(place);
        }
    }
    let closings: Vec<_> = statements.iter().filter_map(last_balance).collect();
    let starts = |one: &Closed| {
        amount(one.statement.opening.as_ref()).is_some_and(|opening| !closings.contains(&opening))
    };
    let mut balance = before.filter(|balance| openings.contains_key(balance));
    if balance.is_none() && closings.len() <= MOST_OF_A_DAY {
        balance =
            statements.iter().find(|one| starts(one)).and_then(|one| amount(one.statement.opening.as_ref()));
    }
    let mut slots: Vec<Option<Closed>> = statements.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(slots.len());
    let mut first_left = 0;
    while first_left < slots.len() {
        let joined = balance.and_then(|balance| openings.get_mut(&balance)?.pop());
        let place = joined.unwrap_or(first_left);
        if let Some(one) = slots.get_mut(place).and_then(Option::take) {
            balance = last_balance(&one);
            ordered.push(one);
        }
        while slots.get(first_left).is_some_and(Option::is_none) {
            first_left += 1;
        }
    }
    ordered
}

/// Beyond so many statements of one account and day, no search is made for the one that begins.
const MOST_OF_A_DAY: usize = 1000;

/// Numbers that skip and balances that do not follow, as findings of the later statement.
fn continuity(statements: &mut [Closed]) {
    let mut previous: Option<(u32, Option<Date>, Option<Decimal>)> = None;
    for one in statements {
        if let Some((number, day, closing)) = previous {
            let year = |day: Option<Date>| day.map(Date::year);
            let follows = if year(day) == year(one.day) {
                one.coded_number == number + 1 || one.coded_number == number
            } else {
                one.coded_number == 1 || one.coded_number == number + 1
            };
            if !follows && number != 0 && one.coded_number != 0 {
                let warning = Error::new(Code::NUMBERS_SKIP)
                    .arg("number", format!("{:03}", one.coded_number))
                    .arg("previous", format!("{number:03}"));
                one.statement.warnings.push(warning.at(Place::line(one.line)).into_warning());
            }
            if let (Some(opening), Some(closing)) = (amount(one.statement.opening.as_ref()), closing)
                && opening != closing
            {
                let warning = Error::new(Code::CHAIN_BROKEN).arg("opening", opening).arg("closing", closing);
                one.statement.warnings.push(warning.at(Place::line(one.line)).into_warning());
            }
        }
        previous = Some((one.coded_number, one.day, last_balance(one)));
    }
}

/// The balance that a statement leaves: without movements there may be no closing one.
fn last_balance(one: &Closed) -> Option<Decimal> {
    amount(one.statement.closing.as_ref()).or_else(|| amount(one.statement.opening.as_ref()))
}

fn amount(balance: Option<&Balance>) -> Option<Decimal> {
    balance.map(|balance| balance.amount)
}
