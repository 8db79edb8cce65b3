//! How a line is recognised again: the scheme v1, frozen.
//!
//! Two files that hold the same transaction must give it the same identity, whatever their range, and two
//! transactions must never share one. The digest is therefore taken over what a bank does not change from one
//! export to the next, and over nothing that our own reading might improve later.
//!
//! ```text
//! fields   = "v1", account, currency, booking date (YYYY-MM-DD), amount in minor units, basis, parts…
//! digest   = SHA-256 over the fields, each followed by the byte 0x1F
//! identity = "v1:" + hex(digest)                              for the first equal line of the file
//!          = "v1:" + hex(SHA-256(digest + decimal number k))  for the k-th further equal line, k = 1, 2, …
//! ```
//!
//! *account* is the IBAN, else the bank's number, in capitals without anything but letters and digits. *basis* is
//! `ref` where the bank gave references of its own (parts: these, trimmed), else `text` (parts: the counterparty's
//! account like the account, and the remittance text without ASCII blanks and punctuation, ASCII letters in
//! capitals). Identical payments of one day stay apart by k, which counts over the whole file.
//!
//! An entry that a file splits into lines has an identity too: the one that it would have as a line. It follows its
//! lines where equal ones are counted.
//!
//! A transaction of an online provider is known by the provider's id of it alone, since banks correct what they gave:
//! *fields* are "v1", account, currency, "id", the provider's name, the id; nothing is counted.
//!
//! A currency that the file does not state is `XXX`, and an account that it does not name is empty: a choice of the
//! user's, such as the journal, never enters an identity.
//!
//! The digest is SHA-256 so that the addon can recompute it with Python's `hashlib`.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::{Currency, Date};

/// Identity of a line, scheme v1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity([u8; 32]);

/// The first twelve bytes of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short([u8; 12]);

impl std::hash::Hash for Short {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from_le_bytes(*self.0.first_chunk().unwrap_or(&[0; 8])));
    }
}

impl std::hash::Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.first());
    }
}

/// A digest is spread well enough by itself.
#[derive(Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Identity {
    /// Stands in a line until its own is known: a format may learn what it depends on only after the line.
    pub const UNSET: Self = Self([0; 32]);

    /// Its first bytes as a number.
    fn first(&self) -> u64 {
        u64::from_le_bytes(*self.0.first_chunk().unwrap_or(&[0; 8]))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v1:")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What every line has, and every identity is made of.
#[derive(Clone, Copy, Debug)]
pub struct Marks<'a> {
    /// The account as its file writes it: the IBAN, else the bank's number.
    pub account: &'a str,
    /// Currency of the amount.
    pub currency: Currency,
    /// Booking date.
    pub booked_on: Date,
    /// Signed amount.
    pub amount: Decimal,
}

/// Gives identities to the lines of one file and counts those that are equal.
#[derive(Debug, Default)]
pub struct Identifier {
    /// Every digest so far, cut to what still tells any number of lines apart: there may be millions.
    seen: HashSet<Short, BuildHasherDefault<FirstBytes>>,
    /// Those that came more than once, and how often.
    repeated: HashMap<Identity, u32, BuildHasherDefault<FirstBytes>>,
    buffer: Vec<u8>,
    tally: Tally,
}

/// What the identities of a file rest on, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines known by a reference of the bank.
    pub by_reference: u64,
    /// Lines known by what they say.
    pub by_text: u64,
    /// Lines among them that equal an earlier one of the file in all that counts.
    pub repeated: u64,
}

impl Identifier {
    /// One for each file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// By references that the bank gave and keeps. Blank ones must be left out or passed empty, always in the
    /// same way for a format.
    pub fn by_reference(&mut self, marks: &Marks<'_>, references: &[&str]) -> Identity {
        self.references(marks, references);
        self.tally.by_reference += 1;
        self.finish()
    }

    /// As [`Self::by_reference`], for references that cannot come twice in the file: nothing is counted, nothing kept.
    pub fn by_own_reference(&mut self, marks: &Marks<'_>, references: &[&str]) -> Identity {
        self.references(marks, references);
        self.tally.by_reference += 1;
        Identity(Sha256::digest(&self.buffer).into())
    }

