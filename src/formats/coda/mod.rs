//! CODA: the Belgian banks' fixed-width file of statements (Febelfin, versions 1 and 2, up to standard 2.6).
//!
//! It stands apart because nothing in it is shared with other formats: columns instead of tags, its own
//! transaction codes, its own kinds of communication. One physical file holds any number of logical files, each
//! of them one statement of one account in one currency: `0 1 (21 [22] [23] (31 [32] [33])*)* 8 4* 9`. Version 1
//! has record 4 before record 8. Positions count characters from 1, whatever the encoding.
//!
//! | record | what | main fields (positions) |
//! |---|---|---|
//! | 0 | header | date 6-11, duplicate 17, addressee 35-60, BIC 61-71, separate application 84-88, version 128 |
//! | 1 | old balance | account structure 2, account and currency 6-42, sign 43, amount 44-58, date 59-64, holder 65-90, number 126-128 |
//! | 21 | movement | sequence 3-6, detail 7-10, bank reference 11-31, sign 32, amount 33-47, value date 48-53, code 54-61, communication 62-115, entry date 116-121, globalisation 125 |
//! | 22 | movement, part 2 | communication 11-63, customer reference 64-98, BIC 99-109, return 113-117, purposes 118-125 |
//! | 23 | movement, part 3 | counterparty account 11-47 and name 48-82, communication 83-125 |
//! | 31 32 33 | information | communication 40-113, 11-115, 11-100 |
//! | 8 | new balance | account and currency 5-41, sign 42, amount 43-57, date 58-63 |
//! | 4 | free communication | text 33-112 |
//! | 9 | trailer | records 17-22, debit 23-37, credit 38-52, another file follows 128 |
//!
//! Amounts are fifteen digits with three decimals, in the currency of the account; dates are `DDMMYY`.
//!
//! A line's identity (see [`crate::domain::identity`], basis `ref`) has these parts: day of the closing balance,
//! opening balance without zeros at the end, number of the coded statement, place of the movement from
//! 1 and of the detail from 0 (four digits or more), bank reference. Nothing of it depends on the version, on the
//! encoding, or on what else stands in the file.
//!
//! | file | what |
//! |---|---|
//! | `encoding` | which encoding the text is in |
//! | `lines` | bytes to lines of 128 columns, one buffer for all |
//! | `records` | lines to typed records that borrow from the buffer |
//! | `zones` | accounts as the records write them |
//! | `group` | movements with their details until it is known which of them are lines |
//! | `structured`, `layouts`, `layouts_of_information` | structured communications to their parts |
//! | `codes` | transaction codes in words |
//! | `line` | a movement to a line |
//! | `booking` | which movements become lines, on a thread of its own where there are many |
//! | `statement` | a statement that is being read |
//! | `map` | records to statements: the order of records |
//! | `checks` | trailer, closing account, order and continuity of statements |

mod booking;
mod checks;
mod codes;
mod encoding;
mod group;
mod layouts;
mod layouts_of_information;
mod line;
mod lines;
mod map;
mod records;
mod statement;
mod structured;
mod zones;

use super::{Confidence, Input, ParseOptions, Reading, StatementFormat};
use crate::errors::Result;

/// The format.
pub struct Coda;

impl StatementFormat for Coda {
    fn id(&self) -> &'static str {
        "coda"
    }

    fn title(&self) -> &'static str {
        "CODA (Febelfin)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "versions 1 and 2, up to standard 2.6; several statements in a file",
            "details of collective movements, structured communications, return reasons",
            "checked: balances, totals and number of records, order of statements",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        if is_header(input.head()) { Confidence::Sure } else { Confidence::No }
    }

    fn parse(&self, input: &Input, _: &ParseOptions) -> Result<Reading> {
        map::read(input)
    }

    fn describe(&self, bank_code: &str) -> Option<String> {
        codes::describe(bank_code)
    }
}

/// Whether the first line that is not blank is a header: five zeros, a date, a bank (three digits or blanks) and
/// the application code 05, in a line long enough for the fields that follow.
fn is_header(head: &[u8]) -> bool {
    let head = head.strip_prefix(encoding::BOM).unwrap_or(head);
    let start = head.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(head.len());
    let line = head.get(start..).unwrap_or_default();
    let end = memchr::memchr2(b'\r', b'\n', line).unwrap_or(line.len());
    let Some((fields, rest)) = line.get(..end).and_then(|line| line.split_at_checked(16)) else {
        return false;
    };
    rest.len() >= 84
        && fields.starts_with(b"00000")
        && fields[5..11].iter().all(u8::is_ascii_digit)
        && fields[11..14].iter().all(|b| b.is_ascii_digit() || *b == b' ')
        && fields.ends_with(b"05")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_its_fields() {
        let header = |start: &str| format!("{start:<128}\r\n").into_bytes();
        assert!(is_header(&header("0000031102672505")));
        assert!(is_header(&header("0000031102600005")));
        assert!(is_header(&[b"\xef\xbb\xbf\r\n".to_vec(), header("00000311026   05")].concat()));
        assert!(!is_header(&header("0000031102672506")));
        assert!(!is_header(&header("1000031102672505")));
        assert!(!is_header(b"0000031102672505\r\n"));
        assert!(!is_header(b""));
    }
}
