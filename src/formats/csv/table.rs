//! Tables as rows, of a text file or of a worksheet.
//!
//! Rows come in blocks: one text with the places of its cells, so that a row costs no memory of its own and a cell is
//! found, without what stands around it, as often as it is asked for.

use super::cells::unwrapped;
use super::cut::Cutter;
use crate::errors::Result;
use crate::formats::ahead;
use crate::formats::text::TextFile;

/// Rows of a block that is read while the next ones wait in the file: few enough for the processor's cache.
const ROWS: usize = 256;
/// Blocks after which a file is long enough for a thread of its own.
const SHORT: usize = 8;

/// What a cell of a worksheet is; a cell of a text file is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Cell {
    /// As written.
    Text,
    /// A number, written with a decimal point.
    Number,
    /// A date, written year first.
    Date,
}

/// Rows, one after the other.
#[derive(Debug, Default)]
pub(in crate::formats) struct Block {
    text: String,
    cells: Vec<Span>,
    /// Empty for rows of text files.
    kinds: Vec<Cell>,
    rows: Vec<Ends>,
}

/// Where a cell stands in the text of its row.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place of a cell that begins there, without what stands around it.
    #[inline]
    fn of(cell: &str, start: usize) -> Self {
        // Most cells begin and end with a letter or a digit.
        let bare = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
        let (start, length) = if bare(cell.as_bytes().first()) && bare(cell.as_bytes().last()) {
            (start, cell.len())
        } else {
            let inner = unwrapped(cell);
            (start + (inner.as_ptr().addr() - cell.as_ptr().addr()), inner.len())
        };
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(start + length) }
    }
}

/// Where a row ends in its block, and its line.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    text: usize,
    cells: usize,
    line: u64,
}

impl Block {
    /// Rows that it holds.
    pub(in crate::formats) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.kinds.clear();
        self.rows.clear();
    }

    /// Adds a cell of a worksheet to the row that is being made.
    pub(in crate::formats) fn push(&mut self, cell: &str, kind: Cell) {
        let begun = self.rows.last().map_or(0, |row| row.text);
        self.cells.push(Span::of(cell, self.text.len() - begun));
        self.text.push_str(cell);
        self.kinds.push(kind);
    }

    /// Ends the row that is being made.
    pub(in crate::formats) fn end_row(&mut self, line: u64) {
        self.rows.push(Ends { text: self.text.len(), cells: self.cells.len(), line });
    }

    /// Adds a row by its text and the ends of its cells in it, between which so many bytes stand.
    pub(super) fn push_row(
        &mut self,
        text: &str,
        ends: impl Iterator<Item = usize>,
        between: usize,
        line: u64,
    ) {
        self.text.push_str(text);
        let mut from = 0;
        for end in ends {
            self.cells.push(Span::of(text.get(from..end).unwrap_or_default(), from));
            from = end + between;
        }
        self.end_row(line);
    }

    /// The row of that place, from 0.
    pub(super) fn row(&self, index: usize) -> Option<Row<'_>> {
        let ends = self.rows.get(index)?;
        let begins =
            index.checked_sub(1).and_then(|before| self.rows.get(before)).copied().unwrap_or_default();
        Some(Row {
            text: self.text.get(begins.text..ends.text)?,
            cells: self.cells.get(begins.cells..ends.cells)?,
            kinds: self.kinds.get(begins.cells..ends.cells).unwrap_or_default(),
            line: ends.line,
        })
    }

    /// All rows.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        (0..self.rows.len()).filter_map(|index| self.row(index))
    }

    /// The first rows.
    fn head(&self, count: usize) -> Self {
        let rows: Vec<_> = self.rows.iter().take(count).copied().collect();
        let Ends { text, cells, .. } = rows.last().copied().unwrap_or_default();
        Self {
            text: self.text.get(..text).unwrap_or_default().to_owned(),
            cells: self.cells.get(..cells).unwrap_or_default().to_vec(),
            kinds: self.kinds.get(..cells).unwrap_or_default().to_vec(),
            rows,
        }
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(in crate::formats) struct Row<'b> {
    text: &'b str,
    cells: &'b [Span],
    /// Empty for rows of text files.
    kinds: &'b [Cell],
    line: u64,
}

impl<'b> Row<'b> {
    /// The cell without blanks around it; empty where the row is shorter.
    #[inline]
    pub(super) fn cell(&self, index: usize) -> &'b str {
        self.cells.get(index).map_or("", |span| self.at(*span))
    }

    #[inline]
    fn at(&self, span: Span) -> &'b str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    pub(super) fn kind(&self, index: usize) -> Cell {
        self.kinds.get(index).copied().unwrap_or(Cell::Text)
    }

    pub(super) fn cells(self) -> impl Iterator<Item = &'b str> {
        self.cells.iter().map(move |span| self.at(*span))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nothing stands in it, nor quotation marks around nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|span| span.start == span.end) && !self.text.contains('"')
    }

    /// Whether a cell goes over several lines.
    pub(super) fn has_line_ends(&self) -> bool {
        memchr::memchr(b'\n', self.text.as_bytes()).is_some()
    }

    /// Line of the file, or row of the worksheet, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

