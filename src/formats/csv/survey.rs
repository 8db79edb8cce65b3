//! What a file leaves to be found out before its rows are read: the order of its dates and its decimal mark, each
//! by all of its cells.

use super::layout::Layout;
use super::months;
use super::preset::{Decimals, Role};
use super::table::{Cell, Row, Table};
use crate::domain::Warning;
use crate::errors::{Code, Error, Result};
use crate::formats::amounts::DecimalMarks;
use crate::formats::dates::DateOrders;
use crate::formats::{DateOrder, ParseOptions, Understanding};

/// How dates and amounts of a file are written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) dates: DateOrder,
    pub(super) decimals: Decimals,
    /// The finding that the order of the dates was derived, and the reader should look.
    pub(super) derived: Option<Warning>,
}

const DATES: [Role; 2] = [Role::Booked, Role::Value];
const AMOUNTS: [Role; 6] =
    [Role::Amount, Role::Debit, Role::Credit, Role::Fee, Role::Balance, Role::BalanceBefore];

/// Finds out what neither the user nor the preset says.
///
/// # Errors
/// BB-3013 to BB-3017 where the cells leave it open or contradict each other.
pub(super) fn survey(
    table: &Table<'_>,
    layout: &Layout,
    options: &ParseOptions,
    understanding: &mut Understanding,
) -> Result<Written> {
    let dates = options.date_order.or(layout.preset.dates);
    let decimals = options.decimal_mark.map(Decimals::from).or(layout.preset.decimal);
    let mut orders = DateOrders::default();
    let mut marks = DecimalMarks::default();
    if dates.is_none() || decimals.is_none() {
        table.each(layout.dialect, |row| {
            if row.line() > layout.header_line {
                see(layout, row, &mut orders, &mut marks);
            }
            Ok(())
        })?;
    }
    let chosen = |by_user: bool| if by_user { "chosen by the user" } else { "the preset says so" };
    let mut derived = None;
    let dates = if let Some(order) = dates {
        understanding.found_by("date order", order.words(), chosen(options.date_order.is_some()));
        order
    } else {
        let settled = orders.settle(None)?;
        derived = settled.derived.then(|| {
            let finding = Error::new(Code::DATE_ORDER_DERIVED).arg("order", settled.order.words());
            finding.arg("because", &settled.because).into_warning()
        });
        understanding.found_by("date order", settled.order.words(), settled.because);
        settled.order
    };
    let decimals = if let Some(decimals) = decimals {
        understanding.found_by("decimal mark", words(decimals), chosen(options.decimal_mark.is_some()));
        decimals
    } else {
        let (mark, because) = marks.settle(None)?;
        understanding.found_by("decimal mark", mark.id(), because);
        mark.into()
    };
    Ok(Written { dates, decimals, derived })
}

fn words(decimals: Decimals) -> &'static str {
    match decimals {
        Decimals::Point => "point",
        Decimals::Comma => "comma",
        Decimals::LastMark => "the last mark of each amount",
    }
}

/// Shows the cells of a row. What is no date or amount is said when the row is read.
fn see(layout: &Layout, row: &Row<'_>, orders: &mut DateOrders, marks: &mut DecimalMarks) {
    for (role, index) in DATES.iter().flat_map(|role| layout.places(*role).iter().map(move |i| (role, *i))) {
        let cell = row.cell(index);
        if row.kind(index) != Cell::Text || cell.is_empty() {
            continue;
        }
        let known = orders.see(&months::in_numbers(cell), row.line());
        if !known && *role == Role::Booked {
            // A row without a booking date tells nothing of amounts either.
            return;
        }
    }
    for index in AMOUNTS.iter().flat_map(|role| layout.places(*role).iter().copied()) {
        let cell = row.cell(index);
        if row.kind(index) == Cell::Text && !cell.is_empty() {
            marks.see(cell, row.line());
        }
    }
}
