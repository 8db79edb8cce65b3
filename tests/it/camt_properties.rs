//! What must hold for any CAMT file: no bytes make the reader panic, a split never changes a sum, and a line keeps
//! its identity in whatever file it comes again.

use std::fmt::Write as _;

use bank_bridge::domain::{Decimal, Identity, Statement};
use bank_bridge::errors::Error;
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{files, root};

fn read(bytes: impl Into<Vec<u8>>) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("test.xml", bytes.into(), DEFAULT_MAX_SIZE)?;
    formats::parse(&input, Some("camt"), &ParseOptions::default())
}

fn fixtures() -> Vec<Vec<u8>> {
    let all = files(&root().join("tests/formats/camt"));
    let own = all.iter().filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    own.map(|path| std::fs::read(path).unwrap()).collect()
}

/// One transaction of an entry.
#[derive(Clone, Debug)]
struct Part {
    cents: i64,
    credit: bool,
    charge: i64,
    stated: bool,
}

/// One booked entry.
#[derive(Clone, Debug)]
struct Entry {
    day: u8,
    cents: i64,
    credit: bool,
    text: u8,
    reference: Option<u8>,
    parts: Vec<Part>,
}

fn part() -> impl Strategy<Value = Part> {
    (0..50_000_i64, any::<bool>(), prop_oneof![3 => Just(0), 1 => 1..500_i64], prop::bool::weighted(0.9))
        .prop_map(|(cents, credit, charge, stated)| Part { cents, credit, charge, stated })
}

fn entry() -> impl Strategy<Value = Entry> {
    let parts = prop::collection::vec(part(), 0..5);
    (1..4_u8, 0..3_i64, any::<bool>(), 0..2_u8, prop::option::of(0..2_u8), parts, any::<bool>(), -2..3_i64)
        .prop_map(|(day, cents, credit, text, reference, parts, follows, off)| {
            let signed = |part: &Part| if part.credit { part.cents } else { -part.cents };
            let sum: i64 = parts.iter().map(signed).sum();
            let charges: i64 = parts.iter().map(|part| part.charge).sum();
            // Half of the entries are what their transactions make of them, or nearly so.
            let cents =
                if follows && !parts.is_empty() { sum - charges * off.min(1) } else { (cents + 1) * 100 };
            let credit = if follows && !parts.is_empty() { cents >= 0 } else { credit };
            Entry { day, cents: cents.abs(), credit, text, reference, parts }
        })
}

/// How a file is written; none of it says anything about the transactions.
#[derive(Clone, Copy, Debug)]
struct Style {
    version: u8,
    prefix: &'static str,
    namespace: bool,
    blanks: &'static str,
    crlf: bool,
}

const PLAIN: Style = Style { version: 8, prefix: "", namespace: true, blanks: "", crlf: false };

