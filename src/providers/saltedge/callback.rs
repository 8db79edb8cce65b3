//! Messages that Salt Edge pushes: genuine only with its signature, and hints even then.
//!
//! ```text
//! Signature = base64(RSASSA-PKCS1-v1_5 with SHA-256 over address "|" body)
//! ```
//!
//! The address is the one that is registered on Salt Edge's site: what stands in the request may have been changed by
//! a proxy. Each kind of message may have an address of its own below it (`/success`, `/fail`, …). Several keys can be
//! set up, so that a change of keys passes without loss.

use std::fmt;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::auth::SIGNATURE;
use super::{TITLE, error};
use crate::errors::{Code, Error, Result, in_words};
use crate::providers::Hint;
use crate::providers::config::SaltEdgeConfig;
use crate::providers::wire::Id;

/// Kinds of messages, as the ends of their addresses.
const KINDS: &[&str] = &["", "/success", "/fail", "/notify", "/interactive", "/destroy", "/provider_changes"];

/// What verifies messages.
pub(super) struct Callbacks {
    url: String,
    keys: Vec<Vec<u8>>,
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").field("url", &self.url).field("keys", &self.keys.len()).finish()
    }
}

#[derive(Deserialize)]
struct Message {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    connection_id: Option<Id>,
}

impl Callbacks {
    /// As the configuration says; none where no address is set.
    ///
    /// # Errors
    /// BB-2014 where an address is set and no key, BB-1010 for a key that is none.
    pub(super) fn new(config: &SaltEdgeConfig) -> Result<Option<Self>> {
        let Some(url) = &config.callback_url else { return Ok(None) };
        let mut keys = Vec::new();
        for path in &config.callback_key_files {
            let pem = std::fs::read(path).map_err(|error| {
                let reason = format!("{}: {}", path.display(), in_words(&error));
                Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
            })?;
            keys.push(public_key(&pem)?);
        }
        for pem in &config.callback_keys {
            keys.push(public_key(pem.as_bytes())?);
        }
        if keys.is_empty() {
            let missing = Error::new(Code::PROVIDER_NOT_CONFIGURED).arg("provider", TITLE);
            return Err(missing.arg("option", "providers.saltedge.callback_key_files"));
        }
        Ok(Some(Self { url: url.trim_end_matches('/').to_owned(), keys }))
    }

    fn are_genuine(&self, signature: &[u8], body: &[u8]) -> bool {
        KINDS.iter().any(|kind| {
            let text = [self.url.as_bytes(), kind.as_bytes(), b"|", body].concat();
            self.keys.iter().any(|key| verifies(&RSA_PKCS1_2048_8192_SHA256, key, &text, signature))
        })
    }
}

fn verifies(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    text: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(text, signature).is_ok()
}

fn public_key(pem: &[u8]) -> Result<Vec<u8>> {
    let key = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| {
        let reason = "a key of Salt Edge's callbacks is no public key in PEM";
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    })?;
    Ok(key.to_vec())
}

