//! `:86:` without marks: the text as it is, and what can be known of the other side without a guess.

use super::code_words;
use super::information::{Dialect, Draft, collapsed, push_collapsed, unwrap_into};
use crate::domain::account::{compact, has_iban_form, is_iban};
use crate::domain::{Text, communication};

/// Reads a text; tells which of the dialects without marks it is.
pub(super) fn read(text: &str, draft: &mut Draft) -> Dialect {
    if labels(text, draft) {
        return Dialect::Labels;
    }
    if parts(text, draft) {
        return Dialect::Parts;
    }
    let text = match headed(text, draft) {
        Some(rest) if code_words::read(rest, draft) => return Dialect::CodeWords,
        Some(rest) => rest,
        None => text,
    };
    let mut joined = std::mem::take(&mut draft.joined);
    unwrap_into(text, &mut joined);
    let said = without_code(joined.trim(), draft);
    if draft.account.is_empty() {
        party(text, draft);
        labelled(said, draft);
    }
    push_collapsed(&mut draft.text, said);
    draft.joined = joined;
    if draft.structured.is_none() {
        draft.structured = reference(&draft.text);
    }
    if draft.account.is_empty() {
        account_within(draft);
    }
    Dialect::Text
}

/// German texts without subfields begin with 999 (`999PN5477SCHECK-NR.`).
fn without_code<'t>(text: &'t str, draft: &mut Draft) -> &'t str {
    match text.strip_prefix("999") {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => {
            draft.code = Text::const_new("999");
            rest
        }
        _ => text,
    }
}

/// A first line that is the other side's IBAN and name, as SNS and ASN have it; gives the lines behind it.
fn headed<'t>(text: &'t str, draft: &mut Draft) -> Option<&'t str> {
    let (first, rest) = text.trim_start().split_once('\n')?;
    let (account, name) = first.split_once(' ').unwrap_or((first, ""));
    if !is_iban(account) || rest.trim_ascii().is_empty() {
        return None;
    }
    draft.take_account(account);
    draft.name = collapsed(name);
    Some(rest)
}

/// `… REK: account/NAAM: name`, as Knab had it.
fn labelled(text: &str, draft: &mut Draft) {
    let Some((_, after)) = text.split_once("REK: ") else { return };
    let Some((account, name)) = after.split_once("/NAAM: ") else { return };
    if account.len() <= 34 && account.bytes().all(|b| b.is_ascii_alphanumeric()) {
        draft.take_account(account);
        draft.name = collapsed(name);
    }
}

/// The other side where the first line begins with its account: `NL91… NAME`, `0123456789 NAME` (ING, SNS
/// before SEPA), `GIRO 428428 NAME` and `12.34.56.789 NAME` (ABN AMRO before SEPA).
fn party(text: &str, draft: &mut Draft) {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let (head, rest) = first.split_once(' ').unwrap_or((first, ""));
    if head == "GIRO" {
        let (number, name) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
        if number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit()) {
            draft.take_account(number);
            take_name(name, draft);
        }
    } else if is_iban(head) {
        draft.take_account(head);
        // The name goes on to the end of its line.
        draft.name = collapsed(rest);
    } else if head.len() == 10 && head.bytes().all(|b| b.is_ascii_digit()) && !rest.trim().is_empty() {
        draft.take_account(head);
    } else if is_dotted(head) {
        draft.take_account(head);
        take_name(rest, draft);
    }
}

/// A name that stands in a column of its own: up to two blanks.
fn take_name(text: &str, draft: &mut Draft) {
    let text = text.trim_start();
    let end = text.find("  ").unwrap_or(text.len());
    draft.name = collapsed(text.get(..end).unwrap_or(text));
}

/// `12.34.56.789`, a number of a Dutch bank before SEPA.
fn is_dotted(text: &str) -> bool {
    let mut groups = text.split('.');
    let lengths = [2, 2, 2, 3];
    lengths.iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == *length && group.bytes().all(|b| b.is_ascii_digit()))
    }) && groups.next().is_none()
}

/// A reference of a creditor: a Belgian structured communication, or the Dutch `BETALINGSKENM.`
fn reference(text: &str) -> Option<Text> {
    communication::within(text).or_else(|| {
        let marks = ["BETALINGSKENM.", "BETALINGSKENMERK"];
        let after = marks.iter().find_map(|mark| text.split_once(mark))?.1;
        let digits: Text = after.chars().take_while(|c| c.is_ascii_digit() || *c == ' ').collect();
        let digits: Text = digits.chars().filter(char::is_ascii_digit).take(17).collect();
        (digits.len() == 16).then_some(digits)
    })
}

/// The only IBAN with right check digits that stands in the text.
fn account_within(draft: &mut Draft) {
    let mut found: Option<&str> = None;
    for word in draft.text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| has_iban_form(word)) {
        if is_iban(word) {
            match found {
                Some(known) if known != word => return,
                _ => found = Some(word),
            }
        }
    }
    if let Some(found) = found {
        draft.account = Text::from(found);
    }
}

