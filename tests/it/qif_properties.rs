//! What must hold for every QIF file: no bytes make the reader panic, and neither the way in which a file is written
//! nor its range changes what a line is or by what it is known.

use std::collections::HashSet;
use std::fmt::Write as _;

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::{Error, Family};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, DateOrder, Input, ParseOptions};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{files, is_fixture, root};

fn read(bytes: impl Into<Vec<u8>>, date_order: Option<DateOrder>) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("made.qif", bytes.into(), DEFAULT_MAX_SIZE)?;
    formats::parse(&input, Some("qif"), &ParseOptions { date_order, ..ParseOptions::default() })
}

#[derive(Clone, Debug)]
struct Made {
    day: u8,
    cents: i64,
    payee: u8,
}

#[derive(Clone, Copy, Debug)]
struct Style {
    order: DateOrder,
    separator: char,
    comma: bool,
    end: &'static str,
    newest_first: bool,
    last_end: bool,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one =
        (1..28_u8, -99_999..99_999_i64, 0..3_u8).prop_map(|(day, cents, payee)| Made { day, cents, payee });
    prop::collection::vec(one, 1..10).prop_map(|mut all| {
        all.sort_by_key(|made| made.day);
        all
    })
}

fn style() -> impl Strategy<Value = Style> {
    let orders = prop::sample::select(DateOrder::ALL.to_vec());
    let separators = prop::sample::select(vec!['/', '-']);
    let ends = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    (orders, separators, ends, any::<[bool; 3]>()).prop_map(|(order, separator, end, flags)| {
        let [comma, newest_first, last_end] = flags;
        Style { order, separator, comma, end, newest_first, last_end }
    })
}

fn write(all: &[Made], style: Style) -> String {
    let mut text = format!("!Type:Bank{}", style.end);
    let (s, end) = (style.separator, style.end);
    let mut all = all.to_vec();
    if style.newest_first {
        all.reverse();
    }
    for made in &all {
        let (day, month, year) = (made.day, 10, 2026);
        let date = match style.order {
            DateOrder::DayMonthYear => format!("{day:02}{s}{month:02}{s}{year}"),
            DateOrder::MonthDayYear => format!("{month:02}{s}{day:02}{s}{year}"),
            DateOrder::YearMonthDay => format!("{year}{s}{month:02}{s}{day:02}"),
        };
        let mark = if style.comma { ',' } else { '.' };
        let sign = if made.cents < 0 { "-" } else { "" };
        let amount = format!("{sign}{}{mark}{:02}", made.cents.abs() / 100, made.cents.abs() % 100);
        let _ = write!(text, "D{date}{end}T{amount}{end}PPayee {}{end}^{end}", made.payee);
    }
    if !style.last_end {
        text.truncate(text.len() - 1 - end.len());
    }
    text
}

fn identities(all: &[Made], style: Style) -> HashSet<String> {
    let read = read(write(all, style), Some(style.order)).unwrap();
    read[0].lines.iter().map(|line| line.identity.to_string()).collect()
}

proptest! {
    #[test]
    fn a_file_says_the_same_in_every_style(all in made(), style in style()) {
        let read = read(write(&all, style), Some(style.order)).unwrap();
        let mut found: Vec<_> = read[0].lines.iter().map(|l| (l.booked_on.day(), l.amount)).collect();
        let mut expected: Vec<_> = all.iter().map(|m| (m.day.cast_signed(), Decimal::new(m.cents, 2))).collect();
        found.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
        prop_assert!(read[0].lines.is_sorted_by_key(|line| line.booked_on));
    }

    /// Without a choice a file is read in its own order or asked about, never in another.
    #[test]
    fn an_order_is_never_wrong(all in made(), style in style()) {
        if let Ok(read) = read(write(&all, style), None) {
            let mut found: Vec<_> = read[0].lines.iter().map(|l| l.booked_on.to_string()).collect();
            let mut expected: Vec<_> = all.iter().map(|m| format!("2026-10-{:02}", m.day)).collect();
            found.sort_unstable();
            expected.sort_unstable();
            let derived = read[0].warnings.iter().any(|warning| warning.code.to_string() == "BB-5010");
            prop_assert!(found == expected || derived, "{:?}", found);
        }
    }

    #[test]
    fn other_ranges_and_styles_agree(
        all in made(), from in any::<Index>(), to in any::<Index>(), one in style(), other in style(),
    ) {
        let whole = identities(&all, one);
        prop_assert_eq!(whole.len(), all.len());
        let (from, to) = (from.index(all.len()), to.index(all.len()));
        let part = identities(&all[from.min(to)..=from.max(to)], other);
        prop_assert!(part.is_subset(&whole));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Err(error) = read(bytes, None) {
            prop_assert_eq!(error.code().family(), Family::File);
        }
    }

    #[test]
    fn no_damage_panics(
        which in any::<Index>(), damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..12),
    ) {
        let all: Vec<_> = files(&root().join("tests/formats/qif")).into_iter().filter(|p| is_fixture(p)).collect();
        let mut bytes = std::fs::read(&all[which.index(all.len())]).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(bytes, None);
    }
}

#[test]
fn a_million_of_anything_is_no_trouble() {
    for piece in ["!", "^\n", "S\n", "D1/2/20\n", "!Type:Bank\n", "\r", "$1\n", "P a\n", "T1,0\n"] {
        let text = format!("!Type:Bank\n{}", piece.repeat((1 << 20) / piece.len()));
        let _ = read(text, None);
    }
}
