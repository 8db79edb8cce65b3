//! Connect in Odoo's settings, and what follows: the bridge imports with the sealed registration alone.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::date;
use serde_json::{Value, json};

use crate::instance::{ACCOUNT, Odoo};
use crate::support::make;

const TOKEN: &str = "bb_a-token-of-this-test";

/// A bridge that serves on a port of its own.
struct Bridge {
    child: Child,
    address: String,
}

impl Bridge {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bank-bridge"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-json"])
            .env_clear()
            .env("BANK_BRIDGE_TOKEN", TOKEN)
            .env("BANK_BRIDGE_SEALING_KEY", BASE64_STANDARD.encode([7; 32]))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
            .find_map(|line| line["fields"]["address"].as_str().map(str::to_owned))
            .expect("the bridge tells where it listens");
        // Its log is read to the end, so that it never waits for a reader, and holds no secret.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| assert!(!line.contains(TOKEN)))
        });
        Self { child, address: format!("http://{address}") }
    }

    fn call(&self, method: &str, params: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = reqwest::Client::new().post(&self.address).bearer_auth(TOKEN).json(&body);
            request.send().await.unwrap().json().await.unwrap()
        })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until<T>(what: &str, mut asked: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = asked() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn after_connect_the_bridge_imports_with_the_sealed_registration() {
    let odoo = Odoo::start("pairing");
    let bridge = Bridge::start();
    odoo.shell(&format!(
        "env['ir.config_parameter'].set_param('web.base.url', '{}')
env['res.config.settings'].create({{'bank_bridge_address': '{}', 'bank_bridge_token': '{TOKEN}'}}).action_bank_bridge_connect()",
        odoo.url, bridge.address
    ));
    let state = || odoo.sql("SELECT state, coalesce(code, '') FROM bank_bridge_registration").remove(0);
    until("the bridge to confirm", || (state() == "connected|").then_some(()));

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
