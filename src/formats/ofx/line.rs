//! A transaction's fields to a line.

use std::borrow::Cow;

use super::fitid::{self, Worth};
use super::parts::{Batch, Field, FieldKind};
use super::values::{self, Written};
use crate::domain::account::{compact, is_iban};
use crate::domain::{
    Counterparty, Currency, Date, Decimal, Detail, Kind, Original, Text, TransactionDraft, communication,
};
use crate::errors::{Code, Error, Result};
use crate::formats::DecimalMark;
use crate::formats::text::TextFile;

/// Above this length of text, repeated pieces are no longer looked for.
const COMPARED: usize = 4 << 10;
/// Largest amount after conversion: what adds up without an overflow.
const LARGEST: i64 = 10_i64.pow(15);

/// What a transaction is read with.
#[derive(Clone, Copy)]
pub(super) struct Context<'c, 'i> {
    pub(super) file: &'c TextFile<'i>,
    /// Currency of the account, where the statement says it, and its decimals.
    pub(super) currency: Option<Currency>,
    pub(super) decimals: u32,
    /// Decimal mark for amounts that read either way, once it is known.
    pub(super) mark: Option<DecimalMark>,
}

/// What became of a transaction.
pub(super) enum Outcome {
    Line(Box<Line>),
    /// It is not booked.
    Hold,
    /// It takes back the transaction of that id.
    Delete(Text),
}

/// A line and what was noticed about it.
pub(super) struct Line {
    pub(super) transaction: TransactionDraft,
    pub(super) worth: Worth,
    /// The amount as written.
    pub(super) written: Written,
    /// Whether the amount was converted.
    pub(super) converted: bool,
    /// Whether the day is that of the customer's order.
    pub(super) day_taken: bool,
    /// Id of the transaction that it replaces.
    pub(super) replaces: Option<Text>,
}

/// The fields of a transaction, each once.
#[derive(Default)]
struct Fields<'b> {
    kind: &'b [u8],
    posted: &'b [u8],
    user: &'b [u8],
    available: &'b [u8],
    amount: &'b [u8],
    id: &'b [u8],
    corrected: &'b [u8],
    action: &'b [u8],
    check: &'b [u8],
    reference: &'b [u8],
    name: &'b [u8],
    extended: &'b [u8],
    payee: &'b [u8],
    memo: &'b [u8],
    /// Whether there is more than one memo.
    memos: bool,
    to_bank: &'b [u8],
    to_account: &'b [u8],
    rate: &'b [u8],
    symbol: &'b [u8],
    original_rate: &'b [u8],
    original_symbol: &'b [u8],
}

impl<'b> Fields<'b> {
    /// The first of each kind counts, but two amounts or days make two transactions whose border is lost.
    fn read(batch: &'b Batch, fields: &[Field]) -> Result<Self> {
        let mut all = Self::default();
        for field in fields {
            let value = batch.value(*field);
            let slot = match field.kind {
                FieldKind::Type => &mut all.kind,
                FieldKind::Posted => &mut all.posted,
                FieldKind::User => &mut all.user,
                FieldKind::Available => &mut all.available,
                FieldKind::Amount => &mut all.amount,
                FieldKind::FitId => &mut all.id,
                FieldKind::CorrectFitId => &mut all.corrected,
                FieldKind::CorrectAction => &mut all.action,
                FieldKind::CheckNumber => &mut all.check,
                FieldKind::ReferenceNumber => &mut all.reference,
                FieldKind::Name => &mut all.name,
                FieldKind::ExtendedName => &mut all.extended,
                FieldKind::PayeeName => &mut all.payee,
                FieldKind::Memo => {
                    all.memos = !all.memo.is_empty();
                    &mut all.memo
                }
                FieldKind::ToBank => &mut all.to_bank,
                FieldKind::ToAccount => &mut all.to_account,
                FieldKind::Rate => &mut all.rate,
                FieldKind::Symbol => &mut all.symbol,
                FieldKind::OriginalRate => &mut all.original_rate,
                FieldKind::OriginalSymbol => &mut all.original_symbol,
            };
            if slot.is_empty() {
                *slot = value;
            } else if matches!(field.kind, FieldKind::Amount | FieldKind::Posted | FieldKind::FitId)
                && *slot != value
            {
                let element = match field.kind {
                    FieldKind::Amount => "TRNAMT",
                    FieldKind::Posted => "DTPOSTED",
                    _ => "FITID",
                };
                return Err(Error::new(Code::OFX_ELEMENT_REPEATED).arg("element", element));
            }
        }
        Ok(all)
    }
}

