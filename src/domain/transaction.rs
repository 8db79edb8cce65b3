//! One booked transaction: as a format puts it together, and as it is kept.
//!
//! A file may hold hundreds of thousands of lines, and all of them are held until the last was read, since a file
//! that is wrong anywhere imports nothing. So a line that is kept has all its texts in one piece of memory, where a
//! dozen strings would take several times as much as the file itself. Texts are put together in a
//! [`TransactionDraft`], whose members can be changed freely; [`TransactionDraft::done`] packs it.
//!
//! ```text
//! packed = length of each text in the order of the fields (0: none; n + 1: n bytes), the texts,
//!          then for each detail: lengths of label and value, label, value
//! length = ASCII characters, six bits each, the lowest first; all but the last have the seventh bit set
//! ```

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::money::{as_optional_text, as_text};
use super::{Account, Counterparty, Currency, Date, Identity, Marks, Text};

/// One booked transaction, as it is kept. Serialised, it has the shape of a line of `parse --json`.
#[derive(Clone, PartialEq)]
pub struct Transaction {
    /// How it is recognised again; serialised as `id`.
    pub identity: Identity,
    /// Booking date: the day on which the bank put it on the account.
    pub booked_on: Date,
    /// Value date: the day from which interest counts.
    pub value_on: Option<Date>,
    /// Signed: money in is positive. In `currency`.
    pub amount: Decimal,
    /// Currency of the account; [`Currency::UNSTATED`] where the file does not say.
    pub currency: Currency,
    /// What is special about the line; null for an ordinary one.
    pub kind: Option<Kind>,
    /// What was paid in another currency, where the bank says so.
    pub original: Option<Box<Original>>,
    /// The entry of the bank that it was split from, for recognising it; not part of the JSON shape.
    pub whole: Option<Box<Whole>>,
    texts: Texts,
}

/// A transaction while its parts are gathered.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionDraft {
    /// As [`Transaction::identity`]; often known only later.
    pub identity: Identity,
    /// As [`Transaction::booked_on`].
    pub booked_on: Date,
    /// As [`Transaction::value_on`].
    pub value_on: Option<Date>,
    /// As [`Transaction::amount`].
    pub amount: Decimal,
    /// As [`Transaction::currency`].
    pub currency: Currency,
    /// As [`Transaction::kind`].
    pub kind: Option<Kind>,
    /// As [`Transaction::original`].
    pub original: Option<Box<Original>>,
    /// As [`Transaction::whole`].
    pub whole: Option<Box<Whole>>,
    /// The other side.
    pub counterparty: Counterparty,
    /// Remittance information and whatever else the bank says for a reader.
    pub text: Option<Text>,
    /// Structured communication: `+++ddd/dddd/ddddd+++`, an ISO 11649 reference, or another reference of a kind
    /// that the creditor issued.
    pub structured: Option<Text>,
    /// The bank's own reference of the transaction.
    pub reference: Option<Text>,
    /// End-to-end reference that the payer gave (SEPA).
    pub end_to_end: Option<Text>,
    /// Direct-debit mandate.
    pub mandate: Option<Text>,
    /// The bank's transaction code, members joined with a hyphen: `PMNT-RCDT-ESCT`, `0-01-50-000`.
    pub bank_code: Option<Text>,
    /// Further facts for the note of the line in Odoo; not part of the JSON shape.
    pub details: Vec<Detail>,
}

/// An amount in another currency behind a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Original {
    /// Signed as the line is.
    #[serde(serialize_with = "as_text")]
    pub amount: Decimal,
    /// Its currency; never the line's own.
    pub currency: Currency,
    /// Rate as the bank states it; banks quote it either way round.
    #[serde(serialize_with = "as_optional_text")]
    pub rate: Option<Decimal>,
}

/// An entry of the bank that became several lines: another file may give it as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The identity that the entry would have as one line; the same for all lines of it.
    pub identity: Identity,
    /// Its amount: what its lines add up to.
    pub amount: Decimal,
    /// The bank's own reference of it.
    pub reference: Option<Text>,
}

/// What is special about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A payment that came back: rejected, returned or refunded.
    Return,
    /// An entry that undoes an earlier one.
    Reversal,
    /// The bank's own charges.
    Charges,
}

/// One further fact about a line, such as `Card` `670311******1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail<T = Text> {
    /// What it is, in English, capitalised.
    pub label: T,
    /// Its value as text.
    pub value: T,
}

impl TransactionDraft {
    /// A transaction of which nothing more is known yet.
    #[must_use]
    pub fn new(booked_on: Date, amount: Decimal, currency: Currency) -> Self {
        Self {
            identity: Identity::UNSET,
            booked_on,
            value_on: None,
            amount,
            currency,
            kind: None,
            original: None,
            whole: None,
            counterparty: Counterparty::default(),
            text: None,
            structured: None,
            reference: None,
            end_to_end: None,
            mandate: None,
            bank_code: None,
            details: Vec::new(),
        }
    }

