//! The other end: an Odoo database, reached over its JSON-RPC.
//!
//! Odoo has two doors: `/jsonrpc` (all majors, deprecated in 19) and `/json/2` (19 and later). [`connect`] asks
//! the server which major it is and takes the newer door where there is one; both answer the same calls, so
//! nothing above this folder knows which it is.
//!
//! | file | what |
//! |---|---|
//! | [`jsonrpc`] | `POST /jsonrpc`, `object.execute_kw`, API key as password |
//! | [`json2`] | `POST /json/2/<model>/<method>`, API key as bearer |
//! | [`errors`] | Odoo's exceptions to our codes |
//! | [`addon`] | the calls of the addon's batch protocol, typed |
//! | [`lines`] | lines and statements as they go to it |
//! | [`connections`] | its calls for online connections, typed |

pub mod addon;
pub mod connections;
pub mod errors;
pub mod json2;
pub mod jsonrpc;
pub mod lines;
mod retry;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::errors::{Code, Error, Result};
use crate::http::{Client, Failure};

/// How long one call may take. A batch is sized for 5 s; Odoo itself ends a request after 120 s.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(150);
/// How long the question for the version may take.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a server's version is taken for granted: Odoo is not upgraded while it runs.
const VERSION_MEMORY: Duration = Duration::from_hours(1);

/// Where an Odoo database is and who calls.
#[derive(Clone, Debug)]
pub struct Target {
    /// Address of the server, `https://odoo.example.com`, without a path.
    pub url: String,
    /// Name of the database.
    pub database: String,
    /// Login of the user whose key it is.
    pub login: String,
    /// API key of that user.
    pub api_key: SecretString,
    /// Which door to take.
    pub transport: Transport,
}

/// Which door of Odoo to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// `/json/2` where the server has it, else `/jsonrpc`.
    #[default]
    Auto,
    /// `/json/2`: Odoo 19 and later.
    Json2,
    /// `/jsonrpc`: every major up to 21.
    Jsonrpc,
}

/// Version of an Odoo server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// First number: 19.
    pub major: u32,
    /// As the server writes it: `19.0-20260101`.
    pub text: String,
}

/// A database that can be called.
#[async_trait]
pub trait OdooClient: Send + Sync {
    /// The server's version, as it told when the connection was made.
    fn version(&self) -> &Version;

    /// Name of the door, for messages.
    fn door(&self) -> &'static str;

    /// Calls a method of a model with named arguments, outside any record.
    ///
    /// # Errors
    /// A code of the family 4xxx.
    async fn call(&self, model: &str, method: &str, arguments: &Map<String, Value>) -> Result<Value>;
}

/// Asks the server's version and takes the door that fits.
///
/// # Errors
/// BB-1017 for an address that is none, BB-4001 and BB-4002 where no Odoo answers there, BB-4010 for a major that
/// is too old, BB-4003 and BB-4009 where the database does not let the user in.
pub async fn connect(target: &Target) -> Result<Box<dyn OdooClient>> {
    Connector::new()?.connect(target).await
}

/// Connects to many databases: one pool of connections for all of them, and a server's version asked once an hour.
#[derive(Debug)]
pub struct Connector {
    client: Client,
    versions: Mutex<HashMap<String, (Version, Instant)>>,
}

impl Connector {
    /// Without any connection yet.
    ///
    /// # Errors
    /// BB-9001 where the TLS library does not start.
    pub fn new() -> Result<Self> {
        Ok(Self { client: Client::new()?, versions: Mutex::default() })
    }

    /// As [`connect`].
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn connect(&self, target: &Target) -> Result<Box<dyn OdooClient>> {
        let base = base(&target.url)?;
        let version = self.version(&base).await?;
        door(self.client.clone(), base, target, version).await
    }

