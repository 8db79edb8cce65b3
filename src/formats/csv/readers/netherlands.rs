//! Remarks of Dutch banks.

use super::{cut, detail, fill};
use crate::domain::{Text, TransactionDraft};
use crate::formats::DateOrder;
use crate::formats::csv::cells::is_date;
use crate::formats::csv::line::account;
use crate::formats::dates::Written;

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
    ValueDate,
    Detail(&'static str),
}

/// `Naam: … Omschrijving: … IBAN: … Kenmerk: … Machtiging ID: … Incassant ID: … Valutadatum: …`, also in English.
pub(super) fn ing(line: &mut TransactionDraft, text: &str) {
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
        ("Valutadatum:", Says::ValueDate),
        ("Value date:", Says::ValueDate),
    ];
    labelled(line, text, LABELS);
}

/// ABN AMRO in its three forms.
pub(super) fn abn(line: &mut TransactionDraft, text: &str) {
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
    } else if let Some(name) = card_name(text) {
        fill(&mut line.counterparty.name, &name);
    }
}

/// The merchant of a card payment: `BEA   NR:AB12CD   12.10.26/13.45 MERCHANT,PAS123`, and since 2021
/// `BEA, Betaalpas   MERCHANT,PAS123   NR:AB12CD, 12.10.26/13:45   PLACE`.
fn card_name(text: &str) -> Option<String> {
    let rest = ["BEA", "GEA", "eCom", "STORTING"].iter().find_map(|kind| text.strip_prefix(kind))?;
    let rest = if let Some(rest) = rest.strip_prefix(',') {
        let rest = rest.trim_start();
        let means = ["Betaalpas", "Apple Pay", "Google Pay", "Creditcard"];
        means.iter().find_map(|means| rest.strip_prefix(means)).unwrap_or(rest).to_owned()
    } else {
        let (_, merchant) = rest.split_once("NR:")?;
        merchant.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")
    };
    let day = |word: &str| word.len() > 8 && is_date(word.get(..8).unwrap_or_default());
    let words = rest.split(",PAS").next().unwrap_or_default().split_whitespace();
    let name: Vec<_> = words.take_while(|word| !word.starts_with("NR:") && !day(word)).collect();
    (!name.is_empty()).then(|| name.join(" "))
}

fn labelled(line: &mut TransactionDraft, text: &str, labels: &[(&str, Says)]) {
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
            Says::ValueDate => {
                let date = Written::read(value).and_then(|written| written.date(DateOrder::DayMonthYear));
                line.value_on = line.value_on.or(date);
            }
            Says::Detail(label) => detail(line, label, value),
        }
    }
    let before = before.trim_matches('/');
    // What stands before the labels is the bank's name for the kind of payment; without remittance it is all there is.
    line.text = remittance.or_else(|| (!before.is_empty()).then(|| before.into())).or(line.text.take());
}
