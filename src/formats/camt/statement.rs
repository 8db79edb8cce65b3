//! One `Stmt`, `Rpt` or `Ntfctn` from its first element to its statements: head, entries, the checks on the whole, identities.

use std::collections::HashMap;

use super::balances;
use super::findings::Findings;
use super::head::{Head, own_side};
use super::map::{self, Context, Key, Lines, SEPARATOR};
use super::parties::Own;
use super::records::MessageKind;
use super::tree::Element;
use crate::domain::{
    Account, Balance, Currency, Date, Decimal, Identifier, Identity, Marks, Statement, Text, Transaction,
    money as amounts,
};
use crate::errors::{Code, Error, Place, Result};

/// A `Stmt`, `Rpt` or `Ntfctn`, or several pages of one.
pub(super) struct Block {
    pub(super) kind: MessageKind,
    pub(super) head: Head,
    pub(super) findings: Findings,
    /// Pages that were read, where they have numbers.
    pub(super) pages: Vec<Text>,
    /// Whether the message says that a further page follows this one.
    pub(super) continues: bool,
    source: Text,
    /// Day on which the message was made.
    created: Option<Date>,
    ordinal: usize,
    position: u64,
    own: Option<(Own, Option<Currency>)>,
    /// Day for entries that have none, once one asked.
    day: Option<Date>,
    lines: Lines,
    entries: usize,
    transactions: usize,
    /// What was not booked.
    pub(super) not_booked: Vec<NotBooked>,
}

/// Entries of one status other than booked.
pub(super) struct NotBooked {
    pub(super) status: Text,
    pub(super) count: usize,
    /// Offset of the first one.
    pub(super) position: u64,
}

/// So many statuses are told apart: ISO 20022 knows four, and a bank may add its own.
const STATUSES: usize = 5;

impl Block {
    pub(super) fn new(
        kind: MessageKind,
        source: Text,
        created: Option<Date>,
        ordinal: usize,
        position: u64,
    ) -> Self {
        Self {
            kind,
            head: Head::default(),
            findings: Findings::default(),
            pages: Vec::new(),
            continues: false,
            source,
            created,
            ordinal,
            position,
            own: None,
            day: None,
            lines: Lines::default(),
            entries: 0,
            transactions: 0,
            not_booked: Vec::new(),
        }
    }

    /// Where the statement begins.
    pub(super) fn place(&self) -> Place {
        Place { statement: Some(self.ordinal), byte: Some(self.position), ..Place::default() }
    }

    /// Takes an entry; `head` holds what has been read of the statement so far.
    ///
    /// # Errors
    /// BB-3202 and BB-3203 for what would make a line wrong.
    pub(super) fn entry(&mut self, entry: Element<'_>, head: Element<'_>) -> Result<()> {
        self.entries += 1;
        let number = self.entries;
        let status = map::status(entry);
        if status != "BOOK" {
            self.leave_out(Text::from(status), 1, entry.position());
            return Ok(());
        }
        let (own, currency) = self.own.get_or_insert_with(|| own_side(head));
        let currency = *currency;
        let (known, created) = (&mut self.day, self.created);
        let mut fallback = || {
            *known = known.or_else(|| Head::read(head).ok()?.day(currency)).or(created);
            *known
        };
        let mut context = Context { own, currency, day: &mut fallback, number };
        let before = self.lines.lines.len();
        map::entry(entry, &mut context, &mut self.lines, &mut self.findings)
            .map_err(|error| map::in_entry(error, number))?;
        self.transactions += self.lines.lines.len() - before;
        Ok(())
    }

    /// Takes the head once it is complete.
    ///
    /// # Errors
    /// Those of its balances.
    pub(super) fn end(&mut self, head: Element<'_>) -> Result<()> {
        self.head = Head::read(head)?;
        self.pages.extend(self.head.page.as_ref().map(|(page, _)| page.clone()));
        Ok(())
    }

