//! Messages that Ponto Connect pushes, and how one is told from a forged one.
//!
//! The header `Signature` is a JWT (RS512) whose claims are about the body. All must hold:
//!
//! | what | must be |
//! |---|---|
//! | signature | by an active key of `/webhooks/keys` with the id of the JWT's header |
//! | `digest` | SHA-512 of the body as it came, in base64 |
//! | `aud` | the application |
//! | `iss` | the server of the API |
//! | `iat`, `exp` | not in the future, not past; 30 seconds of difference between the clocks |
//! | `jti` | not seen before |
//!
//! A message only says where to look: it brings no data into the books.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest as _, Sha512};
use subtle::ConstantTimeEq as _;

use super::super::Hint;
use super::Ponto;
use super::errors::Asked;
use super::wire::{Event, One};
use crate::errors::{Code, Error, Result};

/// Seconds by which the clocks may differ.
const TOLERANCE: i64 = 30;
/// Most messages that are remembered. They live for a minute, so more never come.
const MOST_REMEMBERED: usize = 10_000;
/// Shortest time between two questions for the keys.
const BETWEEN: Duration = Duration::from_secs(30);
/// How long keys are believed to be the published ones.
const KEPT: Duration = Duration::from_hours(1);
/// Largest message that is looked at, in bytes.
const LARGEST: usize = 64 << 10;

/// Keys, and messages that came already.
#[derive(Default)]
pub(super) struct Webhooks {
    keys: Mutex<Option<(Vec<Key>, Instant)>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    /// By the second from which they may be forgotten, oldest first.
    order: VecDeque<(i64, String)>,
}

/// A key as it is published (RFC 7517).
#[derive(Clone, Debug, Deserialize)]
struct Key {
    #[serde(default)]
    kid: String,
    #[serde(default)]
    kty: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    digest: String,
    iat: i64,
    exp: i64,
    jti: String,
}

fn refused(ponto: &Ponto, reason: &str) -> Error {
    Error::new(Code::WEBHOOK_REFUSED).arg("provider", ponto.mode.title()).arg("reason", reason)
}

/// Verifies a message and tells whom it concerns; none where it concerns nothing that is read.
pub(super) async fn verify(ponto: &Ponto, headers: &HeaderMap, body: &[u8]) -> Result<Option<Hint>> {
    let application = ponto.application.as_ref().and_then(|application| application.id.as_deref());
    let Some(application) = application else { return Err(refused(ponto, "application_id is not set")) };
    if body.len() > LARGEST {
        return Err(refused(ponto, "it is too large"));
    }
    let token = headers.get("signature").and_then(|value| value.to_str().ok());
    let token = token.ok_or_else(|| refused(ponto, "it is not signed"))?;
    let kid =
        key_id(token).ok_or_else(|| refused(ponto, "its signature is no JWT with RS512 and a key id"))?;
    let key = match known(ponto, &kid) {
        Some(key) => key,
        None => fetched(ponto, &kid).await?.ok_or_else(|| refused(ponto, "its key is not known"))?,
    };
    let issuer = issuer(ponto);
    let now = Timestamp::now().as_second();
    let claims =
        checked(&key, token, body, (application, &issuer), now).map_err(|reason| refused(ponto, reason))?;
    if !remember(ponto, &claims, now) {
        return Err(refused(ponto, "it came before"));
    }
    let event: One<Event> =
        serde_json::from_slice(body).map_err(|_| refused(ponto, "its body is of another shape"))?;
    Ok(concerns(event.data))
}

/// The key id of a JWT with the one algorithm that is taken.
fn key_id(token: &str) -> Option<String> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    header.kid.filter(|_| header.alg == Algorithm::RS512)
}

/// Signature and claims; what is wrong in words.
fn checked(
    key: &Key,
    token: &str,
    body: &[u8],
    (audience, issuer): (&str, &str),
    now: i64,
) -> std::result::Result<Claims, &'static str> {
    let (modulus, exponent) = (key.n.trim_end_matches('='), key.e.trim_end_matches('='));
    let key = DecodingKey::from_rsa_components(modulus, exponent).map_err(|_| "its key cannot be used")?;
    // Times, audience and issuer are checked below, against a clock that is given.
    let mut validation = Validation::new(Algorithm::RS512);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = jsonwebtoken::decode::<Claims>(token, &key, &validation);
    let claims = token.map_err(|_| "its signature is wrong, or a claim is missing")?.claims;
    let digest = STANDARD.encode(Sha512::digest(body));
    let same = |a: &str, b: &str| bool::from(a.as_bytes().ct_eq(b.as_bytes()));
    if !same(&digest, &claims.digest) {
        return Err("its body is not the one that was signed");
    }
    if claims.aud != audience {
        return Err("it is for another application");
    }
    if claims.iss != issuer {
        return Err("it is from another server");
    }
    if claims.iat > now.saturating_add(TOLERANCE) {
        return Err("it is from the future");
    }
    if claims.exp.saturating_add(TOLERANCE) < now {
        return Err("it is too old");
    }
    Ok(claims)
}

