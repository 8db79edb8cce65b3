//! Connect in Odoo's settings, and what follows: the bridge imports with the sealed registration alone.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::date;
use serde_json::json;

use crate::bridge::{Bridge, until};
use crate::instance::{ACCOUNT, Odoo};
use crate::support::make;

#[test]
fn after_connect_the_bridge_imports_with_the_sealed_registration() {
    let odoo = Odoo::start("pairing");
    let bridge = Bridge::start(&[]);
    bridge.pair(&odoo);

    let sealed = odoo.sql("SELECT sealed FROM bank_bridge_registration").concat();
    assert!(sealed.starts_with("bb1."), "{sealed}");
    let uuid = odoo.sql("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'").concat();
    let payments = make::payments(date(2026, 3, 2), 2, 3);
    let content = BASE64_STANDARD.encode(make::coda(ACCOUNT, 60, 0, &payments));
    let started = bridge.call(
        "bank.import_start",
        &json!({"registration": sealed, "database_uuid": uuid, "name": "days.cod", "content": content}),
    );
    let run = started["result"]["run"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
    let status = until("the import to end", || {
        let status = bridge.call("bank.run_status", &json!({"run": run}))["result"].clone();
        (status["state"] != "running").then_some(status)
    });
    assert_eq!(status["state"], "done", "{status}");
    assert_eq!(status["counts"]["created"], 6);
    assert_eq!(odoo.lines(), (6, make::sum(&payments)));
    let kept = odoo.sql("SELECT name, state, count_created FROM bank_bridge_import");
    assert_eq!(kept, ["days.cod|done|6"]);

    let user = "env['res.users'].search([('login', '=', 'bank_bridge')])";
    let may = odoo.shell(&format!(
        "print('=> ' + str([{user}.env[m].with_user({user}).has_access('read') for m in ('account.move', 'account.bank.statement.line', 'bank.bridge.registration')]))"
    ));
    assert_eq!(may, "[False, False, False]", "the technical user reads nothing by itself");
}
