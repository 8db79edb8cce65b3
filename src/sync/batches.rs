//! How many lines go into one call: as many as Odoo takes in about five seconds, measured call by call.
//!
//! Odoo ends a request after 60 s of CPU by default, and creating a line costs it some 30 ms, so a fixed large
//! batch fails on a slow machine and a fixed small one wastes a fast one. Whole booking days stay together where
//! they fit, since lines of another source are compared by days.

use std::time::Duration;

/// What one call should take.
const TARGET: Duration = Duration::from_secs(5);
const FIRST: usize = 50;
const LEAST: usize = 10;
const MOST: usize = 1_000;

/// The size of the next batch.
#[derive(Debug)]
pub struct BatchSize(usize);

impl Default for BatchSize {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl BatchSize {
    /// Lines that the next call should carry at the most.
    #[must_use]
    pub fn get(&self) -> usize {
        self.0
    }

    /// Learns from a call: at most twice as many next time, at once as few as the measure says.
    pub fn measured(&mut self, lines: usize, took: Duration) {
        if lines == 0 {
            return;
        }
        let took = took.as_millis().max(1);
        let fitting = (lines as u128 * TARGET.as_millis() / took).min(MOST as u128);
        let fitting = usize::try_from(fitting).unwrap_or(MOST);
        self.0 = fitting.min(self.0 * 2).clamp(LEAST, MOST);
    }
}

/// Where the batch that starts at `start` ends: at most `size` lines, and at the end of a booking day if that
/// leaves at least half.
pub fn end_of_batch<D: PartialEq>(days: &[D], start: usize, size: usize) -> usize {
    let end = (start + size.max(1)).min(days.len());
    if end == days.len() {
        return end;
    }
    let within_day = |cut: usize| days.get(cut) == days.get(cut - 1);
    let whole_days = (start + 1..=end).rev().find(|cut| !within_day(*cut));
    whole_days.filter(|cut| (cut - start) * 2 >= size).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_by_two_and_shrink_at_once() {
        let mut size = BatchSize::default();
        size.measured(50, Duration::from_millis(500));
        assert_eq!(size.get(), 100);
        size.measured(100, Duration::from_secs(1));
        assert_eq!(size.get(), 200);
        size.measured(200, Duration::from_secs(50));
        assert_eq!(size.get(), 20);
        size.measured(20, Duration::from_secs(500));
        assert_eq!(size.get(), LEAST);
        size.measured(0, Duration::ZERO);
        assert_eq!(size.get(), LEAST);
    }

    #[test]
    fn a_batch_ends_with_a_day_where_half_remains() {
        let days = [1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        assert_eq!(end_of_batch(&days, 0, 4), 3);
        assert_eq!(end_of_batch(&days, 3, 4), 5);
        assert_eq!(end_of_batch(&days, 5, 3), 8, "a day larger than a batch is cut");
        assert_eq!(end_of_batch(&days, 0, 100), 10);
        assert_eq!(end_of_batch(&days, 10, 5), 10);
    }
}