/// Whom a message concerns, once its signature is verified.
///
/// # Errors
/// BB-2016.
pub(super) fn verified(
    callbacks: Option<&Callbacks>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<Hint>> {
    let refused = |reason| error(Code::WEBHOOK_REFUSED).arg("reason", reason);
    let callbacks = callbacks.ok_or_else(|| refused("no address of callbacks is set up"))?;
    let signature = headers.get(SIGNATURE).ok_or_else(|| refused("it has no signature"))?;
    let signature =
        STANDARD.decode(signature.as_bytes()).map_err(|_| refused("its signature is no base64"))?;
    if !callbacks.are_genuine(&signature, body) {
        return Err(refused("its signature does not fit"));
    }
    let message: Message =
        serde_json::from_slice(body).map_err(|_| refused("it is signed, but no message that is known"))?;
    // Messages about banks name no connection.
    Ok(message.data.connection_id.map(|id| Hint { subject: id.0 }))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RsaKeyPair};

    use super::*;

    const URL: &str = "https://bridge.example.com/callbacks";
    const BODY: &[u8] =
        br#"{"data":{"connection_id":"111","customer_id":"2","custom_fields":{},"stage":"finish"},"meta":{}}"#;

    struct Signer(RsaKeyPair);

    impl Signer {
        fn new() -> Self {
            Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
        }

        fn pem(&self) -> String {
            let key: aws_lc_rs::encoding::PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
            let text = STANDARD.encode(key.as_ref());
            format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
        }

        fn headers(&self, url: &str, body: &[u8]) -> HeaderMap {
            let text = [url.as_bytes(), b"|", body].concat();
            let mut signature = vec![0; self.0.public_modulus_len()];
            let padding = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
            self.0.sign(padding, &SystemRandom::new(), &text, &mut signature).unwrap();
            HeaderMap::from_iter([(SIGNATURE, STANDARD.encode(signature).parse().unwrap())])
        }
    }

    fn callbacks(keys: Vec<String>) -> Callbacks {
        let config = SaltEdgeConfig {
            callback_url: Some(URL.to_owned()),
            callback_keys: keys,
            ..SaltEdgeConfig::default()
        };
        Callbacks::new(&config).unwrap().unwrap()
    }

    #[test]
    fn only_what_one_of_the_keys_signed_is_taken() {
        let (old, new, other) = (Signer::new(), Signer::new(), Signer::new());
        let callbacks = callbacks(vec![old.pem(), new.pem()]);
        let read = |headers: &HeaderMap, body: &[u8]| verified(Some(&callbacks), headers, body);
        for signer in [&old, &new] {
            let hint = read(&signer.headers(URL, BODY), BODY).unwrap();
            assert_eq!(hint, Some(Hint { subject: "111".to_owned() }));
        }
        let below = format!("{URL}/success");
        assert!(read(&new.headers(&below, BODY), BODY).is_ok());
        let changed = String::from_utf8(BODY.to_vec()).unwrap().replace("111", "112");
        let elsewhere = new.headers("https://bridge.example.com/other", BODY);
        let no_base64 = HeaderMap::from_iter([(SIGNATURE, "%".parse().unwrap())]);
        for (headers, body) in [
            (&other.headers(URL, BODY), BODY),
            (&new.headers(URL, BODY), changed.as_bytes()),
            (&elsewhere, BODY),
            (&no_base64, BODY),
            (&HeaderMap::new(), BODY),
        ] {
            let refused = read(headers, body).unwrap_err();
            assert_eq!(refused.code(), Code::WEBHOOK_REFUSED);
            assert!(!refused.sentence().contains('{'));
        }
        assert!(verified(None, &new.headers(URL, BODY), BODY).is_err());
        let about_a_bank = br#"{"data":{"provider_code":"x","provider_status":"inactive"}}"#;
        assert_eq!(read(&new.headers(URL, about_a_bank), about_a_bank).unwrap(), None);
        assert!(read(&new.headers(URL, b"[]"), b"[]").is_err());
    }

    #[test]
    fn an_address_without_a_key_is_a_mistake() {
        let config = SaltEdgeConfig { callback_url: Some(URL.to_owned()), ..SaltEdgeConfig::default() };
        assert_eq!(Callbacks::new(&config).unwrap_err().code(), Code::PROVIDER_NOT_CONFIGURED);
        let config = SaltEdgeConfig { callback_keys: vec!["x".to_owned()], ..config };
        assert_eq!(Callbacks::new(&config).unwrap_err().code(), Code::CONFIGURATION_INVALID);
        assert!(Callbacks::new(&SaltEdgeConfig::default()).unwrap().is_none());
    }

    /// The one signature that Salt Edge made and that can be recomputed is of version 3, with SHA-1. It fixes the
    /// signed text and the padding; the corpora hold it.
    #[test]
    fn the_signed_text_is_that_of_the_known_vector() {
        let Some(corpora) = std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty()) else {
            return;
        };
        let folder = std::path::Path::new(&corpora).join("providers/saltedge/callbacks");
        let vector = std::fs::read_to_string(folder.join("vector_v3_sha1.json")).unwrap();
        let vector: serde_json::Value = serde_json::from_str(&vector).unwrap();
        let member = |name: &str| vector[name].as_str().unwrap();
        let text = [member("callback_url"), "|", member("signed_body")].concat();
        let signature = STANDARD.decode(member("signature_header")).unwrap();
        let key = public_key(&std::fs::read(folder.join("public_key_v3.pem")).unwrap()).unwrap();
        let legacy = &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY;
        assert!(verifies(legacy, &key, text.as_bytes(), &signature));
        assert!(!verifies(legacy, &key, format!("{text} ").as_bytes(), &signature));
        let wanted = &RSA_PKCS1_2048_8192_SHA256;
        assert!(!verifies(wanted, &key, text.as_bytes(), &signature), "a real message needs SHA-256");
    }
}
