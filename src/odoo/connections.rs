//! The calls of the addon's protocol for online connections, typed. What they mean stands in the addon's
//! `models/connection_protocol.py`.
//!
//! A run takes a connection by a lease that ends by itself, so that a bridge that is killed leaves nothing locked, and
//! no two runs bring the same transactions at once. Every call of a run may be repeated.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::OdooClient;
use super::addon::{Advance, Counts, Journal, call};
use crate::domain::{Balance, Date, Warning};
use crate::errors::{Code, Error, Origin, Result};

const MODEL: &str = "bank.bridge.connection";

/// What a run is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To bring transactions.
    Sync,
    /// To look which accounts there are.
    Accounts,
    /// To link a bank, or to renew the link.
    Connect,
    /// The user came back from the bank.
    Return,
}

/// A connection, as a list shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Listed {
    /// Its key: what the bridge calls it by.
    pub key: String,
    /// The bank's name.
    pub name: String,
    /// Id of the provider.
    pub provider: String,
    /// `not_connected`, `waiting`, `connected` or `error`.
    pub state: String,
    /// The code of its last failure.
    pub code: Option<String>,
    /// Company.
    pub company: String,
    /// Last good run, UTC.
    pub last_sync: Option<String>,
    /// Next run, UTC.
    pub next_sync: Option<String>,
    /// Whether the next run should have begun.
    pub due: bool,
}

/// What Odoo knows of a connection when a run begins.
#[derive(Debug, Deserialize)]
pub struct Begun {
    /// Id of the provider.
    pub provider: String,
    /// The bank's name.
    pub name: String,
    /// Company.
    pub company: String,
    /// What the connection remembers.
    pub sealed: Option<String>,
    /// Language of the user.
    #[serde(default)]
    pub locale: Option<String>,
    /// Phone number or e-mail address.
    #[serde(default)]
    pub contact: Option<String>,
    /// The bank.
    #[serde(default)]
    pub institution: Option<KnownInstitution>,
    /// Its accounts.
    pub accounts: Vec<KnownAccount>,
}

/// A bank, as Odoo keeps it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KnownInstitution {
    /// The provider's id of it.
    pub id: String,
    /// Name.
    pub name: String,
    /// Country.
    pub country: Option<String>,
}

/// An account, as Odoo knows it.
#[derive(Clone, Debug, Deserialize)]
pub struct KnownAccount {
    /// The provider's id of it.
    pub id: String,
    /// Under which name its transactions are recognised; changes when the account was linked anew.
    pub source: String,
    /// First day that is read.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last booking day of which everything is in.
    #[serde(default)]
    pub complete_until: Option<Date>,
    /// Until when the books are closed.
    #[serde(default)]
    pub locked_until: Option<Date>,
    /// Where its transactions go.
    #[serde(default)]
    pub journal: Option<Journal>,
}

/// An account as the provider shows it.
#[derive(Debug, Serialize)]
pub struct ShownAccount<'a> {
    /// The provider's id of it.
    pub id: &'a str,
    /// IBAN, or the bank's number.
    pub reference: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// Holder.
    pub holder: Option<&'a str>,
    /// Currency.
    pub currency: Option<String>,
    /// Balance.
    pub balance: Option<&'a Balance>,
    /// When the provider last got everything from the bank, RFC 3339.
    pub fresh_as_of: Option<String>,
    /// What is wrong with it.
    #[serde(flatten)]
    pub problem: Told,
}

/// A failure as the addon keeps and translates it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    code: Option<Code>,
    message: Option<String>,
    args: serde_json::Map<String, Value>,
    origin: Option<Origin>,
}

impl Told {
    /// Of a failure, if there is one.
    #[must_use]
    pub fn of(error: Option<&Error>) -> Self {
        let Some(error) = error else { return Self::default() };
        Self {
            code: Some(error.code()),
            message: Some(error.sentence()),
            args: error.args().iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect(),
            origin: error.said().cloned(),
        }
    }
}

/// An account that failed, with its failure.
#[derive(Debug, Serialize)]
pub struct FailedAccount<'a> {
    /// The provider's id of it.
    pub id: &'a str,
    /// Why.
    #[serde(flatten)]
    pub failure: Told,
}

/// What the end of a run tells.
#[derive(Debug, Serialize)]
pub struct End<'a> {
    /// `done` or `failed`.
    pub state: &'static str,
    /// Why it failed.
    #[serde(flatten)]
    pub failure: Told,
    /// What came in.
    pub counts: Counts,
    /// What a reader should know.
    pub findings: &'a [Warning],
    /// Accounts that failed; the others are in.
    pub accounts: Vec<FailedAccount<'a>>,
    /// After how many seconds another try makes sense, if it can pass by itself.
    pub retry_after: Option<u64>,
    /// What the connection remembers.
    pub sealed: Option<&'a str>,
}

