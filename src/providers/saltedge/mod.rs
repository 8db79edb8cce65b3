//! Salt Edge's Account Information API, version 6; bodies of version 5 are read too.
//!
//! It stands apart as every provider does. Banks are linked in the user's browser; what Salt Edge has fetched from a
//! bank is read here at any time, and only a user who is present sends it to the bank again.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | the trait, one request, a list over its pages |
//! | `auth.rs` | App-id, secret, signature |
//! | `wire.rs` | what is received |
//! | `link.rs` | linking, renewing, coming back, refreshing |
//! | `reading.rs` | accounts and transactions |
//! | `map.rs` | from the wire to accounts and transactions |
//! | `errors.rs` | classes of errors to codes |
//! | `callback.rs` | messages that Salt Edge pushes |
//!
//! Ids have 19 digits today, beyond what a float holds, and are text throughout. They ascend in the order in which Salt
//! Edge got to know the transactions, so reading starts where the last reading found the first line that still counts.

mod auth;
mod callback;
mod errors;
mod link;
mod map;
mod reading;
mod wire;

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::calls::{Caller, Repeat};
use super::config::{SaltEdgeConfig, Timing};
use super::session::Session;
use super::{Accounts, Consent, Hint, Institution, Linked, Profile, Provider, Reading, RemoteAccount, Wish};
use crate::domain::Date;
use crate::errors::{Code, Error, Origin, Result};
use crate::http::{Answer, Client};
use wire::Envelope;

/// Name, as people know it.
const TITLE: &str = "Salt Edge";
/// Address of the API where nothing else is set.
const BASE: &str = "https://www.saltedge.com/api/v6";
/// Requests a second over all runs: reading has no documented limit, and is kept this low.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// Entries asked for on one page: the most that is given.
const PER_PAGE: usize = 1000;
/// Pages after which a list is taken not to end.
const MAX_PAGES: usize = 1000;
/// Country of the provider's simulated banks.
const FAKE_COUNTRY: &str = "XF";

/// Salt Edge, set up for this bridge.
#[derive(Debug)]
pub struct SaltEdge {
    caller: Caller,
    keys: auth::Keys,
    callbacks: Option<callback::Callbacks>,
    timing: Timing,
    sandbox: bool,
}

/// What is left of the time for waits and retries.
type TimeLeft<'a> = &'a (dyn Fn() -> Duration + Send + Sync);

impl SaltEdge {
    /// As the configuration says.
    ///
    /// # Errors
    /// BB-2014 for what is missing, BB-1010 for what cannot be used.
    pub fn new(config: &SaltEdgeConfig, timing: Timing) -> Result<Self> {
        let base = config.base_url.as_deref().unwrap_or(BASE);
        let caller = Caller::new(Client::new()?, base, TITLE, timing)?;
        Ok(Self {
            caller: if config.sandbox { caller } else { caller.at_most(PER_SECOND) },
            keys: auth::Keys::new(config)?,
            callbacks: callback::Callbacks::new(config)?,
            timing,
            sandbox: config.sandbox,
        })
    }

    /// One request, repeated as far as that helps. Gives the answer's `data` and `meta`, and the provider's time.
    /// Everything that is sent is harmless to repeat: what exists or runs already is answered with a class of its own.
    async fn call<T: DeserializeOwned>(
        &self,
        time_left: TimeLeft<'_>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(Envelope<T>, Option<Timestamp>)> {
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let build = || {
            let mut request = self.caller.request(method.clone(), path, HeaderMap::new());
            // The signature is over the address as it is sent.
            let url = reqwest::Url::parse(&request.url);
            request.url = url.map_err(|_| Error::new(Code::BUG).arg("what", "an address"))?.into();
            request.body = body.clone();
            self.keys.let_in(&mut request, Timestamp::now())?;
            Ok(request)
        };
        let mut again = true;
        loop {
            let refused = |answer: &Answer| errors::refused(answer);
            let sent = self.caller.send(Repeat::Harmless, time_left, build, refused).await;
            let read = sent.and_then(|answer| {
                let now = answer.headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
                let now = now.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|at| at.timestamp());
                Ok((self.caller.json(&answer)?, now))
            });
            match read {
                // An answer that was cut off, or a signature that came too late: once more.
                Err(error) if again && may_pass(&error) && !time_left().is_zero() => again = false,
                read => return read,
            }
        }
    }

    /// All entries of a list, over its pages, from an id on where one is given.
    async fn list<T: DeserializeOwned>(
        &self,
        time_left: TimeLeft<'_>,
        path: &str,
        from: Option<&str>,
    ) -> Result<Vec<T>> {
        let mut entries = Vec::new();
        let mut from = from.map(str::to_owned);
        let mut seen = HashSet::new();
        for _ in 0..MAX_PAGES {
            let mark = if path.contains('?') { '&' } else { '?' };
            let after = from.as_ref().map(|id| format!("&from_id={}", encoded(id))).unwrap_or_default();
            let path = format!("{path}{mark}per_page={PER_PAGE}{after}");
            let (page, _): (Envelope<Vec<T>>, _) = self.call(time_left, Method::GET, &path, None).await?;
            entries.extend(page.data);
            let meta = page.meta.unwrap_or_default();
            if let Some(link) = &meta.next_page {
                self.caller.own_link(link).map_err(|error| error.origin(Origin::of(TITLE)))?;
            }
            let Some(next) = meta.next_id.map(|id| id.0) else { return Ok(entries) };
            let onwards = from.as_deref().is_none_or(|from| map::is_after(&next, from));
            if !onwards || !seen.insert(next.clone()) {
                break;
            }
            from = Some(next);
        }
        let count = entries.len();
        Err(error(Code::PROVIDER_PAGES_REPEAT).arg("count", count))
    }

    /// For what is asked without a connection: as long as all tries of one request, and one wait, may take.
    fn for_all_tries(&self) -> impl Fn() -> Duration + Send + Sync + use<> {
        let tries = u32::try_from(self.timing.tries).unwrap_or(1).max(1);
        let (began, budget) = (Instant::now(), self.timing.call * tries + self.timing.longest_wait);
        move || budget.saturating_sub(began.elapsed())
    }
}

