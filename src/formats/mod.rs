//! Bank files into statements.
//!
//! One folder a format, each with the same files: `mod.rs` (the trait), `records.rs` (bytes to records) and
//! `map.rs` (records to statements). Adding one is a folder and one line in [`REGISTRY`]; tests that walk the
//! registry ask for fixtures and golden files.
//!
//! What holds for every format stands here: the caps ([`Input`]), detection by content ([`detect`]), and the
//! check that opening plus lines is closing. What several formats share stands beside it: [`text`] (encodings and
//! lines), [`dates`] and [`amounts`] (one order and one decimal mark for a whole file), `xml`, and `ahead` (reading on
//! a thread of its own).

mod ahead;
pub mod amounts;
pub mod archive;
pub mod camt;
pub mod coda;
pub mod csv;
pub mod dates;
mod input;
pub mod mt940;
pub mod ofx;
pub mod qif;
mod reading;
pub mod text;
pub mod xlsx;
mod xml;

pub use amounts::DecimalMark;
pub use csv::Preset;
pub use dates::DateOrder;
pub use input::{DEFAULT_MAX_SIZE, Input, unreadable};
pub use reading::{Fact, Ignored, Member, Reading, Understanding};

use std::sync::Arc;

use crate::domain::money;
use crate::domain::{Statement, Warning};
use crate::errors::{Code, Error, Place, Result};

/// How sure a format is that a file is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Not this format.
    No,
    /// It may be, if no other format is surer.
    Maybe,
    /// Its own marks stand at the head of the file.
    Sure,
}

/// What the user says about a file that does not say it itself. No choice enters the identity of a line.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// Order of day, month and year.
    pub date_order: Option<DateOrder>,
    /// Decimal mark of amounts.
    pub decimal_mark: Option<DecimalMark>,
    /// Preset of a table.
    pub preset: Option<Arc<csv::Preset>>,
}

/// A format of bank files.
pub trait StatementFormat: Sync {
    /// Short name for `--format`, JSON and folders: `coda`.
    fn id(&self) -> &'static str;
    /// Name for people: `CODA (Febelfin)`.
    fn title(&self) -> &'static str;
    /// What of it is read, for `bank-bridge formats`: versions, dialects, what is refused; one short line each.
    fn supports(&self) -> &'static [&'static str];
    /// Looks at the head of the file ([`Input::head`]); never at its name.
    fn sniff(&self, input: &Input) -> Confidence;
    /// Reads the whole file or nothing.
    ///
    /// # Errors
    /// A code of the family 3xxx with the place, for anything that would make a line wrong or lost. What a
    /// reader should merely know becomes a warning of the statement.
    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading>;
    /// Whether statements of that source are read by this format: by the part before the first dot, unless the
    /// format has several.
    fn reads(&self, source: &str) -> bool {
        family(source) == self.id()
    }
    /// A bank transaction code of this format in words, where its standard names it.
    fn describe(&self, bank_code: &str) -> Option<String> {
        let _ = bank_code;
        None
    }
}

/// All formats.
pub static REGISTRY: &[&dyn StatementFormat] =
    &[&coda::Coda, &camt::Camt, &mt940::Mt940, &ofx::Ofx, &qif::Qif, &csv::Csv, &xlsx::Xlsx, &archive::Zip];

/// The format of that name.
///
/// # Errors
/// BB-3009 where there is none.
pub fn by_id(id: &str) -> Result<&'static dyn StatementFormat> {
    let found = REGISTRY.iter().find(|format| format.id() == id);
    found.copied().ok_or_else(|| {
        let known: Vec<_> = REGISTRY.iter().map(|format| format.id()).collect();
        Error::new(Code::FORMAT_NAME_UNKNOWN).arg("name", id).arg("known", known.join(", "))
    })
}

/// The format that a statement was read by, from its `source`.
#[must_use]
pub fn of_source(source: &str) -> Option<&'static dyn StatementFormat> {
    REGISTRY.iter().copied().find(|format| format.reads(source))
}

/// The source of a statement without its version: what the lines of one source have in common.
#[must_use]
pub fn family(source: &str) -> &str {
    source.split_once('.').map_or(source, |(family, _)| family)
}

/// Which format a file is in, by its content alone.
///
/// # Errors
/// BB-3002 for none, BB-3003 for two that are equally sure, BB-3005 for an empty file.
pub fn detect(input: &Input) -> Result<&'static dyn StatementFormat> {
    if input.head().iter().all(|b| b.is_ascii_whitespace() || *b == 0x1a) {
        return Err(Error::new(Code::FILE_EMPTY).at(Place::file(input.name())));
    }
    let mut found: Vec<_> = REGISTRY.iter().map(|format| (format.sniff(input), *format)).collect();
    found.retain(|(confidence, _)| *confidence > Confidence::No);
    let best = found.iter().map(|(confidence, _)| *confidence).max();
    found.retain(|(confidence, _)| Some(*confidence) == best);
    match found.as_slice() {
        [] => Err(Error::new(Code::FORMAT_UNKNOWN).at(Place::file(input.name()))),
        [(_, one)] => Ok(*one),
        [(_, first), (_, second), ..] => Err(Error::new(Code::FORMAT_AMBIGUOUS)
            .arg("first", first.id())
            .arg("second", second.id())
            .at(Place::file(input.name()))),
    }
}

/// Reads a file: detects its format unless one is named, parses it, and checks that every statement adds up. What is
/// found in a file of an archive begins with the file's name.
///
/// # Errors
/// Those of [`detect`] and of the format, with the file's name in the place.
pub fn parse(input: &Input, format: Option<&str>, options: &ParseOptions) -> Result<Vec<Statement>> {
    let mut reading = read(input, format, options)?;
    reading.name_members();
    Ok(reading.statements)
}

/// As [`parse`], with how the file was understood.
///
/// # Errors
/// Those of [`parse`].
pub fn read(input: &Input, format: Option<&str>, options: &ParseOptions) -> Result<Reading> {
    let format = match format {
        Some(id) => by_id(id)?,
        // Who names a preset says that the file is a table.
        None if options.preset.is_some() && xlsx::is_workbook(input.head()) => &xlsx::Xlsx,
        None if options.preset.is_some() && archive::is_archive(input.head()) => &archive::Zip,
        None if options.preset.is_some() => &csv::Csv,
        None => detect(input)?,
    };
    let mut reading = format.parse(input, options).map_err(|error| error.at(Place::file(input.name())))?;
    reading.understanding.format = format.id();
    for statement in &mut reading.statements {
        statement.warnings.extend(balance_finding(statement));
    }
    Ok(reading)
}

/// The finding that a statement does not add up; none where it was found already, in a file of an archive.
fn balance_finding(statement: &Statement) -> Option<Warning> {
    if statement.warnings.iter().any(|warning| warning.code == Code::BALANCE_DIFFERS) {
        return None;
    }
    let difference = statement.difference().filter(|difference| !difference.is_zero())?;
    let (opening, closing) = (statement.opening.as_ref()?, statement.closing.as_ref()?);
    let currency = statement.currency().unwrap_or(crate::domain::Currency::EUR);
    let show = |amount| money::display(amount, currency);
    Some(
        Error::new(Code::BALANCE_DIFFERS)
            .arg("opening", show(opening.amount))
            .arg("lines", show(statement.sum()))
            .arg("computed", show(closing.amount - difference))
            .arg("closing", show(closing.amount))
            .arg("currency", currency)
            .into_warning(),
    )
}
