//! Killed in the middle, started twice at once: nothing lost, nothing twice.

use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::civil::date;

use crate::instance::{ACCOUNT, Odoo, counts};
use crate::support::make;

/// Lines of the file: several batches, since the first has fifty.
const LINES: usize = 240;

#[test]
fn killed_between_two_batches_the_next_run_completes_it() {
    let odoo = Odoo::start("killed");
    let payments = make::payments(date(2026, 3, 2), LINES / 12, 12);
    let path = odoo.file("long.cod", &make::coda(ACCOUNT, 60, 0, &payments));
    let mut child = odoo
        .bridge(&["import", "--json"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while odoo.lines().0 == 0 {
        assert!(Instant::now() < deadline, "no batch arrived");
        assert!(child.try_wait().unwrap().is_none(), "the import ended before it could be killed");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        odoo.sql("SELECT id FROM account_bank_statement").is_empty(),
        "no statement before its last batch"
    );

    // A batch that was under way may come in while this runs; it is recognised, or this one's is.
    let outcome = odoo.import("jsonrpc", &path, &[]);
    let [created, duplicate, matched, held] = counts(&outcome);
    assert_eq!([created + duplicate, matched, held], [LINES as u64, 0, 0]);
    assert!(created > 0 && duplicate > 0, "killed too late to show anything: {created} created");
    assert_eq!(odoo.lines(), (LINES, make::sum(&payments)));
    let texts: Vec<_> = payments.iter().map(|payment| payment.text.clone()).collect();
    assert_eq!(odoo.order(), texts);
    let statements = odoo.sql(
        "SELECT s.is_complete, count(l.id) FROM account_bank_statement s JOIN account_bank_statement_line l ON l.statement_id = s.id GROUP BY s.id",
    );
    assert_eq!(statements, [format!("t|{LINES}")]);
}

#[test]
fn two_imports_of_one_file_at_the_same_time_give_each_line_once() {
    let odoo = Odoo::start("twice");
    let payments = make::payments(date(2026, 3, 2), LINES / 12, 12);
    let path = odoo.file("long.xml", &make::camt(ACCOUNT, 60, 0, &payments));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = ["json2", "jsonrpc"]
            .map(|door| scope.spawn(|| odoo.import_raw(door, &path, &[])))
            .into_iter()
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for output in &outcomes {
        assert!(output.status.success(), "{}", crate::instance::text(&output.stderr));
    }
    let created: u64 = outcomes
        .iter()
        .map(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap())
        .map(|outcome| counts(&outcome[0])[0])
        .sum();
    assert_eq!(created as usize, LINES, "what one run brought, the other recognised");
    assert_eq!(odoo.lines(), (LINES, make::sum(&payments)));
    let statements = odoo.sql(
        "SELECT count(l.id) FROM account_bank_statement s JOIN account_bank_statement_line l ON l.statement_id = s.id GROUP BY s.id",
    );
    assert_eq!(statements, [LINES.to_string()], "one statement holds them all");
}
