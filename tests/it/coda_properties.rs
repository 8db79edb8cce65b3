//! What must hold for every CODA file, whatever stands in it.

use std::collections::HashSet;
use std::fmt::Write as _;

use bank_bridge::domain::{Decimal, Identity, Statement, TransactionDraft};
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use proptest::prelude::*;

use crate::support::{files, root};

fn parse(bytes: &[u8]) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("made.cod", bytes.to_vec(), DEFAULT_MAX_SIZE)?;
    formats::parse(&input, Some("coda"), &ParseOptions::default())
}

fn fixtures() -> Vec<Vec<u8>> {
    let of_format = files(&root().join("tests/formats/coda")).into_iter();
    of_format
        .filter(|path| path.extension().is_some_and(|e| e == "cod"))
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// A line of blanks with fields at their positions.
fn record(fields: &[(usize, &str)]) -> String {
    let mut line = [b' '; 128];
    for (position, text) in fields {
        line[position - 1..position - 1 + text.len()].copy_from_slice(text.as_bytes());
    }
    String::from_utf8(line.to_vec()).unwrap() + "\r\n"
}

/// One movement of a made-up statement: thousandths and its details.
#[derive(Clone, Debug)]
struct Made {
    amount: i64,
    details: Vec<i64>,
}

/// A statement of made-up movements that adds up, with sequence and detail numbers that come round at 9999.
fn statement(number: u32, day: &str, opening: i64, movements: &[Made]) -> (String, i64) {
    let signed = |amount: i64| format!("{}{:015}", u8::from(amount < 0), amount.abs());
    let zone = format!("{:<34}EUR", "BE68539007547034");
    let paper = format!("{number:03}");
    let mut file = record(&[(1, "00000"), (6, day), (12, "72505"), (35, "MADE UP"), (128, "2")]);
    let old = signed(opening);
    file += &record(&[(1, "12"), (3, &paper), (6, &zone), (43, &old), (59, day), (126, &paper)]);
    let (mut balance, mut debit, mut credit, mut records) = (opening, 0, 0, 2_usize);
    let round = |count: usize| if count == 0 { 0 } else { (count - 1) % 10_000 + 1 } % 10_000;
    for (place, movement) in movements.iter().enumerate() {
        let kind = if movement.details.is_empty() { "0" } else { "1" };
        let mut part = |detail: usize, amount: i64, kind: &str| {
            let key = format!("{:04}{:04}", round(place + 1), round(detail));
            let (amount, code) = (signed(amount), format!("{kind}0150000"));
            file += &record(&[
                (1, "21"),
                (3, &key),
                (11, &key),
                (32, &amount),
                (48, day),
                (54, &code),
                (62, "0TEXT"),
                (116, day),
            ]);
            records += 1;
        };
        part(0, movement.amount, kind);
        for (detail, amount) in movement.details.iter().enumerate() {
            part(detail + 1, *amount, "5");
        }
        balance += movement.amount;
        if movement.amount < 0 { debit -= movement.amount } else { credit += movement.amount }
    }
    let new = signed(balance);
    file += &record(&[(1, "8"), (2, &paper), (5, &zone), (42, &new), (58, day)]);
    let (count, debit, credit) =
        (format!("{:06}", records % 1_000_000), format!("{debit:015}"), format!("{credit:015}"));
    file += &record(&[(1, "9"), (17, &count), (23, &debit), (38, &credit), (128, "1")]);
    (file, balance)
}

fn ids(statements: &[Statement]) -> Vec<String> {
    statements.iter().flat_map(|s| &s.lines).map(|line| line.identity.to_string()).collect()
}

#[test]
fn sequence_numbers_come_round() {
    let movements: Vec<_> = (0..20_005).map(|n| Made { amount: n % 7 - 3, details: Vec::new() }).collect();
    let (file, _) = statement(1, "310326", 0, &movements);
    let read = parse(file.as_bytes()).unwrap();
    assert_eq!(read[0].lines.len(), movements.len());
    assert_eq!(read[0].warnings, [], "balances, totals and count are right");
    let ids = ids(&read);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[test]
fn detail_numbers_come_round() {
    let details = vec![1000; 20_005];
    let movements = [Made { amount: 20_005_000, details }, Made { amount: -5000, details: Vec::new() }];
    let (file, _) = statement(1, "310326", 0, &movements);
    let read = parse(file.as_bytes()).unwrap();
    assert_eq!(read[0].lines.len(), 20_006);
    assert_eq!(read[0].sum(), Decimal::from(20_000));
    assert_eq!(read[0].warnings, []);
    assert_eq!(ids(&read).into_iter().collect::<HashSet<_>>().len(), 20_006);
}

/// The trailer counts records in six digits.
#[test]
fn the_number_of_records_comes_round() {
    let (file, _) = statement(1, "310326", 0, &[Made { amount: 10, details: Vec::new() }]);
    let information = record(&[(1, "3100010001"), (32, "00150000"), (40, "0")]);
    let at = file.find("\r\n8").unwrap() + 2;
    let many = format!("{}{}{}", &file[..at], information.repeat(1_000_000), &file[at..]);
    assert_eq!(parse(many.as_bytes()).unwrap()[0].warnings, [], "1,000,003 records, and the trailer says 3");
}

#[test]
fn encodings_and_line_ends_do_not_change_what_a_line_is() {
    let read = |name: &str| {
        let path = root().join("tests/formats/coda").join(name);
        let statements = parse(&std::fs::read(path).unwrap()).unwrap();
        let lines = statements.iter().flat_map(|s| s.lines.iter().cloned());
        let said = lines.map(|line| TransactionDraft { identity: Identity::UNSET, ..line.into_draft() });
        (ids(&statements), said.collect::<Vec<_>>())
    };
    for name in ["text_utf8_with_mark.cod", "text_latin1.cod", "text_cp850.cod"] {
        assert_eq!(read("text_utf8.cod"), read(name), "{name}");
    }
    let plain = "account_belgian_iban.cod";
    for name in ["lines_end_with_cr.cod", "lines_trimmed.cod", "lines_beyond_128.cod", "duplicate_flag.cod"] {
        assert_eq!(read(plain), read(name), "{name}");
    }
    assert_eq!(read(plain).0, read("account_belgian_number.cod").0, "the same account, written otherwise");
}

fn made() -> impl Strategy<Value = Made> {
    let amount = -1_000_000_i64..1_000_000;
    (amount, prop::collection::vec(-1_000_000_i64..1_000_000, 0..4)).prop_map(|(amount, details)| {
        let amount = if details.is_empty() { amount } else { details.iter().sum() };
        Made { amount, details }
    })
}

/// What a reader may answer to any bytes: statements, or a failure that is the file's.
fn check_any(bytes: &[u8]) -> Result<(), TestCaseError> {
    match parse(bytes) {
        Ok(statements) => {
            for statement in &statements {
                prop_assert!(statement.lines.iter().all(|line| line.text() != Some("")));
            }
        }
        Err(error) => {
            prop_assert_eq!(error.code().family(), Family::File, "{}", error);
            for name in error.code().entry().argument_names() {
                prop_assert!(
                    error.args().iter().any(|(known, _)| *known == name),
                    "{}: {} is not filled",
                    error,
                    name
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check_any(&bytes)?;
    }

    #[test]
    fn a_cut_file_is_refused_or_ends_with_a_whole_statement(
        (fixture, cut) in (0..fixtures().len(), any::<prop::sample::Index>())
    ) {
        let bytes = &fixtures()[fixture];
        let cut = &bytes[..cut.index(bytes.len())];
        check_any(cut)?;
        if let (Ok(whole), Ok(part)) = (parse(bytes), parse(cut)) {
            let whole: HashSet<_> = ids(&whole).into_iter().collect();
            prop_assert!(ids(&part).iter().all(|id| whole.contains(id)), "nothing else than the whole file holds");
        }
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        fixture in 0..fixtures().len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)
    ) {
        let mut bytes = fixtures()[fixture].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        check_any(&bytes)?;
    }

    #[test]
    fn lines_dropped_or_swapped_are_read_or_refused(
        fixture in 0..fixtures().len(), one in any::<prop::sample::Index>(), two in any::<prop::sample::Index>()
    ) {
        let bytes = fixtures()[fixture].clone();
        let mut lines: Vec<_> = bytes.split(|b| *b == b'\n').collect();
        let (one, two) = (one.index(lines.len()), two.index(lines.len()));
        lines.swap(one, two);
        check_any(&lines.join(&b'\n'))?;
        lines.remove(one);
        check_any(&lines.join(&b'\n'))?;
    }

    #[test]
    fn made_statements_add_up_however_they_are_put_together(
        days in prop::collection::vec(prop::collection::vec(made(), 0..6), 1..5), turned in any::<bool>()
    ) {
        let mut balance = 1_000_000;
        let mut made = Vec::new();
        for (place, movements) in days.iter().enumerate() {
            let mut day = String::new();
            write!(day, "{:02}0326", place + 1).unwrap();
            let (file, after) = statement(u32::try_from(place).unwrap() + 1, &day, balance, movements);
            made.push(file);
            balance = after;
        }
        let whole = parse(made.concat().as_bytes()).unwrap();
        prop_assert_eq!(whole.len(), days.len());
        for (statement, movements) in whole.iter().zip(&days) {
            prop_assert_eq!(&statement.warnings, &[], "balances, totals, counts and order");
            let lines: usize = movements.iter().map(|m| m.details.len().max(1)).sum();
            prop_assert_eq!(statement.lines.len(), lines);
        }
        let mut apart = Vec::new();
        for file in &made {
            apart.extend(ids(&parse(file.as_bytes()).unwrap()));
        }
        prop_assert_eq!(&ids(&whole), &apart, "a statement alone and among others");
        if turned {
            made.reverse();
        }
        made.push(made[0].clone());
        let again = parse(made.concat().as_bytes()).unwrap();
        prop_assert_eq!(&ids(&again), &apart, "another order, and one statement twice");
        let repeated = again.iter().flat_map(|s| &s.warnings).any(|w| w.code == Code::CODA_STATEMENT_REPEATED);
        prop_assert!(repeated || again.iter().any(|s| s.lines.is_empty()));
    }
}
