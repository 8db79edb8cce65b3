//! What an administrator sets: a TOML file, over which the environment and the command line stand.
//!
//! ```toml
//! [odoo]                      # for `import` and `check`
//! url = "https://odoo.example.com"
//! database = "books"
//! login = "bridge"
//! api_key_file = "/run/credentials/bank-bridge/odoo-api-key"
//!
//! [server]                    # for `serve`
//! listen = "127.0.0.1:8765"
//!
//! [sealing]
//! key_files = ["/run/credentials/bank-bridge/sealing-key"]
//!
//! [providers.saltedge]        # see `providers::config`
//! app_id = "…"
//! ```
//!
//! Unknown names are refused, so that a misspelt option is not silently without effect. Secrets are named by the
//! files that hold them, or stand in the environment; never on the command line, where other users see them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::errors::{Code, Error, Result, in_words};
use crate::odoo::{Target, Transport};
use crate::providers::ProvidersConfig;
use crate::providers::config::{PontoConfig, PontoConnectConfig, SaltEdgeConfig, secret_file};
use crate::rpc::ServerConfig;
use crate::sandbox::{ponto, saltedge};
use crate::sync::online::Times;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The Odoo that `import` and `check` talk to.
    pub odoo: OdooConfig,
    /// The JSON-RPC server.
    pub server: ServerConfig,
    /// What seals the state that Odoo keeps.
    pub sealing: SealingConfig,
    /// Online providers.
    pub providers: ProvidersConfig,
    /// Runs of online connections.
    pub sync: SyncConfig,
}

/// Runs of online connections; times in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// For how long a run takes its connection at a time. A run that was killed keeps others out for so long.
    pub lease: u32,
    /// All waits and retries of a run together.
    pub budget: u32,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self { lease: 120, budget: 600 }
    }
}

impl SyncConfig {
    /// The same as times.
    #[must_use]
    pub fn times(self) -> Times {
        let seconds = |seconds: u32| Duration::from_secs(seconds.max(1).into());
        Times { lease: seconds(self.lease), budget: seconds(self.budget) }
    }
}

/// Keys that seal.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SealingConfig {
    /// Files that hold a key each; the first seals, all open.
    pub key_files: Vec<PathBuf>,
}

/// Where Odoo is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OdooConfig {
    /// Address without a path.
    pub url: Option<String>,
    /// Database.
    pub database: Option<String>,
    /// Login of the user whose API key it is.
    pub login: Option<String>,
    /// File that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// Door to take.
    pub transport: Option<Transport>,
}

/// Environment variable with the API key itself.
pub const API_KEY_VARIABLE: &str = "BANK_BRIDGE_ODOO_API_KEY";

impl Config {
    /// Reads the file that is named; without a name, an empty configuration.
    ///
    /// # Errors
    /// BB-1010 with the place for a file that cannot be read or holds an unknown name.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let invalid = |reason: String| {
            let place = crate::errors::Place::file(path.display().to_string());
            Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason).at(place)
        };
        let text = std::fs::read_to_string(path).map_err(|error| invalid(in_words(&error)))?;
        toml::from_str(&text).map_err(|error| {
            let line =
                error.span().map(|span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
            let reason = error.message().lines().next().unwrap_or_default().to_owned();
            line.map_or_else(|| invalid(reason.clone()), |line| invalid(format!("line {line}: {reason}")))
        })
    }
}

impl Config {
    /// Takes the simulated providers of `bank-bridge sandbox` at this address instead of the real ones.
    pub fn use_sandbox(&mut self, address: Option<&str>) {
        if let Some(address) = address {
            self.providers = sandbox(address);
        }
    }
}

/// The simulated providers of `bank-bridge sandbox` at this address, `http://127.0.0.1:9700`, with the keys that they
/// know.
#[must_use]
pub fn sandbox(address: &str) -> ProvidersConfig {
    let address = address.trim_end_matches('/');
    let at = |path: &str| format!("{address}{path}");
    ProvidersConfig {
        ponto: Some(PontoConfig::simulated(at(ponto::MY_PONTO))),
        ponto_connect: Some(PontoConnectConfig::simulated(
            &at(ponto::CONNECT),
            ponto::CONNECT_CLIENT_ID,
            ponto::CONNECT_CLIENT_SECRET,
            ponto::CONNECT_APPLICATION_ID,
        )),
        saltedge: Some(SaltEdgeConfig::simulated(at(saltedge::PATH), saltedge::APP_ID, saltedge::SECRET)),
        ..ProvidersConfig::default()
    }
}

impl OdooConfig {
    /// Takes what `other` sets over what is here.
    #[must_use]
    pub fn overlaid(self, other: Self) -> Self {
        Self {
            url: other.url.or(self.url),
            database: other.database.or(self.database),
            login: other.login.or(self.login),
            api_key_file: other.api_key_file.or(self.api_key_file),
            transport: other.transport.or(self.transport),
        }
    }

    /// The database to call.
    ///
    /// # Errors
    /// BB-1011 with the first option that is missing, BB-1010 for a key file that cannot be read.
    pub fn target(self) -> Result<Target> {
        let missing = |option: &str| Error::new(Code::CONFIGURATION_MISSING).arg("option", option);
        let url = self.url.ok_or_else(|| missing("the address of Odoo (--odoo-url)"))?;
        let database = self.database.ok_or_else(|| missing("the database (--odoo-database)"))?;
        let login = self.login.ok_or_else(|| missing("the login (--odoo-login)"))?;
        let api_key = secret(API_KEY_VARIABLE, self.api_key_file.as_deref())?
            .ok_or_else(|| missing("the API key (BANK_BRIDGE_ODOO_API_KEY or --odoo-api-key-file)"))?;
        let transport = self.transport.unwrap_or_default();
        Ok(Target { url, database, login, api_key: SecretString::from(api_key), transport })
    }
}

/// A secret from the environment, else from its file, without the line end; none where neither is named.
///
/// # Errors
/// BB-1010 where the file cannot be read.
pub fn secret(variable: &str, file: Option<&Path>) -> Result<Option<String>> {
    let set = Some(variable).filter(|name| !name.is_empty()).and_then(|name| std::env::var(name).ok());
    if let Some(value) = set.filter(|value| !value.trim().is_empty()) {
        return Ok(Some(value.trim().to_owned()));
    }
    file.map(secret_file).transpose()
}
