//! `:86:`, information to the account owner: which dialect it is in, and what every dialect is read into.
//!
//! The standard gives six lines of 65 characters and says nothing of what stands in them; each country, and many a
//! bank, fills them in its own way. The dialect is found line by line, by its own marks, never by the bank's name.
//!
//! | dialect | example | read by |
//! |---|---|---|
//! | subfields | `166?00GUTSCHRIFT?20EREF+…?32NAME`, also `^ + ~ < >` for `?` | `subfields`, `keywords` |
//! | code words | `/TRTP/SEPA …/IBAN/…/NAME/…/REMI/…`, `/BENM//NAME/…`, `/CNTP/iban/bic/name/` | `code_words` |
//! | keywords alone | `EREF+… SVWZ+…` | `keywords` |
//! | labels | `911 …; Z RACH.: …; OD: …; TYT.: …` | `plain` |
//! | parts | `999SEPA_CREDIT_TRANSFER:text:name:iban` | `plain` |
//! | text | `NL.. name`, `GIRO 428428 NAME …`, anything | `plain` |

use rust_decimal::Decimal;

use super::{code_words, keywords, non_swift, plain, subfields};
use crate::domain::account::{compact, is_iban};
use crate::domain::{Currency, Detail, Text, communication};

/// Dialect of one `:86:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Dialect {
    /// A code, then two-digit subfields behind a separator.
    Subfields,
    /// Code words between slashes.
    CodeWords,
    /// SEPA keywords with a plus sign, without subfields.
    Keywords,
    /// Polish labels between semicolons.
    Labels,
    /// Parts between colons.
    Parts,
    /// `:NS:` instead of `:86:`.
    NonSwift,
    /// Text without marks.
    Text,
}

impl Dialect {
    /// In words, for `--explain`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Subfields => "two-digit subfields (German)",
            Self::CodeWords => "code words between slashes (SEPA, Dutch)",
            Self::Keywords => "SEPA keywords (EREF+, SVWZ+)",
            Self::Labels => "labels between semicolons (Polish)",
            Self::Parts => "parts between colons",
            Self::NonSwift => "lines of field NS",
            Self::Text => "plain text",
        }
    }
}

/// What a `:86:` says, whatever its dialect.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: Text,
    pub(super) account: Text,
    pub(super) bic: Text,
    /// Remittance information.
    pub(super) text: Text,
    /// The bank's words for the kind of booking.
    pub(super) booking_text: Text,
    pub(super) structured: Option<Text>,
    pub(super) end_to_end: Text,
    pub(super) mandate: Text,
    /// Code of the kind of booking: GVC of German banks, TRCD, BAI.
    pub(super) code: Text,
    /// The payment came back.
    pub(super) returned: bool,
    pub(super) original: Option<(Decimal, Currency)>,
    pub(super) rate: Option<Decimal>,
    pub(super) facts: Vec<Detail>,
    /// Room for joined lines, used again for each booking.
    pub(super) joined: String,
    /// Room for joined subfields, likewise.
    pub(super) purpose: subfields::Joined,
}

impl Draft {
    /// Adds a fact for the note unless it is empty.
    pub(super) fn fact(&mut self, label: &'static str, value: &str) {
        let value = value.trim_ascii();
        if !value.is_empty() {
            self.facts.push(Detail { label: Text::const_new(label), value: collapsed(value) });
        }
    }

    /// Takes the counterparty's account unless one is known.
    pub(super) fn take_account(&mut self, written: &str) {
        let written = written.trim_ascii();
        if !self.account.is_empty() || written.bytes().all(|b| matches!(b, b'0' | b' ' | b'/')) {
            return;
        }
        let plain = compact(written);
        self.account = if is_iban(&plain) { plain } else { Text::from(written) };
    }

    /// Takes the text for the creditor's reference where it is one and nothing else.
    pub(super) fn take_creditor_reference(&mut self) {
        if self.structured.is_none() && self.text.starts_with("RF") && self.text.len() <= REFERENCE {
            self.structured = communication::creditor_reference(&self.text);
        }
    }

    /// Takes an end-to-end reference unless it is a placeholder.
    pub(super) fn take_end_to_end(&mut self, written: &str) {
        let written = written.trim();
        if self.end_to_end.is_empty() && !super::entry::is_placeholder(written) {
            self.end_to_end = Text::from(written);
        }
    }
}

/// Reads a `:86:` into the draft.
pub(super) fn read(text: &str, non_swift: &str, draft: &mut Draft) -> Option<Dialect> {
    if text.trim_ascii().is_empty() {
        if non_swift.is_empty() {
            return None;
        }
        non_swift::read(non_swift, draft);
        return Some(Dialect::NonSwift);
    }
    let dialect = read_text(text, draft);
    if !non_swift.is_empty() {
        non_swift::read(non_swift, draft);
    }
    Some(dialect)
}

fn read_text(text: &str, draft: &mut Draft) -> Dialect {
    if subfields::read(text, draft) {
        return Dialect::Subfields;
    }
    if code_words::read(text, draft) {
        return Dialect::CodeWords;
    }
    if keywords::are_in(text) {
        keywords::read_lines(text, draft);
        return Dialect::Keywords;
    }
    plain::read(text, draft)
}

/// The marks by which a dialect is known, as they stand in a text: evidence for `--explain`.
pub(super) fn evidence(text: &str) -> String {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let shown: String = first.chars().take(24).collect();
    if shown.len() < first.len() { format!("{shown}…") } else { shown }
}

/// Lines of a text in one: a line of 65 characters was cut and goes on, a shorter one ended.
pub(super) fn unwrap_into(text: &str, joined: &mut String) {
    joined.clear();
    let mut full = true;
    for line in text.split('\n') {
        if !full && !joined.ends_with(' ') && !line.starts_with(' ') {
            joined.push(' ');
        }
        joined.push_str(line);
        full = line.len() >= WIDTH && line.chars().count() >= WIDTH;
    }
}

/// Characters of a creditor's reference with blanks between its groups of four, and some more.
const REFERENCE: usize = 35;

/// Characters of a line of `:86:`.
const WIDTH: usize = 65;

/// A text with single blanks.
pub(super) fn collapsed(text: &str) -> Text {
    let mut out = Text::default();
    push_collapsed(&mut out, text);
    out
}

/// Adds a text with single blanks, and one between it and what is there.
pub(super) fn push_collapsed(out: &mut Text, text: &str) {
    let text = text.trim_ascii();
    if text.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    // Nearly always there is nothing to collapse.
    let mut blank = false;
    let spaced = text.bytes().any(|byte| {
        let (before, is_blank) = (blank, byte.is_ascii_whitespace());
        blank = is_blank;
        is_blank && (before || byte != b' ')
    });
    if !spaced {
        out.push_str(text);
        return;
    }
    for (place, word) in text.split_ascii_whitespace().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_lines_go_on_and_short_ones_end() {
        let mut joined = String::new();
        unwrap_into(&format!("{}\ny\nz", "x".repeat(65)), &mut joined);
        assert_eq!(joined, format!("{}y z", "x".repeat(65)));
        unwrap_into("a \nb\n c", &mut joined);
        assert_eq!(joined, "a b c");
    }

    #[test]
    fn blanks_collapse() {
        assert_eq!(collapsed("  a   b\n\nc "), "a b c");
        let mut text = Text::from("x");
        push_collapsed(&mut text, " ");
        push_collapsed(&mut text, "y");
        assert_eq!(text, "x y");
    }
}
