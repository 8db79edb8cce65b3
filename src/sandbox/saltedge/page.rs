//! The page that a user is sent to: choose a bank, allow or refuse, or choose how it is to end.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::response::{Html, IntoResponse as _, Redirect};
use http::{Response, StatusCode};
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::books::{Books, Connection, Consent, Page, day};
use super::{banks, callbacks};
use crate::sandbox::Shared;
use crate::sandbox::world::Bank;

/// It goes well.
const SUCCESS: &str = "success";
/// It goes well, and the way back does not tell the connection.
const UNSAID: &str = "success-unsaid";
/// The user closes the page.
const CANCEL: &str = "cancel";
/// How an attempt may fail.
const CLASSES: &[&str] = &[
    "ProviderAccessNotGranted",
    "InvalidCredentials",
    "InvalidInteractiveCredentials",
    "InteractiveTimeout",
    "InteractiveAdapterTimeout",
    "CredentialsNotMatch",
    "ProviderError",
    "ProviderUnavailable",
    "ProviderInactive",
    "ProviderDisabled",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionDuplicated",
    "ConnectionFetchingStopped",
    "AllAccountsExcluded",
    "BackgroundFetchLimitExceeded",
    "ExecutionTimeout",
    "FetchingTimeout",
    "InternalServerError",
    "ConsentExpired",
    "ConsentRevoked",
];
/// Days of history where no day was asked for.
const HISTORY: i64 = 90;
/// The code that the message holds.
const CODE: &str = "1234";

#[derive(Deserialize)]
pub(super) struct Opened {
    #[serde(default)]
    token: String,
}

/// What the user sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    token: String,
    /// Code of the bank, where the user chooses it.
    #[serde(default)]
    provider: Option<String>,
    /// [`SUCCESS`], [`UNSAID`], [`CANCEL`], or a class of errors.
    #[serde(default)]
    outcome: Option<String>,
    /// `allow` or `refuse`.
    #[serde(default)]
    decision: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

pub(super) async fn show(State(shared): State<Arc<Shared>>, Query(opened): Query<Opened>) -> Response<Body> {
    let (mut books, now) = shared.books();
    let all = books.banks(&shared.world(), now);
    match usable(&books, &opened.token, now) {
        Some(page) => Html(form(page, &all)).into_response(),
        None => over(),
    }
}

pub(super) async fn submit(State(shared): State<Arc<Shared>>, Form(sent): Form<Sent>) -> Response<Body> {
    let rules = shared.saltedge.rules().clone();
    let (mut books, now) = shared.books();
    let all = books.banks(&shared.world(), now);
    let Some(page) = usable(&books, &sent.token, now).cloned() else { return over() };
    let chosen = page.provider.clone().or_else(|| sent.provider.clone());
    let bank = all.iter().find(|bank| Some(banks::code(bank)) == chosen);
    let Some(bank) = bank else {
        return (StatusCode::BAD_REQUEST, Html("Choose a bank.")).into_response();
    };
    if let Some(page) = books.pages.iter_mut().find(|page| page.token == sent.token) {
        page.used = true;
    }
    let outcome = outcome(&sent, bank);
    if outcome == CANCEL {
        return back(&page, None, None);
    }
    let fails = (outcome != SUCCESS && outcome != UNSAID).then(|| outcome.to_owned());
    let id = connection(&mut books, &page, bank, now);
    if fails.is_none() && page.wish.consents {
        consent(&mut books, &id, &page, bank, now);
    }
    let attempt = books.begin(&id, &page.wish, rules.pace, fails.clone(), now);
    drop(books);
    callbacks::follow(&shared, &id, attempt);
    let told = page.wish.return_connection_id && outcome != UNSAID && !rules.silent_return;
    back(&page, told.then_some(id.as_str()), fails.as_deref().filter(|_| page.wish.return_error_class))
}

/// How it ends, by what the user did.
fn outcome<'s>(sent: &'s Sent, bank: &Bank) -> &'s str {
    let code = banks::code(bank);
    let wrong = |given: &Option<String>, right: &str| given.as_deref().is_some_and(|given| given != right);
    if sent.decision.as_deref() == Some("refuse") {
        "ProviderAccessNotGranted"
    } else if code == banks::SIMPLE && (wrong(&sent.username, "username") || wrong(&sent.password, "secret"))
    {
        "InvalidCredentials"
    } else if code == banks::INTERACTIVE && wrong(&sent.code, CODE) {
        "InvalidInteractiveCredentials"
    } else {
        sent.outcome.as_deref().filter(|outcome| !outcome.is_empty()).unwrap_or(SUCCESS)
    }
}

