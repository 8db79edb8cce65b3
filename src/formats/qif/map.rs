//! Records into one statement for each account.

use rust_decimal::Decimal;

use super::records::{Batch, Kind, Line, Record, Records, Run};
use super::settle::{Seen, Settled};
use crate::domain::communication::{belgian, creditor_reference};
use crate::domain::{
    Account, Balance, Counterparty, Currency, Date, Detail, Identifier, Identity, Marks, Statement, Tally,
    Text, Transaction, TransactionDraft,
};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::amounts::amount;
use crate::formats::dates::Written;
use crate::formats::text::TextFile;
use crate::formats::{DateOrder, DecimalMark, Reading, Understanding, ahead};

/// What was collected of a file.
pub(super) struct Collected {
    accounts: Vec<OfAccount>,
    tally: Tally,
    /// The order of dates that the file states.
    pub(super) stated_order: Option<DateOrder>,
    without_header: bool,
    /// Line of the first record of an investment.
    investments: Option<u64>,
    ignored: Understanding,
}

/// The lines of one account, in the order of the file.
struct OfAccount {
    name: String,
    kind: Kind,
    statement: Statement,
}

/// Reads all records with that order of dates and that decimal mark, and shows them to `seen`.
///
/// # Errors
/// Those of [`Records::next`] and [`Seen::see`]; BB-32xx for a record that cannot be read.
pub(super) fn collect(
    file: &TextFile<'_>,
    order: DateOrder,
    decimals: DecimalMark,
    mut seen: Option<&mut Seen>,
) -> Result<Collected> {
    let mut records = Records::new(file)?;
    let mut reader = Reader { order, decimals, digests: Identifier::new(), text: String::new(), last: None };
    let mut accounts = Accounts::default();
    let more = |batch: &mut Batch| {
        records.fill(batch, |record, account| {
            if let Some(seen) = &mut seen {
                seen.see(record)?;
            }
            reader.read(record, account)
        })
    };
    ahead::read(more, |batches, done| {
        for batch in batches {
            accounts.take(&batch, decimals)?;
            done(batch);
        }
        Ok(())
    })?;
    let tally = accounts.number();
    Ok(Collected {
        accounts: accounts.all,
        tally,
        stated_order: records.stated_order(),
        without_header: records.without_header,
        investments: records.investments,
        ignored: records.ignored,
    })
}

