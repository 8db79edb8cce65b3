//! CAMT files of real banks and other readers' tests, held against an independent reader.
//!
//! `BANK_BRIDGE_CORPORA` names their folder (see [`crate::support::corpora`]). For each file the number of
//! statements and the sum of the booked entries must agree, what adds up must add up, and what is refused must be
//! refused for a reason that stands here.

use std::path::Path;

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::{Code, Error};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use serde_json::Value;

use crate::support::corpora::{self, Row};

/// Single files that are refused, by the end of their path, with the code and the reason.
const REFUSED: &[(&str, &str, &str)] = &[];

/// Files in which the independent reader is wrong: its sum is not ours, and why ours is right.
const READER_WRONG: &[(&str, &str, &str)] = &[];

#[test]
fn files_agree_with_the_independent_reader() {
    let mut wrong = Vec::new();
    for row in corpora::rows("camt") {
        let folder = corpora::folder().unwrap();
        let verdict = match read(&folder.join(&row.path)) {
            Ok(statements) => compare(&row, &statements),
            Err(error) => refused(&row, &error),
        };
        if let Err(reason) = verdict {
            wrong.push(format!("{}: {reason}", row.path));
        }
    }
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}

fn read(path: &Path) -> Result<Vec<Statement>, Error> {
    let input = Input::open(path, DEFAULT_MAX_SIZE)?;
    formats::parse(&input, None, &ParseOptions::default())
}

fn compare(row: &Row, statements: &[Statement]) -> Result<(), String> {
    if let Some((_, code, reason)) = listed(REFUSED, &row.path) {
        return Err(format!("is read although listed with {code}: {reason}"));
    }
    let sum: Decimal = statements.iter().map(Statement::sum).sum();
    let split = |statement: &Statement| statement.warnings.iter().any(|w| w.code == Code::CAMT_CURRENCY_SPLIT);
    let joined = statements.iter().filter(|statement| split(statement)).count();
    if let Some(expected) = row.statements.filter(|_| joined == 0) {
        if statements.len() != expected {
            return Err(format!("{} statements, not {expected}", statements.len()));
        }
    }
    if let Some((_, ours, _)) = listed(READER_WRONG, &row.path) {
        return if sum.to_string() == *ours { Ok(()) } else { Err(format!("sum {sum}, not {ours}")) };
    }
    if let Some(expected) = row.sum.filter(|expected| *expected != sum) {
        return Err(format!("sum {sum}, not {expected}"));
    }
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    if let Some(expected) = row.entries.filter(|expected| lines < *expected) {
        return Err(format!("{lines} lines of {expected} entries"));
    }
    let refusals: Vec<_> = statements.iter().flat_map(Statement::refusals).map(|w| w.message.clone()).collect();
    let closes = statements.iter().all(|s| s.difference().is_none_or(|d| d.is_zero()));
    match row.balances.as_str() {
        "ok" if !closes || !refusals.is_empty() => Err(format!("does not add up: {refusals:?}")),
        "bad" if closes => Err("adds up although it is said not to".to_owned()),
        _ => Ok(()),
    }
}

fn refused(row: &Row, error: &Error) -> Result<(), String> {
    let code = error.code();
    let shown = format!("{error:?}");
    if code == Code::CAMT_KIND_UNSUPPORTED && (shown.contains("camt.052") || shown.contains("camt.054")) {
        return Ok(());
    }
    // An archive is not a statement; what is in it is read once it is unpacked.
    if code == Code::FORMAT_UNKNOWN && row.path.ends_with(".zip") {
        return Ok(());
    }
    match listed(REFUSED, &row.path) {
        Some((_, expected, _)) if *expected == code.to_string() => Ok(()),
        Some((_, expected, _)) => Err(format!("refused with {shown}, not {expected}")),
        None => Err(format!("refused: {shown}")),
    }
}

fn listed(table: &'static [(&str, &str, &str)], path: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    table.iter().find(|(end, _, _)| path.ends_with(end))
}
