//! What lets a request in: App-id, secret, and a signature over the exact bytes; and how a refusal looks.

use std::sync::PoisonError;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use axum::body::Body;
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::request::Parts;
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{APP_ID, SECRET, Simulator};

/// How far ahead a signature may end, in seconds.
const LONGEST: i64 = 3600;

/// A refusal with its class.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    class: String,
    message: String,
    /// A member beside `error`.
    beside: Option<(&'static str, Value)>,
}

impl Refusal {
    pub(super) fn new(status: u16, class: &str, message: &str) -> Self {
        Self { status, class: class.to_owned(), message: message.to_owned(), beside: None }
    }

    /// An entity that is not there.
    pub(super) fn no(what: &str, id: &str) -> Self {
        Self::new(404, &format!("{what}NotFound"), &format!("{what} with id: '{id}' was not found."))
    }

    /// A body that is not as documented.
    pub(super) fn format(message: &str) -> Self {
        Self::new(400, "WrongRequestFormat", message)
    }

    pub(super) fn beside(mut self, name: &'static str, value: Value) -> Self {
        self.beside = Some((name, value));
        self
    }

    /// As it is answered; `flat` in the envelope of version 4.
    pub(super) fn answer(&self, version: u8, flat: bool) -> Response<Body> {
        let mut body = if flat {
            json!({ "error_class": self.class, "error_message": self.message, "request": {} })
        } else {
            let words: String = self.class.chars().fold(String::new(), |mut words, letter| {
                if letter.is_ascii_uppercase() && !words.is_empty() {
                    words.push('_');
                }
                words.push(letter.to_ascii_lowercase());
                words
            });
            json!({
                "error": {
                    "class": self.class,
                    "message": self.message,
                    "documentation_url": format!("https://docs.saltedge.com/account_information/v{version}/#errors-{words}"),
                    "request_id": uuid::Uuid::now_v7().to_string(),
                },
                "request": {},
            })
        };
        if let Some((name, value)) = &self.beside {
            body[*name] = value.clone();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    }
}

/// What the firewall and the router answer.
pub(super) fn html(status: StatusCode) -> Response<Body> {
    let title = status.to_string();
    let body = format!(
        "<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n</body>\n</html>\n"
    );
    (status, [(CONTENT_TYPE, "text/html")], body).into_response()
}

impl Simulator {
    /// Whether a request is let in.
    pub(super) fn check(&self, request: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        match header("app-id") {
            None => return Err(Refusal::new(400, "AppIdNotProvided", "App-id is not provided.")),
            Some(APP_ID) => {}
            Some(_) => {
                let message =
                    "The API key with the provided App-id and Secret does not exist or is inactive.";
                return Err(Refusal::new(404, "ApiKeyNotFound", message));
            }
        }
        match header("secret") {
            None => return Err(Refusal::new(400, "SecretNotProvided", "Secret is not provided.")),
            Some(SECRET) => {}
            Some(_) => return Err(Refusal::new(401, "WrongSecret", "Wrong secret.")),
        }
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(signature) = header("signature") else {
            let missing = || Refusal::new(400, "MissingSignature", "Signature is missing.");
            return if rules.live { Err(missing()) } else { Ok(()) };
        };
        let Some(key) = &rules.public_key else {
            return Err(Refusal::new(400, "PublicKeyNotProvided", "Public key is not provided."));
        };
        let expires = header("expires-at")
            .ok_or_else(|| Refusal::new(400, "MissingExpiresAt", "Expires-at is missing."))?;
        // A signature is about the time of this machine, whatever time it is at the banks.
        let now = Timestamp::now().as_second() + rules.skew;
        match expires.split('.').next().and_then(|seconds| seconds.parse::<i64>().ok()) {
            Some(at) if at > now + LONGEST => {
                return Err(Refusal::new(400, "ExpiresAtInvalid", "Expires-at is invalid."));
            }
            Some(at) if at < now => return Err(Refusal::new(400, "RequestExpired", "Request expired.")),
            Some(_) => {}
            None => return Err(Refusal::new(400, "ExpiresAtInvalid", "Expires-at is invalid.")),
        }
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let path = request.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
        let text = format!("{expires}|{}|http://{host}{path}|", request.method);
        let text = [text.as_bytes(), body].concat();
        let signature = STANDARD.decode(signature).unwrap_or_default();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(&text, &signature)
            .map_err(|_| Refusal::new(400, "SignatureNotMatch", "Signature not match."))
    }
}

/// Whether the firewall lets a request pass.
pub(super) fn passes_firewall(request: &Parts) -> bool {
    request.headers.get(USER_AGENT).is_some_and(|agent| !agent.is_empty())
}
