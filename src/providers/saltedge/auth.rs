//! How a request is let in: App-id and Secret, and where a private key is set up a signature over the exact bytes.
//!
//! ```text
//! Expires-at = seconds since 1970 in UTC, one minute ahead
//! text       = Expires-at "|" METHOD "|" whole address as sent "|" body as sent, nothing for none
//! Signature  = base64(RSASSA-PKCS1-v1_5 with SHA-256 over the text)                     (RFC 8017, 8.2)
//! ```
//!
//! A signature ends with its time, so every try is signed anew.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::TITLE;
use crate::errors::{Code, Error, Result};
use crate::http::{Request, secret_header};
use crate::providers::config::{SaltEdgeConfig, secret};
use crate::providers::state::Secret;

/// How long a signature is good, in seconds. The provider takes at most an hour.
const GOOD_FOR: i64 = 60;

const APP_ID: HeaderName = HeaderName::from_static("app-id");
const SECRET: HeaderName = HeaderName::from_static("secret");
const EXPIRES_AT: HeaderName = HeaderName::from_static("expires-at");
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// What lets the bridge in.
#[derive(Clone)]
pub(super) struct Keys {
    app_id: HeaderValue,
    secret: HeaderValue,
    signing: Option<Arc<RsaKeyPair>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("signs", &self.signing.is_some()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Those of the configuration.
    ///
    /// # Errors
    /// BB-2014 for a missing id or secret, BB-1010 for a file or key that cannot be used.
    pub(super) fn new(config: &SaltEdgeConfig) -> Result<Self> {
        if config.app_id.is_empty() {
            let missing = Error::new(Code::PROVIDER_NOT_CONFIGURED).arg("provider", TITLE);
            return Err(missing.arg("option", "providers.saltedge.app_id"));
        }
        let app_secret = secret(
            TITLE,
            "providers.saltedge.secret_file",
            config.secret.as_ref(),
            config.secret_file.as_deref(),
        )?;
        let key = match (&config.private_key, &config.private_key_file) {
            (None, None) => None,
            (given, file) => {
                let option = "providers.saltedge.private_key_file";
                Some(secret(TITLE, option, given.as_ref(), file.as_deref())?)
            }
        };
        Ok(Self {
            app_id: secret_header("the App-id of Salt Edge", &config.app_id)?,
            secret: secret_header("the secret of Salt Edge", app_secret.expose())?,
            signing: key.map(|key| signing_key(&key)).transpose()?.map(Arc::new),
        })
    }

    /// Puts on a request what lets it in, as of `now`.
    ///
    /// # Errors
    /// BB-9001 where signing fails.
    pub(super) fn let_in(&self, request: &mut Request, now: Timestamp) -> Result<()> {
        let json = HeaderValue::from_static("application/json");
        let headers = &mut request.headers;
        headers.insert(ACCEPT, json.clone());
        headers.insert(CONTENT_TYPE, json);
        headers.insert(APP_ID, self.app_id.clone());
        headers.insert(SECRET, self.secret.clone());
        let Some(key) = &self.signing else { return Ok(()) };
        let expires_at = now.as_second() + GOOD_FOR;
        let text = text(expires_at, request.method.as_str(), &request.url, &request.body);
        headers.insert(EXPIRES_AT, HeaderValue::from(expires_at));
        headers.insert(SIGNATURE, secret_header("the signature", &sign(key, &text)?)?);
        Ok(())
    }
}

/// What is signed.
fn text(expires_at: i64, method: &str, url: &str, body: &[u8]) -> Vec<u8> {
    [format!("{expires_at}|{method}|{url}|").as_bytes(), body].concat()
}

fn sign(key: &RsaKeyPair, text: &[u8]) -> Result<String> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
        .map_err(|_| Error::new(Code::BUG).arg("what", "signing a request failed"))?;
    Ok(STANDARD.encode(signature))
}

/// An RSA key in PEM, PKCS#1 or PKCS#8.
fn signing_key(pem: &Secret) -> Result<RsaKeyPair> {
    let invalid = || {
        let reason = "the private key of Salt Edge is no RSA key of 2048 bits or more in PEM";
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    };
    let key = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| invalid())?;
    let pair = match &key {
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        _ => return Err(invalid()),
    };
    pair.map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_text_keeps_its_last_bar_without_a_body() {
        assert_eq!(text(1_445_529_216, "method", "url", b""), b"1445529216|method|url|");
        assert_eq!(
            text(1, "POST", "https://a/b?c=d", b"{\"data\":{}}"),
            b"1|POST|https://a/b?c=d|{\"data\":{}}"
        );
    }

    #[test]
    fn a_configuration_without_keys_says_what_is_missing() {
        let missing = |config: &SaltEdgeConfig| Keys::new(config).unwrap_err().to_string();
        assert!(missing(&SaltEdgeConfig::default()).contains("providers.saltedge.app_id"));
        let config = SaltEdgeConfig { app_id: "app".to_owned(), ..SaltEdgeConfig::default() };
        assert!(missing(&config).starts_with("BB-2014") && missing(&config).contains("secret_file"));
        let config = SaltEdgeConfig {
            secret: Some("marker-1".to_owned().into()),
            private_key: Some("marker-2".to_owned().into()),
            ..config
        };
        let error = Keys::new(&config).unwrap_err();
        assert_eq!(error.code(), Code::CONFIGURATION_INVALID);
        assert!(!format!("{error:?}").contains("marker"));
    }
}
