//! Remarks of Belgian banks.

use super::{Found, cut, fill};
use crate::domain::TransactionDraft;
use crate::domain::account::{compact, is_iban};

/// `… BANKREFERENTIE : 2606171025209289 VALUTADATUM : …`, in Dutch, French, English.
pub(super) fn bnp(text: &str) -> Found {
    reference(text, &["BANKREFERENTIE", "REFERENCE BANQUE", "BANK REFERENCE"])
}

/// `… REF. : 0700000408807 VAL. 22-11`.
pub(super) fn belfius(text: &str) -> Found {
    reference(text, &["REF."])
}

/// The word behind a label and a colon: digits and capitals.
fn reference(text: &str, labels: &[&str]) -> Found {
    let found = labels.iter().find_map(|label| {
        let (_, rest) = text.rsplit_once(label)?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest.get(..end).filter(|word| word.len() >= 5 && word.bytes().any(|b| b.is_ascii_digit()))
    });
    Found { reference: found.map(str::to_owned) }
}

/// `… Van: NAME - BE29433117044164 … Mededeling: …`, with `Naar`, `De`, `Vers` and the French `Communication`.
pub(super) fn ing(line: &mut TransactionDraft, text: &str) {
    const LABELS: &[&str] = &[
        "Van:",
        "Naar:",
        "Van :",
        "Naar :",
        "De:",
        "Vers:",
        "De :",
        "Vers :",
        "From:",
        "To:",
        "Mededeling:",
        "Mededeling :",
        "Communication:",
        "Communication :",
    ];
    let (_, values) = cut(text, LABELS);
    for (label, value) in values {
        if label < 10 {
            let Some((name, rest)) = value.split_once(" - ") else { continue };
            let account = compact(rest.split(' ').next().unwrap_or_default());
            let grouped = compact(&rest.chars().take(19).collect::<String>());
            if let Some(account) = [account, grouped].into_iter().find(|account| is_iban(account)) {
                fill(&mut line.counterparty.name, name.trim());
                fill(&mut line.counterparty.account, &account);
            }
        } else if !value.is_empty() {
            line.structured = line.structured.take().or_else(|| crate::domain::communication::belgian(value));
        }
    }
}

/// Direct debits of KBC and CBC, which have the creditor in the text alone: `EUROPESE DOMICILIERING … SCHULDEISER : …
/// REF. SCHULDEISER: … MANDAATREFERTE : … MEDEDELING : SCOR BBA …`, in Dutch and English. The text stays whole.
pub(super) fn kbc(line: &mut TransactionDraft, text: &str) {
    const LABELS: &[&str] = &[
        "SCHULDEISER :",
        "CREDITOR :",
        "MANDAATREFERTE :",
        "MANDATE REF. :",
        "MEDEDELING :",
        "REFERENCE :",
        "REF. SCHULDEISER:",
        "CREDITOR REF. :",
        "EIGEN OMSCHR. :",
        "OWN DESCRIPTION :",
    ];
    if !["EUROPESE DOMICILIERING", "EUROPEAN DIRECT DEBIT"].iter().any(|kind| text.starts_with(kind)) {
        return;
    }
    for (label, value) in cut(text, LABELS).1 {
        match label {
            0 | 1 => fill(&mut line.counterparty.name, value),
            // Behind the last label, the words of another column may follow.
            2 | 3 if !value.contains(' ') => fill(&mut line.mandate, value),
            4 | 5 => {
                let number = value.strip_prefix("SCOR BBA ").and_then(|rest| rest.split(' ').next());
                let formed = || number.and_then(crate::domain::communication::belgian);
                line.structured = line.structured.take().or_else(formed);
            }
            _ => {}
        }
    }
}
