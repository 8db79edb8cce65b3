//! What the dates and amounts of a file settle: their order and their decimal mark.

use super::records::{Next, Record, Records};
use crate::domain::Warning;
use crate::errors::{Code, Error, Result};
use crate::formats::amounts::DecimalMarks;
use crate::formats::dates::DateOrders;
use crate::formats::text::TextFile;
use crate::formats::{DateOrder, DecimalMark, ParseOptions, Understanding};

/// Records that are read before it is asked what they settle: some pages, which nearly always do.
const FIRST: u64 = 1_000;

/// What all dates and amounts of a file settle.
pub(super) struct Settled {
    pub(super) order: DateOrder,
    pub(super) decimals: DecimalMark,
    /// By what they are known.
    order_because: String,
    decimals_because: String,
    /// The finding that the order of the dates was derived.
    pub(super) derived: Option<Warning>,
}

impl Settled {
    pub(super) fn explain(&self, understanding: &mut Understanding) {
        understanding.found_by("date order", self.order.words(), &self.order_because);
        understanding.found_by("decimal mark", self.decimals.id(), &self.decimals_because);
    }
}

/// Dates and amounts that were seen.
#[derive(Default)]
pub(super) struct Seen {
    orders: DateOrders,
    marks: DecimalMarks,
    /// The date of the record before.
    last: String,
    /// Whether there were plain amounts with a point, with a comma.
    points: bool,
    commas: bool,
}

impl Seen {
    /// Takes a record into account.
    ///
    /// # Errors
    /// For a date or an amount that is none, whatever the order and the mark.
    pub(super) fn see(&mut self, record: &Record) -> Result<()> {
        if record.date != self.last {
            if !self.orders.see(&record.date, record.date_line) {
                return Err(record.no_date());
            }
            self.last.clone_from(&record.date);
        }
        let Some(amount) = record.amount() else { return Ok(()) };
        // Most amounts look alike; the first of a kind speaks for the others.
        let (point, comma) = (plainly(amount, b'.'), plainly(amount, b','));
        if (point && self.points) || (comma && self.commas) {
            return Ok(());
        }
        (self.points, self.commas) = (self.points || point, self.commas || comma);
        if self.marks.see(amount, record.line) { Ok(()) } else { Err(record.no_amount(amount)) }
    }

    /// What that settles.
    ///
    /// # Errors
    /// Those of [`DateOrders::settle`] and [`DecimalMarks::settle`].
    pub(super) fn settle(&self, stated: Option<DateOrder>, options: &ParseOptions) -> Result<Settled> {
        let (order, order_because, derived) = if let (Some(order), None) = (stated, options.date_order) {
            self.orders.settle(Some(order))?;
            (order, "the file says so".to_owned(), false)
        } else {
            let settled = self.orders.settle(options.date_order)?;
            (settled.order, settled.because, settled.derived)
        };
        let derived = derived.then(|| {
            let finding = Error::new(Code::DATE_ORDER_DERIVED).arg("order", order.words());
            finding.arg("because", &order_because).into_warning()
        });
        let (decimals, decimals_because) = self.marks.settle(options.decimal_mark)?;
        Ok(Settled { order, decimals, order_because, decimals_because, derived })
    }
}

/// Whether an amount has two decimals after that mark and nothing but digits and a sign besides.
fn plainly(text: &str, mark: u8) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    matches!(digits, [whole @ .., m, a, b]
        if *m == mark && a.is_ascii_digit() && b.is_ascii_digit() && whole.iter().all(u8::is_ascii_digit))
}

/// What the records of a file settle, and whether all of them were read for it: where `early`, reading ends as soon as
/// they do.
///
/// # Errors
/// Those of [`Records::next`] and [`Seen`].
pub(super) fn settle(file: &TextFile<'_>, options: &ParseOptions, early: bool) -> Result<(Settled, bool)> {
    let mut records = Records::new(file)?;
    let (mut record, mut seen) = (Record::default(), Seen::default());
    for count in 1_u64.. {
        match records.next(&mut record)? {
            Some(Next::Line) => seen.see(&record)?,
            Some(Next::Other) => {}
            None => break,
        }
        if early
            && count % FIRST == 0
            && let Ok(settled) = seen.settle(records.stated_order(), options)
        {
            return Ok((settled, false));
        }
    }
    Ok((seen.settle(records.stated_order(), options)?, true))
}
