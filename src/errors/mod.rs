//! Failures and findings: every one has a code, and the code has one row in one table.
//!
//! It stands apart so that a support desk, the addon's translations and the documentation all read the same
//! table. [`catalogue`] holds the table, [`Error`] carries a code with its arguments and place through the
//! program, [`terminal`] shows it to a person.

pub mod catalogue;
mod table;
pub mod terminal;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub use catalogue::{Code, Entry, Family, FixedBy};

use crate::domain::Warning;

/// Result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure: its code, what fills its sentence, and where it happened. One pointer wide.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    args: Vec<(&'static str, String)>,
    place: Place,
    details: Vec<String>,
    worded: Option<String>,
    origin: Option<Origin>,
}

/// What a provider said of a failure: its own support asks for these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Name of the provider, as people know it.
    pub provider: String,
    /// The provider's own class or code of the failure.
    pub class: Option<String>,
    /// The provider's id of the request.
    pub request: Option<String>,
    /// How long the provider asks to wait.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// Where in the input something was found. All members optional; what is known is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the file.
    pub file: Option<String>,
    /// Statement in the file, from 1.
    pub statement: Option<usize>,
    /// Entry (CAMT) or movement (CODA) in the statement, from 1.
    pub entry: Option<usize>,
    /// Line of the file, from 1.
    pub line: Option<u64>,
    /// Offset in bytes, for a format whose lines are counted only when needed.
    pub byte: Option<u64>,
}

impl Error {
    /// A failure with the code's own sentence.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            args: Vec::new(),
            place: Place::default(),
            details: Vec::new(),
            worded: None,
            origin: None,
        }))
    }

    /// Fills `{name}` of the sentence.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    /// Adds a line of evidence, shown below the place.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.0.details.push(line.into());
        self
    }

    /// Adds what the provider said; what is known already is kept.
    #[must_use]
    pub fn origin(mut self, origin: Origin) -> Self {
        let known = self.0.origin.get_or_insert_default();
        if known.provider.is_empty() {
            known.provider = origin.provider;
        }
        known.class = known.class.take().or(origin.class);
        known.request = known.request.take().or(origin.request);
        known.retry_after = known.retry_after.or(origin.retry_after);
        self
    }

    /// Says where; members that are already known are kept.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        let known = &mut self.0.place;
        known.file = known.file.take().or(place.file);
        known.statement = known.statement.or(place.statement);
        known.entry = known.entry.or(place.entry);
        known.line = known.line.or(place.line);
        known.byte = known.byte.or(place.byte);
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Arguments of the sentence, by name.
    #[must_use]
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.0.args
    }

    /// What the provider said, where a provider failed.
    #[must_use]
    pub fn said(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// Where it happened.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Lines of evidence.
    #[must_use]
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// Takes a sentence that was filled in before: a finding that became the reason of a refusal.
    #[must_use]
    pub fn worded(mut self, sentence: &str) -> Self {
        self.0.worded = Some(sentence.to_owned());
        self
    }

    /// The sentence with its arguments filled in.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.0.worded.clone().unwrap_or_else(|| self.0.code.entry().fill(&self.0.args))
    }

    /// As a warning of a statement, for findings that do not stop the reading.
    #[must_use]
    pub fn into_warning(self) -> Warning {
        Warning { code: self.0.code, message: self.sentence(), line: self.0.place.line, args: self.0.args }
    }
}

impl Origin {
    /// Of a provider, with nothing else known yet.
    #[must_use]
    pub fn of(provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..Self::default() }
    }
}

/// `authorizationExpired · Ponto request 1b2c…`: what a support desk copies.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = self.request.as_ref().map(|id| format!("{} request {id}", self.provider));
        let parts: Vec<_> = self.class.iter().chain(&request).map(String::as_str).collect();
        f.write_str(&if parts.is_empty() { self.provider.clone() } else { parts.join(" · ") })
    }
}

impl Place {
    /// A line of the file, from 1.
    #[must_use]
    pub fn line(line: u64) -> Self {
        Self { line: Some(line), ..Self::default() }
    }

    /// A file by its name.
    #[must_use]
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..Self::default() }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.file.clone());
        parts.extend(self.statement.map(|n| format!("statement {n}")));
        let line = self.line.map(|n| format!("line {n}")).or(self.byte.map(|n| format!("byte {n}")));
        match (self.entry, line) {
            (Some(entry), Some(line)) => parts.push(format!("entry {entry} ({line})")),
            (Some(entry), None) => parts.push(format!("entry {entry}")),
            (None, Some(line)) => parts.push(line),
            (None, None) => {}
        }
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.sentence())?;
        if !self.0.place.is_unknown() {
            write!(f, " ({})", self.0.place)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        for line in self.details() {
            write!(f, "; {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// A failure of the system in a person's words, without numbers.
#[must_use]
pub fn in_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "the permission is missing".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::AddrInUse => "something else listens there".to_owned(),
        ErrorKind::StorageFull => "there is no room left".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_what_is_known() {
        let mut place = Place::file("KBC.xml");
        place.statement = Some(3);
        place.entry = Some(118);
        place.line = Some(2041);
        assert_eq!(place.to_string(), "KBC.xml, statement 3, entry 118 (line 2041)");
        assert_eq!(Place::line(4).to_string(), "line 4");
    }

    #[test]
    fn later_places_only_add() {
        let error = Error::new(Code::FILE_TRUNCATED)
            .at(Place::line(7))
            .at(Place { line: Some(9), ..Place::file("a") });
        assert_eq!(error.place().to_string(), "a, line 7");
    }
}
