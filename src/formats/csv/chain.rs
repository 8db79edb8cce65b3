//! The order of rows and what running balances prove.
//!
//! Banks write the newest row first or last, and some mix the rows of one day. Where each row has the balance after
//! it, the rows of a day form a walk from balance to balance, and there is one way to go it; where they do not, rows
//! are missing, and the file is no whole account.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use rust_decimal::Decimal;

use super::preset::RowOrder;
use crate::domain::{Date, Transaction};

/// The rows of one account, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) lines: Vec<Transaction>,
    /// Balance after each line, where each has one; fewer otherwise.
    balances: Vec<Decimal>,
    /// Line of the file of each that has a balance.
    places: Vec<u64>,
    /// Balances by the index of their line, where only some have one.
    some: Vec<(usize, Decimal)>,
    /// What was seen of the rows as they came.
    seen: Seen,
}

/// What rows show from one to the next, so that they need not all be gone through again.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that was seen")]
struct Seen {
    /// Whether the first change of the day goes up.
    first_up: Option<bool>,
    /// Whether a later day follows an earlier one anywhere, and the other way round.
    rises: bool,
    falls: bool,
    /// Whether a balance does not follow from that of the row before, or of the row after.
    breaks_forwards: bool,
    breaks_backwards: bool,
}

impl Seen {
    /// Takes in what two rows that follow one another show.
    fn days(&mut self, before: Date, after: Date) {
        if before != after {
            self.first_up.get_or_insert(before < after);
            self.rises |= before < after;
            self.falls |= before > after;
        }
    }
}

/// What the balances show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// There are none.
    None,
    /// From one line to the next they add up: balances before the first and after the last line.
    Whole { opening: Decimal, closing: Decimal },
    /// They do not.
    Broken { line: u64, expected: Decimal, found: Decimal },
}

/// Where the walk over the lines of a day begins.
enum Start {
    /// At that balance.
    At(Decimal),
    /// It ends where it begins, which may be at any balance of the day.
    Anywhere,
}