    /// Gives the identity of an entry that several lines were split from. It is counted among equal lines, as the
    /// entry would be in a file that does not split it, and told in no tally.
    pub fn of_whole(&mut self, give: impl FnOnce(&mut Self) -> Identity) -> Identity {
        let tally = self.tally;
        let identity = give(self);
        self.tally = tally;
        identity
    }

    fn references(&mut self, marks: &Marks<'_>, references: &[&str]) {
        self.start(marks, "ref");
        for reference in references {
            self.field(reference.trim().as_bytes());
        }
    }

    /// By the id that an online provider gave the transaction and keeps, whatever else of it changes: its booking date or
    /// text may be corrected under the same id.
    pub fn by_provider(&mut self, account: &str, currency: Currency, provider: &str, id: &str) -> Identity {
        self.buffer.clear();
        self.field(b"v1");
        self.compact(account);
        for field in [currency.code(), "id", provider, id] {
            self.field(field.as_bytes());
        }
        Identity(Sha256::digest(&self.buffer).into())
    }

    /// What the identities given so far rest on.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Counts a line whose identity was given without counting, where it turns out that another may equal it.
    pub fn remember(&mut self, identity: Identity) {
        self.occurrence(identity);
    }

    /// By what the line says, where the bank gave no reference.
    pub fn by_text(&mut self, marks: &Marks<'_>, counterparty_account: &str, text: &str) -> Identity {
        self.text(marks, counterparty_account, text);
        self.tally.by_text += 1;
        self.finish()
    }

    /// As [`Self::by_text`], for a text in several parts: nothing counts that would stand between them.
    pub fn by_texts<'t>(
        &mut self,
        marks: &Marks<'_>,
        counterparty_account: &str,
        texts: impl Iterator<Item = &'t str>,
    ) -> Identity {
        self.texts(marks, counterparty_account, texts);
        self.tally.by_text += 1;
        self.finish()
    }

    /// As [`Self::by_text`], without counting: [`Self::numbered`] does that later, where lines are read out of order.
    pub fn by_own_text(&mut self, marks: &Marks<'_>, counterparty_account: &str, text: &str) -> Identity {
        self.text(marks, counterparty_account, text);
        self.tally.by_text += 1;
        Identity(Sha256::digest(&self.buffer).into())
    }

    fn text(&mut self, marks: &Marks<'_>, counterparty_account: &str, text: &str) {
        self.texts(marks, counterparty_account, std::iter::once(text));
    }

    fn texts<'t>(
        &mut self,
        marks: &Marks<'_>,
        counterparty_account: &str,
        texts: impl Iterator<Item = &'t str>,
    ) {
        self.start(marks, "text");
        self.compact(counterparty_account);
        texts.for_each(|text| self.keep(text, &OF_TEXT));
        self.buffer.push(SEPARATOR);
    }

    fn start(&mut self, marks: &Marks<'_>, basis: &str) {
        let Marks { account, currency, booked_on, amount } = *marks;
        self.buffer.clear();
        self.field(b"v1");
        self.compact(account);
        self.field(currency.code().as_bytes());
        self.date(booked_on);
        match whole_minor_units(amount, currency) {
            Some(units) => self.number(units),
            None => self.field(minor_units(amount, currency).to_string().as_bytes()),
        }
        self.field(basis.as_bytes());
    }

    /// `YYYY-MM-DD`, digit by digit: there may be hundreds of thousands of lines.
    fn date(&mut self, date: Date) {
        let parts =
            [(i32::from(date.year()), 1000), (i32::from(date.month()), 10), (i32::from(date.day()), 10)];
        for (place, (number, mut unit)) in parts.into_iter().enumerate() {
            if place > 0 {
                self.buffer.push(b'-');
            }
            while unit > 0 {
                self.buffer.push(b'0' + u8::try_from(number / unit % 10).unwrap_or(0));
                unit /= 10;
            }
        }
        self.buffer.push(SEPARATOR);
    }

    /// A number as it is displayed, digit by digit as the date.
    fn number(&mut self, number: i64) {
        let (mut digits, mut rest) = ([0; 20], number.unsigned_abs());
        let mut first = digits.len();
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            (first, rest) = (place, rest / 10);
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            self.buffer.push(b'-');
        }
        self.field(digits.get(first..).unwrap_or_default());
    }

    fn compact(&mut self, number: &str) {
        self.keep(number, &OF_ACCOUNT);
        self.buffer.push(SEPARATOR);
    }

    /// Adds the bytes that count. Each is written, and only those that count are moved on from, since a branch for
    /// each would mostly be guessed wrong.
    fn keep(&mut self, text: &str, written: &[u8; 256]) {
        let mut end = self.buffer.len();
        self.buffer.resize(end + text.len(), 0);
        for byte in text.bytes() {
            let byte = written.get(usize::from(byte)).copied().unwrap_or_default();
            if let Some(place) = self.buffer.get_mut(end) {
                *place = byte;
            }
            end += usize::from(byte != 0);
        }
        self.buffer.truncate(end);
    }

    fn field(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.buffer.push(SEPARATOR);
    }

    fn finish(&mut self) -> Identity {
        self.numbered(Identity(Sha256::digest(&self.buffer).into()))
    }

    /// Counts a digest that was taken without counting, and gives it its number among its equals.
    pub fn numbered(&mut self, digest: Identity) -> Identity {
        let occurrence = self.occurrence(digest);
        if occurrence == 0 {
            return digest;
        }
        self.tally.repeated += 1;
        let mut further = Sha256::new();
        further.update(digest.0);
        further.update(occurrence.to_string());
        Identity(further.finalize().into())
    }

    /// As [`Self::numbered`], for all lines of a file at once and in its order. Few have an equal one, and sorting
    /// finds them faster than remembering each.
    pub fn number_all(&mut self, lines: &mut [&mut Identity]) {
        let mut firsts: Vec<u64> = lines.iter().map(|identity| identity.first()).collect();
        firsts.sort_unstable();
        let equal: HashSet<u64> =
            firsts.windows(2).filter(|pair| pair.first() == pair.last()).flatten().copied().collect();
        if equal.is_empty() {
            return;
        }
        for identity in lines {
            if equal.contains(&identity.first()) {
                **identity = self.numbered(**identity);
            }
        }
    }

    /// How many equal ones came before.
    fn occurrence(&mut self, identity: Identity) -> u32 {
        if self.seen.insert(Short(*identity.0.first_chunk().unwrap_or(&[0; 12]))) {
            return 0;
        }
        let count = self.repeated.entry(identity).or_insert(0);
        *count += 1;
        *count
    }
}

