//! What must hold for whatever was read, and for every refusal.

use std::collections::HashSet;

use crate::domain::{Balance, Counterparty, Decimal, Statement, Transaction};
use crate::errors::{Error, Family, Result, terminal};
use crate::formats::Reading;

/// Holds the outcome of reading these bytes to its promises.
pub fn outcome(bytes: &[u8], outcome: &Result<Reading>) {
    match outcome {
        Ok(reading) => read(bytes, reading),
        Err(error) => refusal(bytes, error),
    }
}

/// A refusal says what is wrong with the file, and where in it.
fn refusal(bytes: &[u8], error: &Error) {
    let entry = error.code().entry();
    assert_eq!(error.code().family(), Family::File, "{error:?}");
    for name in entry.argument_names() {
        assert!(error.args().iter().any(|(known, _)| *known == name), "{error:?} leaves {{{name}}} open");
    }
    inside(bytes, error.place().line, &format!("{error:?}"));
    assert!(!terminal::render(error).is_empty());
}

/// No more lines can be counted than there are bytes; in an archive, which is shorter than what it holds, from 1. An
/// archive is known by its directory (APPNOTE 4.3.12), which stands at its end: what stands before it may be anything.
fn inside(bytes: &[u8], line: Option<u64>, what: &str) {
    let archive = bytes.windows(4).any(|four| four == b"PK\x01\x02");
    let most = if archive { u64::MAX } else { bytes.len() as u64 + 1 };
    assert!(line.is_none_or(|line| (1..=most).contains(&line)), "{what}");
}

fn read(bytes: &[u8], reading: &Reading) {
    let shown = serde_json::to_string(&reading.statements).expect("statements serialise");
    let back: serde_json::Value = serde_json::from_str(&shown).expect("what is serialised is JSON");
    assert_eq!(back.as_array().map(Vec::len), Some(reading.statements.len()));
    serde_json::to_string(&reading.understanding).expect("the understanding serialises");
    for ignored in &reading.understanding.ignored {
        assert!(ignored.count > 0, "{ignored:?}");
        inside(bytes, ignored.line, &format!("{ignored:?}"));
    }
    let mut identities = HashSet::new();
    let packed = !reading.understanding.members.is_empty();
    for (place, statement) in reading.statements.iter().enumerate() {
        check(bytes, statement);
        // What two files of an archive hold is one transaction and has one identity; so has what an interim report
        // tells, and another report or the statement of the day tells again.
        let repeats = packed || INTERIM.iter().any(|kind| statement.source.starts_with(kind));
        let scope = repeats.then_some(place);
        for line in &statement.lines {
            let once = identities.insert((scope, line.identity));
            assert!(once, "two lines have one identity: {line:?}");
        }
    }
}

/// Sources whose lines come again in others.
const INTERIM: [&str; 3] = ["camt.052", "camt.054", "mt942"];

fn check(bytes: &[u8], statement: &Statement) {
    assert!(statement.source.starts_with(|c: char| c.is_ascii_lowercase()), "{statement:?}");
    // Sums must not overflow, whatever the amounts.
    let (sum, difference) = (statement.sum(), statement.difference());
    if let (Some(opening), Some(closing), Some(difference)) =
        (&statement.opening, &statement.closing, difference)
    {
        assert_eq!(opening.amount + sum + difference, closing.amount, "{statement:?}");
    }
    for Balance { date, amount } in [&statement.opening, &statement.closing].into_iter().flatten() {
        assert!(date.is_none_or(is_year), "{statement:?}");
        is_amount(*amount);
    }
    let account = &statement.account;
    for text in [&account.iban, &account.number, &account.bic, &account.holder, &statement.number] {
        is_text(text.as_deref());
    }
    let currency = statement.lines.first().map(|line| line.currency);
    for line in &statement.lines {
        assert_eq!(Some(line.currency), currency, "the lines of a statement are in one currency");
        assert!(account.currency.is_none_or(|of_account| of_account == line.currency), "{statement:?}");
        check_line(line);
    }
    for warning in &statement.warnings {
        assert!(!warning.message.is_empty(), "{warning:?}");
        assert!(matches!(warning.code.family(), Family::File | Family::Data), "{warning:?}");
        inside(bytes, warning.line, &format!("{warning:?}"));
    }
}

fn check_line(line: &Transaction) {
    assert!(is_year(line.booked_on) && line.value_on.is_none_or(is_year), "{line:?}");
    is_amount(line.amount);
    if let Some(original) = &line.original {
        is_amount(original.amount);
        assert!(original.currency != line.currency, "{line:?}");
        assert!(original.rate.is_none_or(|rate| rate > Decimal::ZERO), "{line:?}");
    }
    let Counterparty { name, account, bic } = line.counterparty();
    for text in [
        name,
        account,
        bic,
        line.text(),
        line.structured(),
        line.reference(),
        line.end_to_end(),
        line.mandate(),
        line.bank_code(),
    ] {
        is_text(text);
    }
    for detail in line.details() {
        is_text(Some(detail.label));
        is_text(Some(detail.value));
    }
}

/// Odoo keeps dates of the years that Python knows.
fn is_year(date: crate::domain::Date) -> bool {
    (1..=9999).contains(&date.year())
}

/// What is written of an amount is the amount.
fn is_amount(amount: Decimal) {
    assert_eq!(amount.to_string().parse(), Ok(amount));
}

/// What is absent is absent, and not empty.
fn is_text(text: Option<&str>) {
    assert!(text.is_none_or(|text| !text.trim_ascii().is_empty()), "{text:?}");
}
