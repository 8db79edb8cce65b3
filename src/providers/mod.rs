//! Online sources of transactions.
//!
//! It stands apart so that the heart sees one contract and each provider is one folder. A folder always has the same
//! files:
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the trait |
//! | `auth.rs` | how a request is let in |
//! | `wire.rs` | what is sent and received, as it stands on the wire |
//! | `map.rs` | from the wire to accounts and transactions |
//! | `errors.rs` | the provider's classes to our codes |
//!
//! Here is what they share:
//!
//! | file | what |
//! |---|---|
//! | [`state`] | what a connection remembers, sealed in Odoo between runs |
//! | [`session`] | one run's view of a connection: state, the user if he is there, time |
//! | [`calls`] | sending with retries, waits and deadlines; reading JSON in bounds |
//! | [`wire`] | exact numbers, moments, ids
//! | [`config`] | what the bridge's administrator sets |
//!
//! # The contract
//!
//! One generic test runs all providers through it, against their simulators:
//!
//! 1. Reading changes nothing at the provider, and reading again gives the same transactions under the same ids.
//! 2. All transactions booked on `since` and later come, each once, whatever the pages; paging ends.
//! 3. Pending transactions never come; copies that the provider marks as such are counted and left out.
//! 4. Every failure has a code, with the provider's own class and request id where it gave them.
//! 5. A call ends in bounded time. What may pass by itself was tried again, as long as the budget of the run allows.
//! 6. Without a user who is present nothing is asked of the bank: only what the provider has is read.
//! 7. A secret that changes is handed to [`session::Keeper`] before it is used.
//! 8. No secret is in any error, log or `Debug`.

pub mod calls;
pub mod config;
pub mod ponto;
pub mod saltedge;
pub mod session;
pub mod state;
pub mod wire;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Account, Balance, Date, Text, TransactionDraft};
use crate::errors::{Code, Error, Origin, Result};

pub use config::ProvidersConfig;
pub use session::Session;

/// A source of transactions, set up for this bridge.
#[async_trait]
pub trait Provider: Send + Sync + fmt::Debug {
    /// What it is called in data: `ponto`.
    fn id(&self) -> &'static str;

    /// Whose ids its transactions have; the same for two products of one provider that name them alike.
    fn family(&self) -> &'static str {
        self.id()
    }

    /// What an administrator reads when he chooses.
    fn profile(&self) -> Profile;

    /// Whether the provider answers and lets the bridge in, as far as that can be told without a customer.
    ///
    /// # Errors
    /// Family 2xxx.
    async fn check(&self) -> Result<()>;

    /// The banks of a country (ISO 3166-1, two capitals).
    ///
    /// # Errors
    /// Family 2xxx.
    async fn institutions(&self, country: &str) -> Result<Vec<Institution>>;

    /// Begins or renews the link to a bank.
    ///
    /// # Errors
    /// Family 2xxx.
    async fn connect(&self, session: &mut Session<'_>, wish: &Wish) -> Result<Linked>;

    /// The user came back from the bank with these query parameters.
    ///
    /// # Errors
    /// BB-2209 where the return is not of this connection, and the rest of the family 2xxx.
    async fn returned(&self, session: &mut Session<'_>, parameters: &[(String, String)]) -> Result<Linked>;

    /// The accounts, with their balances and the state of the consent. An account that cannot be read says why.
    ///
    /// # Errors
    /// Family 2xxx, for what concerns the whole connection.
    async fn accounts(&self, session: &mut Session<'_>) -> Result<Accounts>;

    /// Sends the provider to the bank for these accounts, because the user is present (`session.user`), and waits a
    /// while. Findings say where that was not possible; they do not keep from reading.
    ///
    /// # Errors
    /// Family 2xxx, for what also keeps from reading.
    async fn refresh(&self, session: &mut Session<'_>, accounts: &[RemoteAccount]) -> Result<Vec<Error>>;

    /// All booked transactions of an account from `since` on.
    ///
    /// # Errors
    /// Family 2xxx; nothing of the account is known then.
    async fn transactions(
        &self,
        session: &mut Session<'_>,
        account: &RemoteAccount,
        since: Date,
    ) -> Result<Reading>;

    /// Verifies a message that the provider pushed to the bridge, and tells whom it concerns.
    ///
    /// # Errors
    /// BB-2016 for one that is not genuine.
    async fn webhook(&self, headers: &http::HeaderMap, body: &[u8]) -> Result<Option<Hint>>;
}

/// What an administrator reads when he chooses a provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Profile {
    /// As in [`Provider::id`].
    pub id: &'static str,
    /// Name.
    pub title: &'static str,
    /// Whether it is simulated, or set up with the provider's own test environment.
    pub sandbox: bool,
    /// How a bank is linked.
    pub consent: Consent,
    /// What it costs, in English: `€4 a month for each account`.
    pub price: &'static str,
    /// After how many days a consent has to be renewed, as a rule.
    pub renewal_days: u16,
    /// The provider's own site for its customers.
    pub site: String,
}

/// How a bank is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// The customer links his banks on the provider's site and gives the bridge an id and a secret.
    Credentials,
    /// The user's browser is sent to the provider and comes back.
    Redirect,
}

/// A bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// The provider's id of it.
    pub id: String,
    /// Name.
    pub name: String,
    /// Country, two capitals.
    #[serde(default)]
    pub country: Option<String>,
    /// BIC, where the provider tells it.
    #[serde(default)]
    pub bic: Option<String>,
    /// Address of its logo.
    #[serde(default)]
    pub logo: Option<String>,
}

