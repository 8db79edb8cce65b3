//! Linking, renewing, and coming back from the bank.
//!
//! MyPonto's customer links and renews on Ponto's own site; here only his id and secret are tried. With Ponto Connect
//! the user's browser is sent to a page and comes back:
//!
//! | what | page | comes back with |
//! |---|---|---|
//! | a first link, or one that Ponto no longer knows | of the authorisation server (RFC 6749, 4.1; RFC 7636) | `code`, `state` |
//! | an account whose consent ended or ends within 30 days | of a reauthorisation request | `state` |
//!
//! Going through the authorisation server again does not renew what a bank has let end, which is what the second is
//! for. Where Ponto does not make one, the first way is taken: it lets the user do everything else. One request is for
//! one account; a bank that asks for each account separately is renewed by pressing again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::super::state::{Pending, Secret};
use super::super::{Linked, Session, Wish};
use super::errors::{self, Asked};
use super::wire::{Account, One, Page, Reauthorization, Reauthorize, Sent, UserInfo};
use super::{Application, Ponto, auth};
use crate::errors::{Code, Error, Family, Result};

/// Ponto's page for its customers.
pub(super) const PAGE: &str = "https://authorization.myponto.com/oauth2/auth";
/// The same for test environments.
pub(super) const SANDBOX_PAGE: &str = "https://sandbox-authorization.myponto.com/oauth2/auth";
/// What the bridge asks to be allowed: reading accounts without the user, and the customer's name.
const SCOPE: &str = "offline_access ai name";
/// How long before its end a consent is renewed, in hours.
const EARLY: i64 = 30 * 24;

/// Begins or renews the link.
pub(super) async fn connect(ponto: &Ponto, session: &mut Session<'_>, wish: &Wish) -> Result<Linked> {
    let Some(application) = &ponto.application else {
        // A space that came along with copying is no part of either.
        session.state.client_id = session.state.client_id.take().map(|id| id.trim().to_owned());
        let secret = session.state.client_secret.take();
        session.state.client_secret = secret.map(|secret| Secret::from(secret.expose().trim().to_owned()));
        session.access_token = None;
        auth::token(ponto, session).await?;
        return Ok(Linked::Ready);
    };
    let pending = Pending {
        state: Secret::from(format!("{}.{}", wish.connection, Secret::random()?.expose())),
        verifier: Secret::random()?,
        return_to: wish.return_to.clone(),
    };
    if session.state.refresh_token.is_some() {
        match renewal(ponto, session, &pending).await {
            Ok(Some(url)) => return opened(session, pending, true, url).await,
            Err(error) if error.code().family() != Family::Provider => return Err(error),
            Ok(None) | Err(_) => {}
        }
    }
    let url = authorization(ponto, application, &pending)?;
    opened(session, pending, false, url).await
}

/// Remembers what must be known when the user comes back.
async fn opened(
    session: &mut Session<'_>,
    mut pending: Pending,
    renewal: bool,
    url: String,
) -> Result<Linked> {
    if renewal {
        // There is no code to come, so nothing that could be verified.
        pending.verifier = Secret::from(String::new());
    }
    session.state.pending = Some(pending);
    session.keep().await?;
    Ok(Linked::Open { url, expires: None })
}

/// The page of the authorisation server.
fn authorization(ponto: &Ponto, application: &Application, pending: &Pending) -> Result<String> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.expose().as_bytes()));
    let mut url = reqwest::Url::parse(&application.authorization_url).map_err(|_| {
        let reason = format!("authorization_url of {} is no address", ponto.mode.title());
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    })?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &application.client_id)
        .append_pair("redirect_uri", &pending.return_to)
        .append_pair("scope", SCOPE)
        .append_pair("state", pending.state.expose())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(url.into())
}

/// The page that renews the consent of the account that needs it first; none where none does.
async fn renewal(ponto: &Ponto, session: &mut Session<'_>, pending: &Pending) -> Result<Option<String>> {
    let mut accounts: Vec<Account> = Vec::new();
    let first = "/accounts?page%5Blimit%5D=100";
    ponto
        .pages(Some(session), first, Asked::Other, |page: Page<Account>| {
            accounts.extend(page.data);
            Ok(true)
        })
        .await?;
    let soon = Timestamp::now() + EARLY.hours();
    let due = accounts.iter().filter(|account| !account.deprecated()).filter_map(|account| {
        let latest = account.meta.as_ref().and_then(|meta| meta.latest_synchronization.as_ref());
        let failed =
            latest.and_then(|latest| errors::at_the_bank(ponto.mode, &account.id, latest.failures()));
        let ended = failed.is_some_and(|failed| failed.code() == Code::CONSENT_ENDED);
        let ends = account.attributes.authorization_expiration_expected_at;
        let ends = ends.map_or(Timestamp::MAX, super::super::wire::Moment::timestamp);
        (ended || ends <= soon).then_some((!ended, ends, account))
    });
    let Some((_, _, account)) = due.min_by_key(|(living, ends, _)| (*living, *ends)) else { return Ok(None) };
    let path = format!("/accounts/{}/reauthorization-requests", ponto.segment(&account.id)?);
    let redirect_uri = reqwest::Url::parse(&pending.return_to).map(|mut back| {
        back.query_pairs_mut().append_pair("state", pending.state.expose());
        back.to_string()
    });
    let Ok(redirect_uri) = redirect_uri else { return Ok(None) };
    let body = Sent::body("reauthorizationRequest", Reauthorize { redirect_uri });
    let made: One<Reauthorization> = ponto.post(session, &path, body, Asked::Account(&account.id)).await?;
    // The page is Ponto's, on a host of its own; a browser is sent there, no secret is.
    let page = made.data.links.redirect.and_then(|link| reqwest::Url::parse(&link).ok());
    Ok(page.filter(|page| matches!(page.scheme(), "https" | "http") && page.has_host()).map(Into::into))
}

/// The user came back.
pub(super) async fn returned(
    ponto: &Ponto,
    session: &mut Session<'_>,
    parameters: &[(String, String)],
) -> Result<Linked> {
    let given =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let unknown = || Error::new(Code::RETURN_UNKNOWN);
    let Some(application) = &ponto.application else { return Err(unknown()) };
    let state = given("state").unwrap_or_default();
    let ours = session.state.pending.as_ref().is_some_and(|pending| {
        bool::from(pending.state.expose().as_bytes().ct_eq(state.as_bytes())) && !state.is_empty()
    });
    // One that is not ours leaves ours alone.
    let pending = if ours { session.state.pending.take() } else { None };
    let pending = pending.ok_or_else(unknown)?;
    session.keep().await?;
    if let Some(class) = given("error") {
        return Err(errors::returned(ponto.mode, class));
    }
    if pending.verifier.expose().is_empty() {
        return Ok(Linked::Ready);
    }
    let code = given("code").ok_or_else(unknown)?;
    session.access_token = None;
    auth::exchange(ponto, session, application, code, &pending.verifier, &pending.return_to).await?;
    let user: UserInfo = ponto.get(session, "/userinfo", Asked::Other).await?;
    session.state.ids.insert("subject".to_owned(), user.sub);
    session.keep().await?;
    Ok(Linked::Ready)
}
