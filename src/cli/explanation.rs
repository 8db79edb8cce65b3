//! How a file was understood, for a person and for a program: `parse --explain`.

use std::fmt::Write as _;

use serde::Serialize;

use super::{counted, table};
use crate::domain::{Date, Statement};
use crate::formats::{self, Reading, Understanding};

/// The facts with their evidence, what each statement holds, and what became no line; each file of an archive on its own.
pub(super) fn text(name: &str, reading: &Reading) -> String {
    let mut out = String::new();
    let members = &reading.understanding.members;
    let own = if members.is_empty() { reading.statements.as_slice() } else { &[] };
    part(&mut out, name, &reading.understanding, own);
    let mut rest = reading.statements.as_slice();
    for member in members {
        let (own, others) = rest.split_at_checked(member.statements).unwrap_or((rest, &[]));
        part(&mut out, &format!("{name}/{}", member.name), &member.understanding, own);
        rest = others;
    }
    out
}

fn part(out: &mut String, name: &str, understanding: &Understanding, statements: &[Statement]) {
    let Understanding { format, facts, ignored, members: _ } = understanding;
    let title = formats::by_id(format).map_or(*format, |format| format.title());
    let _ = writeln!(out, "{name}: {title}");
    let width = facts.iter().map(|fact| fact.about.len()).max().unwrap_or(0).max("statement".len());
    for fact in facts {
        let because = fact.because.as_ref().map(|because| format!(" ({because})")).unwrap_or_default();
        let _ = writeln!(out, "  {:<width$}  {}{because}", fact.about, fact.found);
    }
    for statement in statements {
        let _ = writeln!(out, "  {:<width$}  {}", "statement", table::summary(statement));
        let _ = writeln!(out, "  {:<width$}  {}", "balances", balances(statement));
    }
    for one in ignored {
        let place = one.line.map(|line| format!(", the first on line {line}")).unwrap_or_default();
        let _ = writeln!(out, "  {:<width$}  {} {}: {}{place}", "left out", one.count, one.what, one.why);
    }
    if ignored.is_empty() {
        let _ = writeln!(out, "  {:<width$}  nothing", "left out");
    }
    out.push('\n');
}

fn balances(statement: &Statement) -> &'static str {
    match (statement.difference(), &statement.opening, &statement.closing) {
        (Some(difference), ..) if difference.is_zero() => "opening and lines give the closing balance",
        (Some(_), ..) => "opening and lines do NOT give the closing balance",
        (None, None, None) => "the file gives none; nothing was invented",
        (None, Some(_), _) => "the file gives the opening balance alone; the lines could not be checked",
        (None, None, _) => "the file gives the closing balance alone; the lines could not be checked",
    }
}

/// The same for a program.
#[derive(Serialize)]
pub(super) struct Explanation<'r> {
    file: &'r str,
    #[serde(flatten)]
    understanding: &'r Understanding,
    statements: Vec<Summary<'r>>,
}

#[derive(Serialize)]
struct Summary<'r> {
    source: &'r str,
    number: Option<&'r str>,
    account: &'r str,
    lines: usize,
    first: Option<Date>,
    last: Option<Date>,
    balances: &'static str,
}

pub(super) fn json<'r>(file: &'r str, reading: &'r Reading) -> Explanation<'r> {
    let statements = reading.statements.iter().map(|statement| Summary {
        source: &statement.source,
        number: statement.number.as_deref(),
        account: statement.account.key(),
        lines: statement.lines.len(),
        first: statement.lines.iter().map(|line| line.booked_on).min(),
        last: statement.lines.iter().map(|line| line.booked_on).max(),
        balances: balances(statement),
    });
    Explanation { file, understanding: &reading.understanding, statements: statements.collect() }
}

/// All formats, a paragraph each.
pub(super) fn all_formats() -> String {
    let mut out = String::new();
    for format in formats::REGISTRY {
        let _ = writeln!(out, "{:<8} {}", format.id(), format.title());
        for line in format.supports() {
            let _ = writeln!(out, "{:<8}   {line}", "");
        }
    }
    let _ = writeln!(out, "{}", counted(formats::REGISTRY.len(), "format"));
    out
}
