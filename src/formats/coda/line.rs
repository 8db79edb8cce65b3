//! A movement or detail to a line.

use super::codes;
use super::group::Part;
use super::structured::{Doubt, Draft, decimal};
use crate::domain::{Counterparty, Currency, Detail, Kind, Original, Text, TransactionDraft};
use crate::errors::{Code, Error, Place};

/// Customer references that say that there is none.
const NO_REFERENCE: [&str; 4] = ["NOTPROVIDED", "NOT PROVIDED", "NOTPROVIDED.", "NONREF"];

/// Fills a draft with everything that a part says; gives the doubts to report.
pub(super) fn draft(part: &Part, currency: Currency, draft: &mut Draft, mut doubt: impl FnMut(Doubt)) {
    draft.clear();
    if part.structured {
        draft.decode(part.communication.text(), part.amount, currency).into_iter().for_each(&mut doubt);
    } else {
        draft.say(part.communication.text(), false);
    }
    let mut joined = false;
    for note in part.notes() {
        if note.structured {
            draft.decode(note.zones.text(), part.amount, currency).into_iter().for_each(&mut doubt);
            joined = false;
        } else {
            draft.say_once(note.zones.text(), joined);
            joined = note.zones.is_full();
        }
    }
    if let Some((amount, of)) = part.original.filter(|(_, of)| *of != currency && draft.original.is_none()) {
        let amount = if part.amount < 0 { -amount } else { amount };
        draft.original = Some(Original { amount: decimal(amount, of), currency: of, rate: None });
    }
    draft.fact("Address", part.address.as_str());
    draft.returned(part.returned, &part.reason);
    draft.fact("Category purpose", part.category_purpose.as_str());
    draft.fact("Purpose", part.purpose.as_str());
    draft.kind = draft.kind.or_else(|| codes::kind(part.code));
}

/// The line of a part. Its identity and, where the part names no day, its booking date are set later.
pub(super) fn transaction(part: &Part, currency: Currency, draft: &mut Draft) -> TransactionDraft {
    let end_to_end = Some(&part.customer_reference)
        .filter(|reference| !reference.is_empty() && !NO_REFERENCE.contains(&reference.as_str()));
    let booked_on = part.booked_on.or(part.value_on).unwrap_or(crate::domain::Date::ZERO);
    TransactionDraft {
        value_on: part.value_on,
        original: draft.original.take().map(Box::new),
        counterparty: Counterparty {
            name: longer(&part.name, draft.name.take()),
            account: part.account.clone(),
            bic: (!part.bic.is_empty()).then(|| part.bic.clone()),
        },
        text: (!draft.text.is_empty()).then(|| Text::from(draft.text.as_str())),
        structured: draft.structured.take(),
        reference: (!part.reference.is_empty()).then(|| part.reference.clone()),
        end_to_end: end_to_end.cloned(),
        mandate: draft.mandate.take(),
        bank_code: Some(codes::digits(part.code)),
        kind: draft.kind,
        details: draft.details.drain(..).collect(),
        ..TransactionDraft::new(booked_on, decimal(part.amount, currency), currency)
    }
}

/// The name of record 2.3, or that of type 001 where it is longer.
fn longer(short: &Text, long: Option<Text>) -> Option<Text> {
    let short = (!short.is_empty()).then_some(short);
    match (short, long) {
        (Some(short), Some(long)) if long.len() > short.len() => Some(long),
        (Some(short), _) => Some(short.clone()),
        (None, long) => long,
    }
}

/// A detail of a movement that is kept whole, in one sentence.
pub(super) fn as_fact(place: usize, line: &TransactionDraft) -> Detail {
    let mut value = format!("{} {}", line.amount, line.currency);
    let words = line.bank_code.as_deref().and_then(codes::describe);
    let other = &line.counterparty;
    for said in
        [words.as_deref(), other.name.as_deref(), other.account.as_deref(), line.structured.as_deref()]
            .into_iter()
            .chain([line.text.as_deref(), line.end_to_end.as_deref()])
            .flatten()
    {
        value.push_str(", ");
        value.push_str(said);
    }
    for detail in &line.details {
        value.push_str("; ");
        value.push_str(&detail.label);
        value.push_str(": ");
        value.push_str(&detail.value);
    }
    Detail { label: compact_str::format_compact!("Detail {place}"), value: Text::from(value) }
}

/// Gives a movement what its only detail, or the details of its charges, say and it does not.
pub(super) fn enrich(line: &mut TransactionDraft, detail: &TransactionDraft) {
    let (own, other) = (&mut line.counterparty, &detail.counterparty);
    fill(&mut own.name, other.name.as_ref());
    fill(&mut own.account, other.account.as_ref());
    fill(&mut own.bic, other.bic.as_ref());
    fill(&mut line.text, detail.text.as_ref());
    fill(&mut line.structured, detail.structured.as_ref());
    fill(&mut line.end_to_end, detail.end_to_end.as_ref());
    fill(&mut line.mandate, detail.mandate.as_ref());
    if line.original.is_none() {
        line.original.clone_from(&detail.original);
    }
    if line.kind.is_none() {
        line.kind = detail.kind.filter(|kind| *kind != Kind::Charges);
    }
}

fn fill(own: &mut Option<Text>, other: Option<&Text>) {
    if own.is_none() {
        *own = other.cloned();
    }
}

/// A doubt as the finding of a statement.
pub(super) fn finding(doubt: Doubt, line: u64) -> Error {
    let error = match doubt {
        Doubt::CheckDigits(digits) => Error::new(Code::CODA_CHECK_DIGITS).arg("communication", digits),
        Doubt::UnknownType(kind) => Error::new(Code::CODA_COMMUNICATION_UNKNOWN).arg("kind", kind),
    };
    error.at(Place::line(line))
}
