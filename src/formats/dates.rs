//! Dates whose order a file does not tell: one order for the whole file, from all its dates, or a question.
//!
//! `06/02/20` alone says nothing, and a reader that decides line by line turns 6 February into 2 June next to
//! 19 May. So every date of a file is shown to [`DateOrders`] first; an order stays possible while it gives a
//! calendar date for each, and only what is left over decides.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::errors::{Code, Error, Place, Result};

/// Order of day, month and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// 31/12/2026
    #[serde(rename = "dmy")]
    DayMonthYear,
    /// 12/31/2026
    #[serde(rename = "mdy")]
    MonthDayYear,
    /// 2026-12-31
    #[serde(rename = "ymd")]
    YearMonthDay,
}

impl DateOrder {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::DayMonthYear, Self::MonthDayYear, Self::YearMonthDay];

    /// Short name for options: `dmy`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::DayMonthYear => "dmy",
            Self::MonthDayYear => "mdy",
            Self::YearMonthDay => "ymd",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::DayMonthYear => "day-month-year",
            Self::MonthDayYear => "month-day-year",
            Self::YearMonthDay => "year-month-day",
        }
    }

    /// The order of that short name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.id() == id)
    }
}

/// A date as written: three numbers, whichever is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    groups: [Group; 3],
    /// Eight digits without separators; the groups are then those of year-month-day.
    glued: bool,
    /// What stands before the second and the third group; a blank for none.
    separators: [char; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Group {
    value: u32,
    digits: u32,
}

impl Written {
    /// Reads three numbers with `/ . - '` or blanks between them, or eight digits; blanks around a separator and
    /// whatever stands after the date (a time, text that was glued to it) do not matter.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut groups = [Group::default(); 3];
        let mut separators = [' '; 2];
        let mut index = 0;
        let mut between = false;
        for c in text.trim().chars() {
            match c {
                '0'..='9' => {
                    let group = groups.get_mut(index)?;
                    if between && group.digits > 0 {
                        index += 1;
                        if index > 2 {
                            break;
                        }
                    }
                    between = false;
                    let group = groups.get_mut(index)?;
                    group.value = group.value.checked_mul(10)?.checked_add(c.to_digit(10)?)?;
                    group.digits += 1;
                    if group.digits > 8 {
                        return None;
                    }
                }
                ':' if groups[0].digits != 4 || groups[2].digits > 0 => {
                    if groups[2].digits == 0 {
                        return None;
                    }
                    break;
                }
                '/' | '.' | '-' | ':' | '\'' | '\u{2019}' | ' ' if index < 2 || groups[2].digits == 0 => {
                    if groups[0].digits == 0 {
                        return None;
                    }
                    between = true;
                    let separator = separators.get_mut(index)?;
                    if *separator == ' ' {
                        *separator = if c == '\u{2019}' { '\'' } else { c };
                    }
                }
                _ if groups[2].digits > 0 || groups[0].digits == 8 => break,
                _ => return None,
            }
            if index == 0 && groups[0].digits == 8 {
                // Nothing after eight digits belongs to the date.
                break;
            }
        }
        if groups[0].digits == 8 {
            let value = groups[0].value;
            let group = |value, digits| Group { value, digits };
            let groups = [group(value / 10_000, 4), group(value / 100 % 100, 2), group(value % 100, 2)];
            return Some(Self { groups, glued: true, separators: [' '; 2] });
        }
        (groups[2].digits > 0).then_some(Self { groups, glued: false, separators })
    }

    /// The date in that order, if it is one.
    #[must_use]
    pub fn date(&self, order: DateOrder) -> Option<Date> {
        let [a, b, c] = self.groups;
        let (year, month, day) = match order {
            DateOrder::YearMonthDay => (a, b, c),
            DateOrder::DayMonthYear | DateOrder::MonthDayYear => {
                let [first, second, year] = if self.glued { self.year_last() } else { [a, b, c] };
                if order == DateOrder::DayMonthYear { (year, second, first) } else { (year, first, second) }
            }
        };
        if month.digits > 2 || day.digits > 2 {
            return None;
        }
        // 20121012 is no day of the year 1012.
        let year = self.year(year, order).filter(|year| (1900..2200).contains(year))?;
        Date::new(i16::try_from(year).ok()?, i8::try_from(month.value).ok()?, i8::try_from(day.value).ok()?)
            .ok()
    }

    /// Eight digits with the year at the end.
    fn year_last(&self) -> [Group; 3] {
        let [a, b, c] = self.groups;
        let group = |value, digits| Group { value, digits };
        [group(a.value / 100, 2), group(a.value % 100, 2), group(b.value * 100 + c.value, 4)]
    }

    /// Four digits as they stand; two of them in the years 1970 to 2069, after an apostrophe in those from 2000
    /// (Quicken); three and five are years counted from 1900 (a fault of the year 2000 in old programs).
    /// A year that comes first is written whole.
    fn year(&self, group: Group, order: DateOrder) -> Option<u32> {
        let Group { value, digits } = group;
        match digits {
            4 => Some(value),
            _ if order == DateOrder::YearMonthDay => None,
            1 | 2 if self.separators[1] == '\'' => Some(2000 + value),
            2 => Some(if value < 70 { 2000 + value } else { 1900 + value }),
            3 => Some(1900 + value),
            5 if (19_000..19_200).contains(&value) => Some(value - 19_000 + 1900),
            _ => None,
        }
    }
}

