//! What a person is shown of a file before it is imported: how it was understood, the statements with their balances, the
//! first lines, and what each statement would come to. Bounded, whatever the size of the file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::import::Outcome;
use crate::domain::{Account, Balance, Currency, Date, Statement, Transaction, Warning};
use crate::errors::{Code, Place};
use crate::formats::{self, Fact, Ignored, Reading};
use crate::odoo::addon::{Counts, Journal};

/// Statements that are shown.
const STATEMENTS: usize = 200;
/// Lines that are shown of each statement, and of the file.
const LINES: usize = 20;
const LINES_IN_ALL: usize = 400;
/// Findings that are shown of each statement.
const FINDINGS: usize = 100;
/// Characters of a text that is shown.
const TEXT: usize = 200;

/// What a file holds.
#[derive(Debug, Default, Serialize)]
pub struct Preview {
    /// Short name of the format.
    pub format: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What was found out about the file.
    pub facts: Vec<Fact>,
    /// What is in the file and in no statement.
    pub ignored: Vec<Ignored>,
    /// Statements in the file; the first of them are shown.
    pub count: usize,
    /// Lines in the file.
    pub lines: usize,
    /// The statements.
    pub statements: Vec<Seen>,
    /// Counts over all statements, once Odoo has told.
    pub counts: Option<Counts>,
}

/// One statement.
#[derive(Debug, Serialize)]
pub struct Seen {
    /// The bank's number.
    pub number: Option<String>,
    /// The account.
    pub account: Account,
    /// The file of an archive that it is in.
    pub member: Option<String>,
    /// Currency of the account; none where the file does not say.
    pub currency: Option<Currency>,
    /// Balance before the first line.
    pub opening: Option<Balance>,
    /// Balance after the last.
    pub closing: Option<Balance>,
    /// What the lines add up to.
    pub sum: String,
    /// First booking date.
    pub first: Option<Date>,
    /// Last booking date.
    pub last: Option<Date>,
    /// Lines in it; the first of them are shown.
    pub count: usize,
    /// The first lines.
    pub lines: Vec<Line>,
    /// What was noticed.
    pub findings: Vec<Noticed>,
    /// The journal that it goes to, once Odoo has told.
    pub journal: Option<Journal>,
    /// What its lines come to, once Odoo has told.
    pub counts: Option<Counts>,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Booking date.
    pub date: Date,
    /// Signed amount.
    pub amount: String,
    /// Name or account of the other side.
    pub counterparty: Option<String>,
    /// Structured communication or remittance information.
    pub text: Option<String>,
}

/// Something that was noticed.
#[derive(Debug, Serialize)]
pub struct Noticed {
    /// Its code.
    pub code: Code,
    /// What fills the sentence.
    pub args: BTreeMap<&'static str, String>,
    /// The sentence in English.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<u64>,
}

impl Preview {
    /// Of a file that was read; `places` are those of its statements.
    #[must_use]
    pub fn of(reading: &Reading, places: &[Place], file: &str) -> Self {
        let understanding = &reading.understanding;
        let mut room = LINES_IN_ALL;
        let shown = reading.statements.iter().zip(places).take(STATEMENTS);
        Self {
            format: understanding.format,
            title: formats::by_id(understanding.format).map_or("", formats::StatementFormat::title),
            facts: understanding.facts.clone(),
            ignored: understanding.ignored.clone(),
            count: reading.statements.len(),
            lines: reading.statements.iter().map(|statement| statement.lines.len()).sum(),
            statements: shown.map(|(statement, place)| Seen::of(statement, place, file, &mut room)).collect(),
            counts: None,
        }
    }

    /// Adds what Odoo told.
    pub fn came_to(&mut self, outcome: &Outcome) {
        self.counts = Some(outcome.counts);
        for (seen, came) in self.statements.iter_mut().zip(&outcome.statements) {
            seen.journal = Some(came.journal.clone());
            seen.counts = Some(came.counts);
            seen.findings = noticed(&came.warnings);
        }
    }
}

impl Seen {
    fn of(statement: &Statement, place: &Place, file: &str, room: &mut usize) -> Self {
        let member = place.file.as_deref().and_then(|path| path.strip_prefix(file)?.strip_prefix('/'));
        let days = || statement.lines.iter().map(|line| line.booked_on);
        let lines: Vec<_> = statement.lines.iter().take(LINES.min(*room)).map(Line::of).collect();
        *room -= lines.len();
        Self {
            number: statement.number.as_deref().map(cut),
            account: statement.account.clone(),
            member: member.map(cut),
            currency: statement.currency(),
            opening: statement.opening.clone(),
            closing: statement.closing.clone(),
            sum: statement.sum().to_string(),
            first: days().min(),
            last: days().max(),
            count: statement.lines.len(),
            lines,
            findings: noticed(&statement.warnings),
            journal: None,
            counts: None,
        }
    }
}

impl Line {
    fn of(line: &Transaction) -> Self {
        let counterparty = line.counterparty();
        Self {
            date: line.booked_on,
            amount: line.amount.to_string(),
            counterparty: counterparty.name.or(counterparty.account).map(cut),
            text: line.structured().or(line.text()).map(cut),
        }
    }
}

fn noticed(warnings: &[Warning]) -> Vec<Noticed> {
    let of = |warning: &Warning| Noticed {
        code: warning.code,
        args: warning.args.iter().map(|(name, value)| (*name, cut(value))).collect(),
        message: cut(&warning.message),
        line: warning.line,
    };
    warnings.iter().take(FINDINGS).map(of).collect()
}

fn cut(text: impl AsRef<str>) -> String {
    text.as_ref().chars().take(TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{DEFAULT_MAX_SIZE, Input, ParseOptions};

    #[test]
    fn a_large_file_has_a_small_preview() {
        let coffee = format!("D30/10/2026\nT-2.50\nP{}\n^\n", "Coffee".repeat(100));
        let bytes = format!("!Type:Bank\n{}", coffee.repeat(5_000)).into_bytes();
        let input = Input::from_bytes("made.qif", bytes, DEFAULT_MAX_SIZE).unwrap();
        let reading = formats::read(&input, None, &ParseOptions::default()).unwrap();
        let preview = Preview::of(&reading, &[Place::file("made.qif")], "made.qif");
        assert_eq!((preview.format, preview.count, preview.lines), ("qif", 1, 5_000));
        let seen = &preview.statements[0];
        assert_eq!((seen.lines.len(), seen.count, seen.sum.as_str()), (LINES, 5_000, "-12500.00"));
        assert!(serde_json::to_string(&preview).unwrap().len() < 20_000);
    }

    #[test]
    fn a_statement_of_an_archive_names_its_file() {
        let statement = Statement {
            source: "qif".into(),
            number: None,
            account: Account::default(),
            opening: None,
            closing: None,
            lines: Vec::new(),
            warnings: Vec::new(),
        };
        let member = |place: &str| Seen::of(&statement, &Place::file(place), "days.zip", &mut 10).member;
        assert_eq!(member("days.zip"), None);
        assert_eq!(member("days.zip/a.cod").as_deref(), Some("a.cod"));
    }
}
