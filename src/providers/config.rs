//! What the bridge's administrator sets for each provider.
//!
//! ```toml
//! [providers.ponto]                  # MyPonto: needs nothing, each customer brings his id and secret
//!
//! [providers.ponto_connect]          # Ponto Connect: the application of an Ibanity contract
//! client_id = "…"
//! client_secret_file = "/run/credentials/bank-bridge/ponto-secret"
//! certificate_file = "/run/credentials/bank-bridge/ponto-certificate.pem"
//!
//! [providers.saltedge]
//! app_id = "…"
//! secret_file = "/run/credentials/bank-bridge/saltedge-secret"
//! private_key_file = "/run/credentials/bank-bridge/saltedge-key.pem"
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::state::Secret;
use crate::errors::{Code, Error, Result, in_words};

/// All providers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProvidersConfig {
    /// `MyPonto`.
    pub ponto: Option<PontoConfig>,
    /// Ponto Connect.
    pub ponto_connect: Option<PontoConnectConfig>,
    /// Salt Edge.
    pub saltedge: Option<SaltEdgeConfig>,
    /// Times, the same for all.
    #[serde(skip)]
    pub timing: Timing,
}

impl Default for ProvidersConfig {
    fn default() -> Self {
        Self {
            ponto: Some(PontoConfig::default()),
            ponto_connect: None,
            saltedge: None,
            timing: Timing::default(),
        }
    }
}

/// `MyPonto`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PontoConfig {
    /// Address of the API.
    pub base_url: String,
    /// Says that it is a simulator or a test environment.
    pub sandbox: bool,
}

impl Default for PontoConfig {
    fn default() -> Self {
        Self { base_url: "https://api.myponto.com".to_owned(), sandbox: false }
    }
}

impl PontoConfig {
    /// A simulator at `url`, the address of MyPonto's API there.
    #[must_use]
    pub fn simulated(url: String) -> Self {
        Self { base_url: url, sandbox: true }
    }
}

/// Ponto Connect.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PontoConnectConfig {
    /// Address of the API; Ibanity's own where nothing is set.
    pub base_url: Option<String>,
    /// Page to which users are sent; Ponto's own where nothing is set.
    pub authorization_url: Option<String>,
    /// Client id of the application.
    pub client_id: String,
    /// File with the application's secret.
    pub client_secret_file: Option<PathBuf>,
    /// The secret itself, for simulators.
    #[serde(skip)]
    pub client_secret: Option<Secret>,
    /// PEM file with the client certificate and its key (mutual TLS).
    pub certificate_file: Option<PathBuf>,
    /// Id of the certificate whose key signs requests; they are not signed without.
    pub signature_certificate_id: Option<String>,
    /// PEM file with that key.
    pub signature_key_file: Option<PathBuf>,
    /// The key itself, for simulators.
    #[serde(skip)]
    pub signature_key: Option<Secret>,
    /// Id of the application, which webhooks are addressed to; none are taken without.
    pub application_id: Option<String>,
    /// Says that it is a simulator or a test environment.
    pub sandbox: bool,
}

impl PontoConnectConfig {
    /// A simulator at `url`, the address of Ponto Connect's API there, with the application that it knows.
    #[must_use]
    pub fn simulated(url: &str, client_id: &str, client_secret: &str, application_id: &str) -> Self {
        Self {
            base_url: Some(url.to_owned()),
            authorization_url: Some(format!("{url}/oauth2/auth")),
            client_id: client_id.to_owned(),
            client_secret: Some(client_secret.to_owned().into()),
            application_id: Some(application_id.to_owned()),
            sandbox: true,
            ..Self::default()
        }
    }
}

/// Salt Edge.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaltEdgeConfig {
    /// Address of the API with its version; Salt Edge's own v6 where nothing is set.
    pub base_url: Option<String>,
    /// App-id of a service key.
    pub app_id: String,
    /// File with its secret.
    pub secret_file: Option<PathBuf>,
    /// The secret itself, for simulators.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// PEM file with the key that signs requests; a live application must have one.
    pub private_key_file: Option<PathBuf>,
    /// The key itself, for simulators.
    #[serde(skip)]
    pub private_key: Option<Secret>,
    /// Address of callbacks exactly as it is registered with Salt Edge; none are taken without.
    pub callback_url: Option<String>,
    /// PEM files with the keys that Salt Edge signs callbacks with.
    pub callback_key_files: Vec<PathBuf>,
    /// The keys themselves, for simulators.
    #[serde(skip)]
    pub callback_keys: Vec<String>,
    /// Says that it is a simulator or a test environment.
    pub sandbox: bool,
}

impl SaltEdgeConfig {
    /// For a simulator: `base_url` is its address with the version.
    #[must_use]
    pub fn simulated(base_url: String, app_id: &str, secret: &str) -> Self {
        Self {
            base_url: Some(base_url),
            app_id: app_id.to_owned(),
            secret: Some(secret.to_owned().into()),
            sandbox: true,
            ..Self::default()
        }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// One request.
    pub call: Duration,
    /// How often one request is tried.
    pub tries: usize,
    /// Wait before the second try; doubles each time.
    pub first_wait: Duration,
    /// Longest wait between two tries, asked for or not.
    pub longest_wait: Duration,
    /// Between two questions whether a bank has answered.
    pub poll: Duration,
    /// How long a bank may take while its customer waits.
    pub bank: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            tries: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
            poll: Duration::from_secs(2),
            bank: Duration::from_secs(80),
        }
    }
}

/// A secret or key that is given, or stands in a file.
///
/// # Errors
/// BB-1010 for a file that cannot be read; BB-2014 naming `option` where there is neither.
pub fn secret(title: &str, option: &str, given: Option<&Secret>, file: Option<&Path>) -> Result<Secret> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let missing = || Error::new(Code::PROVIDER_NOT_CONFIGURED).arg("provider", title).arg("option", option);
    secret_file(file.ok_or_else(missing)?).map(Secret::from)
}

/// What a file with a secret or key holds, without the line end.
///
/// # Errors
/// BB-1010 for a file that cannot be read.
pub fn secret_file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| {
        let reason = format!("{}: {}", path.display(), in_words(&error));
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    })
}