/// Statements of what was collected.
///
/// # Errors
/// BB-32xx for a file without transactions of a bank account, or with several that have no name.
pub(super) fn map(
    collected: Collected,
    settled: Settled,
    mut understanding: Understanding,
) -> Result<Reading> {
    let Collected { accounts: all, tally, without_header, investments, mut ignored, .. } = collected;
    if let (true, Some(line)) = (all.is_empty(), investments) {
        return Err(Error::new(Code::QIF_INVESTMENTS).at(Place::line(line)));
    }
    if all.is_empty() {
        return Err(Error::new(Code::QIF_NO_TRANSACTIONS));
    }
    // Nobody could tell which journal is whose.
    if all.iter().filter(|one| one.name.is_empty()).count() > 1 {
        return Err(Error::new(Code::QIF_ACCOUNTS_UNNAMED));
    }
    if without_header {
        understanding.found_by("account", "a bank account is meant", "the file has no header");
    }
    let accounts = all.iter().map(|one| match one.name.as_str() {
        "" => one.kind.words().to_owned(),
        name => format!("{name} ({})", one.kind.words()),
    });
    understanding.found("accounts", accounts.collect::<Vec<_>>().join(", "));
    understanding.found_by("currency", "that of the journal", "the format has none");
    understanding.identified(tally);
    understanding.ignored.append(&mut ignored.ignored);
    let mut statements: Vec<_> = all.into_iter().map(|one| finished(one.statement)).collect();
    if let Some(first) = statements.first_mut() {
        first.warnings.extend(settled.derived);
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

/// The accounts of a file.
#[derive(Default)]
struct Accounts {
    all: Vec<OfAccount>,
    /// In the order of the file: place of an account, and how many of its lines follow one another.
    runs: Vec<(usize, usize)>,
}

impl Accounts {
    fn take(&mut self, batch: &Batch, decimals: DecimalMark) -> Result<()> {
        for (run, records) in batch.runs() {
            let index = self.place(run);
            let Some(OfAccount { name, statement, .. }) = self.all.get_mut(index) else { continue };
            let before = statement.lines.len();
            for (record, line) in records {
                if is_opening(record, name) && statement.lines.is_empty() {
                    statement.opening = Some(Balance { date: Some(line.booked_on), amount: line.amount });
                } else {
                    statement.lines.push(transaction(record, *line, decimals)?);
                }
            }
            self.runs.push((index, statement.lines.len() - before));
        }
        Ok(())
    }

    /// The account's place among those known.
    fn place(&mut self, run: &Run) -> usize {
        let same = |one: &OfAccount| one.name == run.name && one.kind == run.kind;
        if let Some(known) = self.all.iter().rposition(same) {
            return known;
        }
        self.all.push(OfAccount {
            name: run.name.clone(),
            kind: run.kind,
            statement: Statement {
                source: Text::const_new("qif"),
                number: None,
                account: run.account.clone(),
                opening: None,
                closing: None,
                lines: Vec::new(),
                warnings: Vec::new(),
            },
        });
        self.all.len() - 1
    }

    /// Numbers equal lines in the order of the file, and tells what all identities rest on.
    fn number(&mut self) -> Tally {
        let mut lines: Vec<_> = self.all.iter_mut().map(|of| of.statement.lines.iter_mut()).collect();
        let mut identities: Vec<&mut Identity> = Vec::new();
        for (index, count) in &self.runs {
            if let Some(lines) = lines.get_mut(*index) {
                identities.extend(lines.by_ref().take(*count).map(|line| &mut line.identity));
            }
        }
        let mut identifier = Identifier::new();
        identifier.number_all(&mut identities);
        Tally { by_text: identities.len() as u64, ..identifier.tally() }
    }
}

/// Quicken writes the balance before the first line as a record of its own, which transfers to its own account.
fn is_opening(record: &Record, account: &str) -> bool {
    let own = record.category.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    record.payee.eq_ignore_ascii_case("Opening Balance")
        && own.is_some_and(|own| account.is_empty() || own == account)
}

/// Reads what a transaction says by its own.
struct Reader {
    order: DateOrder,
    decimals: DecimalMark,
    digests: Identifier,
    text: String,
    /// The date of the record before, as written and read.
    last: Option<(String, Date)>,
}

impl Reader {
    fn read(&mut self, record: &Record, account: &Account) -> Result<Line> {
        let booked_on = match &self.last {
            Some((written, date)) if *written == record.date => *date,
            _ => {
                let date = Written::read(&record.date).and_then(|written| written.date(self.order));
                let date = date.ok_or_else(|| record.no_date())?;
                self.last = Some((record.date.clone(), date));
                date
            }
        };
        let written = record
            .amount()
            .ok_or_else(|| Error::new(Code::QIF_AMOUNT_MISSING).at(Place::line(record.line)))?;
        let read = |text: &str| amount(text, self.decimals).ok_or_else(|| record.no_amount(text));
        let total = read(written)?;
        if let Some((first, again)) = record.both_amounts()
            && read(first)? != read(again)?
        {
            return Err(Error::new(Code::QIF_AMOUNTS_DIFFER)
                .arg("first", first)
                .arg("second", again)
                .at(Place::line(record.line)));
        }
        self.text.clear();
        for part in [&record.number, &record.payee, &record.memo] {
            self.text.push_str(part);
            self.text.push('\n');
        }
        let marks = Marks { account: account.key(), currency: Currency::UNSTATED, booked_on, amount: total };
        let identity = self.digests.by_own_text(&marks, "", &self.text);
        Ok(Line { booked_on, amount: total, identity })
    }
}

/// The line of a record; equal lines are numbered later.
fn transaction(record: &Record, line: Line, decimals: DecimalMark) -> Result<Transaction> {
    let Line { booked_on, amount, identity } = line;
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
            let part = crate::formats::amounts::amount(&split.amount, decimals);
            parts += part.ok_or_else(|| record.no_amount(&split.amount))?;
        }
    }
    let whole = record.splits().iter().all(|split| split.amount.is_empty()) || parts == amount;
    if !whole {
        // Kept as text, so it changes no amount; the reader should know.
        detail("Parts", &format!("add up to {parts}"));
    }
    let text = Some(record.memo.as_str()).filter(|memo| !memo.is_empty()).map(Text::from);
    let structured = text.as_deref().and_then(|text| belgian(text).or_else(|| creditor_reference(text)));
    let draft = TransactionDraft {
        identity,
        counterparty: Counterparty {
            name: (!record.payee.is_empty()).then(|| record.payee.as_str().into()),
            ..Counterparty::default()
        },
        text,
        structured,
        details,
        ..TransactionDraft::new(booked_on, amount, Currency::UNSTATED)
    };
    Ok(draft.done())
}
