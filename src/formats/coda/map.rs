//! Records to statements: which record may follow which, what becomes a line, what is noted.
//!
//! A movement is one amount on the account however many details follow it, and details never add to it. What the
//! books want is decided when its last record has been read:
//!
//! | movement | details | lines |
//! |---|---|---|
//! | any | none | the movement |
//! | total (1, 2) | two or more that add up to it | the details, each on its own, the total in their facts |
//! | total (1, 2) | one that equals it | the movement, which takes what it lacks from the detail |
//! | simple (0, 3) | add up to it | the movement, the details (charges, VAT) among its facts |
//! | any | do not add up to it | the movement, the details among its facts, and a warning |

use super::checks::{self, Closed};
use super::codes;
use super::group::{Group, Part};
use super::line::{as_fact, draft, enrich, finding, transaction};
use super::lines::{Line, Lines, WIDTH};
use super::records::{
    self, Continuation, Field, Header, Information, Movement, NewBalance, OldBalance, SecondPart, ThirdPart,
    Trailer,
};
use super::structured::{Doubt, Draft, decimal};
use super::zones;
use crate::domain::{
    Account, Balance, Currency, Date, Detail, Identifier, Identity, Statement, Text, Transaction,
};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::Input;

/// Reads a file.
///
/// # Errors
/// BB-31xx with the line, BB-3005 and BB-3006 for a file that is empty or cut.
pub(super) fn read(input: &Input) -> Result<Vec<Statement>> {
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
    Ok(checks::in_order(reader.closed))
}

/// What was read of the file, and buffers that serve all of it.
#[derive(Default)]
struct Reader {
    closed: Vec<Closed>,
    open: Option<Box<Open>>,
    group: Group,
    draft: Draft,
    identifier: Identifier,
    repeats: checks::Repeats,
}

/// The record that was read last, as far as it decides what may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Header,
    OldBalance,
    Movement,
    NewBalance,
}

/// A free communication of record 4.
struct FreeText {
    sequence: [u8; 4],
    text: String,
    full: bool,
    line: u64,
}

/// The statement that is being read.
pub(super) struct Open {
    after: After,
    pub(super) version: u8,
    created_on: Option<Date>,
    application: Option<Text>,
    pub(super) structure: u8,
    pub(super) currency: Currency,
    pub(super) coded_number: u32,
    pub(super) statement: Statement,
    /// Records that the trailer counts.
    pub(super) records: u64,
    movements: usize,
    /// Thousandths of the movements; both positive.
    pub(super) debit: i128,
    pub(super) credit: i128,
    /// Sequence and detail number of each line, for its identity.
    keys: Vec<(u16, u16)>,
    /// Lines without an entry date: which, sequence number, line of the file, whether it has a value date.
    undated: Vec<(usize, u16, u64, bool)>,
    free_texts: Vec<FreeText>,
    /// Codes and types that were reported: once a statement is enough.
    reported: Vec<Text>,
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
        Ok(())
    }

    #[inline]
    fn movement(&mut self, line: &Line<'_>) -> Result<()> {
        self.open(line, &[After::OldBalance, After::Movement])?;
        let record = Movement::read(line)?;
        if self.group.is_new(&record) {
            self.book();
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
        self.book();
        let open = self.open(line, &[After::OldBalance, After::Movement])?;
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
        let scope = open.scope();
        open.statement.lines.shrink_to_fit();
        if self.repeats.is_repeat(&scope, &open.statement, &mut self.closed) {
            return Ok(());
        }
        open.identify(&mut self.identifier, &scope);
        self.closed.push(Closed {
            day: date(&open.statement.closing).or(open.created_on),
            coded_number: open.coded_number,
            separate: separate.is_some(),
            line: line.number,
            statement: open.statement,
        });
        Ok(())
    }

    /// Turns the movement that was gathered into its lines.
    fn book(&mut self) {
        if let (Some(open), Some((top, details))) = (&mut self.open, self.group.parts().split_first()) {
            open.book(top, details, &mut self.draft);
        }
        self.group.clear();
    }
}

