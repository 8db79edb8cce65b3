//! Webhooks of simulated Ponto Connect: signed with a key of its own, which is published as the real one is.

use std::sync::{Arc, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA512};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::{CONNECT_APPLICATION_ID, Ponto};
use crate::http::{Client, Request};

/// Id of the key.
const KEY_ID: &str = "sandbox_events_1";

/// A message as it is posted.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Value of the header `Signature`.
    pub signature: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The paths.
pub(super) fn routes(ponto: &Arc<Ponto>) -> Router {
    Router::new().route("/webhooks/keys", get(keys)).with_state(ponto.clone())
}

async fn keys(State(ponto): State<Arc<Ponto>>) -> Json<Value> {
    let key = ponto.key().map(|key| {
        let public = key.public_key();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let modulus = encoded(public.modulus().big_endian_without_leading_zero());
        let exponent = encoded(public.exponent().big_endian_without_leading_zero());
        json!({"alg": "RS512", "kty": "RSA", "use": "sig", "status": "ACTIVE", "kid": KEY_ID, "n": modulus, "e": exponent})
    });
    Json(json!({"keys": key.into_iter().collect::<Vec<_>>()}))
}

impl Ponto {
    /// Made when it is first needed, since it takes a moment.
    fn key(&self) -> Option<&KeyPair> {
        self.key.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).ok()).as_ref()
    }

    /// A message about an organisation, signed as of now: `account.transactionsCreated`.
    #[must_use]
    pub fn webhook(&self, kind: &str, organisation: &str, account: Option<&str>) -> Webhook {
        let now = self.shared.now();
        let mut relationships =
            json!({"organization": {"data": {"type": "organization", "id": organisation}}});
        if let Some(account) = account {
            relationships["account"] = json!({"data": {"type": "account", "id": account}});
        }
        let body = json!({"data": {
            "type": format!("pontoConnect.{kind}"), "id": uuid::Uuid::now_v7().to_string(),
            "attributes": {"createdAt": now.to_string()}, "relationships": relationships,
        }});
        let body = body.to_string().into_bytes();
        let claims = json!({
            "aud": CONNECT_APPLICATION_ID, "iss": self.shared.address, "digest": STANDARD.encode(Sha512::digest(&body)),
            "iat": now.as_second(), "exp": now.as_second() + 60, "jti": uuid::Uuid::now_v7().to_string(),
        });
        Webhook { signature: self.signed(&claims), body }
    }

    fn signed(&self, claims: &Value) -> String {
        let head = json!({"alg": "RS512", "kid": KEY_ID}).to_string();
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.key().and_then(|key| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
            Some(URL_SAFE_NO_PAD.encode(signature))
        });
        format!("{text}.{}", signature.unwrap_or_default())
    }

    /// Something happened: posts it where webhooks go, if anywhere.
    pub(super) fn event(&self, kind: &str, organisation: &str, account: Option<&str>) {
        let to = self.webhooks_to.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(url), Ok(client)) = (to, Client::new()) else { return };
        let Webhook { signature, body } = self.webhook(kind, organisation, account);
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.api+json"));
        if let Ok(value) = HeaderValue::from_str(&signature) {
            headers.insert("signature", value);
        }
        let timeout = std::time::Duration::from_secs(10);
        let request = Request { method: http::Method::POST, url, headers, body: body.into(), timeout };
        tokio::spawn(async move {
            // Ponto's own rule for trying again is not known; here one message is one try.
            let _ = client.send(request).await;
        });
    }

    /// Tells of what a synchronisation brought once it is over.
    pub(super) fn follow(self: &Arc<Self>, organisation: usize, takes: SignedDuration) {
        let ponto = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(takes.unsigned_abs() + std::time::Duration::from_millis(10)).await;
            let told = {
                let book = ponto.book();
                let last = book
                    .synchronisations
                    .iter()
                    .rev()
                    .find(|one| one.organisation == organisation && one.done);
                last.and_then(|one| {
                    let id = book.organisations.get(organisation)?.id.clone();
                    Some((id, one.account.clone(), one.error.is_some()))
                })
            };
            if let Some((organisation, account, failed)) = told {
                let kind = if failed { "synchronization.failed" } else { "account.transactionsCreated" };
                ponto.event(kind, &organisation, Some(&account));
            }
        });
    }
}