    /// Takes over a further page.
    pub(super) fn append(&mut self, page: Self) {
        self.lines.lines.extend(page.lines.lines);
        self.lines.keys.extend(page.lines.keys);
        self.entries += page.entries;
        self.transactions += page.transactions;
        self.findings.append(page.findings);
        self.head.balances.extend(page.head.balances);
        let other = page.head.other_balances.into_iter();
        let new: Vec<_> = other.filter(|code| !self.head.other_balances.contains(code)).collect();
        self.head.other_balances.extend(new);
        self.head.opens |= page.head.opens;
        self.head.pauses |= page.head.pauses;
        self.head.closes |= page.head.closes;
        self.head.page = page.head.page;
        self.head.stated_entries = None;
        self.pages.extend(page.pages);
        self.continues = page.continues;
        for NotBooked { status, count, position } in page.not_booked {
            self.leave_out(status, count, position);
        }
    }

    fn leave_out(&mut self, status: Text, count: usize, position: u64) {
        let known = self.not_booked.iter().any(|known| known.status == status);
        let many = !known && self.not_booked.len() >= STATUSES;
        let status = if many { Text::const_new("another") } else { status };
        match self.not_booked.iter_mut().find(|known| known.status == status) {
            Some(known) => known.count += count,
            None => self.not_booked.push(NotBooked { status, count, position }),
        }
    }

    fn left_out(&self) -> usize {
        self.not_booked.iter().map(|left_out| left_out.count).sum()
    }

    /// The statements: one, or one for each currency.
    pub(super) fn finish(&mut self, identifier: &mut Identifier) -> Vec<Finished> {
        let currencies = self.currencies();
        let several = currencies.len() > 1;
        self.note_not_booked();
        self.note_pages();
        let place = self.place();
        let ordinal = self.ordinal;
        let mut findings = std::mem::take(&mut self.findings);
        let mut parts: Vec<(Option<Currency>, Lines)> = Vec::new();
        if several {
            let index: HashMap<Currency, usize> =
                currencies.iter().enumerate().map(|(i, c)| (*c, i)).collect();
            parts.extend(currencies.iter().map(|currency| (Some(*currency), Lines::default())));
            let Lines { lines, keys } = std::mem::take(&mut self.lines);
            for (line, key) in lines.into_iter().zip(keys) {
                if let Some((_, part)) = index.get(&line.currency).and_then(|index| parts.get_mut(*index)) {
                    part.lines.push(line);
                    part.keys.push(key);
                }
            }
        } else {
            parts.push((currencies.first().copied(), std::mem::take(&mut self.lines)));
        }
        let mut finished = Vec::with_capacity(parts.len());
        for (currency, lines) in parts {
            let mut findings = std::mem::take(&mut findings);
            if several {
                findings.add(Code::CAMT_CURRENCY_SPLIT, |error| error.at(place.clone()));
            }
            let statement = self.statement(currency, lines, &mut findings, several, identifier);
            let (statement, balances) = statement;
            let (kind, sequence) = (self.kind, self.head.sequence.clone());
            finished.push(Finished { statement, findings, ordinal, sequence, kind, balances });
        }
        finished
    }

    /// Currencies of the account, where it has a balance or an entry in it, and of all entries.
    fn currencies(&self) -> Vec<Currency> {
        let main = self.head.currency();
        let used = |currency: &Currency| {
            self.head.balances.iter().any(|b| b.currency == *currency)
                || self.lines.lines.iter().any(|l| l.currency == *currency)
        };
        let mut found: Vec<_> = main.filter(used).into_iter().collect();
        let mut seen: std::collections::HashSet<_> = found.iter().copied().collect();
        found.extend(
            self.lines.lines.iter().map(|line| line.currency).filter(|currency| seen.insert(*currency)),
        );
        if found.is_empty() {
            found.extend(main);
        }
        found
    }