/// Which way the rows run, and by what that is known.
pub(super) type Direction = (RowOrder, &'static str);

impl Rows {
    /// Adds a row as it comes in the file.
    pub(super) fn push(&mut self, line: Transaction, balance: Option<Decimal>, place: u64) {
        let index = self.lines.len();
        if let Some(before) = self.lines.last() {
            self.seen.days(before.booked_on, line.booked_on);
            if let (Some(balance), Some(last)) = (balance, self.balances.last()) {
                self.seen.breaks_forwards |= last + line.amount != balance;
                self.seen.breaks_backwards |= balance + before.amount != *last;
            }
        }
        if let Some(balance) = balance {
            if self.balances.len() == index {
                self.balances.push(balance);
                self.places.push(place);
            } else {
                self.some.push((index, balance));
            }
        }
        self.lines.push(line);
    }

    /// Banks that give one balance a day: between two of them the lines must add up. The balance of a row is that
    /// after all rows of its day, wherever it stands among them.
    fn by_days(&self, balances: &[(Date, Decimal)]) -> Chain {
        let (Some((first, _)), Some((_, closing))) = (balances.first(), balances.last()) else {
            return Chain::None;
        };
        let mut days = balances.iter().peekable();
        let (mut sum, mut opening, mut balance) = (Decimal::ZERO, None, None::<Decimal>);
        for day in self.lines.chunk_by(|a, b| a.booked_on == b.booked_on) {
            let on = day.first().map(|line| line.booked_on);
            sum += day.iter().map(|line| line.amount).sum::<Decimal>();
            let Some((_, stated)) = days.next_if(|(date, _)| Some(*date) == on) else { continue };
            match balance {
                None => opening = Some(stated - sum),
                Some(before) if before + sum == *stated => {}
                Some(_) => return Chain::None,
            }
            (balance, sum) = (Some(*stated), Decimal::ZERO);
        }
        let last = self.lines.last().map(|line| line.booked_on);
        let ends = balances.last().map(|(date, _)| *date) == last;
        match opening {
            Some(opening) if ends && *first <= last.unwrap_or(*first) => {
                Chain::Whole { opening, closing: *closing }
            }
            _ => Chain::None,
        }
    }

    /// Puts the rows into the order of time, oldest first.
    pub(super) fn put_in_order(&mut self, said: Option<RowOrder>) -> (Direction, Chain) {
        let count = self.lines.len();
        if self.balances.len() != count || count == 0 {
            let whole = std::mem::take(&mut self.balances).into_iter().enumerate();
            let some: Vec<_> = whole.chain(std::mem::take(&mut self.some)).collect();
            self.places.clear();
            let on = |index: usize| self.lines.get(index).map(|line| line.booked_on);
            let mut balances: Vec<_> =
                some.into_iter().filter_map(|(index, balance)| Some((on(index)?, balance))).collect();
            let direction = self.by_dates(said);
            self.turn(direction.0);
            balances.sort_by_key(|(date, _)| *date);
            // Two of one day would ask which is the later.
            let twice = balances.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
            let chain = if twice { Chain::None } else { self.by_days(&balances) };
            return (direction, chain);
        }
        let (forwards, backwards) = (!self.seen.breaks_forwards, !self.seen.breaks_backwards);
        let direction = match (forwards, backwards) {
            (true, false) => (RowOrder::OldestFirst, "the balances"),
            (false, true) => (RowOrder::NewestFirst, "the balances"),
            _ => self.by_dates(said),
        };
        self.turn(direction.0);
        if !forwards && !backwards {
            if let Some(order) = self.walk() {
                self.arrange(&order);
            } else {
                return (direction, self.gap());
            }
        }
        (direction, self.ends())
    }

    fn by_dates(&self, said: Option<RowOrder>) -> Direction {
        match (self.seen.first_up, said) {
            // They go up as well as down.
            (Some(_), Some(order)) if self.seen.rises && self.seen.falls => (order, "the preset"),
            (Some(true), _) => (RowOrder::OldestFirst, "the booking dates"),
            (Some(false), _) => (RowOrder::NewestFirst, "the booking dates"),
            (None, Some(order)) => (order, "the preset"),
            (None, None) => (RowOrder::OldestFirst, "nothing speaks against it"),
        }
    }

    fn turn(&mut self, order: RowOrder) {
        if order == RowOrder::NewestFirst {
            self.lines.reverse();
            self.balances.reverse();
            self.places.reverse();
        }
        // Banks that put late rows in between do not keep to the days; equal days keep the order of the file.
        let unsorted = if order == RowOrder::NewestFirst { self.seen.rises } else { self.seen.falls };
        if unsorted {
            let mut order: Vec<_> = (0..self.lines.len()).collect();
            order.sort_by_key(|index| self.lines.get(*index).map(|line| line.booked_on));
            let chained =
                !self.balances.is_empty() && self.follows(&(0..self.lines.len()).collect::<Vec<_>>());
            if !chained {
                self.arrange(&order);
            }
        }
    }

    /// Whether the balances add up in that order.
    fn follows(&self, order: &[usize]) -> bool {
        order.windows(2).all(|pair| {
            let [from, to] = pair else { return false };
            let (Some(before), Some(after), Some(line)) =
                (self.balances.get(*from), self.balances.get(*to), self.lines.get(*to))
            else {
                return false;
            };
            before + line.amount == *after
        })
    }

    fn arrange(&mut self, order: &[usize]) {
        let mut lines: Vec<_> = std::mem::take(&mut self.lines).into_iter().map(Some).collect();
        self.lines = order.iter().filter_map(|index| lines.get_mut(*index)?.take()).collect();
        self.balances = order.iter().filter_map(|index| self.balances.get(*index).copied()).collect();
        self.places = order.iter().filter_map(|index| self.places.get(*index).copied()).collect();
    }

    /// The order of the lines in which each balance follows from the one before, day by day: a walk that takes each
    /// line, from the balance before it to the one after it, once (Hierholzer).
    fn walk(&self) -> Option<Vec<usize>> {
        let mut order = Vec::with_capacity(self.lines.len());
        let mut at = self.start()?;
        for day in self.days() {
            let walked = self.walk_day(day, at)?;
            at = *self.balances.get(*walked.last()?)?;
            order.extend(walked);
        }
        Some(order)
    }

    /// The lines of each day.
    fn days(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = 0;
        self.lines.chunk_by(|a, b| a.booked_on == b.booked_on).map(move |day| {
            let start = end;
            end += day.len();
            start..end
        })
    }

    /// The balance before all lines. A day that ends with the balance it began with may have begun at any of its
    /// own; the first day that does not tells where those before it ended. Where all are such days, it is the first
    /// balance in the file that each of them touches.
    fn start(&self) -> Option<Decimal> {
        for day in self.days() {
            match self.start_of(day)? {
                Start::At(balance) => return Some(balance),
                Start::Anywhere => {}
            }
        }
        let touched: Vec<HashSet<Decimal>> =
            self.days().map(|day| day.filter_map(|index| self.before(index)).collect()).collect();
        let mut all = self.days().next()?.filter_map(|index| self.before(index));
        all.find(|balance| touched.iter().all(|day| day.contains(balance)))
    }

    fn before(&self, index: usize) -> Option<Decimal> {
        Some(self.balances.get(index)? - self.lines.get(index)?.amount)
    }

    /// The balance that more lines of the day leave than reach; none where there are several.
    fn start_of(&self, day: Range<usize>) -> Option<Start> {
        let mut left: HashMap<Decimal, i64> = HashMap::new();
        for index in day {
            *left.entry(self.before(index)?).or_default() += 1;
            *left.entry(*self.balances.get(index)?).or_default() -= 1;
        }
        let mut starts = left.iter().filter(|(_, count)| **count > 0).map(|(balance, _)| *balance);
        match (starts.next(), starts.next()) {
            (Some(balance), None) => Some(Start::At(balance)),
            (None, _) => Some(Start::Anywhere),
            (Some(_), Some(_)) => None,
        }
    }

    fn walk_day(&self, days: Range<usize>, from: Decimal) -> Option<Vec<usize>> {
        let count = days.len();
        let mut leaving: HashMap<Decimal, Vec<usize>> = HashMap::new();
        // The first of the file is taken first.
        for index in days.rev() {
            leaving.entry(self.before(index)?).or_default().push(index);
        }
        let mut stack = vec![(from, None)];
        let mut order = Vec::with_capacity(count);
        while let Some((balance, arrived)) = stack.last().copied() {
            if let Some(next) = leaving.get_mut(&balance).and_then(Vec::pop) {
                stack.push((*self.balances.get(next)?, Some(next)));
            } else {
                stack.pop();
                order.extend(arrived);
            }
        }
        order.reverse();
        let follows = |pair: &[usize]| match pair {
            [a, b] => self.balances.get(*a).copied() == self.before(*b),
            _ => false,
        };
        (order.len() == count && order.windows(2).all(follows)).then_some(order)
    }

    fn gap(&self) -> Chain {
        for (pair, (lines, places)) in
            self.balances.windows(2).zip(self.lines.windows(2).zip(self.places.windows(2)))
        {
            if let ([before, found], [_, line], [_, place]) = (pair, lines, places) {
                let expected = before + line.amount;
                if expected != *found {
                    return Chain::Broken { line: *place, expected, found: *found };
                }
            }
        }
        Chain::None
    }

    fn ends(&self) -> Chain {
        match (self.before(0), self.balances.last()) {
            (Some(opening), Some(closing)) => Chain::Whole { opening, closing: *closing },
            _ => Chain::None,
        }
    }
}
