//! Files that somebody uploads in Odoo: looked at first, imported when he says so, undone again.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::date;

use crate::bridge::{Bridge, until};
use crate::instance::{ACCOUNT, Odoo};
use crate::support::make;

/// Uploads a file as the administrator and presses Preview.
fn upload(odoo: &Odoo, name: &str, content: &[u8]) {
    odoo.shell(&format!(
        "upload = env['bank.bridge.upload'].create({{}})
upload.attachment_ids = env['ir.attachment'].create({{'name': '{name}', 'datas': '{}'}})
env.cr.commit()
upload.action_read()
env.cr.commit()",
        BASE64_STANDARD.encode(content)
    ));
}

/// How the newest upload stands once the bridge has reported.
fn ended(odoo: &Odoo) -> String {
    let newest = "SELECT state, coalesce(code, ''), count_new, count_known FROM bank_bridge_upload_file ORDER BY id DESC LIMIT 1";
    until("the bridge to report", || {
        let state = odoo.sql(newest).remove(0);
        (!state.starts_with("reading") && !state.starts_with("importing") && !state.starts_with("waiting"))
            .then_some(state)
    })
}

fn press(odoo: &Odoo, button: &str) {
    odoo.shell(&format!(
        "env['bank.bridge.upload.file'].search([], order='id desc', limit=1).{button}()
env.cr.commit()"
    ));
}

#[test]
fn an_uploaded_file_is_looked_at_then_imported_then_undone() {
    let odoo = Odoo::start("uploads");
    let bridge = Bridge::start(&[]);
    bridge.pair(&odoo);
    let payments = make::payments(date(2026, 3, 2), 2, 3);
    let file = make::coda(ACCOUNT, 60, 0, &payments);

    upload(&odoo, "days.cod", file.as_ref());
    assert_eq!(ended(&odoo), "ready||6|0");
    assert_eq!(odoo.lines().0, 0, "nothing is written yet");
    assert_eq!(odoo.sql("SELECT count(*) FROM bank_bridge_import"), ["0"]);
    assert_eq!(odoo.sql("SELECT count(*) FROM bank_bridge_upload_line"), ["6"]);
    press(&odoo, "action_import");
    assert_eq!(ended(&odoo), "done||6|0");
    assert_eq!(odoo.lines(), (6, make::sum(&payments)));
    let kept = odoo.sql("SELECT name, state, count_created FROM bank_bridge_import");
    assert_eq!(kept, ["days.cod|done|6"]);

    upload(&odoo, "days.cod", file.as_ref());
    assert_eq!(ended(&odoo), "ready||0|6", "all of it is known");
    upload(&odoo, "letter.txt", b"Dear customer,\n");
    assert_eq!(ended(&odoo), "refused|BB-3002|0|0", "Odoo is told although it was not reached before");
    upload(&odoo, "unknown.csv", b"Posted;Moved;Words\n13/11/2026;-1,50;Coffee\n14/11/2026;2,25;Tea\n");
    assert_eq!(ended(&odoo), "refused|BB-3603|0|0");
    let columns = odoo.sql("SELECT name, role FROM bank_bridge_upload_column ORDER BY id");
    assert_eq!(columns, ["Posted|booked", "Moved|amount", "Words|text"]);

    odoo.shell("env['bank.bridge.import'].search([])._undo()\nenv.cr.commit()");
    assert_eq!(odoo.lines().0, 0);
    upload(&odoo, "days.cod", file.as_ref());
    assert_eq!(ended(&odoo), "ready||6|0", "it can come in again");
}
