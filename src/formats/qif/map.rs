//! Records into one statement for each account.

use rust_decimal::Decimal;

use super::Settled;
use super::records::{Kind, Next, Record, Records};
use crate::domain::communication::{belgian, creditor_reference};
use crate::domain::{
    Account, Balance, Counterparty, Currency, Date, Detail, Identifier, Statement, Text, Transaction,
    TransactionDraft,
};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::amounts::amount;
use crate::formats::dates::Written;
use crate::formats::text::TextFile;
use crate::formats::{Reading, Understanding};

/// The lines of one account, in the order of the file.
struct Collected {
    name: String,
    kind: Kind,
    statement: Statement,
}

/// What a record says by its own.
#[derive(Clone, Copy)]
struct Line {
    booked_on: Date,
    amount: Decimal,
}

/// Reads all records.
pub(super) fn map(
    file: &TextFile<'_>,
    settled: &Settled,
    mut understanding: Understanding,
) -> Result<Reading> {
    let mut records = Records::new(file)?;
    let mut record = Record::default();
    let mut all: Vec<Collected> = Vec::new();
    let mut mapper = Mapper { settled, identifier: Identifier::new(), text: String::new(), last: None };
    while let Some(next) = records.next(&mut record)? {
        let Next::Line = next else { continue };
        let line = mapper.read(&record)?;
        let index = place(&mut all, &records.account, records.kind);
        let Some(collected) = all.get_mut(index) else { continue };
        if is_opening(&record, &collected.name) && collected.statement.lines.is_empty() {
            collected.statement.opening = Some(Balance { date: Some(line.booked_on), amount: line.amount });
            continue;
        }
        let line = mapper.line(&record, line, &collected.statement.account)?;
        collected.statement.lines.push(line);
    }
    if let (true, Some(line)) = (all.is_empty(), records.investments) {
        return Err(Error::new(Code::QIF_INVESTMENTS).at(Place::line(line)));
    }
    if all.is_empty() {
        return Err(Error::new(Code::QIF_NO_TRANSACTIONS));
    }
    // Nobody could tell which journal is whose.
    if all.iter().filter(|one| one.name.is_empty()).count() > 1 {
        return Err(Error::new(Code::QIF_ACCOUNTS_UNNAMED));
    }
    if records.without_header {
        understanding.found_by("account", "a bank account is meant", "the file has no header");
    }
    let accounts = all.iter().map(|one| match one.name.as_str() {
        "" => one.kind.words().to_owned(),
        name => format!("{name} ({})", one.kind.words()),
    });
    understanding.found("accounts", accounts.collect::<Vec<_>>().join(", "));
    understanding.found_by("currency", "that of the journal", "the format has none");
    understanding.identified(mapper.identifier.tally());
    understanding.ignored.append(&mut records.ignored.ignored);
    let mut statements: Vec<_> = all.into_iter().map(|one| finished(one.statement)).collect();
    if let (Some(first), Some(derived)) = (statements.first_mut(), &settled.derived) {
        first.warnings.push(derived.clone());
    }
    Ok(Reading { statements, understanding })
}

/// Oldest first: programs write the newest first as often.
fn finished(mut statement: Statement) -> Statement {
    if !statement.lines.is_sorted_by_key(|line| line.booked_on) {
        if statement.lines.iter().rev().is_sorted_by_key(|line| line.booked_on) {
            statement.lines.reverse();
        } else {
            statement.lines.sort_by_key(|line| line.booked_on);
        }
    }
    statement
}

/// The account's place among those known.
fn place(all: &mut Vec<Collected>, name: &str, kind: Kind) -> usize {
    let same = |one: &Collected| one.name == name && one.kind == kind;
    if let Some(known) = all.iter().rposition(same) {
        return known;
    }
    let mut account = Account::default();
    account.set_number(name);
    all.push(Collected {
        name: name.to_owned(),
        kind,
        statement: Statement {
            source: Text::const_new("qif"),
            number: None,
            account,
            opening: None,
            closing: None,
            lines: Vec::new(),
            warnings: Vec::new(),
        },
    });
    all.len() - 1
}

/// Quicken writes the balance before the first line as a record of its own, which transfers to its own account.
fn is_opening(record: &Record, account: &str) -> bool {
    let own = record.category.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    record.payee.eq_ignore_ascii_case("Opening Balance")
        && own.is_some_and(|own| account.is_empty() || own == account)
}

struct Mapper<'s> {
    settled: &'s Settled,
    identifier: Identifier,
    text: String,
    /// The date of the record before, as written and read.
    last: Option<(String, Date)>,
}

impl Mapper<'_> {
    fn read(&mut self, record: &Record) -> Result<Line> {
        let booked_on = match &self.last {
            Some((written, date)) if *written == record.date => *date,
            _ => {
                let date = Written::read(&record.date).and_then(|written| written.date(self.settled.dates));
                let date = date.ok_or_else(|| record.no_date())?;
                self.last = Some((record.date.clone(), date));
                date
            }
        };
        let written = record
            .amount()
            .ok_or_else(|| Error::new(Code::QIF_AMOUNT_MISSING).at(Place::line(record.line)))?;
        let read = |text: &str| amount(text, self.settled.decimals).ok_or_else(|| record.no_amount(text));
        let total = read(written)?;
        if let Some((first, again)) = record.both_amounts()
            && read(first)? != read(again)?
        {
            return Err(Error::new(Code::QIF_AMOUNTS_DIFFER)
                .arg("first", first)
                .arg("second", again)
                .at(Place::line(record.line)));
        }
        Ok(Line { booked_on, amount: total })
    }

    fn line(&mut self, record: &Record, line: Line, account: &Account) -> Result<Transaction> {
        let Line { booked_on, amount } = line;
        let mut details = Vec::new();
        let mut detail = |label: &'static str, value: &str| {
            if !value.is_empty() {
                details.push(Detail { label: Text::const_new(label), value: value.into() });
            }
        };
        detail("Number", &record.number);
        detail("Category", &record.category);
        detail("Address", &record.address);
        detail("Cleared", &record.cleared);
        let mut parts = Decimal::ZERO;
        for split in record.splits() {
            let label = [split.category.as_str(), split.memo.as_str()];
            let label = label.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            let shown =
                if label.is_empty() { split.amount.clone() } else { format!("{label}: {}", split.amount) };
            detail("Part", &shown);
            if !split.amount.is_empty() {
                let part = crate::formats::amounts::amount(&split.amount, self.settled.decimals);
                parts += part.ok_or_else(|| record.no_amount(&split.amount))?;
            }
        }
        let whole = parts == amount || record.splits().iter().all(|split| split.amount.is_empty());
        if !whole {
            // Kept as text, so it changes no amount; the reader should know.
            detail("Parts", &format!("add up to {parts}"));
        }
        let text = Some(record.memo.as_str()).filter(|memo| !memo.is_empty()).map(Text::from);
        let structured = text.as_deref().and_then(|text| belgian(text).or_else(|| creditor_reference(text)));
        let mut line = TransactionDraft {
            counterparty: Counterparty {
                name: (!record.payee.is_empty()).then(|| record.payee.as_str().into()),
                ..Counterparty::default()
            },
            text,
            structured,
            details,
            ..TransactionDraft::new(booked_on, amount, Currency::UNSTATED)
        };
        self.text.clear();
        for part in [&record.number, &record.payee, &record.memo] {
            self.text.push_str(part);
            self.text.push('\n');
        }
        line.identity = self.identifier.by_text(&line.marks(account), "", &self.text);
        Ok(line.done())
    }
}
