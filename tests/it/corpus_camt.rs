//! CAMT files of real banks and other readers' tests, held against an independent reader.
//!
//! `BANK_BRIDGE_CORPORA` names their folder (see [`crate::support::corpora`]). For each file the number of
//! statements and the sum of the booked entries must agree, what adds up must add up, and what is refused must be
//! refused for a reason that stands here.

use std::collections::HashSet;
use std::path::Path;

use bank_bridge::domain::{Balance, Decimal, Identity, Statement, Transaction};
use bank_bridge::errors::{Code, Error};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions, Reading};
use serde_json::Value;

use crate::support::corpora::{self, Corpus, Refused, Row};
use crate::support::files;

/// Single files that are refused.
const REFUSED: &[Refused] = &[
    ("/Test camt053.zip", Code::ARCHIVE_FILE_UNKNOWN, "jobs and their output beside the messages"),
    ("sql/scalars.test", Code::FORMAT_UNKNOWN, "a database script with a message in a string"),
    ("test-camt-parse-invalid.xml", Code::CAMT_ELEMENT_MISSING, "a message without a report"),
    ("camt053.v2.wrong.xml", Code::CAMT_ELEMENT_MISSING, "a message without a statement"),
    ("CAMT053_Example2.xml", Code::CAMT_VALUE_INVALID, "a form to fill in: the value date is JJJJ-MM-TT"),
    ("valid_camt_v09.xml", Code::FORMAT_UNKNOWN, "a camt.055, which asks for a cancellation"),
    (
        "public/sample_camt_053.xml",
        Code::CAMT_VALUE_INVALID,
        "a debit of a negative amount: it could mean either direction",
    ),
    ("qt-csv-export-demo/example.camt053.xml", Code::CAMT_VALUE_INVALID, "a debit of a negative amount"),
    ("resources/sample.xml", Code::CAMT_VALUE_INVALID, "a debit of a negative amount"),
    (
        "test-camt-parse-5200108-invalid-saldo.xml",
        Code::CAMT_VALUE_INVALID,
        "a balance with thirteen decimals",
    ),
    ("camt053_garbled_amount.xml", Code::CAMT_VALUE_INVALID, "an amount with two points"),
];

/// Files that the independent reader calls right, and that do not add up for us, with the reason.
const NOT_PROVEN: &[(&str, &str)] = &[(
    "doc/example-camt053-b.xml",
    "29.06 euros on an account in dollars: it adds up only if they are taken for dollars",
)];

/// What is known about the files.
pub const CORPUS: Corpus = Corpus { format: "camt", refused: REFUSED, answer: corpora::no_answer, compare };

#[test]
fn files_agree_with_the_independent_reader() {
    CORPUS.check();
}

fn read(path: &Path) -> Result<Vec<Statement>, Error> {
    let input = Input::open(path, DEFAULT_MAX_SIZE)?;
    formats::parse(&input, None, &ParseOptions::default())
}

fn compare(row: &Row, reading: &Reading) -> Result<(), String> {
    let statements = &reading.statements;
    let sum: Decimal = statements.iter().map(Statement::sum).sum();
    let split =
        |statement: &Statement| statement.warnings.iter().any(|w| w.code == Code::CAMT_CURRENCY_SPLIT);
    let joined = statements.iter().filter(|statement| split(statement)).count();
    let other_count = |expected: &usize| joined == 0 && *expected != statements.len();
    if let Some(expected) = row.statements.filter(other_count) {
        return Err(format!("{} statements, not {expected}", statements.len()));
    }
    if let Some(expected) = row.sum.filter(|expected| *expected != sum) {
        return Err(format!("sum {sum}, not {expected}"));
    }
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    if let Some(expected) = row.entries.filter(|expected| lines < *expected) {
        return Err(format!("{lines} lines of {expected} entries"));
    }
    let refusals: Vec<_> =
        statements.iter().flat_map(Statement::refusals).map(|w| w.message.clone()).collect();
    let differences: Vec<_> = statements.iter().filter_map(Statement::difference).collect();
    let closes = differences.iter().all(Decimal::is_zero);
    let excused = NOT_PROVEN.iter().any(|(end, _)| row.path.ends_with(end));
    match row.balances.as_str() {
        "ok" if excused && closes => Err("adds up, no excuse is needed".to_owned()),
        "ok" if !excused && (!closes || !refusals.is_empty()) => {
            Err(format!("does not add up: {refusals:?}"))
        }
        // The other reader compares balances of different currencies; for us, one of them is missing then.
        "bad" if closes && differences.len() == statements.len() => {
            Err("adds up although it is said not to".to_owned())
        }
        _ => Ok(()),
    }
}

