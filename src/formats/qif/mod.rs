//! QIF (Quicken Interchange Format): lines of one letter and a value, records that end with `^`.
//!
//! Written by banks and programs of many countries, it says neither the order of its dates, nor its decimal mark,
//! nor a currency. So a file is read twice: first all its dates and amounts, which settle order and mark for the
//! whole file ([`crate::formats::dates`], [`crate::formats::amounts`]), then its records. Quicken's description
//! (Intuit, "QIF file format") names the headers and letters.
//!
//! | file | what |
//! |---|---|
//! | `records` | lines to records, headers to sections |
//! | `map` | records to one statement an account |

mod map;
mod records;

use super::amounts::DecimalMarks;
use super::dates::DateOrders;
use super::text::TextFile;
use super::{Confidence, DateOrder, Input, ParseOptions, Reading, StatementFormat, Understanding};
use crate::domain::Warning;
use crate::errors::{Code, Error, Result};
use records::{Next, Record, Records};

/// The format.
#[derive(Debug)]
pub struct Qif;

/// What all dates and amounts of a file settle.
struct Settled {
    dates: DateOrder,
    decimals: super::DecimalMark,
    /// The finding that the order of the dates was derived.
    derived: Option<Warning>,
}

impl StatementFormat for Qif {
    fn id(&self) -> &'static str {
        "qif"
    }

    fn title(&self) -> &'static str {
        "QIF (Quicken)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "bank, card, cash, other asset and liability accounts, several in a file",
            "one order of dates and one decimal mark for the whole file; --date-order where it stays open",
            "splits are kept as text; investments, categories and lists are left out; no currency: the journal's is taken",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        sniff(input.head())
    }

    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading> {
        let file = TextFile::open(input, None)?;
        let mut understanding = Understanding::default();
        file.explain(&mut understanding);
        let settled = settle(&file, options, &mut understanding)?;
        map::map(&file, &settled, understanding)
    }
}

/// A header of QIF in the first lines, or a record without one: letters, a date, `^`.
fn sniff(head: &[u8]) -> Confidence {
    let text: Vec<u8> = head.iter().copied().filter(|b| *b != 0).collect();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let text = text.strip_prefix(b"\xff\xfe").or_else(|| text.strip_prefix(b"\xfe\xff")).unwrap_or(text);
    let mut lines = text
        .split(|b| matches!(b, b'\r' | b'\n'))
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let begins = |line: &[u8], mark: &[u8]| {
        line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
    };
    let Some(first) = lines.next() else { return Confidence::No };
    let headers: [&[u8]; 5] = [b"!type", b"!account", b"!option:", b"!clear:", b"! type"];
    if headers.iter().any(|header| begins(first, header)) {
        return Confidence::Sure;
    }
    // Without a header: a record of the usual letters, with a date and an amount, up to its end.
    let (mut dates, mut amounts) = (false, false);
    for line in std::iter::once(first).chain(lines.take(40)) {
        let Some((letter, value)) = line.split_first() else { continue };
        let starts_number =
            value.trim_ascii().first().is_some_and(|b| b.is_ascii_digit() || b"-+$(".contains(b));
        match letter {
            b'D' if value.trim_ascii().first().is_some_and(u8::is_ascii_digit) => dates = true,
            b'T' | b'U' if starts_number => amounts = true,
            b'^' if line.len() == 1 => {
                return if dates && amounts { Confidence::Maybe } else { Confidence::No };
            }
            b'N' | b'P' | b'M' | b'L' | b'C' | b'A' | b'S' | b'E' | b'$' | b'%' => {}
            _ => return Confidence::No,
        }
    }
    Confidence::No
}

/// Whether an amount has two decimals after that mark and nothing but digits and a sign besides.
fn plainly(text: &str, mark: u8) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    matches!(digits, [whole @ .., m, a, b]
        if *m == mark && a.is_ascii_digit() && b.is_ascii_digit() && whole.iter().all(u8::is_ascii_digit))
}

/// Shows all dates and amounts of the file to those who settle order and mark.
fn settle(file: &TextFile<'_>, options: &ParseOptions, understanding: &mut Understanding) -> Result<Settled> {
    let mut records = Records::new(file)?;
    let mut record = Record::default();
    let (mut orders, mut marks) = (DateOrders::default(), DecimalMarks::default());
    let (mut last, mut points, mut commas) = (String::new(), false, false);
    while let Some(next) = records.next(&mut record)? {
        let Next::Line = next else { continue };
        if record.date != last {
            if !orders.see(&record.date, record.date_line) {
                return Err(record.no_date());
            }
            last.clone_from(&record.date);
        }
        if let Some(amount) = record.amount() {
            // Most amounts look alike; the first of a kind speaks for the others.
            let (point, comma) = (plainly(amount, b'.'), plainly(amount, b','));
            if (point && points) || (comma && commas) {
                continue;
            }
            (points, commas) = (points || point, commas || comma);
            if !marks.see(amount, record.line) {
                return Err(record.no_amount(amount));
            }
        }
    }
    let stated = records.stated_order();
    let (order, because, derived) = if let (Some(order), None) = (stated, options.date_order) {
        orders.settle(Some(order))?;
        (order, "the file says so".to_owned(), false)
    } else {
        let settled = orders.settle(options.date_order)?;
        (settled.order, settled.because, settled.derived)
    };
    understanding.found_by("date order", order.words(), &because);
    let derived = derived.then(|| {
        let finding = Error::new(Code::DATE_ORDER_DERIVED).arg("order", order.words());
        finding.arg("because", &because).into_warning()
    });
    let (decimals, because) = marks.settle(options.decimal_mark)?;
    understanding.found_by("decimal mark", decimals.id(), because);
    Ok(Settled { dates: order, decimals, derived })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_or_a_whole_record_shows_it() {
        let cases: [(&[u8], Confidence); 8] = [
            (b"!Type:Bank\nD1/2/20\n", Confidence::Sure),
            (b"\xef\xbb\xbf\r\n!type bank \r\n", Confidence::Sure),
            (b"# made by\n!Account\nNx\n^\n", Confidence::Sure),
            (b"\xff\xfe!\0T\0y\0p\0e\0:\0", Confidence::Sure),
            (b"D1/2/20\nT-5.00\nPx\n^\n", Confidence::Maybe),
            (b"D1/2/20\nPx\n^\n", Confidence::No),
            (b"Date;Amount\n1;2\n", Confidence::No),
            (b"", Confidence::No),
        ];
        for (head, expected) in cases {
            assert_eq!(sniff(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }
}
