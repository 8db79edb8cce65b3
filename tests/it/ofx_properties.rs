//! What must hold for any OFX file: no bytes make the reader panic, a cut file is refused, how a file is written says
//! nothing about its lines, and a line keeps its identity in whatever file it comes again.

use std::collections::HashSet;
use std::fmt::Write as _;

use bank_bridge::domain::{Decimal, Identity, Statement};
use bank_bridge::errors::Error;
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{files, root};

fn read(bytes: impl Into<Vec<u8>>) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("test.ofx", bytes.into(), DEFAULT_MAX_SIZE)?;
    formats::parse(&input, Some("ofx"), &ParseOptions::default())
}

fn fixtures() -> Vec<Vec<u8>> {
    let all = files(&root().join("tests/formats/ofx"));
    let own = all.iter().filter(|path| path.extension().is_some_and(|extension| extension != "json"));
    own.map(|path| std::fs::read(path).unwrap()).collect()
}

/// One transaction.
#[derive(Clone, Debug)]
struct Entry {
    day: u8,
    cents: i64,
    /// None, an empty one, a counter, or one that can be used, which may come twice.
    id: u8,
    name: u8,
    memo: u8,
}

fn entry() -> impl Strategy<Value = Entry> {
    (1..5_u8, -300..300_i64, 0..6_u8, 0..3_u8, 0..3_u8).prop_map(|(day, cents, id, name, memo)| Entry {
        day,
        cents,
        id,
        name,
        memo,
    })
}

/// How a file is written; none of it says anything about the transactions.
#[derive(Clone, Copy, Debug)]
struct Style {
    header: &'static str,
    leaves_closed: bool,
    aggregates_closed: bool,
    lower: bool,
    line_end: &'static str,
    comma: bool,
    zone: &'static str,
    unknown: bool,
    newest_first: bool,
    account_last: bool,
}

const SGML: &str = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n";
const PLAIN: Style = Style {
    header: SGML,
    leaves_closed: false,
    aggregates_closed: true,
    lower: false,
    line_end: "\n",
    comma: false,
    zone: "",
    unknown: false,
    newest_first: false,
    account_last: false,
};

fn style() -> impl Strategy<Value = Style> {
    let headers = vec![SGML, "", "<?xml version=\"1.0\"?><?OFX VERSION=\"211\"?>", "<!-- VERSION:102 -->"];
    let booleans = prop::array::uniform7(any::<bool>());
    let zones = vec!["", "120000", "235959.999[-8:PST]", "000000[+1:CET]"];
    let ends = vec!["\n", "\r\n", "\r", "", "\n\t "];
    let [headers, zones, ends] = [headers, zones, ends].map(prop::sample::select);
    (headers, zones, ends, booleans).prop_map(|(header, zone, line_end, flags)| {
        let [leaves_closed, aggregates_closed, lower, comma, unknown, newest_first, account_last] = flags;
        Style {
            header,
            leaves_closed,
            aggregates_closed,
            lower,
            line_end,
            comma,
            zone,
            unknown,
            newest_first,
            account_last,
        }
    })
}

/// Writes elements in a style.
struct Writer {
    out: String,
    style: Style,
}

impl Writer {
    fn tag(&mut self, name: &str, slash: &str) {
        let name = if self.style.lower { name.to_lowercase() } else { name.to_owned() };
        let _ = write!(self.out, "<{slash}{name}>");
    }

    fn open(&mut self, name: &str) {
        self.tag(name, "");
        self.out.push_str(self.style.line_end);
    }

    fn close(&mut self, name: &str) {
        if self.style.aggregates_closed || name == "OFX" {
            self.tag(name, "/");
            self.out.push_str(self.style.line_end);
        }
    }

    fn leaf(&mut self, name: &str, value: &str) {
        self.tag(name, "");
        self.out.push_str(value);
        if self.style.leaves_closed {
            self.tag(name, "/");
        }
        self.out.push_str(self.style.line_end);
    }

    fn account(&mut self) {
        self.leaf("CURDEF", "EUR");
        self.open("BANKACCTFROM");
        self.leaf("BANKID", "1");
        self.leaf("ACCTID", "55-12345");
        self.close("BANKACCTFROM");
    }

    fn entry(&mut self, entry: &Entry) {
        self.open("STMTTRN");
        self.leaf("TRNTYPE", "OTHER");
        self.leaf("DTPOSTED", &format!("202610{:02}{}", entry.day, self.style.zone));
        let mut amount = money(entry.cents);
        if self.style.comma {
            amount = amount.replace('.', ",");
        }
        self.leaf("TRNAMT", &amount);
        match entry.id {
            0 => {}
            1 => self.leaf("FITID", ""),
            2 => self.leaf("FITID", "7"),
            other => self.leaf("FITID", &format!("REF-{other}")),
        }
        if self.style.unknown {
            self.open("BANK.EMPTY");
            self.leaf("BANK.LEAF", "x");
            self.tag("BANK.BOX", "");
            self.leaf("NAME", "not this");
            self.tag("BANK.BOX", "/");
        }
        self.leaf("NAME", &format!("NAME {} &amp; CO", entry.name));
        self.leaf("MEMO", &format!("memo {}", entry.memo));
        self.close("STMTTRN");
    }
}

fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn write(entries: &[Entry], style: Style) -> String {
    let mut writer = Writer { out: style.header.to_owned(), style };
    for name in ["OFX", "BANKMSGSRSV1", "STMTTRNRS", "STMTRS"] {
        writer.open(name);
    }
    if !style.account_last {
        writer.account();
    }
    writer.open("BANKTRANLIST");
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.day);
    if style.newest_first {
        sorted.reverse();
    }
    sorted.into_iter().for_each(|entry| writer.entry(entry));
    writer.close("BANKTRANLIST");
    if style.account_last {
        // Behind an end tag, lest it stand in the last transaction.
        writer.out.push_str("</BANKTRANLIST>");
        writer.account();
    }
    for name in ["STMTRS", "STMTTRNRS", "BANKMSGSRSV1", "OFX"] {
        writer.close(name);
    }
    writer.out
}

fn ids(entries: &[Entry], style: Style) -> Vec<Identity> {
    let statements = read(write(entries, style)).unwrap();
    let mut ids: Vec<_> = statements.iter().flat_map(|one| &one.lines).map(|line| line.identity).collect();
    ids.sort_unstable();
    ids
}

/// A short file and a file of many times its length, read in about as many times the time: what is looked for in
/// vain is not looked for again from each place.
#[test]
fn the_work_grows_as_the_file_does() {
    let frame = |middle: &[u8]| [b"<OFX>", middle, b"</OFX>"].concat();
    let pieces: [&[u8]; 11] = [
        b"<",
        b"<!",
        b"<!--",
        b"<![CDATA[",
        b"<?",
        b"<a",
        b"<a ",
        b"</",
        b"<STMTRS><A>",
        b"<A><B></A>",
        b"&",
    ];
    for piece in pieces {
        let time = |count: usize| {
            let bytes = frame(&piece.repeat(count));
            let start = std::time::Instant::now();
            drop(read(bytes));
            start.elapsed()
        };
        let (short, long) = (time(20_000), time(400_000));
        // Twenty times the length; a quadratic reader takes four hundred times as long.
        let limit = std::time::Duration::from_secs(2) + short * 150;
        assert!(long < limit, "{}: {short:?}, then {long:?}", String::from_utf8_lossy(piece));
    }
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
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0..5_u8), 1..12),
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
                3 => bytes.insert(index, b'<'),
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
    fn the_sum_is_that_of_the_amounts(entries in prop::collection::vec(entry(), 0..12), style in style()) {
        let statements = read(write(&entries, style)).unwrap();
        prop_assert_eq!(statements.len(), 1);
        prop_assert_eq!(statements[0].lines.len(), entries.len());
        let expected: i64 = entries.iter().map(|entry| entry.cents).sum();
        prop_assert_eq!(statements[0].sum(), Decimal::new(expected, 2));
        prop_assert!(statements[0].opening.is_none() && statements[0].closing.is_none());
        prop_assert!(statements[0].lines.is_sorted_by_key(|line| line.booked_on));
    }

    #[test]
    fn identities_are_unique_and_do_not_depend_on_how_a_file_is_written(
        entries in prop::collection::vec(entry(), 0..12),
        style in style(),
    ) {
        let plain = ids(&entries, PLAIN);
        prop_assert_eq!(&plain, &ids(&entries, style));
        let unique: HashSet<_> = plain.iter().collect();
        prop_assert_eq!(unique.len(), plain.len());
    }

    #[test]
    fn identities_stay_when_range_and_order_change(
        entries in prop::collection::vec(entry(), 0..16).prop_shuffle(),
        cuts in (1..5_u8, 1..5_u8),
        styles in (style(), style()),
    ) {
        // Days come whole; each of two files holds some of them, and they may share days.
        let part = |keep: &dyn Fn(&Entry) -> bool| entries.iter().filter(|e| keep(e)).cloned().collect::<Vec<_>>();
        let all: HashSet<_> = ids(&entries, PLAIN).into_iter().collect();
        let first = part(&|entry| entry.day <= cuts.0);
        let second = part(&|entry| entry.day >= cuts.1);
        let found: HashSet<_> = ids(&first, styles.0).into_iter().chain(ids(&second, styles.1)).collect();
        prop_assert!(found.is_subset(&all));
        if cuts.1 <= cuts.0 + 1 {
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn unknown_elements_have_an_end(depth in 0..300_usize) {
        let text = format!("<OFX><STMTRS><CURDEF>EUR{}</STMTRS></OFX>", "<x>".repeat(depth));
        let outcome = read(text).map_err(|error| error.code().to_string()).map(|all| all.len());
        prop_assert_eq!(outcome, if depth > 64 { Err("BB-3412".to_owned()) } else { Ok(1) });
    }
}
