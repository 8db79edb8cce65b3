//! What came of reading a file: its statements, and how it was understood.
//!
//! The understanding stands beside the statements and not in them: it is for the person who asks why a line looks
//! as it does (`bank-bridge parse --explain`), and no program needs it.

use serde::Serialize;

use crate::domain::{Statement, Tally};
use crate::errors::Place;

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// How it was understood.
    pub understanding: Understanding,
}

/// How a file was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Understanding {
    /// Short name of the format.
    pub format: &'static str,
    /// What was found, most important first: dialect, encoding, date order, …
    pub facts: Vec<Fact>,
    /// What is in the file and in no statement, and why.
    pub ignored: Vec<Ignored>,
    /// The files in it, where it is an archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its name, with the folders in the archive.
    pub name: String,
    /// How many of the statements are its own; they follow those of the files before it.
    pub statements: usize,
    /// How it was understood.
    pub understanding: Understanding,
}

/// One thing that was found out about a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What about, in small letters: `dialect`, `encoding`, `date order`, `decimal mark`, `identities`, `balances`.
    pub about: &'static str,
    /// What was found: `day-month-year`.
    pub found: String,
    /// By what it is known: `13/10/2026 on line 7 fits no other`.
    pub because: Option<String>,
}

/// Something in the file that became no line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// What, in the plural: `pending transactions`.
    pub what: String,
    /// Why: `the bank has not booked them`.
    pub why: String,
    /// How many.
    pub count: u64,
    /// Line of the file of the first one, from 1, where one can be named.
    pub line: Option<u64>,
}

impl Reading {
    /// Where the statement of that place, from 0, is found: its file, and its number in the file.
    #[must_use]
    pub fn place(&self, file: &str, index: usize) -> Place {
        let mut rest = index;
        for member in &self.understanding.members {
            if rest < member.statements {
                let name = format!("{file}/{}", member.name);
                return Place { statement: Some(rest + 1), ..Place::file(name) };
            }
            rest -= member.statements;
        }
        Place { statement: Some(index + 1), ..Place::file(file) }
    }

    /// Names the file of an archive in the findings of its statements, for those who are told no place.
    pub fn name_members(&mut self) {
        let mut statements = self.statements.iter_mut();
        for member in &self.understanding.members {
            for statement in statements.by_ref().take(member.statements) {
                for warning in &mut statement.warnings {
                    warning.message = format!("{}: {}", member.name, warning.message);
                }
            }
        }
    }
}

impl Understanding {
    /// Adds a fact without evidence.
    pub fn found(&mut self, about: &'static str, found: impl Into<String>) {
        self.facts.push(Fact { about, found: found.into(), because: None });
    }

    /// Adds a fact and what shows it.
    pub fn found_by(&mut self, about: &'static str, found: impl Into<String>, because: impl Into<String>) {
        self.facts.push(Fact { about, found: found.into(), because: Some(because.into()) });
    }

    /// Adds what the identities of the lines rest on.
    pub fn identified(&mut self, tally: Tally) {
        let Tally { by_reference, by_text, repeated } = tally;
        let mut found = Vec::new();
        if by_reference > 0 {
            found.push(format!("{by_reference} by the bank's reference"));
        }
        if by_text > 0 {
            found.push(format!("{by_text} by date, amount, counterparty and text"));
        }
        if found.is_empty() {
            return;
        }
        let because = (repeated > 0)
            .then(|| format!("{repeated} equal to an earlier line, told apart by their number"));
        self.facts.push(Fact { about: "identities", found: found.join(", "), because });
    }

    /// Counts something that became no line; equal reasons are counted together.
    pub fn ignore(&mut self, what: &str, why: &str, line: Option<u64>) {
        let known = self.ignored.iter_mut().find(|known| known.what == what && known.why == why);
        if let Some(known) = known {
            known.count += 1;
        } else {
            self.ignored.push(Ignored { what: what.to_owned(), why: why.to_owned(), count: 1, line });
        }
    }
}

impl From<Vec<Statement>> for Reading {
    fn from(statements: Vec<Statement>) -> Self {
        Self { statements, understanding: Understanding::default() }
    }
}
