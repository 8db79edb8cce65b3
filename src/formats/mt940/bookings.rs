//! Bookings between the file and the lines: their bytes are gathered in three buffers, and become lines together.

use std::collections::BTreeMap;

use super::information::{self, Dialect};
use super::line::{Maker, Written};
use super::statement::Open;
use crate::domain::Tally;
use crate::errors::{Code, Place, Result};
use crate::formats::Understanding;
use crate::formats::text::TextFile;

/// Bookings that are gathered before they become lines.
const BATCH: usize = 512;

/// Bookings as they stand in the file.
#[derive(Default)]
pub(super) struct Batch {
    entries: Vec<u8>,
    information: Vec<u8>,
    non_swift: Vec<u8>,
    raw: Vec<Raw>,
}

/// Where a booking begins in each buffer, and in the file.
#[derive(Clone, Copy)]
struct Raw {
    line: u64,
    /// Line of its `:86:`; 0 without one.
    information_line: u64,
    entry: usize,
    information: usize,
    non_swift: usize,
}

/// The buffer that a line goes on in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `:61:`.
    Entry,
    /// `:86:`.
    Information,
    /// `:NS:`.
    NonSwift,
}

impl Batch {
    /// Whether it should become lines before another one comes.
    pub(super) fn is_full(&self) -> bool {
        self.raw.len() >= BATCH
    }

    /// Begins a booking.
    pub(super) fn begin(&mut self, value: &[u8], line: u64) {
        self.raw.push(Raw {
            line,
            information_line: 0,
            entry: self.entries.len(),
            information: self.information.len(),
            non_swift: self.non_swift.len(),
        });
        self.entries.extend_from_slice(value);
    }

    /// Adds a `:86:` to the last booking. Old files of Rabobank repeat the tag on every line.
    pub(super) fn inform(&mut self, value: &[u8], line: u64) {
        match self.raw.last_mut() {
            Some(raw) if raw.information_line == 0 => raw.information_line = line,
            _ => self.information.push(b'\n'),
        }
        self.information.extend_from_slice(value);
    }

    /// Adds a line to the last booking.
    pub(super) fn go_on(&mut self, piece: Piece, line: &[u8]) {
        let buffer = match piece {
            Piece::Entry => &mut self.entries,
            Piece::Information => &mut self.information,
            Piece::NonSwift => &mut self.non_swift,
        };
        buffer.push(b'\n');
        buffer.extend_from_slice(line);
    }

    /// What the last line that was added ends with.
    pub(super) fn written(&self, piece: Piece) -> &[u8] {
        match piece {
            Piece::Entry => &self.entries,
            Piece::Information => &self.information,
            Piece::NonSwift => &self.non_swift,
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.information.clear();
        self.non_swift.clear();
        self.raw.clear();
    }
}

/// Makes lines of bookings, and counts their dialects.
#[derive(Default)]
pub(super) struct Booker {
    maker: Maker,
    /// How many bookings are in the dialect; line and marks of the first.
    dialects: BTreeMap<Dialect, (u64, u64, String)>,
}

impl Booker {
    /// Makes lines of the bookings, and empties the batch.
    ///
    /// # Errors
    /// BB-3702 for a booking that cannot be read.
    pub(super) fn book(
        &mut self,
        batch: &mut Batch,
        open: &mut Open,
        file: &TextFile<'_>,
        understanding: &mut Understanding,
    ) -> Result<()> {
        let currency = open.currency();
        let before = open.entries - batch.raw.len().min(open.entries);
        for (at, raw) in batch.raw.iter().enumerate() {
            let next = batch.raw.get(at + 1);
            let piece = |buffer: &'_ [u8], from: usize, to: Option<usize>| {
                let bytes = buffer.get(from..to.unwrap_or(buffer.len())).unwrap_or_default();
                file.decode(bytes).into_owned()
            };
            let entry = piece(&batch.entries, raw.entry, next.map(|next| next.entry));
            let information = piece(&batch.information, raw.information, next.map(|next| next.information));
            let non_swift = piece(&batch.non_swift, raw.non_swift, next.map(|next| next.non_swift));
            let written = Written { entry: &entry, information: &information, non_swift: &non_swift };
            let booked = self
                .maker
                .line(&written, &open.account, currency)
                .map_err(|error| error.at(Place { entry: Some(before + at + 1), ..open.place(raw.line) }))?;
            if booked.expected {
                understanding.ignore("expected bookings", "the bank has not booked them", Some(raw.line));
                continue;
            }
            if let Some(dialect) = booked.dialect {
                let known = self.dialects.entry(dialect).or_insert_with(|| {
                    let text = if information.is_empty() { &non_swift } else { &information };
                    (0, raw.information_line.max(raw.line), information::evidence(text))
                });
                known.0 += 1;
            }
            if booked.undated {
                let shown = || booked.line.booked_on.to_string();
                open.findings.count(Code::MT940_DATE_TAKEN, raw.line, shown);
            }
            if booked.clamped {
                let shown = || entry.get(..10).unwrap_or(&entry).to_owned();
                open.findings.count(Code::MT940_DAY_CLAMPED, raw.line, shown);
            }
            open.lines.push(booked.line);
        }
        batch.clear();
        Ok(())
    }

    /// What the identities rest on, before equal ones are counted.
    pub(super) fn tally(&self) -> Tally {
        self.maker.identifier.tally()
    }

    /// Tells the dialects, each with its first booking.
    pub(super) fn explain(&self, understanding: &mut Understanding) {
        for (dialect, (count, line, evidence)) in &self.dialects {
            let found = format!("{}: {count}", dialect.words());
            understanding.found_by("dialect", found, format!("`{evidence}` on line {line}"));
        }
    }
}
