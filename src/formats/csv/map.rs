//! Rows into statements: one for each account and currency of the table.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::chain::{self, Chain};
use super::labels::{Labelled, set_number};
use super::layout::Layout;
use super::line::{Cells, joined, without_zeros};
use super::names::fold;
use super::preset::{Role, RowOrder, Undated};
use super::spill;
use super::survey::Written;
use super::table::{Row, Table};
use crate::domain::{
    Account, Balance, Currency, Identifier, Statement, Text, TransactionDraft, Warning, money,
};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::{Reading, Understanding};

/// Rows of one account and currency.
struct Group {
    account: Account,
    currency: Currency,
    rows: chain::Rows,
}

/// Reads all rows below the header.
pub(super) fn map<'l>(
    table: &'l Table<'l>,
    layout: &'l Layout,
    written: &'l Written,
    source: &str,
    understanding: Understanding,
) -> Result<Reading> {
    let mut mapper = Mapper {
        table,
        only: None,
        cells: Cells::new(layout, written),
        layout,
        labelled: Labelled::new(&layout.preset.labels),
        footer: layout.preset.footer.iter().map(|word| fold(word)).collect(),
        identifier: Identifier::new(),
        groups: Vec::new(),
        known: HashMap::new(),
        last: None,
        understanding,
        left_out: Vec::new(),
        rows: 0,
        footed: false,
    };
    table.each(layout.dialect, |row| {
        if row.line() > layout.header_line {
            mapper.take(row)?;
        } else if row.line() < layout.header_line || layout.names.is_empty() {
            mapper.labelled.see(row);
        }
        Ok(())
    })?;
    mapper.finish(source, written)
}

/// The account that all rows name that name one, if there is just one.
struct Only(Option<String>);

struct Mapper<'l> {
    table: &'l Table<'l>,
    /// The account of rows that name none, once it was looked for.
    only: Option<Only>,
    cells: Cells<'l>,
    layout: &'l Layout,
    labelled: Labelled<'l>,
    footer: Vec<String>,
    identifier: Identifier,
    groups: Vec<Group>,
    /// Groups by account and currency as written.
    known: HashMap<(String, Option<Currency>), usize>,
    /// The account and currency of the row before, and their group.
    last: Option<(String, Option<Currency>, usize)>,
    understanding: Understanding,
    /// Reasons for which rows were left out, and how many.
    left_out: Vec<(&'l str, u64)>,
    rows: u64,
    /// Whether a footer was read, and no transaction after it.
    footed: bool,
}

impl<'l> Mapper<'l> {
    fn take(&mut self, row: &Row<'_>) -> Result<()> {
        if row.is_blank() {
            return Ok(());
        }
        if let Some(gathered) = spill::gathered(self.layout, row, &mut self.understanding) {
            return gathered.row(0).map_or(Ok(()), |row| self.take(&row));
        }
        self.rows += 1;
        self.cells.check_quotes(row)?;
        let booked_on = self.cells.booked_on(row);
        let details = [Undated::Detail, Undated::DetailOrPending].contains(&self.layout.preset.undated);
        // Below the footer there are no details.
        if booked_on.is_some() {
            self.footed = false;
        } else if self.footed && !self.cells.has_amount(row) {
            self.understanding.ignore("footer rows", "they hold no transaction", Some(row.line()));
            return Ok(());
        }
        if details && !self.cells.has_amount(row) && !(booked_on.is_some() && self.has_lost_amount(row)) {
            return if self.is_around(row, booked_on.is_some()) { Ok(()) } else { self.take_detail(row) };
        }
        let Some(booked_on) = booked_on else { return self.take_undated(row) };
        self.check_width(row)?;
        if let Some(because) = self.left_out(row)? {
            self.leave_out(because, row);
            return Ok(());
        }
        let notice = self.layout.preset.skip_zero && !self.cells.has_amount(row);
        let amount = if notice { Decimal::ZERO } else { self.cells.amount(row)? };
        if amount.is_zero() && self.layout.preset.skip_zero {
            self.understanding.ignore(
                "rows without an amount",
                "they are notices of the bank",
                Some(row.line()),
            );
            return Ok(());
        }
        let group = self.group(row)?;
        let currency = self.groups.get(group).map_or(Currency::UNSTATED, |group| group.currency);
        let balance = self.cells.balance(row, amount)?;
        let mut line = self.cells.line(row, booked_on, amount, currency)?;
        let found = self.cells.take_apart(&mut line);
        self.identify(row, group, &mut line, found.reference.as_deref())?;
        if line.reference.is_none() {
            line.reference = found.reference.map(Text::from);
        }
        if let Some(group) = self.groups.get_mut(group) {
            group.rows.push(line.done(), balance, row.line());
        }
        Ok(())
    }

