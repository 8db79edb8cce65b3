//! Tokens of simulated Ponto, and the pages on which a user says yes or no.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::extract::{Form, Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::book::{Access, Book, Code, Grant};
use super::shapes::Refusal;
use super::{
    App, CONNECT_CLIENT_ID, CONNECT_CLIENT_SECRET, MY_PONTO_CLIENT_ID, ORGANISATION, Product, secret, shapes,
};

type Pairs = Vec<(String, String)>;

/// How long an access token lives, in seconds.
const LIFE: i64 = 1799;

/// The paths.
pub(super) fn routes(product: Product) -> Router<App> {
    let routes = Router::new().route("/oauth2/token", post(token));
    match product {
        Product::Mine => routes,
        Product::Connect => routes
            .route("/oauth2/auth", get(ask).post(answer))
            .route("/oauth2/revoke", post(revoke))
            .route("/reauthorize/{id}", get(ask_again).post(answer_again)),
    }
}

fn given<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A failure as OAuth words it.
fn failed(status: StatusCode, class: &str, hint: &str) -> Response {
    let body =
        json!({"error": class, "error_description": "The sandbox does not take this.", "error_hint": hint});
    (status, Json(body)).into_response()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// Gives tokens. The grant may stand in the body or in the query, since clients do both.
async fn token(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<Pairs>,
    body: axum::body::Bytes,
) -> Response {
    let request = http::Request::builder().uri(format!("/?{}", String::from_utf8_lossy(&body))).body(());
    let form = request.ok().and_then(|request| Query::<Pairs>::try_from_uri(request.uri()).ok());
    let all: Pairs = form.map(|Query(form)| form).unwrap_or_default().into_iter().chain(query).collect();
    let now = app.ponto.shared.now();
    let mut book = app.ponto.book();
    let right = match app.product {
        Product::Mine => (MY_PONTO_CLIENT_ID.to_owned(), book.my_secret.clone()),
        Product::Connect => (CONNECT_CLIENT_ID.to_owned(), CONNECT_CLIENT_SECRET.to_owned()),
    };
    if basic(&headers) != Some(right) {
        let hint = "The requested OAuth 2.0 Client does not exist.";
        return failed(StatusCode::UNAUTHORIZED, "invalid_client", hint);
    }
    let made = match (app.product, given(&all, "grant_type")) {
        (Product::Mine, Some("client_credentials")) => {
            let organisation = book.organisation(ORGANISATION);
            Ok(give(&mut book, &app, Some(organisation), None, now))
        }
        (Product::Connect, Some("client_credentials")) => Ok(give(&mut book, &app, None, None, now)),
        (Product::Connect, Some("authorization_code")) => exchange(&mut book, &app, &all, now),
        (Product::Connect, Some("refresh_token")) => rotate(&mut book, &app, &all, now),
        (_, None) => Err(failed(StatusCode::BAD_REQUEST, "invalid_request", "grant_type is missing").into()),
        _ => {
            Err(failed(StatusCode::BAD_REQUEST, "unauthorized_client", "this client has no such grant")
                .into())
        }
    };
    app.ponto.tokens.fetch_add(usize::from(made.is_ok()), Ordering::Relaxed);
    made.map_or_else(IntoResponse::into_response, |token| Json(token).into_response())
}

/// A new access token, with the good refresh token of its grant.
fn give(
    book: &mut Book,
    app: &App,
    organisation: Option<usize>,
    grant: Option<usize>,
    now: Timestamp,
) -> Value {
    let token = secret();
    let ends = now + SignedDuration::from_secs(LIFE);
    book.access.insert(token.clone(), Access { product: app.product, organisation, ends, grant });
    let scope = match (app.product, organisation) {
        (Product::Mine, _) => "ai",
        (Product::Connect, Some(_)) => "offline_access ai name",
        (Product::Connect, None) => "",
    };
    let mut made = json!({"access_token": token, "expires_in": LIFE, "scope": scope, "token_type": "bearer"});
    if let Some(refresh) =
        grant.and_then(|grant| book.grants.get(grant)).and_then(|grant| grant.good.as_ref())
    {
        made["refresh_token"] = json!(refresh);
    }
    made
}

fn invalid_grant(hint: &str) -> Refusal {
    failed(StatusCode::BAD_REQUEST, "invalid_grant", hint).into()
}

/// A code for tokens: once, in time, by who began (RFC 7636, 4.6).
fn exchange(book: &mut Book, app: &App, form: &[(String, String)], now: Timestamp) -> Result<Value, Refusal> {
    let code = given(form, "code").and_then(|code| book.codes.remove(code));
    let code = code.filter(|code| code.ends > now).ok_or_else(|| invalid_grant("the code is not known"))?;
    let verifier = given(form, "code_verifier").unwrap_or_default();
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.challenge {
        return Err(invalid_grant("the verifier does not match"));
    }
    if given(form, "redirect_uri") != Some(&code.redirect_uri)
        || given(form, "client_id") != Some(CONNECT_CLIENT_ID)
    {
        return Err(invalid_grant("the redirect_uri does not match"));
    }
    let organisation = code.organisation;
    book.grants.push(Grant { organisation, good: Some(secret()), used: BTreeSet::new() });
    let grant = book.grants.len() - 1;
    Ok(give(book, app, Some(organisation), Some(grant), now))
}

/// A refresh token for the next one. One that was used before ends the whole grant: two must have it.
fn rotate(book: &mut Book, app: &App, form: &[(String, String)], now: Timestamp) -> Result<Value, Refusal> {
    let old = given(form, "refresh_token").unwrap_or_default();
    if let Some(stolen) = book.grants.iter().position(|grant| grant.used.contains(old)) {
        if let Some(grant) = book.grants.get_mut(stolen) {
            grant.good = None;
        }
        book.access.retain(|_, access| access.grant != Some(stolen));
        return Err(invalid_grant("the refresh token was used before"));
    }
    let known = book.grants.iter_mut().enumerate().find(|(_, grant)| grant.good.as_deref() == Some(old));
    let (index, grant) = known.ok_or_else(|| invalid_grant("the refresh token is not known"))?;
    grant.used.insert(old.to_owned());
    grant.good = Some(secret());
    let organisation = grant.organisation;
    Ok(give(book, app, Some(organisation), Some(index), now))
}

async fn revoke(State(app): State<App>, headers: HeaderMap, Form(form): Form<Pairs>) -> Response {
    let right = (CONNECT_CLIENT_ID.to_owned(), CONNECT_CLIENT_SECRET.to_owned());
    if basic(&headers) != Some(right) {
        return failed(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "The requested OAuth 2.0 Client does not exist.",
        );
    }
    let token = given(&form, "token");
    let mut organisation = None;
    {
        let mut book = app.ponto.book();
        let grant =
            book.grants.iter().position(|grant| grant.good.is_some() && grant.good.as_deref() == token);
        if let Some(index) = grant {
            if let Some(grant) = book.grants.get_mut(index) {
                grant.good = None;
                organisation = Some(grant.organisation);
            }
            book.access.retain(|_, access| access.grant != Some(index));
        }
    }
    let id = organisation
        .and_then(|index| app.ponto.book().organisations.get(index).map(|known| known.id.clone()));
    if let Some(id) = id {
        app.ponto.event("integration.revoked", &id, None);
    }
    StatusCode::OK.into_response()
}

/// What a page must have been called with; what is wrong in words.
fn request(query: &[(String, String)]) -> Result<(&str, &str, &str), &'static str> {
    let redirect =
        given(query, "redirect_uri").filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"));
    let redirect = redirect.ok_or("redirect_uri is missing")?;
    if given(query, "client_id") != Some(CONNECT_CLIENT_ID) {
        return Err("client_id is not known");
    }
    if given(query, "response_type") != Some("code") || given(query, "code_challenge_method") != Some("S256")
    {
        return Err("response_type must be code, code_challenge_method must be S256");
    }
    let scopes: Vec<_> = given(query, "scope").unwrap_or_default().split(' ').collect();
    if !scopes.contains(&"ai") || !scopes.contains(&"offline_access") {
        return Err("scope must hold ai and offline_access");
    }
    let state =
        given(query, "state").filter(|state| state.len() >= 8).ok_or("state is missing or too short")?;
    Ok((redirect, given(query, "code_challenge").ok_or("code_challenge is missing")?, state))
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sandbox of Ponto</title><body \
         style=\"font-family:sans-serif;max-width:40em;margin:3em auto\"><h1>Sandbox of Ponto</h1><p><strong>This is a \
         simulation.</strong> No bank is behind it, and no real credentials belong here.</p>{body}</body></html>"
    );
    (status, Html(html)).into_response()
}

