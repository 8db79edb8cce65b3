//! Statements and outcomes as tables for a person: aligned, no colour needed, no wider than a terminal.

use std::fmt::Write as _;

use crate::domain::{Balance, Currency, Statement, Transaction, money};
use crate::sync::import::Outcome;

/// Width where the terminal does not tell, in characters.
const WIDTH: usize = 120;

/// One statement with its lines.
pub(super) fn statement(statement: &Statement) -> String {
    let mut out = String::new();
    let account = &statement.account;
    let currency = statement.currency().unwrap_or(Currency::EUR);
    let number = statement.number.as_deref().unwrap_or("without a number");
    let holder = account.holder.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
    let key = if account.key().is_empty() { "an account that the file does not name" } else { account.key() };
    let _ = writeln!(out, "Statement {number} of {key} {currency}{holder} ({})", statement.source);
    let _ = writeln!(out, "  opening {}", balance(statement.opening.as_ref(), currency));
    let rows = statement.lines.iter().map(row).collect::<Vec<_>>();
    if !rows.is_empty() {
        out.push_str(&grid(&["booked", "value", "amount", "counterparty", "communication"], &rows, &[2]));
    }
    let _ = writeln!(out, "  closing {}", balance(statement.closing.as_ref(), currency));
    let lines = super::counted(statement.lines.len(), "line");
    let _ = writeln!(out, "  {lines}, sum {} {currency}\n", money::display(statement.sum(), currency));
    out
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

fn balance(balance: Option<&Balance>, currency: Currency) -> String {
    match balance {
        Some(balance) => {
            let date = balance.date.map(|date| format!(" on {date}")).unwrap_or_default();
            format!("{} {currency}{date}", money::display(balance.amount, currency))
        }
        None => "not given".to_owned(),
    }
}

fn row(line: &Transaction) -> Vec<String> {
    let counterparty = &line.counterparty;
    let name = counterparty.name.as_deref().or(counterparty.account.as_deref()).unwrap_or_default();
    let text = [line.structured.as_deref(), line.text.as_deref()];
    vec![
        line.booked_on.to_string(),
        line.value_on.map(|date| date.to_string()).unwrap_or_default(),
        money::display(line.amount, line.currency).to_string(),
        name.to_owned(),
        text.into_iter().flatten().collect::<Vec<_>>().join("  "),
    ]
}

/// Columns as wide as they need to be; the last text columns give way to the terminal's width.
fn grid(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
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
