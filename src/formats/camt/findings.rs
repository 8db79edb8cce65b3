//! What is noticed while a statement is read, until the lines of the file are counted.

use crate::domain::Warning;
use crate::errors::{Code, Error};

/// Findings of one code that are told one by one; further ones are counted.
const TOLD: usize = 10;

/// Findings of one statement.
#[derive(Default)]
pub(super) struct Findings {
    told: Vec<Error>,
    counts: Vec<(Code, usize)>,
}

impl Findings {
    /// Adds a finding; `fill` gives it its arguments.
    pub(super) fn add(&mut self, code: Code, fill: impl FnOnce(Error) -> Error) {
        let index = self.counts.iter().position(|(known, _)| *known == code).unwrap_or(self.counts.len());
        if index == self.counts.len() {
            self.counts.push((code, 0));
        }
        if let Some((_, count)) = self.counts.get_mut(index) {
            *count += 1;
            if *count <= TOLD {
                self.told.push(fill(Error::new(code)));
            }
        }
    }

    /// Takes over those of another page of the statement.
    pub(super) fn append(&mut self, other: Self) {
        for (code, count) in other.counts {
            match self.counts.iter_mut().find(|(known, _)| *known == code) {
                Some((_, known)) => *known += count,
                None => self.counts.push((code, count)),
            }
        }
        for error in other.told {
            if self.told.iter().filter(|told| told.code() == error.code()).count() < TOLD {
                self.told.push(error);
            }
        }
    }

    /// Offsets of the findings that have one.
    pub(super) fn offsets(&self) -> impl Iterator<Item = u64> {
        self.told.iter().filter_map(|error| error.place().byte)
    }

    /// As warnings; `line` turns an offset into a line.
    pub(super) fn into_warnings(self, line: impl Fn(u64) -> Option<u64>) -> Vec<Warning> {
        let told: Vec<Warning> = self
            .told
            .into_iter()
            .map(|error| {
                let line = error.place().line.or_else(|| error.place().byte.and_then(&line));
                Warning { line, ..error.into_warning() }
            })
            .collect();
        let further = self.counts.into_iter().filter_map(|(code, count)| {
            let told = told.iter().filter(|warning| warning.code == code).count();
            let more = count.checked_sub(told).filter(|more| *more > 0)?;
            Some(Error::new(Code::CAMT_MORE_ALIKE).arg("count", more).arg("code", code).into_warning())
        });
        let further: Vec<_> = further.collect();
        told.into_iter().chain(further).collect()
    }
}