    fn statement(
        &self,
        currency: Option<Currency>,
        lines: Lines,
        findings: &mut Findings,
        split: bool,
        identifier: &mut Identifier,
    ) -> (Statement, Used) {
        let Lines { mut lines, keys } = lines;
        let ends = currency.map_or((None, None), |currency| {
            let sum = lines.iter().map(|line| line.amount).sum();
            balances::choose(self.kind, &self.head.balances, currency, sum)
        });
        let used = self.used(ends, currency);
        let [opening, closing] =
            [ends.0, ends.1].map(|stated| stated.map(|stated| shown(&stated.balance, currency)));
        let which = match (&opening, &closing) {
            (Some(_), Some(_)) => None,
            (None, Some(_)) => Some("opening"),
            (Some(_), None) => Some("closing"),
            (None, None) => Some("opening or closing"),
        };
        // Neither a report nor a notification need have any.
        if let Some(which) = which.filter(|_| self.kind == MessageKind::Statement) {
            findings.add(Code::CAMT_NO_BALANCE, |error| error.arg("which", which).at(self.place()));
        }
        let mut account = self.head.account.clone();
        account.currency = currency.or(account.currency);
        let difference = self.flip(opening.as_ref(), closing.as_ref(), &mut lines, &keys, findings);
        if !split && difference != Some(Decimal::ZERO) {
            self.note_summary(lines.len(), findings);
        }
        identify(&account, &mut lines, &keys, identifier);
        let number = self.head.number(closing.as_ref());
        let source = self.source.clone();
        (Statement { source, number, account, opening, closing, lines, warnings: Vec::new() }, used)
    }

    /// What became of the balances, for a reader.
    fn used(&self, ends: balances::Ends<'_>, currency: Option<Currency>) -> Used {
        let unused = self.head.balances.iter().filter(|stated| {
            Some(stated.currency) == currency && ends.0 != Some(*stated) && ends.1 != Some(*stated)
        });
        let unused = unused.map(|stated| Text::const_new(stated.code()));
        let [opening, closing] = [ends.0, ends.1].map(|stated| stated.map(balances::Stated::code));
        Used { opening, closing, unused: unused.chain(self.head.other_balances.iter().cloned()).collect() }
    }

    /// Turns reversal entries where that alone makes the statement close; gives the difference that remains.
    fn flip(
        &self,
        opening: Option<&Balance>,
        closing: Option<&Balance>,
        lines: &mut [Transaction],
        keys: &[Key],
        findings: &mut Findings,
    ) -> Option<Decimal> {
        let (opening, closing) = (opening?, closing?);
        let sum: Decimal = lines.iter().map(|line| line.amount).sum();
        let difference = closing.amount - opening.amount - sum;
        let reversals = || keys.iter().enumerate().filter(|(_, key)| key.reversal).map(|(index, _)| index);
        let reversed: Decimal =
            reversals().filter_map(|index| lines.get(index)).map(|line| line.amount).sum();
        if difference.is_zero() || reversed.is_zero() || difference != reversed * Decimal::from(-2) {
            return Some(difference);
        }
        for index in reversals() {
            if let Some(line) = lines.get_mut(index) {
                line.amount = -line.amount;
                if let Some(whole) = &mut line.whole {
                    whole.amount = -whole.amount;
                }
                if let Some(original) = &mut line.original {
                    original.amount = -original.amount;
                }
            }
        }
        findings.add(Code::CAMT_REVERSALS_FLIPPED, |error| error.at(self.place()));
        Some(Decimal::ZERO)
    }

    /// The summary counts, unless it counts booked entries, all entries or their transactions.
    fn note_summary(&self, lines: usize, findings: &mut Findings) {
        let Some(stated) = self.head.stated_entries else { return };
        let booked = self.entries.saturating_sub(self.left_out());
        if ![self.entries, booked, lines, self.transactions].contains(&stated) {
            findings.add(Code::ENTRIES_DIFFER, |error| {
                error.arg("computed", booked).arg("stated", stated).at(self.place())
            });
        }
    }

