//! What is noticed while a statement is read: each kind once, with how often and where first.

use crate::domain::Warning;
use crate::errors::{Code, Error, Place};

/// Findings that are counted.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(Code, u64, u64, String)>);

impl Findings {
    /// Counts one; `shown` is kept of the first.
    pub(super) fn count(&mut self, code: Code, line: u64, shown: impl FnOnce() -> String) {
        match self.0.iter_mut().find(|(known, ..)| *known == code) {
            Some((_, count, ..)) => *count += 1,
            None => self.0.push((code, 1, line, shown())),
        }
    }

    /// Takes over those of another page.
    pub(super) fn append(&mut self, other: Self) {
        for (code, count, line, shown) in other.0 {
            match self.0.iter_mut().find(|(known, ..)| *known == code) {
                Some((_, known, ..)) => *known += count,
                None => self.0.push((code, count, line, shown)),
            }
        }
    }

    /// As warnings.
    pub(super) fn into_warnings(self) -> impl Iterator<Item = Warning> {
        self.0.into_iter().map(|(code, count, line, shown)| {
            Error::new(code).arg("count", count).arg("first", shown).at(Place::line(line)).into_warning()
        })
    }
}
