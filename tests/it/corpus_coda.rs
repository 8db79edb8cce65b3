//! Real and made-up CODA files outside the project against the results of an independent reader.

use std::collections::BTreeMap;

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::Code;
use bank_bridge::formats::{ParseOptions, Reading};
use serde_json::Value;

use crate::support::corpora::{self, Corpus, Refused, Row};

/// Files that are knowingly refused.
const REFUSED: &[Refused] = &[(
    ".fragment.txt",
    Code::FORMAT_UNKNOWN,
    "an excerpt of the standard: movements without header, balances, trailer",
)];

/// Files where another number of lines than of movements is right: path, movements, lines, reason.
const SPLIT: &[(&str, usize, usize, &str)] = &[
    ("sample10.cod", 1, 2, "a total of a collection with two details, each a line"),
    ("sample7.cod", 1, 3, "a total of an order with three details, each a line"),
    ("glob_customer_1_5.cod", 2, 4, "a total with three details, each a line"),
    ("glob_bank_2_6.cod", 1, 3, "a total with three details, each a line"),
    ("glob_two_levels_2_7_9_6.cod", 1, 2, "a total with two details, one of them with details of its own"),
    ("detail_wrap_10003.cod", 1, 10_003, "a total with 10,003 details, each a line"),
];

/// A file of a separate application holds no lines to book and no balances, whatever the reader of the manifest
/// counted.
const SEPARATE: &str = "separate_application.cod";

/// An empty file without record 8: nothing to hold the opening balance against.
const WITHOUT_CLOSING: &str = "empty_0_1_9.cod";

/// Files that were edited by hand, and the checks that they fail.
const FAULTY: &[(&str, &[Code])] = &[
    ("/sample2.cod", &[BALANCE, ACCOUNT]),
    ("/sample3.cod", &[BALANCE, TOTAL, TOTAL, RECORDS, ACCOUNT]),
    ("/sample4.cod", &[BALANCE, TOTAL, TOTAL, RECORDS, ACCOUNT]),
    ("/sample5.cod", &[BALANCE, TOTAL, TOTAL, RECORDS]),
    ("/sample6.cod", &[BALANCE, TOTAL, TOTAL, RECORDS]),
    ("/sample7.cod", &[BALANCE, TOTAL, TOTAL, RECORDS]),
    ("/sample9.cod", &[BALANCE, TOTAL, RECORDS]),
    ("/Ontvangen CODA.2011-01-11-18.59.15.txt", &[ACCOUNT]),
    ("/Ontvangen_CODA.2012-01-11-18.59.15.txt", &[BALANCE, ACCOUNT]),
    ("/coda-sample.txt", &[BALANCE, ACCOUNT]),
    ("/wrong_balance.cod", &[BALANCE]),
];
const BALANCE: Code = Code::BALANCE_DIFFERS;
const TOTAL: Code = Code::TOTALS_DIFFER;
const RECORDS: Code = Code::RECORDS_DIFFER;
const ACCOUNT: Code = Code::ACCOUNTS_DIFFER;

/// What is known about the files.
pub const CORPUS: Corpus =
    Corpus { format: "coda", refused: REFUSED, answer: corpora::no_answer, compare: agrees };

#[test]
fn files_hold_what_the_manifest_says() {
    CORPUS.check();
}

fn agrees(row: &Row, reading: &Reading) -> Result<(), String> {
    let (path, statements) = (row.path.as_str(), &reading.statements);
    if path.ends_with(SEPARATE) {
        return Ok(());
    }
    let sum: Decimal = statements.iter().map(Statement::sum).sum();
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    let split = SPLIT.iter().find(|(end, ..)| path.rsplit('/').next() == Some(end));
    let expected = split.map_or(row.entries, |(_, movements, lines, _)| {
        assert_eq!(row.entries, Some(*movements), "{path}");
        Some(*lines)
    });
    if (Some(statements.len()), Some(sum.normalize()), Some(lines))
        != (row.statements, row.sum.map(|sum| sum.normalize()), expected)
    {
        return Err(format!(
            "{} statements, {lines} lines, sum {sum}; expected {:?}, {expected:?}, {:?}",
            statements.len(),
            row.statements,
            row.sum
        ));
    }
    let mut refusals: Vec<_> = statements.iter().flat_map(Statement::refusals).map(|w| w.code).collect();
    refusals.sort_unstable();
    let known = FAULTY.iter().find(|(end, _)| path.ends_with(end)).map_or(&[][..], |(_, codes)| codes);
    if refusals != known {
        return Err(format!("{refusals:?}"));
    }
    let closes = !refusals.contains(&Code::BALANCE_DIFFERS);
    if closes != (row.balances == "ok") && !path.ends_with(WITHOUT_CLOSING) {
        return Err(format!("closes {closes}, the manifest says {}", row.balances));
    }
    Ok(())
}

#[test]
fn made_up_cases_have_the_values_that_they_were_made_with() {
    let Some(folder) = corpora::folder() else { return };
    let folder = folder.join("coda/_synthetic_cases");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    for (name, case) in expected {
        let path = format!("coda/_synthetic_cases/{name}");
        let statements = corpora::read(&path, &ParseOptions::default()).unwrap().statements;
        let expected = case["statements"].as_array().unwrap();
        assert_eq!(statements.len(), expected.len(), "{name}");
        if name == SEPARATE {
            continue;
        }
        for (statement, expected) in statements.iter().zip(expected) {
            compare(&name, statement, expected);
        }
    }
}

fn compare(name: &str, statement: &Statement, expected: &Value) {
    let text = |key: &str| expected[key].as_str().unwrap();
    let number = |value: &str| value.parse::<Decimal>().ok();
    assert_eq!(statement.source, format!("coda.{}", text("version")), "{name}");
    // A Belgian number is shown as its IBAN where its check digits are right; it stands beside it then.
    let account = &statement.account;
    let known = [account.iban.as_deref(), account.number.as_deref()];
    assert!(known.contains(&Some(text("account"))), "{name}: {known:?}");
    assert_eq!(account.currency.unwrap().code(), text("currency"), "{name}");
    assert_eq!(statement.opening.as_ref().map(|balance| balance.amount), number(text("old")), "{name}");
    assert_eq!(statement.closing.as_ref().map(|balance| balance.amount), number(text("new")), "{name}");
    let main: Vec<_> =
        expected["lines_main"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let main: Vec<Decimal> = main.into_iter().map(|text| number(text).unwrap()).collect();
    assert_eq!(statement.sum(), main.iter().sum::<Decimal>(), "{name}");
    if statement.lines.len() == main.len() {
        assert!(statement.lines.iter().zip(&main).all(|(line, main)| line.amount == *main), "{name}");
    } else {
        assert!(SPLIT.iter().any(|(end, ..)| *end == name), "{name}: {} lines", statement.lines.len());
    }
    let checks: Vec<_> = expected["checks"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let refusals: Vec<_> = statement.refusals().map(|warning| warning.code).collect();
    let balance: &[Code] =
        if checks.iter().any(|check| check.starts_with("BAL")) { &[Code::BALANCE_DIFFERS] } else { &[] };
    assert_eq!(refusals, balance, "{name}: {checks:?}");
}