    fn note_not_booked(&mut self) {
        if self.not_booked.is_empty() {
            return;
        }
        let statuses: Vec<_> = self.not_booked.iter().map(|left_out| left_out.status.as_str()).collect();
        let (count, statuses) = (self.left_out(), statuses.join(", "));
        let place = self.place();
        self.findings
            .add(Code::CAMT_NOT_BOOKED, |error| error.arg("count", count).arg("status", statuses).at(place));
    }

    fn note_pages(&mut self) {
        if !self.is_open() {
            return;
        }
        let pages = match self.pages.as_slice() {
            [] => "without numbers".to_owned(),
            [first, .., last] if self.pages.len() > 5 => format!("{first} to {last}"),
            few => few.join(", "),
        };
        let place = self.place();
        if self.kind == MessageKind::Statement {
            self.findings.add(Code::CAMT_PAGES_INCOMPLETE, |error| error.arg("pages", pages).at(place));
        } else {
            // Nothing is proven by the whole of it, and each page stands for itself.
            let message = self.kind.id();
            self.findings.add(Code::CAMT_FURTHER_PAGES, |error| {
                error.arg("message", message).arg("pages", pages).at(place)
            });
        }
    }

    /// Whether a page says that another one follows.
    pub(super) fn is_open(&self) -> bool {
        match &self.head.page {
            Some((_, last)) => !last,
            None => self.continues && !self.head.closes,
        }
    }
}

/// A statement with what was found while reading it.
pub(super) struct Finished {
    pub(super) statement: Statement,
    pub(super) findings: Findings,
    pub(super) ordinal: usize,
    pub(super) sequence: Option<Text>,
    pub(super) kind: MessageKind,
    pub(super) balances: Used,
}

/// Which balances a statement took, by their codes.
#[derive(PartialEq, Eq)]
pub(super) struct Used {
    pub(super) opening: Option<&'static str>,
    pub(super) closing: Option<&'static str>,
    /// Those that it did not take.
    pub(super) unused: Vec<Text>,
}

impl Finished {
    /// Where findings about the whole belong.
    pub(super) fn note(&mut self, code: Code, fill: impl FnOnce(Error) -> Error) {
        self.findings.add(code, fill);
    }
}

fn shown(balance: &Balance, currency: Option<Currency>) -> Balance {
    let amount = currency.map_or(balance.amount, |currency| amounts::display(balance.amount, currency));
    Balance { date: balance.date, amount }
}

fn identify(account: &Account, lines: &mut [Transaction], keys: &[Key], identifier: &mut Identifier) {
    let mut first = 0;
    for (place, key) in keys.iter().enumerate() {
        let Some(line) = lines.get_mut(place) else { continue };
        let counterparty = line.counterparty().account.unwrap_or_default();
        line.identity = identity(&line.marks(account), key, counterparty, identifier);
        let (Some(whole), Some(marks)) = (&key.whole, line.whole_marks(account)) else {
            if line.whole.is_none() {
                first = place + 1;
            }
            continue;
        };
        let whole = identifier.of_whole(|identifier| identity(&marks, whole, "", identifier));
        for of in lines.get_mut(first..=place).into_iter().flatten().filter_map(|part| part.whole.as_mut()) {
            of.identity = whole;
        }
        first = place + 1;
    }
}

fn identity(marks: &Marks<'_>, key: &Key, counterparty: &str, identifier: &mut Identifier) -> Identity {
    if !key.by_reference {
        return identifier.by_text(marks, counterparty, &key.parts);
    }
    let (first, rest) = cut(&key.parts);
    let (second, rest) = cut(rest);
    identifier.by_reference(marks, &[first, second, cut(rest).0])
}

/// What stands before the next separator of a key, and after it.
fn cut(parts: &str) -> (&str, &str) {
    let at = memchr::memchr(SEPARATOR as u8, parts.as_bytes()).unwrap_or(parts.len());
    (parts.get(..at).unwrap_or_default(), parts.get(at + 1..).unwrap_or_default())
}
