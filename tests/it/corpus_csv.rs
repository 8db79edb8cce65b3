//! Real exports outside the project against counts and sums that were made from them by hand.
//!
//! Nobody publishes what these files hold, so `corpus_csv.d` says it: for each file its preset, lines and sum, counted
//! apart from the reader, or the code that it is refused with, and why.
//!
//! Where a code has a question mark, the file asks something, and its last cell is the answer: the order of dates,
//! `proposed` for the columns that the program proposes, and `ROLE=COLUMN` for one that the user says, with
//! semicolons between. Read with it, the lines and their sum must be those of the row.

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::Code;
use bank_bridge::formats::csv::preset::Role;
use bank_bridge::formats::csv::propose::propose;
use bank_bridge::formats::{DEFAULT_MAX_SIZE, DateOrder, Input, ParseOptions, Reading};

use crate::support::corpora::{self, Corpus, Refused, Row};

const TABLES: [&str; 3] = [
    include_str!("corpus_csv.d/benelux.tsv"),
    include_str!("corpus_csv.d/swiss.tsv"),
    include_str!("corpus_csv.d/world.tsv"),
];

/// Cells of a row that is not a remark.
fn expectations() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLES.iter().flat_map(|table| table.lines());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// What is known about the files.
pub fn corpus() -> Corpus {
    let refused: Vec<Refused> = expectations()
        .filter(|cells| cells[1].starts_with("BB-") && !is_question(cells))
        .map(|cells| (cells[0], Code::find(cells[1]).unwrap(), cells[3]))
        .collect();
    Corpus { format: "csv", refused: refused.leak(), answer, compare: agrees }
}

fn is_question(cells: &[&str]) -> bool {
    cells[1].ends_with('?')
}

/// What the user says of a file that asks.
fn answer(row: &Row) -> Option<(Code, ParseOptions)> {
    let cells = expectations().find(|cells| row.path.ends_with(cells[0]) && is_question(cells))?;
    let mut options = ParseOptions::default();
    let mut said: Vec<(Role, String)> = Vec::new();
    for word in cells[4].split(';').map(str::trim) {
        match word.split_once('=') {
            Some((role, column)) => {
                let role = Role::ALL.into_iter().find(|known| known.id() == role).unwrap();
                said.push((role, column.to_owned()));
            }
            None if word == "proposed" => {}
            None => options.date_order = DateOrder::ALL.into_iter().find(|order| order.id() == word),
        }
    }
    if cells[4].contains("proposed") {
        let path = corpora::folder().unwrap().join(&row.path);
        let input = Input::open(&path, DEFAULT_MAX_SIZE).unwrap();
        options.preset = Some(propose(&input, &said, None).unwrap().preset.into());
    }
    Some((Code::find(cells[1].trim_end_matches('?')).unwrap(), options))
}

#[test]
fn files_hold_what_was_counted() {
    if corpora::folder().is_some() {
        corpus().check();
    }
}

fn agrees(row: &Row, reading: &Reading) -> Result<(), String> {
    let statements = &reading.statements;
    let known = expectations().find(|cells| row.path.ends_with(cells[0]));
    let sum: Decimal = statements.iter().map(Statement::sum).sum();
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    let source = statements.first().map_or("", |statement| &statement.source);
    let found = (source, lines, sum.normalize());
    let cells = known.ok_or_else(|| format!("nothing is known about it; it is read as {found:?}"))?;
    let number = |cell: &str| cell.trim().parse::<Decimal>().map_err(|_| format!("{cell} is no number"));
    let named = format!("csv.{}", cells[1]);
    let expected_source = if is_question(&cells) { source } else { &named };
    let expected = (expected_source, cells[2].parse().unwrap_or(usize::MAX), number(cells[3])?.normalize());
    if found != expected && !(lines == 0 && expected.1 == 0) {
        return Err(format!("{found:?}, counted {expected:?}"));
    }
    let refusals: Vec<_> = statements.iter().flat_map(Statement::refusals).map(|w| w.code).collect();
    // A file that was cut by those who published it says so in its row.
    let broken = cells.get(4).is_some_and(|remark| remark.contains("balances do not follow"));
    if refusals.is_empty() == broken {
        return Err(format!("{refusals:?}"));
    }
    Ok(())
}
