//! Statements and outcomes as tables for a person: aligned, no colour needed, no wider than a terminal.

use std::fmt::Write as _;

use crate::domain::{Balance, Currency, Statement, Transaction, money};
use crate::formats::{self, StatementFormat};
use crate::odoo::addon::Counts;
use crate::odoo::connections::Listed;
use crate::sync::import::Outcome;

/// Width where the terminal does not tell, in characters.
const WIDTH: usize = 120;

/// One statement with its lines.
pub(super) fn statement(statement: &Statement) -> String {
    let mut out = String::new();
    let currency = statement.currency().unwrap_or(Currency::UNSTATED);
    let _ = writeln!(out, "Statement {}", heading(statement));
    let _ = writeln!(out, "  opening {}", balance(statement.opening.as_ref(), currency));
    let format = formats::of_source(&statement.source);
    let rows = statement.lines.iter().map(|line| row(line, format)).collect::<Vec<_>>();
    if !rows.is_empty() {
        out.push_str(&grid(&["booked", "value", "amount", "counterparty", "communication"], &rows, &[2]));
    }
    let _ = writeln!(out, "  closing {}", balance(statement.closing.as_ref(), currency));
    let _ = writeln!(out, "  {}\n", total(statement));
    out
}

/// One statement in a line.
pub(super) fn summary(statement: &Statement) -> String {
    format!("{}: {}", heading(statement), total(statement))
}

fn heading(statement: &Statement) -> String {
    let account = &statement.account;
    let currency = statement.currency().unwrap_or(Currency::UNSTATED);
    let number = statement.number.as_deref().unwrap_or("without a number");
    let holder = account.holder.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
    let key = if account.key().is_empty() { "an account that the file does not name" } else { account.key() };
    format!("{number} of {key}{}{holder} ({})", after(currency), statement.source)
}

fn total(statement: &Statement) -> String {
    let currency = statement.currency().unwrap_or(Currency::UNSTATED);
    let lines = super::counted(statement.lines.len(), "line");
    format!("{lines}, sum {}{}", money::display(statement.sum(), currency), after(currency))
}

/// A currency behind an amount; nothing where the file does not name one.
fn after(currency: Currency) -> String {
    if currency.is_stated() { format!(" {currency}") } else { String::new() }
}

/// What an import did, by statement.
pub(super) fn outcome(outcome: &Outcome) -> String {
    let rows = outcome.statements.iter().map(|statement| {
        let counts = statement.counts;
        vec![
            statement.number.clone().unwrap_or_default(),
            statement.account.clone(),
            statement.journal.code.clone(),
            counts.created.to_string(),
            (counts.duplicate + counts.matched).to_string(),
            counts.held.to_string(),
        ]
    });
    let new = if outcome.dry_run { "would be new" } else { "new" };
    let head = ["statement", "account", "journal", new, "already there", "held"];
    grid(&head, &rows.collect::<Vec<_>>(), &[3, 4, 5])
}

/// What a run of a connection did.
pub(super) fn counts(counts: Counts) -> String {
    let row = [counts.created, counts.duplicate + counts.matched, counts.held].map(|count| count.to_string());
    grid(&["new", "already there", "held"], &[row.to_vec()], &[0, 1, 2])
}

/// Online connections; times are in UTC.
pub(super) fn connections(known: &[Listed]) -> String {
    let rows = known.iter().map(|one| {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let state =
            one.code.as_ref().map_or_else(|| one.state.clone(), |code| format!("{} {code}", one.state));
        let texts = [one.name.clone(), one.provider.clone(), one.company.clone(), state];
        texts
            .into_iter()
            .chain([optional(&one.last_sync), optional(&one.next_sync), one.key.clone()])
            .collect()
    });
    let head = ["bank", "provider", "company", "state", "last", "next", "key"];
    grid(&head, &rows.collect::<Vec<Vec<String>>>(), &[])
}

fn balance(balance: Option<&Balance>, currency: Currency) -> String {
    match balance {
        Some(balance) => {
            let date = balance.date.map(|date| format!(" on {date}")).unwrap_or_default();
            format!("{}{}{date}", money::display(balance.amount, currency), after(currency))
        }
        None => "not given".to_owned(),
    }
}

/// A line; where the bank gives no communication, its transaction code in words.
fn row(line: &Transaction, format: Option<&dyn StatementFormat>) -> Vec<String> {
    let counterparty = line.counterparty();
    let name = counterparty.name.or(counterparty.account).unwrap_or_default();
    let mut text: Vec<_> =
        [line.structured(), line.text()].into_iter().flatten().map(str::to_owned).collect();
    if text.is_empty() {
        text.extend(line.bank_code().and_then(|code| format?.describe(code)));
    }
    vec![
        line.booked_on.to_string(),
        line.value_on.map(|date| date.to_string()).unwrap_or_default(),
        money::display(line.amount, line.currency).to_string(),
        name.to_owned(),
        text.join("  "),
    ]
}

/// Columns as wide as they need to be; the last text columns give way to the terminal's width.
pub(super) fn grid(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let room = terminal_width();
    for index in (0..widths.len()).rev().filter(|index| !right.contains(index)).take(2) {
        let total: usize = widths.iter().sum::<usize>() + 2 * widths.len();
        if let Some(width) = widths.get_mut(index) {
            *width = width.saturating_sub(total.saturating_sub(room)).max(12.min(*width));
        }
    }
    let mut out = String::new();
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let mut text = String::from(" ");
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let cell = shortened(cell, *width);
            let padding = " ".repeat(width - cell.chars().count());
            let padded = if right.contains(&index) { padding + &cell } else { cell + &padding };
            text.push(' ');
            text.push_str(&padded);
            text.push(' ');
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
    out
}

fn shortened(cell: &str, width: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    if cell.chars().count() <= width {
        return cell.chars().map(clean).collect();
    }
    cell.chars().take(width.saturating_sub(1)).map(clean).chain(['…']).collect()
}

fn terminal_width() -> usize {
    console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns).max(60))
}