    async fn version(&self, base: &str) -> Result<Version> {
        let known = self.known().get(base).filter(|(_, at)| at.elapsed() < VERSION_MEMORY).cloned();
        if let Some((version, _)) = known {
            return Ok(version);
        }
        let version = version(&self.client, base).await?;
        let mut known = self.known();
        known.retain(|_, (_, at)| at.elapsed() < VERSION_MEMORY);
        known.insert(base.to_owned(), (version.clone(), Instant::now()));
        Ok(version)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Version, Instant)>> {
        self.versions.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The door that fits the server's version.
async fn door(
    client: Client,
    base: String,
    target: &Target,
    version: Version,
) -> Result<Box<dyn OdooClient>> {
    if version.major < 17 {
        return Err(Error::new(Code::ODOO_VERSION).arg("version", &version.text));
    }
    let json2 = match target.transport {
        Transport::Auto => version.major >= 19,
        Transport::Json2 => true,
        Transport::Jsonrpc => false,
    };
    Ok(if json2 {
        Box::new(json2::Json2::new(client, base, target, version))
    } else {
        Box::new(jsonrpc::JsonRpc::login(client, base, target, version).await?)
    })
}

/// The address without a trailing slash, if it is `http` or `https` with nothing behind the host.
fn base(address: &str) -> Result<String> {
    let invalid = || Error::new(Code::ADDRESS_INVALID).arg("address", address);
    let url = reqwest::Url::parse(address.trim()).map_err(|_| invalid())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url.as_str().trim_end_matches('/').to_owned()) } else { Err(invalid()) }
}

/// `GET /web/version` (19 and later), else `common.version` over `/jsonrpc`.
async fn version(client: &Client, base: &str) -> Result<Version> {
    let unreachable = |failure| unreachable(base, failure, VERSION_TIMEOUT);
    let answer = client.get(&format!("{base}/web/version"), VERSION_TIMEOUT).await.map_err(unreachable)?;
    let asked = serde_json::from_slice::<Value>(&answer.body).ok().filter(|_| answer.status == 200);
    if let Some(text) = asked.as_ref().and_then(|v| v.get("version")).and_then(Value::as_str) {
        return parse_version(text).ok_or_else(|| errors::unreadable(base, answer.status, 0));
    }
    let nobody = errors::Context { model: "", database: "", login: "" };
    let result = jsonrpc::post(client, base, "common", "version", &[], VERSION_TIMEOUT, &nobody).await?;
    let text = result.get("server_version").and_then(Value::as_str);
    text.and_then(parse_version).ok_or_else(|| errors::unreadable(base, answer.status, 0))
}

/// `19.0-20260101`, `saas~18.3+e`, `17.0`: the first number is the major.
fn parse_version(text: &str) -> Option<Version> {
    let digits: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    Some(Version { major: digits.parse().ok()?, text: text.to_owned() })
}

/// No answer, as a code.
fn unreachable(base: &str, failure: Failure, timeout: Duration) -> Error {
    match failure {
        Failure::Unreachable(reason) => {
            Error::new(Code::ODOO_UNREACHABLE).arg("address", base).arg("reason", reason)
        }
        Failure::Timeout => Error::new(Code::ODOO_TIMEOUT).arg("seconds", timeout.as_secs()),
        Failure::TooLarge => errors::unreadable(base, 200, 0).detail("the answer is larger than 64 MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_read_from_every_spelling() {
        let major = |text| parse_version(text).map(|version| version.major);
        assert_eq!(major("19.0-20260101"), Some(19));
        assert_eq!(major("saas~18.3+e"), Some(18));
        assert_eq!(major("17.0"), Some(17));
        assert_eq!(major("unknown"), None);
    }

    #[test]
    fn an_address_is_scheme_and_host_and_no_more() {
        assert_eq!(base("https://odoo.example.com/").unwrap(), "https://odoo.example.com");
        assert_eq!(base(" http://127.0.0.1:8069 ").unwrap(), "http://127.0.0.1:8069");
        for wrong in ["odoo.example.com", "ftp://x", "https://u:p@x", "https://x/web", "https://x/?db=1", ""]
        {
            assert_eq!(base(wrong).unwrap_err().code(), Code::ADDRESS_INVALID, "{wrong}");
        }
    }
}
