//! What messages of one file have to do with each other: repeated ones, pages of one statement, interim reports
//! beside the statement that follows them, the chain of balances.

use std::collections::{HashMap, HashSet};

use super::statement::Done;
use crate::domain::{Currency, Decimal, Identifier, Identity, Statement, Text, money};
use crate::errors::{Code, Error};
use crate::formats::Understanding;

/// Leaves out messages that the file holds more than once, as concatenated downloads do: the same account, balances
/// and lines. A repeated download of other numbers is one too, unless its lines sum up to nothing.
pub(super) fn without_repeats(messages: Vec<Done>, understanding: &mut Understanding) -> Vec<Done> {
    let mut kept: Vec<Done> = Vec::with_capacity(messages.len());
    let mut seen: HashMap<Identity, Vec<usize>> = HashMap::new();
    for message in messages {
        let first = message.statement.lines.first().map(|line| line.identity).filter(|_| message.kind != 942);
        // One that was cut may lack lines; it is not taken for another.
        let first = first.filter(|_| message.statement.refusals().next().is_none());
        if let Some(first) = first {
            let earlier = seen.entry(first).or_default();
            let same = earlier.iter().find(|at| kept.get(**at).is_some_and(|known| is_same(known, &message)));
            if let Some(known) = same.and_then(|at| kept.get_mut(*at)) {
                understanding.ignore("statements", "the file holds them more than once", Some(message.line));
                if !known.statement.warnings.iter().any(|w| w.code == Code::MT940_STATEMENT_REPEATED) {
                    known.warn(Error::new(Code::MT940_STATEMENT_REPEATED));
                }
                continue;
            }
            if earlier.len() < MOST_ALIKE {
                earlier.push(kept.len());
            }
        }
        kept.push(message);
    }
    kept
}

/// How many messages with the same first line are compared.
const MOST_ALIKE: usize = 16;

fn is_same(known: &Done, other: &Done) -> bool {
    let (a, b) = (&known.statement, &other.statement);
    let lines = || a.lines.iter().map(|l| l.identity).eq(b.lines.iter().map(|l| l.identity));
    let marks = known.number == other.number && known.reference == other.reference;
    a.account == b.account
        && (&a.opening, &a.closing) == (&b.opening, &b.closing)
        && (marks || (a.opening.is_some() && a.closing.is_some() && !a.sum().is_zero()))
        && lines()
}

/// Joins the pages of a statement: one that ends with an interim balance (`:62M:`) and the next of the account that
/// begins with the same one (`:60M:`) under the same number.
pub(super) fn join_pages(messages: Vec<Done>) -> (Vec<Done>, usize) {
    let mut joined: Vec<Done> = Vec::with_capacity(messages.len());
    let mut last: HashMap<(Text, Option<Currency>), usize> = HashMap::new();
    let mut pages = 0;
    for message in messages {
        let account = message.account();
        let open = last.get(&account).copied();
        if let Some(page) = open.and_then(|at| joined.get_mut(at)).filter(|page| is_next(page, &message)) {
            pages += 1;
            append(page, message);
            continue;
        }
        last.insert(account, joined.len());
        joined.push(message);
    }
    for message in &mut joined {
        if message.goes_on {
            message.warn(Error::new(Code::MT940_PAGES_OPEN));
        }
    }
    (joined, pages)
}

fn is_next(page: &Done, next: &Done) -> bool {
    let numbered = page.number.statement == next.number.statement
        && match (page.number.page, next.number.page) {
            // Some banks give all pages the same number.
            (Some(page), Some(next)) => next == page + 1 || next == page,
            _ => true,
        };
    let balance = |side: &Option<crate::domain::Balance>| side.as_ref().map(|balance| balance.amount);
    let continued = balance(&page.statement.closing) == balance(&next.statement.opening);
    page.goes_on && next.continues && page.kind == next.kind && numbered && continued
}

fn append(page: &mut Done, next: Done) {
    page.goes_on = next.goes_on;
    let quoted = page.number.statement.clone();
    page.number.page = next.number.page;
    page.statement.number = quoted.or(page.statement.number.take());
    page.statement.closing = next.statement.closing;
    page.statement.lines.extend(next.statement.lines);
    page.statement.warnings.extend(next.statement.warnings);
    page.findings.append(next.findings);
}

/// Numbers equal lines, and leaves out of interim reports what another message of the file holds.
///
/// A statement's equal lines are different payments, wherever they stand. Interim reports repeat what earlier ones
/// told and what the statement tells at the end of the day, so theirs are counted report by report.
pub(super) fn identify(messages: &mut [Done], understanding: &mut Understanding) -> u64 {
    let mut statements = Identifier::new();
    let any_interim = messages.iter().any(|message| message.kind == 942);
    let mut seen: HashSet<Identity> = HashSet::new();
    let of_statements = messages.iter_mut().filter(|message| message.kind != 942);
    let lines = of_statements.flat_map(|message| &mut message.statement.lines);
    let mut identities: Vec<_> = lines.map(|line| &mut line.identity).collect();
    statements.number_all(&mut identities);
    if any_interim {
        seen.extend(identities.iter().map(|identity| **identity));
    }
    let mut repeated = statements.tally().repeated;
    for message in messages.iter_mut().filter(|message| message.kind == 942) {
        let mut report = Identifier::new();
        let first = message.line;
        let mut told = 0_u64;
        message.statement.lines.retain_mut(|line| {
            line.identity = report.numbered(line.identity);
            let new = seen.insert(line.identity);
            told += u64::from(!new);
            new
        });
        for _ in 0..told {
            understanding.ignore(
                "lines of interim reports",
                "another message of the file holds them",
                Some(first),
            );
        }
        repeated += report.tally().repeated;
    }
    repeated
}

/// Compares the balances of an account's statements: BB-5003 for one that opens with what no other closed with. The
/// first of them does, in whatever order the file has them.
pub(super) fn chain(messages: &mut [Done]) {
    let mut accounts: HashMap<(Text, Option<Currency>), Vec<usize>> = HashMap::new();
    for (at, message) in messages.iter().enumerate() {
        if amounts(&message.statement).is_some() && !message.statement.account.key().is_empty() {
            accounts.entry(message.account()).or_default().push(at);
        }
    }
    for mut places in accounts.into_values().filter(|places| places.len() > 1) {
        let of = |at: usize| messages.get(at).and_then(|message| amounts(&message.statement));
        let closings: HashSet<Decimal> = places.iter().filter_map(|at| of(*at)).map(|both| both.1).collect();
        let day = |at: &usize| messages.get(*at).and_then(|message| message.statement.closing.as_ref()?.date);
        places.sort_by_key(day);
        let mut before: Option<Decimal> = None;
        let mut begun = false;
        let mut broken = Vec::new();
        for at in places {
            let Some((opening, closing)) = of(at) else { continue };
            if !closings.contains(&opening) {
                broken.extend(before.filter(|_| begun).map(|before| (at, opening, before)));
                begun = true;
            }
            before = Some(closing);
        }
        for (at, opening, before) in broken {
            if let Some(message) = messages.get_mut(at) {
                let currency = message.statement.currency().unwrap_or(Currency::EUR);
                let shown = |amount| money::display(amount, currency);
                let broken = Error::new(Code::CHAIN_BROKEN);
                message.warn(broken.arg("opening", shown(opening)).arg("closing", shown(before)));
            }
        }
    }
}

/// Opening and closing balance, where both are given.
fn amounts(statement: &Statement) -> Option<(Decimal, Decimal)> {
    Some((statement.opening.as_ref()?.amount, statement.closing.as_ref()?.amount))
}
