//! Lines into records, and headers into what the records after them are.
//!
//! Records go to the other thread in batches ([`crate::formats::ahead`]).

use rust_decimal::Decimal;

use crate::domain::{Account, Date, Identity};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::text::{TextFile, TextLines};
use crate::formats::{DateOrder, Understanding};

/// Records of a batch: few enough for the processor's cache.
const BATCH: usize = 256;

/// What the records of a section are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Transactions of an account of that type.
    Lines(Kind),
    /// Definitions of accounts.
    Accounts,
    /// Transactions in securities.
    Investments,
    /// Lists: categories, classes, prices, …
    List,
}

/// Type of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Current or savings account; what a file without header holds.
    #[default]
    Bank,
    /// Credit card.
    Card,
    /// Cash.
    Cash,
    /// Other asset.
    Asset,
    /// Other liability.
    Liability,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Bank => "bank account",
            Self::Card => "card account",
            Self::Cash => "cash",
            Self::Asset => "other asset",
            Self::Liability => "other liability",
        }
    }
}

/// One record; its texts are kept from one to the next, so that reading costs no memory.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Line of its first field.
    pub(super) line: u64,
    pub(super) date_line: u64,
    pub(super) date: String,
    amount: String,
    amount_again: String,
    pub(super) number: String,
    pub(super) payee: String,
    pub(super) memo: String,
    pub(super) address: String,
    pub(super) category: String,
    pub(super) cleared: String,
    pub(super) splits: Vec<Split>,
    /// How many of them this record has.
    pub(super) split_count: usize,
    filled: bool,
}

/// One part of a record.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub(super) category: String,
    pub(super) memo: String,
    pub(super) amount: String,
}

/// Transactions that follow one another.
#[derive(Default)]
pub(super) struct Batch {
    /// As many of these are filled as there are lines.
    records: Vec<Record>,
    lines: Vec<Line>,
    /// Where the transactions of an account begin.
    runs: Vec<Run>,
}

/// What a transaction says by its own.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) booked_on: Date,
    pub(super) amount: Decimal,
    /// Before equal ones are counted.
    pub(super) identity: Identity,
}

/// Transactions of one account.
pub(super) struct Run {
    first: usize,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) account: Account,
}

impl Batch {
    /// The transactions, by account.
    pub(super) fn runs(&self) -> impl Iterator<Item = (&Run, impl Iterator<Item = (&Record, &Line)>)> {
        let ends = self.runs.iter().skip(1).map(|run| run.first).chain([self.lines.len()]);
        self.runs.iter().zip(ends).map(|(run, end)| {
            let records = self.records.get(run.first..end).unwrap_or_default();
            (run, records.iter().zip(self.lines.get(run.first..end).unwrap_or_default()))
        })
    }
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A transaction.
    Line,
    /// Something that is no transaction of an account.
    Other,
}

impl Record {
    fn clear(&mut self) {
        for text in [
            &mut self.date,
            &mut self.amount,
            &mut self.amount_again,
            &mut self.number,
            &mut self.payee,
            &mut self.memo,
            &mut self.address,
            &mut self.category,
            &mut self.cleared,
        ] {
            text.clear();
        }
        self.split_count = 0;
        self.filled = false;
    }

    /// The amount as written; U has the same as T and stands for it where T is missing.
    pub(super) fn amount(&self) -> Option<&str> {
        [&self.amount, &self.amount_again].into_iter().map(String::as_str).find(|text| !text.is_empty())
    }

    /// The amount that is given twice, as T and as U.
    pub(super) fn both_amounts(&self) -> Option<(&str, &str)> {
        let (first, again) = (self.amount.as_str(), self.amount_again.as_str());
        (!first.is_empty() && !again.is_empty() && first != again).then_some((first, again))
    }

    pub(super) fn splits(&self) -> &[Split] {
        self.splits.get(..self.split_count).unwrap_or_default()
    }

    pub(super) fn no_date(&self) -> Error {
        if self.date.is_empty() {
            return Error::new(Code::QIF_DATE_MISSING).at(Place::line(self.line));
        }
        Error::new(Code::QIF_DATE).arg("found", shown(&self.date)).at(Place::line(self.date_line))
    }

