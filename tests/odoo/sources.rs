//! The same days from several sources, in several orders: each transaction stands there once.

use std::path::PathBuf;

use bank_bridge::domain::Decimal;
use jiff::civil::date;
use serde_json::Value;

use crate::files;
use crate::instance::{ACCOUNT, DOORS, Odoo, counts};
use crate::support::make::{self, Payment};

/// A file, and what becomes of its lines.
type Story<'a> = (&'a PathBuf, [u64; 4]);

/// Days of which two payments of one day are equal but for the bank's reference.
fn days() -> Vec<Payment> {
    let mut all = make::payments(date(2026, 6, 1), 3, 3);
    let mut twin = all[4].clone();
    twin.reference = "REF00000099".to_owned();
    all.insert(5, twin);
    all
}

const OPENING: i64 = 100_000;

/// The days as a file of that kind.
fn file(odoo: &Odoo, kind: &str, payments: &[Payment]) -> PathBuf {
    let camt = |root: &str, block: &str, message: &str| {
        let text = make::camt(ACCOUNT, 31, OPENING, payments);
        let text = text.replace("BkToCstmrStmt", root).replace("camt.053", message);
        let text = text.replace("<Stmt>", &format!("<{block}>")).replace("</Stmt>", &format!("</{block}>"));
        // Neither has the balances of the day.
        let from = text.find("<Bal>").unwrap();
        let to = text.rfind("</Bal>").unwrap() + "</Bal>".len();
        text[..from].to_owned() + &text[to..]
    };
    match kind {
        "coda" => odoo.file("days.cod", &make::coda(ACCOUNT, 31, OPENING, payments)),
        "camt.053" => odoo.file("days.xml", &make::camt(ACCOUNT, 31, OPENING, payments)),
        "camt.052" => odoo.file("report.xml", &camt("BkToCstmrAcctRpt", "Rpt", kind)),
        "camt.054" => odoo.file("notified.xml", &camt("BkToCstmrDbtCdtNtfctn", "Ntfctn", kind)),
        "csv" => odoo.file("days.csv", &files::csv(ACCOUNT, OPENING, payments)),
        "mt940" => odoo.file("days.sta", &files::mt940(ACCOUNT, 31, OPENING, payments)),
        "ofx" => odoo.file("days.ofx", &files::ofx(ACCOUNT, OPENING, payments)),
        "qif" => odoo.file("days.qif", &files::qif(payments)),
        other => panic!("no file of {other}"),
    }
}

