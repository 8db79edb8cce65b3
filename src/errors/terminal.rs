//! How a failure looks on a terminal: code, sentence, place, evidence, hint. Readable without colour.
//!
//! ```text
//! error[BB-3310]: the lines do not add up to the closing balance
//!   --> KBC_2026-11-20.xml, statement 3, entry 118 (line 2041)
//!       opening 1204.10 + lines -88.30 = 1115.80, the bank says 1115.90 EUR
//! hint: ask the bank for the file again, or import with --accept-balance
//! ```

use std::fmt::Write as _;

use owo_colors::OwoColorize as _;

use super::{Entry, Error, FixedBy, Origin, Place};
use crate::domain::Warning;

/// A failure in the shape above. Colours are stripped by the writer where they are not wanted.
#[must_use]
pub fn render(error: &Error) -> String {
    let head = format!("error[{}]:", error.code());
    let entry = error.code().entry();
    let hint = entry.fill_next(error.args());
    let sentence = error.sentence();
    let (sentence, evidence) = split(&sentence, entry.refuses);
    let said = error
        .said()
        .map(|said| format!("{} said: {said}", said.provider))
        .filter(|_| error.said().is_some_and(tells));
    let details: Vec<_> = evidence.into_iter().chain(error.details().iter().cloned()).chain(said).collect();
    render_parts(&head.red().bold().to_string(), sentence, error.place(), &details, &hint)
}

/// Whether a provider said more than that it failed.
fn tells(said: &Origin) -> bool {
    said.class.is_some() || said.request.is_some()
}

/// A finding of a statement in the same shape; `refused` shows it as the reason of a refusal.
#[must_use]
pub fn render_warning(warning: &Warning, place: &Place, refused: bool) -> String {
    let head = if refused {
        format!("error[{}]:", warning.code).red().bold().to_string()
    } else {
        format!("warning[{}]:", warning.code).yellow().bold().to_string()
    };
    let (sentence, evidence) = split(&warning.message, refused);
    let details: Vec<_> = evidence.into_iter().collect();
    let place = Place { line: warning.line.or(place.line), ..place.clone() };
    let hint = if refused { warning.code.entry().next_step } else { "" };
    render_parts(&head, sentence, &place, &details, hint)
}

/// What `explain` prints for a code.
#[must_use]
pub fn explain(entry: &Entry) -> String {
    let mut out = format!("{}: {}\n", entry.code.bold(), entry.sentence);
    let _ = writeln!(out, "  who can mend it: {}", who(entry.fixed_by));
    let _ = writeln!(out, "  trying again:    {}", if entry.retry { "helps" } else { "does not help" });
    if entry.refuses {
        let _ = writeln!(
            out,
            "  the file:        is refused unless its balances are accepted (--accept-balance)"
        );
    }
    let _ = writeln!(out, "  next step:       {}", entry.next_step);
    out
}

/// Who can mend it, in words.
#[must_use]
pub fn who(fixed_by: FixedBy) -> &'static str {
    match fixed_by {
        FixedBy::Accountant => "the accountant",
        FixedBy::OdooAdministrator => "the administrator of Odoo",
        FixedBy::BridgeAdministrator => "the administrator of the bridge",
        FixedBy::Bank => "the bank or the provider",
        FixedBy::Developers => "the developers of Bank Bridge",
        FixedBy::Nobody => "nobody has to",
    }
}

/// A finding that refuses a file says what it is before its colon, and the figures after it.
fn split(sentence: &str, refuses: bool) -> (&str, Option<String>) {
    match sentence.split_once(": ") {
        Some((sentence, evidence)) if refuses => (sentence, Some(evidence.to_owned())),
        _ => (sentence, None),
    }
}

fn render_parts(head: &str, sentence: &str, place: &Place, details: &[String], hint: &str) -> String {
    let mut out = format!("{head} {sentence}\n");
    if !place.is_unknown() {
        let _ = writeln!(out, "  {} {place}", "-->".blue());
    }
    for line in details {
        let _ = writeln!(out, "      {line}");
    }
    if !hint.is_empty() {
        let _ = writeln!(out, "{} {hint}", "hint:".cyan().bold());
    }
    out
}
