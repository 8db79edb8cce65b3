//! Ponto, in both of its products: MyPonto, where a company reads its own accounts with an id and a secret, and Ponto
//! Connect, where it lets the bridge's application in.
//!
//! It stands apart as every provider does. Both products have the same resources, so there is one struct with two
//! modes:
//!
//! | | MyPonto | Ponto Connect |
//! |---|---|---|
//! | let in by | `client_credentials` of the customer | code with PKCE, then a refresh token that changes |
//! | transport | TLS | TLS with a client certificate, requests signed where a key is set up |
//! | linking and renewing | on Ponto's own site | by sending the user's browser |
//! | webhooks | none | JWT, RS512 |
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the trait |
//! | `api.rs` | calls, with a new token where the old one ended; pages |
//! | `auth.rs` | tokens |
//! | `link.rs` | linking, renewing, coming back |
//! | `refresh.rs` | sending Ponto to the bank |
//! | `signature.rs` | the signature of a request |
//! | `webhook.rs` | messages that Ponto pushes |
//! | `wire.rs`, `map.rs`, `errors.rs` | as everywhere |
//!
//! Ponto asks the banks by itself four times a day. So a run without a user only reads; asking the bank on top needs
//! the address of the user's own machine, which tells the bank that he is there.

mod api;
mod auth;
mod errors;
mod link;
mod map;
mod refresh;
mod signature;
mod webhook;
mod wire;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::calls::Caller;
use super::config::{PontoConfig, PontoConnectConfig, ProvidersConfig, Timing};
use super::state::Secret;
use super::{
    Accounts, Consent, Hint, Institution, Linked, Profile, Provider, Reading, RemoteAccount, Session, Wish,
    config,
};
use crate::domain::Date;
use crate::errors::{Code, Error, Result};
use crate::http::Client;
use errors::Asked;

/// Most banks whose time zones are remembered.
const MOST_ZONES: usize = 1000;

/// Which product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    MyPonto,
    Connect,
}

impl Mode {
    fn title(self) -> &'static str {
        match self {
            Self::MyPonto => "Ponto",
            Self::Connect => "Ponto Connect",
        }
    }

    /// A failure with this product's name in it.
    fn error(self, code: Code) -> Error {
        super::failure(self.title(), code)
    }

    /// Credentials are the customer's or the bridge's own.
    fn credentials_refused(self) -> Code {
        match self {
            Self::MyPonto => Code::PROVIDER_CREDENTIALS_REFUSED,
            Self::Connect => Code::PROVIDER_APPLICATION_REFUSED,
        }
    }
}

/// Ponto.
pub struct Ponto {
    mode: Mode,
    caller: Caller,
    timing: Timing,
    sandbox: bool,
    application: Option<Application>,
    zones: Mutex<BTreeMap<String, TimeZone>>,
    webhooks: webhook::Webhooks,
}

/// What the bridge is at Ponto Connect.
struct Application {
    client_id: String,
    client_secret: Secret,
    authorization_url: String,
    id: Option<String>,
    signer: Option<signature::Signer>,
}

impl fmt::Debug for Ponto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ponto")
            .field("mode", &self.mode)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

/// Both products, as far as they are set up.
///
/// # Errors
/// BB-1010 and BB-2014 for a configuration that cannot work.
pub fn all(config: &ProvidersConfig) -> Result<Vec<Ponto>> {
    let mine = config.ponto.as_ref().map(|own| Ponto::my_ponto(own, config.timing));
    let connect = config.ponto_connect.as_ref().map(|own| Ponto::ponto_connect(own, config.timing));
    mine.into_iter().chain(connect).collect()
}

impl Ponto {
    /// MyPonto.
    ///
    /// # Errors
    /// BB-1010 for a configuration that cannot work.
    pub fn my_ponto(config: &PontoConfig, timing: Timing) -> Result<Self> {
        Self::new(Mode::MyPonto, Client::new()?, &config.base_url, config.sandbox, timing, None)
    }