/// The code that a class of Salt Edge's errors has, for the documentation and the tests of its table.
#[must_use]
pub fn code_of(class: &str) -> Option<Code> {
    errors::code(class)
}

/// Whether the same request may go well a moment later.
fn may_pass(error: &Error) -> bool {
    let cut_off = error.code() == Code::PROVIDER_ANSWER_UNREADABLE;
    cut_off || errors::is_one_of(error, &["RequestExpired"])
}

/// Text as it stands in an address: all but the unreserved characters (RFC 3986, 2.3) is encoded.
fn encoded(text: &str) -> PercentEncode<'_> {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, RESERVED)
}

/// A failure with this provider's name in it.
fn error(code: Code) -> Error {
    super::failure(TITLE, code)
}

#[async_trait]
impl Provider for SaltEdge {
    fn id(&self) -> &'static str {
        "saltedge"
    }

    fn profile(&self) -> Profile {
        Profile {
            id: self.id(),
            title: TITLE,
            sandbox: self.sandbox,
            consent: Consent::Redirect,
            price: "free",
            renewal_days: 90,
            site: "https://www.saltedge.com".to_owned(),
        }
    }

    async fn check(&self) -> Result<()> {
        let time_left = self.for_all_tries();
        let _: (Envelope<Vec<IgnoredAny>>, _) =
            self.call(&time_left, Method::GET, "/countries", None).await?;
        Ok(())
    }

    async fn institutions(&self, country: &str) -> Result<Vec<Institution>> {
        let time_left = self.for_all_tries();
        let mut countries = vec![country];
        if self.sandbox && country != FAKE_COUNTRY {
            countries.push(FAKE_COUNTRY);
        }
        let mut institutions: Vec<Institution> = Vec::new();
        for country in countries {
            let path = format!("/providers?country_code={}", encoded(country));
            let path = if self.sandbox { path + "&include_sandboxes=true" } else { path };
            for bank in self.list::<wire::Bank>(&time_left, &path, None).await? {
                if map::is_offered(&bank) && !institutions.iter().any(|known| known.id == bank.code) {
                    institutions.push(map::institution(bank));
                }
            }
        }
        Ok(institutions)
    }

    async fn connect(&self, session: &mut Session<'_>, wish: &Wish) -> Result<Linked> {
        self.link(session, wish).await
    }

    async fn returned(&self, session: &mut Session<'_>, parameters: &[(String, String)]) -> Result<Linked> {
        self.came_back(session, parameters).await
    }

    async fn accounts(&self, session: &mut Session<'_>) -> Result<Accounts> {
        self.read_accounts(session).await
    }

    async fn refresh(&self, session: &mut Session<'_>, _: &[RemoteAccount]) -> Result<Vec<Error>> {
        self.ask_bank(session).await
    }

    async fn transactions(
        &self,
        session: &mut Session<'_>,
        account: &RemoteAccount,
        since: Date,
    ) -> Result<Reading> {
        self.read_transactions(session, account, since).await
    }

    async fn webhook(&self, headers: &HeaderMap, body: &[u8]) -> Result<Option<Hint>> {
        callback::verified(self.callbacks.as_ref(), headers, body)
    }
}