    /// Whether a row without a date belongs to what stands around the transactions, and was counted as such: the
    /// header once more, a label, another footer, a total.
    fn is_around(&mut self, row: &Row<'_>, dated: bool) -> bool {
        if dated {
            return false;
        }
        let line = Some(row.line());
        if self.layout.is_header(row) {
            self.understanding.ignore("further headers", "the file repeats them", line);
            return true;
        }
        let first = fold(row.cells().find(|cell| !cell.is_empty()).unwrap_or_default());
        if self.labelled.see(row) || self.footer.iter().any(|word| first.starts_with(word.as_str())) {
            self.understanding.ignore("footer rows", "they hold no transaction", line);
            self.footed = !self.groups.is_empty();
            return true;
        }
        // Words where the date belongs, and nothing of a transaction besides at most a sum.
        let booked = self.layout.text(row, Role::Booked);
        let roles =
            [Role::Value, Role::Text, Role::CounterpartyName, Role::CounterpartyAccount, Role::Reference];
        let words = booked.starts_with(char::is_alphabetic) && !booked.bytes().any(|b| b.is_ascii_digit());
        let alone = roles.iter().all(|role| ["", booked].contains(&self.layout.text(row, *role)));
        let total = words && (alone || !self.cells.has_amount(row));
        if total {
            self.understanding.ignore("totals and remarks", "they hold no transaction", line);
        }
        total
    }

    /// A detail of the row above, whose amount holds it.
    fn take_detail(&mut self, row: &Row<'_>) -> Result<()> {
        self.understanding.ignore("detail rows", "the row above holds their amount", Some(row.line()));
        let all: Vec<_> = (0..row.len()).collect();
        let text = self.cells.text(row).or_else(|| joined(row, &all));
        let last = self.last.as_ref().and_then(|(_, _, group)| self.groups.get_mut(*group));
        let lines = last.map(|group| &mut group.rows.lines);
        let none = || Error::new(Code::DETAIL_WITHOUT_LINE).at(Place::line(row.line()));
        let (lines, mut above) =
            lines.and_then(|lines| lines.pop().map(|line| (lines, line.into_draft()))).ok_or_else(none)?;
        if let Some(text) = text {
            let before = above.text.take();
            above.text = Some(match before {
                Some(before) => compact_str::format_compact!("{before} {text}"),
                None => text,
            });
        }
        lines.push(above.done());
        Ok(())
    }

    /// A row without a booking date: something around the transactions, a row that is not booked yet, or an error.
    fn take_undated(&mut self, row: &Row<'_>) -> Result<()> {
        if self.is_around(row, false) {
            return Ok(());
        }
        let Some((_, text)) = self.layout.find(row, Role::Booked) else {
            return Err(self.cells.no_date(row));
        };
        if !text.is_empty() {
            return match self.left_out(row) {
                Ok(Some(because)) => {
                    self.leave_out(because, row);
                    Ok(())
                }
                _ => Err(self.cells.no_date(row)),
            };
        }
        match self.layout.preset.undated {
            Undated::Pending | Undated::DetailOrPending => {
                self.leave_out("the bank has not booked them yet", row);
            }
            Undated::Error | Undated::Detail => match self.left_out(row)? {
                Some(because) => self.leave_out(because, row),
                None => return Err(self.cells.no_date(row)),
            },
        }
        Ok(())
    }

    /// A row with a date and a balance, or with cells too many, has lost its amount.
    fn has_lost_amount(&self, row: &Row<'_>) -> bool {
        !self.layout.text(row, Role::Balance).is_empty() || self.has_cells_behind(row)
    }

