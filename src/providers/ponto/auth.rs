//! Tokens: MyPonto's by the customer's id and secret, Ponto Connect's by a refresh token that may change each time.
//!
//! A new refresh token is the whole link: the old one is dead by then. So it is kept before anything is done with the
//! access token that came beside it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};

use super::super::Session;
use super::super::state::Secret;
use super::errors::Asked;
use super::wire::Token;
use super::{Application, Ponto};
use crate::errors::{Code, Error, Result};
use crate::http::secret_header;

/// The token of the run: the one that it has, else a new one.
pub(super) async fn token(ponto: &Ponto, session: &mut Session<'_>) -> Result<Secret> {
    if let Some(token) = session.live_token() {
        return Ok(token);
    }
    if let Some(application) = &ponto.application {
        let gone = || Error::new(Code::CONNECTION_GONE).arg("provider", ponto.mode.title());
        let old = session.state.refresh_token.clone().ok_or_else(gone)?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", old.expose()),
            ("client_id", &application.client_id),
        ];
        let token = grant(ponto, session, application.credentials(), &form, Asked::Token).await?;
        return taken(session, token).await;
    }
    let missing = || Error::new(Code::CREDENTIALS_MISSING).arg("provider", ponto.mode.title());
    let id = session.state.client_id.clone().filter(|id| !id.is_empty()).ok_or_else(missing)?;
    let secret = session.state.client_secret.clone().filter(|secret| !secret.expose().is_empty());
    let secret = secret.ok_or_else(missing)?;
    let form = [("grant_type", "client_credentials")];
    let token = grant(ponto, session, (&id, &secret), &form, Asked::Token).await?;
    taken(session, token).await
}

/// The first tokens, for the code that the user brought.
pub(super) async fn exchange(
    ponto: &Ponto,
    session: &mut Session<'_>,
    application: &Application,
    code: &str,
    verifier: &Secret,
    return_to: &str,
) -> Result<()> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", return_to),
        ("client_id", &application.client_id),
        ("code_verifier", verifier.expose()),
    ];
    let token = grant(ponto, session, application.credentials(), &form, Asked::Code).await?;
    if token.refresh.is_none() {
        return Err(Error::new(Code::PROVIDER_RIGHT_MISSING)
            .arg("provider", ponto.mode.title())
            .arg("reason", "offline_access was not granted"));
    }
    taken(session, token).await.map(|_| ())
}

/// Whether the application is let in, which needs no customer.
pub(super) async fn check_application(ponto: &Ponto) -> Result<()> {
    let Some(application) = &ponto.application else { return Ok(()) };
    let form = [("grant_type", "client_credentials")];
    let left = || ponto.timing.bank;
    ask(ponto, left, application.credentials(), &form, Asked::Token).await.map(|_| ())
}

impl Application {
    fn credentials(&self) -> (&str, &Secret) {
        (&self.client_id, &self.client_secret)
    }
}

/// Takes a token over: what must survive is kept first.
async fn taken(session: &mut Session<'_>, token: Token) -> Result<Secret> {
    let ends = Instant::now() + Duration::from_secs(token.expires_in.into());
    if let Some(new) = token.refresh {
        let same = session.state.refresh_token.as_ref().is_some_and(|old| old.expose() == new.expose());
        session.state.refresh_token = Some(new);
        if !same {
            // Where this fails the new one stays in the state, so that keeping it is tried again.
            session.keep().await?;
        }
    }
    session.access_token = Some((token.access.clone(), ends));
    Ok(token.access)
}

async fn grant(
    ponto: &Ponto,
    session: &Session<'_>,
    credentials: (&str, &Secret),
    form: &[(&str, &str)],
    asked: Asked<'_>,
) -> Result<Token> {
    ask(ponto, || session.time_left(), credentials, form, asked).await
}

/// Asks for a token (RFC 6749, 4.1.3, 4.4.2 and 6). Asking twice is harmless even with a token that is used up by the
/// first: where its answer was lost the link is lost either way, and where it never arrived the second try saves it.
async fn ask(
    ponto: &Ponto,
    time_left: impl Fn() -> Duration + Send + Sync,
    (id, secret): (&str, &Secret),
    form: &[(&str, &str)],
    asked: Asked<'_>,
) -> Result<Token> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{}", secret.expose())));
    let basic = secret_header("the client id or the secret", &basic)?;
    let body = bytes::Bytes::from(encoded(form));
    let build = || {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(AUTHORIZATION, basic.clone());
        let mut request = ponto.caller.request(Method::POST, "/oauth2/token", headers);
        request.body = body.clone();
        ponto.signed(request)
    };
    let answer = ponto.send(time_left, build, asked).await?;
    ponto.caller.json(&answer)
}

/// A form as it is sent.
pub(super) fn encoded(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = reqwest::Url::parse("http://form/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}