/// How a text file is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quoted: bool,
}

/// Where rows come from, as often as they are needed.
pub(in crate::formats) enum Table<'i> {
    /// A text file.
    Text(TextFile<'i>),
    /// The rows of a worksheet.
    Sheet(Block),
}

impl Table<'_> {
    /// Gives the rows from the start, one after the other, until one fails.
    ///
    /// # Errors
    /// Those of `take`; BB-3001 for a failing reader, BB-3012 for a line longer than 16 MB.
    pub(super) fn each(&self, dialect: Dialect, mut take: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        match self {
            Self::Text(file) => {
                let mut cutter = Cutter::new(file, dialect)?;
                let mut block = Block::default();
                for _ in 0..SHORT {
                    block.clear();
                    let more = cutter.fill(&mut block, ROWS);
                    block.iter().try_for_each(|row| take(&row))?;
                    if !more? {
                        return Ok(());
                    }
                }
                let cut = |block: &mut Block| {
                    block.clear();
                    cutter.fill(block, ROWS)
                };
                ahead::read(cut, |blocks, done| {
                    for block in blocks {
                        block.iter().try_for_each(|row| take(&row))?;
                        done(block);
                    }
                    Ok(())
                })
            }
            Self::Sheet(block) => block.iter().try_for_each(|row| take(&row)),
        }
    }

    /// The first rows, for finding out what the table is: rows that cannot be read end them.
    pub(super) fn head(&self, dialect: Dialect, count: usize) -> Block {
        match self {
            Self::Text(file) => {
                let mut block = Block::default();
                // What was read before a failure stays.
                let _ = Cutter::new(file, dialect).and_then(|mut cutter| cutter.fill(&mut block, count));
                block
            }
            Self::Sheet(block) => block.head(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{Code, Error};
    use crate::formats::{DEFAULT_MAX_SIZE, Input};

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let input = Input::from_bytes("f", bytes.to_vec(), DEFAULT_MAX_SIZE).unwrap();
        let table = Table::Text(TextFile::open(&input, None).unwrap());
        let rows = table.head(Dialect { delimiter: b';', quoted: true }, 100);
        rows.iter().map(|row| (row.line(), row.cells().map(str::to_owned).collect())).collect()
    }

    #[test]
    fn rows_know_their_line() {
        let cells = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a;b", "", "\"c", "d\";e", "\u{e9} ;=\"x\""].join(end);
            let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            let expected = [(1, cells(&["a", "b"])), (3, cells(&["c\nd", "e"])), (5, cells(&["é", "x"]))];
            assert_eq!(rows(text.as_bytes()), expected);
            assert_eq!(rows(&latin), expected);
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_begins_where_it_stands() {
        let lines: Vec<_> = rows(b"a;b\n\"c;d\ne;f\n").into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2]);
        assert_eq!(rows(b"\"a;b\nc").first().map(|(line, _)| *line), Some(1));
    }

    #[test]
    fn the_first_failure_of_a_long_file_counts() {
        const COUNT: u64 = 5000;
        let refused = |refused: u64, rows: &[u8]| {
            let input = Input::from_bytes("f", rows.to_vec(), DEFAULT_MAX_SIZE).unwrap();
            let table = Table::Text(TextFile::open(&input, None).unwrap());
            let mut lines = 0;
            let outcome = table.each(Dialect { delimiter: b';', quoted: true }, |row| {
                lines += 1;
                assert_eq!(row.line(), lines);
                if lines == refused { Err(Error::new(Code::ROW_LONGER)) } else { Ok(()) }
            });
            (lines, outcome.map_err(|error| error.code()))
        };
        let mut rows = b"a;b\n".repeat(usize::try_from(COUNT).unwrap());
        assert_eq!(refused(0, &rows), (COUNT, Ok(())));
        for line in [1, 2048, 2049, COUNT] {
            assert_eq!(refused(line, &rows), (line, Err(Code::ROW_LONGER)));
        }
        rows.extend(vec![b'c'; 17 << 20]);
        assert_eq!(refused(COUNT, &rows), (COUNT, Err(Code::ROW_LONGER)));
        assert_eq!(refused(0, &rows), (COUNT, Err(Code::LINE_TOO_LONG)));
    }

    #[test]
    fn a_row_of_wrapped_nothing_is_not_blank() {
        let block = |text: &str| {
            let mut block = Block::default();
            block.push_row(text, [text.len()].into_iter(), 0, 1);
            block
        };
        for (text, blank) in [("", true), (" \t", true), ("=\"\"", false), ("x", false)] {
            assert_eq!(block(text).row(0).unwrap().is_blank(), blank, "{text}");
        }
    }
}
