//! A preset: what the columns of one bank's export are, as data.
//!
//! One small TOML file each, so that a person who knows a bank's export can write one without knowing Rust, use it
//! with `--preset FILE` and share it. Those that come with the program stand in `presets/` and are compiled in.
//! Nothing in a preset computes: what needs code (the labels inside ING's remarks) is a named reader.
//!
//! ```toml
//! bank = "Bank of Example"
//! about = "current account, Dutch and French, from the web site"
//! dates = "dmy"
//! decimal = "comma"
//!
//! [columns]
//! account = "Rekening|Compte"
//! booked = "Datum|Date"
//! amount = "Bedrag|Montant"
//! counterparty-name = "Naam|Nom"
//! text = ["Omschrijving|Description", "Mededeling?|Communication?"]
//!
//! [identity]
//! reference = ["Referentie|Référence"]
//! text = ["Omschrijving|Description"]
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::cells::CellKind;
use super::names::Column;
use super::readers::Reader;
pub use super::role::Role;
use crate::domain::Currency;
use crate::errors::{Code, Error, Place, Result, in_words};
use crate::formats::{DateOrder, DecimalMark};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/formats/csv/presets");
/// Largest file that is read as a preset, in bytes.
const MAX_SIZE: u64 = 256 << 10;

/// What the columns of an export are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the file")]
pub struct Preset {
    /// Short name: that of its file without `.toml`.
    #[serde(skip)]
    pub id: String,
    /// The bank's name.
    pub bank: String,
    /// Which of its exports, for a person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Country of the bank (ISO 3166-1 alpha-2), to list presets by; none for those of many countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What stands between cells; found by itself where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Encoding of files that are not UTF-8, where it is not windows-1252: `windows-1250`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Whether quotation marks are ordinary characters.
    #[serde(skip_serializing_if = "is_false")]
    pub unquoted: bool,
    /// Order of day, month and year; decided by all dates of the file where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateOrder>,
    /// Decimal mark; decided by all amounts of the file where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimals>,
    /// Currency of the account (ISO 4217), where no column says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Texts of the account column that name no account of their own: `Current`, where a file holds the main account
    /// and pockets beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub main_account: Vec<String>,
    /// Whether money out is positive, as on some card statements.
    #[serde(skip_serializing_if = "is_false")]
    pub inverted: bool,
    /// Whether the fee is written with the sign of what it moves, and so added to the amount.
    #[serde(skip_serializing_if = "is_false")]
    pub signed_fee: bool,
    /// Whether a file with further columns is another export.
    #[serde(skip_serializing_if = "is_false")]
    pub only: bool,
    /// Whether rows may go on behind the last column, with more of its text.
    #[serde(skip_serializing_if = "is_false")]
    pub ragged: bool,
    /// Whether the bank writes its texts without quotation marks, so that a delimiter in one makes a cell more.
    #[serde(skip_serializing_if = "is_false")]
    pub spills: bool,
    /// Rows above the first transaction of a file without header.
    #[serde(skip_serializing_if = "is_zero")]
    pub rows_above: usize,
    /// Whether rows that move nothing are notices of the bank and left out.
    #[serde(skip_serializing_if = "is_false")]
    pub skip_zero: bool,
    /// Order of the rows, where neither dates nor balances show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<RowOrder>,
    /// What a row without a booking date is.
    #[serde(skip_serializing_if = "Undated::is_default")]
    pub undated: Undated,
    /// First cells of rows below the transactions that are none: `Kontostand`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub footer: Vec<String>,
    /// Columns that the header has besides those below, by which this export is told from others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub header: Vec<Column>,
    /// What each column holds, where the file has no header: the first rows must fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellKind>,
    /// How the remarks of this bank are taken apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<Reader>,
    /// Which column is what.
    pub columns: BTreeMap<Role, Columns>,
    /// Further columns for the note of the line, by their label.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Columns>,
    /// What the column `direction` says.
    #[serde(skip_serializing_if = "Direction::is_empty")]
    pub direction: Direction,
    /// Rows that are kept and rows that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Rows>,
    /// Labels above or below the table.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// By what a line is recognised again.
    #[serde(skip_serializing_if = "IdentityColumns::is_empty")]
    pub identity: IdentityColumns,
}

/// One column, or several whose texts are joined with a blank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Columns {
    /// One.
    One(Column),
    /// Several, in this order.
    Several(Vec<Column>),
}

impl Columns {
    pub(super) fn all(&self) -> &[Column] {
        match self {
            Self::One(column) => std::slice::from_ref(column),
            Self::Several(columns) => columns,
        }
    }
}

/// How amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimals {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
    /// Each amount by itself, for banks that mix both in one file: the last mark is the decimal mark, where one or
    /// two digits follow it; a lone point before three digits is thousands, a lone comma before three an error.
    LastMark,
}