/// Remembers a message; false for one that came before.
fn remember(ponto: &Ponto, claims: &Claims, now: i64) -> bool {
    let mut seen = ponto.webhooks.seen.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((until, id)) = seen.order.front().cloned() {
        if until >= now && seen.order.len() < MOST_REMEMBERED {
            break;
        }
        seen.order.pop_front();
        seen.ids.remove(&id);
    }
    if !seen.ids.insert(claims.jti.clone()) {
        return false;
    }
    seen.order.push_back((claims.exp.saturating_add(TOLERANCE), claims.jti.clone()));
    true
}

fn concerns(event: Event) -> Option<Hint> {
    let rest = event.kind.strip_prefix("pontoConnect.")?;
    let told = ["account.", "synchronization.", "integration.", "organization."];
    if !told.iter().any(|family| rest.starts_with(family)) {
        return None;
    }
    let organization = event.relationships?.organization?.data?;
    Some(Hint { subject: organization.id })
}

/// Scheme and host of the API.
fn issuer(ponto: &Ponto) -> String {
    reqwest::Url::parse(ponto.caller.base()).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn known(ponto: &Ponto, kid: &str) -> Option<Key> {
    let keys = ponto.webhooks.keys.lock().unwrap_or_else(PoisonError::into_inner);
    let (keys, asked) = keys.as_ref()?;
    keys.iter().find(|key| key.kid == kid && asked.elapsed() < KEPT).cloned()
}

/// Asks for the keys anew, since the one that is looked for may be new; not more often than now and then, whatever
/// ids somebody makes up.
async fn fetched(ponto: &Ponto, kid: &str) -> Result<Option<Key>> {
    {
        let mut keys = ponto.webhooks.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.as_ref().is_some_and(|(_, asked)| asked.elapsed() < BETWEEN) {
            return Ok(None);
        }
        *keys = Some((Vec::new(), Instant::now()));
    }
    let url = format!("{}/webhooks/keys", issuer(ponto));
    let build = || {
        let mut request = ponto.caller.request(Method::GET, "", HeaderMap::new());
        request.url.clone_from(&url);
        Ok(request)
    };
    let answer = ponto.send(|| ponto.timing.bank, build, Asked::Other).await?;
    let Keys { keys } = ponto.caller.json(&answer)?;
    let usable: Vec<Key> = keys
        .into_iter()
        .filter(|key| key.kty == "RSA" && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig"))
        .filter(|key| key.status.as_deref().is_none_or(|status| status == "ACTIVE"))
        .collect();
    let found = usable.iter().find(|key| key.kid == kid).cloned();
    *ponto.webhooks.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((usable, Instant::now()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages that Ibanity really signed, which lie outside the project.
    #[test]
    fn the_vendors_messages_verify_and_changed_ones_do_not() {
        let Some(folder) = std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty()) else {
            return;
        };
        for name in ["vector_ruby.json", "vector_dotnet.json", "vector_java.json"] {
            let path = std::path::Path::new(&folder).join("providers/ponto/webhooks").join(name);
            let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let text = |name: &str| vector[name].as_str().unwrap().to_owned();
            let (body, token) = (text("raw_body"), text("signature_header"));
            let (audience, issuer) = (text("expected_aud"), text("expected_iss"));
            let at = vector["evaluate_at_unix"].as_i64().unwrap();
            let keys: Keys = serde_json::from_value(vector["jwks"].clone()).unwrap();
            let kid = key_id(&token).unwrap();
            let key = keys.keys.iter().find(|key| key.kid == kid).unwrap();
            let check = |token: &str, body: &str, audience: &str, issuer: &str, at| {
                checked(key, token, body.as_bytes(), (audience, issuer), at).map(|claims| claims.jti)
            };
            assert!(check(&token, &body, &audience, &issuer, at).is_ok(), "{name}");
            let wrong = |got: std::result::Result<String, &'static str>, word: &str| {
                let reason = got.unwrap_err();
                assert!(reason.contains(word), "{name}: {reason}");
            };
            wrong(check(&token, &format!("{body} "), &audience, &issuer, at), "body");
            wrong(check(&token, &body, "another", &issuer, at), "another application");
            wrong(check(&token, &body, &audience, "https://other", at), "another server");
            wrong(check(&token, &body, &audience, &issuer, at - 100), "future");
            wrong(check(&token, &body, &audience, &issuer, at + 200), "too old");
            let (head, signature) = token.rsplit_once('.').unwrap();
            let turned: String = signature.chars().rev().collect();
            wrong(check(&format!("{head}.{turned}"), &body, &audience, &issuer, at), "signature");
            let event: One<Event> = serde_json::from_str(&body).unwrap();
            // The last is of a sister product.
            assert_eq!(concerns(event.data).is_some(), name != "vector_java.json");
        }
    }
}