impl Open {
    fn new(header: &Header<'_>) -> Self {
        let version = if header.version == b'1' { "coda.1" } else { "coda.2" };
        let filled = |field: Field<'_>| Some(field.text()).filter(|text| !text.is_empty());
        let statement = Statement {
            source: Text::const_new(version),
            number: None,
            account: Account {
                bic: filled(header.bic),
                holder: filled(header.addressee),
                ..Account::default()
            },
            opening: None,
            closing: None,
            lines: Vec::new(),
            warnings: Vec::new(),
        };
        Self {
            after: After::Header,
            version: header.version,
            created_on: header.created_on,
            application: separate_application(header.application),
            structure: b' ',
            currency: Currency::EUR,
            coded_number: 0,
            statement,
            records: 0,
            movements: 0,
            debit: 0,
            credit: 0,
            keys: Vec::new(),
            undated: Vec::new(),
            free_texts: Vec::new(),
            reported: Vec::new(),
        }
    }

    fn expected(&self) -> &'static str {
        match self.after {
            After::Header => "1",
            After::OldBalance => "2.1, 8 or 9",
            After::Movement => "2, 3 or 8",
            After::NewBalance => "4 or 9",
        }
    }

    #[inline]
    fn count(&mut self, after: After) {
        self.records += 1;
        self.after = after;
    }

    fn warn(&mut self, warning: Error) {
        self.statement.warnings.push(warning.into_warning());
    }

    fn book(&mut self, top: &Part, details: &[Part], draft: &mut Draft) {
        if top.amount < 0 {
            self.debit -= i128::from(top.amount);
        } else {
            self.credit += i128::from(top.amount);
        }
        if details.is_empty() {
            let line = self.line(top, top, draft);
            self.push(line, top, top);
            return;
        }
        let typed = details.iter().any(|part| is_detail(part.code[0]));
        let mut children: Vec<Child<'_>> = Vec::new();
        for part in details {
            let fact = self.line(part, top, draft);
            match children.last_mut() {
                Some(child) if typed && !is_detail(part.code[0]) => child.subs.push((fact, part.amount)),
                _ => children.push(Child { part, line: fact, subs: Vec::new() }),
            }
        }
        let sum: i128 = children.iter().map(|child| i128::from(child.part.amount)).sum();
        let equal = sum == i128::from(top.amount);
        for child in &mut children {
            self.fold(child);
        }
        if equal && children.len() > 1 && matches!(top.code[0], b'1' | b'2') {
            for Child { part, mut line, .. } in children {
                let total = decimal(top.amount, self.currency);
                let total = compact_str::format_compact!("{total} {}", self.currency);
                line.details.push(Detail { label: Text::const_new("Part of a total of"), value: total });
                let reference = top.reference.clone();
                line.details
                    .push(Detail { label: Text::const_new("Reference of the total"), value: reference });
                self.push(line, part, top);
            }
            return;
        }
        if !equal {
            self.details_differ(top, sum);
        }
        let mut line = self.line(top, top, draft);
        let only = children.len() == 1;
        for (place, child) in children.iter().enumerate() {
            if only && equal || &child.part.code[5..] == b"100" {
                enrich(&mut line, &child.line);
            } else if line.original.is_none() {
                line.original.clone_from(&child.line.original);
            }
            line.details.push(as_fact(place + 1, &child.line));
        }
        self.push(line, top, top);
    }

    /// Details of a detail become its facts.
    fn fold(&mut self, child: &mut Child<'_>) {
        if child.subs.is_empty() {
            return;
        }
        let sum: i128 = child.subs.iter().map(|(_, amount)| i128::from(*amount)).sum();
        if sum != i128::from(child.part.amount) {
            self.details_differ(child.part, sum);
        }
        for (place, (sub, _)) in child.subs.iter().enumerate() {
            child.line.details.push(as_fact(place + 1, sub));
        }
    }

    fn details_differ(&mut self, part: &Part, sum: i128) {
        let warning = Error::new(Code::CODA_DETAILS_DIFFER)
            .arg("sequence", format!("{:04}", part.sequence))
            .arg("details", checks::show(sum, self.currency))
            .arg("amount", decimal(part.amount, self.currency));
        self.warn(warning.at(Place::line(part.line)));
    }

    /// A part as a line, booked on the day of its movement.
    fn line(&mut self, part: &Part, top: &Part, buffer: &mut Draft) -> Transaction {
        let currency = self.currency;
        draft(part, currency, buffer, |doubt| self.report(doubt, part.line));
        if !codes::is_known(&part.code) {
            let code = codes::digits(&part.code);
            self.once(code.clone(), || {
                Error::new(Code::CODA_CODE_UNKNOWN).arg("bank_code", code).at(Place::line(part.line))
            });
        }
        let mut line = transaction(part, currency, buffer, Identity::UNSET);
        line.booked_on =
            top.booked_on.or(part.booked_on).or(part.value_on).or(top.value_on).unwrap_or(Date::ZERO);
        line
    }

    fn report(&mut self, doubt: Doubt, line: u64) {
        match &doubt {
            Doubt::CheckDigits(_) => self.warn(finding(doubt, line)),
            Doubt::UnknownType(kind) => self.once(kind.clone(), || finding(doubt, line)),
        }
    }

    fn once(&mut self, what: Text, warning: impl FnOnce() -> Error) {
        if !self.reported.contains(&what) {
            self.reported.push(what);
            self.warn(warning());
        }
    }

    fn push(&mut self, line: Transaction, part: &Part, top: &Part) {
        if top.booked_on.is_none() && part.booked_on.is_none() {
            let dated = line.booked_on != Date::ZERO;
            self.undated.push((self.statement.lines.len(), part.sequence, part.line, dated));
        }
        self.keys.push((part.sequence, part.detail));
        self.statement.lines.push(line);
    }

    /// Books lines that name no day at all on the day of the closing balance, and says so.
    fn date_lines(&mut self, trailer: u64) -> Result<()> {
        let closing = self.statement.closing.as_ref().and_then(|balance| balance.date).or(self.created_on);
        for (place, sequence, line, dated) in std::mem::take(&mut self.undated) {
            let Some(transaction) = self.statement.lines.get_mut(place) else { continue };
            if !dated {
                transaction.booked_on = closing.ok_or_else(|| {
                    Error::new(Code::CODA_FIELD_INVALID)
                        .arg("field", "the date of the new balance")
                        .arg("positions", "58-63")
                        .arg("found", "blank")
                        .arg("expected", "a date, since a movement has none")
                        .at(Place::line(trailer))
                })?;
            }
            let what = if dated { "the value date" } else { "the date of the new balance" };
            let warning = Error::new(Code::CODA_DATE_TAKEN)
                .arg("sequence", format!("{sequence:04}"))
                .arg("taken", format!("{what} {}", transaction.booked_on));
            self.warn(warning.at(Place::line(line)));
        }
        Ok(())
    }

    /// What tells this statement from others of the account: day and number, balances. Not the file's name or
    /// day, nor anything that a gateway changes.
    fn scope(&self) -> [String; 4] {
        let amount = |balance: &Option<Balance>| {
            balance.as_ref().map(|balance| balance.amount.normalize().to_string()).unwrap_or_default()
        };
        let closing = &self.statement.closing;
        let day =
            closing.as_ref().and_then(|balance| balance.date).map(|day| day.to_string()).unwrap_or_default();
        [day, amount(&self.statement.opening), amount(closing), self.coded_number.to_string()]
    }

    /// Gives each line its identity. A statement of CODA comes whole or not at all, so its own marks and the
    /// numbers within it tell a line for good.
    fn identify(&mut self, identifier: &mut Identifier, scope: &[String; 4]) {
        let [day, opening, closing, number] = scope;
        let account = self.statement.account.key();
        for (line, (sequence, detail)) in self.statement.lines.iter_mut().zip(&self.keys) {
            let place = [*sequence, *detail].map(four_digits);
            let [sequence, detail] =
                place.each_ref().map(|digits| std::str::from_utf8(digits).unwrap_or_default());
            let reference = line.reference.as_deref().unwrap_or_default();
            let references = [day, opening, closing, number, sequence, detail, reference];
            line.identity =
                identifier.by_reference(account, line.currency, line.booked_on, line.amount, &references);
        }
    }
}

/// A detail of a movement, with its own details.
struct Child<'g> {
    part: &'g Part,
    line: Transaction,
    subs: Vec<(Transaction, i64)>,
}

fn is_detail(kind: u8) -> bool {
    matches!(kind, b'5'..=b'8')
}

fn four_digits(number: u16) -> [u8; 4] {
    [1000, 100, 10, 1].map(|unit| b'0' + u8::try_from(number / unit % 10).unwrap_or(0))
}

/// The code of a separate application: family, transaction, and 5 where families are mixed. A code that names
/// neither a family nor a mixture is some exporter's filler and makes no movement a repetition.
fn separate_application(field: Field<'_>) -> Option<Text> {
    let code = field.text();
    let digits = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    (digits && (!code.starts_with("00") || code.ends_with('5'))).then_some(code)
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
