//! What must hold for every MT940 file, whatever stands in it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bank_bridge::domain::{Decimal, Identity, Statement, TransactionDraft};
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use proptest::prelude::*;

use crate::support::{files, root};

fn parse(bytes: &[u8]) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("made.sta", bytes.to_vec(), DEFAULT_MAX_SIZE)?;
    formats::parse(&input, Some("mt940"), &ParseOptions::default())
}

fn fixtures() -> Vec<Vec<u8>> {
    let of_format = files(&root().join("tests/formats/mt940")).into_iter();
    of_format
        .filter(|path| path.extension().is_some_and(|e| e != "json"))
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// A made-up booking: day of January, cents, which of a few texts, whether the bank gives a reference.
#[derive(Clone, Debug)]
struct Made {
    day: u8,
    cents: i64,
    text: u8,
    reference: Option<u16>,
    reversal: bool,
}

fn made() -> impl Strategy<Value = Made> {
    (1..6_u8, -30_000_i64..30_000, 0..4_u8, prop::option::of(0..40_u16), any::<bool>())
        .prop_map(|(day, cents, text, reference, reversal)| Made { day, cents, text, reference, reversal })
}

const TEXTS: [&str; 4] = [
    "166?00GUTSCHRIFT?20EREF+E-1?21SVWZ+Rent?31BE68539007547034?32ANNA",
    "/TRTP/SEPA OVERBOEKING/IBAN/BE68539007547034/NAME/ANNA/REMI/Rent/EREF/E-2",
    "Rent of January",
    "",
];

fn amount(cents: i64) -> String {
    format!("{},{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn booking(out: &mut String, made: &Made) {
    let mark = match (made.cents < 0, made.reversal) {
        (true, false) => "D",
        (false, false) => "C",
        (true, true) => "RC",
        (false, true) => "RD",
    };
    let reference = made.reference.map(|number| format!("//B-{number}")).unwrap_or_default();
    let (day, amount) = (made.day, amount(made.cents));
    writeln!(out, ":61:2601{day:02}01{day:02}{mark}{amount}NTRFNONREF{reference}").unwrap();
    let text = TEXTS[usize::from(made.text)];
    if !text.is_empty() {
        writeln!(out, ":86:{text}").unwrap();
    }
}

fn balance(cents: i64, day: u8) -> String {
    format!("{}2601{day:02}EUR{}", if cents < 0 { 'D' } else { 'C' }, amount(cents))
}

/// A statement of these bookings that adds up.
fn statement(number: usize, opening: i64, bookings: &[Made]) -> (String, i64) {
    let day = bookings.last().map_or(1, |made| made.day);
    let mut text =
        format!(":20:STMT\n:25:BE68539007547034\n:28C:{number}/1\n:60F:{}\n", balance(opening, day));
    for made in bookings {
        booking(&mut text, made);
    }
    let closing = opening + bookings.iter().map(|made| made.cents).sum::<i64>();
    writeln!(text, ":62F:{}\n-", balance(closing, day)).unwrap();
    (text, closing)
}

/// An interim report of the same bookings.
fn interim(number: usize, bookings: &[Made]) -> String {
    let mut text =
        format!(":20:INT\n:25:BE68539007547034\n:28C:{number}/1\n:34F:EUR0,\n:13D:2601051200+0100\n");
    for made in bookings {
        booking(&mut text, made);
    }
    text + "-\n"
}

fn ids(statements: &[Statement]) -> Vec<String> {
    statements.iter().flat_map(|s| &s.lines).map(|line| line.identity.to_string()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}

/// Bookings by day, as a bank keeps them.
fn by_day(mut bookings: Vec<Made>) -> Vec<Made> {
    bookings.sort_by_key(|made| made.day);
    bookings
}

/// The statement that follows an interim report has its lines under the same identities, whatever wraps them, so that
/// an import of one after the other makes none twice.
#[test]
fn an_interim_report_and_its_statement_name_lines_alike() {
    let read =
        |name: &str| parse(&std::fs::read(root().join("tests/formats/mt940").join(name)).unwrap()).unwrap();
    let report = read("interim.mt942");
    assert_eq!(report[0].source, "mt942");
    let both = read("interim-then-statement.sta");
    let day = both.iter().find(|statement| statement.source == "mt940").unwrap();
    let of_day = ids(std::slice::from_ref(day));
    assert!(ids(&report).iter().all(|id| of_day.contains(id)));
    assert_eq!(ids(&both), of_day, "the statement alone has lines");
    assert_eq!(ids(&report), ids(&read("interim-with-header.mt942")));
    // Where the data differ, the addon compares by content, and only between sources.
    assert_ne!(formats::family(&report[0].source), formats::family(&day.source));
    assert_eq!(formats::of_source(&report[0].source).map(|format| format.id()), Some("mt940"));
}

#[test]
fn encodings_line_ends_and_wrapping_do_not_change_what_a_line_is() {
    let read = |name: &str| {
        let statements =
            parse(&std::fs::read(root().join("tests/formats/mt940").join(name)).unwrap()).unwrap();
        let lines = statements.iter().flat_map(|s| s.lines.iter().cloned());
        let said = lines.map(|line| TransactionDraft { identity: Identity::UNSET, ..line.into_draft() });
        (ids(&statements), said.collect::<Vec<_>>())
    };
    for name in [
        "envelope-no-end-mark.sta",
        "envelope-swift-blocks.sta",
        "envelope-headers-on-lines.sta",
        "envelope-ing.sta",
        "envelope-control-characters.sta",
        "envelope-line-ends-lf-and-blank-lines.sta",
        "envelope-line-ends-cr.sta",
        "balance-available.sta",
        "account-25p.sta",
    ] {
        assert_eq!(read("envelope-bare.sta"), read(name), "{name}");
    }
    for name in ["envelope-latin1.sta", "envelope-utf16-with-mark.sta"] {
        assert_eq!(read("envelope-utf8-with-mark.sta"), read(name), "{name}");
    }
}

/// A text that is wrapped otherwise is the same text.
#[test]
fn wrapping_is_no_part_of_an_identity() {
    let file = |text: &str| {
        format!(
            ":20:X\n:25:BE68539007547034\n:28C:1/1\n:60F:C260101EUR0,\n:61:2601020102C1,00NTRFNONREF\n:86:{text}\n\
             :62F:C260102EUR1,00\n-\n"
        )
    };
    let one = parse(file("/REMI/one two three/EREF/E-1").as_bytes()).unwrap();
    let two = parse(file("/REMI/one two\n three/E\nREF/E-1").as_bytes()).unwrap();
    assert_eq!(ids(&one), ids(&two));
}

/// Work grows with the file, not with its square, whatever is long in it.
#[test]
fn no_part_of_a_file_makes_it_slow() {
    let around = |inside: &str| {
        format!(
            ":20:X\n:25:BE68539007547034\n:28C:1/1\n:60F:C260101EUR0,\n:61:2601020102C1,00NTRFNONREF\n{inside}\n\
             :62F:C260102EUR1,00\n-\n"
        )
    };
    let many = 20_000;
    for (what, inside) in [
        ("subfields", format!(":86:166{}", "?20x".repeat(many))),
        ("keywords", format!(":86:166?20{}", "EREF+x".repeat(many))),
        ("cut keywords", format!(":86:166{}", "?20SV?21WZ+:IBAN: x".repeat(many))),
        ("code words", format!(":86:{}", "/REMI/x/NAME/".repeat(many))),
        ("slashes", format!(":86:/REMI/{}", "/".repeat(many * 4))),
        ("lines", format!(":86:{}", "x\n".repeat(many))),
        ("repeated tags", ":86:x\n".repeat(many)),
        ("labels", format!(":86:911 X; TYT.: {}", "a: b;".repeat(many))),
        ("parts", format!(":86:999SEPA:{}", "BE68539007547034:".repeat(many))),
        ("accounts", format!(":86:{}", "BE68539007547034 ".repeat(many))),
        ("pluses", format!(":86:{}", "+++".repeat(many))),
        ("colons", format!(":86:166?20{}", ":".repeat(many * 4))),
        ("own lines", ":NS:01x\n".repeat(many)),
        ("hyphens", format!(":86:x\n{}", "-\nx\n".repeat(many))),
    ] {
        let file = around(&inside);
        let started = Instant::now();
        let read = parse(file.as_bytes());
        assert!(started.elapsed() < Duration::from_secs(5), "{what} took {:?}", started.elapsed());
        assert!(read.is_ok(), "{what}: {:?}", read.err());
    }
    let messages =
        ":20:X\n:25:BE68539007547034\n:28C:1/1\n:60F:C260101EUR0,\n:62F:C260102EUR0,00\n-\n".repeat(many / 4);
    let reports =
        interim(1, &[Made { day: 1, cents: 1, text: 2, reference: None, reversal: false }]).repeat(many / 6);
    let one = statement(1, 0, &[Made { day: 1, cents: 1, text: 2, reference: None, reversal: false }]).0;
    for (what, file) in [("messages", messages), ("reports", reports), ("repeats", one.repeat(many / 6))] {
        let started = Instant::now();
        parse(file.as_bytes()).unwrap();
        assert!(started.elapsed() < Duration::from_secs(5), "{what} took {:?}", started.elapsed());
    }
}

/// What a reader may answer to any bytes: statements, or a failure that is the file's.
fn check_any(bytes: &[u8]) -> Result<(), TestCaseError> {
    match parse(bytes) {
        Ok(statements) => {
            for line in statements.iter().flat_map(|statement| &statement.lines) {
                let texts =
                    [line.text(), line.reference(), line.end_to_end(), line.mandate(), line.bank_code()];
                prop_assert!(texts.into_iter().all(|text| text != Some("")));
            }
        }
        Err(error) => {
            prop_assert_eq!(error.code().family(), Family::File, "{}", error);
            for name in error.code().entry().argument_names() {
                let filled = error.args().iter().any(|(known, _)| *known == name);
                prop_assert!(filled, "{}: {} is not filled", error, name);
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
    fn any_fields_are_read_or_refused(
        parts in prop::collection::vec((0..FIELDS.len(), "[0-9A-Z?/+:,<{}-]{0,24}\n?"), 0..24)
    ) {
        let text: String = parts.into_iter().map(|(field, value)| format!("{}{value}\n", FIELDS[field])).collect();
        check_any(text.as_bytes())?;
    }

    #[test]
    fn a_cut_file_has_no_line_that_the_whole_has_not_unless_it_says_so(
        (fixture, cut) in (0..fixtures().len(), any::<prop::sample::Index>())
    ) {
        let bytes = &fixtures()[fixture];
        let cut = &bytes[..cut.index(bytes.len())];
        check_any(cut)?;
        if let (Ok(whole), Ok(part)) = (parse(bytes), parse(cut)) {
            let whole: HashSet<_> = ids(&whole).into_iter().collect();
            for statement in &part {
                let told = statement.warnings.iter().any(|warning| {
                    matches!(warning.code, Code::MT940_ENDS_OPEN | Code::MT940_NO_BALANCE | Code::BALANCE_DIFFERS)
                });
                let known = ids(std::slice::from_ref(statement)).iter().all(|id| whole.contains(id));
                prop_assert!(told || known || statement.source == "mt942", "{statement:?}");
            }
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
    fn made_statements_add_up_and_every_range_names_lines_alike(
        bookings in prop::collection::vec(made(), 1..30), first in 1..6_u8, last in 1..6_u8, newest_first in any::<bool>()
    ) {
        let bookings = by_day(bookings);
        let (file, _) = statement(1, 100_000, &bookings);
        let whole = parse(file.as_bytes()).unwrap();
        prop_assert_eq!(whole[0].difference(), Some(Decimal::ZERO));
        prop_assert_eq!(whole[0].lines.len(), bookings.len());
        let all = ids(&whole);
        prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());

        // Another range, whole days; one statement a day; the newest first.
        let (first, last) = (first.min(last), first.max(last));
        let part: Vec<_> = bookings.iter().filter(|made| (first..=last).contains(&made.day)).cloned().collect();
        let expected: Vec<_> =
            all.iter().zip(&bookings).filter(|(_, made)| (first..=last).contains(&made.day)).map(|(id, _)| id.clone()).collect();
        let (file, _) = statement(7, 5, &part);
        prop_assert_eq!(&ids(&parse(file.as_bytes()).unwrap()), &expected);
        let mut days = Vec::new();
        let mut opening = 100_000;
        for day in 1..6 {
            let of_day: Vec<_> = bookings.iter().filter(|made| made.day == day).cloned().collect();
            let (file, closing) = statement(usize::from(day), opening, &of_day);
            opening = closing;
            days.push(file);
        }
        if newest_first {
            days.reverse();
        }
        let by_days = parse(days.concat().as_bytes()).unwrap();
        prop_assert_eq!(sorted(ids(&by_days)), sorted(all.clone()));
        prop_assert!(by_days.iter().all(|s| s.warnings.iter().all(|w| w.code != Code::CHAIN_BROKEN)), "{:?}", by_days);

        // An interim report of the first of them, and a file with both.
        let half = &bookings[..bookings.len() / 2];
        let report = interim(1, half);
        let reported = ids(&parse(report.as_bytes()).unwrap());
        prop_assert!(reported.iter().all(|id| all.contains(id)));
        prop_assert_eq!(reported.len(), half.len());
        let (file, _) = statement(1, 100_000, &bookings);
        let both = parse(format!("{report}{report}{file}").as_bytes()).unwrap();
        prop_assert_eq!(ids(&both), all.clone(), "the statement alone has lines");
        let twice = parse(format!("{file}{file}").as_bytes()).unwrap();
        prop_assert_eq!(ids(&twice), all, "a statement that is there twice is read once");
    }

    #[test]
    fn pages_are_one_statement(bookings in prop::collection::vec(made(), 2..20), pages in 2..5_usize) {
        let bookings = by_day(bookings);
        let (file, closing) = statement(3, 0, &bookings);
        let mut paged = String::new();
        let size = bookings.len().div_ceil(pages);
        let (mut opening, count) = (0, bookings.chunks(size).count());
        for (page, part) in bookings.chunks(size).enumerate() {
            let (text, after) = statement(3, opening, part);
            let text = text.replace(":28C:3/1", &format!(":28C:3/{}", page + 1));
            let text = if page > 0 { text.replace(":60F:", ":60M:") } else { text };
            paged += &(if page + 1 < count { text.replace(":62F:", ":62M:") } else { text });
            opening = after;
        }
        prop_assert_eq!(opening, closing);
        let (one, joined) = (parse(file.as_bytes()).unwrap(), parse(paged.as_bytes()).unwrap());
        prop_assert_eq!(joined.len(), 1, "{}", paged);
        prop_assert_eq!(&joined[0].warnings, &[]);
        prop_assert_eq!(ids(&one), ids(&joined));
        prop_assert_eq!(joined[0].difference(), Some(Decimal::ZERO));
    }
}

/// Beginnings of lines.
const FIELDS: [&str; 20] = [
    ":20:",
    ":25:",
    ":25P:",
    ":28C:",
    ":60F:",
    ":60M:",
    ":61:",
    ":61:2601020102C1,00",
    ":86:",
    ":62F:",
    ":62M:",
    ":64:",
    ":34F:",
    ":13D:",
    ":90D:",
    ":NS:",
    "-",
    "-}{5:}",
    "{1:F01X}{2:O940}{4:",
    ":60F:C260101EUR1,00",
];