/// How many lines the import says that it recognised.
fn recognised(outcome: &Value) -> Option<String> {
    let warnings = outcome["statements"][0]["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == "BB-5008")?;
    Some(found["message"].as_str().unwrap().to_owned())
}

#[test]
fn the_same_days_from_many_sources_stand_there_once() {
    const ORDERS: &[&[&str]] = &[
        &["coda", "camt.053", "csv", "ofx", "mt940", "qif"],
        &["csv", "coda", "camt.053"],
        &["qif", "coda", "csv"],
        &["mt940", "camt.053", "ofx"],
        &["ofx", "csv", "coda"],
        &["camt.053", "csv", "coda"],
        &["csv", "qif", "mt940"],
        &["camt.052", "camt.054", "camt.053", "coda"],
        &["camt.053", "camt.052", "camt.054", "csv"],
    ];
    let odoo = Odoo::start("sources");
    odoo.journals(ORDERS.len(), None);
    let payments = days();
    let all = payments.len() as u64;
    for (index, order) in ORDERS.iter().enumerate() {
        let journal = Odoo::journal(index);
        for (step, kind) in order.iter().enumerate() {
            let path = file(&odoo, kind, &payments);
            let place = format!("{kind} of {order:?}");
            let import = |door| odoo.import(door, &path, &["--journal", &journal]);
            let dry = odoo.import(DOORS[0], &path, &["--journal", &journal, "--dry-run"]);
            let outcome = import(DOORS[(index + step) % 2]);
            assert_eq!(counts(&outcome), counts(&dry), "{place}: the dry run told so");
            // The three messages give the same references, so that their lines are the same by name.
            let by_name =
                step > 0 && kind.starts_with("camt") && order[..step].iter().any(|k| k.starts_with("camt"));
            let expected = match step {
                0 => [all, 0, 0, 0],
                _ if by_name => [0, all, 0, 0],
                _ => [0, 0, all, 0],
            };
            assert_eq!(counts(&outcome), expected, "{place}");
            let told = (expected[2] > 0)
                .then(|| format!("lines that were already there from another source: {all}"));
            assert_eq!(recognised(&outcome), told, "{place}");
            let codes: Vec<_> = outcome["statements"][0]["warnings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|warning| warning["code"].as_str().unwrap().to_owned())
                .filter(|code| code != "BB-5008")
                .collect();
            assert!(
                !codes.contains(&"BB-5006".to_owned()),
                "{place}: Odoo shows the bank's balance; {codes:?}"
            );
            assert_eq!(counts(&import(DOORS[step % 2])), [0, all, 0, 0], "{place}, again");
            assert_eq!(lines_of(&odoo, &journal), (payments.len(), make::sum(&payments)), "{place}");
        }
    }
    let statements = odoo.shell(
        "statements = env['account.bank.statement'].search([])\nprint('=> %s %s' % (all(statements.mapped('is_valid')), all(statements.mapped('is_complete'))))",
    );
    assert_eq!(statements, "True True");
    let balance = odoo.sql(
        "SELECT DISTINCT round(s.balance_start, 2), round(s.balance_end_real, 2), s.bridge_reckoned FROM account_bank_statement s",
    );
    let closing = Decimal::new(OPENING, 2) + make::sum(&payments);
    assert_eq!(
        balance,
        [format!("{}|{closing}|f", Decimal::new(OPENING, 2))],
        "those of the bank, in every order"
    );
}

fn lines_of(odoo: &Odoo, journal: &str) -> (usize, Decimal) {
    let row = odoo.sql(&format!(
        "SELECT count(*), coalesce(sum(l.amount), 0) FROM account_bank_statement_line l
           JOIN account_journal j ON j.id = l.journal_id AND j.code = '{journal}'"
    ));
    let (count, sum) = row[0].split_once('|').unwrap();
    (count.parse().unwrap(), sum.parse().unwrap())
}

/// A batch of three payments: in one file a line for each, in another their sum.
#[test]
fn a_batch_is_its_payments_or_their_sum_and_never_both() {
    let odoo = Odoo::start("batches");
    odoo.journals(4, None);
    let one = |cents: i64, text: &str, reference: &str| Payment {
        day: date(2026, 9, 1),
        cents,
        account: String::new(),
        text: text.to_owned(),
        reference: reference.to_owned(),
    };
    let sum = [one(-7_350, "Card", "REF1"), one(30_000, "Batch", "BATCH1"), one(-120, "Fee", "REF2")];
    let whole = make::camt(ACCOUNT, 44, OPENING, &sum);
    let parts: String = [("R1", "100.00"), ("R2", "150.00"), ("R3", "50.00")]
        .iter()
        .map(|(reference, amount)| {
            format!(
                "<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
            )
        })
        .collect();
    let entry = whole.find("BATCH1").unwrap();
    let from = entry + whole[entry..].find("<TxDtls>").unwrap();
    let to = entry + whole[entry..].find("</NtryDtls>").unwrap();
    let split = whole[..from].to_owned() + &parts + &whole[to..];
    let notification = split
        .replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
        .replace("<Stmt>", "<Ntfctn>")
        .replace("</Stmt>", "</Ntfctn>");
    let split = odoo.file("split.xml", &split);
    let whole = odoo.file("whole.xml", &whole);
    let notification = odoo.file("notified.xml", &notification);
    let coda = odoo.file("whole.cod", &make::coda(ACCOUNT, 44, OPENING, &sum));
    let csv = odoo.file("whole.csv", &files::csv(ACCOUNT, OPENING, &sum));

    // Files, what became of their lines, and how many lines the journal has in the end.
    let stories: [(&[Story<'_>], usize); 4] = [
        (
            &[
                (&notification, [5, 0, 0, 0]),
                (&whole, [0, 3, 0, 0]),
                (&csv, [0, 0, 3, 0]),
                (&coda, [0, 0, 3, 0]),
            ],
            5,
        ),
        (&[(&whole, [3, 0, 0, 0]), (&notification, [0, 5, 0, 0]), (&coda, [0, 0, 3, 0])], 3),
        (
            &[
                (&coda, [3, 0, 0, 0]),
                (&split, [0, 0, 5, 0]),
                (&csv, [0, 0, 3, 0]),
                (&notification, [0, 5, 0, 0]),
            ],
            3,
        ),
        (&[(&split, [5, 0, 0, 0]), (&csv, [0, 0, 3, 0]), (&whole, [0, 3, 0, 0]), (&coda, [0, 0, 3, 0])], 5),
    ];
    for (index, (files, count)) in stories.iter().enumerate() {
        let journal = Odoo::journal(index);
        for (step, (path, expected)) in files.iter().enumerate() {
            let place = format!("story {index}, file {step}: {}", path.display());
            let outcome = odoo.import(DOORS[(index + step) % 2], path, &["--journal", &journal]);
            assert_eq!(counts(&outcome), *expected, "{place}");
            assert_eq!(lines_of(&odoo, &journal).1, make::sum(&sum), "{place}");
            let warnings = outcome["statements"][0]["warnings"].to_string();
            assert!(!warnings.contains("BB-5006"), "{place}: {warnings}");
            let again = odoo.import(DOORS[step % 2], path, &["--journal", &journal]);
            assert_eq!(counts(&again)[1], expected.iter().sum::<u64>(), "{place}, again");
        }
        assert_eq!(lines_of(&odoo, &journal).0, *count, "story {index}");
    }
}