const OUTCOMES: &str = "<p><label><input type=\"radio\" name=\"outcome\" value=\"allow\" checked> Allow</label><br>\
    <label><input type=\"radio\" name=\"outcome\" value=\"refuse\"> Refuse</label><br>\
    <label><input type=\"radio\" name=\"outcome\" value=\"error\"> Let it fail at Ponto</label></p>\
    <p><button>Continue</button></p>";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The page on which the user chooses a bank.
async fn ask(State(app): State<App>, Query(query): Query<Pairs>) -> Response {
    if let Err(reason) = request(&query) {
        return page(StatusCode::BAD_REQUEST, &format!("<p>{reason}.</p>"));
    }
    let options: String = {
        let world = app.ponto.shared.world();
        world.banks.iter().fold(String::new(), |mut options, bank| {
            let _ =
                write!(options, "<option value=\"{}\">{}</option>", escaped(&bank.id), escaped(&bank.name));
            options
        })
    };
    let form = format!(
        "<form method=\"post\"><p><label>Organisation <input name=\"organisation\" value=\"{}\"></label></p><p><label>Bank \
         <select name=\"bank\">{options}<option value=\"all\">all of them</option><option value=\"none\">none, only what \
         is linked already</option></select></label></p>{OUTCOMES}</form>",
        escaped(ORGANISATION)
    );
    page(StatusCode::OK, &form)
}

