//! A real Odoo of a test's own, and the bridge run against it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use bank_bridge::domain::Decimal;
use serde_json::Value;

use crate::support::root;

/// The account of the journal BNK1 in every test database.
pub const ACCOUNT: &str = "BE71096123456769";

/// One database with its server.
pub struct Odoo {
    name: String,
    /// Address of the server.
    pub url: String,
    api_key: String,
    files: tempfile::TempDir,
}

/// Which door an import takes.
pub const DOORS: [&str; 2] = ["json2", "jsonrpc"];

impl Odoo {
    /// A fresh database with the addon, BNK1 on [`ACCOUNT`] and an API key of an accountant.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &["--addon"])
    }

    /// The same, with the options of `scripts/odoo db`.
    pub fn start_with(name: &str, options: &[&str]) -> Self {
        let name = format!("it_{name}_{}", std::process::id());
        scripts(&["dropdb", &name], "");
        let of_database: Vec<_> =
            options.iter().copied().filter(|option| *option != "--one-worker").collect();
        let made = scripts(&[&["db", &name], &of_database[..]].concat(), "");
        assert!(made.status.success(), "{}", text(&made.stderr));
        // One worker: whatever waits for itself, waits for ever.
        let workers = if options.contains(&"--one-worker") { "1" } else { "0" };
        let started = scripts(&["start", &name, "--cron", "0", "--workers", workers], "");
        assert!(started.status.success(), "{}", text(&started.stderr));
        let url = text(&started.stdout).lines().find_map(|line| line.strip_prefix("URL=").map(str::to_owned));
        let mut odoo =
            Self { name, url: url.unwrap(), api_key: String::new(), files: tempfile::tempdir().unwrap() };
        odoo.api_key = odoo.shell(&format!(
            "env['account.journal'].search([('code', '=', 'BNK1')], limit=1).bank_acc_number = '{ACCOUNT}'\n{}",
            api_key("base.user_admin")
        ));
        odoo
    }

    /// Runs Python in an Odoo shell, commits, and gives what it printed behind `=> `.
    pub fn shell(&self, python: &str) -> String {
        let output = scripts(&["shell", &self.name], &format!("{python}\nenv.cr.commit()\n"));
        let shown = text(&output.stdout);
        assert!(output.status.success() && !shown.contains("Traceback"), "{shown}\n{}", text(&output.stderr));
        shown.lines().filter_map(|line| line.split_once("=> ")).map(|(_, value)| value.to_owned()).collect()
    }

    /// One SQL question; rows as text.
    pub fn sql(&self, question: &str) -> Vec<String> {
        let output = scripts(&["sql", &self.name, "-c", question], "");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// Calls a method as the administrator, as a button of the web client does: over HTTP, through a worker.
    pub fn call(&self, model: &str, method: &str, arguments: &Value) -> Value {
        let url = format!("{}/json/2/{model}/{method}", self.url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (status, answer) = runtime.block_on(async {
            let request = reqwest::Client::new().post(url).bearer_auth(&self.api_key).json(arguments);
            let answer = request.header("X-Odoo-Database", &self.name).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        });
        assert_eq!(status, 200, "{model}.{method}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// Has a scheduled action run now, through a worker.
    pub fn tick(&self, cron: &str) {
        let id = self.sql(&format!(
            "SELECT res_id FROM ir_model_data WHERE module = 'bank_bridge' AND name = '{cron}'"
        ));
        let id: i64 = id[0].parse().unwrap();
        self.call("ir.cron", "method_direct_trigger", &serde_json::json!({"ids": [id]}));
    }

    /// Lines on the journal and their sum.
    pub fn lines(&self) -> (usize, Decimal) {
        let row = self.sql("SELECT count(*), coalesce(sum(amount), 0) FROM account_bank_statement_line");
        let (count, sum) = row[0].split_once('|').unwrap();
        (count.parse().unwrap(), sum.parse().unwrap())
    }

    /// Bank journals without an account, `T00` and so on, in that currency or the company's.
    pub fn journals(&self, count: usize, currency: Option<&str>) {
        self.journals_from(0, count, currency);
    }

    /// The same, with numbers from `first`.
    pub fn journals_from(&self, first: usize, count: usize, currency: Option<&str>) {
        let currency = currency.map_or("False".to_owned(), |code| format!("'{code}'"));
        self.shell(&format!(
            "name = {currency}
currency = env['res.currency'].with_context(active_test=False).search([('name', '=', name)])
currency.active = True
env['account.journal'].create([{{'name': 'T%02d' % n, 'code': 'T%02d' % n, 'type': 'bank', 'currency_id': currency.id}} for n in range({first}, {})])",
            first + count
        ));
    }

    /// Code of a journal that [`Self::journals`] made.
    pub fn journal(number: usize) -> String {
        format!("T{number:02}")
    }

    /// Communications in the order that Odoo shows, oldest first.
    pub fn order(&self) -> Vec<String> {
        self.sql("SELECT payment_ref FROM account_bank_statement_line ORDER BY internal_index")
    }

    /// A file to import.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A file of these bytes for this test.
    pub fn file_of_bytes(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The bridge with this database as its target.
    pub fn bridge(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bank-bridge"));
        command
            .args(arguments)
            .env_clear()
            .env("NO_COLOR", "1")
            .env("BANK_BRIDGE_ODOO_URL", &self.url)
            .env("BANK_BRIDGE_ODOO_DATABASE", &self.name)
            .env("BANK_BRIDGE_ODOO_LOGIN", "admin")
            .env("BANK_BRIDGE_ODOO_API_KEY", &self.api_key);
        command
    }

    /// An import that must succeed; its outcome as JSON.
    pub fn import(&self, door: &str, path: &std::path::Path, options: &[&str]) -> Value {
        let output = self.import_raw(door, path, options);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let mut outcomes: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        outcomes.remove(0)
    }

    /// An import however it ends.
    pub fn import_raw(&self, door: &str, path: &std::path::Path, options: &[&str]) -> Output {
        let mut command = self.bridge(&["import", "--json", "--odoo-transport", door]);
        command.args(options).arg(path).output().unwrap()
    }

    /// The code and exit code with which an import was refused.
    pub fn refusal(&self, door: &str, path: &std::path::Path, options: &[&str]) -> (String, i32) {
        let output = self.import_raw(door, path, options);
        let shown = text(&output.stderr);
        assert!(!shown.contains("Traceback"), "{shown}");
        let code = shown.split_once("error[").map(|(_, rest)| rest[..7].to_owned());
        (code.unwrap_or_else(|| panic!("no code: {shown}")), output.status.code().unwrap())
    }

    /// Name of the database.
    pub fn database(&self) -> &str {
        &self.name
    }
}

impl Drop for Odoo {
    fn drop(&mut self) {
        scripts(&["dropdb", &self.name], "");
    }
}

/// Python that prints a fresh API key of the user.
pub fn api_key(user: &str) -> String {
    format!(
        "from datetime import timedelta\nfrom odoo import fields\nuser = env.ref('{user}')\nprint('=> ' + env['res.users.apikeys'].with_user(user).sudo()._generate(None, 'test', fields.Datetime.now() + timedelta(days=1)))"
    )
}

/// Members of a JSON object as numbers: created, duplicate, matched, held.
pub fn counts(outcome: &Value) -> [u64; 4] {
    ["created", "duplicate", "matched", "held"].map(|name| outcome["counts"][name].as_u64().unwrap())
}

fn scripts(arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut child = Command::new(root().join("scripts/odoo"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
