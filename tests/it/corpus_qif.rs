//! Real QIF files outside the project against what an independent reader made of them.

use bank_bridge::domain::Decimal;
use bank_bridge::errors::Code;
use bank_bridge::formats::{DateOrder, ParseOptions, Reading};
use serde_json::Value;

use crate::support::corpora::{self, Corpus, Refused, Row};

/// Files that are knowingly refused.
const REFUSED: &[Refused] = &[
    ("inconsistent-per-record-formats.qif", Code::DATES_CONTRADICT, "two orders of dates in one file"),
    ("ydm-day13.recreated.qif", Code::QIF_DATE, "year-day-month, which no bank writes"),
    ("swipe.qif", Code::QIF_INVESTMENTS, "securities alone"),
    ("wikipedia_investments.qif", Code::QIF_INVESTMENTS, "securities alone"),
    ("investment_example.qif", Code::QIF_INVESTMENTS, "securities alone"),
    ("quotes.qif", Code::QIF_NO_TRANSACTIONS, "a list of prices"),
];

/// Files whose dates stay open, and the order that their country writes; the other reader gives no dates.
const OPEN: &[(&str, DateOrder)] = &[
    ("Money95bank_fr.excerpt.qif", DateOrder::DayMonthYear),
    ("wikipedia_simple.qif", DateOrder::MonthDayYear),
];

/// What is known about the files.
pub const CORPUS: Corpus = Corpus { format: "qif", refused: REFUSED, answer, compare: agrees };

#[test]
fn files_hold_what_the_other_reader_found() {
    CORPUS.check();
}

fn expected(row: &Row) -> Value {
    let path = corpora::folder().unwrap().join("expected").join(format!("{}.json", row.path));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Where the dates stay open, the user is asked.
fn answer(row: &Row) -> Option<(Code, ParseOptions)> {
    let (_, order) = OPEN.iter().find(|(end, _)| row.path.ends_with(end))?;
    Some((Code::DATE_ORDER_OPEN, ParseOptions { date_order: Some(*order), ..ParseOptions::default() }))
}

fn agrees(row: &Row, reading: &Reading) -> Result<(), String> {
    let statements = &reading.statements;
    let expected = expected(row);
    // Blocks of one account are one statement, and the opening balance is no line.
    let mut theirs: Vec<_> = expected["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|account| account["transactions"].as_array().unwrap())
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            (text("date"), text("amount").parse::<Decimal>().unwrap().normalize())
        })
        .collect();
    let mut ours: Vec<_> = statements
        .iter()
        .flat_map(|statement| {
            let lines =
                statement.lines.iter().map(|line| (line.booked_on.to_string(), line.amount.normalize()));
            let opening = statement
                .opening
                .iter()
                .map(|balance| (balance.date.unwrap().to_string(), balance.amount.normalize()));
            lines.chain(opening).collect::<Vec<_>>()
        })
        .collect();
    if theirs.iter().all(|(date, _)| date.is_empty()) {
        ours.iter_mut().for_each(|(date, _)| date.clear());
    }
    theirs.sort();
    ours.sort();
    if ours != theirs || Some(ours.len()) != row.entries {
        return Err(format!("{ours:?}, the other reader {theirs:?}"));
    }
    Ok(())
}