/// Which orders the dates of a file leave open.
#[derive(Clone, Debug)]
pub struct DateOrders {
    seen: [Seen; 3],
    /// A date that reads differently in two orders that are both possible for it, and its line.
    open: Option<(String, u64)>,
    dots: bool,
    apostrophes: bool,
    any: bool,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    /// The first date that is none in this order, and its line.
    against: Option<(String, u64)>,
    last: Option<Date>,
    changes: u32,
    rises: bool,
    falls: bool,
}

/// The order of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The order.
    pub order: DateOrder,
    /// By what it is known.
    pub because: String,
    /// Whether the dates themselves leave another order possible.
    pub derived: bool,
}

impl Default for DateOrders {
    fn default() -> Self {
        Self { seen: Default::default(), open: None, dots: true, apostrophes: false, any: false }
    }
}

impl DateOrders {
    /// Takes a date into account. False where it is no date in any order; the caller then says so.
    pub fn see(&mut self, text: &str, line: u64) -> bool {
        let Some(written) = Written::read(text) else { return false };
        let dates = DateOrder::ALL.map(|order| written.date(order));
        if dates.iter().all(Option::is_none) {
            return false;
        }
        self.any = true;
        self.dots &= written.separators[0] == '.';
        self.apostrophes |= written.separators[1] == '\'';
        let mut given = dates.iter().flatten();
        let first = given.next();
        if self.open.is_none() && given.any(|date| Some(date) != first) {
            self.open = Some((text.trim().to_owned(), line));
        }
        for (seen, date) in self.seen.iter_mut().zip(dates) {
            match date {
                None if seen.against.is_none() => seen.against = Some((text.trim().to_owned(), line)),
                None => {}
                Some(date) => seen.next(date),
            }
        }
        true
    }

