//! `:86:` with code words between slashes: `/TRTP/SEPA OVERBOEKING/IBAN/…/BIC/…/NAME/…/REMI/…/EREF/…`.
//!
//! ABN AMRO, Knab and bunq give each fact a word of its own; Rabobank puts the name behind the party
//! (`/BENM//NAME/…`); ING puts account, BIC, name and town of a party in one value (`/CNTP/iban/bic/name/town/`), and
//! marks the remittance as free or structured (`/REMI/USTD//…/`, `/REMI/STRD/CUR/…/`). A value may hold slashes: only a
//! word of the list between two of them begins another. Sources: the banks' MT940 descriptions; SWIFT Standards
//! MT940, field 86, code words.

use super::information::{Draft, collapsed, push_collapsed, unwrap_into};
use super::records::{amount, is_bic};
use crate::domain::account::{compact, has_iban_form};
use crate::domain::{Currency, Text, communication};

/// Words that begin a value.
const WORDS: [&str; 45] = [
    "TRTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "MARF", "CSID", "PREF", "ORDP", "BENM", "CNTP", "RTRN",
    "ULTD", "ULTB", "ULTC", "PURP", "ISDT", "ADDR", "TRCD", "EXCH", "CHGS", "OCMT", "ID", "BUSP", "CREF",
    "IREF", "KREF", "SVCL", "PT", "PY", "BAI", "ACNO", "OGB", "VA", "ACCW", "INFO", "SUM", "OSDR", "SVWZ",
    "MREF", "OAMT", "AMNT", "GSID", "RREF",
];

/// Whose name a `/NAME/` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Counterparty,
    UltimateDebtor,
    UltimateCreditor,
}

/// Whether a text begins with a code word.
pub(super) fn begin(text: &str) -> bool {
    text.starts_with('/') && word(text, 0).is_some()
}

/// Reads a text that begins with a code word; false for any other.
pub(super) fn read(text: &str, draft: &mut Draft) -> bool {
    let trimmed = text.trim_start();
    if !begin(trimmed) {
        return false;
    }
    if trimmed.contains('\n') {
        let mut joined = std::mem::take(&mut draft.joined);
        unwrap_into(trimmed, &mut joined);
        read_joined(&joined, draft);
        draft.joined = joined;
    } else {
        read_joined(trimmed, draft);
    }
    true
}

/// The code word at a slash, and where its value begins.
fn word(text: &str, at: usize) -> Option<(&'static str, usize)> {
    let rest = text.as_bytes().get(at + 1..)?;
    let length = rest.iter().take(5).position(|b| *b == b'/')?;
    let found = rest.get(..length)?;
    let known = WORDS.iter().find(|word| word.as_bytes() == found)?;
    Some((known, at + length + 2))
}

fn read_joined(text: &str, draft: &mut Draft) {
    let mut party = Party::Counterparty;
    let mut next = word(text, 0);
    while let Some((name, start)) = next {
        let mut search = start.saturating_sub(1);
        // A value may be empty: the slash that ends a word may begin the next.
        let end = loop {
            match memchr::memchr(b'/', text.as_bytes().get(search..).unwrap_or_default()) {
                None => {
                    next = None;
                    break text.len();
                }
                Some(found) => {
                    let at = search + found;
                    next = word(text, at);
                    if next.is_some() {
                        break at;
                    }
                    search = at + 1;
                }
            }
        };
        let value = text.get(start..end.max(start)).unwrap_or_default();
        take(name, value.trim(), &mut party, draft);
    }
    draft.take_creditor_reference();
}

