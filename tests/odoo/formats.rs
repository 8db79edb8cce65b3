//! One file of each format by `bank-bridge import`, and what a file leaves to the journal.

use std::collections::BTreeSet;

use bank_bridge::domain::{Currency, Decimal, Statement, money};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, REGISTRY};
use serde_json::json;

use crate::instance::{DOORS, Odoo, counts};
use crate::support::{options_of, root};

/// A fixture of each format, with the number and the sum of its lines.
const ROWS: &[(&str, &str, u64, &str)] = &[
    ("coda", "version_1.cod", 4, "0.50"),
    ("camt", "batch-adds-up.xml", 3, "300.00"),
    ("camt", "report-interim.xml", 2, "104.50"),
    ("camt", "notification-of-a-batch.xml", 3, "120.00"),
    ("mt940", "information-belgian.sta", 5, "116.50"),
    ("mt940", "interim-then-statement.sta", 3, "245.50"),
    ("ofx", "account_belgian_number.ofx", 3, "1204.10"),
    ("qif", "bank.qif", 2, "1197.50"),
    ("csv", "be-ing.csv", 3, "385.30"),
    ("xlsx", "be-argenta.xlsx", 3, "1198.10"),
    ("zip", "order_is_that_of_names.zip", 2, "-729.00"),
];

#[test]
fn every_format_has_a_row() {
    let tried: BTreeSet<_> = ROWS.iter().map(|(format, ..)| *format).collect();
    let known: BTreeSet<_> = REGISTRY.iter().map(|format| format.id()).collect();
    assert_eq!(tried, known, "a format is imported into a real Odoo, or its lines were never seen there");
}

#[test]
fn a_file_of_each_format_stands_in_odoo_as_it_was_read() {
    let odoo = Odoo::start("formats");
    odoo.journals(ROWS.len(), None);
    for (index, (format, name, count, sum)) in ROWS.iter().enumerate() {
        let path = root().join("tests/formats").join(format).join(name);
        let statements = read(&path);
        let journal = Odoo::journal(index);
        let import = |door| odoo.import(door, &path, &["--journal", &journal]);
        let outcome = import(DOORS[index % 2]);
        assert_eq!(counts(&outcome), [*count, 0, 0, 0], "{name}");
        assert_eq!(counts(&import(DOORS[(index + 1) % 2])), [0, *count, 0, 0], "{name}, again");

        let expected: Vec<String> = statements
            .iter()
            .flat_map(|statement| &statement.lines)
            .map(|line| {
                // Of a workbook, amounts have no zeros at their end.
                let amount = money::display(line.amount, Currency::EUR);
                format!("{}|{amount}|{}", line.booked_on, line.identity)
            })
            .collect();
        let mut found = odoo.sql(&format!(
            "SELECT known.booked_on, round(l.amount, 2), known.identity FROM account_bank_statement_line l
               JOIN account_journal j ON j.id = l.journal_id AND j.code = '{journal}'
               JOIN bank_bridge_identity known ON known.line_id = l.id AND NOT known.alias
              ORDER BY l.internal_index"
        ));
        let order: Vec<_> = found.clone();
        let (mut sorted, _) = (expected.clone(), found.sort());
        sorted.sort();
        assert_eq!(found, sorted, "{name}");
        if statements.iter().filter(|statement| !statement.lines.is_empty()).count() == 1 {
            assert_eq!(order, expected, "{name}: in the bank's order");
        }
        let row = odoo.sql(&format!(
            "SELECT round(coalesce(sum(l.amount), 0), 2), count(*) FILTER (WHERE coalesce(l.payment_ref, '') = '')
               FROM account_bank_statement_line l JOIN account_journal j ON j.id = l.journal_id AND j.code = '{journal}'"
        ));
        assert_eq!(row, [format!("{sum}|0")], "{name}: the sum, and no line without a label");
        let family = odoo.sql(&format!(
            "SELECT DISTINCT known.source FROM bank_bridge_identity known
               JOIN account_journal j ON j.id = known.journal_id AND j.code = '{journal}'"
        ));
        assert_eq!(family.len(), 1, "{name}: {family:?}");
        for (statement, outcome) in statements.iter().zip(outcome["statements"].as_array().unwrap()) {
            let codes = |warnings: &[serde_json::Value]| -> Vec<_> {
                warnings.iter().map(|warning| warning["code"].clone()).collect()
            };
            let own: Vec<_> = statement.warnings.iter().map(|warning| json!(warning.code)).collect();
            let told = codes(outcome["warnings"].as_array().unwrap());
            assert_eq!(told, own, "{name}: the findings of the file, and none of Odoo's");
        }
    }
}

fn read(path: &std::path::Path) -> Vec<Statement> {
    let (format, options) = options_of(path);
    let input = Input::open(path, DEFAULT_MAX_SIZE).unwrap();
    formats::parse(&input, format.as_deref(), &options).unwrap()
}

#[test]
fn a_file_without_a_currency_takes_the_journals() {
    let odoo = Odoo::start("currency");
    odoo.journals(1, None);
    odoo.journals_from(1, 1, Some("USD"));
    odoo.journals_from(2, 1, Some("JPY"));
    let path = root().join("tests/formats/qif/bank.qif");
    for (index, currency) in ["EUR", "USD"].into_iter().enumerate() {
        let journal = Odoo::journal(index);
        let outcome = odoo.import(DOORS[index], &path, &["--journal", &journal]);
        assert_eq!(counts(&outcome), [2, 0, 0, 0], "{currency}");
        assert_eq!(outcome["statements"][0]["journal"]["currency"], currency);
        let lines = odoo.sql(&format!(
            "SELECT c.name, round(l.amount, 2) FROM account_bank_statement_line l
               JOIN res_currency c ON c.id = l.currency_id
               JOIN account_journal j ON j.id = l.journal_id AND j.code = '{journal}' ORDER BY l.internal_index"
        ));
        assert_eq!(lines, [format!("{currency}|-12.50"), format!("{currency}|1210.00")]);
        assert_eq!(odoo.import(DOORS[index], &path, &["--journal", &journal])["counts"]["duplicate"], 2);
    }
    // What a user chose is in no identity: both journals know the lines by the same ones.
    let identities = odoo.sql("SELECT count(*), count(DISTINCT identity) FROM bank_bridge_identity");
    assert_eq!(identities, ["4|2"]);
    // The journal's currency cannot hold cents, and the file, which names none, could not say so itself.
    for door in DOORS {
        let refused = odoo.refusal(door, &path, &["--journal", &Odoo::journal(2)]);
        assert_eq!(refused, ("BB-4107".to_owned(), 5), "{door}");
    }
    assert_eq!(odoo.lines(), (4, Decimal::new(239_500, 2)));
}
