//! Lines to typed records, which borrow their text from the buffer.
//!
//! Each field names itself and its positions where it does not hold what the standard says. Only fields that a
//! line, a balance or a check needs are read; what banks are known to fill wrongly (next code, link code,
//! globalisation code, paper number) is left alone.

use super::encoding::Alphabet;
use super::lines::{Line, WIDTH};
use crate::domain::{Date, Text};
use crate::errors::{Code, Error, Place, Result};

/// A run of columns.
#[derive(Clone, Copy)]
pub(super) struct Field<'b> {
    bytes: &'b [u8],
    alphabet: Option<&'b Alphabet>,
}

impl<'b> Field<'b> {
    /// Positions `from` to `to` of a line, from 1, both included.
    #[inline]
    pub(super) fn of(line: &Line<'b>, from: usize, to: usize) -> Self {
        Self { bytes: &line.columns[from - 1..to], alphabet: line.alphabet }
    }

    /// Columns that are ASCII.
    #[cfg(test)]
    pub(super) fn ascii(bytes: &'b [u8]) -> Self {
        Self { bytes, alphabet: None }
    }

    /// Positions `from` to `to` of this field.
    #[inline]
    pub(super) fn part(self, from: usize, to: usize) -> Self {
        Self { bytes: self.bytes.get(from - 1..to).unwrap_or_default(), ..self }
    }

    #[inline]
    pub(super) fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    #[inline]
    pub(super) fn is_blank(self) -> bool {
        self.bytes.iter().fold(0, |found, byte| found | (byte ^ b' ')) == 0
    }

    /// Without blanks at either end.
    #[inline]
    pub(super) fn trimmed(self) -> Self {
        Self { bytes: without_blank_end(self.bytes).trim_ascii_start(), ..self }
    }

    /// Without blanks at the end.
    #[inline]
    pub(super) fn trimmed_end(self) -> Self {
        Self { bytes: without_blank_end(self.bytes), ..self }
    }

    /// Its characters, behind those of `text`.
    pub(super) fn push_onto(self, text: &mut String) {
        if let Ok(ascii) = std::str::from_utf8(self.bytes) {
            // No byte of an alphabet makes UTF-8 by chance here: plain lines have none.
            if self.alphabet.is_none() || ascii.is_ascii() {
                text.push_str(ascii);
                return;
            }
        }
        text.extend(self.characters());
    }

    /// Trimmed, as text of its own.
    pub(super) fn text(self) -> Text {
        let trimmed = self.trimmed();
        match std::str::from_utf8(trimmed.bytes) {
            Ok(ascii) if self.alphabet.is_none() || ascii.is_ascii() => Text::from(ascii),
            _ => trimmed.characters().collect(),
        }
    }

    fn characters(self) -> impl Iterator<Item = char> + 'b {
        let alphabet = self.alphabet;
        self.bytes.iter().map(move |byte| match (byte.checked_sub(0x80), alphabet) {
            (None, _) => char::from(*byte),
            (Some(place), Some(alphabet)) => alphabet[usize::from(place)],
            (Some(_), None) => char::REPLACEMENT_CHARACTER,
        })
    }
}

/// Without blanks at the end. Most of a file is blanks: sixteen at a time.
#[inline]
pub(super) fn without_blank_end(mut bytes: &[u8]) -> &[u8] {
    while let Some((rest, last)) = bytes.split_last_chunk::<16>()
        && *last == [b' '; 16]
    {
        bytes = rest;
    }
    bytes.trim_ascii_end()
}

/// Record 0: who sends what to whom.
pub(super) struct Header<'b> {
    pub(super) created_on: Option<Date>,
    pub(super) duplicate: bool,
    pub(super) addressee: Field<'b>,
    /// Blank in version 1, which has an identification number there.
    pub(super) bic: Field<'b>,
    pub(super) application: Field<'b>,
    pub(super) version: u8,
}

/// Record 1: the balance before the first movement.
pub(super) struct OldBalance<'b> {
    pub(super) structure: u8,
    pub(super) zone: Field<'b>,
    pub(super) amount: i64,
    pub(super) date: Option<Date>,
    pub(super) holder: Field<'b>,
    /// Number of the coded statement; 0 where the bank gives none.
    pub(super) number: u32,
}

/// Record 2.1: a movement or a detail of one.
pub(super) struct Movement<'b> {
    pub(super) sequence: u16,
    pub(super) detail: u16,
    pub(super) reference: Field<'b>,
    /// Thousandths, signed.
    pub(super) amount: i64,
    pub(super) value_on: Option<Date>,
    /// Type, family, transaction, category.
    pub(super) code: [u8; 8],
    pub(super) structured: bool,
    pub(super) communication: Field<'b>,
    pub(super) booked_on: Option<Date>,
}

