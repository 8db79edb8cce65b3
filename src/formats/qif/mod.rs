//! QIF (Quicken Interchange Format): lines of one letter and a value, records that end with `^`.
//!
//! Written by banks and programs of many countries, it says neither the order of its dates, nor its decimal mark,
//! nor a currency. All its dates and amounts settle order and mark for the whole file ([`crate::formats::dates`],
//! [`crate::formats::amounts`]), and only then can its records be read. What its first records settle is nearly
//! always right, so the file is read with that, and again where the whole file settles it otherwise or a record
//! cannot be read. Quicken's description (Intuit, "QIF file format") names the headers and letters.
//!
//! | file | what |
//! |---|---|
//! | `records` | lines to records, headers to sections |
//! | `settle` | what dates and amounts settle |
//! | `map` | records to one statement an account |

mod map;
mod records;
mod settle;

use super::text::TextFile;
use super::{Confidence, Input, ParseOptions, Reading, StatementFormat, Understanding};
use crate::errors::Result;
use map::Collected;
use settle::{Seen, Settled};

/// The format.
#[derive(Debug)]
pub struct Qif;

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
        let (settled, collected) = read(&file, options)?;
        settled.explain(&mut understanding);
        map::map(collected, settled, understanding)
    }
}

/// Reads the file with what its first records settle. Where the whole file settles it otherwise, or where something is
/// wrong, for which an order that was guessed may be the reason, it is read again with what the whole file settles.
fn read(file: &TextFile<'_>, options: &ParseOptions) -> Result<(Settled, Collected)> {
    let (first, whole) = settle::settle(file, options, true)?;
    if whole {
        let collected = map::collect(file, first.order, first.decimals, None)?;
        return Ok((first, collected));
    }
    let mut seen = Seen::default();
    if let Ok(collected) = map::collect(file, first.order, first.decimals, Some(&mut seen))
        && let Ok(settled) = seen.settle(collected.stated_order, options)
        && (settled.order, settled.decimals) == (first.order, first.decimals)
    {
        return Ok((settled, collected));
    }
    let (settled, _) = settle::settle(file, options, false)?;
    let collected = map::collect(file, settled.order, settled.decimals, None)?;
    Ok((settled, collected))
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

    /// What a file of many records says, whose last ones are these.
    fn read_last(last: &str) -> Result<(String, String)> {
        let bytes = format!("!Type:Bank\n{}{last}", "D01/13/2026\nT1.00\n^\n".repeat(2_000));
        let input = Input::from_bytes("x.qif", bytes.into_bytes(), u64::MAX)?;
        let reading = Qif.parse(&input, &ParseOptions::default())?;
        let line = reading.statements.first().and_then(|statement| statement.lines.last());
        let last = line.map(|line| format!("{} {}", line.booked_on, line.amount)).unwrap_or_default();
        let mark = reading.understanding.facts.iter().find(|fact| fact.about == "decimal mark");
        Ok((last, mark.and_then(|fact| fact.because.clone()).unwrap_or_default()))
    }

    #[test]
    fn the_whole_file_settles_order_and_mark() {
        use crate::errors::Code;
        let ok = read_last("D02/03/2026\nT-2.00\n^\n").unwrap();
        assert_eq!(ok, ("2026-02-03 -2.00".to_owned(), "1.00 on line 2".to_owned()));
        let failure = |last| read_last(last).err().map(|error| (error.code(), error.place().line));
        let line = 2 + 3 * 2_000;
        assert_eq!(failure("D13/02/2026\nT1.00\n^\n"), Some((Code::DATES_CONTRADICT, Some(line))));
        assert_eq!(
            failure("D02/03/2026\nT2,5\n^\n").map(|(code, _)| code),
            Some(Code::DECIMAL_MARKS_CONTRADICT)
        );
        assert_eq!(failure("D02/03/2026\n^\n"), Some((Code::QIF_AMOUNT_MISSING, Some(line))));
        assert_eq!(failure("Dx\nT1.00\n^\n"), Some((Code::QIF_DATE, Some(line))));
    }
}