impl From<DecimalMark> for Decimals {
    fn from(mark: DecimalMark) -> Self {
        match mark {
            DecimalMark::Point => Self::Point,
            DecimalMark::Comma => Self::Comma,
        }
    }
}

/// Order of the rows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowOrder {
    /// The last transaction first.
    NewestFirst,
    /// The first transaction first.
    OldestFirst,
}

/// What a row without a booking date is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undated {
    /// An error: a line would be lost.
    #[default]
    Error,
    /// A detail of the row above, whose amount holds it already: its text is added there.
    Detail,
    /// Not booked yet, so no line.
    Pending,
    /// A detail where it has no amount, else not booked yet.
    DetailOrPending,
}

impl Undated {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What the column `direction` says of an amount without sign. Any other text is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Direction {
    /// Texts for money in.
    #[serde(rename = "in")]
    pub money_in: Vec<String>,
    /// Texts for money out.
    #[serde(rename = "out")]
    pub money_out: Vec<String>,
}

impl Direction {
    fn is_empty(&self) -> bool {
        self.money_in.is_empty() && self.money_out.is_empty()
    }
}

/// Rows by what stands in one column. Any text that is neither kept nor left out is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rows {
    /// The column.
    pub column: Column,
    /// Texts of rows that are transactions.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Texts of rows that are none.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Why these are none, after "because": `the bank has not booked them`.
    pub because: String,
}

/// Labels in rows above or below the table, whose value stands in the next cell or behind a colon; that of an account
/// whose label ends in `↓` stands below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// Account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account: Vec<String>,
    /// Its holder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holder: Vec<String>,
    /// Its currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub currency: Vec<String>,
    /// Balance before the first transaction of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opening: Vec<String>,
    /// Balance after the last transaction of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<String>,
}

impl Labels {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// By what a line is recognised again, besides account, currency, booking date and amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct IdentityColumns {
    /// Columns of the bank's own reference, which it never changes. A row where one is empty goes by `text`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<Column>,
    /// Whether the reference is the one that the reader finds in the remarks.
    #[serde(skip_serializing_if = "is_false")]
    pub found_reference: bool,
    /// Columns that the bank does not change from one export to the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Column>,
}

impl IdentityColumns {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Preset {
    /// Those that come with the program, by id.
    pub fn built_in() -> impl Iterator<Item = &'static Arc<Self>> {
        static ALL: LazyLock<Vec<Arc<Preset>>> = LazyLock::new(|| {
            let mut all: Vec<_> = BUILT_IN
                .files()
                .filter(|file| file.path().extension().is_some_and(|end| end == "toml"))
                .filter_map(|file| {
                    let id = file.path().file_stem()?.to_str()?;
                    // A test reads them all, so that none fails here.
                    Preset::read(id, file.contents_utf8()?).ok().map(Arc::new)
                })
                .collect();
            all.sort_by(|a, b| a.id.cmp(&b.id));
            all
        });
        ALL.iter()
    }