fn style() -> impl Strategy<Value = Style> {
    let prefixes = prop::sample::select(vec!["", "ns2:", "a:"]);
    let blanks = prop::sample::select(vec!["", " ", "\n    ", "\t\n"]);
    (1..=14_u8, prefixes, any::<bool>(), blanks, any::<bool>()).prop_map(
        |(version, prefix, namespace, blanks, crlf)| Style { version, prefix, namespace, blanks, crlf },
    )
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn write(entries: &[Entry], style: Style) -> String {
    let direction = |credit| if credit { "CRDT" } else { "DBIT" };
    let mut body = String::new();
    for entry in entries {
        let status = if style.version < 7 { "BOOK" } else { "<Cd>BOOK</Cd>" };
        let _ = write!(
            body,
            "<Ntry><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Sts>{status}</Sts>\
             <BookgDt><Dt>2026-10-{:02}</Dt></BookgDt>",
            money(entry.cents),
            direction(entry.credit),
            entry.day
        );
        if let Some(reference) = entry.reference {
            let _ = write!(body, "<AcctSvcrRef>R{reference}</AcctSvcrRef>");
        }
        body.push_str(if style.version == 1 || entry.parts.is_empty() { "" } else { "<NtryDtls>" });
        for (index, part) in entry.parts.iter().enumerate() {
            let _ = write!(body, "<TxDtls><Refs><EndToEndId>E{index}</EndToEndId></Refs>");
            if part.stated && style.version < 3 {
                let _ = write!(
                    body,
                    "<AmtDtls><TxAmt><Amt Ccy=\"EUR\">{}</Amt></TxAmt></AmtDtls>",
                    money(part.cents)
                );
            } else if part.stated {
                let _ = write!(body, "<Amt Ccy=\"EUR\">{}</Amt>", money(part.cents));
            }
            let _ = write!(body, "<CdtDbtInd>{}</CdtDbtInd>", direction(part.credit));
            if part.charge > 0 {
                let (charge, total) = (money(part.charge), style.version > 2);
                let (open, close) = if total { ("<Rcrd>", "</Rcrd>") } else { ("", "") };
                let _ = write!(body, "<Chrgs>{open}<Amt Ccy=\"EUR\">{charge}</Amt>{close}</Chrgs>");
            }
            body.push_str("</TxDtls>");
        }
        body.push_str(if style.version == 1 || entry.parts.is_empty() { "" } else { "</NtryDtls>" });
        let _ = write!(body, "<AddtlNtryInf>Text {}</AddtlNtryInf></Ntry>", entry.text);
    }
    let root = if style.version == 1 { "BkToCstmrStmtV01" } else { "BkToCstmrStmt" };
    let text = format!(
        "<Document><{root}><GrpHdr/><Stmt><Id>1</Id><Acct><Id><IBAN>BE68539007547034</IBAN></Id>\
         <Ccy>EUR</Ccy></Acct>{body}</Stmt></{root}></Document>"
    );
    dress(&text, style)
}

/// Prefixes, namespace, blanks between and around values.
fn dress(text: &str, style: Style) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive('>') {
        let (value, tag) = piece.split_at(piece.find('<').unwrap());
        let (slash, name) = match tag.strip_prefix("</") {
            Some(name) => ("/", name),
            None => ("", &tag[1..]),
        };
        let _ = write!(out, "{}{value}{}<{slash}{}{name}", style.blanks, style.blanks, style.prefix);
    }
    let colon = style.prefix.trim_end_matches(':');
    let attribute = if colon.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{colon}") };
    let uri = format!("urn:iso:std:iso:20022:tech:xsd:camt.053.001.{:02}", style.version);
    let uri = if style.namespace { uri } else { "urn:other".to_owned() };
    let out = out.replacen("Document>", &format!("Document {attribute}=\"{uri}\">"), 1);
    if style.crlf { out.replace('\n', "\r\n") } else { out }
}

/// The same entries as a report (camt.052) or a notification (camt.054).
fn as_message(statement: &str, root: &str, block: &str) -> String {
    let text = statement.replace("BkToCstmrStmt", root).replace("camt.053", "camt.000");
    text.replace("<Stmt>", &format!("<{block}>")).replace("</Stmt>", &format!("</{block}>"))
}