const SEPARATOR: u8 = 0x1f;

/// What is written for each byte of an account, and of a text; 0 for those that do not count.
const OF_ACCOUNT: [u8; 256] = written(false);
const OF_TEXT: [u8; 256] = written(true);

const fn written(beyond_ascii: bool) -> [u8; 256] {
    let mut all = [0; 256];
    let mut byte = 0_u8;
    loop {
        if byte.is_ascii_alphanumeric() || (beyond_ascii && !byte.is_ascii()) {
            #[expect(clippy::indexing_slicing, reason = "every byte has its place")]
            {
                all[byte as usize] = byte.to_ascii_uppercase();
            }
        }
        if byte == u8::MAX {
            return all;
        }
        byte += 1;
    }
}

/// The usual case, in integers: an amount with no more decimals than the currency has.
fn whole_minor_units(amount: Decimal, currency: Currency) -> Option<i64> {
    let missing = currency.decimals().checked_sub(amount.scale())?;
    i64::try_from(amount.mantissa()).ok()?.checked_mul(10_i64.checked_pow(missing)?)
}

/// The amount in the currency's minor units, without trailing zeros after a point that finer amounts need.
fn minor_units(amount: Decimal, currency: Currency) -> Decimal {
    let factor = Decimal::from(10_u32.pow(currency.decimals()));
    amount.checked_mul(factor).unwrap_or(amount).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn text(identifier: &mut Identifier, amount: Decimal, text: &str) -> String {
        let (account, day) = ("BE68539007547034", date(2026, 10, 31));
        let marks = Marks { account, currency: Currency::EUR, booked_on: day, amount };
        identifier.by_text(&marks, "NL91 ABNA 0417 1643 00", text).to_string()
    }

    /// The scheme is frozen: this value was computed with Python's hashlib from the module's description.
    #[test]
    fn the_scheme_does_not_change() {
        let id = text(&mut Identifier::new(), Decimal::new(-1230, 2), "Invoice 7, thank you");
        assert_eq!(id, "v1:2a2872c7aa55d6c0c03434b62cc03ac79e653891b17c3ffc0c6315296153cba7");
        let mut identifier = Identifier::new();
        let by_reference = |i: &mut Identifier| {
            let refs = ["ABC ", ""];
            let marks = Marks {
                account: "BE68539007547034",
                currency: Currency::EUR,
                booked_on: date(2026, 10, 31),
                amount: Decimal::new(-123, 1),
            };
            i.by_reference(&marks, &refs)
        };
        assert_eq!(
            by_reference(&mut identifier).to_string(),
            "v1:3d1d4efa9ea8d1dea4ae806c03920c236b8c476062400ea190197bba4c58a93a"
        );
        assert_eq!(
            by_reference(&mut identifier).to_string(),
            "v1:b0794a7d9ca4d619fd36bb27be6ddc662ebc662ce7e42c472d974695ec9c7943"
        );
    }

    #[test]
    fn a_transaction_of_a_provider_is_known_by_its_id() {
        let mut identifier = Identifier::new();
        let eur = Currency::new("EUR").unwrap();
        let one = identifier.by_provider("BE68 5390 0754 7034", eur, "ponto", "1552c32f");
        // printf 'v1\x1fBE68539007547034\x1fEUR\x1fid\x1fponto\x1f1552c32f\x1f' | sha256sum
        assert_eq!(one, identifier.by_provider("BE68539007547034", eur, "ponto", "1552c32f"));
        assert_ne!(one, identifier.by_provider("BE68539007547034", eur, "saltedge", "1552c32f"));
        assert_eq!(one.to_string(), "v1:90970b969a804ddedfa8d4984c8ae91de66db3c7dd0f33e82cee71ed231d13b2");
    }

    #[test]
    fn integers_write_what_decimals_write() {
        for (units, scale) in
            [(-1230, 2), (-123, 1), (0, 0), (0, 2), (5, 0), (i64::MAX, 2), (i64::MIN, 2), (-7525, 3)]
        {
            let amount = Decimal::new(units, scale);
            if let Some(whole) = whole_minor_units(amount, Currency::EUR) {
                let decimal = minor_units(amount, Currency::EUR).to_string();
                let mut identifier = Identifier::new();
                identifier.number(whole);
                assert_eq!(identifier.buffer, format!("{decimal}\u{1f}").as_bytes());
            } else {
                assert!(scale > 2);
            }
        }
    }

    #[test]
    fn identical_payments_stay_apart_and_overlaps_agree() {
        let mut all = Identifier::new();
        let amount = Decimal::new(500, 2);
        let both = [text(&mut all, amount, "coffee"), text(&mut all, amount, "coffee")];
        assert_ne!(both[0], both[1]);
        let mut part = Identifier::new();
        assert_eq!(text(&mut part, amount, "COFFEE!"), both[0]);
    }

    #[test]
    fn all_at_once_are_numbered_as_one_by_one() {
        let (account, booked_on, amount) = ("1", date(2026, 10, 31), Decimal::ONE);
        let marks = Marks { account, currency: Currency::EUR, booked_on, amount };
        let texts = ["a", "b", "a", "c", "c", "a"];
        let (mut one, mut all) = (Identifier::new(), Identifier::new());
        let expected: Vec<_> = texts.iter().map(|text| one.by_text(&marks, "", text)).collect();
        let mut found: Vec<_> = texts.iter().map(|text| all.by_own_text(&marks, "", text)).collect();
        all.number_all(&mut found.iter_mut().collect::<Vec<_>>());
        assert_eq!((found, all.tally()), (expected, one.tally()));
    }

    #[test]
    fn trailing_zeros_do_not_matter_but_amounts_do() {
        let of = |amount| text(&mut Identifier::new(), amount, "x");
        assert_eq!(of(Decimal::new(1000, 3)), of(Decimal::new(1, 0)));
        assert_ne!(of(Decimal::new(1001, 3)), of(Decimal::new(1, 0)));
    }
}