/// Record 2.2.
pub(super) struct SecondPart<'b> {
    pub(super) sequence: u16,
    pub(super) detail: u16,
    pub(super) communication: Field<'b>,
    /// The fields behind the communication, positions 64-125: they differ by version.
    pub(super) rest: Field<'b>,
}

/// Record 2.3.
pub(super) struct ThirdPart<'b> {
    pub(super) sequence: u16,
    pub(super) detail: u16,
    pub(super) account: Field<'b>,
    /// Positions 48-125: name and communication, or in version 1 name, address and locality.
    pub(super) rest: Field<'b>,
}

/// Record 3.1: information about the movement before it.
pub(super) struct Information<'b> {
    pub(super) sequence: u16,
    pub(super) detail: u16,
    pub(super) structured: bool,
    pub(super) communication: Field<'b>,
}

/// Records 3.2 and 3.3.
pub(super) struct Continuation<'b> {
    pub(super) sequence: u16,
    pub(super) communication: Field<'b>,
}

/// Record 8: the balance after the last movement.
pub(super) struct NewBalance<'b> {
    pub(super) zone: Field<'b>,
    pub(super) amount: i64,
    pub(super) date: Option<Date>,
}

/// Record 9: what the file should hold. Members are none where blank.
pub(super) struct Trailer {
    pub(super) records: Option<u32>,
    pub(super) debit: Option<i64>,
    pub(super) credit: Option<i64>,
}

impl<'b> Header<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let version = line.columns[127];
        if line.cut {
            return Err(cut(line));
        }
        if !matches!(version, b'1' | b'2') {
            let found = Field::of(line, 128, 128);
            let found = if found.is_blank() { "blank".into() } else { found.text() };
            let error = Error::new(Code::CODA_VERSION_UNKNOWN).arg("found", found);
            return Err(error.at(Place::line(line.number)));
        }
        Ok(Self {
            created_on: date(line, "the creation date", 6)?,
            duplicate: line.columns[16] == b'D',
            addressee: Field::of(line, 35, 60),
            bic: if version == b'1' { Field::of(line, 62, 61) } else { Field::of(line, 61, 71) },
            application: Field::of(line, 84, 88),
            version,
        })
    }
}

impl<'b> OldBalance<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let number = Field::of(line, 126, 128);
        Ok(Self {
            structure: line.columns[1],
            zone: Field::of(line, 6, 42),
            amount: amount(line, "the old balance", 43, 44)?,
            date: date(line, "the date of the old balance", 59)?,
            holder: Field::of(line, 65, 90),
            number: if number.is_blank() { 0 } else { digits(line, "the statement's number", 126, 128)? },
        })
    }
}

impl<'b> Movement<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let (sequence, detail) = numbers(line)?;
        let code = *columns::<8>(line, 54);
        if !code.iter().all(u8::is_ascii_digit) {
            return Err(invalid(line, "the transaction code", 54, 61, "eight digits"));
        }
        Ok(Self {
            sequence,
            detail,
            reference: Field::of(line, 11, 31),
            amount: amount(line, "the amount", 32, 33)?,
            value_on: date(line, "the value date", 48)?,
            code,
            structured: line.columns[61] == b'1',
            communication: Field::of(line, 63, 115),
            booked_on: date(line, "the entry date", 116)?,
        })
    }
}

impl<'b> SecondPart<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let (sequence, detail) = numbers(line)?;
        let communication = Field::of(line, 11, 63);
        Ok(Self { sequence, detail, communication, rest: Field::of(line, 64, 125) })
    }
}

impl<'b> ThirdPart<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let (sequence, detail) = numbers(line)?;
        Ok(Self { sequence, detail, account: Field::of(line, 11, 47), rest: Field::of(line, 48, 125) })
    }
}

impl<'b> Information<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let (sequence, detail) = numbers(line)?;
        let communication = Field::of(line, 41, 113);
        Ok(Self { sequence, detail, structured: line.columns[39] == b'1', communication })
    }
}

impl<'b> Continuation<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        let to = if line.columns[1] == b'2' { 115 } else { 100 };
        Ok(Self { sequence: numbers(line)?.0, communication: Field::of(line, 11, to) })
    }
}

impl<'b> NewBalance<'b> {
    pub(super) fn read(line: &Line<'b>) -> Result<Self> {
        Ok(Self {
            zone: Field::of(line, 5, 41),
            amount: amount(line, "the new balance", 42, 43)?,
            date: date(line, "the date of the new balance", 58)?,
        })
    }
}

