//! Which column of a table is what.

use rust_decimal::Decimal;

use super::columns::{Column, Seen};
use super::words::{DIRECTIONS, fitness};
use super::{Proposed, written};
use crate::formats::csv::cells::CellKind;
use crate::formats::csv::names::fold;
use crate::formats::csv::numbers::number;
use crate::formats::csv::preset::{Decimals, Direction, Preset, Role};

/// Roles that a column has only where its name says so, in the order in which they choose.
const BY_NAME: &[Role] = &[
    Role::OriginalAmount,
    Role::OriginalCurrency,
    Role::Rate,
    Role::EndToEnd,
    Role::Mandate,
    Role::CounterpartyBic,
    Role::CounterpartyName,
    Role::Structured,
    Role::Reference,
];

/// What each column seems to be.
pub(super) fn assign(seen: &Seen<'_>) -> Vec<Proposed> {
    let mut work = Work { seen, taken: vec![false; seen.columns.len()], proposed: Vec::new() };
    work.dates();
    work.money();
    work.accounts();
    work.best(Role::Currency, Column::is_currency, "each cell is a currency");
    for role in BY_NAME {
        work.named(*role);
    }
    work.texts();
    work.proposed.sort_by_key(|one| one.role);
    work.proposed
}

struct Work<'s, 'h> {
    seen: &'s Seen<'h>,
    taken: Vec<bool>,
    proposed: Vec<Proposed>,
}

impl Work<'_, '_> {
    fn free(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.seen.columns.iter().enumerate();
        columns.filter(|(index, column)| column.filled > 0 && self.taken.get(*index) == Some(&false))
    }

    fn take(&mut self, role: Role, index: usize, because: String) {
        let Some(column) = self.seen.columns.get(index) else { return };
        if let Some(taken) = self.taken.get_mut(index) {
            *taken = true;
        }
        let (column, example) = (written(column, index), column.example.clone());
        self.proposed.push(Proposed { role, column, example, because });
    }

    /// The free column of a kind whose name fits a role best; without a fitting name, the first.
    fn best(&mut self, role: Role, kind: impl Fn(&Column) -> bool, holds: &str) -> Option<usize> {
        let fit =
            |(index, column): (usize, &Column)| (fitness(&column.folded, role), usize::MAX - index, index);
        let found = self.free().filter(|(_, column)| kind(column)).map(fit).max();
        let (fitness, _, index) = found?;
        let because = if fitness > 0 { format!("its name, and {holds}") } else { holds.to_owned() };
        self.take(role, index, because);
        Some(index)
    }

    fn named(&mut self, role: Role) {
        let fit =
            |(index, column): (usize, &Column)| (fitness(&column.folded, role), usize::MAX - index, index);
        let found = self.free().map(fit).filter(|(fitness, ..)| *fitness > 1).max();
        if let Some((.., index)) = found {
            self.take(role, index, "its name".to_owned());
        }
    }

    /// Dates in every row: the booking date by its name, else the first; another is the value date.
    fn dates(&mut self) {
        let rows = self.seen.body.len();
        let each = |column: &Column| column.is_date() && column.filled == rows;
        // A name that says value date is not taken for the booking date while there is another.
        let value = self.free().find(|(_, column)| each(column) && fitness(&column.folded, Role::Value) == 3);
        let value = value.map(|(index, _)| index);
        let others = self.free().filter(|(index, column)| each(column) && Some(*index) != value).count();
        if let Some(index) = value.filter(|_| others > 0) {
            self.take(Role::Value, index, "its name, and each cell is a date".to_owned());
        }
        self.best(Role::Booked, each, "each cell is a date");
        if value.is_none() {
            let more = |column: &Column| column.is_date() && fitness(&column.folded, Role::Value) > 0;
            self.best(Role::Value, more, "each cell is a date");
        }
    }

