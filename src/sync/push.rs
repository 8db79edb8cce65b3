//! The lines of a statement into Odoo, batch by batch, and what Odoo's answers tell about them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Progress;
use super::batches::{BatchSize, end_of_batch};
use crate::domain::{Balance, Date, Decimal, Identity, Statement, Transaction, Warning, money};
use crate::errors::{Code, Error, Result};
use crate::formats;
use crate::odoo::addon::{Addon, Counts, LineAnswer, LineResult, Online, PushLine, PushStatement, WholeLine};

/// Pushes statement by statement and learns the size of a batch on the way.
pub(super) struct Pusher<'a> {
    addon: &'a Addon<'a>,
    run: &'a str,
    size: BatchSize,
    done: usize,
    of: usize,
    online: Option<Online<'a>>,
    balance: Option<&'a Balance>,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl<'a> Pusher<'a> {
    /// For a run that has `of` lines to push.
    pub(super) fn new(
        addon: &'a Addon<'a>,
        run: &'a str,
        of: usize,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> Self {
        Self { addon, run, size: BatchSize::default(), done: 0, of, online: None, balance: None, progress }
    }

    /// For transactions of an online connection, with the balance that the account has now.
    pub(super) fn online(self, online: Online<'a>, balance: Option<&'a Balance>) -> Self {
        Self { online: Some(online), balance, ..self }
    }

    /// Pushes the lines that the plan does not know yet; the last call carries the identities of all lines, so
    /// that the statement is made even where only that was missing.
    pub(super) async fn statement(
        &mut self,
        statement: &mut Statement,
        index: usize,
        journal: i64,
        plan: &[LineAnswer],
    ) -> Result<(Counts, Option<i64>)> {
        let mut counts =
            Counts::of_statement(plan.iter().filter(|answer| answer.result == LineResult::Duplicate));
        let open: Vec<usize> = plan
            .iter()
            .enumerate()
            .filter(|(_, answer)| answer.result != LineResult::Duplicate)
            .map(|(position, _)| position)
            .collect();
        let known = Known::new(statement, plan);
        let days: Vec<Date> =
            open.iter().filter_map(|i| statement.lines.get(*i)).map(|l| l.booked_on).collect();
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            let end = end_of_batch(&days, start, self.size.get());
            let batch = open.get(start..end).unwrap_or_default();
            let last = end == open.len();
            let lines: Vec<_> = batch.iter().filter_map(|i| push_line(statement, *i)).collect();
            let head = PushStatement {
                number: statement.number.as_deref(),
                source: &statement.source,
                opening: statement.opening.as_ref(),
                closing: statement.closing.as_ref(),
                index,
                count: statement.lines.len(),
                ids: last.then(|| statement.lines.iter().map(|line| line.identity).collect()),
                wholes: wholes(statement).filter(|_| last),
                standing: known.of(statement, batch),
                balance: self.balance.filter(|_| last),
            };
            let online = self.online.as_ref();
            let pushed = self.addon.push(self.run, journal, &head, &lines, online, last).await?;
            self.size.measured(lines.len(), Duration::from_millis(pushed.milliseconds));
            counts.add_lines(&pushed.lines);
            found.extend(findings(statement, batch, &pushed.lines));
            self.done += batch.len();
            (self.progress)(Progress::Pushed { done: self.done, of: self.of });
            if last {
                found.extend(pushed.balance.and_then(|balance| compare(statement, balance.amount)));
                found.extend(matched(&counts));
                statement.warnings.extend(found);
                return Ok((counts, pushed.statement));
            }
            start = end;
        }
    }
}

/// The entries that the lines were split from, if any was.
fn wholes(statement: &Statement) -> Option<Vec<Option<Identity>>> {
    let whole = |line: &Transaction| line.whole.as_ref().map(|whole| whole.identity);
    let any = statement.lines.iter().any(|line| line.whole.is_some());
    any.then(|| statement.lines.iter().map(whole).collect())
}

/// Lines that Odoo has from another source under the same identity, by day and amount: their own and that of their
/// whole entry.
#[derive(Default)]
struct Known(HashMap<(Date, Decimal), Vec<Identity>>);

impl Known {
    fn new(statement: &Statement, plan: &[LineAnswer]) -> Self {
        let mut known = Self::default();
        for (line, _) in statement.lines.iter().zip(plan).filter(|(_, answer)| answer.elsewhere) {
            for key in keys(line) {
                known.0.entry(key).or_default().push(line.identity);
            }
        }
        known
    }

    /// Those that a line of the batch could be taken for.
    fn of(&self, statement: &Statement, batch: &[usize]) -> Vec<Identity> {
        let lines = batch.iter().filter_map(|place| statement.lines.get(*place));
        let wanted: HashSet<_> = lines.flat_map(keys).collect();
        let mut found: Vec<_> = wanted.iter().filter_map(|key| self.0.get(key)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn keys(line: &Transaction) -> impl Iterator<Item = (Date, Decimal)> {
    let amounts = [Some(line.amount), line.whole.as_ref().map(|whole| whole.amount)];
    let day = line.booked_on;
    amounts.into_iter().flatten().map(move |amount| (day, amount))
}

fn findings(statement: &Statement, batch: &[usize], answers: &[LineAnswer]) -> Vec<Warning> {
    let mut found = Vec::new();
    for (line, answer) in batch.iter().filter_map(|i| statement.lines.get(*i)).zip(answers) {
        if answer.result == LineResult::Held {
            let held = Error::new(Code::LINE_HELD).arg("date", line.booked_on);
            found.push(held.arg("amount", money::display(line.amount, line.currency)).into_warning());
        }
        if let Some(moved) =
            answer.date.filter(|date| answer.result == LineResult::Created && *date != line.booked_on)
        {
            let error = Error::new(Code::DATE_MOVED).arg("date", line.booked_on).arg("moved", moved);
            found.push(error.into_warning());
        }
    }
    found
}

fn matched(counts: &Counts) -> Option<Warning> {
    (counts.matched > 0)
        .then(|| Error::new(Code::LINE_KNOWN_ELSEWHERE).arg("count", counts.matched).into_warning())
}

fn compare(statement: &Statement, odoo: Decimal) -> Option<Warning> {
    let closing = statement.closing.as_ref().filter(|closing| closing.amount != odoo)?;
    let currency = statement.currency()?;
    let error = Error::new(Code::BALANCE_DIFFERS_IN_ODOO)
        .arg("odoo", money::display(odoo, currency))
        .arg("bank", money::display(closing.amount, currency));
    let day = closing.date.or_else(|| statement.lines.last().map(|line| line.booked_on))?;
    Some(error.arg("date", day).into_warning())
}

fn push_line(statement: &Statement, position: usize) -> Option<PushLine<'_>> {
    let line = statement.lines.get(position)?;
    let format = formats::of_source(&statement.source);
    let code = line.bank_code();
    Some(PushLine {
        id: line.identity,
        date: line.booked_on,
        value_date: line.value_on,
        amount: line.amount.to_string(),
        currency: line.currency,
        original: line.original.as_deref(),
        counterparty: line.counterparty(),
        text: line.text(),
        structured: line.structured(),
        reference: line.reference(),
        end_to_end: line.end_to_end(),
        mandate: line.mandate(),
        bank_code: code,
        bank_code_words: code.and_then(|code| format?.describe(code)),
        kind: line.kind,
        details: line.details().map(|detail| (detail.label, detail.value)).collect(),
        whole: WholeLine::of(line),
        position,
    })
}
