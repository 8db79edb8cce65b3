//! What a connection remembers between runs: kept in Odoo, sealed as a whole.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::errors::{Code, Error, Result};

/// Everything that a provider has to find again. One shape for all of them, so that sealing, rotation and tests know it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// [`super::Provider::id`] of whose it is.
    pub provider: String,
    /// The customer's client id, where he gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The customer's secret, where he gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// The token that brings the next access token. It may change with every use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// The provider's ids of customer, connection and the like, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
    /// A link that the user is about to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Where reading starts, by the provider's id of the account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cursors: BTreeMap<String, String>,
}

/// What must be known when the user comes back from the bank.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The `state` that was sent along (RFC 6749, 10.12); used once.
    pub state: Secret,
    /// The verifier whose digest was sent along (RFC 7636, 4.1).
    pub verifier: Secret,
    /// Address that the user is sent back to.
    pub return_to: String,
}

/// A text that is shown nowhere but in the sealed state.
#[derive(Clone)]
pub struct Secret(SecretString);

impl State {
    /// Of a provider, with nothing known yet.
    #[must_use]
    pub fn of(provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..Self::default() }
    }

    /// By what the provider's pushed messages name this connection; the id named `subject`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.ids.get("subject").map(String::as_str)
    }
}

impl Secret {
    /// 43 characters that nobody guesses: what RFC 7636 (4.1) asks of a verifier at least, and more than RFC 6749 (10.12)
    /// asks of a `state`.
    ///
    /// # Errors
    /// BB-9001 where the system gives no random bytes.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| Error::new(Code::BUG).arg("what", "the system gives no random bytes"))?;
        Ok(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(REDACTED)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
