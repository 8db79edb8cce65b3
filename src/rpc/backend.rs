//! What the server needs of the rest of the bridge: the work that reaches Odoo and the providers.
//!
//! A trait, so that the server can be tried against work that is slow, fails or panics, and so that it knows
//! nothing of how Odoo is reached.

use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::errors::Result;
use crate::formats::{Input, ParseOptions};
use crate::providers::{Institution, Profile};
use crate::sync::online::Job;

/// How the bridge reaches an Odoo database: what a sealed registration opens to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Address of the server, `https://odoo.example.com`.
    pub url: String,
    /// Name of the database.
    pub database: String,
    /// `database.uuid` of it. Odoo must name the same one when it is reached, else BB-1006: the address may by
    /// then lead to another database.
    pub database_uuid: String,
    /// Login of the technical user.
    pub login: String,
    /// API key of that user.
    pub api_key: SecretString,
}

/// One file to be put into Odoo.
#[derive(Debug)]
pub struct ImportJob {
    /// The import's id, known to the caller already.
    pub run: Uuid,
    /// The file.
    pub input: Input,
    /// Format, where the caller names one.
    pub format: Option<String>,
    /// What else the caller says about the file.
    pub options: ParseOptions,
    /// Journal, where the caller names one.
    pub journal: Option<String>,
    /// Takes the named journal although its account is another.
    pub force_journal: bool,
    /// Imports a file whose balances do not add up.
    pub accept_balance: bool,
    /// Writes nothing, and only tells what would happen.
    pub dry_run: bool,
}

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Progress {
    /// What is being done.
    pub step: String,
    /// Lines done.
    pub done: u64,
    /// Lines in all, once known.
    pub total: Option<u64>,
}

/// Work that reaches Odoo. Futures are dropped at their next wait when the bridge stops, so whatever they do
/// must bear being repeated.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Connects to Odoo with a new registration and tells the addon that it works, or why not.
    ///
    /// # Errors
    /// Where Odoo could not be told; the server then tries again a few times.
    async fn confirm(&self, registration: &Registration) -> Result<()>;

    /// Imports a file and gives the counts that the caller is shown.
    ///
    /// # Errors
    /// Whatever stopped the import; Odoo has been told, if it could be.
    async fn import(
        &self,
        registration: &Registration,
        job: ImportJob,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value>;

    /// Does one run of an online connection and gives the counts that the caller is shown.
    ///
    /// # Errors
    /// Whatever stopped the run; Odoo has been told, if it could be.
    async fn online(
        &self,
        registration: &Registration,
        job: Job,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value>;

    /// The providers of this bridge.
    fn providers(&self) -> Vec<Profile>;

    /// The banks of a country that a provider reaches.
    ///
    /// # Errors
    /// BB-2013 for a provider that this bridge does not have, and what the provider fails with.
    async fn institutions(&self, provider: &str, country: &str) -> Result<Vec<Institution>>;

    /// Verifies a message that a provider pushed, and tells which connections it concerns, as far as that is known here: a hint
    /// to look there now instead of later.
    ///
    /// # Errors
    /// BB-2013, and BB-2016 for a message that is not genuine.
    async fn webhook(
        &self,
        provider: &str,
        headers: &http::HeaderMap,
        body: &[u8],
    ) -> Result<Vec<(Registration, String)>>;
}