impl Trailer {
    pub(super) fn read(line: &Line<'_>) -> Result<Self> {
        let total = |name, from| {
            if Field::of(line, from, from + 14).is_blank() {
                return Ok(None);
            }
            thousandths(line, name, from).map(Some)
        };
        if line.cut && line.length < 52 {
            return Err(cut(line));
        }
        let count = Field::of(line, 17, 22);
        Ok(Self {
            records: if count.is_blank() {
                None
            } else {
                Some(digits(line, "the number of records", 17, 22)?)
            },
            debit: total("the total of the debits", 23)?,
            credit: total("the total of the credits", 38)?,
        })
    }
}

/// A line of record 4: its text.
pub(super) fn free_communication<'b>(line: &Line<'b>) -> Field<'b> {
    Field::of(line, 33, 112)
}

/// Sequence and detail number, positions 3-6 and 7-10.
#[inline]
fn numbers(line: &Line<'_>) -> Result<(u16, u16)> {
    let sequence = digits(line, "the sequence number", 3, 6)?;
    let detail = digits(line, "the detail number", 7, 10)?;
    // Four digits fit.
    Ok((u16::try_from(sequence).unwrap_or(u16::MAX), u16::try_from(detail).unwrap_or(u16::MAX)))
}

/// Digits, nine at most.
#[inline]
fn digits(line: &Line<'_>, name: &'static str, from: usize, to: usize) -> Result<u32> {
    let mut number = 0;
    for byte in &line.columns[from - 1..to] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(invalid(line, name, from, to, "digits"));
        }
        number = number * 10 + u32::from(digit);
    }
    Ok(number)
}

/// A sign (0 credit, 1 debit) and fifteen digits, as signed thousandths.
#[inline]
fn amount(line: &Line<'_>, name: &'static str, sign: usize, from: usize) -> Result<i64> {
    let amount = thousandths(line, name, from)?;
    match line.columns[sign - 1] {
        b'0' => Ok(amount),
        b'1' => Ok(-amount),
        _ => Err(invalid(line, "the sign of the amount", sign, sign, "0 or 1")),
    }
}

#[inline]
fn thousandths(line: &Line<'_>, name: &'static str, from: usize) -> Result<i64> {
    let mut number = 0;
    let mut bad = 0;
    for byte in columns::<15>(line, from) {
        let digit = byte.wrapping_sub(b'0');
        bad |= u8::from(digit > 9);
        number = number * 10 + i64::from(digit);
    }
    if bad != 0 {
        return Err(invalid(line, name, from, from + 14, "fifteen digits"));
    }
    Ok(number)
}

/// A date `DDMMYY`; none for zeros and blanks, which mean unknown.
#[inline]
fn date(line: &Line<'_>, name: &'static str, from: usize) -> Result<Option<Date>> {
    match read_date(*columns(line, from)) {
        Ok(date) => Ok(date),
        Err(()) => Err(invalid(line, name, from, from + 5, "a date as DDMMYY")),
    }
}

/// Six digits `DDMMYY` of this century.
#[inline]
pub(super) fn read_date(bytes: [u8; 6]) -> std::result::Result<Option<Date>, ()> {
    let digits = bytes.map(|byte| byte.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return if bytes == *b"      " { Ok(None) } else { Err(()) };
    }
    if bytes == *b"000000" {
        return Ok(None);
    }
    let [day, month, year] = [0, 2, 4].map(|at| i8::try_from(digits[at] * 10 + digits[at + 1]).unwrap_or(0));
    Date::new(2000 + i16::from(year), month, day).map(Some).map_err(|_| ())
}

#[inline]
fn columns<'b, const N: usize>(line: &Line<'b>, from: usize) -> &'b [u8; N] {
    // Positions are the standard's, inside the 128 columns; blanks stand for what cannot be.
    line.columns[from - 1..].first_chunk().unwrap_or(&[b' '; N])
}

#[cold]
fn invalid(line: &Line<'_>, name: &'static str, from: usize, to: usize, expected: &'static str) -> Error {
    if line.cut {
        return cut(line);
    }
    let found = Field::of(line, from, to);
    let found = if found.is_blank() { "blank".into() } else { found.text() };
    Error::new(Code::CODA_FIELD_INVALID)
        .arg("field", name)
        .arg("positions", if from == to { from.to_string() } else { format!("{from}-{to}") })
        .arg("found", found)
        .arg("expected", expected)
        .at(Place::line(line.number))
}

/// The file ends inside this line.
#[cold]
fn cut(line: &Line<'_>) -> Error {
    let missing = format!("what follows the first {} characters of record {}", line.length, name(line));
    Error::new(Code::FILE_TRUNCATED).arg("missing", missing).at(Place::line(line.number))
}

/// A record as the standard writes it: `1`, `2.1`.
pub(super) fn name(line: &Line<'_>) -> String {
    let [kind, article, ..] = line.columns.map(char::from);
    match kind {
        '2' | '3' if article != ' ' => format!("{kind}.{article}"),
        _ => kind.to_string(),
    }
}

const _: () = assert!(WIDTH == 128);