    /// The order of the file.
    ///
    /// # Errors
    /// BB-3013 where several are left and nothing decides, BB-3014 where none fits all dates, BB-3015 where the
    /// one that the user chose does not.
    pub fn settle(&self, choice: Option<DateOrder>) -> Result<Settled> {
        if let Some(order) = choice {
            if let Some((text, line)) = &self.of(order).against {
                return Err(Error::new(Code::DATE_ORDER_WRONG)
                    .arg("found", text)
                    .arg("order", order.words())
                    .at(Place::line(*line)));
            }
            return Ok(Settled { order, because: "chosen by the user".to_owned(), derived: false });
        }
        let possible: Vec<_> =
            DateOrder::ALL.into_iter().filter(|order| self.of(*order).against.is_none()).collect();
        let settled = |order, because: String, derived| Ok(Settled { order, because, derived });
        match possible.as_slice() {
            [] => Err(self.contradiction()),
            [order] => {
                let because = self.evidence(*order);
                settled(*order, because, false)
            }
            [order, ..] if !self.any || self.open.is_none() => {
                settled(*order, "all dates read alike in every order".to_owned(), false)
            }
            [first, second, ..] => {
                if let Some((order, because)) = self.habit(&possible).or_else(|| self.run(&possible)) {
                    return settled(order, because.to_owned(), true);
                }
                let (example, line) = self.open.clone().unwrap_or_default();
                Err(Error::new(Code::DATE_ORDER_OPEN)
                    .arg("example", example)
                    .arg("first", first.words())
                    .arg("second", second.words())
                    .at(Place::line(line)))
            }
        }
    }

    fn of(&self, order: DateOrder) -> &Seen {
        let [dmy, mdy, ymd] = &self.seen;
        match order {
            DateOrder::DayMonthYear => dmy,
            DateOrder::MonthDayYear => mdy,
            DateOrder::YearMonthDay => ymd,
        }
    }

    fn evidence(&self, order: DateOrder) -> String {
        let others = DateOrder::ALL.into_iter().filter(|other| *other != order);
        // The date that excludes the order nearest to it says most.
        let against =
            others.filter_map(|other| self.of(other).against.as_ref()).max_by_key(|(_, line)| *line);
        against.map_or_else(String::new, |(text, line)| format!("{text} on line {line} fits no other"))
    }

    fn contradiction(&self) -> Error {
        // One date may speak against two orders; the other that is shown speaks against the third.
        let mut against = self.seen.iter().filter_map(|order| order.against.clone());
        let (first, line) = against.next().unwrap_or_default();
        let (second, other) =
            against.find(|(_, other)| *other != line).unwrap_or_else(|| (first.clone(), line));
        Error::new(Code::DATES_CONTRADICT)
            .arg("first", format!("{first} (line {line})"))
            .arg("second", format!("{second} (line {other})"))
            .at(Place::line(line.max(other)))
    }

    /// Dots are written day first; an apostrophe before the year is Quicken's, which writes the month first.
    fn habit(&self, possible: &[DateOrder]) -> Option<(DateOrder, &'static str)> {
        if self.dots && possible.contains(&DateOrder::DayMonthYear) {
            return Some((DateOrder::DayMonthYear, "dates with dots are written day first"));
        }
        let quicken = self.apostrophes && possible.contains(&DateOrder::MonthDayYear);
        quicken.then_some((
            DateOrder::MonthDayYear,
            "an apostrophe before the year is written by Quicken, month first",
        ))
    }

    /// The one order in which the lines follow each other in time.
    fn run(&self, possible: &[DateOrder]) -> Option<(DateOrder, &'static str)> {
        let mut runs = possible.iter().filter(|order| {
            let seen = self.of(**order);
            seen.changes >= 2 && !(seen.rises && seen.falls)
        });
        match (runs.next(), runs.next()) {
            (Some(order), None) => Some((*order, "only so do the lines follow each other in time")),
            _ => None,
        }
    }
}

