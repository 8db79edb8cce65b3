//! Remarks of Dutch banks.

use super::{cut, detail, fill};
use crate::domain::{Text, Transaction};
use crate::formats::csv::line::account;

/// What a label of a remark says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Name,
    Remittance,
    Account,
    Bic,
    Reference,
    Mandate,
    Creditor,
    Detail(&'static str),
}

/// `Naam: … Omschrijving: … IBAN: … Kenmerk: … Machtiging ID: … Incassant ID: … Valutadatum: …`, also in English.
pub(super) fn ing(line: &mut Transaction, text: &str) {
    const LABELS: &[(&str, Says)] = &[
        ("Naam:", Says::Name),
        ("Name:", Says::Name),
        ("Omschrijving:", Says::Remittance),
        ("Description:", Says::Remittance),
        ("IBAN:", Says::Account),
        ("BIC:", Says::Bic),
        ("Kenmerk:", Says::Reference),
        ("Reference:", Says::Reference),
        ("Machtiging ID:", Says::Mandate),
        ("Mandate ID:", Says::Mandate),
        ("Incassant ID:", Says::Creditor),
        ("Creditor ID:", Says::Creditor),
        ("Datum/Tijd:", Says::Detail("Time")),
        ("Date/time:", Says::Detail("Time")),
        ("Valutadatum:", Says::Detail("Value date")),
        ("Value date:", Says::Detail("Value date")),
    ];
    labelled(line, text, LABELS);
}

/// ABN AMRO in its three forms.
pub(super) fn abn(line: &mut Transaction, text: &str) {
    const WORDS: &[(&str, Says)] = &[
        ("TRTP/", Says::Detail("Kind")),
        ("IBAN/", Says::Account),
        ("BIC/", Says::Bic),
        ("NAME/", Says::Name),
        ("REMI/", Says::Remittance),
        ("EREF/", Says::Reference),
        ("MARF/", Says::Mandate),
        ("CSID/", Says::Creditor),
        ("ORDP/", Says::Detail("Ultimate party")),
        ("BENM/", Says::Detail("Ultimate party")),
        ("SVCL/", Says::Detail("Service level")),
        ("PURP/", Says::Detail("Purpose")),
    ];
    const LABELS: &[(&str, Says)] = &[
        ("IBAN:", Says::Account),
        ("BIC:", Says::Bic),
        ("Naam:", Says::Name),
        ("Omschrijving:", Says::Remittance),
        ("Kenmerk:", Says::Reference),
        ("Machtiging:", Says::Mandate),
        ("Incassant:", Says::Creditor),
    ];
    if text.starts_with("/TRTP/") || text.starts_with("/IBAN/") {
        labelled(line, text, WORDS);
    } else if text.starts_with("SEPA ") {
        labelled(line, text, LABELS);
    } else if let Some((_, merchant)) = text.split_once("NR:").filter(|_| is_card(text)) {
        // BEA   NR:AB12CD   12.10.26/13.45 MERCHANT,PAS123
        let words = merchant.split_whitespace().skip(2).collect::<Vec<_>>().join(" ");
        let name = words.split(",PAS").next().unwrap_or_default();
        fill(&mut line.counterparty.name, name);
    }
}

fn is_card(text: &str) -> bool {
    ["BEA", "GEA", "eCom", "STORTING"].iter().any(|kind| text.starts_with(kind))
}

fn labelled(line: &mut Transaction, text: &str, labels: &[(&str, Says)]) {
    let names: Vec<_> = labels.iter().map(|(name, _)| *name).collect();
    let (before, values) = cut(text, &names);
    if values.is_empty() {
        return;
    }
    let mut remittance: Option<Text> = None;
    for (label, value) in values {
        let Some((_, says)) = labels.get(label) else { continue };
        // Words between slashes end with the slash of the next.
        let value = value.strip_suffix('/').unwrap_or(value).trim();
        match says {
            Says::Name => fill(&mut line.counterparty.name, value),
            Says::Remittance => fill(&mut remittance, value),
            Says::Account => {
                if let Some(account) = account(value) {
                    fill(&mut line.counterparty.account, &account);
                }
            }
            Says::Bic => fill(&mut line.counterparty.bic, value),
            Says::Reference if value != "NOTPROVIDED" => fill(&mut line.end_to_end, value),
            Says::Reference => {}
            Says::Mandate => fill(&mut line.mandate, value),
            Says::Creditor => detail(line, "Creditor", value),
            Says::Detail(label) => detail(line, label, value),
        }
    }
    let before = before.trim_matches('/');
    // What stands before the labels is the bank's name for the kind of payment; without remittance it is all there is.
    line.text = remittance.or_else(|| (!before.is_empty()).then(|| before.into())).or(line.text.take());
}
