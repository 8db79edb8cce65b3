//! The calls of the addon's batch protocol, typed. What they mean stands in the addon's
//! `models/import_open.py` and `models/import_push.py`.
//!
//! The addon answers a refusal as `{"error": {"code", "args"}}`; here it becomes an [`Error`] with the same code,
//! so that an accountant reads one sentence wherever the refusal came from.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::OdooClient;
pub use super::lines::{Advance, Online, PlanLine, PushLine, PushStatement, WholeLine};
use crate::domain::{Account, Balance, Currency, Date, Warning};
use crate::errors::{Code, Error, Result};

/// Version of the protocol that this bridge speaks.
pub const PROTOCOL: u32 = 2;
const MODEL: &str = "bank.bridge.import";
const UPLOAD: &str = "bank.bridge.upload.file";

/// A file as it is kept with an import.
#[derive(Debug, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes in base64; none where it is too large to keep.
    pub content: Option<String>,
}

/// What the addon needs to find a statement's journal.
#[derive(Debug, Serialize)]
pub struct StatementHead<'a> {
    /// The account.
    pub account: &'a Account,
    /// The bank's number.
    pub number: Option<&'a str>,
    /// Balance before.
    pub opening: Option<&'a Balance>,
    /// Balance after.
    pub closing: Option<&'a Balance>,
    /// Number of lines.
    pub lines: usize,
    /// Currencies of the lines.
    pub currencies: Vec<Currency>,
    /// First and last booking date.
    pub first: Option<Date>,
    /// Last booking date.
    pub last: Option<Date>,
}

/// A journal of Odoo.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Journal {
    /// Odoo's id.
    pub id: i64,
    /// Short code: `BNK1`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Currency.
    pub currency: String,
    /// Company.
    pub company: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineResult {
    /// Would be created (plan only).
    New,
    /// Was created.
    Created,
    /// Was there already, from the same source.
    Duplicate,
    /// Was there already from another source; the identity was added to it.
    Matched,
    /// May be there already; shown to the accountant.
    Held,
}

/// The addon's answer for a line.
#[derive(Debug, Deserialize)]
pub struct LineAnswer {
    /// What became of it.
    pub result: LineResult,
    /// Date that Odoo gave it.
    #[serde(default)]
    pub date: Option<Date>,
    /// Of a duplicate (plan only): its line came from another source, which gives the same identity.
    #[serde(default)]
    pub elsewhere: bool,
}

/// Answer of a plan.
#[derive(Debug, Deserialize)]
pub struct Plan {
    /// One for each line sent.
    pub lines: Vec<LineAnswer>,
    /// New lines in a locked period.
    pub locked: Option<Locked>,
}

/// New lines in a locked period.
#[derive(Clone, Debug, Deserialize)]
pub struct Locked {
    /// How many.
    pub count: u64,
    /// The first one's booking date.
    pub date: Date,
    /// Until when the books are closed.
    pub locked_until: Date,
}

/// Answer of a batch.
#[derive(Debug, Deserialize)]
pub struct Pushed {
    /// One for each line sent.
    pub lines: Vec<LineAnswer>,
    /// The statement, with the last batch, if one was made.
    #[serde(default)]
    pub statement: Option<i64>,
    /// Odoo's balance after the statement's last line, with the last batch.
    #[serde(default)]
    pub balance: Option<BalanceAnswer>,
    /// Time that Odoo spent, in milliseconds.
    pub milliseconds: u64,
}

/// A balance in Odoo.
#[derive(Debug, Deserialize)]
pub struct BalanceAnswer {
    /// Signed amount as text.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: rust_decimal::Decimal,
}

/// Counts of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Statements in the file.
    pub statements: u64,
    /// Lines in the file.
    pub lines: u64,
    /// Lines created.
    pub created: u64,
    /// Lines that were there from the same source.
    pub duplicate: u64,
    /// Lines that were there from another source.
    pub matched: u64,
    /// Lines held.
    pub held: u64,
}