    pub(super) fn no_amount(&self, found: &str) -> Error {
        Error::new(Code::QIF_AMOUNT).arg("found", shown(found)).at(Place::line(self.line))
    }

    /// The part that is being read; the first field of one begins another.
    fn split(&mut self, begins: bool) -> &mut Split {
        if begins || self.split_count == 0 {
            if self.splits.len() == self.split_count {
                self.splits.push(Split::default());
            } else if let Some(split) = self.splits.get_mut(self.split_count) {
                split.category.clear();
                split.memo.clear();
                split.amount.clear();
            }
            self.split_count += 1;
        }
        let last = self.split_count - 1;
        if self.splits.len() <= last {
            self.splits.push(Split::default());
        }
        #[expect(clippy::indexing_slicing, reason = "it was pushed above")]
        &mut self.splits[last]
    }

    fn take(&mut self, letter: u8, value: &str, line: u64) {
        if !self.filled {
            (self.line, self.filled) = (line, true);
        }
        let value = trimmed(value);
        let add = |text: &mut String| {
            if !text.is_empty() && !value.is_empty() {
                text.push(' ');
            }
            text.push_str(value);
        };
        match letter {
            b'D' => {
                self.date.clear();
                self.date.push_str(value);
                self.date_line = line;
            }
            b'T' => add(&mut self.amount),
            b'U' => add(&mut self.amount_again),
            b'N' => add(&mut self.number),
            b'P' => add(&mut self.payee),
            b'M' => add(&mut self.memo),
            b'A' => add(&mut self.address),
            b'L' => add(&mut self.category),
            b'C' => add(&mut self.cleared),
            b'S' => add(&mut self.split(true).category),
            b'E' => add(&mut self.split(false).memo),
            b'$' => add(&mut self.split(false).amount),
            _ => {}
        }
    }
}

/// Without blanks around it. Few values have any, which their first and last byte show.
fn trimmed(value: &str) -> &str {
    let bytes = value.as_bytes();
    let solid = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if solid(bytes.first()) && solid(bytes.last()) { value } else { value.trim() }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The records of a file.
pub(super) struct Records<'t> {
    lines: TextLines<'t>,
    section: Option<Section>,
    /// A header that ended the last record, and its line.
    held: Option<(String, u64)>,
    /// Name and type of the account that the lines are of, as the last definition says.
    account: String,
    kind: Kind,
    /// Whether definitions of accounts are a list, and select none.
    listing: bool,
    month_first: bool,
    /// Whether a record was read before any header.
    pub(super) without_header: bool,
    /// What is in the file and became no line.
    pub(super) ignored: Understanding,
    /// How many records of investments there are, and the first.
    pub(super) investments: Option<u64>,
}

impl<'t> Records<'t> {
    pub(super) fn new(file: &'t TextFile<'_>) -> Result<Self> {
        Ok(Self {
            lines: file.text_lines()?,
            section: None,
            held: None,
            account: String::new(),
            kind: Kind::Bank,
            listing: false,
            month_first: false,
            without_header: false,
            ignored: Understanding::default(),
            investments: None,
        })
    }

    /// The order of dates that the file states.
    pub(super) fn stated_order(&self) -> Option<DateOrder> {
        self.month_first.then_some(DateOrder::MonthDayYear)
    }

    /// Reads transactions; false at the end of the file. What was read before a failure stays.
    pub(super) fn fill(
        &mut self,
        batch: &mut Batch,
        mut read: impl FnMut(&Record, &Account) -> Result<Line>,
    ) -> Result<bool> {
        let Batch { records, lines, runs } = batch;
        lines.clear();
        runs.clear();
        records.resize_with(BATCH, Record::default);
        for record in records {
            loop {
                match self.next(record)? {
                    Some(Next::Line) => break,
                    Some(Next::Other) => {}
                    None => return Ok(false),
                }
            }
            if !runs.last().is_some_and(|run| run.name == self.account && run.kind == self.kind) {
                let mut account = Account::default();
                account.set_number(&self.account);
                let (name, kind) = (self.account.clone(), self.kind);
                runs.push(Run { first: lines.len(), name, kind, account });
            }
            let Some(run) = runs.last() else { continue };
            lines.push(read(record, &run.account)?);
        }
        Ok(true)
    }