    /// Whether the row goes on behind the last column.
    fn has_cells_behind(&self, row: &Row<'_>) -> bool {
        (self.layout.width..row.len()).any(|index| !row.cell(index).is_empty())
    }

    /// More cells than the header has must be empty, and fewer must be such that nobody misses them.
    fn check_width(&self, row: &Row<'_>) -> Result<()> {
        let width = self.layout.width;
        let wrong = |code| {
            let error = Error::new(code).arg("found", row.len()).arg("expected", width);
            Err(error.at(Place::line(row.line())))
        };
        if !self.layout.preset.ragged && self.has_cells_behind(row) {
            return wrong(Code::ROW_LONGER);
        }
        if row.len() < width {
            let roles = [Role::Amount, Role::Debit, Role::Credit, Role::Text, Role::Currency];
            let mut needed = roles.iter().flat_map(|role| self.layout.places(*role));
            if needed.any(|index| *index >= row.len()) {
                return wrong(Code::ROW_SHORTER);
            }
        }
        Ok(())
    }

    /// Why the row is no transaction, if it is none.
    fn left_out(&self, row: &Row<'_>) -> Result<Option<&'l str>> {
        for (rows, index) in self.layout.preset.rows.iter().zip(&self.layout.filters) {
            let Some(index) = index else { continue };
            let cell = row.cell(*index);
            if rows.keep.iter().any(|word| word == cell) {
                continue;
            }
            let folded = fold(cell);
            let is = |word: &String| word == cell || fold(word) == folded;
            if rows.keep.iter().any(is) {
                continue;
            }
            if rows.leave_out.iter().any(is) {
                return Ok(Some(&rows.because));
            }
            // Where only one side is listed, everything else is on the other.
            if rows.leave_out.is_empty() || !rows.keep.is_empty() {
                let words: Vec<_> = rows.keep.iter().chain(&rows.leave_out).cloned().collect();
                return Err(self.cells.unexpected(row, *index, &words));
            }
        }
        Ok(None)
    }

    fn leave_out(&mut self, because: &'l str, row: &Row<'_>) {
        self.understanding.ignore("rows", because, Some(row.line()));
        match self.left_out.iter_mut().find(|(known, _)| *known == because) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((because, 1)),
        }
    }

    /// The group of the row's account and currency.
    fn group(&mut self, row: &Row<'_>) -> Result<usize> {
        let written = match self.layout.find(row, Role::Account) {
            Some((index, _)) => self.cells.exact(row, index)?,
            None => "",
        };
        let only =
            if written.is_empty() && self.layout.has(Role::Account) { self.only_account()? } else { None };
        let written = only.as_deref().unwrap_or(written);
        let currency = self.cells.currency(row)?;
        if let Some((account, of, group)) = &self.last
            && account == written
            && *of == currency
        {
            return Ok(*group);
        }
        let key = (written.to_owned(), currency);
        let group = if let Some(group) = self.known.get(&key) {
            *group
        } else {
            let account = self.account(row, written, currency);
            let stated = account.currency.unwrap_or(Currency::UNSTATED);
            let same = |group: &Group| group.account.key() == account.key() && group.currency == stated;
            let group = self.groups.iter().position(same).unwrap_or_else(|| {
                let rows = chain::Rows::default();
                self.groups.push(Group { account, currency: stated, rows });
                self.groups.len() - 1
            });
            self.known.insert(key, group);
            group
        };
        self.last = Some((written.to_owned(), currency, group));
        Ok(group)
    }

    /// The account that all rows name that name one; a row that names none belongs to it.
    fn only_account(&mut self) -> Result<Option<String>> {
        if self.only.is_none() {
            let mut found: Option<String> = None;
            let mut several = false;
            self.table.each(self.layout.dialect, |row| {
                let written = self.layout.text(row, Role::Account);
                if row.line() > self.layout.header_line
                    && !written.is_empty()
                    && self.cells.booked_on(row).is_some()
                {
                    several |= found.as_deref().is_some_and(|known| known != written);
                    found.get_or_insert_with(|| written.to_owned());
                }
                Ok(())
            })?;
            self.only = Some(Only(found.filter(|_| !several)));
        }
        Ok(self.only.as_ref().and_then(|Only(account)| account.clone()))
    }