    /// Amounts: one signed column, or two of which one is filled, and a balance that proves them.
    fn money(&mut self) {
        let (debit, credit) = (self.by_name(Role::Debit), self.by_name(Role::Credit));
        if let (Some(debit), Some(credit)) = (debit, credit)
            && debit != credit
            && self.exclusive(debit, credit)
            && self.by_name(Role::Amount).is_none_or(|amount| amount == debit || amount == credit)
        {
            let because = "its name, and no row has money on both sides";
            self.take(Role::Debit, debit, because.to_owned());
            self.take(Role::Credit, credit, because.to_owned());
            self.balance(None);
            return;
        }
        let rows = self.seen.body.len();
        let proven = self.proven_pair();
        if let Some((amount, balance)) = proven {
            self.take(Role::Amount, amount, "its cells and the balances add up".to_owned());
            self.take(Role::Balance, balance, "it follows from row to row by the amounts".to_owned());
        } else {
            let amount = |column: &Column| {
                column.is_amount()
                    && column.filled == rows
                    && fitness(&column.folded, Role::Balance) < 2
                    && !is_a_number_of_something(&column.folded)
            };
            let index = self.best(Role::Amount, amount, "each cell is an amount");
            self.balance(index);
        }
        self.direction();
    }

    fn by_name(&self, role: Role) -> Option<usize> {
        let amounts = self.free().filter(|(_, column)| column.is_amount());
        let fit = amounts.map(|(index, column)| (fitness(&column.folded, role), usize::MAX - index, index));
        fit.filter(|(fitness, ..)| *fitness > 0).max().map(|(.., index)| index)
    }

    fn exclusive(&self, one: usize, other: usize) -> bool {
        let filled = |cell: &str| !cell.is_empty() && cell.bytes().any(|b| (b'1'..=b'9').contains(&b));
        self.seen.body.iter().all(|row| filled(row.cell(one)) != filled(row.cell(other)))
    }

    fn balance(&mut self, amount: Option<usize>) {
        let named = |column: &Column| column.is_amount() && fitness(&column.folded, Role::Balance) > 1;
        if amount.is_some() || self.proposed.iter().any(|one| one.role == Role::Debit) {
            self.best(Role::Balance, named, "each cell is an amount");
        }
    }

    /// Two columns of which one is the running sum of the other, upwards or downwards.
    fn proven_pair(&self) -> Option<(usize, usize)> {
        let rows = self.seen.body.len();
        let columns: Vec<_> = self.free().filter(|(_, c)| c.is_amount() && c.filled == rows).collect();
        if rows < 3 {
            return None;
        }
        for decimals in [Decimals::Comma, Decimals::Point] {
            let values = |index: usize| -> Option<Vec<Decimal>> {
                let rows = self.seen.body.iter();
                rows.map(|row| number(row.cell(index), row.kind(index), decimals)).collect()
            };
            for (amount, _) in &columns {
                for (balance, _) in columns.iter().filter(|(balance, _)| balance != amount) {
                    let (Some(amounts), Some(balances)) = (values(*amount), values(*balance)) else {
                        continue;
                    };
                    let moved = amounts.iter().filter(|amount| !amount.is_zero()).count() > 1;
                    let forwards = balances.windows(2).zip(amounts.get(1..).unwrap_or_default());
                    let up =
                        forwards.into_iter().all(|(pair, amount)| matches!(pair, [a, b] if a + amount == *b));
                    let down = balances.windows(2).zip(&amounts);
                    let down =
                        down.into_iter().all(|(pair, amount)| matches!(pair, [a, b] if b + amount == *a));
                    if moved && (up || down) {
                        return Some((*amount, *balance));
                    }
                }
            }
        }
        None
    }

    /// A column of two words that says the direction, beside an amount that has no sign. Where there are signs that
    /// say the same, it adds nothing; where they contradict it, the reader must see both.
    fn direction(&mut self) {
        let amount = self.proposed.iter().find(|one| one.role == Role::Amount);
        let Some(amount) = amount.map(|one| one.column.clone()) else { return };
        let mut columns = self.seen.columns.iter().enumerate();
        let Some((amount, column)) = columns.find(|(index, column)| written(column, *index) == amount) else {
            return;
        };
        let signed = column.negative > 0;
        let found = self.free().find_map(|(index, column)| Some((index, words_of(column)?.1)));
        let Some((index, money_out)) = found else { return };
        let out = |word: &str| money_out.iter().any(|known| fold(known) == fold(word));
        let mut rows = self.seen.body.iter();
        if signed && rows.all(|row| out(row.cell(index)) == row.cell(amount).contains('-')) {
            return;
        }
        self.take(Role::Direction, index, "it says which way the money went".to_owned());
    }