/// `911 TRANSAKCJA; Z RACH.: account; OD: name; TYT.: text; TNR: number` (mBank).
fn labels(text: &str, draft: &mut Draft) -> bool {
    if !text.contains("; TNR:") && !text.contains("TYT.:") {
        return false;
    }
    let mut joined = std::mem::take(&mut draft.joined);
    joined.clear();
    // Numbers are cut anywhere; a blank at a line's end is part of the text.
    joined.extend(text.split('\n'));
    for (place, part) in joined.split(';').map(str::trim).enumerate() {
        let (label, value) = part.split_once(':').unwrap_or((part, ""));
        match label.trim() {
            "Z RACH." | "NA RACH." | "RACH." => draft.take_account(&compact(value)),
            "OD" | "DLA" if draft.name.is_empty() => draft.name = collapsed(value),
            "TYT." => push_collapsed(&mut draft.text, value),
            "TNR" => draft.fact("Transaction", value),
            _ if place == 0 => {
                let code = part.split(' ').next().unwrap_or_default();
                let coded = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
                draft.fact("Code of the bank", if coded { code } else { "" });
                draft.booking_text = collapsed(if coded { part.get(3..).unwrap_or_default() } else { part });
            }
            _ => draft.fact("Further information", part),
        }
    }
    draft.joined = joined;
    true
}

/// `999SEPA_CREDIT_TRANSFER:text:name:iban` (Penta).
fn parts(text: &str, draft: &mut Draft) -> bool {
    let Some((code, rest)) = text.split_at_checked(3).filter(|(code, _)| *code == "999") else {
        return false;
    };
    let mut parts = rest.split(':');
    let kind = parts.next().unwrap_or_default();
    if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
        return false;
    }
    let parts: Vec<&str> = parts.collect();
    let Some(at) = parts.iter().rposition(|part| has_iban_form(part.trim())) else { return false };
    let (Some(before), Some(account)) = (parts.get(..at), parts.get(at)) else { return false };
    let Some((name, said)) = before.split_last() else { return false };
    draft.code = Text::from(code);
    draft.booking_text = kind.replace('_', " ").into();
    draft.take_account(account);
    draft.name = collapsed(name);
    push_collapsed(&mut draft.text, &said.join(":"));
    for further in parts.get(at + 1..).unwrap_or_default() {
        draft.fact("Further information", further);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Dialect, Draft) {
        let mut draft = Draft::default();
        let dialect = read(text, &mut draft);
        (dialect, draft)
    }

    #[test]
    fn the_other_side_is_taken_where_its_place_shows_it() {
        let side = |text| {
            let draft = of(text).1;
            (draft.account.to_string(), draft.name.to_string())
        };
        let both = |account: &str, name: &str| (account.to_owned(), name.to_owned());
        assert_eq!(side("NL91ABNA0417164300 a muster\nthanks"), both("NL91ABNA0417164300", "a muster"));
        assert_eq!(side("GIRO   428428 MUSTER BV             BETALING"), both("428428", "MUSTER BV"));
        assert_eq!(side("12.34.56.789 MUSTER BV"), both("12.34.56.789", "MUSTER BV"));
        assert_eq!(side("0123456789 MUSTER"), both("0123456789", ""));
        assert_eq!(side("paid to BE68539007547034, thanks"), both("BE68539007547034", ""));
        assert_eq!(side("from BE68539007547034 to NL91ABNA0417164300"), both("", ""));
        assert_eq!(side("GIRO TRANSFER"), both("", ""));
        assert_eq!(
            side("INVOICE 7 REK: NL91ABNA0417164300/NAAM: A. MUSTER"),
            both("NL91ABNA0417164300", "A. MUSTER")
        );
        let words = of("NL91ABNA0417164300 a muster\n/TRTP/SEPA/REMI/Invoice 7/EREF/E-1");
        assert_eq!(
            (words.0, words.1.text.as_str(), words.1.name.as_str()),
            (Dialect::CodeWords, "Invoice 7", "a muster")
        );
        assert_eq!(of("NL91ABNA0417164300 a muster\nthanks").1.text, "thanks");
    }

    #[test]
    fn references_of_creditors() {
        let structured = |text| of(text).1.structured.map(String::from);
        assert_eq!(structured("x +++090/9337/55493+++ y").as_deref(), Some("+++090/9337/55493+++"));
        assert_eq!(structured("BETALINGSKENM.  0000000018503995").as_deref(), Some("0000000018503995"));
        assert_eq!(structured("BETALINGSKENM. 12"), None);
    }

    #[test]
    fn labels_between_semicolons() {
        let (dialect, draft) =
            of("911 TRANSAKCJA; Z RACH.: \n0410501461100000\n2345271577; OD: FIRMA X \nLUBLIN; \
                                   TYT.: FV 1; TNR: 154.1");
        assert_eq!(dialect, Dialect::Labels);
        assert_eq!(
            (draft.account.as_str(), draft.name.as_str()),
            ("04105014611000002345271577", "FIRMA X LUBLIN")
        );
        assert_eq!((draft.facts[0].value.as_str(), draft.booking_text.as_str()), ("911", "TRANSAKCJA"));
    }

    #[test]
    fn parts_between_colons() {
        let (dialect, draft) = of("999SEPA_CREDIT_TRANSFER:Invoice: 7:Anna Muster:BE68539007547034:GOODS");
        assert_eq!(dialect, Dialect::Parts);
        assert_eq!((draft.text.as_str(), draft.name.as_str()), ("Invoice: 7", "Anna Muster"));
        assert_eq!(of("999PN54SCHECK").0, Dialect::Text);
        assert_eq!(of("999PN54SCHECK").1.text, "PN54SCHECK");
    }
}