    fn account(&self, row: &Row<'_>, written: &str, currency: Option<Currency>) -> Account {
        let mut account = Account::default();
        let main = &self.layout.preset.main_account;
        if !written.is_empty() && !main.iter().any(|word| word == written) {
            set_number(&mut account, written);
        } else if let Some(number) = &self.labelled.account {
            set_number(&mut account, number);
        }
        account.currency = currency.or(account.currency).or(self.labelled.currency);
        let holder = self.layout.text(row, Role::Holder);
        let labelled = self.labelled.holder.as_deref().unwrap_or_default();
        let holder = if holder.is_empty() { labelled } else { holder };
        account.holder = (!holder.is_empty()).then(|| Text::from(holder));
        account
    }

    fn identify(
        &mut self,
        row: &Row<'_>,
        group: usize,
        line: &mut TransactionDraft,
        found: Option<&str>,
    ) -> Result<()> {
        let Some(group) = self.groups.get(group) else { return Ok(()) };
        let marks = line.marks(&group.account);
        let columns = &self.layout.references;
        if !columns.is_empty() {
            let mut references = Vec::with_capacity(columns.len());
            for index in columns {
                references.push(without_zeros(self.cells.exact(row, *index)?));
            }
            if references.iter().all(|reference| !reference.is_empty()) {
                line.identity = self.identifier.by_reference(&marks, &references);
                return Ok(());
            }
        }
        if let Some(reference) = found.filter(|_| self.layout.preset.identity.found_reference) {
            line.identity = self.identifier.by_reference(&marks, &[reference]);
            return Ok(());
        }
        let texts = self.layout.identity_text.iter().map(|index| row.cell(*index));
        let counterparty = self.layout.text(row, Role::CounterpartyAccount);
        line.identity = self.identifier.by_texts(&marks, counterparty, texts);
        Ok(())
    }

    fn finish(mut self, source: &str, written: &Written) -> Result<Reading> {
        self.understanding.found("rows", format!("{} below the header", self.rows));
        let mut statements = Vec::new();
        let alone = self.groups.len() == 1;
        let preset = &self.layout.preset;
        let mut directions = Vec::new();
        for mut group in self.groups {
            let (direction, chain) = group.rows.put_in_order(preset.order);
            directions.push(direction);
            let mut warnings: Vec<Warning> = Vec::new();
            let (mut opening, mut closing) = (None, None);
            let on_last = group.rows.lines.last().map(|line| line.booked_on);
            match chain {
                Chain::Whole { opening: first, closing: last } => {
                    opening = Some(Balance { date: None, amount: first });
                    closing = Some(Balance { date: on_last, amount: last });
                }
                // Balances of banks go on over rows that are not booked yet; what they show then is not known.
                Chain::Broken { .. } if !self.left_out.is_empty() => {}
                Chain::Broken { line, expected, found } => {
                    let show = |amount: Decimal| money::display(amount, group.currency);
                    let finding = Error::new(Code::BALANCES_DO_NOT_FOLLOW);
                    let finding = finding.arg("found", show(found)).arg("expected", show(expected));
                    warnings.push(finding.at(Place::line(line)).into_warning());
                }
                Chain::None if alone => {
                    opening = self.labelled.opening(written)?.map(|amount| Balance { date: None, amount });
                    closing = self.labelled.closing(written)?.map(|amount| Balance { date: None, amount });
                }
                Chain::None => {}
            }
            statements.push(Statement {
                source: source.into(),
                number: None,
                account: group.account,
                opening,
                closing,
                lines: group.rows.lines,
                warnings,
            });
        }
        if let Some(first) = statements.first_mut() {
            first.warnings.extend(written.derived.clone());
            for (why, count) in &self.left_out {
                let finding = Error::new(Code::ROWS_LEFT_OUT).arg("count", count).arg("why", why);
                first.warnings.push(finding.into_warning());
            }
        }
        self.understanding.identified(self.identifier.tally());
        if let Some((order, because)) = directions.first() {
            let words = match order {
                RowOrder::NewestFirst => "newest first; the lines stand oldest first",
                RowOrder::OldestFirst => "oldest first",
            };
            self.understanding.found_by("order of rows", words, *because);
        }
        Ok(Reading { statements, understanding: self.understanding })
    }
}