    /// Texts of those that come with the program, by id, before they are understood.
    #[cfg(test)]
    pub(super) fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.files().filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
    }

    /// One by the id of a built-in one, or by the path of a file.
    ///
    /// # Errors
    /// BB-3601 where there is neither, BB-3602 where the file is no preset.
    pub fn load(name: &str) -> Result<Arc<Self>> {
        if let Some(known) = Self::built_in().find(|preset| preset.id == name) {
            return Ok(known.clone());
        }
        let path = Path::new(name);
        let missing = |reason: &str| Error::new(Code::PRESET_MISSING).arg("name", name).arg("reason", reason);
        let size = std::fs::metadata(path).map_err(|error| missing(&in_words(&error)))?.len();
        if size > MAX_SIZE {
            return Err(missing("it is too large for a preset"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| missing(&in_words(&error)))?;
        let id = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let at = Place::file(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
        Self::read(&id, &text).map(Arc::new).map_err(|error| error.at(at))
    }

    /// One by the id of a built-in one, or by its text; no file is looked for.
    ///
    /// # Errors
    /// BB-3602 where the text is no preset.
    pub fn given(said: &str) -> Result<Arc<Self>> {
        match Self::built_in().find(|preset| preset.id == said) {
            Some(known) => Ok(known.clone()),
            None => Self::read("given", said).map(Arc::new),
        }
    }

    /// Reads the text of a preset.
    ///
    /// # Errors
    /// BB-3602 with the line and what is wrong.
    pub fn read(id: &str, text: &str) -> Result<Self> {
        let wrong = |reason: String| Error::new(Code::PRESET_INVALID).arg("reason", reason);
        let mut preset: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                before.bytes().filter(|b| *b == b'\n').count() as u64 + 1
            });
            let reason = error.message().trim().replace('\n', ", ");
            wrong(reason).at(line.map(Place::line).unwrap_or_default())
        })?;
        id.clone_into(&mut preset.id);
        preset.check().map_err(wrong)?;
        Ok(preset)
    }

    /// Says what is missing for reading a file by it.
    fn check(&self) -> std::result::Result<(), String> {
        let has = |role: Role| self.columns.contains_key(&role);
        if self.bank.trim().is_empty() {
            return Err("bank is missing".to_owned());
        }
        if !has(Role::Booked) {
            return Err("columns.booked is missing: the column of the booking date".to_owned());
        }
        let two = has(Role::Debit) && has(Role::Credit);
        if has(Role::Amount) == two || has(Role::Debit) != has(Role::Credit) {
            return Err("columns needs amount, or debit and credit, and not both".to_owned());
        }
        if has(Role::Direction) == self.direction.is_empty() {
            return Err("columns.direction and the table direction go together".to_owned());
        }
        if self.currency.as_deref().is_some_and(|code| Currency::new(code).is_none()) {
            return Err("currency is not three letters".to_owned());
        }
        if self
            .encoding
            .as_ref()
            .is_some_and(|label| encoding_rs::Encoding::for_label(label.as_bytes()).is_none())
        {
            return Err("encoding is none that is known".to_owned());
        }
        if self.delimiter.is_some_and(|mark| !mark.is_ascii() || mark == '"') {
            return Err("delimiter is not one ASCII character".to_owned());
        }
        let mut columns = self.columns.values().chain(self.details.values()).flat_map(Columns::all);
        if !self.cells.is_empty() && !columns.all(Column::is_place) {
            return Err("a file without header has columns by their place: @1".to_owned());
        }
        Ok(())
    }

    /// As the text of a file.
    ///
    /// # Errors
    /// BB-9001 where it cannot be written, which would be our bug.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::new(Code::BUG).arg("what", error))
    }

    /// The columns of a role.
    pub(super) fn of(&self, role: Role) -> &[Column] {
        self.columns.get(&role).map_or(&[], Columns::all)
    }

    /// Columns that a file of it must have.
    pub(super) fn required(&self) -> impl Iterator<Item = &Column> {
        let columns = self.columns.values().chain(self.details.values()).flat_map(Columns::all);
        let identity = self.identity.reference.iter().chain(&self.identity.text);
        let rows = self.rows.iter().map(|rows| &rows.column);
        self.header.iter().chain(columns).chain(identity).chain(rows).filter(|column| !column.is_optional())
    }

    /// A column that a file of it must have by one of a few whole names; none where it has no such column.
    pub(super) fn marker(&self) -> Option<&Column> {
        if !self.cells.is_empty() {
            return None;
        }
        self.required().find(|column| column.is_whole())
    }

    /// Title for a person.
    #[must_use]
    pub fn title(&self) -> String {
        if self.about.is_empty() { self.bank.clone() } else { format!("{}: {}", self.bank, self.about) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "bank = \"B\"\n[columns]\nbooked = \"Date\"\namount = \"Amount\"\n";

    #[test]
    fn every_preset_of_ours_is_read_and_says_by_what_lines_are_known() {
        let mut count = 0;
        for (id, text) in Preset::sources() {
            let preset = Preset::read(id, text).map_err(|error| format!("{id}: {error:?}")).unwrap();
            assert!(!preset.identity.text.is_empty(), "{id} does not say identity.text");
            assert!(!preset.about.is_empty(), "{id} does not say which export it is");
            count += 1;
        }
        assert!(count > 0 && count == Preset::built_in().count());
    }

    #[test]
    fn a_preset_survives_being_written() {
        for preset in Preset::built_in() {
            let mut again = Preset::read(&preset.id, &preset.to_toml().unwrap()).unwrap();
            again.id.clone_from(&preset.id);
            assert_eq!(&again, &**preset);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert!(Preset::read("x", SMALL).is_ok());
        let of = |text: &str| {
            let error = Preset::read("x", text).unwrap_err();
            assert_eq!(error.code(), Code::PRESET_INVALID);
            (error.place().line, error.sentence())
        };
        assert_eq!(of("bank = \"B\"\nbang = 1\n").0, Some(2));
        assert!(of("bank = \"B\"\n[columns]\namount = \"A\"\n").1.contains("booked"));
        assert!(of(&format!("{SMALL}debit = \"D\"\ncredit = \"C\"\n")).1.contains("not both"));
        assert!(of(&format!("{SMALL}direction = \"D\"\n")).1.contains("go together"));
        assert!(of(&format!("cells = [\"date\", \"amount\"]\n{SMALL}")).1.contains("@1"));
        for role in Role::ALL {
            assert_eq!(Role::find(role.id()), Some(role));
            assert_eq!(toml::Value::try_from(role).unwrap().as_str(), Some(role.id()));
        }
    }
}
