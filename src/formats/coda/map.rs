//! Records to statements: which record may follow which, what becomes a line, what is noted.

use super::booking::Booker;
use super::checks::{self, Closed, Seen};
use super::encoding::Encoding;
use super::group::{Group, Part};
use super::lines::{Line, Lines, WIDTH};
use super::records::{
    self, Continuation, Field, Header, Information, Movement, NewBalance, OldBalance, SecondPart, ThirdPart,
    Trailer,
};
use super::statement::{After, FreeText, Open};
use super::structured::decimal;
use super::zones;
use crate::domain::{Account, Balance, Currency, Identifier, Statement};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::{Ignored, Input, Reading, Understanding};

/// Reads a file.
///
/// # Errors
/// BB-31xx with the line, BB-3005 and BB-3006 for a file that is empty or cut.
pub(super) fn read(input: &Input) -> Result<Reading> {
    let mut lines = Lines::new(input)?;
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        reader.take(&line).map_err(|error| error.at(reader.place(line.number)))?;
    }
    let end = lines.number();
    if let Some(open) = &reader.open {
        let missing = if open.after == After::NewBalance { "record 9" } else { "record 8 or 9" };
        return Err(Error::new(Code::FILE_TRUNCATED).arg("missing", missing).at(reader.place(end)));
    }
    if reader.closed.is_empty() {
        return Err(Error::new(Code::FILE_EMPTY));
    }
    let left_out = reader.repeats.left_out() as u64;
    let statements = checks::in_order(reader.closed);
    let understanding = explain(&statements, lines.encoding(), left_out);
    Ok(Reading { statements, understanding })
}

