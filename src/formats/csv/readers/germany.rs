//! Texts of German banks.

use super::{detail, fill};
use crate::domain::TransactionDraft;

/// What stands behind a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    EndToEnd,
    Mandate,
    Remittance,
    Detail(&'static str),
}

/// The keywords, in the order in which banks write them. Source: DFÜ-Abkommen, annex 3, chapter 8, field 86.
const KEYWORDS: &[(&str, Says)] = &[
    ("EREF+", Says::EndToEnd),
    ("KREF+", Says::Detail("Customer reference")),
    ("MREF+", Says::Mandate),
    ("CRED+", Says::Detail("Creditor")),
    ("DEBT+", Says::Detail("Debtor")),
    ("COAM+", Says::Detail("Charges of the other bank")),
    ("OAMT+", Says::Detail("Original amount")),
    ("SVWZ+", Says::Remittance),
    ("ABWA+", Says::Detail("Ultimate party")),
    ("ABWE+", Says::Detail("Ultimate party")),
];
/// Longest reference of SEPA, in characters.
const REFERENCE: usize = 35;

/// `EREF+…MREF+…CRED+…SVWZ+…ABWA+…`: one behind the other, in this order, each at most once.
///
/// A text that does not begin with a keyword, or whose references are longer than SEPA lets them be, stays whole:
/// there, the words may be the payer's.
pub(super) fn sepa(line: &mut TransactionDraft, text: &str) {
    for (says, value) in values(text).unwrap_or_default() {
        match says {
            Says::EndToEnd if value != "NOTPROVIDED" => fill(&mut line.end_to_end, value),
            Says::EndToEnd => {}
            Says::Mandate => fill(&mut line.mandate, value),
            Says::Remittance => line.text = Some(value.into()),
            Says::Detail(label) => detail(line, label, value),
        }
    }
}

/// What each keyword says; none where the text stays whole.
fn values(text: &str) -> Option<Vec<(Says, &str)>> {
    let mut values = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some((index, says, after)) = begins(rest, from) {
        let (value, more) = after.split_at_checked(next(after, index + 1))?;
        let value = value.trim();
        let reference = [Says::EndToEnd, Says::Mandate].contains(&says);
        if reference && value.chars().count() > REFERENCE {
            return None;
        }
        values.push((says, value));
        (rest, from) = (more, index + 1);
    }
    values.retain(|(_, value)| !value.is_empty());
    Some(values)
}

/// The keyword that a text begins with, of those from an index on: its index, what it says, the rest.
fn begins(text: &str, from: usize) -> Option<(usize, Says, &str)> {
    let mut keywords = KEYWORDS.iter().enumerate().skip(from);
    keywords.find_map(|(index, (word, says))| Some((index, *says, text.strip_prefix(word)?)))
}

/// Where the next of the keywords from an index on begins, else the end.
fn next(text: &str, from: usize) -> usize {
    let keywords = KEYWORDS.iter().skip(from);
    keywords.filter_map(|(word, _)| text.find(word)).min().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_stand_one_behind_the_other() {
        let found = values("EREF+R 12MREF+M-7CRED+DE98ZZZ09999999999SVWZ+Rent MayABWA+Ann");
        let expected = [
            (Says::EndToEnd, "R 12"),
            (Says::Mandate, "M-7"),
            (Says::Detail("Creditor"), "DE98ZZZ09999999999"),
            (Says::Remittance, "Rent May"),
            (Says::Detail("Ultimate party"), "Ann"),
        ];
        assert_eq!(found.as_deref(), Some(&expected[..]));
    }

    #[test]
    fn what_the_payer_may_have_written_stays_in_the_text() {
        let found = values("SVWZ+EREF+1 and MREF+2");
        assert_eq!(found.as_deref(), Some(&[(Says::Remittance, "EREF+1 and MREF+2")][..]));
        assert_eq!(values("Rent EREF+1SVWZ+May").as_deref(), Some(&[][..]));
        assert_eq!(values("EREF+SVWZ+").as_deref(), Some(&[][..]));
        assert_eq!(values("EREF+12345678901234567890123456789012345 6SVWZ+May"), None);
    }
}