impl Counts {
    /// Of one statement whose lines were answered so.
    pub fn of_statement<'a>(answers: impl IntoIterator<Item = &'a LineAnswer>) -> Self {
        let mut counts = Self { statements: 1, ..Self::default() };
        counts.add_lines(answers);
        counts
    }

    /// Adds further lines.
    pub fn add_lines<'a>(&mut self, answers: impl IntoIterator<Item = &'a LineAnswer>) {
        for answer in answers {
            self.lines += 1;
            match answer.result {
                LineResult::New | LineResult::Created => self.created += 1,
                LineResult::Duplicate => self.duplicate += 1,
                LineResult::Matched => self.matched += 1,
                LineResult::Held => self.held += 1,
            }
        }
    }

    /// Adds the counts of another statement.
    pub fn add(&mut self, other: Self) {
        self.statements += other.statements;
        self.lines += other.lines;
        self.created += other.created;
        self.duplicate += other.duplicate;
        self.matched += other.matched;
        self.held += other.held;
    }
}

/// Something that was noticed, for who says it in another language.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    /// Its code.
    pub code: Code,
    /// What fills the sentence.
    pub args: BTreeMap<&'a str, &'a str>,
    /// The sentence in English.
    pub message: &'a str,
    /// Line of the file, from 1.
    pub line: Option<u64>,
}

impl<'a> Finding<'a> {
    /// Of a warning.
    #[must_use]
    pub fn of(warning: &'a Warning) -> Self {
        let args = warning.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Self { code: warning.code, args, message: &warning.message, line: warning.line }
    }
}

/// The addon in one database.
pub struct Addon<'a> {
    odoo: &'a dyn OdooClient,
}

impl<'a> Addon<'a> {
    /// Over a connection.
    #[must_use]
    pub fn new(odoo: &'a dyn OdooClient) -> Self {
        Self { odoo }
    }

    /// Whether the addon is there, speaks this protocol and lets the user import.
    ///
    /// # Errors
    /// BB-4004, BB-4005, BB-4006 and what a connection can fail with.
    pub async fn check(&self) -> Result<Value> {
        self.call("bridge_check", json!({"protocol": PROTOCOL})).await
    }

    /// Finds the journals of all statements and, unless it is a dry run, opens the import and keeps the file.
    ///
    /// # Errors
    /// BB-4101 to BB-4111.
    pub async fn open(&self, open: &Open<'_>) -> Result<Vec<Journal>> {
        #[derive(Deserialize)]
        struct Opened {
            statements: Vec<OpenedStatement>,
        }
        #[derive(Deserialize)]
        struct OpenedStatement {
            journal: Journal,
        }
        let opened: Opened = self.call("bridge_open", open).await?;
        if opened.statements.len() != open.statements.len() {
            return Err(unexpected("bridge_open"));
        }
        Ok(opened.statements.into_iter().map(|statement| statement.journal).collect())
    }