/// The user has chosen: `bank`, `organisation`, `outcome` (`allow`, `refuse`, `error`).
async fn answer(State(app): State<App>, Query(query): Query<Pairs>, Form(form): Form<Pairs>) -> Response {
    let (redirect, challenge, state) = match request(&query) {
        Ok(request) => request,
        Err(reason) => return page(StatusCode::BAD_REQUEST, &format!("<p>{reason}.</p>")),
    };
    let home = |pairs: &[(&str, &str)]| back(redirect, pairs);
    match given(&form, "outcome") {
        Some("refuse") => {
            let pairs = [
                ("error", "access_denied"),
                ("error_description", "The resource owner denied it."),
                ("state", state),
            ];
            return home(&pairs);
        }
        Some("error") => return home(&[("error", "server_error"), ("state", state)]),
        _ => {}
    }
    let organisation = given(&form, "organisation").filter(|name| !name.is_empty()).unwrap_or(ORGANISATION);
    let bank = given(&form, "bank").unwrap_or("none");
    let banks: Vec<String> = {
        let world = app.ponto.shared.world();
        let chosen = world.banks.iter().filter(|known| bank == "all" || known.id == bank);
        chosen.map(|known| known.id.clone()).collect()
    };
    for bank in banks {
        app.ponto.link(organisation, &bank);
    }
    let (code, id) = {
        let mut book = app.ponto.book();
        let index = book.organisation(organisation);
        let code = secret();
        let ends = app.ponto.shared.now() + SignedDuration::from_mins(10);
        let made = Code {
            organisation: index,
            challenge: challenge.to_owned(),
            redirect_uri: redirect.to_owned(),
            ends,
        };
        book.codes.insert(code.clone(), made);
        let id = book.organisations.get(index).map(|known| known.id.clone()).unwrap_or_default();
        (code, id)
    };
    app.ponto.event("integration.created", &id, None);
    home(&[("code", &code), ("state", state)])
}

/// Sends the browser back.
fn back(redirect: &str, pairs: &[(&str, &str)]) -> Response {
    let mut url = redirect.to_owned();
    for (name, value) in pairs {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                url.push('%');
                url.push_str(&shapes::hex(&[byte]).to_ascii_uppercase());
            }
        }
    }
    Redirect::to(&url).into_response()
}

/// The page on which a consent is renewed.
async fn ask_again(State(app): State<App>, Path(id): Path<String>) -> Response {
    if !app.ponto.book().reauthorisations.contains_key(&id) {
        return page(StatusCode::NOT_FOUND, "<p>This page is not known.</p>");
    }
    page(
        StatusCode::OK,
        &format!("<p>Renew the consent of one account.</p><form method=\"post\">{OUTCOMES}</form>"),
    )
}

async fn answer_again(State(app): State<App>, Path(id): Path<String>, Form(form): Form<Pairs>) -> Response {
    let Some(made) = app.ponto.book().reauthorisations.remove(&id) else {
        return page(StatusCode::NOT_FOUND, "<p>This page is not known.</p>");
    };
    if given(&form, "outcome") == Some("refuse") {
        return back(&made.redirect_uri, &[("error", "access_denied")]);
    }
    let now = app.ponto.shared.now();
    let organisation = {
        let mut book = app.ponto.book();
        let world = app.ponto.shared.world();
        let Some(known) = book.organisations.get_mut(made.organisation) else {
            return page(StatusCode::NOT_FOUND, "<p>The organisation is gone.</p>");
        };
        if let Some(account) = known.accounts.iter_mut().find(|account| account.id == made.account) {
            let days = world.bank_of(&account.iban).map_or(180, |bank| bank.consent_days);
            account.authorised_at = now;
            account.expires_at = now + SignedDuration::from_hours(i64::from(days) * 24);
            account.ended = None;
            account.availability = "available";
        }
        known.id.clone()
    };
    app.ponto.event("account.reauthorized", &organisation, Some(&made.account));
    back(&made.redirect_uri, &[])
}