    /// Ponto Connect.
    ///
    /// # Errors
    /// BB-1010 and BB-2014 for a configuration that cannot work.
    pub fn ponto_connect(config: &PontoConnectConfig, timing: Timing) -> Result<Self> {
        let title = Mode::Connect.title();
        let missing = |option: &str| {
            Error::new(Code::PROVIDER_NOT_CONFIGURED).arg("provider", title).arg("option", option)
        };
        if config.client_id.trim().is_empty() {
            return Err(missing("client_id"));
        }
        let file = config.client_secret_file.as_deref();
        let client_secret = config::secret(title, "client_secret_file", config.client_secret.as_ref(), file)?;
        let client = match (&config.certificate_file, &config.base_url) {
            (Some(file), _) => {
                let pem = config::secret(title, "certificate_file", None, Some(file))?;
                Client::with_certificate(pem.expose().as_bytes())?
            }
            (None, Some(_)) => Client::new()?,
            // Ibanity's own server speaks to nobody who shows no certificate.
            (None, None) => return Err(missing("certificate_file")),
        };
        let signer = match &config.signature_certificate_id {
            Some(id) => {
                let (given, file) = (config.signature_key.as_ref(), config.signature_key_file.as_deref());
                let key = config::secret(title, "signature_key_file", given, file)?;
                Some(signature::Signer::new(id, &key)?)
            }
            None => None,
        };
        let own = if config.sandbox { link::SANDBOX_PAGE } else { link::PAGE };
        let application = Application {
            client_id: config.client_id.trim().to_owned(),
            client_secret,
            authorization_url: config.authorization_url.clone().unwrap_or_else(|| own.to_owned()),
            id: config.application_id.clone(),
            signer,
        };
        let base = config.base_url.as_deref().unwrap_or("https://api.ibanity.com/ponto-connect");
        Self::new(Mode::Connect, client, base, config.sandbox, timing, Some(application))
    }

    fn new(
        mode: Mode,
        client: Client,
        base: &str,
        sandbox: bool,
        timing: Timing,
        application: Option<Application>,
    ) -> Result<Self> {
        let caller = Caller::new(client, base, mode.title(), timing)?;
        let (zones, webhooks) = (Mutex::default(), webhook::Webhooks::default());
        Ok(Self { mode, caller, timing, sandbox, application, zones, webhooks })
    }

    /// The time zone of an account's bank; asked for once.
    async fn zone(&self, session: &mut Session<'_>, institution: Option<&str>) -> Result<TimeZone> {
        let Some(id) = institution else { return Ok(map::zone(None)) };
        let zones = || self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = zones().get(id) {
            return Ok(zone.clone());
        }
        let path = format!("/financial-institutions/{}", self.segment(id)?);
        let known: Result<wire::One<wire::Institution>> = self.get(session, &path, Asked::Other).await;
        let zone = match known {
            Ok(known) => map::zone(Some(&known.data)),
            // A bank that left the list has accounts all the same.
            Err(error) if error.code() == Code::CONNECTION_GONE => map::zone(None),
            Err(error) => return Err(error),
        };
        let mut zones = zones();
        if zones.len() < MOST_ZONES {
            zones.insert(id.to_owned(), zone.clone());
        }
        Ok(zone)
    }
}

