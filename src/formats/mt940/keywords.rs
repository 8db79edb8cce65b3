//! SEPA keywords within remittance information: `EREF+…KREF+…MREF+…SVWZ+…`.
//!
//! A value ends where the next keyword begins. A keyword may be cut by the border of a subfield, so it is looked for
//! in the pieces joined with nothing; a blank that was lost at such a border is put back in text, never in a
//! reference. Source: DFÜ-Abkommen of the German banks, annex 3, chapter 8, field 86.

use super::information::{Draft, push_collapsed, unwrap_into};
use super::records::is_bic;
use crate::domain::Text;

const BIC: &str = "BIC";

/// Whether a word is a keyword, before a plus sign, or a colon and a blank.
fn is_keyword(word: &[u8]) -> bool {
    match word.first_chunk::<4>() {
        Some(four) if word.len() == 4 => matches!(
            four,
            b"EREF"
                | b"KREF"
                | b"MREF"
                | b"CRED"
                | b"DEBT"
                | b"COAM"
                | b"OAMT"
                | b"SVWZ"
                | b"ABWA"
                | b"ABWE"
                | b"IBAN"
                | b"PURP"
                | b"MDAT"
                | b"SQTP"
                | b"ORCR"
                | b"ORMR"
                | b"DDAT"
                | b"RREF"
                | b"BREF"
                | b"ANAM"
                | b"MTLG"
        ),
        _ => word == BIC.as_bytes(),
    }
}

/// Whether a text without subfields holds SEPA keywords.
pub(super) fn are_in(text: &str) -> bool {
    text.contains("SVWZ+") || text.contains("EREF+")
}

/// Lines of a text without subfields.
pub(super) fn read_lines(text: &str, draft: &mut Draft) {
    let mut joined = std::mem::take(&mut draft.joined);
    unwrap_into(text, &mut joined);
    // A code may stand before them.
    let code = joined.bytes().take_while(u8::is_ascii_digit).count();
    let from = if code == 3 { code } else { 0 };
    draft.code = Text::from(joined.get(..from).unwrap_or_default());
    read(joined.get(from..).unwrap_or_default(), &[], draft);
    draft.joined = joined;
}

/// Remittance information; `gaps` are the places where a blank may have been lost.
pub(super) fn read(text: &str, gaps: &[usize], draft: &mut Draft) {
    let mut open: Option<(&str, usize)> = None;
    let mut start = 0;
    let mut search = 0;
    while let Some((keyword, at, after)) = next(text, search, gaps) {
        value(text, open.map(|(keyword, _)| keyword), start..at, gaps, draft);
        open = Some((keyword, at));
        (start, search) = (after, after);
    }
    value(text, open.map(|(keyword, _)| keyword), start..text.len(), gaps, draft);
    draft.take_creditor_reference();
}

/// The next keyword: its name, where it begins, where its value begins.
fn next<'t>(text: &'t str, from: usize, gaps: &[usize]) -> Option<(&'t str, usize, usize)> {
    let bytes = text.as_bytes();
    let mut search = from;
    loop {
        let found = search + memchr::memchr2(b'+', b':', bytes.get(search..)?)?;
        search = found + 1;
        let colon = bytes.get(found) == Some(&b':');
        for length in [4, 3] {
            let Some(at) = found.checked_sub(length).filter(|at| *at >= from) else { continue };
            if !bytes.get(at..found).is_some_and(is_keyword) {
                continue;
            }
            let Some(word) = text.get(at..found) else { continue };
            // With a colon it must stand alone: `IBAN: `, not a word that ends so.
            let alone = at == 0
                || gaps.binary_search(&at).is_ok()
                || bytes.get(at - 1).is_some_and(|b| !b.is_ascii_alphanumeric());
            if !colon || alone {
                return Some((word, at, found + 1));
            }
        }
    }
}