    /// One account in all rows is the file's own; several are of the other side.
    fn accounts(&mut self) {
        let rows = self.seen.body.len();
        let named = |column: &Column| fitness(&column.folded, Role::Account) == 3;
        let own = |column: &Column| {
            (column.is_account() || named(column))
                && column.filled == rows
                && fitness(&column.folded, Role::CounterpartyAccount) < 3
                && (fitness(&column.folded, Role::Account) > 1 || (column.distinct.len() == 1 && rows > 1))
        };
        self.best(Role::Account, own, "each cell is an account number");
        let other = |column: &Column| column.is_account();
        self.best(Role::CounterpartyAccount, other, "its cells are account numbers");
    }

    /// What is left and has words: first what its name says, then any long text.
    fn texts(&mut self) {
        let named: Vec<_> = self
            .free()
            .filter(|(_, column)| fitness(&column.folded, Role::Text) > 0)
            .map(|(index, _)| index)
            .collect();
        for index in &named {
            self.take(Role::Text, *index, "its name".to_owned());
        }
        if named.is_empty() {
            let longest = self.free().filter(|(_, column)| column.letters > 0);
            let longest = longest.max_by_key(|(index, column)| (column.letters, usize::MAX - index));
            if let Some(index) = longest.map(|(index, _)| index) {
                self.take(Role::Text, index, "it holds most words".to_owned());
            }
        }
    }
}

/// Whether a name is that of a counter, a code or an account, whose digits are no amount.
fn is_a_number_of_something(name: &str) -> bool {
    let ends = ["number", "nummer", "numero", "no", "nr", "nr.", "id", "code", "digits", "last4", "line"];
    let last = name.rsplit([' ', '_']).next().unwrap_or(name);
    ends.contains(&last) || ["number", "nummer", "last4"].iter().any(|end| name.ends_with(end))
}

/// The words of direction that a column consists of.
fn words_of(column: &Column) -> Option<(Vec<String>, Vec<String>)> {
    let is = |words: &[&str], cell: &str| words.iter().any(|word| fold(word) == fold(cell));
    let known = |(money_in, money_out): &&(&[&str], &[&str])| {
        !column.distinct.is_empty()
            && column.distinct.iter().all(|cell| is(money_in, cell) || is(money_out, cell))
    };
    let (money_in, money_out) = DIRECTIONS.iter().find(known)?;
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Some((owned(money_in), owned(money_out)))
}

/// Adds the words of the column that says the direction.
pub(super) fn directions(preset: &mut Preset, seen: &Seen<'_>) {
    let Some(column) = preset.of(Role::Direction).first() else { return };
    let folded: Vec<_> = seen.columns.iter().map(|column| column.folded.clone()).collect();
    let found = column.find(&folded).and_then(|index| seen.columns.get(index));
    if let Some((money_in, money_out)) = found.and_then(words_of) {
        preset.direction = Direction { money_in, money_out };
    } else if let Some(column) = found {
        // The user knows which is which; the words are there to be put in their places.
        let words: Vec<_> = column.distinct.iter().cloned().collect();
        preset.direction = Direction { money_in: words, money_out: Vec::new() };
    }
}

/// What each column of a table without header holds.
pub(super) fn kinds(seen: &Seen<'_>) -> Vec<CellKind> {
    let rows = seen.body.len();
    let kind = |column: &Column| match column {
        column if column.filled == 0 => CellKind::Empty,
        column if column.is_date() && column.filled == rows => CellKind::Date,
        column if column.is_currency() && column.filled == rows => CellKind::Currency,
        column if column.is_account() && column.filled == rows => CellKind::Account,
        column if column.is_amount() && column.filled == rows && column.marked > 0 => CellKind::Amount,
        _ => CellKind::Any,
    };
    seen.columns.iter().map(kind).collect()
}