/// What the user wants to link.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Where the provider sends the user's browser back.
    pub return_to: String,
    /// The connection's name in Odoo, for a `state` that leads back to it.
    pub connection: String,
    /// The bank; the provider lets the user choose where there is none.
    pub institution: Option<Institution>,
    /// Language of the user: `nl_BE`.
    pub locale: Option<String>,
    /// Phone number or e-mail address that secures the account.
    pub contact: Option<String>,
    /// A name of the customer that is the same for ever: of the database and the company.
    pub customer: String,
}

/// How linking stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The user has to open this page.
    Open {
        /// Its address.
        url: String,
        /// Until when it can be opened.
        expires: Option<Timestamp>,
    },
    /// Nothing more is needed.
    Ready,
}

/// The accounts of a connection.
#[derive(Debug, Default)]
pub struct Accounts {
    /// All that the provider shows, also those that cannot be read any more.
    pub accounts: Vec<RemoteAccount>,
    /// The bank, where the connection has one.
    pub institution: Option<Institution>,
    /// When the consent ends; the earliest where accounts differ.
    pub consent_until: Option<Timestamp>,
    /// What is wrong with the connection as a whole, although it can be read.
    pub problem: Option<Error>,
}

/// An account as the provider shows it.
#[derive(Debug)]
pub struct RemoteAccount {
    /// The provider's id of it.
    pub id: String,
    /// Number, currency and holder.
    pub account: Account,
    /// What the bank or the user calls it.
    pub name: Option<String>,
    /// Its booked balance.
    pub balance: Option<Balance>,
    /// When the provider last got everything from the bank.
    pub fresh_as_of: Option<Timestamp>,
    /// The provider's id of the bank, for its time zone and the like.
    pub institution: Option<String>,
    /// Why it gets no new transactions, or cannot be read.
    pub problem: Option<Error>,
    /// Whether its transactions can be read, in spite of a problem.
    pub readable: bool,
}

/// The transactions of an account.
#[derive(Debug, Default)]
pub struct Reading {
    /// Booked transactions, oldest first, in the bank's order as far as the provider keeps it.
    pub lines: Vec<RemoteLine>,
    /// What a reader should know.
    pub findings: Vec<Error>,
    /// Where the next reading starts, kept once Odoo has the lines.
    pub cursor: Option<String>,
}

/// A transaction as the provider gives it.
#[derive(Debug)]
pub struct RemoteLine {
    /// The provider's id of it.
    pub id: Text,
    /// The line; its identity is made later.
    pub draft: TransactionDraft,
}

/// Whom a pushed message concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hint {
    /// The provider's id of the customer or connection, as [`state::State::subject`] has it.
    pub subject: String,
}

/// A failure at a provider, with the provider's name in it.
fn failure(title: &str, code: Code) -> Error {
    Error::new(code).arg("provider", title).origin(Origin::of(title))
}

/// The providers of this bridge.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    providers: Vec<Arc<dyn Provider>>,
}

impl Registry {
    /// Those that the configuration sets up.
    ///
    /// # Errors
    /// BB-1010 and BB-1012 for a configuration that cannot work.
    pub fn new(config: &ProvidersConfig) -> Result<Self> {
        let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
        providers.extend(ponto::all(config)?.into_iter().map(|one| Arc::new(one) as Arc<dyn Provider>));
        if let Some(saltedge) = &config.saltedge {
            providers.push(Arc::new(saltedge::SaltEdge::new(saltedge, config.timing)?));
        }
        Ok(Self { providers })
    }

    /// These providers.
    #[must_use]
    pub fn of(providers: Vec<Arc<dyn Provider>>) -> Self {
        Self { providers }
    }

    /// All, in the order in which they are shown.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.iter()
    }

    /// One by its id.
    ///
    /// # Errors
    /// BB-2013.
    pub fn find(&self, id: &str) -> Result<&Arc<dyn Provider>> {
        self.providers.iter().find(|provider| provider.id() == id).ok_or_else(|| {
            let known: Vec<_> = self.providers.iter().map(|provider| provider.id()).collect();
            let plain = id.len() <= 20 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let name = if plain { id } else { "(not shown)" };
            Error::new(Code::PROVIDER_UNKNOWN).arg("name", name).arg("known", known.join(", "))
        })
    }
}
