//! Banks that put several facts into one cell, each taken apart in its own way.
//!
//! A reader only adds what the columns do not give, and a text that it does not know stays whole. By what a line is
//! recognised again never depends on a reader, but for a reference that the preset says so of.

mod belgium;
mod germany;
mod netherlands;

use serde::{Deserialize, Serialize};

use crate::domain::communication::swiss_within;
use crate::domain::{Detail, Text, TransactionDraft};

/// How the remarks of a bank are taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// ING in the Netherlands: labels in `Mededelingen`.
    NlIng,
    /// ABN AMRO: words between slashes, labels in columns of 33 characters, card payments.
    NlAbn,
    /// BNP Paribas Fortis, Fintro, Hello bank!: the bank's reference in `Details`.
    BeBnp,
    /// ING in Belgium: the other side in the text.
    BeIng,
    /// KBC, CBC: creditor and mandate of a direct debit in the text.
    BeKbc,
    /// Belfius: the bank's reference in `Transactie`.
    BeBelfius,
    /// German banks: SEPA keywords in `Verwendungszweck`.
    DeSepa,
    /// Swiss banks: the reference of a QR-bill in the text.
    ChReference,
}

/// What a reader found besides the members of the line.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The bank's reference.
    pub(super) reference: Option<String>,
}

impl Reader {
    /// Takes the text of a line apart.
    pub(super) fn read(self, line: &mut TransactionDraft) -> Found {
        let Some(text) = line.text.clone() else { return Found::default() };
        match self {
            Self::NlIng => netherlands::ing(line, &text),
            Self::NlAbn => netherlands::abn(line, &text),
            Self::BeBnp => return belgium::bnp(&text),
            Self::BeIng => belgium::ing(line, &text),
            Self::BeKbc => belgium::kbc(line, &text),
            Self::BeBelfius => return belgium::belfius(&text),
            Self::DeSepa => germany::sepa(line, &text),
            Self::ChReference => {
                line.structured = line.structured.take().or_else(|| swiss_within(&text));
            }
        }
        Found::default()
    }
}

/// A text cut at its labels: what stands before the first, and each label's index with its value. A label counts
/// where it stands at the start or behind a blank; values are trimmed.
fn cut<'t>(text: &'t str, labels: &[&str]) -> (&'t str, Vec<(usize, &'t str)>) {
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (label, name) in labels.iter().enumerate() {
        for (at, _) in text.match_indices(name) {
            let free = at == 0 || text.get(..at).is_some_and(|before| before.ends_with([' ', '/']));
            let longer = found.iter().any(|(start, end, _)| (*start..*end).contains(&at));
            if free && !longer {
                found.push((at, at + name.len(), label));
            }
        }
    }
    found.sort_unstable();
    let first = found.first().map_or(text.len(), |(at, ..)| *at);
    let mut values = Vec::with_capacity(found.len());
    for (index, (_, end, label)) in found.iter().enumerate() {
        let next = found.get(index + 1).map_or(text.len(), |(at, ..)| *at);
        values.push((*label, text.get(*end..next).unwrap_or_default().trim()));
    }
    (text.get(..first).unwrap_or_default().trim(), values)
}

/// Fills what is empty.
fn fill(slot: &mut Option<Text>, value: &str) {
    if slot.is_none() && !value.is_empty() {
        *slot = Some(value.into());
    }
}

fn detail(line: &mut TransactionDraft, label: &'static str, value: &str) {
    if !value.is_empty() {
        line.details.push(Detail { label: Text::const_new(label), value: value.into() });
    }
}
