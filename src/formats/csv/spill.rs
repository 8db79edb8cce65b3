//! Rows of banks that write their texts without quotation marks: a delimiter within one makes a cell more.
//!
//! Stands apart because it is the one place where cells are put together again. Where the delimiter stood within a
//! text cannot be told, only that no date, amount or reference holds one; so the surplus goes to the last of the
//! columns of the text that follow each other, and what stands behind it moves to its place. Whether that was right,
//! the dates, amounts and balances of the row show.

use super::layout::Layout;
use super::preset::Role;
use super::table::{Block, Cell, Row};
use crate::formats::Understanding;

const ABOUT: &str = "rows with a delimiter in a text";

/// A block of the row alone, with as many cells as the header has; none where it has not more, or its bank does not write so.
pub(super) fn gathered(layout: &Layout, row: &Row<'_>, understanding: &mut Understanding) -> Option<Block> {
    let surplus = row.len().checked_sub(layout.width).filter(|surplus| *surplus > 0)?;
    if !layout.preset.spills {
        return None;
    }
    let texts = layout.places(Role::Text);
    let first = *texts.first()?;
    let last = texts.iter().zip(first..).take_while(|(place, at)| *place == at).last().map(|(_, at)| at)?;
    let mark = char::from(layout.dialect.delimiter);
    let mut block = Block::default();
    let mut text = String::new();
    for (index, cell) in row.cells().enumerate() {
        if index < last || index > last + surplus {
            block.push(cell, Cell::Text);
            continue;
        }
        text.push_str(cell);
        if index == last + surplus {
            block.push(&text, Cell::Text);
        } else {
            text.push(mark);
            text.push(' ');
        }
    }
    if understanding.facts.iter().all(|fact| fact.about != ABOUT) {
        let because = "the bank writes no quotation marks; what stands behind moved to its place";
        understanding.found_by(ABOUT, format!("the first on line {}", row.line()), because);
    }
    block.end_row(row.line());
    Some(block)
}
