//! ZIP: several bank files in one, as banks' sites give the days of a month.
//!
//! It stands apart because it is no format of statements: each file in it is read by the format that it is in, and what
//! they say is put together as if they had been imported one after the other, in the order of their names. A line that
//! two of them hold has one identity, so it comes into Odoo once.
//!
//! An archive may be made to harm: small and unpacking to terabytes, with names that lead out of its folder, with
//! archives in archives. Nothing is ever written; all is unpacked in memory, one file at a time, within these caps:
//!
//! | what | cap |
//! |---|---|
//! | entries | 1,000 |
//! | one file, and all together, unpacked | that of the archive itself ([`Input::max_size`]) |
//! | a file of over 16 MB, unpacked | 250 times its compressed size |
//!
//! All or nothing: a file that cannot be read refuses the archive, by its name. Only what is known to hold no
//! transactions is left out and counted: folders, what macOS and Windows add, checksums, signatures.
//!
//! | file | what |
//! |---|---|
//! | `records` | the archive to the bytes of its files |
//! | `companions` | what may stand beside bank files |
//! | `map` | files to statements, repeated ones once |
//!
//! Source: APPNOTE.TXT, .ZIP File Format Specification (PKWARE), 4.3 and 4.4.

mod companions;
mod map;
mod records;

use super::{Confidence, Input, ParseOptions, Reading, StatementFormat};
use crate::errors::Result;

/// The format.
#[derive(Debug)]
pub struct Zip;

impl StatementFormat for Zip {
    fn id(&self) -> &'static str {
        "zip"
    }

    fn title(&self) -> &'static str {
        "ZIP (several files)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "bank files of any format, read in the order of their names; what two of them hold comes in once",
            "stored or deflated, without a password; folders, checksums and what macOS adds are left out",
            "a file in it that cannot be read refuses the whole archive",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        let head = input.head();
        if is_archive(head) && !super::xlsx::is_workbook(head) { Confidence::Sure } else { Confidence::No }
    }

    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading> {
        map::read(input, options)
    }
}

/// Start of an entry (4.3.7).
const ENTRY: &[u8] = b"PK\x03\x04";
/// Start of the end of an archive (4.3.16), with which one without entries begins.
const END: &[u8] = b"PK\x05\x06";

/// Whether a file begins as a ZIP does.
#[must_use]
pub fn is_archive(head: &[u8]) -> bool {
    head.starts_with(ENTRY) || head.starts_with(END)
}

/// Names of the entries that begin in the head of a file.
pub(super) fn names(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(head, ENTRY).filter_map(move |at| {
        let length = head.get(at + 26..at + 28)?.try_into().ok()?;
        head.get(at + 30..at + 30 + usize::from(u16::from_le_bytes(length)))
    })
}
