//! `:86:` of German-speaking and Eastern European banks: a code, then two-digit subfields behind a separator.
//!
//! | subfield | what |
//! |---|---|
//! | 00 | the bank's words for the booking |
//! | 10 | number of the batch (Primanota); the counterparty's account in Triodos |
//! | 20-29, 60-69 | remittance information, 27 characters each |
//! | 30, 31 | the counterparty's bank and account |
//! | 32, 33 | its name |
//! | 34 | additional text key |
//! | 35-37, 70-79 | more of the name, address |
//! | 38 | the counterparty's IBAN (Poland) |
//!
//! Lines break anywhere, even within a separator's digits, so they are joined with nothing first. Source: DFÜ-Abkommen
//! of the German banks, annex 3, chapter 8 (MT940), field 86.

use super::entry::is_placeholder;
use super::information::{Draft, collapsed};
use super::keywords;
use super::records::is_bic;
use crate::domain::Text;
use crate::domain::account::is_iban;

/// The separator of German banks.
const GERMAN: u8 = b'?';
/// Signs that separate subfields.
const SEPARATORS: &[u8] = b"?^+~<>@|&#";
/// Characters of a subfield of text; a shorter one ended with a blank, or lost it.
const WIDTH: usize = 27;

/// Where the subfields of a text begin.
struct Layout {
    /// Length of the code before them.
    code: usize,
    separator: u8,
}

/// Reads a text with subfields; false where it has none.
pub(super) fn read(text: &str, draft: &mut Draft) -> bool {
    // Nearly always the mark is within the first line; a look there spares everything else.
    let Some(layout) = layout(text) else { return false };
    if memchr::memchr(b'\n', text.as_bytes()).is_some() {
        let mut joined = std::mem::take(&mut draft.joined);
        joined.clear();
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
            joined.push_str(text.get(from..end).unwrap_or_default());
            from = end + 1;
        }
        read_joined(&joined, &layout, draft);
        draft.joined = joined;
    } else {
        read_joined(text, &layout, draft);
    }
    true
}

/// A code of up to four letters and digits, a separator, two digits. Without a code, only separators that begin no
/// text, and only where a second one follows.
fn layout(text: &str) -> Option<Layout> {
    let start = text.len() - text.trim_start().len();
    let bytes = text.as_bytes().get(start..)?;
    let code = bytes.iter().take_while(|b| b.is_ascii_digit() || b.is_ascii_uppercase()).count();
    let separator = *bytes.get(code).filter(|b| SEPARATORS.contains(b))?;
    let digits = bytes.get(code + 1..)?.iter().filter(|b| **b != b'\n').take(2);
    if code > 4 || digits.filter(|b| b.is_ascii_digit()).count() < 2 {
        return None;
    }
    if code == 0 && !(b"?<>^~".contains(&separator) && memchr::memchr(separator, bytes.get(1..)?).is_some()) {
        return None;
    }
    // Letters are a code only for banks that write one there; a word before a plus sign is none.
    let lettered = bytes.get(..code)?.iter().any(u8::is_ascii_uppercase);
    (!lettered || code == 3).then_some(Layout { code: start + code, separator })
}

fn read_joined(text: &str, layout: &Layout, draft: &mut Draft) {
    let (code, rest) = text.split_at_checked(layout.code).unwrap_or(("", text));
    let code = code.trim_ascii();
    if layout.separator == GERMAN && code.len() == 3 {
        draft.code = Text::from(code);
    } else if code != "000" {
        // Not the German banks' list.
        draft.fact("Code of the bank", code);
    }
    let polish = layout.separator == b'<';
    let mut purpose = std::mem::take(&mut draft.purpose);
    purpose.clear();
    let (mut bank, mut counterparty, mut iban, mut primanota, mut key) = ("", "", "", "", "");
    let mut name_is_full = true;
    let subfields = Subfields { rest, separator: layout.separator };
    for (number, value) in subfields {
        match number {
            0 => draft.booking_text = collapsed(value),
            10 => primanota = value.trim_ascii(),
            // Polish banks have address and references there.
            26..=29 if polish => draft.fact("Further name", value),
            60..=69 if polish && is_placeholder(value.trim_ascii()) => {}
            60..=69 if polish => draft.fact("Further information", value),
            20..=29 | 60..=69 => purpose.push(value),
            30 => bank = value.trim_ascii(),
            31 => counterparty = value.trim_ascii(),
            // ING in Romania puts the account there.
            33 if layout.separator == b'~' && is_iban(value.trim_ascii()) => iban = value.trim_ascii(),
            32 | 33 if !value.trim_ascii().is_empty() => {
                if !name_is_full && !draft.name.is_empty() {
                    draft.name.push(' ');
                }
                draft.name.push_str(value.trim_ascii());
                name_is_full = is_full(value);
            }
            32 | 33 => {}
            34 => key = value,
            38 => iban = value.trim_ascii(),
            35..=37 | 70..=79 => draft.fact("Further name", value),
            _ => draft.fact("Further information", value),
        }
    }
    if draft.name.contains("  ") {
        draft.name = collapsed(&draft.name);
    }
    draft.fact("Text key", key);
    if layout.separator == b'>' && code == "000" {
        // Triodos.
        counterparty = if counterparty.is_empty() { primanota } else { counterparty };
    } else {
        draft.fact("Batch", primanota);
    }
    draft.take_account(if iban.len() > counterparty.len() { iban } else { counterparty });
    if is_bic(bank) {
        draft.bic = Text::from(bank);
    } else {
        draft.fact("Bank code", bank);
    }
    keywords::read(&purpose.text, &purpose.gaps, draft);
    draft.purpose = purpose;
}

