//! CAMT.053, the end-of-day statement of ISO 20022, and its sisters CAMT.052, the intraday report, and CAMT.054, the
//! notification of debits and credits, in all their versions (001.01 to 001.14).
//!
//! It stands apart because the message says more than a statement needs and banks use different parts of it: an
//! entry may sum up many transactions, balances have many kinds, and the same fact has another place in each
//! version. What differs between versions is found by trying the places in turn, never by the version.
//!
//! The three have entries of one build, and the same money comes by more than one of them:
//!
//! | message | balances | equal lines are counted |
//! |---|---|---|
//! | 053 | those of the day | over the file |
//! | 052 | booked ones of the day, never interim ones | over one report: the next one may repeat it |
//! | 054 | none | over the file |
//!
//! A line has the same identity in all three where the bank gives the same references. A line split from an entry
//! also names its whole entry ([`crate::domain::Whole`]), since another message may give that alone.
//!
//! | element | what | read by |
//! |---|---|---|
//! | `GrpHdr` | the message: id, pages | `records`, on a thread of its own: `ahead` |
//! | `Stmt`, `Rpt`, `Ntfctn` | a statement: id, numbers, account, pages, summary | `head`, `statement` |
//! | `Stmt/Bal` | balances, by `Tp` | `balances` |
//! | `Stmt/Ntry` | a booking: amount, direction, status, dates, references | `map` |
//! | `Ntry/NtryDtls/TxDtls` | the transactions that it sums up | `split`, `map` |
//! | `TxDtls/RltdPties`, `RltdAgts` | who paid whom | `parties` |
//! | `TxDtls/RmtInf` | what for | `remittance` |
//! | `TxDtls/AmtDtls`, `Chrgs`, `RtrInf`, … | exchange, charges, reason of a return | `details` |
//! | `BkTxCd` | what kind of booking | `codes` |
//!
//! | | how it was understood | `explain` |
//!
//! Source: ISO 20022, Bank-to-Customer Cash Management (camt.052, camt.053 and camt.054, 001.01 to .14).

mod ahead;
mod balances;
mod codes;
mod details;
mod explain;
mod findings;
mod head;
mod map;
mod pages;
mod parties;
mod records;
mod remittance;
mod split;
mod statement;
mod tree;
mod values;

use self::ahead::{Batch, Failure};
use self::records::{MessageKind, Part};
use self::statement::Block;
use self::tree::Tree;
use super::xml::Source;
use super::{Confidence, Input, ParseOptions, Reading, StatementFormat};
use crate::domain::{Identifier, Tally};
use crate::errors::{Code, Error, Place, Result};

/// The format.
pub struct Camt;

impl StatementFormat for Camt {
    fn id(&self) -> &'static str {
        "camt"
    }

    fn title(&self) -> &'static str {
        "CAMT.053, .052, .054 (ISO 20022)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "camt.053 (end of day), camt.052 (intraday), camt.054 (notification), versions 001.01 to 001.14",
            "with or without namespace, in wrappers of SOAP or a bank's own; booked entries, others are counted",
            "several statements, pages, batches with their details, reversals, charges, exchange",
            "checked: balances, number and sum of entries, pages",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        // UTF-16 of these marks is the same letters with zeros between them.
        let letters: Vec<u8> = input.head().iter().copied().filter(|byte| *byte != 0).collect();
        let text = letters.iter().skip_while(|byte| byte.is_ascii_whitespace() || !byte.is_ascii());
        let marks: [&[u8]; 4] = [b"camt.052", b"camt.053", b"camt.054", b"BkToCstmr"];
        let marked = || marks.iter().any(|mark| memchr::memmem::find(&letters, mark).is_some());
        let is_xml = text.copied().next() == Some(b'<');
        if is_xml && marked() { Confidence::Sure } else { Confidence::No }
    }

    fn parse(&self, input: &Input, _: &ParseOptions) -> Result<Reading> {
        let mut source = Source::new(input)?;
        let blocks = loop {
            match ahead::read(source.reader()?, all) {
                Ok(blocks) => break blocks,
                Err(Failure { other_bytes: true, .. }) if source.guess() => {}
                Err(Failure { error, .. }) => return Err(with_line(error, &source)),
            }
        };
        finish(blocks, &source)
    }

    fn describe(&self, bank_code: &str) -> Option<String> {
        codes::describe(bank_code)
    }
}

