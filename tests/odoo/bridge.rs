//! A bridge that serves beside a real Odoo.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::instance::Odoo;

/// The token of every bridge here.
pub const TOKEN: &str = "bb_a-token-of-this-test";
/// The key of every bridge here, so that each opens what another has sealed.
pub const KEY: [u8; 32] = [7; 32];

/// A bridge that serves on a port of its own.
pub struct Bridge {
    child: Child,
    /// Its address.
    pub address: String,
    log: Arc<Mutex<String>>,
}

impl Bridge {
    /// With these further arguments of `serve`.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments)
    }

    /// The same, on an address that is known beforehand.
    pub fn start_at(listen: &str, arguments: &[&str]) -> Self {
        Self::run(listen, arguments, &[("BANK_BRIDGE_SEALING_KEY", &BASE64_STANDARD.encode(KEY))])
    }

    /// With the sealing keys of these files instead of [`KEY`].
    pub fn start_with_keys(key_files: &[&str], arguments: &[&str]) -> Self {
        let keys = key_files.iter().flat_map(|file| ["--sealing-key-file", file]);
        let arguments: Vec<_> = arguments.iter().copied().chain(keys).collect();
        Self::run("127.0.0.1:0", &arguments, &[])
    }

    fn run(listen: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bank-bridge"))
            .args(["serve", "--listen", listen, "--log-json"])
            .args(arguments)
            .env_clear()
            .env("BANK_BRIDGE_TOKEN", TOKEN)
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (tell, told) = std::sync::mpsc::channel();
        // Its log is read to the end, so that it never waits for a reader, and holds no secret.
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                assert!(!line.contains(TOKEN));
                let address = serde_json::from_str::<Value>(&line)
                    .ok()
                    .and_then(|line| line["address"].as_str().map(str::to_owned));
                let _ = address.map(|address| tell.send(address));
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = told.recv_timeout(Duration::from_secs(20)).expect("the bridge tells where it listens");
        Self { child, address: format!("http://{address}"), log }
    }

    /// Has Odoo connect with this bridge, as its settings page does, and waits until the bridge has confirmed.
    pub fn pair(&self, odoo: &Odoo) {
        self.pair_at(odoo, &self.address);
    }

    /// The same, where Odoo reaches the bridge at another address.
    pub fn pair_at(&self, odoo: &Odoo, address: &str) {
        odoo.shell(&format!(
            "env['ir.config_parameter'].set_param('web.base.url', '{}')
env['res.config.settings'].create({{'bank_bridge_address': '{address}', 'bank_bridge_token': '{TOKEN}'}}).action_bank_bridge_connect()",
            odoo.url
        ));
        let state = || odoo.sql("SELECT state, coalesce(code, '') FROM bank_bridge_registration").remove(0);
        until("the bridge to confirm", || (state() == "connected|").then_some(()));
    }

    /// Calls a method.
    pub fn call(&self, method: &str, params: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request = reqwest::Client::new().post(&self.address).bearer_auth(TOKEN).json(&body);
            request.send().await.unwrap().json().await.unwrap()
        })
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut asked: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = asked() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