/// Notifications of which the statement of the same days is there too: a line of the one is a line of the other, or
/// a part of it, by its identity alone.
#[test]
fn a_notification_names_the_lines_of_its_statement() {
    const PAIRS: &[(&str, &str, usize)] = &[
        (
            "moov-io_iso20022/test/testdata/FI_camt_054_sample.xml.xml",
            "moov-io_iso20022/test/testdata/FI_camt_053_sample.xml.xml",
            // Both of a batch that the bank books on the day after the statement.
            2,
        ),
        (
            "marklucassen_camt_parser/spec/fixtures/054/valid_example.xml",
            "marklucassen_camt_parser/spec/fixtures/053/valid_example_v4.xml",
            0,
        ),
    ];
    let Some(folder) = corpora::folder().map(|folder| folder.join("camt")) else { return };
    for (notification, statement, elsewhere) in PAIRS {
        let names =
            |line: &Transaction| [Some(line.identity), line.whole.as_ref().map(|whole| whole.identity)];
        let lines =
            |name| read(&folder.join(name)).unwrap().into_iter().flat_map(|statement| statement.lines);
        let known: HashSet<_> = lines(statement).flat_map(|line| names(&line)).flatten().collect();
        let unknown: Vec<_> = lines(notification)
            .filter(|line| !names(line).into_iter().flatten().any(|name| known.contains(&name)))
            .collect();
        assert_eq!(unknown.len(), *elsewhere, "{notification}: {unknown:?}");
    }
}

/// The made-up statement, in every version and in the ways in which banks wrap and encode it.
#[test]
fn every_version_says_the_same() {
    let Some(folder) = corpora::folder().map(|folder| folder.join("camt/_synthetic_all_versions")) else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut ids: Vec<Vec<Identity>> = Vec::new();
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".xml") {
            continue;
        }
        let statements = read(&path).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(statements.len(), if name.contains("two_accounts") { 2 } else { 1 }, "{name}");
        agrees(&statements[0], &expected, &name);
        ids.push(statements[0].lines.iter().map(|line| line.identity).collect());
        if let Some(version) = name.strip_prefix("syn.").and_then(|name| name.strip_suffix(".xml")) {
            assert_eq!(statements[0].source, version);
        }
    }
    assert!(ids.len() >= 42);
    // A report and a notification give the references of the statement. Version 01 sums up its transactions by `TxAmt`, later ones by `Amt`: the same lines, the same identities.
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "identities differ between versions");
}

fn agrees(statement: &Statement, expected: &Value, name: &str) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let amount = |balance: &Option<Balance>| Some(balance.as_ref()?.amount.to_string());
    assert_eq!(
        statement.account.iban.as_ref().map(ToString::to_string),
        text(&expected["account"]),
        "{name}"
    );
    assert_eq!(statement.account.currency.map(|c| c.to_string()), text(&expected["currency"]), "{name}");
    if name.contains("camt.054") {
        assert_eq!((&statement.opening, &statement.closing), (&None, &None), "{name}");
    } else {
        assert_eq!(amount(&statement.opening), text(&expected["opening"]), "{name}");
        assert_eq!(amount(&statement.closing), text(&expected["closing"]), "{name}");
        assert_eq!(statement.difference(), Some(Decimal::ZERO), "{name}");
    }
    let not_booked = statement.warnings.iter().find(|warning| warning.code == Code::CAMT_NOT_BOOKED);
    // Version 01 of the statement knows no other status than booked.
    if !name.contains("053.001.01") {
        assert!(not_booked.unwrap().message.ends_with(&format!(": {}", expected["pending"])), "{name}");
    }
    let lines = expected["lines_when_split"].as_array().unwrap();
    assert_eq!(statement.lines.len(), lines.len(), "{name}");
    for (line, expected) in statement.lines.iter().zip(lines) {
        let place = format!("{name}: {expected}");
        let fact = |label: &str| line.details().find(|d| d.label == label).map(|d| d.value.to_string());
        for (key, value) in expected.as_object().unwrap() {
            let found = match key.as_str() {
                "entry" => continue,
                "amount" => Some(line.amount.to_string()),
                // Latin-1 has no typographic apostrophe.
                "partner" if name.contains("latin1") => {
                    line.counterparty().name.map(|name| name.replace('\'', "’"))
                }
                "partner" => line.counterparty().name.map(str::to_owned),
                "account" => line.counterparty().account.map(str::to_owned),
                "structured" => {
                    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                    assert!(line.structured().is_some_and(|s| s.starts_with("+++")), "{place}");
                    line.structured().map(digits)
                }
                "text" => line.text().map(str::to_owned),
                "e2e" => line.end_to_end().map(str::to_owned),
                "reason" => fact("Return reason").map(|reason| reason.chars().take(4).collect()),
                "foreign" => line.original.as_ref().map(|o| format!("{} {}", o.currency, o.amount)),
                "charges" => fact("Charges").map(|charges| charges.split(' ').next().unwrap().to_owned()),
                "date" => Some(line.booked_on.to_string()),
                "batch" => {
                    assert_eq!(fact("Batch transactions"), Some(value.to_string()), "{place}");
                    continue;
                }
                other => panic!("{place}: nothing compares {other}"),
            };
            assert_eq!(found, text(value), "{place}");
        }
    }
}