impl Seen {
    fn next(&mut self, date: Date) {
        match self.last {
            Some(last) if date > last => (self.rises, self.changes) = (true, self.changes + 1),
            Some(last) if date < last => (self.falls, self.changes) = (true, self.changes + 1),
            _ => {}
        }
        self.last = Some(date);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn one(text: &str, order: DateOrder) -> Option<Date> {
        Written::read(text)?.date(order)
    }

    #[test]
    fn every_way_of_writing_is_read() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        let cases = [
            ("12/31/99", MonthDayYear, date(1999, 12, 31)),
            ("31.12.19", DayMonthYear, date(2019, 12, 31)),
            ("31-12-2019", DayMonthYear, date(2019, 12, 31)),
            ("6/ 1/19", MonthDayYear, date(2019, 6, 1)),
            ("6/ 1' 0", MonthDayYear, date(2000, 6, 1)),
            ("8/31'20", MonthDayYear, date(2020, 8, 31)),
            ("2/14'2020", MonthDayYear, date(2020, 2, 14)),
            ("2020-02-14", YearMonthDay, date(2020, 2, 14)),
            ("20200214", YearMonthDay, date(2020, 2, 14)),
            ("14022020", DayMonthYear, date(2020, 2, 14)),
            ("03/25/099Share Withdrawal", MonthDayYear, date(1999, 3, 25)),
            ("03/25/102", MonthDayYear, date(2002, 3, 25)),
            ("03/25/19100", MonthDayYear, date(2000, 3, 25)),
            ("2020-02-14 10:30:00", YearMonthDay, date(2020, 2, 14)),
            ("20200214 103000", YearMonthDay, date(2020, 2, 14)),
            ("2020:02:14", YearMonthDay, date(2020, 2, 14)),
            ("20121012", YearMonthDay, date(2012, 10, 12)),
        ];
        for (text, order, expected) in cases {
            assert_eq!(one(text, order), Some(expected), "{text}");
        }
        assert_eq!(one("20121012", DayMonthYear), None);
        for text in ["", "x", "12/31", "1", "31/02/2020", "123456789", "/1/2/3", "10:11:12"] {
            assert!(DateOrder::ALL.iter().all(|order| one(text, *order).is_none()), "{text}");
        }
    }

    fn settle(dates: &[&str]) -> Result<Settled> {
        let mut orders = DateOrders::default();
        for (line, text) in (1..).zip(dates) {
            assert!(orders.see(text, line), "{text}");
        }
        orders.settle(None)
    }

    #[test]
    fn one_order_for_the_whole_file() {
        let order = |dates: &[&str]| settle(dates).map(|s| (s.order.id(), s.derived)).map_err(|e| e.code());
        assert_eq!(order(&["06/02/20", "19/05/20"]), Ok(("dmy", false)));
        assert_eq!(order(&["06/02/20", "05/19/20"]), Ok(("mdy", false)));
        assert_eq!(order(&["13/01/2020", "01/13/2020"]), Err(Code::DATES_CONTRADICT));
        let error = settle(&["2020-01-25", "01/25/2020"]).map(|_| ()).unwrap_err();
        assert!(error.sentence().ends_with("2020-01-25 (line 1) and 01/25/2020 (line 2)"), "{error:?}");
        assert_eq!(order(&["01/02/2020", "03/04/2020"]), Err(Code::DATE_ORDER_OPEN));
        assert_eq!(order(&["01/01/2020", "02/02/2020"]), Ok(("dmy", false)));
        assert_eq!(order(&["01.02.2020"]), Ok(("dmy", true)));
        assert_eq!(order(&["1/2'20"]), Ok(("mdy", true)));
        assert_eq!(order(&["2/10/2020", "3/9/2020", "4/11/2020"]), Ok(("mdy", true)));
        assert_eq!(order(&["2020-01-02"]), Ok(("ymd", false)));
        assert_eq!(order(&[]), Ok(("dmy", false)));
    }

    #[test]
    fn a_choice_holds_unless_a_date_speaks_against_it() {
        let mut orders = DateOrders::default();
        orders.see("01/02/2020", 1);
        assert_eq!(orders.settle(Some(DateOrder::MonthDayYear)).unwrap().order, DateOrder::MonthDayYear);
        orders.see("13/02/2020", 2);
        let error = orders.settle(Some(DateOrder::MonthDayYear)).unwrap_err();
        assert_eq!((error.code(), error.place().line), (Code::DATE_ORDER_WRONG, Some(2)));
    }
}