fn value(
    text: &str,
    keyword: Option<&str>,
    range: std::ops::Range<usize>,
    gaps: &[usize],
    draft: &mut Draft,
) {
    let Some(value) = text.get(range.clone()) else { return };
    let plain = value.trim_ascii();
    match keyword {
        None | Some("SVWZ" | "MTLG") => write(value, range.start, gaps, &mut draft.text),
        Some("EREF") => {
            // What follows without a keyword is text: a reference has 35 characters, and ends where a subfield does.
            let end = range.start + value.char_indices().nth(REFERENCE).map_or(value.len(), |(at, _)| at);
            let end = if end < range.end { gap_before(gaps, range.start, end).unwrap_or(end) } else { end };
            draft.take_end_to_end(text.get(range.start..end).unwrap_or(plain));
            write(text.get(end..range.end).unwrap_or_default(), end, gaps, &mut draft.text);
        }
        Some("MREF") => draft.mandate = Text::from(plain),
        Some("IBAN") => {
            // What follows an IBAN without a keyword of its own is text.
            let end = plain.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(plain.len());
            let (iban, rest) = plain.split_at_checked(end).unwrap_or((plain, ""));
            draft.take_account(iban);
            push_collapsed(&mut draft.text, rest);
        }
        Some(BIC) => {
            let (bic, rest) = plain.split_once(' ').unwrap_or((plain, ""));
            if draft.bic.is_empty() && is_bic(bic) {
                draft.bic = Text::from(bic);
            }
            push_collapsed(&mut draft.text, rest);
        }
        Some("KREF") => draft.fact("Customer reference", plain),
        Some("CRED") => draft.fact("Creditor identifier", plain),
        Some("DEBT") => draft.fact("Debtor identifier", plain),
        Some("PURP") => draft.fact("Purpose", plain),
        Some("ABWA") => draft.fact("Ultimate debtor", plain),
        Some("ABWE") => draft.fact("Ultimate creditor", plain),
        Some("OAMT") => draft.fact("Original amount", plain),
        Some("COAM") => draft.fact("Charges", plain),
        Some("RREF") => draft.fact("Reference of the return", plain),
        Some("BREF") => draft.fact("Bank reference", plain),
        Some("MDAT") => draft.fact("Mandate signed on", plain),
        Some("SQTP") => draft.fact("Sequence of the direct debit", plain),
        Some("DDAT") => draft.fact("Due date", plain),
        Some("ORCR") => draft.fact("Former creditor identifier", plain),
        Some("ORMR") => draft.fact("Former mandate", plain),
        Some(_) => draft.fact("Further name", plain),
    }
}

/// Characters of an end-to-end reference (SEPA).
const REFERENCE: usize = 35;

/// The last place between these two where a subfield ended early.
fn gap_before(gaps: &[usize], start: usize, end: usize) -> Option<usize> {
    let before = gaps.partition_point(|gap| *gap <= end);
    gaps.get(before.checked_sub(1)?).copied().filter(|gap| *gap > start)
}

/// Adds a text, which begins at `start` of what the gaps count in, with the blanks that were lost.
pub(super) fn write(text: &str, start: usize, gaps: &[usize], out: &mut Text) {
    let mut from = 0;
    let mut joined = Text::default();
    let first = gaps.partition_point(|gap| *gap <= start);
    for gap in gaps.get(first..).unwrap_or_default().iter().map(|gap| gap - start) {
        let Some(piece) = text.get(from..gap) else { break };
        joined.push_str(piece);
        joined.push(' ');
        from = gap;
    }
    if from == 0 {
        push_collapsed(out, text);
        return;
    }
    joined.push_str(text.get(from..).unwrap_or_default());
    push_collapsed(out, &joined);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, gaps: &[usize]) -> Draft {
        let mut draft = Draft::default();
        read(text, gaps, &mut draft);
        draft
    }

    #[test]
    fn values_end_where_the_next_keyword_begins() {
        let draft = of("EREF+E-7 1KREF+K1MREF+M1CRED+DE98ZZZ09999999999SVWZ+Rent Mai", &[]);
        assert_eq!((draft.end_to_end.as_str(), draft.mandate.as_str()), ("E-7 1", "M1"));
        assert_eq!(draft.text, "Rent Mai");
        assert_eq!(draft.facts.len(), 2);
        let colons = of("Rent EREF: E1 IBAN: BE68539007547034 BIC: KREDBEBB", &[]);
        assert_eq!((colons.text.as_str(), colons.end_to_end.as_str()), ("Rent", "E1"));
        assert_eq!((colons.account.as_str(), colons.bic.as_str()), ("BE68539007547034", "KREDBEBB"));
        assert_eq!(of("EREF+NOTPROVIDEDSVWZ+x", &[]).end_to_end, "");
        assert_eq!(of("my MYIBAN: x", &[]).text, "my MYIBAN: x");
        let message = of("EREF+TFNR 40005MTLG:Reject", &[15]);
        assert_eq!((message.end_to_end.as_str(), message.text.as_str()), ("TFNR 40005", "Reject"));
        let long = of("EREF+TFNR 40005Reject of a transfer that came from abroad", &[15]);
        assert_eq!(
            (long.end_to_end.as_str(), long.text.as_str()),
            ("TFNR 40005", "Reject of a transfer that came from abroad")
        );
    }

    #[test]
    fn lost_blanks_are_put_back_in_text_only() {
        let draft = of("EREF+ABSVWZ+onetwo", &[6, 15]);
        assert_eq!((draft.end_to_end.as_str(), draft.text.as_str()), ("AB", "one two"));
    }
}