/// What [`Connections::accounts`] tells Odoo.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    /// All that the provider shows.
    pub accounts: &'a [ShownAccount<'a>],
    /// The bank.
    pub institution: Option<KnownInstitution>,
    /// When the consent ends, RFC 3339.
    pub consent_until: Option<String>,
    /// Whether the provider is simulated.
    pub sandbox: bool,
    /// Whether the link was made anew.
    pub relinked: bool,
    /// What the connection remembers.
    pub sealed: Option<&'a str>,
}

/// The connections of one database, for one run.
pub struct Connections<'a> {
    odoo: &'a dyn OdooClient,
    run: &'a str,
    lease: u64,
}

impl<'a> Connections<'a> {
    /// For a run that wants the connection for `lease` seconds from each call on.
    #[must_use]
    pub fn new(odoo: &'a dyn OdooClient, run: &'a str, lease: u64) -> Self {
        Self { odoo, run, lease }
    }

    /// For how many seconds from each call on the run wants the connection.
    #[must_use]
    pub fn lease(&self) -> u64 {
        self.lease
    }

    /// Takes the connection. `pushed` says that neither user nor schedule asked for it.
    ///
    /// # Errors
    /// BB-4201, BB-4202, BB-4204, BB-4206 and what a connection to Odoo can fail with.
    pub async fn begin(&self, connection: &str, kind: Kind, pushed: bool) -> Result<Begun> {
        let arguments = json!({"connection": connection, "kind": kind, "pushed": pushed});
        self.call("bridge_begin", arguments).await
    }

    /// Keeps the connection, and what it remembers where that has changed.
    ///
    /// # Errors
    /// BB-4203 where another run has it.
    pub async fn keep(&self, sealed: Option<&str>) -> Result<()> {
        self.call::<Value>("bridge_keep", json!({"sealed": sealed})).await.map(drop)
    }

    /// Tells the page that the user has to open.
    ///
    /// # Errors
    /// BB-4203 where another run has the connection.
    pub async fn link(&self, sealed: &str, url: &str, expires: Option<String>) -> Result<()> {
        let arguments = json!({"sealed": sealed, "url": url, "expires": expires});
        self.call::<Value>("bridge_link", arguments).await.map(drop)
    }

    /// Tells what accounts there are, and learns where they go.
    ///
    /// # Errors
    /// BB-4203 where another run has the connection.
    pub async fn accounts(&self, shown: &Shown<'_>) -> Result<Vec<KnownAccount>> {
        #[derive(Deserialize)]
        struct Answer {
            accounts: Vec<KnownAccount>,
        }
        let arguments = serde_json::to_value(shown).unwrap_or_default();
        self.call::<Answer>("bridge_accounts", arguments).await.map(|answer| answer.accounts)
    }

    /// An account is read to its end, and nothing had to be pushed.
    ///
    /// # Errors
    /// BB-4203 where another run has the connection.
    pub async fn advance(&self, advance: &Advance<'_>) -> Result<()> {
        let arguments = serde_json::to_value(advance).unwrap_or_default();
        self.call::<Value>("bridge_advance", arguments).await.map(drop)
    }

    /// Ends the run and lets the connection go.
    ///
    /// # Errors
    /// BB-4203 where another run has the connection.
    pub async fn end(&self, end: &End<'_>) -> Result<()> {
        let mut arguments = serde_json::to_value(end).unwrap_or_default();
        arguments["run"] = json!(self.run);
        call::<Value>(self.odoo, MODEL, "bridge_end", arguments).await.map(drop)
    }

    async fn call<T: serde::de::DeserializeOwned>(&self, method: &str, mut arguments: Value) -> Result<T> {
        arguments["run"] = json!(self.run);
        arguments["lease"] = json!(self.lease);
        call(self.odoo, MODEL, method, arguments).await
    }
}

/// All connections that the user may see.
///
/// # Errors
/// What a connection to Odoo can fail with.
pub async fn list(odoo: &dyn OdooClient) -> Result<Vec<Listed>> {
    #[derive(Deserialize)]
    struct Answer {
        connections: Vec<Listed>,
    }
    call::<Answer>(odoo, MODEL, "bridge_connections", json!({})).await.map(|answer| answer.connections)
}
