//! The signature of a request to Ponto Connect: the digest of its body and a signature over both and over what says
//! who asks for what.
//!
//! | line of the signing string | what |
//! |---|---|
//! | `(request-target)` | method in lower case, path with query |
//! | `host` | of Ibanity |
//! | `digest` | `SHA-512=` and the digest in base64, also of an empty body |
//! | `(created)` | Unix time in seconds |
//! | `ibanity-…` | every header of that family |
//! | `authorization` | where there is one |
//!
//! Draft `draft-cavage-http-signatures-12` with `hs2019`, which is RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a
//! salt of 32 bytes here.

use std::fmt::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha512};

use super::super::state::Secret;
use crate::errors::{Code, Error, Result};
use crate::http::Request;

/// Signs with the key of one certificate.
pub(super) struct Signer {
    certificate: String,
    key: RsaKeyPair,
}

impl Signer {
    /// With the key of a certificate that Ibanity knows by its id.
    ///
    /// # Errors
    /// BB-1010 for a text that is no RSA key.
    pub(super) fn new(certificate: &str, pem: &Secret) -> Result<Self> {
        let invalid = || {
            let reason = "the signature key of Ponto Connect is no RSA key in an unencrypted PEM text";
            Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
        };
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| invalid())?;
        let key = match &der {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(invalid()),
        };
        let plain = |c: char| c.is_ascii_graphic() && c != '"';
        if certificate.is_empty() || !certificate.chars().all(plain) {
            let reason = "signature_certificate_id of Ponto Connect has characters that it cannot have";
            return Err(Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason));
        }
        Ok(Self { certificate: certificate.to_owned(), key: key.map_err(|_| invalid())? })
    }

    /// Adds `Digest` and `Signature`, as of that second.
    ///
    /// # Errors
    /// BB-9001 where the library does not sign.
    pub(super) fn sign(&self, request: &mut Request, created: i64) -> Result<()> {
        let bug = |what: &'static str| move || Error::new(Code::BUG).arg("what", what);
        let digest = digest(&request.body);
        let (names, text) =
            signing_string(request, &digest, created).ok_or_else(bug("a request has no address"))?;
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| bug("a request cannot be signed")())?;
        let value = format!(
            "keyId=\"{}\",created=\"{created}\",algorithm=\"hs2019\",headers=\"{names}\",signature=\"{}\"",
            self.certificate,
            STANDARD.encode(signature)
        );
        for (name, value) in [("digest", digest), ("signature", value)] {
            let value = HeaderValue::from_str(&value).map_err(|_| bug("a signature is no header")())?;
            request.headers.insert(HeaderName::from_static(name), value);
        }
        Ok(())
    }
}

/// The value of `Digest`.
fn digest(body: &[u8]) -> String {
    format!("SHA-512={}", STANDARD.encode(Sha512::digest(body)))
}

/// What is signed, and the names of what stands in it.
fn signing_string(request: &Request, digest: &str, created: i64) -> Option<(String, String)> {
    let url = reqwest::Url::parse(&request.url).ok()?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let method = request.method.as_str().to_ascii_lowercase();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut names = String::from("(request-target) host digest (created)");
    let mut text = format!(
        "(request-target): {method} {}{query}\nhost: {host}\ndigest: {digest}\n(created): {created}",
        url.path()
    );
    for (name, value) in signed_headers(&request.headers) {
        let _ = write!(names, " {name}");
        let _ = write!(text, "\n{name}: {}", value.to_str().ok()?);
    }
    Some((names, text))
}

fn signed_headers(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let own = headers.iter().filter(|(name, _)| name.as_str().starts_with("ibanity-"));
    own.chain(headers.iter().filter(|(name, _)| *name == AUTHORIZATION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};

    fn request() -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        headers.insert("Ibanity-Idempotency-key", HeaderValue::from_static("k-1"));
        Request {
            method: http::Method::POST,
            url: "https://api.ibanity.com/ponto-connect/synchronizations?a=1&b=2".to_owned(),
            headers,
            body: "{}".into(),
            timeout: std::time::Duration::from_secs(1),
        }
    }

    /// The digest of two braces was taken with `openssl dgst -sha512 -binary | base64`.
    #[test]
    fn what_is_signed_is_in_order() {
        let digest = digest(b"{}");
        assert_eq!(
            digest,
            "SHA-512=J8dGcK23UHX60FjVzq97IMTneGyDuuijL2Jvl4KvNMmjPCBG72D9Knh403jin+yFGAa72aZ4ePOp8c2kgwdj/Q=="
        );
        let (names, text) = signing_string(&request(), &digest, 7).unwrap();
        assert_eq!(names, "(request-target) host digest (created) ibanity-idempotency-key authorization");
        assert_eq!(
            text,
            format!(
                "(request-target): post /ponto-connect/synchronizations?a=1&b=2\nhost: api.ibanity.com\ndigest: \
                 {digest}\n(created): 7\nibanity-idempotency-key: k-1\nauthorization: Bearer t"
            )
        );
    }

    #[test]
    fn a_signature_verifies_and_another_text_does_not() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        let body = STANDARD.encode(der.as_ref());
        let lines: Vec<_> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let signer = Signer::new("certificate-1", &pem.into()).unwrap();
        let mut request = request();
        let (_, text) = signing_string(&request, &digest(&request.body), 7).unwrap();
        signer.sign(&mut request, 7).unwrap();
        let header = request.headers["signature"].to_str().unwrap();
        assert!(header.starts_with("keyId=\"certificate-1\",created=\"7\",algorithm=\"hs2019\",headers=\""));
        let signature = header.split("signature=\"").nth(1).unwrap().trim_end_matches('"');
        let signature = STANDARD.decode(signature).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key().as_ref());
        public.verify(text.as_bytes(), &signature).unwrap();
        assert!(public.verify(b"another text", &signature).is_err());
    }

    /// Ibanity's own example, which lies outside the project.
    #[test]
    fn the_vendors_example_is_signed_alike() {
        let Some(folder) = std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty()) else {
            return;
        };
        let path = std::path::Path::new(&folder).join("providers/ponto/http-signature/vector_java.json");
        let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        for (name, value) in vector["headers"].as_object().unwrap() {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, value.as_str().unwrap().parse().unwrap());
        }
        let request = Request {
            method: text("method").parse().unwrap(),
            url: text("url"),
            headers,
            body: text("body").into(),
            timeout: std::time::Duration::from_secs(1),
        };
        let digest = digest(&request.body);
        assert_eq!(digest, text("expected_digest_header"));
        let (_, signed) = signing_string(&request, &digest, vector["created"].as_i64().unwrap()).unwrap();
        assert_eq!(signed, text("expected_signing_string"));
    }

    #[test]
    fn a_key_that_is_none_is_not_shown() {
        let error = Signer::new("id", &"GEHEIM".to_owned().into()).err().unwrap();
        assert_eq!(error.code(), Code::CONFIGURATION_INVALID);
        assert!(!format!("{error:?}").contains("GEHEIM"));
    }
}
