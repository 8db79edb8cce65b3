//! What several statements of one file have to do with each other: pages of one statement, and the chain of
//! statements of one account.

use std::collections::HashMap;

use super::records::MessageKind;
use super::statement::{Block, Finished};
use crate::domain::{Statement, Text, money};
use crate::errors::{Code, Place};

/// What the pages of a statement share: the message, the account, its currency, the statement's id and number.
type Series = (&'static str, Text, Option<Text>, Option<Text>, Option<Text>);

/// Joins the pages of each statement, in the order of the file. A page continues an earlier one of the same
/// account and number when that one says that more follows, or, of an end-of-day statement, ends with an interim
/// balance where this one does not open with a booked one.
pub(super) fn join(blocks: Vec<Block>) -> Vec<Block> {
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    let mut open: HashMap<Series, usize> = HashMap::new();
    for block in blocks {
        let series = series(&block);
        let earlier = open.get(&series).copied().filter(|index| {
            joined.get(*index).is_some_and(|earlier| earlier.is_open() || follows(&block, earlier))
        });
        let index = if let Some((index, earlier)) =
            earlier.and_then(|index| joined.get_mut(index).map(|page| (index, page)))
        {
            earlier.append(block);
            index
        } else {
            joined.push(block);
            joined.len() - 1
        };
        open.insert(series, index);
    }
    joined
}

fn series(block: &Block) -> Series {
    let head = &block.head;
    let currency = head.account.currency.map(|currency| Text::from(currency.code()));
    // Some banks give each page an id of its own; then the number tells.
    let id = if head.sequence.is_some() { None } else { head.id.clone() };
    (block.kind.id(), Text::from(head.account.key()), currency, head.sequence.clone(), id)
}

fn follows(block: &Block, earlier: &Block) -> bool {
    // Each report of a day ends with an interim balance, and may repeat the one before.
    block.kind == MessageKind::Statement && earlier.head.pauses && !earlier.head.closes && !block.head.opens
}

/// Compares each statement with the one before it of the same account: BB-5003 where the balances do not follow,
/// BB-5002 where the numbers do not. Only end-of-day statements follow one another without a gap.
pub(super) fn chain(statements: &mut [Finished]) {
    let mut accounts: HashMap<(Text, Option<Text>), Vec<usize>> = HashMap::new();
    let whole_days = |finished: &&Finished| finished.kind == MessageKind::Statement;
    for (index, finished) in statements.iter().enumerate().filter(|(_, finished)| whole_days(finished)) {
        let account = &finished.statement.account;
        let currency = account.currency.map(|currency| Text::from(currency.code()));
        accounts.entry((Text::from(account.key()), currency)).or_default().push(index);
    }
    for ((account, _), mut indices) in accounts {
        if account.is_empty() {
            continue;
        }
        let key = |index: &usize| {
            statements.get(*index).map(|finished| (closing_day(&finished.statement), sequence(finished)))
        };
        indices.sort_by_key(key);
        for pair in indices.windows(2) {
            let [earlier, later] = pair else { continue };
            let (Some(before), Some(now)) = (statements.get(*earlier), statements.get(*later)) else {
                continue;
            };
            let (broken, skipped) = (broken(&before.statement, &now.statement), skipped(before, now));
            let place = Place { statement: Some(now.ordinal), ..Place::default() };
            let Some(now) = statements.get_mut(*later) else { continue };
            if let Some((opening, closing)) = broken {
                let place = place.clone();
                now.note(Code::CHAIN_BROKEN, |error| {
                    error.arg("opening", opening).arg("closing", closing).at(place)
                });
            }
            if let Some((number, previous)) = skipped {
                now.note(Code::NUMBERS_SKIP, |error| {
                    error.arg("number", number).arg("previous", previous).at(place)
                });
            }
        }
    }
}

fn closing_day(statement: &Statement) -> Option<crate::domain::Date> {
    statement.closing.as_ref()?.date
}

/// Number in the electronic series, without a year that the bank puts before it.
fn sequence(finished: &Finished) -> Option<u64> {
    let written = finished.sequence.as_deref()?;
    let year = closing_day(&finished.statement).map(|date| date.year().to_string());
    let within = year.and_then(|year| written.strip_prefix(year.as_str())).filter(|rest| rest.len() >= 3);
    within.unwrap_or(written).parse().ok()
}

fn broken(before: &Statement, now: &Statement) -> Option<(String, String)> {
    let (closing, opening) = (before.closing.as_ref()?, now.opening.as_ref()?);
    let currency = now.account.currency?;
    let show = |amount| money::display(amount, currency).to_string();
    (closing.amount != opening.amount).then(|| (show(opening.amount), show(closing.amount)))
}

fn skipped(before: &Finished, now: &Finished) -> Option<(Text, Text)> {
    let (previous, number) = (sequence(before)?, sequence(now)?);
    let years = [before, now].map(|finished| closing_day(&finished.statement).map(jiff::civil::Date::year));
    // A new year starts again at one, or goes on counting.
    let fits =
        number == previous.wrapping_add(1) || number == previous || (years[0] != years[1] && number <= 1);
    let shown = |finished: &Finished| finished.statement.number.clone().unwrap_or_default();
    (!fits).then(|| (shown(now), shown(before)))
}