fn take(word: &str, value: &str, party: &mut Party, draft: &mut Draft) {
    match word {
        "BENM" | "ORDP" | "CNTP" => {
            *party = Party::Counterparty;
            counterparty(value, draft);
        }
        "ULTD" | "ULTB" | "ULTC" => {
            *party = if word == "ULTD" { Party::UltimateDebtor } else { Party::UltimateCreditor };
            name(value.trim_matches('/'), *party, draft);
        }
        "NAME" => name(value.trim_end_matches('/'), *party, draft),
        "IBAN" | "ACNO" => draft.take_account(value.trim_matches('/')),
        // Rabobank: account and BIC with a comma between them.
        "ACCW" => {
            let (account, bic) = value.split_once(',').unwrap_or((value, ""));
            draft.take_account(account);
            take_bic(bic, draft);
        }
        "BIC" => take_bic(value.trim_matches('/'), draft),
        "REMI" | "SVWZ" => remittance(value, draft),
        "EREF" => draft.take_end_to_end(value.trim_end_matches('/')),
        "MARF" | "MREF" => draft.mandate = Text::from(value.trim_matches('/')),
        "TRTP" => draft.booking_text = collapsed(value.trim_matches('/')),
        "RTRN" => {
            draft.returned = true;
            draft.fact("Return reason", value.trim_matches('/'));
        }
        "TRCD" | "BAI" => {
            let (code, words) = value.split_once('/').unwrap_or((value, ""));
            // The codes of BAI have three digits too.
            let list = if word == "BAI" { "BAI" } else { "" };
            draft.code = compact_str::format_compact!("{list}{}", code.trim());
            if draft.booking_text.is_empty() {
                draft.booking_text = collapsed(words.trim_matches('/'));
            }
        }
        // Text may follow an amount without a word of its own.
        "OCMT" | "OAMT" | "CHGS" | "EXCH" => {
            let (written, said) = value.trim_start_matches('/').split_once('/').unwrap_or((value, ""));
            match word {
                "CHGS" => draft.fact("Charges", written),
                "EXCH" => {
                    draft.rate = amount(written.trim().as_bytes());
                    draft.fact("Rate", written);
                }
                _ => original(written.trim(), draft),
            }
            push_collapsed(&mut draft.text, said.trim_matches('/'));
        }
        "PT" | "OSDR" | "SUM" | "VA" | "AMNT" => draft.fact("Further information", value),
        "PY" | "INFO" => push_collapsed(&mut draft.text, value),
        _ => draft.fact(label(word), value.trim_matches('/')),
    }
}

fn label(word: &str) -> &'static str {
    match word {
        "CSID" => "Creditor identifier",
        "PREF" => "Payment information",
        "PURP" => "Purpose",
        "ISDT" => "Issue date",
        "ADDR" => "Address",
        "ID" => "Identification",
        "KREF" | "CREF" => "Customer reference",
        "IREF" => "Instruction",
        "RREF" => "Reference of the return",
        "OGB" => "Counterparty's bank",
        _ => "Further information",
    }
}

fn name(value: &str, party: Party, draft: &mut Draft) {
    match party {
        Party::Counterparty if draft.name.is_empty() => draft.name = collapsed(value),
        Party::Counterparty if draft.name.eq_ignore_ascii_case(value.trim()) => {}
        Party::Counterparty => draft.fact("Further name", value),
        Party::UltimateDebtor => draft.fact("Ultimate debtor", value),
        Party::UltimateCreditor => draft.fact("Ultimate creditor", value),
    }
}

fn take_bic(value: &str, draft: &mut Draft) {
    let value = value.trim();
    if is_bic(value) {
        draft.bic = Text::from(value);
    } else {
        draft.fact("Counterparty's bank", value);
    }
}

/// `iban/bic/name/town`, `account/name`, or a name alone.
fn counterparty(value: &str, draft: &mut Draft) {
    let mut named = None;
    for (place, part) in value.split('/').map(str::trim).enumerate() {
        if part.is_empty() {
            continue;
        }
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        if place == 0 && (has_iban_form(&compact(part)) || (digits >= 5 && digits * 2 > part.len())) {
            draft.take_account(part);
        } else if place == 1 && is_bic(part) {
            draft.bic = Text::from(part);
        } else if named.is_none() && draft.name.is_empty() {
            draft.name = collapsed(part);
            named = Some(place);
        } else {
            // The town stands right behind the name.
            let town = named.is_some_and(|name| name + 1 == place);
            draft.fact(if town { "Address" } else { "Further information" }, part);
        }
    }
}

/// `USTD//text/`, `STRD/CUR/reference/`, or the text itself.
fn remittance(value: &str, draft: &mut Draft) {
    if let Some(free) = value.strip_prefix("USTD/") {
        push_collapsed(&mut draft.text, free.trim_matches('/'));
    } else if let Some(structured) = value.strip_prefix("STRD/") {
        let (issuer, reference) = structured.split_once('/').unwrap_or(("", structured));
        let reference = reference.trim_matches('/').trim();
        if !reference.is_empty() && draft.structured.is_none() {
            draft.structured =
                Some(communication::belgian(reference).unwrap_or_else(|| Text::from(reference)));
            draft.fact("Reference type", issuer);
        }
    } else {
        push_collapsed(&mut draft.text, value);
    }
}

