//! The parts of a file to its statements, and how the file was understood.
//!
//! Two things may be known only after a line that depends on them: the account, where a file names it behind its
//! transactions, and the decimal mark, where an amount reads either way. The file is then read once more with what
//! was learnt, so that the usual one costs nothing for it.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use super::header::{self, Header};
use super::names::Other;
use super::parts::{Batch, Frame, Head, Noted, Part, Status};
use super::records::Records;
use super::statement::{Block, Closing, Ids, Marks};
use super::tags::Tags;
use super::values;
use crate::domain::account::compact;
use crate::domain::{Identifier, Statement, Tally, Text};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::TextFile;
use crate::formats::{DecimalMark, Ignored, Input, ParseOptions, Reading, Understanding, ahead, unreadable};

/// What was learnt about a file before it is read again.
#[derive(Default)]
struct Learnt {
    mark: Option<DecimalMark>,
    /// What each statement says at its end.
    heads: Vec<Head>,
}

/// Reads the file.
///
/// # Errors
/// BB-3401 to BB-3405 for a file without a statement, and those of its parts, with their lines.
pub(super) fn read(input: &Input, options: &ParseOptions) -> Result<Reading> {
    let letters: Vec<u8> = input.head().iter().copied().filter(|byte| *byte != 0).collect();
    let Some(start) = header::start(&letters) else {
        let code = if header::is_older(&letters) { Code::OFX_OLDER_FORMAT } else { Code::FORMAT_UNKNOWN };
        return Err(Error::new(code));
    };
    let header = header::read(letters.get(..start).unwrap_or_default());
    let file = TextFile::open(input, header.label.as_deref())?;
    let mut learnt = Learnt { mark: options.decimal_mark, heads: Vec::new() };
    let located = |error| with_line(error, &file);
    let mut whole = Whole::read(&file, &header, &learnt).map_err(located)?;
    let mark = match &whole.marks.open {
        Some((example, at)) if learnt.mark.is_none() => Some(whole.marks.settle().ok_or_else(|| {
            let place = Place { byte: Some(*at), ..Place::default() };
            with_line(Error::new(Code::DECIMAL_MARK_OPEN).arg("example", example).at(place), &file)
        })?),
        _ => None,
    };
    if whole.late || mark.is_some() {
        let heads = if whole.late { heads(&file)? } else { Vec::new() };
        learnt = Learnt { mark: mark.or(learnt.mark), heads };
        whole = Whole::read(&file, &header, &learnt).map_err(located)?;
    }
    whole.finish(&file, &header)
}

/// What each statement says at its end.
fn heads(file: &TextFile<'_>) -> Result<Vec<Head>> {
    let mut records = Records::new(Tags::new(file.reader()?));
    let (mut heads, mut batch, mut more) = (Vec::new(), Batch::default(), true);
    while more {
        more = records.fill(&mut batch)?;
        heads.extend(batch.parts.drain(..).filter_map(|part| match part {
            Part::End(head) => Some(*head),
            _ => None,
        }));
    }
    Ok(heads)
}

/// Everything that was read of a file.
#[derive(Default)]
struct Whole {
    blocks: Vec<Block>,
    /// Number of statements that have begun.
    begun: usize,
    /// What was known of the open one at its start.
    early: Head,
    /// Whether a head was complete only behind the transactions.
    late: bool,
    marks: Marks,
    ignored: Vec<(&'static str, &'static str, Noted)>,
    refused: Vec<Status>,
    frame: Frame,
    /// Counts the lines of statements that name no account, over the whole file.
    nameless: Identifier,
    /// What the identities of all others rest on.
    tally: Tally,
}

impl Whole {
    fn read(file: &TextFile<'_>, header: &Header, learnt: &Learnt) -> Result<Self> {
        let mut records = Records::new(Tags::new(file.reader()?));
        let (mut whole, mut open) = (Self::default(), None);
        ahead::read(
            |batch| records.fill(batch),
            |batches, done| {
                for mut batch in batches {
                    let mut parts = std::mem::take(&mut batch.parts);
                    for part in parts.drain(..) {
                        whole.take(part, &batch, &mut open, (file, header, learnt))?;
                    }
                    batch.parts = parts;
                    done(batch);
                }
                Ok(())
            },
        )?;
        whole.frame = records.frame();
        Ok(whole)
    }

