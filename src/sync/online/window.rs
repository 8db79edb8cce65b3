//! Which days a run reads, and up to which day everything is in afterwards.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Days that every run reads again: banks book late and correct what they gave.
const OVERLAP: i64 = 10;

/// The first day of a run: ten days before the last complete one, never before the day that the user chose to begin
/// with. The first run of all leaves out what is closed in the books, since it was entered otherwise.
#[must_use]
pub fn first_day(
    from: Option<Date>,
    complete_until: Option<Date>,
    locked_until: Option<Date>,
    today: Date,
) -> Date {
    let chosen = from.unwrap_or_else(|| back(today, 90));
    match complete_until {
        Some(complete) => back(complete, OVERLAP).max(chosen),
        None => locked_until.map_or(chosen, |locked| chosen.max(back(locked, -1))),
    }
}

/// The last booking day of which everything is in, once the run's lines are: the day before the provider last asked
/// the bank, by the clock of the westernmost account, and never today.
#[must_use]
pub fn complete_until(fresh_as_of: Option<Timestamp>, now: Timestamp) -> Date {
    let asked = fresh_as_of.map_or(now, |fresh| fresh.min(now));
    back(day(asked), 1)
}

/// The day of a moment in UTC.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn back(day: Date, days: i64) -> Date {
    day.checked_sub(days.days()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 28);

    #[test]
    fn a_first_run_begins_where_the_user_chose_or_the_books_are_open() {
        assert_eq!(first_day(None, None, None, TODAY), date(2026, 8, 30));
        assert_eq!(first_day(Some(date(2026, 10, 1)), None, None, TODAY), date(2026, 10, 1));
        assert_eq!(
            first_day(Some(date(2026, 10, 1)), None, Some(date(2026, 10, 31)), TODAY),
            date(2026, 11, 1)
        );
    }

    #[test]
    fn a_later_run_reads_ten_days_again_also_closed_ones() {
        let complete = Some(date(2026, 11, 20));
        assert_eq!(
            first_day(Some(date(2026, 10, 1)), complete, Some(date(2026, 11, 15)), TODAY),
            date(2026, 11, 10)
        );
        assert_eq!(first_day(Some(date(2026, 11, 15)), complete, None, TODAY), date(2026, 11, 15));
    }

    #[test]
    fn a_day_is_complete_when_the_bank_was_asked_after_it() {
        let now: Timestamp = "2026-11-28T10:00:00Z".parse().unwrap();
        let fresh = |text: &str| Some(text.parse().unwrap());
        assert_eq!(complete_until(None, now), date(2026, 11, 27));
        assert_eq!(complete_until(fresh("2026-11-25T02:00:00Z"), now), date(2026, 11, 24));
        assert_eq!(complete_until(fresh("2027-01-01T00:00:00Z"), now), date(2026, 11, 27));
    }
}