    /// What its identity is made of, as a line of that account.
    #[must_use]
    pub fn marks<'a>(&self, account: &'a Account) -> Marks<'a> {
        let Self { currency, booked_on, amount, .. } = *self;
        Marks { account: account.key(), currency, booked_on, amount }
    }

    /// The line as it is kept.
    #[must_use]
    pub fn done(self) -> Transaction {
        let texts = Texts::pack(&self);
        let Self { identity, booked_on, value_on, amount, currency, kind, original, whole, .. } = self;
        Transaction { identity, booked_on, value_on, amount, currency, kind, original, whole, texts }
    }
}

impl Transaction {
    /// What its identity is made of, as a line of that account.
    #[must_use]
    pub fn marks<'a>(&self, account: &'a Account) -> Marks<'a> {
        let Self { currency, booked_on, amount, .. } = *self;
        Marks { account: account.key(), currency, booked_on, amount }
    }

    /// What the identity of its whole entry is made of; none for a line that is one.
    #[must_use]
    pub fn whole_marks<'a>(&self, account: &'a Account) -> Option<Marks<'a>> {
        Some(Marks { amount: self.whole.as_ref()?.amount, ..self.marks(account) })
    }

    /// The other side.
    #[must_use]
    pub fn counterparty(&self) -> Counterparty<&str> {
        let get = |field| self.texts.get(field);
        Counterparty { name: get(Field::Name), account: get(Field::Account), bic: get(Field::Bic) }
    }

    /// As [`TransactionDraft::text`].
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.texts.get(Field::Text)
    }

    /// As [`TransactionDraft::structured`].
    #[must_use]
    pub fn structured(&self) -> Option<&str> {
        self.texts.get(Field::Structured)
    }

    /// As [`TransactionDraft::reference`].
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.texts.get(Field::Reference)
    }

    /// As [`TransactionDraft::end_to_end`].
    #[must_use]
    pub fn end_to_end(&self) -> Option<&str> {
        self.texts.get(Field::EndToEnd)
    }

    /// As [`TransactionDraft::mandate`].
    #[must_use]
    pub fn mandate(&self) -> Option<&str> {
        self.texts.get(Field::Mandate)
    }

    /// As [`TransactionDraft::bank_code`].
    #[must_use]
    pub fn bank_code(&self) -> Option<&str> {
        self.texts.get(Field::BankCode)
    }

    /// As [`TransactionDraft::details`].
    pub fn details(&self) -> impl Iterator<Item = Detail<&str>> {
        let mut rest = self.texts.behind_fields();
        std::iter::from_fn(move || {
            let label = take_length(&mut rest)?;
            let value = take_length(&mut rest)?;
            let (label, after) = rest.split_at_checked(label)?;
            let (value, after) = after.split_at_checked(value)?;
            rest = after;
            Some(Detail { label, value })
        })
    }

    /// The line as a draft, for a text that is known only after the line.
    #[must_use]
    pub fn into_draft(self) -> TransactionDraft {
        let owned = |text: Option<&str>| text.map(Text::from);
        let Counterparty { name, account, bic } = self.counterparty();
        TransactionDraft {
            counterparty: Counterparty { name: owned(name), account: owned(account), bic: owned(bic) },
            text: owned(self.text()),
            structured: owned(self.structured()),
            reference: owned(self.reference()),
            end_to_end: owned(self.end_to_end()),
            mandate: owned(self.mandate()),
            bank_code: owned(self.bank_code()),
            details: self
                .details()
                .map(|Detail { label, value }| Detail { label: label.into(), value: value.into() })
                .collect(),
            identity: self.identity,
            booked_on: self.booked_on,
            value_on: self.value_on,
            amount: self.amount,
            currency: self.currency,
            kind: self.kind,
            original: self.original,
            whole: self.whole,
        }
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.clone().into_draft(), f)
    }
}

impl Serialize for Transaction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The promise of `parse --json`.
        #[derive(Serialize)]
        struct Line<'a> {
            id: Identity,
            booked_on: Date,
            value_on: Option<Date>,
            #[serde(serialize_with = "as_text")]
            amount: Decimal,
            currency: Currency,
            original: Option<&'a Original>,
            counterparty: Counterparty<&'a str>,
            text: Option<&'a str>,
            structured: Option<&'a str>,
            reference: Option<&'a str>,
            end_to_end: Option<&'a str>,
            mandate: Option<&'a str>,
            bank_code: Option<&'a str>,
            kind: Option<Kind>,
        }
        let line = Line {
            id: self.identity,
            booked_on: self.booked_on,
            value_on: self.value_on,
            amount: self.amount,
            currency: self.currency,
            original: self.original.as_deref(),
            counterparty: self.counterparty(),
            text: self.text(),
            structured: self.structured(),
            reference: self.reference(),
            end_to_end: self.end_to_end(),
            mandate: self.mandate(),
            bank_code: self.bank_code(),
            kind: self.kind,
        };
        line.serialize(serializer)
    }
}