/// Pieces of a text, joined with nothing, and where a blank may have been lost between them.
#[derive(Debug, Default)]
pub(super) struct Joined {
    text: String,
    gaps: Vec<usize>,
    /// The last piece was a whole one, or there is none.
    is_full: bool,
}

impl Joined {
    fn clear(&mut self) {
        self.text.clear();
        self.gaps.clear();
        self.is_full = true;
    }

    fn push(&mut self, piece: &str) {
        if !self.is_full && !self.text.ends_with(' ') && !piece.starts_with(' ') {
            self.gaps.push(self.text.len());
        }
        self.text.push_str(piece);
        if !piece.is_empty() {
            self.is_full = is_full(piece);
        }
    }
}

/// Whether a piece takes all of its subfield.
fn is_full(piece: &str) -> bool {
    piece.len() >= WIDTH && (piece.is_ascii() || piece.chars().count() >= WIDTH)
}

/// Subfields with their numbers.
struct Subfields<'t> {
    /// Begins at a separator, or is empty.
    rest: &'t str,
    separator: u8,
}

impl<'t> Iterator for Subfields<'t> {
    type Item = (u8, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, from) = self.number(0)?;
        let bytes = self.rest.as_bytes();
        let mut search = from;
        let end = loop {
            let Some(found) = bytes.get(search..).and_then(|rest| memchr::memchr(self.separator, rest))
            else {
                break bytes.len();
            };
            if self.number(search + found).is_some_and(|(number, _)| is_known(number)) {
                break search + found;
            }
            search += found + 1;
        };
        let value = self.rest.get(from..end)?;
        self.rest = self.rest.get(end..)?;
        Some((number, value))
    }
}

impl Subfields<'_> {
    /// The number behind a separator at that place, and where its text begins.
    fn number(&self, at: usize) -> Option<(u8, usize)> {
        match self.rest.as_bytes().get(at..)? {
            [_, a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
                Some(((a - b'0') * 10 + (b - b'0'), at + 3))
            }
            _ => None,
        }
    }
}

/// Numbers that are in use; a question mark before another one is text.
fn is_known(number: u8) -> bool {
    matches!(number, 0 | 10 | 20..=38 | 60..=79)
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
    fn subfields_are_joined_as_they_were_cut() {
        let draft = of("166?00GUTSCHRIFT?100599?20Rechnung 4711 vom 12. Janua?21r?22Kunde 9\
                        ?30KREDBEBB?31BE68539007547034?32Anna Muster Gesellschaft mi?33t beschraenkter Haftung");
        assert_eq!(draft.text, "Rechnung 4711 vom 12. Januar Kunde 9");
        assert_eq!(draft.name, "Anna Muster Gesellschaft mit beschraenkter Haftung");
        assert_eq!((draft.code.as_str(), draft.bic.as_str()), ("166", "KREDBEBB"));
        assert_eq!(draft.account, "BE68539007547034");
        assert_eq!(draft.booking_text, "GUTSCHRIFT");
    }

    #[test]
    fn lines_break_anywhere() {
        let draft = of("166?00GUT\nSCHRIFT?2\n0Rechnung ?\n21 7");
        assert_eq!((draft.booking_text.as_str(), draft.text.as_str()), ("GUTSCHRIFT", "Rechnung 7"));
    }

    #[test]
    fn other_separators_and_codes() {
        assert_eq!(of(" 020?00X?20Y").code, "020");
        assert_eq!(of("110~20X~21Y").code, "", "not a code of the German banks");
        assert_eq!(of("000^20a^21b").text, "a b");
        let polish = of("8300<00X\n<20Y<27STREET<32NAME<33 <61NONREF<63REF7");
        assert_eq!((polish.text.as_str(), polish.name.as_str(), polish.facts.len()), ("Y", "NAME", 3));
        assert_eq!(of("TBB+00X+20Y").booking_text, "X");
        assert_eq!(of(">20Y>31>32Z").name, "Z");
        let triodos = of("000>100987654321>20HUUR");
        assert_eq!((triodos.account.as_str(), triodos.text.as_str()), ("0987654321", "HUUR"));
        for text in ["", "166", "+32 2 555", "EREF+20", "/NAME/x", "A?20", "12345?20", "?x", "Why?20"] {
            assert!(!read(text, &mut Draft::default()), "{text}");
        }
    }

    #[test]
    fn a_question_in_the_text_is_text() {
        assert_eq!(of("166?20Wirklich?99 oder??21ja").text, "Wirklich?99 oder? ja");
    }
}