    /// What a push of these lines would do; writes nothing.
    ///
    /// # Errors
    /// What a connection can fail with.
    pub async fn plan(&self, journal: i64, source: &str, lines: &[PlanLine<'_>]) -> Result<Plan> {
        let arguments = json!({"journal": journal, "source": source, "lines": lines});
        let plan: Plan = self.call("bridge_plan", arguments).await?;
        if plan.lines.len() == lines.len() { Ok(plan) } else { Err(unexpected("bridge_plan")) }
    }

    /// One batch, in one SQL transaction. Repeating it is harmless.
    ///
    /// # Errors
    /// BB-4107, BB-4012 and what a connection can fail with.
    pub async fn push(
        &self,
        run: &str,
        journal: i64,
        statement: &PushStatement<'_>,
        lines: &[PushLine<'_>],
        online: Option<&Online<'_>>,
        last: bool,
    ) -> Result<Pushed> {
        let mut arguments =
            json!({"run": run, "journal": journal, "statement": statement, "lines": lines, "last": last});
        if let (Some(online), Some(members)) = (online, arguments.as_object_mut()) {
            members.insert("lease".to_owned(), json!(online.lease));
            if last {
                members.insert("advance".to_owned(), json!(online.advance));
            }
        }
        let pushed: Pushed = self.call("bridge_push", arguments).await?;
        if pushed.lines.len() == lines.len() { Ok(pushed) } else { Err(unexpected("bridge_push")) }
    }

    /// Ends an import with its counts and findings.
    ///
    /// # Errors
    /// What a connection can fail with.
    pub async fn close(
        &self,
        run: &str,
        failure: Option<&Error>,
        counts: Counts,
        findings: &[Finding<'_>],
    ) -> Result<()> {
        let arguments = json!({
            "run": run,
            "state": if failure.is_some() { "failed" } else { "done" },
            "code": failure.map(Error::code),
            "message": failure.map(Error::sentence),
            "counts": counts,
            "findings": findings,
        });
        self.call::<Value>("bridge_close", arguments).await.map(drop)
    }

    /// Tells how the run of a file ended that a person has uploaded, and what was seen of it. Odoo is told and does not
    /// ask: several bridges may stand behind one address.
    ///
    /// # Errors
    /// What a connection can fail with; an addon that knows no uploads among it.
    pub async fn upload_end(
        &self,
        run: &str,
        dry_run: bool,
        failure: Option<&Error>,
        seen: &impl Serialize,
        table: Option<&Value>,
    ) -> Result<()> {
        let place = failure.map(Error::place).filter(|place| !place.is_unknown());
        let arguments = json!({
            "run": run,
            "dry_run": dry_run,
            "code": failure.map(Error::code),
            "args": failure.map(|error| error.args().iter().cloned().collect::<BTreeMap<_, _>>()),
            "message": failure.map(Error::sentence),
            "place": place.map(|place| {
                json!({"file": place.file, "statement": place.statement, "entry": place.entry, "line": place.line})
            }),
            "details": failure.map(Error::details),
            "seen": seen,
            "table": table,
        });
        call::<Value>(self.odoo, UPLOAD, "bridge_upload_end", arguments).await.map(drop)
    }

    /// Tells the addon whether the bridge can reach it with the registration that it gave.
    ///
    /// # Errors
    /// What a connection can fail with.
    pub async fn confirm(&self, failure: Option<&Error>) -> Result<()> {
        let arguments = json!({
            "ok": failure.is_none(),
            "code": failure.map(Error::code),
            "message": failure.map(Error::sentence),
        });
        self.call::<Value>("bridge_confirm", arguments).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, arguments: impl Serialize) -> Result<T> {
        call(self.odoo, MODEL, method, arguments).await
    }
}

/// Calls a method of the addon's protocol. All of them may be repeated.
///
/// # Errors
/// The addon's refusal, and what a connection can fail with.
pub(super) async fn call<T: DeserializeOwned>(
    odoo: &dyn OdooClient,
    model: &str,
    method: &str,
    arguments: impl Serialize,
) -> Result<T> {
    let Ok(Value::Object(arguments)) = serde_json::to_value(arguments) else {
        return Err(unexpected(method));
    };
    let answer = super::retry::repeat(|| odoo.call(model, method, &arguments)).await?;
    if let Some(refusal) = answer.get("error").and_then(Value::as_object) {
        return Err(refusal_of(refusal));
    }
    serde_json::from_value(answer).map_err(|_| unexpected(method))
}

/// Arguments of [`Addon::open`].
#[derive(Debug, Serialize)]
pub struct Open<'a> {
    /// Id of the run, made by the bridge.
    pub run: &'a str,
    /// The file.
    pub file: &'a File,
    /// `source` of its statements.
    pub source: &'a str,
    /// Its statements.
    pub statements: &'a [StatementHead<'a>],
    /// Journal that the user named.
    pub journal: Option<&'a str>,
    /// Whether a journal of another account will do.
    pub force_journal: bool,
    /// Whether nothing may be written.
    pub dry_run: bool,
}

/// A refusal of the addon with the sentence of our own table.
fn refusal_of(refusal: &Map<String, Value>) -> Error {
    let text = refusal.get("code").and_then(Value::as_str).unwrap_or_default();
    let Some(code) = Code::find(text) else { return unexpected(text) };
    let args = refusal.get("args").and_then(Value::as_object);
    code.entry().argument_names().fold(Error::new(code), |error, name| {
        match args.and_then(|args| args.get(name)) {
            Some(Value::String(value)) => error.arg(name, value),
            Some(value) => error.arg(name, value),
            None => error,
        }
    })
}

fn unexpected(what: &str) -> Error {
    Error::new(Code::ADDON_VERSION)
        .arg("found", "?")
        .arg("expected", PROTOCOL)
        .detail(format!("the answer of {what} has not the shape of the protocol"))
}
