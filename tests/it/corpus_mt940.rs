//! Real MT940 and MT942 files outside the project against the results of an independent reader.

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::Code;
use bank_bridge::formats::Reading;

use crate::support::corpora::{self, Corpus, Refused, Row};

/// Files that are knowingly refused.
const REFUSED: &[Refused] = &[
    ("/Tests MT940.zip", Code::ARCHIVE_FILE_UNKNOWN, "jobs and their output beside the messages"),
    ("/MT940.Sample.ING.zip", Code::ARCHIVE_FILE_UNKNOWN, "a description in PDF beside the messages"),
    ("/mmalcek_mt940/test.sta", Code::MT940_BALANCE_INVALID, "a form to fill in: `:60F:OPENING_BALANCE`"),
    ("/mt940-headers.txt", Code::MT940_ENTRY_INVALID, "made unreadable: a value date of 362268"),
    ("/sample_JPchar.txt", Code::MT940_ENTRY_INVALID, "a value date of 54 54 2034"),
    ("/transactions.mt942", Code::MT940_ENTRY_INVALID, "a booking of the 12th of month 16"),
    ("/self-provided/multiline.sta", Code::MT940_FIELD_MISPLACED, "a booking behind the end of the message"),
];

/// What the independent reader says otherwise than the file: path, statements, lines, sum, whether it adds up, reason.
const OTHERWISE: &[(&str, usize, usize, &str, bool, &str)] = &[
    (
        "/public/sample.mt940",
        1,
        2,
        "-500.50",
        true,
        "entry dates with a year; the balances of the file prove them",
    ),
    (
        "/mt940_with_spaces_for_entry_date.txt",
        31,
        8,
        "56.94",
        true,
        "blanks for entry dates; the balances prove them",
    ),
    ("/citi/mt940.txt", 1, 5, "-1142.75", true, "blanks for entry dates; the balances prove them"),
    ("/test_brd_940.txt", 1, 2, "998.00", false, "an opening balance in RON and a closing one in EUR"),
    (
        "railslove_cmxl/spec/fixtures/mt940.txt",
        3,
        16,
        "12327.30",
        true,
        "one statement is there twice, and read once",
    ),
    ("railslove_cmxl/spec/fixtures/mt942.txt", 2, 1, "9792.00", true, "two reports tell the same booking"),
    (
        "railslove_ebicsbox/spec/fixtures/mt942.txt",
        3,
        1,
        "-800.00",
        true,
        "three reports tell the same booking",
    ),
    ("/tryton_mt940/mt940/MT940.txt", 1, 3, "500.01", true, "one statement is there twice, and read once"),
];

/// Files that begin with `:940:`, which the independent reader counts as a statement.
const KIND_COUNTED: &[&str] = &[
    "/rabobank.sta",
    "/rabobank.txt",
    "/rabobank-iban.sta",
    "/rabobank-iban.txt",
    "/Rabo/sample",
    "/Rabo/sample3",
    "/Rabo/sample4",
];

/// Pages that were joined to the ones before, from the facts.
fn pages(reading: &Reading) -> usize {
    let mut facts = reading.understanding.facts.iter().filter(|fact| fact.about == "messages");
    let joined = facts.find_map(|fact| fact.because.as_deref()?.split(' ').next()?.parse().ok());
    joined.unwrap_or(0)
}

/// What is known about the files.
pub const CORPUS: Corpus = Corpus { format: "mt940", refused: REFUSED, answer: corpora::no_answer, compare };

#[test]
fn files_hold_what_the_manifest_says() {
    CORPUS.check();
}

fn compare(row: &Row, reading: &Reading) -> Result<(), String> {
    let statements = &reading.statements;
    let sum: Decimal = statements.iter().map(Statement::sum).sum();
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    let otherwise = OTHERWISE.iter().find(|(end, ..)| row.path.ends_with(end));
    let counted = usize::from(KIND_COUNTED.iter().any(|end| row.path.ends_with(end)));
    let expected = match otherwise {
        Some((_, statements, lines, sum, ..)) => (*statements, *lines, sum.parse().unwrap()),
        None => (row.statements.unwrap() - counted, row.entries.unwrap(), row.sum.unwrap()),
    };
    if (statements.len() + pages(reading), lines, sum) != expected {
        let found = (statements.len() + pages(reading), lines, sum);
        return Err(format!("{found:?}, not {expected:?} (messages, lines, sum)"));
    }
    let refusals: Vec<_> = statements.iter().flat_map(Statement::refusals).map(|w| w.code).collect();
    let adds_up = otherwise.map_or(row.balances != "bad", |(.., adds_up, _)| *adds_up);
    // Without a closing balance nothing is proven, and the file is not taken unseen.
    let open = row.balances != "ok" && refusals.contains(&Code::MT940_ENDS_OPEN);
    if refusals.is_empty() != adds_up && !open {
        return Err(format!("{refusals:?}, the manifest says {}", row.balances));
    }
    Ok(())
}