/// All statements of the file, as they stand.
fn all(batches: &mut dyn Iterator<Item = Batch>, done: &dyn Fn(Batch)) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    // Elements of the open statement other than its entries.
    let mut head = Tree::default();
    for mut batch in batches {
        let (parts, tree) = batch.take();
        for part in parts {
            match (part, &mut open) {
                (Part::Start { kind, source, created, element }, _) => {
                    let element = tree.element(element);
                    head.copy_root(element);
                    open = Some(Block::new(kind, source, created, blocks.len() + 1, element.position()));
                }
                (Part::Head(element), _) => head.copy_below_root(tree.element(element)),
                (Part::Entry(element), Some(block)) => {
                    let place = block.place();
                    block.entry(tree.element(element), head.root()).map_err(|error| error.at(place))?;
                }
                (Part::End, Some(_)) => {
                    if let Some(mut block) = open.take() {
                        let place = block.place();
                        block.end(head.root()).map_err(|error| error.at(place))?;
                        blocks.push(block);
                    }
                }
                (Part::MessageEnd { page, last }, _) => {
                    if let Some(block) = blocks.last_mut() {
                        block.continues = !last;
                        if block.pages.is_empty() {
                            block.pages.extend(page);
                        }
                    }
                }
                (Part::Entry(_) | Part::End, None) => {}
            }
        }
        done(batch);
    }
    Ok(blocks)
}

/// Joins pages, checks the whole, gives identities, and counts lines where a warning names one.
fn finish(blocks: Vec<Block>, source: &Source<'_>) -> Result<Reading> {
    let mut identifiers = Identifiers::default();
    let mut joined = pages::join(blocks);
    let mut finished = Vec::with_capacity(joined.len());
    for block in &mut joined {
        finished.extend(block.finish(identifiers.of(block.kind)));
    }
    pages::chain(&mut finished);
    let left_out = joined.iter().flat_map(|block| block.not_booked.iter().map(|entries| entries.position));
    let mut offsets: Vec<u64> =
        finished.iter().flat_map(|finished| finished.findings.offsets()).chain(left_out).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let lines = source.lines(&offsets)?;
    let line = |offset: u64| offsets.binary_search(&offset).ok().and_then(|index| lines.get(index).copied());
    let mut understanding = explain::facts(&finished, source, identifiers.tally());
    for block in &joined {
        explain::left_out(block, &line, &mut understanding);
    }
    let guessed = source.finding().map(Error::into_warning);
    let mut statements = Vec::with_capacity(finished.len());
    for one in finished {
        let mut statement = one.statement;
        if statements.is_empty() {
            statement.warnings.extend(guessed.clone());
        }
        statement.warnings.extend(one.findings.into_warnings(line));
        statements.push(statement);
    }
    Ok(Reading { statements, understanding })
}

/// Who counts equal lines of which message: two messages in one file may speak of the same money.
#[derive(Default)]
struct Identifiers {
    statements: Identifier,
    notifications: Identifier,
    /// Of the present report: another one of the day may repeat its lines.
    report: Identifier,
    earlier_reports: Tally,
}

impl Identifiers {
    fn of(&mut self, kind: MessageKind) -> &mut Identifier {
        match kind {
            MessageKind::Statement => &mut self.statements,
            MessageKind::Notification => &mut self.notifications,
            MessageKind::Report => {
                self.earlier_reports = add(self.earlier_reports, self.report.tally());
                self.report = Identifier::new();
                &mut self.report
            }
        }
    }

    fn tally(&self) -> Tally {
        [&self.statements, &self.notifications, &self.report]
            .into_iter()
            .fold(self.earlier_reports, |sum, one| add(sum, one.tally()))
    }
}

fn add(a: Tally, b: Tally) -> Tally {
    Tally {
        by_reference: a.by_reference + b.by_reference,
        by_text: a.by_text + b.by_text,
        repeated: a.repeated + b.repeated,
    }
}

/// The failure with its line instead of its offset.
fn with_line(error: Error, source: &Source<'_>) -> Error {
    let line = error
        .place()
        .byte
        .and_then(|offset| source.lines(&[offset]).ok())
        .and_then(|lines| lines.first().copied());
    match line {
        Some(line) if error.code() != Code::FILE_UNREADABLE => error.at(Place::line(line)),
        _ => error,
    }
}