fn explain(statements: &[Statement], encoding: Encoding, repeated: u64) -> Understanding {
    let mut understanding = Understanding::default();
    let mut versions: Vec<_> = statements.iter().map(|statement| statement.source.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    understanding.found_by("dialect", versions.join(", "), "position 128 of record 0");
    let (name, because) = encoding.explained();
    understanding.found_by("encoding", name, because);
    let lines: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    let identities = format!("{lines} by the place in their statement and the bank's reference");
    understanding.found("identities", identities);
    if repeated > 0 {
        let (what, why) = ("statements".to_owned(), "the file holds them more than once".to_owned());
        understanding.ignored.push(Ignored { what, why, count: repeated, line: None });
    }
    understanding
}

/// What was read of the file, and buffers that serve all of it.
#[derive(Default)]
struct Reader {
    closed: Vec<Closed>,
    open: Option<Box<Open>>,
    /// Takes the movements of the open statement, from its record 1 to its record 8.
    booker: Option<Booker>,
    /// The movement that is being gathered.
    group: Group,
    identifier: Identifier,
    repeats: checks::Repeats,
}

impl Reader {
    fn place(&self, line: u64) -> Place {
        let open = self.open.as_ref();
        Place {
            statement: Some(self.closed.len() + self.repeats.left_out() + 1),
            entry: open.map(|open| open.movements).filter(|count| *count > 0),
            ..Place::line(line)
        }
    }

    fn take(&mut self, line: &Line<'_>) -> Result<()> {
        let article = line.columns[1];
        match (line.columns[0], article) {
            (b'0', _) => self.header(line)?,
            (b'1', _) => self.old_balance(line)?,
            (b'2', b'1') => self.movement(line)?,
            (b'2', b'2' | b'3') => self.movement_part(line, article)?,
            (b'3', b'1') => self.information(line)?,
            (b'3', b'2' | b'3') => self.continuation(line, article)?,
            (b'4', _) => self.free_communication(line)?,
            (b'8', _) => self.new_balance(line)?,
            (b'9', _) => return self.trailer(line),
            _ => {
                let found = Field::of(line, 1, 2).text();
                return Err(Error::new(Code::CODA_RECORD_UNKNOWN).arg("found", found));
            }
        }
        if line.length > WIDTH
            && let Some(open) = &mut self.open
        {
            let warning = Error::new(Code::CODA_LINE_OVERLONG).arg("length", line.length);
            open.warn(warning.at(Place::line(line.number)));
        }
        Ok(())
    }

    fn header(&mut self, line: &Line<'_>) -> Result<()> {
        if let Some(open) = &self.open {
            return Err(misplaced(line, open.expected()));
        }
        let header = Header::read(line)?;
        let mut open = Open::new(&header);
        if header.duplicate {
            open.warn(Error::new(Code::CODA_DUPLICATE_FLAG).at(Place::line(line.number)));
        }
        self.open = Some(Box::new(open));
        Ok(())
    }

    /// The open statement, if the record may stand here.
    fn open(&mut self, line: &Line<'_>, allowed: &[After]) -> Result<&mut Open> {
        match self.open.as_deref_mut() {
            None => Err(misplaced(line, "0")),
            Some(open) if !allowed.contains(&open.after) => Err(misplaced(line, open.expected())),
            Some(open) => Ok(open),
        }
    }

    fn old_balance(&mut self, line: &Line<'_>) -> Result<()> {
        let open = self.open(line, &[After::Header])?;
        let record = OldBalance::read(line)?;
        let (account, currency) = account_of(record.structure, record.zone, line, 6)?;
        let statement = &mut open.statement;
        let (bic, addressee) = (statement.account.bic.take(), statement.account.holder.take());
        statement.account = account;
        statement.account.bic = bic;
        let holder = record.holder.text();
        statement.account.holder = if holder.is_empty() { addressee } else { Some(holder) };
        open.currency = currency;
        statement.account.currency = Some(currency);
        statement.opening = Some(Balance { date: record.date, amount: decimal(record.amount, currency) });
        open.structure = record.structure;
        open.coded_number = record.number;
        open.count(After::OldBalance);
        self.booker = Some(Booker::new(currency));
        Ok(())
    }

    #[inline]
    fn movement(&mut self, line: &Line<'_>) -> Result<()> {
        self.open(line, &[After::OldBalance, After::Movement])?;
        let record = Movement::read(line)?;
        if self.group.is_new(&record) {
            self.book()?;
        }
        self.group.add(&record, line.number);
        if let Some(open) = &mut self.open {
            open.movements += usize::from(self.group.parts().len() == 1);
            open.count(After::Movement);
        }
        Ok(())
    }

    #[inline]
    fn movement_part(&mut self, line: &Line<'_>, article: u8) -> Result<()> {
        let open = self.open(line, &[After::OldBalance, After::Movement])?;
        open.count(After::Movement);
        let version = open.version;
        // It must continue the record before it, or a line would get another one's counterparty.
        let belongs = |part: &Part, sequence, detail| {
            part.sequence == sequence
                && part.detail == detail
                && part.article < article
                && part.notes().is_empty()
        };
        if article == b'2' {
            let record = SecondPart::read(line)?;
            match self.group.last().filter(|part| belongs(part, record.sequence, record.detail)) {
                Some(part) => part.second(&record, version),
                None => return Err(misplaced(line, "2.1 of the same movement")),
            }
        } else {
            let record = ThirdPart::read(line)?;
            match self.group.last().filter(|part| belongs(part, record.sequence, record.detail)) {
                Some(part) => part.third(&record, version),
                None => return Err(misplaced(line, "2.1 of the same movement")),
            }
        }
        Ok(())
    }

    #[inline]
    fn information(&mut self, line: &Line<'_>) -> Result<()> {
        self.open(line, &[After::OldBalance, After::Movement])?.count(After::Movement);
        let record = Information::read(line)?;
        if !self.group.note(&record) {
            self.orphan(line);
        }
        Ok(())
    }

    #[inline]
    fn continuation(&mut self, line: &Line<'_>, article: u8) -> Result<()> {
        self.open(line, &[After::OldBalance, After::Movement])?.count(After::Movement);
        let record = Continuation::read(line)?;
        if !self.group.continue_note(&record, article) {
            self.orphan(line);
        }
        Ok(())
    }

    fn orphan(&mut self, line: &Line<'_>) {
        if let Some(open) = &mut self.open {
            open.warn(Error::new(Code::CODA_ORPHAN_INFORMATION).at(Place::line(line.number)));
        }
    }

    fn free_communication(&mut self, line: &Line<'_>) -> Result<()> {
        let open = self.open(line, &[After::OldBalance, After::Movement, After::NewBalance])?;
        // Version 2 leaves it out of the trailer's count.
        open.records += u64::from(open.version == b'1');
        let text = records::free_communication(line);
        let sequence = *Field::of(line, 3, 6).bytes().first_chunk().unwrap_or(b"    ");
        let first = Field::of(line, 7, 10).bytes().iter().all(|b| matches!(b, b'0' | b' '));
        if let Some(last) = open.free_texts.last_mut().filter(|last| last.sequence == sequence && !first) {
            if !last.full {
                last.text.push(' ');
            }
            text.trimmed_end().push_onto(&mut last.text);
            last.full = text.trimmed_end().bytes().len() == 80;
        } else {
            let mut owned = String::new();
            text.trimmed_end().push_onto(&mut owned);
            let full = text.trimmed_end().bytes().len() == 80;
            open.free_texts.push(FreeText { sequence, text: owned, full, line: line.number });
        }
        Ok(())
    }

    fn new_balance(&mut self, line: &Line<'_>) -> Result<()> {
        self.open(line, &[After::OldBalance, After::Movement])?;
        self.book()?;
        let booked = self.booker.take().map(Booker::finish);
        let open = self.open(line, &[After::OldBalance, After::Movement])?;
        if let Some(booked) = booked {
            open.take(booked);
        }
        let record = NewBalance::read(line)?;
        open.count(After::NewBalance);
        if !record.zone.is_blank() {
            let (account, currency) = account_of(open.structure, record.zone, line, 5)?;
            let warning = checks::account(open, &account, currency, line.number);
            open.statement.warnings.extend(warning);
        }
        open.statement.closing =
            Some(Balance { date: record.date, amount: decimal(record.amount, open.currency) });
        Ok(())
    }

    fn trailer(&mut self, line: &Line<'_>) -> Result<()> {
        // A file without movements may lack record 8.
        self.open(line, &[After::OldBalance, After::NewBalance])?;
        let trailer = Trailer::read(line)?;
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.date_lines(line.number)?;
        for free in std::mem::take(&mut open.free_texts) {
            let text = free.text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            let warning = Error::new(Code::CODA_FREE_COMMUNICATION).arg("text", text);
            open.warn(warning.at(Place::line(free.line)));
        }
        let separate = open.application.take();
        if let Some(application) = &separate {
            // It repeats what the main file holds, and its balances may be those of nothing.
            open.statement.lines.clear();
            (open.statement.opening, open.statement.closing) = (None, None);
            let warning = Error::new(Code::CODA_SEPARATE_APPLICATION).arg("application", application);
            open.warn(warning.at(Place::line(line.number)));
        } else {
            let warnings = checks::trailer(&open, &trailer, line.number);
            open.statement.warnings.extend(warnings);
        }
        let date = |balance: &Option<Balance>| balance.as_ref().and_then(|balance| balance.date);
        let day = date(&open.statement.closing).or(date(&open.statement.opening)).or(open.created_on);
        if open.coded_number != 0 {
            open.statement.number = Some(match day {
                Some(day) => compact_str::format_compact!("{:04}-{:03}", day.year(), open.coded_number),
                None => compact_str::format_compact!("{:03}", open.coded_number),
            });
        }
        open.statement.warnings.sort_by_key(|warning| warning.line.unwrap_or(u64::MAX));
        let scope = open.scope();
        open.statement.lines.shrink_to_fit();
        let seen = self.repeats.look(&scope, &open.statement, &mut self.closed);
        if seen == Seen::Same {
            return Ok(());
        }
        if let Seen::Alike(Some(place)) = seen {
            let lines = self.closed.get(place).map(|known| &known.statement.lines[..]).unwrap_or_default();
            for line in lines {
                self.identifier.remember(line.identity);
            }
        }
        open.identify(&mut self.identifier, &scope, seen == Seen::Never);
        self.closed.push(Closed {
            day: date(&open.statement.closing).or(open.created_on),
            coded_number: open.coded_number,
            separate: separate.is_some(),
            line: line.number,
            statement: open.statement,
        });
        Ok(())
    }

    /// Hands over the movement that was gathered.
    fn book(&mut self) -> Result<()> {
        if let Some(booker) = &mut self.booker {
            self.group = booker.take(std::mem::take(&mut self.group))?;
        }
        Ok(())
    }
}

fn account_of(structure: u8, zone: Field<'_>, line: &Line<'_>, from: usize) -> Result<(Account, Currency)> {
    match zones::account(structure, zone) {
        Ok((account, currency)) => Ok((account, currency.unwrap_or(Currency::EUR))),
        Err(currency) => Err(Error::new(Code::CODA_FIELD_INVALID)
            .arg("field", "the account's currency")
            .arg("positions", format!("{from}-{}", from + 36))
            .arg("found", currency.text())
            .arg("expected", "three letters")
            .at(Place::line(line.number))),
    }
}

fn misplaced(line: &Line<'_>, expected: &str) -> Error {
    Error::new(Code::CODA_RECORD_MISPLACED)
        .arg("found", records::name(line))
        .arg("expected", expected)
        .at(Place::line(line.number))
}