    fn take(
        &mut self,
        part: Part,
        batch: &Batch,
        open: &mut Option<Block>,
        (file, header, learnt): (&TextFile<'_>, &Header, &Learnt),
    ) -> Result<()> {
        match part {
            Part::Start(head) => {
                let known = learnt.heads.get(self.begun).unwrap_or(&head);
                self.begun += 1;
                let mut block = Block::new(self.begun, &header.source, known, file)?;
                if compact(block.account().key()).is_empty() {
                    block.identifier = std::mem::take(&mut self.nameless);
                }
                self.early = *head;
                *open = Some(block);
            }
            Part::Transaction { fields, at } => {
                if let Some(block) = open {
                    block.transaction(batch, batch.fields(fields), at, file, learnt.mark, &mut self.marks)?;
                }
            }
            Part::End(head) => {
                let Some(block) = open.take() else { return Ok(()) };
                self.late |= learnt.heads.is_empty() && !self.early.same_account(&head);
                self.end(block, &head, file, learnt)?;
            }
            Part::Ignored { what, why, at } => self.ignore(what, why, at),
            Part::Refused(status) => self.refused.push(*status),
        }
        Ok(())
    }

    /// Takes a statement over, unless the bank refuses it or it says nothing at all.
    fn end(&mut self, mut block: Block, head: &Head, file: &TextFile<'_>, learnt: &Learnt) -> Result<()> {
        block.end(head, file, learnt.mark, &mut self.marks)?;
        let identifier = std::mem::take(&mut block.identifier);
        if compact(block.account().key()).is_empty() {
            self.nameless = identifier;
        } else {
            let Tally { by_reference, by_text, repeated } = identifier.tally();
            self.tally.by_reference += by_reference;
            self.tally.by_text += by_text;
            self.tally.repeated += repeated;
        }
        if let Some(status) = head.status.as_ref().filter(|status| status.is_error()) {
            if !block.statement.lines.is_empty() {
                return Err(refusal(status, file));
            }
            self.refused.push(status.clone());
            return Ok(());
        }
        if let Some(status) = head.status.as_ref().filter(|status| status.is_warning()) {
            let error = Error::new(Code::OFX_STATUS_WARNS).arg("status", said(status, file));
            block.findings.push(error.at(at(status.at)));
        }
        if block.is_empty() && block.findings.is_empty() {
            self.ignore("statements", "they name no account and hold nothing", head.at);
        } else {
            self.blocks.push(block);
        }
        Ok(())
    }

    fn ignore(&mut self, what: &'static str, why: &'static str, at: u64) {
        match self.ignored.iter_mut().find(|(known, reason, _)| *known == what && *reason == why) {
            Some((.., noted)) => noted.note(at),
            None => self.ignored.push((what, why, Noted { count: 1, first: at })),
        }
    }

    fn finish(mut self, file: &TextFile<'_>, header: &Header) -> Result<Reading> {
        if self.blocks.is_empty() {
            return Err(with_line(self.nothing(file), file));
        }
        self.once();
        let blocks = std::mem::take(&mut self.blocks);
        for block in &blocks {
            for (noted, why) in [
                (block.holds, "the bank holds their amounts and has not booked them"),
                (block.corrected, "the bank corrected or deleted them later"),
            ] {
                if noted.count > 0 {
                    let what =
                        if noted == block.holds { "pending transactions" } else { "corrected transactions" };
                    self.ignored.push((what, why, noted));
                }
            }
        }
        let mut understanding = Understanding::default();
        self.explain(&blocks, file, header, &mut understanding);
        let mut statements: Vec<Statement> = Vec::with_capacity(blocks.len());
        let mut findings: Vec<(usize, Error)> = Vec::new();
        for (place, block) in blocks.into_iter().enumerate() {
            findings.extend(block.findings.into_iter().map(|error| (place, error)));
            statements.push(block.statement);
        }
        findings.extend(self.refused.iter().map(|status| {
            (0, Error::new(Code::OFX_STATEMENT_REFUSED).arg("status", said(status, file)).at(at(status.at)))
        }));
        let of_findings = findings.iter().filter_map(|(_, error)| error.place().byte);
        let lines = Lines::of(file, of_findings.chain(self.ignored.iter().map(|(.., noted)| noted.first)))?;
        for (place, error) in findings {
            let line = error.place().byte.and_then(|byte| lines.line(byte));
            if let Some(statement) = statements.get_mut(place) {
                statement.warnings.push(error.at(Place { line, ..Place::default() }).into_warning());
            }
        }
        understanding.ignored = self
            .ignored
            .iter()
            .map(|(what, why, noted)| Ignored {
                what: (*what).to_owned(),
                why: (*why).to_owned(),
                count: noted.count,
                line: lines.line(noted.first),
            })
            .collect();
        Ok(Reading { statements, understanding })
    }

    /// Why the file has no statement.
    fn nothing(&self, file: &TextFile<'_>) -> Error {
        let sign_on = self.frame.sign_on.is_error().then_some(&self.frame.sign_on);
        if let Some(status) = self.refused.first().or(sign_on) {
            return refusal(status, file);
        }
        if self.frame.requests {
            return Error::new(Code::OFX_REQUEST);
        }
        let investments = Other::Investments.words();
        if let Some((.., noted)) = self.ignored.iter().find(|(what, ..)| *what == investments) {
            return Error::new(Code::OFX_INVESTMENTS).at(at(noted.first));
        }
        let held: Vec<_> = self.ignored.iter().map(|(what, ..)| *what).collect();
        let held = if held.is_empty() {
            "nothing else either".to_owned()
        } else {
            format!("only {}", held.join(", "))
        };
        let place = self.ignored.first().map_or_else(Place::default, |(.., noted)| at(noted.first));
        Error::new(Code::OFX_NO_STATEMENT).arg("held", held).at(place)
    }

    /// Takes lines out that an earlier statement of the same account has, where ranges overlap.
    fn once(&mut self) {
        let mut of_account: HashMap<Text, Vec<usize>> = HashMap::new();
        for (place, block) in self.blocks.iter().enumerate() {
            of_account.entry(compact(block.account().key())).or_default().push(place);
        }
        of_account.retain(|account, places| !account.is_empty() && places.len() > 1);
        for places in of_account.into_values() {
            let mut seen = HashSet::new();
            for place in places {
                let Some(block) = self.blocks.get_mut(place) else { continue };
                let before = block.statement.lines.len();
                block.statement.lines.retain(|line| seen.insert(line.identity));
                let count = (before - block.statement.lines.len()) as u64;
                if count > 0 {
                    let error = Error::new(Code::OFX_LINES_REPEATED).arg("count", count);
                    block.findings.push(error.at(at(block.at)));
                    self.ignored.push((
                        "repeated transactions",
                        "an earlier statement of the same account has them",
                        Noted { count, first: block.at },
                    ));
                }
            }
        }
    }

    fn explain(
        &self,
        blocks: &[Block],
        file: &TextFile<'_>,
        header: &Header,
        understanding: &mut Understanding,
    ) {
        let version = header.source.replacen("ofx", "OFX", 1).replacen('.', " ", 1);
        let written = match (self.frame.closed_leaves, self.frame.open_leaves) {
            (_, 0) => "every element closed",
            (0, _) => "elements without end tags",
            _ => "some elements without end tags",
        };
        understanding.found_by("dialect", format!("{version}, {written}"), header.shape);
        file.explain(understanding);
        if !self.frame.organisation.is_empty() {
            understanding.found("bank", values::text(file, &self.frame.organisation));
        }
        for block in blocks {
            if let (Some(iban), Some(because)) = (&block.account().iban, block.iban_because) {
                understanding.found_by("account", iban.as_str(), because);
            }
        }
        if blocks.iter().any(|block| block.turned) {
            understanding.found_by(
                "order",
                "oldest first",
                "the file has the days in another order; they were turned",
            );
        }
        let mut ids = Ids::default();
        for block in blocks {
            ids.add(block.ids);
        }
        let mut tally = self.nameless.tally();
        tally.by_reference += self.tally.by_reference;
        tally.by_text += self.tally.by_text;
        tally.repeated += self.tally.repeated;
        understanding.identified(tally);
        if let Some((found, because)) = ids.words() {
            understanding.found_by("transaction ids", found, because);
        }
        let count = |closing| blocks.iter().filter(|block| block.closing == closing).count();
        let (taken, left, none) = (count(Closing::Taken), count(Closing::LeftOut), count(Closing::None));
        let mut found = Vec::new();
        for (count, what) in [
            (taken, "closing from LEDGERBAL"),
            (left, "LEDGERBAL left out, see the findings"),
            (none, "no ledger balance"),
        ] {
            if count > 0 {
                found.push(if blocks.len() == 1 { what.to_owned() } else { format!("{what} ({count})") });
            }
        }
        understanding.found_by(
            "balances",
            found.join(", "),
            "OFX has no opening balance, and AVAILBAL is none of the books",
        );
    }
}

fn at(byte: u64) -> Place {
    Place { byte: Some(byte), ..Place::default() }
}

fn refusal(status: &Status, file: &TextFile<'_>) -> Error {
    Error::new(Code::OFX_ANSWER_REFUSED).arg("status", said(status, file)).at(at(status.at))
}

/// What the bank says, with its code.
fn said(status: &Status, file: &TextFile<'_>) -> String {
    let [code, message] = [&status.code, &status.message].map(|part| values::text(file, part));
    let shown: String = message.chars().take(200).collect();
    match (code.is_empty(), shown.is_empty()) {
        (false, false) => format!("{code}, {shown}"),
        (false, true) => code.into_owned(),
        (true, false) => shown,
        (true, true) => "no reason given".to_owned(),
    }
}

/// Lines of the file by offsets.
struct Lines {
    offsets: Vec<u64>,
    lines: Vec<u64>,
}

impl Lines {
    /// Counts them, once through the file.
    fn of(file: &TextFile<'_>, offsets: impl Iterator<Item = u64>) -> Result<Self> {
        let mut offsets: Vec<u64> = offsets.collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut lines = Vec::with_capacity(offsets.len());
        if offsets.is_empty() {
            return Ok(Self { offsets, lines });
        }
        let mut reader = file.reader()?;
        let (mut chunk, mut read, mut line, mut after_return) = (vec![0; 64 << 10], 0_u64, 1_u64, false);
        while lines.len() < offsets.len() {
            let count = reader.read(&mut chunk).map_err(|error| unreadable(&error))?;
            for byte in chunk.get(..count).unwrap_or_default() {
                while offsets.get(lines.len()).is_some_and(|offset| *offset <= read) {
                    lines.push(line);
                }
                // CR, LF and CRLF each end one line.
                line += u64::from(*byte == b'\r' || (*byte == b'\n' && !after_return));
                after_return = *byte == b'\r';
                read += 1;
            }
            if count == 0 {
                lines.resize(offsets.len(), line);
            }
        }
        Ok(Self { offsets, lines })
    }

    fn line(&self, offset: u64) -> Option<u64> {
        self.lines.get(self.offsets.binary_search(&offset).ok()?).copied()
    }
}

/// The failure with its line instead of its offset.
fn with_line(error: Error, file: &TextFile<'_>) -> Error {
    let line = error.place().byte.and_then(|byte| Lines::of(file, std::iter::once(byte)).ok()?.line(byte));
    error.at(Place { line, ..Place::default() })
}