/// Reads a transaction. Its identity is not set yet; `raw` is filled with the text that recognises it where its id
/// does not: name, payee, extended name, memos and number as they stand, joined with nothing.
///
/// # Errors
/// BB-3406 and BB-3407 for a day or an amount that is missing or none, BB-3408 to BB-3410 for what cannot be told.
pub(super) fn read(
    batch: &Batch,
    of: &[Field],
    context: &Context<'_, '_>,
    raw: &mut String,
) -> Result<Outcome> {
    let fields = Fields::read(batch, of)?;
    let text = |bytes| values::text(context.file, bytes);
    let identifier = |bytes| values::identifier(context.file, bytes);
    if fields.kind.eq_ignore_ascii_case(b"HOLD") {
        return Ok(Outcome::Hold);
    }
    let corrected = (!fields.corrected.is_empty()).then(|| Text::from(&*identifier(fields.corrected)));
    if let Some(corrected) = corrected.as_ref().filter(|_| fields.action.eq_ignore_ascii_case(b"DELETE")) {
        return Ok(Outcome::Delete(corrected.clone()));
    }
    let (booked_on, day_taken) = booked(&fields, context)?;
    let (amount, written) = amount(&fields, context)?;
    let id = identifier(fields.id);
    let worth = fitid::worth(&id);
    let [name, extended, payee, memo] = [fields.name, fields.extended, fields.payee, fields.memo].map(text);
    let memos = of.iter().filter(|field| field.kind == FieldKind::Memo).skip(1);
    let more = || memos.clone().map(|field| text(batch.value(*field)));
    raw.clear();
    if worth != Worth::Usable {
        raw.extend([&*name, &*payee, &*extended, &*memo]);
        raw.extend(more());
        raw.push_str(&identifier(fields.check));
    }
    let mut said = Text::default();
    for piece in [&name, &extended, &memo] {
        remark(&mut said, piece);
    }
    if fields.memos {
        more().for_each(|piece| remark(&mut said, &piece));
    }
    let structured = communication::within(&said);
    let mut details = Vec::new();
    let mut detail = |label: &'static str, value: Cow<'_, str>| {
        if !value.is_empty() {
            details.push(Detail { label: Text::const_new(label), value: Text::from(&*value) });
        }
    };
    let of_reference =
        (worth != Worth::Usable).then(|| identifier(fields.reference)).filter(|r| !r.is_empty());
    if !fields.check.is_empty() && fields.check.iter().any(|byte| *byte != b'0') && fields.check != fields.id
    {
        detail("Number", identifier(fields.check));
    }
    if of_reference.is_none() && !fields.reference.is_empty() && fields.reference != fields.id {
        detail("Reference number", identifier(fields.reference));
    }
    if !fields.to_bank.is_empty() {
        detail("Bank of the counterparty", identifier(fields.to_bank));
    }
    let name = match (payee.is_empty(), extended.starts_with(&*name)) {
        (false, _) => payee,
        (true, true) if !extended.is_empty() => extended,
        (true, _) => name,
    };
    let some = |value: Cow<'_, str>| (!value.is_empty()).then(|| Text::from(&*value));
    let account = identifier(fields.to_account);
    let compacted = if account.is_empty() { Text::default() } else { compact(&account) };
    let transaction = TransactionDraft {
        value_on: values::date(fields.available),
        original: amount.original,
        counterparty: Counterparty {
            name: some(name),
            account: if is_iban(&compacted) { Some(compacted) } else { some(account) },
            bic: None,
        },
        text: (!said.is_empty()).then_some(said),
        structured,
        reference: if worth == Worth::Usable { some(id) } else { of_reference.and_then(some) },
        bank_code: some(text(fields.kind)).map(|mut kind| {
            kind.make_ascii_uppercase();
            kind
        }),
        kind: matches!(fields.kind.to_ascii_uppercase().as_slice(), b"FEE" | b"SRVCHG")
            .then_some(Kind::Charges),
        details,
        ..TransactionDraft::new(booked_on, amount.amount, amount.currency)
    };
    let converted = amount.converted;
    let replaces = corrected.filter(|id| transaction.reference.as_ref() != Some(id));
    Ok(Outcome::Line(Box::new(Line { transaction, worth, written, converted, day_taken, replaces })))
}

/// The booking date, and whether it had to be taken from the day of the order.
fn booked(fields: &Fields<'_>, context: &Context<'_, '_>) -> Result<(Date, bool)> {
    let (bytes, element) =
        if fields.posted.is_empty() { (fields.user, "DTUSER") } else { (fields.posted, "DTPOSTED") };
    if bytes.is_empty() {
        return Err(Error::new(Code::OFX_ELEMENT_MISSING).arg("element", "DTPOSTED"));
    }
    let date = values::date(bytes)
        .ok_or_else(|| invalid(element, &values::identifier(context.file, bytes), "a date (YYYYMMDD)"))?;
    Ok((date, fields.posted.is_empty()))
}

/// An amount in the account's currency.
struct Booked {
    amount: Decimal,
    currency: Currency,
    original: Option<Box<Original>>,
    converted: bool,
}