fn ids(entries: &[Entry], style: Style) -> Vec<Identity> {
    let statements = read(write(entries, style)).unwrap();
    statements.iter().flat_map(|statement| &statement.lines).map(|line| line.identity).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(bytes);
    }

    #[test]
    fn no_change_of_a_file_makes_it_panic(
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        let fixtures = fixtures();
        let mut bytes = which.get(&fixtures).clone();
        let other = fixtures.first().unwrap();
        for (at, byte, what) in changes {
            if bytes.is_empty() {
                break;
            }
            let index = at.index(bytes.len());
            match what {
                0 => bytes[index] = byte,
                1 => bytes.truncate(index),
                2 => { bytes.remove(index); }
                _ => bytes.extend_from_slice(&other[at.index(other.len())..]),
            }
        }
        if let Err(error) = read(bytes) {
            prop_assert_ne!(error.code().to_string(), "BB-9001");
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused(which in any::<Index>(), at in any::<Index>()) {
        let fixtures = fixtures();
        let bytes = which.get(&fixtures);
        // The end of the last tag and the blanks after it may go.
        let end = bytes.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0).unwrap();
        prop_assert!(read(&bytes[..at.index(end)]).is_err());
    }

    #[test]
    fn nesting_has_an_end(depth in 0..3000_usize) {
        let text = format!("<Document><BkToCstmrStmt><Stmt>{}", "<x>".repeat(depth));
        let error = read(text).unwrap_err();
        prop_assert_eq!(error.code().to_string(), if depth > 97 { "BB-3010" } else { "BB-3006" });
    }

    #[test]
    fn a_split_keeps_the_sum(entries in prop::collection::vec(entry(), 0..8), style in style()) {
        let statements = read(write(&entries, style)).unwrap();
        let expected: i64 = entries.iter().map(|e| if e.credit { e.cents } else { -e.cents }).sum();
        let sum: Decimal = statements.iter().map(Statement::sum).sum();
        prop_assert_eq!(sum, Decimal::new(expected, 2));
        for one in &entries {
            let alone = read(write(std::slice::from_ref(one), style)).unwrap();
            prop_assert_eq!(alone[0].sum(), Decimal::new(if one.credit { one.cents } else { -one.cents }, 2));
        }
    }

    #[test]
    fn identities_are_unique_and_do_not_depend_on_how_a_file_is_written(
        entries in prop::collection::vec(entry(), 0..8),
        style in style(),
    ) {
        let plain = ids(&entries, PLAIN);
        prop_assert_eq!(&plain, &ids(&entries, style));
        let unique: std::collections::HashSet<_> = plain.iter().collect();
        prop_assert_eq!(unique.len(), plain.len());
    }

    #[test]
    fn three_messages_name_a_line_alike(entries in prop::collection::vec(entry(), 0..8)) {
        let statement = write(&entries, PLAIN);
        let expected = ids(&entries, PLAIN);
        for (root, block) in [("BkToCstmrAcctRpt", "Rpt"), ("BkToCstmrDbtCdtNtfctn", "Ntfctn")] {
            let statements = read(as_message(&statement, root, block)).unwrap();
            prop_assert_eq!(statements.len(), 1);
            let found: Vec<_> = statements[0].lines.iter().map(|line| line.identity).collect();
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn split_lines_name_the_line_that_their_entry_is_elsewhere(entries in prop::collection::vec(entry(), 0..8)) {
        let splits = |one: &Entry| {
            let alone = read(write(std::slice::from_ref(one), PLAIN)).unwrap();
            alone[0].lines.iter().any(|line| line.whole.is_some())
        };
        let total = |one: &Entry| Entry { parts: Vec::new(), ..one.clone() };
        let totals: Vec<_> = entries.iter().map(total).collect();
        let some: Vec<_> = entries.iter().map(|one| if splits(one) { one.clone() } else { total(one) }).collect();
        let split = read(write(&some, PLAIN)).unwrap();
        let mut wholes: Vec<Identity> = Vec::new();
        let mut rest = &split[0].lines[..];
        while let [line, after @ ..] = rest {
            let Some(whole) = &line.whole else {
                wholes.push(line.identity);
                rest = after;
                continue;
            };
            let of = |line: &&bank_bridge::domain::Transaction| {
                line.whole.as_ref().is_some_and(|other| other.identity == whole.identity)
            };
            let count = rest.iter().take_while(of).count();
            let sum: Decimal = rest[..count].iter().map(|line| line.amount).sum();
            prop_assert_eq!(sum, whole.amount);
            wholes.push(whole.identity);
            rest = &rest[count..];
        }
        prop_assert_eq!(wholes, ids(&totals, PLAIN));
    }

    #[test]
    fn identities_stay_when_the_range_changes(entries in prop::collection::vec(entry(), 0..12), cuts in (1..4_u8, 1..4_u8)) {
        // Days come whole; each of two files holds some of them, and they may share days.
        let mut sorted = entries;
        sorted.sort_by_key(|entry| entry.day);
        let all = ids(&sorted, PLAIN);
        let first: Vec<_> = sorted.iter().filter(|entry| entry.day <= cuts.0).cloned().collect();
        let second: Vec<_> = sorted.iter().filter(|entry| entry.day >= cuts.1).cloned().collect();
        let (first, second) = (ids(&first, PLAIN), ids(&second, PLAIN));
        prop_assert_eq!(&all[..first.len()], &first[..]);
        prop_assert_eq!(&all[all.len() - second.len()..], &second[..]);
    }
}