#[async_trait]
impl Provider for Ponto {
    fn id(&self) -> &'static str {
        match self.mode {
            Mode::MyPonto => "ponto",
            Mode::Connect => "ponto_connect",
        }
    }

    /// One platform behind both products.
    fn family(&self) -> &'static str {
        "ponto"
    }

    fn profile(&self) -> Profile {
        let consent = match self.mode {
            Mode::MyPonto => Consent::Credentials,
            Mode::Connect => Consent::Redirect,
        };
        Profile {
            id: self.id(),
            title: self.mode.title(),
            sandbox: self.sandbox,
            consent,
            price: "€4 a month for each account",
            renewal_days: 180,
            site: "https://dashboard.myponto.com".to_owned(),
        }
    }

    async fn check(&self) -> Result<()> {
        match self.mode {
            Mode::MyPonto => {
                let _: wire::Page<wire::Institution> =
                    self.public("/financial-institutions?page%5Blimit%5D=1").await?;
                Ok(())
            }
            Mode::Connect => auth::check_application(self).await,
        }
    }

    async fn institutions(&self, country: &str) -> Result<Vec<Institution>> {
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Ok(Vec::new());
        }
        let path =
            format!("/financial-institutions?filter%5Bcountry%5D%5Beq%5D={country}&page%5Blimit%5D=100");
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        self.pages(None, &path, Asked::Other, |page: wire::Page<wire::Institution>| {
            let of_country =
                page.data.iter().filter_map(map::institution).filter(|institution| {
                    institution.country.as_deref().is_none_or(|known| known == country)
                });
            found.extend(of_country.filter(|institution| seen.insert(institution.id.clone())));
            Ok(true)
        })
        .await?;
        Ok(found)
    }

    async fn connect(&self, session: &mut Session<'_>, wish: &Wish) -> Result<Linked> {
        link::connect(self, session, wish).await
    }

    async fn returned(&self, session: &mut Session<'_>, parameters: &[(String, String)]) -> Result<Linked> {
        link::returned(self, session, parameters).await
    }

    async fn accounts(&self, session: &mut Session<'_>) -> Result<Accounts> {
        let mut accounts: Vec<wire::Account> = Vec::new();
        let mut seen = HashSet::new();
        self.pages(
            Some(session),
            "/accounts?page%5Blimit%5D=100",
            Asked::Other,
            |page: wire::Page<wire::Account>| {
                accounts.extend(page.data.into_iter().filter(|account| seen.insert(account.id.clone())));
                Ok(true)
            },
        )
        .await?;
        let mut banks = BTreeMap::new();
        if accounts.iter().any(|account| account.institution().is_some()) {
            let path = "/financial-institutions?page%5Blimit%5D=100";
            self.pages(Some(session), path, Asked::Other, |page: wire::Page<wire::Institution>| {
                banks.extend(page.data.into_iter().map(|bank| (bank.id.clone(), bank)));
                Ok(true)
            })
            .await?;
        }
        let ids: HashSet<_> = accounts.iter().filter_map(wire::Account::institution).collect();
        let institution = match ids.iter().next() {
            Some(id) if ids.len() == 1 => banks.get(*id).map(|bank| Institution {
                id: bank.id.clone(),
                name: bank.attributes.name.clone().unwrap_or_default(),
                country: bank.attributes.country.clone(),
                bic: bank.attributes.bic.clone(),
                logo: bank.attributes.logo_url.clone(),
            }),
            _ => None,
        };
        let living = accounts.iter().filter(|account| !account.deprecated());
        let consent_until = living
            .filter_map(|account| account.attributes.authorization_expiration_expected_at)
            .map(super::wire::Moment::timestamp)
            .min();
        let now = Timestamp::now();
        let shown = accounts.into_iter().map(|account| {
            let bank = account.institution().and_then(|id| banks.get(id));
            map::account(self.mode, account, bank, now)
        });
        Ok(Accounts { accounts: shown.collect(), institution, consent_until, problem: None })
    }

    async fn refresh(&self, session: &mut Session<'_>, accounts: &[RemoteAccount]) -> Result<Vec<Error>> {
        refresh::refresh(self, session, accounts).await
    }

    async fn transactions(
        &self,
        session: &mut Session<'_>,
        account: &RemoteAccount,
        since: Date,
    ) -> Result<Reading> {
        let path = format!("/accounts/{}/transactions?page%5Blimit%5D=100", self.segment(&account.id)?);
        let mut reading = Reading::default();
        let mut seen = HashSet::new();
        let mut place = api::Place::first(&path);
        let mut failed = None;
        while let Some(page) = self.page(session, &mut place, Asked::Account(&account.id)).await? {
            let wire::Page::<wire::Transaction> { data, meta, .. } = page;
            let dates =
                data.iter().flat_map(|one| [one.attributes.execution_date, one.attributes.value_date]);
            let zone = if dates.into_iter().any(map::needs_zone) {
                self.zone(session, account.institution.as_deref()).await?
            } else {
                TimeZone::UTC
            };
            let old = |one: &wire::Transaction| {
                one.attributes.execution_date.is_some_and(|date| map::day(date, &zone) < since)
            };
            // A late booking stands among older ones, so a single old line says nothing.
            let end = !data.is_empty() && data.iter().all(old);
            for one in data {
                if !old(&one) && seen.insert(one.id.clone()) {
                    reading.lines.push(map::line(self.mode, one, &zone)?);
                }
            }
            if let Some(latest) = meta.and_then(|meta| meta.latest_synchronization) {
                failed = failed.or(errors::at_the_bank(self.mode, &account.id, latest.failures()));
            }
            if end {
                break;
            }
        }
        reading.lines.reverse();
        reading.lines.sort_by_key(|line| line.draft.booked_on);
        if account.problem.is_none() {
            reading.findings.extend(failed);
        }
        Ok(reading)
    }

    async fn webhook(&self, headers: &http::HeaderMap, body: &[u8]) -> Result<Option<Hint>> {
        webhook::verify(self, headers, body).await
    }
}
