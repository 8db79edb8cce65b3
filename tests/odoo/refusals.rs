//! What the books do not allow is refused with its code before anything is written.

use std::path::Path;

use jiff::civil::date;

use crate::instance::{ACCOUNT, DOORS, Odoo, api_key, text};
use crate::support::make;

#[test]
fn every_refusal_of_the_books_has_its_code_over_both_doors() {
    let odoo = Odoo::start("refusals");
    let payments = make::payments(date(2026, 3, 2), 2, 2);
    let file = odoo.file("days.xml", &make::camt(ACCOUNT, 1, 0, &payments));
    let elsewhere = odoo.file("other.xml", &make::camt("BE68539007547034", 1, 0, &payments));
    let dollars = odoo.file("usd.xml", &make::camt(ACCOUNT, 1, 0, &payments).replace("EUR", "USD"));
    let wrong = odoo.file("wrong.xml", &make::camt(ACCOUNT, 1, 0, &payments).replacen("0.00", "1.00", 1));
    let fine = make::camt(ACCOUNT, 1, 0, &payments[..1]).replace("1.00<", "1.001<");
    let fine = odoo.file("fine.xml", &fine);
    let refused = |path: &Path, options: &[&str], code: &str, exit: i32| {
        for door in DOORS {
            assert_eq!(
                odoo.refusal(door, path, options),
                (code.to_owned(), exit),
                "{} over {door}",
                path.display()
            );
        }
    };
    refused(&elsewhere, &[], "BB-4101", 5);
    refused(&file, &["--journal", "NONE"], "BB-4102", 5);
    refused(&dollars, &[], "BB-4103", 5);
    refused(&elsewhere, &["--journal", "BNK1"], "BB-4111", 5);
    refused(&wrong, &[], "BB-3310", 1);
    refused(&fine, &[], "BB-4107", 5);

    odoo.shell("env.company.fiscalyear_lock_date = '2026-03-02'");
    refused(&file, &[], "BB-4106", 5);
    odoo.shell("env.company.fiscalyear_lock_date = False");

    odoo.shell("env['account.journal'].search([('code', '=', 'BNK1')]).suspense_account_id = False");
    refused(&file, &[], "BB-4105", 5);
    assert_eq!(odoo.lines().0, 0, "nothing of all this was written");
}

#[test]
fn who_may_not_is_told_so() {
    let odoo = Odoo::start("rights");
    let payments = make::payments(date(2026, 3, 2), 1, 2);
    let file = odoo.file("days.cod", &make::coda(ACCOUNT, 1, 0, &payments));
    let user = "user = env['res.users'].create({'name': 'Clerk', 'login': 'clerk', 'group_ids': [(6, 0, [env.ref('base.group_user').id])]})\nenv['ir.model.data'].create({'module': 'test', 'name': 'clerk', 'model': 'res.users', 'res_id': user.id})\n";
    let key = odoo.shell(&format!("{user}{}", api_key("test.clerk")));
    let attempt = |login: &str, key: &str, database: &str, door: &str| {
        let mut command = odoo.bridge(&["import", "--odoo-transport", door]);
        command.env("BANK_BRIDGE_ODOO_LOGIN", login).env("BANK_BRIDGE_ODOO_API_KEY", key);
        let output = command.env("BANK_BRIDGE_ODOO_DATABASE", database).arg(&file).output().unwrap();
        let shown = text(&output.stderr);
        assert!(!shown.contains("Traceback") && (key.is_empty() || !shown.contains(key)), "{shown}");
        assert_eq!(output.status.code(), Some(5), "{shown}");
        shown.split_once("error[").unwrap().1[..7].to_owned()
    };
    for door in DOORS {
        assert_eq!(attempt("clerk", &key, odoo.database(), door), "BB-4006", "{door}");
        assert_eq!(attempt("admin", "no-such-key", odoo.database(), door), "BB-4003", "{door}");
        assert_eq!(attempt("clerk", &key, "no_such_database", door), "BB-4009", "{door}");
    }
    odoo.shell("env['res.users.apikeys'].search([]).expiration_date = '2020-01-01'");
    for door in DOORS {
        assert_eq!(attempt("clerk", &key, odoo.database(), door), "BB-4003", "an expired key, {door}");
    }
    assert_eq!(odoo.lines().0, 0);
}

#[test]
fn a_database_without_the_addon_is_told_so() {
    let odoo = Odoo::start_with("bare", &[]);
    let file = odoo.file("days.cod", &make::coda(ACCOUNT, 1, 0, &make::payments(date(2026, 3, 2), 1, 2)));
    for door in DOORS {
        assert_eq!(odoo.refusal(door, &file, &[]), ("BB-4004".to_owned(), 5), "{door}");
    }
}