fn amount(fields: &Fields<'_>, context: &Context<'_, '_>) -> Result<(Booked, Written)> {
    if fields.amount.is_empty() {
        return Err(Error::new(Code::OFX_ELEMENT_MISSING).arg("element", "TRNAMT"));
    }
    let shown = values::identifier(context.file, fields.amount);
    let mut written =
        values::amount(&shown, context.mark).ok_or_else(|| invalid("TRNAMT", &shown, "an amount"))?;
    if let Some(mark) = written.open.filter(|_| context.decimals == 3) {
        // Three digits are decimals where the currency has three.
        written = values::amount(&shown, Some(mark)).unwrap_or(written);
    }
    let fine = |amount, currency: Currency, decimals| {
        values::in_currency(amount, currency, decimals).ok_or_else(|| {
            invalid("TRNAMT", &shown, &format!("an amount in {currency} with at most {decimals} decimals"))
        })
    };
    let symbol = symbol(fields.symbol, context)?;
    let booked = match (context.currency, symbol) {
        (Some(account), Some(symbol)) if account != symbol => {
            let rate = rate(fields.rate, "CURRATE", context)?.ok_or_else(|| {
                let error = Error::new(Code::OFX_RATE_MISSING);
                error.arg("currency", symbol).arg("account_currency", account)
            })?;
            let amount = fine(written.amount, symbol, symbol.decimals())?;
            let converted =
                amount.checked_mul(rate).filter(|converted| converted.abs() < Decimal::from(LARGEST));
            let converted =
                converted.ok_or_else(|| invalid("CURRATE", &rate.to_string(), "an exchange rate"))?;
            let mut converted = converted.round_dp_with_strategy(
                context.decimals,
                rust_decimal::RoundingStrategy::MidpointAwayFromZero,
            );
            converted.rescale(context.decimals);
            let original = Some(Box::new(Original { amount, currency: symbol, rate: Some(rate) }));
            Booked { amount: converted, currency: account, original, converted: true }
        }
        (Some(currency), _) => {
            let amount = fine(written.amount, currency, context.decimals)?;
            Booked {
                amount,
                currency,
                original: original(fields, amount, currency, context)?,
                converted: false,
            }
        }
        (None, symbol) => {
            // The account's currency is not stated; the amounts' own stands for it, unless they were converted.
            let currency = symbol.unwrap_or(Currency::UNSTATED);
            if let Some(rate) = rate(fields.rate, "CURRATE", context)?.filter(|rate| *rate != Decimal::ONE) {
                return Err(invalid("CURRATE", &rate.to_string(), "1 where the statement has no CURDEF"));
            }
            let amount = fine(written.amount, currency, currency.decimals())?;
            Booked { amount, currency, original: None, converted: false }
        }
    };
    Ok((booked, written))
}

/// What was paid in another currency, where the bank converted it.
fn original(
    fields: &Fields<'_>,
    amount: Decimal,
    currency: Currency,
    context: &Context<'_, '_>,
) -> Result<Option<Box<Original>>> {
    if fields.original_symbol.is_empty() {
        return Ok(None);
    }
    let read = values::identifier(context.file, fields.original_symbol);
    let symbol = Currency::new(&read).filter(|symbol| *symbol != currency && symbol.is_stated());
    let (Some(symbol), Some(rate)) = (symbol, rate(fields.original_rate, "CURRATE", context)?) else {
        return Ok(None);
    };
    let in_symbol = amount.checked_div(rate).filter(|amount| amount.abs() < Decimal::from(LARGEST));
    Ok(in_symbol.map(|in_symbol| {
        let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let mut amount = in_symbol.round_dp_with_strategy(symbol.decimals(), strategy);
        amount.rescale(symbol.decimals());
        Box::new(Original { amount, currency: symbol, rate: Some(rate) })
    }))
}

fn symbol(bytes: &[u8], context: &Context<'_, '_>) -> Result<Option<Currency>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let shown = values::identifier(context.file, bytes);
    currency(&shown, "CURSYM").map(Some)
}

/// A currency by its code.
pub(super) fn currency(shown: &str, element: &'static str) -> Result<Currency> {
    Currency::new(shown)
        .filter(Currency::is_stated)
        .ok_or_else(|| invalid(element, shown, "a currency of three letters (ISO 4217)"))
}

fn rate(bytes: &[u8], element: &'static str, context: &Context<'_, '_>) -> Result<Option<Decimal>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let shown = values::identifier(context.file, bytes);
    // A rate has any number of decimals and no thousands.
    let rate = shown.replace(',', ".").parse::<Decimal>().ok();
    let rate = rate.filter(|rate| *rate > Decimal::ZERO && rate.to_string().parse() == Ok(*rate));
    rate.map(Some).ok_or_else(|| invalid(element, &shown, "an exchange rate"))
}

/// A value that is none of its kind.
pub(super) fn invalid(element: &'static str, found: &str, expected: &str) -> Error {
    let shown: String = found.chars().take(40).collect();
    Error::new(Code::OFX_VALUE_INVALID).arg("element", element).arg("found", shown).arg("expected", expected)
}

/// Adds a piece to the text unless one repeats the other.
fn remark(said: &mut Text, piece: &str) {
    if said.is_empty() {
        said.push_str(piece);
        return;
    }
    if piece.is_empty() || (said.len() < COMPARED && said.contains(piece)) {
        return;
    }
    if said.len() < COMPARED && piece.starts_with(said.as_str()) {
        said.clear();
    } else {
        said.push(' ');
    }
    said.push_str(piece);
}
