//! Reading ahead: one thread reads XML while another maps what has been read.
//!
//! Reading takes about as long as mapping, so that both together take half the time.

use super::records::{Part, Parts};
use super::tree::Tree;
use crate::errors::{Error, Result};
use crate::formats::ahead;
use crate::formats::xml::Reader;

/// A batch is handed over once it has this many elements: some dozens of entries, fit for the processor's cache.
const ELEMENTS: usize = 2048;

/// Parts of a file that follow one another, with the tree that their elements are in.
#[derive(Default)]
pub(super) struct Batch {
    parts: Vec<Part>,
    tree: Tree,
}

impl Batch {
    /// Its parts, to be taken in their order, and their tree.
    pub(super) fn take(&mut self) -> (std::vec::Drain<'_, Part>, &Tree) {
        (self.parts.drain(..), &self.tree)
    }

    /// Reads parts; false at the end of the file. What was read before a failure stays.
    fn fill(&mut self, parts: &mut Parts<'_>) -> Result<bool> {
        self.parts.clear();
        self.tree.clear();
        while self.tree.len() < ELEMENTS {
            match parts.next(&mut self.tree)? {
                Some(part) => self.parts.push(part),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Why a file was not read.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether the reason is bytes that are not UTF-8.
    pub(super) other_bytes: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, other_bytes: false }
    }
}

/// Reads a file on a thread of its own and gives its batches to `map`, which hands them back when it is done.
///
/// # Errors
/// Those of [`Parts::next`] and of `map`, whichever comes first in the file; BB-3001 where no thread can be had.
pub(super) fn read<T>(
    xml: Reader<'_>,
    map: impl FnOnce(&mut dyn Iterator<Item = Batch>, &dyn Fn(Batch)) -> Result<T>,
) -> std::result::Result<T, Failure> {
    let mut parts = Parts::new(xml);
    let fill = |batch: &mut Batch| {
        batch.fill(&mut parts).map_err(|error| Failure { error, other_bytes: parts.met_other_bytes() })
    };
    ahead::read(fill, map)
}

#[cfg(test)]
mod tests {
    use super::super::Camt;
    use crate::errors::Code;
    use crate::formats::{Input, ParseOptions, StatementFormat as _};

    /// Enough entries for many batches; those with the number of a piece are that piece instead.
    fn file(pieces: &[(usize, &[u8])]) -> Input {
        let entry = "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
                     <BookgDt><Dt>2026-03-02</Dt></BookgDt><AddtlNtryInf>x</AddtlNtryInf></Ntry>";
        let mut bytes = b"<Document><BkToCstmrStmt><Stmt>".to_vec();
        for number in 0..5_000 {
            let piece = pieces.iter().find(|(place, _)| *place == number);
            bytes.extend_from_slice(piece.map_or(entry.as_bytes(), |(_, piece)| piece));
        }
        bytes.extend_from_slice(b"</Stmt></BkToCstmrStmt></Document>");
        Input::from_bytes("x.xml", bytes, u64::MAX).unwrap()
    }

    fn failure(pieces: &[(usize, &[u8])]) -> Code {
        Camt.parse(&file(pieces), &ParseOptions::default()).err().unwrap().code()
    }

    const NO_AMOUNT: &[u8] = b"<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>";

    #[test]
    fn the_first_failure_of_the_file_counts() {
        let (early, late) = (2_000, 4_000);
        assert_eq!(failure(&[(early, NO_AMOUNT), (late, b"</Wrong>")]), Code::CAMT_ELEMENT_MISSING);
        assert_eq!(failure(&[(early, NO_AMOUNT), (early + 1, b"</Wrong>")]), Code::CAMT_ELEMENT_MISSING);
        assert_eq!(failure(&[(early, NO_AMOUNT), (late, b"\xe9")]), Code::CAMT_ELEMENT_MISSING);
        assert_eq!(failure(&[(early, b"</Wrong>"), (late, NO_AMOUNT)]), Code::XML_MALFORMED);
    }

    #[test]
    fn entries_of_all_batches_come_in_their_order() {
        let other = b"<Ntry><Amt Ccy=\"EUR\">2.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
                      <BookgDt><Dt>2026-03-02</Dt></BookgDt><AddtlNtryInf>caf\xe9</AddtlNtryInf></Ntry>";
        let statements = Camt.parse(&file(&[(4_321, other)]), &ParseOptions::default()).unwrap().statements;
        let lines = &statements.first().unwrap().lines;
        assert_eq!(lines.len(), 5_000);
        let found: Vec<_> =
            lines.iter().enumerate().filter(|(_, line)| line.amount.is_sign_negative()).collect();
        let found: Vec<_> = found.iter().map(|(place, line)| (*place, line.text())).collect();
        assert_eq!(found, [(4_321, Some("café"))]);
    }
}
