//! MT940, the customer statement of SWIFT, and its kin: MT942 (interim report), MT950 (statement between banks), MT941
//! (balance report).
//!
//! It stands apart because the standard settles only half of it. Fields have tags, but what tells who paid what for is
//! one field of free text (`:86:`) that each country fills in its own way, and nearly every bank wraps the message
//! otherwise. So the message is read strictly, and the text by its own marks.
//!
//! | field | what |
//! |---|---|
//! | 20, 21 | references of the message |
//! | 25 | account: IBAN, bank code and number, or number; currency |
//! | 28C | number of the statement, page |
//! | 60F, 60M | opening balance; M on a page that continues another |
//! | 61 | a booking: value date, entry date, mark, amount, type, references, supplementary details |
//! | 86 | information on the booking before it; after the closing balance, on the statement |
//! | 62F, 62M | closing balance; M where a page follows |
//! | 64, 65 | available balances: no booked ones, not used |
//! | 34F, 13D, 90D, 90C | MT942: floor limit, time, number and sum of debits and credits |
//!
//! `RC` takes back a credit and is a debit, `RD` the other way round; `EC` and `ED` are announced and no lines. An
//! interim report has no balances; its lines are those of the statement that follows and have the same identity where
//! the bank tells the same of them.
//!
//! A line's identity (see [`crate::domain::identity`]) has the basis `ref` where field 61 gives a reference of the
//! bank's own, with the bank's reference and the owner's as parts; words that stand for no reference count as none.
//! Else it has the basis `text` over the owner's reference, supplementary details, field 86 and NS as they are
//! written, without a counterparty's account. Nothing of it depends on how `:86:` is understood.
//!
//! | file | what |
//! |---|---|
//! | `envelope` | what a line is: field, header, end, text |
//! | `records` | balances, accounts, numbers, totals |
//! | `entry` | field 61 |
//! | `information` | field 86: which dialect |
//! | `subfields`, `keywords`, `code_words`, `plain`, `non_swift` | its dialects |
//! | `codes` | types and German codes in words |
//! | `bookings` | bookings that are gathered until they become lines |
//! | `line` | a booking and its information to a line |
//! | `statement` | a message that is being read |
//! | `map` | lines of the file to statements |
//! | `checks` | repeated messages, pages, interim reports, chain of balances |
//!
//! Source: SWIFT Standards MT, category 9; DFÜ-Abkommen of the German banks, annex 3.

mod bookings;
mod checks;
mod code_words;
mod codes;
mod entry;
mod envelope;
mod findings;
mod information;
mod keywords;
mod line;
mod map;
mod non_swift;
mod plain;
mod records;
mod statement;
mod subfields;

use self::envelope::{Part, Tag};
use super::{Confidence, Input, ParseOptions, Reading, StatementFormat};
use crate::errors::Result;

/// The format.
pub struct Mt940;

impl StatementFormat for Mt940 {
    fn id(&self) -> &'static str {
        "mt940"
    }

    fn title(&self) -> &'static str {
        "MT940 (SWIFT)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "MT940, MT950, MT942 (booked lines only), MT941; with or without SWIFT headers, headers of ABN AMRO, ING, Rabobank",
            "field 86 of German, Dutch, Belgian, Swiss, Polish and other banks; SEPA keywords; field NS",
            "checked: balances, pages, totals of interim reports, order of statements",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        sniff(input.head())
    }

    fn parse(&self, input: &Input, _: &ParseOptions) -> Result<Reading> {
        map::read(input)
    }

    fn reads(&self, source: &str) -> bool {
        matches!(super::family(source), "mt940" | "mt941" | "mt942" | "mt950")
    }

    fn describe(&self, bank_code: &str) -> Option<String> {
        codes::describe(bank_code)
    }
}

/// Lines of text before the first field; more of them, and the file is something else that quotes a message.
const MOST_BEFORE: usize = 4;

/// `:20:` or `:940:` at the start of a line, or behind a SWIFT header, with headers and little else before it, and
/// another field of a statement.
fn sniff(head: &[u8]) -> Confidence {
    // UTF-16 of these marks is the same letters with zeros between them.
    let letters: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let letters = letters.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&letters);
    let letters = letters.strip_prefix(b"\xff\xfe").or(letters.strip_prefix(b"\xfe\xff")).unwrap_or(letters);
    let (mut before, mut reference, mut account, mut booked) = (0, false, false, false);
    for line in letters.split(|b| matches!(b, b'\n' | b'\r')) {
        let mut part = envelope::part(line);
        if let Part::Blocks(blocks) = part {
            part = envelope::part(envelope::blocks(blocks).text);
        }
        match part {
            Part::Field(Tag::Reference | Tag::Kind, _) => reference = true,
            Part::Field(Tag::Account | Tag::Number | Tag::Floor | Tag::Time, _) => account = true,
            Part::Field(Tag::Information | Tag::NonSwift | Tag::Available | Tag::Other, _) => {}
            Part::Field(..) => booked = true,
            Part::Text(text) if !(reference || account || booked || envelope::is_header(text)) => before += 1,
            _ => {}
        }
        if before > MOST_BEFORE {
            return Confidence::No;
        }
        if reference && (account || booked) {
            return Confidence::Sure;
        }
    }
    if account && booked { Confidence::Maybe } else { Confidence::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_fields() {
        assert_eq!(sniff(b":20:X\r\n:25:1\r\n"), Confidence::Sure);
        assert_eq!(sniff(b"ABNANL2A\n940\nABNANL2A\n:20:X\n:25:1\n"), Confidence::Sure);
        assert_eq!(sniff(b"{1:F01X}{2:O940}{4::20:X\n:61:260101C1,\n"), Confidence::Sure);
        assert_eq!(sniff(b"\x01:20:X\n:60F:C"), Confidence::Sure);
        assert_eq!(sniff(b":25:1\n:60F:C"), Confidence::Maybe);
        assert_eq!(sniff(b":20:X\n"), Confidence::No);
        assert_eq!(sniff(b"Date;:20:;:25:\n"), Confidence::No);
        assert_eq!(sniff(b""), Confidence::No);
        assert_eq!(sniff(b"a\nb\nc\nd\n:20:X\n:25:1\n"), Confidence::Sure);
        assert_eq!(sniff(b"a\nb\nc\nd\ne\n:20:X\n:25:1\n"), Confidence::No);
    }
}