fn usable<'b>(books: &'b Books, token: &str, now: Timestamp) -> Option<&'b Page> {
    books.pages.iter().find(|page| page.token == token && !page.used && page.expires > now)
}

/// The connection that a page is about; made where it is new.
fn connection(books: &mut Books, page: &Page, bank: &Bank, now: Timestamp) -> String {
    if let Some(id) = &page.connection {
        return id.clone();
    }
    let id = books.id();
    books.connections.push(Connection {
        id: id.clone(),
        customer: page.customer.clone(),
        provider: banks::code(bank),
        created: now,
        updated: now,
        automatic: page.wish.automatic,
        disabled: false,
        consents: Vec::new(),
        attempts: Vec::new(),
        accounts: Vec::new(),
        last_success: None,
        fails_with: None,
        background: Vec::new(),
    });
    id
}

/// A new consent takes the place of those before.
fn consent(books: &mut Books, connection: &str, page: &Page, bank: &Bank, now: Timestamp) {
    let id = books.id();
    let days = page.wish.period_days.unwrap_or(bank.consent_days).min(bank.consent_days);
    let from_date = page.wish.from_date.unwrap_or_else(|| day(now).saturating_sub(HISTORY.days()));
    let Some(connection) = books.connection_mut(connection) else { return };
    for old in connection.consents.iter_mut().filter(|old| old.revoked.is_none()) {
        old.revoked = Some((now, "client"));
    }
    let expires = now + (i64::from(days) * 24).hours();
    connection.consents.push(Consent {
        id,
        created: now,
        from_date,
        period_days: days,
        expires,
        revoked: None,
    });
    connection.automatic = page.wish.automatic;
}

/// The way back to where the user came from.
fn back(page: &Page, connection: Option<&str>, class: Option<&str>) -> Response<Body> {
    let Some(return_to) = &page.wish.return_to else {
        return Html("<!doctype html><title>Done</title><p>Done. You can close this page.</p>")
            .into_response();
    };
    let mut address = return_to.clone();
    for (name, value) in [("connection_id", connection), ("error_class", class)] {
        let Some(value) = value else { continue };
        address.push(if address.contains('?') { '&' } else { '?' });
        let _ = write!(address, "{name}={value}");
    }
    Redirect::to(&address).into_response()
}

fn over() -> Response<Body> {
    (StatusCode::GONE, Html("This page is over. Start again where you came from.")).into_response()
}

fn form(page: &Page, all: &[Bank]) -> String {
    let mut banks = String::new();
    for bank in all {
        let code = banks::code(bank);
        if page.provider.as_ref().is_none_or(|wanted| *wanted == code) {
            let _ = write!(banks, "<option value=\"{}\">{}</option>", escaped(&code), escaped(&bank.name));
        }
    }
    let mut outcomes = String::new();
    let named =
        [(SUCCESS, "it goes well"), (UNSAID, "it goes well, the way back is silent"), (CANCEL, "cancel")];
    for (value, name) in named.into_iter().chain(CLASSES.iter().map(|class| (*class, *class))) {
        let _ = write!(outcomes, "<option value=\"{value}\">{name}</option>");
    }
    let provider = page.provider.as_deref().unwrap_or_default();
    let mut further = String::new();
    if provider == banks::SIMPLE {
        further.push_str(
            "<p><label>User name <input name=\"username\" value=\"username\"></label> \
             <label>Password <input name=\"password\" value=\"secret\"></label></p>",
        );
    }
    if provider == banks::INTERACTIVE {
        let _ = write!(
            further,
            "<p><label>Code of the message <input name=\"code\" value=\"{CODE}\"></label></p>"
        );
    }
    let title = if page.connection.is_some() { "Renew the access to your bank" } else { "Connect your bank" };
    format!(
        "<!doctype html><html lang=\"en\"><title>Sandbox: {title}</title><body style=\"font-family:sans-serif;max-width:36em;\
         margin:2em auto\"><p style=\"background:#fd6;padding:.5em\">Sandbox: simulated banks, no real money and no real \
         Salt Edge.</p><h1>{title}</h1><form method=\"post\" action=\"/saltedge/connect\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <p><label>Bank <select name=\"provider\">{banks}</select></label></p>{further}\
         <p><label>How it ends <select name=\"outcome\">{outcomes}</select></label></p>\
         <p><button name=\"decision\" value=\"allow\">Allow reading accounts and transactions</button> \
         <button name=\"decision\" value=\"refuse\">Refuse</button></p></form></body></html>",
        escaped(&page.token)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