/// The texts of a transaction, in their order.
#[derive(Clone, Copy)]
enum Field {
    Name,
    Account,
    Bic,
    Text,
    Structured,
    Reference,
    EndToEnd,
    Mandate,
    BankCode,
}

/// How many there are.
const FIELDS: usize = Field::BankCode as usize + 1;

/// All texts of a transaction, packed.
#[derive(Clone, PartialEq)]
struct Texts(Box<str>);

impl Texts {
    fn pack(draft: &TransactionDraft) -> Self {
        let Counterparty { name, account, bic } = &draft.counterparty;
        let TransactionDraft { text, structured, reference, end_to_end, mandate, bank_code, details, .. } =
            draft;
        let fields: [_; FIELDS] =
            [name, account, bic, text, structured, reference, end_to_end, mandate, bank_code]
                .map(Option::as_deref);
        let number = |field: Option<&str>| field.map_or(0, |text| text.len() + 1);
        let with_length = |text: &Text| digits(text.len()) + text.len();
        let size: usize = fields.iter().map(|field| digits(number(*field)) + field.map_or(0, str::len)).sum();
        let of_details = details.iter().map(|detail| with_length(&detail.label) + with_length(&detail.value));
        // To the byte: what is more would stay.
        let mut packed = String::with_capacity(size + of_details.sum::<usize>());
        for field in fields {
            push_length(&mut packed, number(field));
        }
        packed.extend(fields.into_iter().flatten());
        for Detail { label, value } in details {
            push_length(&mut packed, label.len());
            push_length(&mut packed, value.len());
            packed.push_str(label);
            packed.push_str(value);
        }
        Self(packed.into_boxed_str())
    }

    fn get(&self, field: Field) -> Option<&str> {
        let mut rest = &*self.0;
        let (mut before, mut length) = (0, None);
        for place in 0..FIELDS {
            let of_field = take_length(&mut rest)?.checked_sub(1);
            if place < field as usize {
                before += of_field.unwrap_or(0);
            } else if place == field as usize {
                length = of_field;
            }
        }
        rest.get(before..before + length?)
    }

    /// What follows the texts: the details.
    fn behind_fields(&self) -> &str {
        let mut rest = &*self.0;
        let lengths = (0..FIELDS).filter_map(|_| take_length(&mut rest)?.checked_sub(1));
        let all: usize = lengths.sum();
        rest.get(all..).unwrap_or_default()
    }
}

/// Bits of a length in one character.
const BITS: u32 = 6;
/// Says that another character follows.
const MORE: u8 = 1 << BITS;

/// Characters of a length.
fn digits(length: usize) -> usize {
    1 + (length.checked_ilog2().unwrap_or(0) / BITS) as usize
}

fn push_length(packed: &mut String, mut length: usize) {
    loop {
        let low = u8::try_from(length % usize::from(MORE)).unwrap_or(0);
        length >>= BITS;
        if length == 0 {
            packed.push(char::from(low));
            return;
        }
        packed.push(char::from(low | MORE));
    }
}

fn take_length(packed: &mut &str) -> Option<usize> {
    let (mut length, mut shift) = (0, 0);
    for (place, byte) in packed.bytes().enumerate() {
        length |= usize::from(byte & (MORE - 1)).checked_shl(shift)?;
        if byte & MORE == 0 {
            *packed = packed.get(place + 1..)?;
            return Some(length);
        }
        shift += BITS;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = Option<Text>> {
        let lengths = prop_oneof![Just(0..5_usize), Just(60..70_usize), Just(4_090..4_100_usize)];
        let text = lengths.prop_flat_map(|length| prop::collection::vec(any::<char>(), length));
        prop::option::of(text.prop_map(|characters| characters.into_iter().collect()))
    }

    fn drafts() -> impl Strategy<Value = TransactionDraft> {
        let details = prop::collection::vec((text(), text()), 0..4);
        (prop::collection::vec(text(), FIELDS), details).prop_map(|(texts, details)| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            let day = Date::constant(2026, 11, 20);
            TransactionDraft {
                counterparty: Counterparty { name: next(), account: next(), bic: next() },
                text: next(),
                structured: next(),
                reference: next(),
                end_to_end: next(),
                mandate: next(),
                bank_code: next(),
                details: details
                    .into_iter()
                    .map(|(label, value)| Detail {
                        label: label.unwrap_or_default(),
                        value: value.unwrap_or_default(),
                    })
                    .collect(),
                ..TransactionDraft::new(day, Decimal::ONE, Currency::EUR)
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(draft in drafts()) {
            let line = draft.clone().done();
            prop_assert_eq!(line.into_draft(), draft);
        }
    }

    #[test]
    fn a_line_is_small() {
        assert!(size_of::<Transaction>() <= 104, "{}", size_of::<Transaction>());
        let bare = TransactionDraft::new(Date::constant(2026, 11, 20), Decimal::ONE, Currency::EUR).done();
        assert_eq!(bare.texts.0.len(), FIELDS);
    }
}
