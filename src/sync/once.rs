//! What two statements of one file both hold comes in once.

use std::collections::HashMap;

use super::import::StatementPlan;
use crate::domain::Statement;
use crate::formats;
use crate::odoo::addon::{Journal, LineResult};

/// What two statements of the file hold, such as days that overlap, comes in with the first: by the time of the second it
/// is there. So is an entry that the one gives whole and the other in parts.
pub(super) fn once(statements: &[Statement], journals: &[Journal], plans: &mut [StatementPlan]) {
    if statements.len() < 2 {
        return;
    }
    let (mut seen, mut wholes) = (HashMap::new(), HashMap::new());
    for ((statement, journal), plan) in statements.iter().zip(journals).zip(plans) {
        let source = as_the_addon_tells(&statement.source);
        for (line, answer) in statement.lines.iter().zip(&mut plan.answers) {
            let name = (journal.id, line.identity);
            let whole = line.whole.as_ref().map(|whole| (journal.id, whole.identity));
            let first = seen.get(&name).or_else(|| wholes.get(&name)).or_else(|| seen.get(&whole?));
            if let Some(first) = first {
                answer.result = LineResult::Duplicate;
                answer.elsewhere |= *first != source;
                continue;
            }
            seen.insert(name, source);
            if let Some(whole) = whole {
                wholes.insert(whole, source);
            }
        }
    }
}

/// What the addon takes for one source: a format in all its versions, and each message of ISO 20022.
fn as_the_addon_tells(source: &str) -> &str {
    let message =
        |name: &&str| source.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    ["camt.052", "camt.054"].into_iter().find(message).unwrap_or_else(|| formats::family(source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Transaction;
    use crate::formats::{DEFAULT_MAX_SIZE, Input, ParseOptions};
    use crate::odoo::addon::LineAnswer;

    fn statement(records: &str) -> Statement {
        let bytes = format!("!Type:Bank\n{records}").into_bytes();
        let input = Input::from_bytes("made.qif", bytes, DEFAULT_MAX_SIZE).unwrap();
        formats::parse(&input, None, &ParseOptions::default()).unwrap().remove(0)
    }

    fn journal(id: i64) -> Journal {
        serde_json::from_value(serde_json::json!({
            "id": id, "code": "BNK1", "name": "Bank", "currency": "EUR", "company": "Made up",
        }))
        .unwrap()
    }

    /// What each line of the statements would become, where Odoo knows none of them.
    fn planned(statements: &[Statement], journals: &[Journal]) -> Vec<Vec<LineResult>> {
        let new = |_: &Transaction| LineAnswer { result: LineResult::New, date: None, elsewhere: false };
        let plan = |statement: &Statement| StatementPlan {
            answers: statement.lines.iter().map(new).collect(),
            locked: Vec::new(),
        };
        let mut plans: Vec<_> = statements.iter().map(plan).collect();
        once(statements, journals, &mut plans);
        plans.iter().map(|plan| plan.answers.iter().map(|answer| answer.result).collect()).collect()
    }

    #[test]
    fn a_line_of_two_statements_comes_in_with_the_first() {
        use LineResult::{Duplicate, New};
        let coffee = "D30/10/2026\nT-2.50\nPCoffee\n^\n";
        let rent = "D31/10/2026\nT-850.00\nPRent\n^\n";
        let statements = [statement(&coffee.repeat(2)), statement(&[coffee, coffee, rent].concat())];
        let planned = |journals: [Journal; 2]| planned(&statements, &journals);
        assert_eq!(planned([journal(1), journal(1)]), [vec![New, New], vec![Duplicate, Duplicate, New]]);
        assert_eq!(planned([journal(1), journal(2)]), [vec![New, New], vec![New, New, New]]);
    }

    #[test]
    fn an_entry_comes_in_whole_or_in_parts() {
        use LineResult::{Duplicate, New};
        let whole = statement("D30/10/2026\nT100.00\nPBatch\n^\n");
        let mut parts =
            statement("D30/10/2026\nT40.00\nPA\n^\nD30/10/2026\nT60.00\nPB\n^\nD30/10/2026\nT1.00\nPC\n^\n");
        for part in parts.lines.iter_mut().take(2) {
            let (identity, amount) = (whole.lines[0].identity, whole.lines[0].amount);
            part.whole = Some(Box::new(crate::domain::Whole { identity, amount, reference: None }));
        }
        let planned =
            |statements: [&Statement; 2]| planned(&statements.map(Clone::clone), &[journal(1), journal(1)]);
        assert_eq!(planned([&whole, &parts]), [vec![New], vec![Duplicate, Duplicate, New]]);
        assert_eq!(planned([&parts, &whole]), [vec![New, New, New], vec![Duplicate]]);
    }

    #[test]
    fn a_line_that_another_source_brings_is_known_as_such() {
        let coffee = "D30/10/2026\nT-2.50\nPCoffee\n^\n";
        let elsewhere = |sources: [&str; 2]| {
            let statements = sources.map(|source| Statement { source: source.into(), ..statement(coffee) });
            let answer = || LineAnswer { result: LineResult::New, date: None, elsewhere: false };
            let plan = |_: &Statement| StatementPlan { answers: vec![answer()], locked: Vec::new() };
            let mut plans: Vec<_> = statements.iter().map(plan).collect();
            once(&statements, &[journal(1), journal(1)], &mut plans);
            plans[1].answers[0].elsewhere
        };
        assert!(!elsewhere(["coda.1", "coda.2"]));
        assert!(elsewhere(["coda.2", "camt.053.001.08"]));
        assert!(elsewhere(["camt.053.001.08", "camt.054.001.08"]));
        assert!(!elsewhere(["camt.054.001.02", "camt.054.001.08"]));
    }
}
