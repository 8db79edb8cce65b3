//! Messages to the application, signed as Salt Edge signs them, with a key of the simulator's own.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::books::Connection;
use super::{Simulator, shapes};
use crate::http::{Client, Request};
use crate::sandbox::Shared;

/// How long the other side may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is looked whether an attempt has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long an attempt is followed.
const LONGEST: Duration = Duration::from_mins(10);

impl Simulator {
    /// The key that signs messages; made when it is needed first.
    fn key(&self) -> Option<&RsaKeyPair> {
        self.key.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).ok()).as_ref()
    }

    /// Its public half in PEM.
    pub(super) fn key_pem(&self) -> String {
        let der = self.key().and_then(|key| AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).ok());
        let text = STANDARD.encode(der.as_ref().map_or(&[][..], |der| der.as_ref()));
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Header that a message to an address has.
    pub(super) fn signature(&self, url: &str, body: &[u8]) -> String {
        let text = [url.as_bytes(), b"|", body].concat();
        let Some(key) = self.key() else { return String::new() };
        let mut signature = vec![0; key.public_modulus_len()];
        let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &text, &mut signature);
        signed.map(|()| STANDARD.encode(signature)).unwrap_or_default()
    }
}

pub(super) async fn key(State(shared): State<Arc<Shared>>) -> String {
    shared.saltedge.key_pem()
}

/// What every message about a connection has, and further members.
pub(super) fn about(connection: &Connection, further: Value) -> Value {
    let fields = connection.last_attempt().map_or_else(|| json!({}), |attempt| attempt.custom_fields.clone());
    let mut data = json!({
        "connection_id": connection.id,
        "customer_id": connection.customer,
        "custom_fields": fields,
    });
    if let (Value::Object(data), Value::Object(further)) = (&mut data, further) {
        data.extend(further);
    }
    data
}

/// Sends a message of a kind, if an address is registered.
pub(super) fn send(shared: &Arc<Shared>, kind: &str, data: &Value) {
    let Some(base) = shared.saltedge.rules().callback_url.clone() else { return };
    let url = format!("{base}/{kind}");
    let meta = json!({ "version": "6", "time": shapes::moment(shared.now()) });
    let body = json!({ "data": data, "meta": meta }).to_string();
    let signature = shared.saltedge.signature(&url, body.as_bytes());
    let (Ok(client), Ok(signature)) = (Client::new(), HeaderValue::from_str(&signature)) else { return };
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (http::HeaderName::from_static("signature"), signature),
    ]);
    let request = Request { method: Method::POST, url, headers, body: Bytes::from(body), timeout: TIMEOUT };
    tokio::spawn(async move {
        if client.send(request).await.is_err() {
            tracing::info!("a callback of the simulated Salt Edge was not taken");
        }
    });
}

/// Tells the stages of an attempt, and how it ends.
pub(super) fn follow(shared: &Arc<Shared>, connection: &str, attempt: String) {
    if shared.saltedge.rules().callback_url.is_none() {
        return;
    }
    let (shared, id) = (shared.clone(), connection.to_owned());
    tokio::spawn(async move {
        let mut told = String::new();
        let began = tokio::time::Instant::now();
        while began.elapsed() < LONGEST {
            tokio::time::sleep(LOOK).await;
            let Some((kind, data, ended)) = news(&shared, &id, &attempt, &told) else { return };
            if let Some(stage) = data.get("stage").and_then(Value::as_str) {
                stage.clone_into(&mut told);
            }
            if let Some(kind) = kind {
                send(&shared, kind, &data);
            }
            if ended {
                return;
            }
        }
    });
}

/// What is to be told of an attempt; none for one that is gone.
fn news(shared: &Shared, id: &str, attempt: &str, told: &str) -> Option<(Option<&'static str>, Value, bool)> {
    let (books, _) = shared.books();
    let connection = books.connection(id)?;
    let attempt = connection.attempts.iter().find(|one| one.id == attempt)?;
    let stage = super::books::STAGES.get(attempt.stage).copied().unwrap_or("finish");
    Some(match (&attempt.fails, attempt.runs()) {
        (_, true) => {
            ((stage != told).then_some("notify"), about(connection, json!({ "stage": stage })), false)
        }
        (None, false) => (Some("success"), about(connection, json!({ "stage": "finish" })), true),
        (Some(class), false) => {
            let message = format!("{class} (sandbox).");
            let further = json!({ "error_class": class, "error_message": message });
            (Some("fail"), about(connection, further), true)
        }
    })
}