    /// Reads the next record; none at the end.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<Option<Next>> {
        record.clear();
        if let Some((header, line)) = self.held.take() {
            self.header(&header, line)?;
        }
        while let Some((line, number)) = self.lines.advance()? {
            let Some(letter) = line.as_bytes().first() else { continue };
            let value = line.get(1..).unwrap_or_default();
            match letter {
                b'^' => {
                    if record.filled {
                        return Ok(Some(self.done(record)));
                    }
                }
                b'!' => {
                    let header = value.trim().to_ascii_lowercase();
                    // A header ends a record that lacks its end, and says nothing of it.
                    if record.filled {
                        self.held = Some((header, number));
                        return Ok(Some(self.done(record)));
                    }
                    self.header(&header, number)?;
                }
                b'#' if !record.filled => self.ignored.ignore("remarks", "they begin with #", Some(number)),
                _ if line.trim_ascii().is_empty() => {}
                letter => record.take(*letter, value, number),
            }
        }
        Ok(record.filled.then(|| self.done(record)))
    }

    fn done(&mut self, record: &Record) -> Next {
        match self.section {
            None => {
                self.without_header = true;
                Next::Line
            }
            Some(Section::Lines(_)) => Next::Line,
            Some(Section::Accounts) => {
                if self.listing {
                    let why = "they list the accounts of a program";
                    self.ignored.ignore("definitions of accounts", why, Some(record.line));
                }
                self.account.clone_from(&record.number);
                Next::Other
            }
            Some(Section::Investments) => {
                self.investments.get_or_insert(record.line);
                self.ignored.ignore(
                    "transactions in securities",
                    "they are of no bank account",
                    Some(record.line),
                );
                Next::Other
            }
            Some(Section::List) => {
                self.ignored.ignore("entries of lists", "they are no transactions", Some(record.line));
                Next::Other
            }
        }
    }

    fn header(&mut self, header: &str, line: u64) -> Result<()> {
        let compact: String = header.chars().filter(|c| !c.is_whitespace()).collect();
        let (name, value) = match compact.split_once(':') {
            Some((name, value)) => (name, value),
            None => compact.strip_prefix("type").map_or((compact.as_str(), ""), |value| ("type", value)),
        };
        match (name, value) {
            ("account", _) => self.section = Some(Section::Accounts),
            ("option", "autoswitch") => self.listing = true,
            ("clear", "autoswitch") => {
                self.listing = false;
                self.account.clear();
            }
            ("option", "mdy") => self.month_first = true,
            ("option" | "clear", _) => {
                self.ignored.ignore("settings of a program", "they say nothing of transactions", Some(line));
            }
            ("type", value) => {
                self.section = Some(section(value).ok_or_else(|| {
                    Error::new(Code::QIF_SECTION_UNKNOWN).arg("name", shown(header)).at(Place::line(line))
                })?);
                if let Some(Section::Lines(kind)) = self.section {
                    self.kind = kind;
                }
            }
            _ => {
                return Err(Error::new(Code::QIF_SECTION_UNKNOWN)
                    .arg("name", shown(header))
                    .at(Place::line(line)));
            }
        }
        Ok(())
    }
}

/// What the records after `!Type:…` are; blanks taken out.
fn section(name: &str) -> Option<Section> {
    Some(match name {
        "bank" => Section::Lines(Kind::Bank),
        "ccard" | "creditcard" => Section::Lines(Kind::Card),
        "cash" => Section::Lines(Kind::Cash),
        "otha" | "oths" => Section::Lines(Kind::Asset),
        "othl" => Section::Lines(Kind::Liability),
        "invst" | "port" | "mutual" => Section::Investments,
        name if name.starts_with("401") => Section::Investments,
        "cat" | "class" | "memorized" | "security" | "prices" | "budget" | "tax" | "invoice" | "bill"
        | "template" | "tag" | "unrecordedinvst" => Section::List,
        _ => return None,
    })
}
