//! How a file was understood: message and version, encoding, by what lines are known again, which balances were
//! taken, and what became no line.

use std::fmt::Write as _;

use super::records::MessageKind;
use super::statement::{Block, Finished, Used};
use crate::domain::{Tally, Text};
use crate::formats::xml::Source;
use crate::formats::{Fact, Ignored, Understanding};

/// So many ways in which statements took their balances are told; a bank has one or two.
const WAYS: usize = 5;

/// The facts, before the statements are let go of.
pub(super) fn facts(finished: &[Finished], source: &Source<'_>, tally: Tally) -> Understanding {
    let mut understanding = Understanding::default();
    let mut messages: Vec<(&str, MessageKind)> = Vec::new();
    for one in finished {
        let message = (one.statement.source.as_str(), one.kind);
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    for (source, kind) in messages {
        understanding.found_by("message", source, kind.words());
    }
    let (encoding, because) = source.explained();
    understanding.found_by("encoding", encoding, because);
    understanding.identified(tally);
    balances(finished, &mut understanding);
    understanding
}

fn balances(finished: &[Finished], understanding: &mut Understanding) {
    let mut ways: Vec<(&Finished, usize)> = Vec::new();
    for one in finished {
        let known = ways.iter_mut().find(|(way, _)| way.balances == one.balances && way.kind == one.kind);
        if let Some((_, count)) = known {
            *count += 1;
        } else if ways.len() < WAYS {
            ways.push((one, 1));
        }
    }
    let several = ways.len() > 1;
    for (way, count) in ways {
        let Used { opening, closing, unused } = &way.balances;
        let mut found = match (opening, closing) {
            (None, None) => "none".to_owned(),
            (Some(opening), None) => format!("opening from {opening}"),
            (None, Some(closing)) => format!("closing from {closing}"),
            (Some(opening), Some(closing)) => format!("opening from {opening}, closing from {closing}"),
        };
        if several {
            let statements = if count == 1 { "statement" } else { "statements" };
            let _ = write!(found, " ({count} {statements})");
        }
        let because = match (way.kind, unused.is_empty()) {
            (MessageKind::Notification, true) => Some("a notification has none".to_owned()),
            (MessageKind::Report, false) => {
                Some(format!("not used: {}; a report is no whole day", codes(unused)))
            }
            (_, false) => Some(format!("not used: {}", codes(unused))),
            (_, true) => None,
        };
        let fact = Fact { about: "balances", found, because };
        understanding.facts.push(fact);
    }
}

/// Codes, each once.
fn codes(all: &[Text]) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for code in all {
        if !codes.contains(&code.as_str()) {
            codes.push(code);
        }
    }
    codes.join(", ")
}

/// Counts the entries of a statement that are not booked; `line` turns an offset into a line.
pub(super) fn left_out(block: &Block, line: &impl Fn(u64) -> Option<u64>, understanding: &mut Understanding) {
    for left_out in &block.not_booked {
        let (what, why) = match left_out.status.as_str() {
            "PDNG" => ("pending entries (PDNG)".to_owned(), "the bank has not booked them yet"),
            "INFO" => ("entries for information (INFO)".to_owned(), "they move no money"),
            "FUTR" => ("future entries (FUTR)".to_owned(), "their day is still to come"),
            status => (format!("entries of the status {status}"), "the bank has not booked them"),
        };
        let count = left_out.count as u64;
        let known = understanding.ignored.iter_mut().find(|known| known.what == what);
        if let Some(known) = known {
            known.count += count;
        } else {
            let (why, line) = (why.to_owned(), line(left_out.position));
            understanding.ignored.push(Ignored { what, why, count, line });
        }
    }
}