/// `USD2853,12`: an amount in the currency of the order.
pub(super) fn original(value: &str, draft: &mut Draft) {
    let Some((currency, written)) = value.split_at_checked(3) else { return };
    match (Currency::new(currency), amount(written.trim().as_bytes())) {
        (Some(currency), Some(amount)) => draft.original = Some((amount, currency)),
        _ => draft.fact("Original amount", value),
    }
}

/// `/OCMT/EUR11,85//CHGS/EUR0,50/` in the supplementary details of a booking; false for anything else.
pub(super) fn supplement(text: &str, draft: &mut Draft) -> bool {
    if !begin(text) {
        return false;
    }
    let mut own = Draft::default();
    read_joined(text, &mut own);
    draft.original = draft.original.or(own.original);
    draft.rate = draft.rate.or(own.rate);
    if draft.code.is_empty() {
        draft.code = own.code;
    }
    draft.facts.append(&mut own.facts);
    draft.take_end_to_end(&own.end_to_end);
    push_collapsed(&mut draft.text, &own.text);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Draft {
        let mut draft = Draft::default();
        assert!(read(text, &mut draft), "{text}");
        draft
    }

    #[test]
    fn a_word_for_each_fact() {
        let draft = of("/TRTP/SEPA OVERBOEKING/IBAN/BE68539007547034/BIC/KREDBEBB/NAME/ANNA MUSTER\
                        /REMI/INV 1/2026/EREF/E-1");
        assert_eq!((draft.account.as_str(), draft.bic.as_str()), ("BE68539007547034", "KREDBEBB"));
        assert_eq!((draft.name.as_str(), draft.text.as_str()), ("ANNA MUSTER", "INV 1/2026"));
        assert_eq!((draft.booking_text.as_str(), draft.end_to_end.as_str()), ("SEPA OVERBOEKING", "E-1"));
    }

    #[test]
    fn a_party_with_its_name_behind_it() {
        let draft = of("/EREF/01-01-2026 12:00/BENM//NAME/ANNA MUSTER/REMI//ISDT/2026-01-02");
        assert_eq!((draft.name.as_str(), draft.text.as_str()), ("ANNA MUSTER", ""));
        let ultimate = of("/ORDP//NAME/ANNA/ULTD//NAME/BERT/REMI/x");
        assert_eq!(ultimate.name, "ANNA");
        assert_eq!(ultimate.facts[0].value, "BERT");
    }

    #[test]
    fn a_party_in_one_value() {
        let draft = of("/RTRN/MD06//CNTP/NL91ABNA0417164300/ABNANL2A/ANNA MUSTER/GENT/REMI/USTD//INV 42/");
        assert_eq!((draft.account.as_str(), draft.bic.as_str()), ("NL91ABNA0417164300", "ABNANL2A"));
        assert_eq!((draft.name.as_str(), draft.text.as_str()), ("ANNA MUSTER", "INV 42"));
        assert!(draft.returned);
        let structured = of("/CNTP/NL91ABNA0417164300///GENT//REMI/STRD/CUR/1234567890123456/");
        assert_eq!(structured.structured.as_deref(), Some("1234567890123456"));
    }

    #[test]
    fn what_is_no_code_word_is_text() {
        for text in ["/X/", "/", "/NAME", "NAME/x", "", "/REMITTANCE/"] {
            assert!(!read(text, &mut Draft::default()), "{text}");
        }
        assert_eq!(of("/REMI/a/b/c").text, "a/b/c");
    }

    #[test]
    fn supplementary_details() {
        let mut draft = Draft::default();
        assert!(supplement("/OCMT/USD11,85//CHGS/EUR0,50/", &mut draft));
        assert_eq!(draft.original.map(|(amount, _)| amount.to_string()).as_deref(), Some("11.85"));
        assert_eq!(draft.facts[0].value, "EUR0,50");
        assert!(!supplement("P001234567", &mut draft));
    }
}
