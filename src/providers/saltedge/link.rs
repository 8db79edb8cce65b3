//! Linking a bank, renewing the link, coming back from it, and sending Salt Edge to the bank again.
//!
//! ```text
//! connect    customer (made or found) → page of Salt Edge → page of the bank → back to Odoo
//! renew      the same connection, with the same ids of its accounts and transactions
//! back       the return proves nothing: what the connection says of its last attempt counts
//! refresh    only with a user who is present, not before the bank may be asked again
//! ```

use std::time::Instant;

use http::Method;
use jiff::{Timestamp, ToSpan as _};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;

use super::reading::{EACH_TIME, connection_id, failure};
use super::wire::{self, Connect, Connection, Customer, Envelope};
use super::{SaltEdge, encoded, error, errors};
use crate::errors::{Code, Error, Result};
use crate::providers::session::Session;
use crate::providers::state::{Pending, Secret};
use crate::providers::wire::{Id, Moment};
use crate::providers::{Linked, Wish};

/// Days of history that are asked for where the bank does not say how far back it goes.
const HISTORY: i32 = 90;
/// Days of history that are taken at most; a day less than the limit, for the time zones between.
const LONGEST_HISTORY: i32 = 364;
/// How far the provider's clock may be from ours where it does not tell its time, in minutes.
const CLOCKS: i64 = 5;
/// What is fetched from a bank.
const FETCHED: [&str; 3] = ["accounts", "balance", "transactions"];

impl SaltEdge {
    pub(super) async fn link(&self, session: &mut Session<'_>, wish: &Wish) -> Result<Linked> {
        let bank = self.bank(session, wish).await?;
        // Leads the return to this linking.
        let token = Secret::random()?;
        let pending = Pending {
            state: token.clone(),
            verifier: String::new().into(),
            return_to: wish.return_to.clone(),
        };
        let shared = shared(wish, bank.as_ref(), token.expose());
        let renewed = session.state.ids.get("connection").cloned().filter(|_| same_bank(session, wish));
        let mut opened = None;
        if let Some(id) = renewed {
            let path = format!("/connections/{}/reconnect", encoded(&id));
            match self.open(session, &path, shared.clone()).await {
                Ok(page) => opened = Some(page),
                // Removed at Salt Edge: the bank is connected anew.
                Err(error) if error.code() == Code::CONNECTION_GONE => forget(session),
                Err(error) => return Err(error),
            }
        }
        session.state.ids.remove("anew");
        let (page, asked) = match opened {
            Some(opened) => opened,
            None => self.connect_anew(session, wish, shared).await?,
        };
        session.state.pending = Some(pending);
        session.state.ids.insert("asked".to_owned(), asked.to_string());
        session.keep().await?;
        Ok(Linked::Open { url: page.connect_url, expires: page.expires_at.map(Moment::timestamp) })
    }

    async fn connect_anew(
        &self,
        session: &mut Session<'_>,
        wish: &Wish,
        shared: Map<String, Value>,
    ) -> Result<(Connect, Timestamp)> {
        let known = session.state.ids.get("customer").cloned();
        let customer = match &known {
            Some(customer) => customer.clone(),
            None => self.customer(session, &wish.customer).await?,
        };
        let mut body = shared;
        let mut provider = Map::new();
        if let Some(bank) = &wish.institution {
            provider.insert("code".to_owned(), json!(bank.id));
        }
        if self.sandbox {
            provider.insert("include_sandboxes".to_owned(), json!(true));
        }
        if !provider.is_empty() {
            body.insert("provider".to_owned(), Value::Object(provider));
        }
        body.insert("customer_id".to_owned(), json!(customer));
        let opened = self.open(session, "/connections/connect", body.clone()).await;
        let (customer, opened) = match opened {
            // Removed at Salt Edge since.
            Err(error) if known.is_some() && errors::is_one_of(&error, &["CustomerNotFound"]) => {
                let customer = self.customer(session, &wish.customer).await?;
                body.insert("customer_id".to_owned(), json!(customer));
                (customer, self.open(session, "/connections/connect", body).await?)
            }
            opened => (customer, opened?),
        };
        session.state.ids.insert("customer".to_owned(), customer);
        session.state.ids.insert("anew".to_owned(), "yes".to_owned());
        Ok(opened)
    }

    /// A page for the user, and the provider's time shortly before.
    async fn open(
        &self,
        session: &Session<'_>,
        path: &str,
        body: Map<String, Value>,
    ) -> Result<(Connect, Timestamp)> {
        let time_left = || session.time_left();
        let body = json!({ "data": body });
        let (envelope, now): (Envelope<Connect>, _) =
            self.call(&time_left, Method::POST, path, Some(&body)).await?;
        let asked = now.map(|now| now - 2.seconds());
        Ok((envelope.data, asked.unwrap_or_else(|| Timestamp::now() - CLOCKS.minutes())))
    }

    /// The customer of that name: made, or found where it is there already.
    async fn customer(&self, session: &Session<'_>, identifier: &str) -> Result<String> {
        let time_left = || session.time_left();
        let no_id = || error(Code::PROVIDER_ANSWER_UNREADABLE).arg("reason", "a customer has no id");
        let body = json!({ "data": { "identifier": identifier } });
        let made: Result<(Envelope<Customer>, _)> =
            self.call(&time_left, Method::POST, "/customers", Some(&body)).await;
        match made {
            Ok((envelope, _)) => envelope.data.key().ok_or_else(no_id),
            Err(error) if errors::is_one_of(&error, &["DuplicatedCustomer", "CustomerAlreadyExists"]) => {
                // The list cannot be searched by name.
                let customers: Vec<Customer> = self.list(&time_left, "/customers", None).await?;
                let found = customers
                    .into_iter()
                    .find(|one| one.identifier.as_deref() == Some(identifier))
                    .ok_or(error)?;
                found.key().ok_or_else(no_id)
            }
            Err(error) => Err(error),
        }
    }

    /// What is known of the bank that is to be linked.
    async fn bank(&self, session: &Session<'_>, wish: &Wish) -> Result<Option<wire::Bank>> {
        let known =
            session.state.ids.get("provider").filter(|_| session.state.ids.contains_key("connection"));
        let wished = wish.institution.as_ref().map(|bank| &bank.id);
        let Some(code) = wished.or(known) else { return Ok(None) };
        let time_left = || session.time_left();
        let path = format!("/providers/{}", encoded(code));
        let bank: Result<(Envelope<wire::Bank>, _)> = self.call(&time_left, Method::GET, &path, None).await;
        match bank {
            Ok((envelope, _)) => Ok(Some(envelope.data)),
            // Renamed since; its connection may be renewed all the same.
            Err(error) if wished.is_none() && error.code() == Code::BANK_UNKNOWN => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn came_back(
        &self,
        session: &mut Session<'_>,
        parameters: &[(String, String)],
    ) -> Result<Linked> {
        let parameter =
            |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);
        let unknown = || error(Code::RETURN_UNKNOWN);
        let token = session.state.pending.as_ref().map(|pending| pending.state.expose().to_owned());
        // Without a link that is waited for, only the last one may come once more.
        let expected = token.as_ref().or_else(|| session.state.ids.get("returned"));
        if let (Some(expected), Some(state)) = (expected, parameter("state")) {
            let random = state.rsplit('.').next().unwrap_or_default();
            if !bool::from(random.as_bytes().ct_eq(expected.as_bytes())) {
                return Err(unknown());
            }
        }
        if token.is_none() && !session.state.ids.contains_key("connection") {
            return Err(unknown());
        }
        let told = || {
            let class = parameter("error_class");
            let told = class.map(|class| errors::of_attempt(Some(class), parameter("error_message")));
            told.unwrap_or_else(|| error(Code::CONSENT_UNFINISHED))
        };
        let found = self.find_connection(session, parameter("connection_id"), token.as_deref()).await?;
        let id = found.ok_or_else(told)?;
        let connection = self.settled(session, &id, None).await?;
        let attempt = connection.last_attempt.as_ref();
        let made = attempt.and_then(|attempt| attempt.created_at).map(Moment::timestamp);
        let asked: Option<Timestamp> = session.state.ids.get("asked").and_then(|text| text.parse().ok());
        if made.zip(asked).is_some_and(|(made, asked)| made < asked) {
            // The user left the page without doing anything.
            return Err(told());
        }
        let ids = &mut session.state.ids;
        if ids.get("connection") != Some(&id) {
            session.state.cursors.clear();
        }
        ids.insert("connection".to_owned(), id.clone());
        ids.insert("subject".to_owned(), id);
        ids.extend(connection.provider_code.clone().map(|code| ("provider".to_owned(), code)));
        ids.remove("asked");
        ids.remove("anew");
        ids.extend(token.map(|token| ("returned".to_owned(), token)));
        session.state.pending = None;
        session.keep().await?;
        match attempt {
            Some(attempt) if attempt.failed() => Err(failure(&connection, attempt)),
            _ => Ok(Linked::Ready),
        }
    }

    /// The connection that a user comes back from: the one that is known; else the one that is named, carries our
    /// token, or is the newest since linking began, among those of our own customer.
    async fn find_connection(
        &self,
        session: &Session<'_>,
        named: Option<&str>,
        token: Option<&str>,
    ) -> Result<Option<String>> {
        let ids = &session.state.ids;
        let known = ids.get("connection").filter(|_| !ids.contains_key("anew"));
        let Some(customer) = ids.get("customer") else { return Ok(known.cloned()) };
        let time_left = || session.time_left();
        let path = format!("/connections?customer_id={}", encoded(customer));
        let connections: Vec<Connection> = self.list(&time_left, &path, None).await?;
        let ours =
            |connection: &&Connection| connection.customer_id.as_ref().is_none_or(|of| of.0 == *customer);
        let carries = |connection: &&Connection| {
            let attempt = connection.last_attempt.as_ref();
            let sent = attempt.and_then(|attempt| attempt.custom_fields.as_ref()?.bank_bridge.as_deref());
            token.is_some() && sent == token
        };
        let by_token = || connections.iter().filter(ours).find(carries).map(|one| one.id.0.clone());
        if let Some(named) = named {
            let found = connections.iter().filter(ours).find(|one| one.id.0 == named);
            let found = found.filter(|one| known.is_none_or(|known| one.id.0 == *known));
            let found = found.ok_or_else(|| error(Code::RETURN_UNKNOWN))?;
            return Ok(Some(found.id.0.clone()));
        }
        if let Some(found) = by_token() {
            return Ok(Some(found));
        }
        if known.is_some() {
            return Ok(known.cloned());
        }
        let asked: Option<Timestamp> = ids.get("asked").and_then(|text| text.parse().ok());
        let made = |one: &&Connection| one.created_at.map(Moment::timestamp);
        // A connection with another token was made by somebody else's linking.
        let bare = |one: &&Connection| {
            let fields = one.last_attempt.as_ref().and_then(|attempt| attempt.custom_fields.as_ref());
            fields.is_none_or(|fields| fields.bank_bridge.is_none())
        };
        let new = |one: &&Connection| made(one).zip(asked).is_some_and(|(made, asked)| made >= asked);
        let newest = connections.iter().filter(ours).filter(bare).filter(new).max_by_key(made);
        Ok(newest.map(|one| one.id.0.clone()))
    }

    /// Waits until no attempt is under way, as long as a bank may take; an attempt named `old` does not count.
    async fn settled(&self, session: &Session<'_>, id: &str, old: Option<&Id>) -> Result<Connection> {
        let began = Instant::now();
        loop {
            let (connection, _) = self.connection(session, id).await?;
            let attempt = connection.last_attempt.as_ref();
            let is_old = old.is_some() && attempt.and_then(|attempt| attempt.id.as_ref()) == old;
            let waits = is_old || connection.is_busy();
            let left = self.timing.bank.saturating_sub(began.elapsed()).min(session.time_left());
            if !waits || left <= self.timing.poll {
                return Ok(connection);
            }
            tokio::time::sleep(self.timing.poll).await;
        }
    }

    /// Whether there is another attempt than the one named `old`.
    async fn has_begun(&self, session: &Session<'_>, id: &str, old: Option<&Id>) -> bool {
        let connection = self.connection(session, id).await;
        connection.is_ok_and(|(connection, _)| {
            connection.last_attempt.and_then(|attempt| attempt.id).is_some_and(|last| Some(&last) != old)
        })
    }

    pub(super) async fn ask_bank(&self, session: &mut Session<'_>) -> Result<Vec<Error>> {
        if session.user.is_none() {
            return Ok(Vec::new());
        }
        let id = connection_id(session)?;
        let (connection, now) = self.connection(session, &id).await?;
        let mut old = None;
        if !connection.is_busy() {
            let next = connection.next_refresh_possible_at.map(Moment::timestamp);
            if next.is_some_and(|next| next > now) {
                return Ok(vec![error(Code::REFRESH_TOO_EARLY)]);
            }
            let time_left = || session.time_left();
            let path = format!("/connections/{}/refresh", encoded(&id));
            let body = json!({ "data": {
                "show_widget": false,
                "return_connection_id": false,
                "automatic_refresh": true,
                "attempt": { "fetch_scopes": FETCHED, "user_present": true },
            } });
            let started: Result<(Envelope<IgnoredAny>, _)> =
                self.call(&time_left, Method::POST, &path, Some(&body)).await;
            old = connection.last_attempt.and_then(|attempt| attempt.id);
            match started {
                Ok(_) => {}
                // One is under way: it brings the same.
                Err(error) if error.code() == Code::BANK_BUSY => old = None,
                // The answer may have been lost, and a repeated request refused because of the first.
                Err(error) if is_vague(&error) && self.has_begun(session, &id, old.as_ref()).await => {}
                Err(failure) if failure.code() == Code::REFRESH_TOO_EARLY && next.is_none() => {
                    let said = failure.said().cloned().unwrap_or_default();
                    let wanted = Error::new(Code::BANK_WANTS_CUSTOMER).arg("message", EACH_TIME);
                    return Ok(vec![wanted.origin(said)]);
                }
                Err(error) => return finding(error),
            }
        }
        let connection = match self.settled(session, &id, old.as_ref()).await {
            Ok(connection) => connection,
            Err(error) => return finding(error),
        };
        let attempt = connection.last_attempt.as_ref();
        let is_old = old.is_some() && attempt.and_then(|attempt| attempt.id.as_ref()) == old.as_ref();
        Ok(match attempt {
            _ if is_old || connection.is_busy() => vec![error(Code::BANK_BUSY)],
            Some(attempt) if attempt.failed() => vec![failure(&connection, attempt)],
            _ => Vec::new(),
        })
    }
}

/// Whether a request may have had its effect all the same.
fn is_vague(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::PROVIDER_UNREACHABLE
            | Code::PROVIDER_TIMEOUT
            | Code::PROVIDER_FAILED
            | Code::PROVIDER_ANSWER_UNREADABLE
            | Code::REFRESH_TOO_EARLY
    )
}

/// A failure that does not keep from reading what Salt Edge has.
fn finding(error: Error) -> Result<Vec<Error>> {
    let code = error.code();
    let of_bank = matches!(code.number(), 2200..=2399) && code != Code::CONNECTION_GONE;
    if of_bank || code.entry().retry { Ok(vec![error]) } else { Err(error) }
}

/// Whether the wish is for the bank that is linked, or for none in particular.
fn same_bank(session: &Session<'_>, wish: &Wish) -> bool {
    let linked = session.state.ids.get("provider");
    let wished = wish.institution.as_ref().map(|bank| &bank.id);
    linked.zip(wished).is_none_or(|(linked, wished)| linked == wished)
}

/// Forgets a connection that is not there any more.
fn forget(session: &mut Session<'_>) {
    session.state.ids.remove("connection");
    session.state.ids.remove("subject");
    session.state.cursors.clear();
}

/// What linking and renewing have in common.
fn shared(wish: &Wish, bank: Option<&wire::Bank>, token: &str) -> Map<String, Value> {
    let days = bank.and_then(|bank| bank.max_fetch_interval).filter(|days| *days > 0);
    let days = days.unwrap_or(HISTORY).min(LONGEST_HISTORY);
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let from_date = today.saturating_sub(days.days());
    let mut consent = json!({ "scopes": ["accounts", "transactions"], "from_date": from_date.to_string() });
    if let Some(days) = bank.and_then(|bank| bank.max_consent_days).filter(|days| *days > 0) {
        consent["period_days"] = json!(days);
    }
    let mut attempt = json!({
        "return_to": return_to(wish, token),
        "fetch_scopes": FETCHED,
        "custom_fields": { "bank_bridge": token },
    });
    let language = wish.locale.as_deref().and_then(|locale| locale.get(..2));
    if let Some(language) = language.filter(|language| language.bytes().all(|b| b.is_ascii_lowercase())) {
        attempt["locale"] = json!(language);
    }
    let members = [
        ("consent", consent),
        ("attempt", attempt),
        ("return_connection_id", json!(true)),
        ("automatic_refresh", json!(true)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The address to come back to, with what leads to this linking.
fn return_to(wish: &Wish, token: &str) -> String {
    let mark = if wish.return_to.contains('?') { '&' } else { '?' };
    format!("{}{mark}state={}.{token}", wish.return_to, encoded(&wish.connection))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Institution;
    use crate::providers::session::Keeper;
    use crate::providers::state::State;

    fn wish() -> Wish {
        Wish {
            return_to: "https://odoo.example.com/bank_bridge/return?key=7".to_owned(),
            connection: "7".to_owned(),
            locale: Some("nl_BE".to_owned()),
            ..Wish::default()
        }
    }

    fn bank(days: impl Into<Option<i32>>, history: i32) -> wire::Bank {
        let days = days.into();
        let bank = json!({"code": "bank", "max_consent_days": days, "max_fetch_interval": history});
        serde_json::from_value(bank).unwrap()
    }

    #[test]
    fn a_consent_stays_within_what_the_bank_allows() {
        let days_back = |body: &Map<String, Value>| {
            let from: jiff::civil::Date = body["consent"]["from_date"].as_str().unwrap().parse().unwrap();
            let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
            (today - from).get_days()
        };
        let body = shared(&wish(), Some(&bank(180, 730)), "t");
        assert_eq!((days_back(&body), &body["consent"]["period_days"]), (LONGEST_HISTORY, &json!(180)));
        let body = shared(&wish(), Some(&bank(None, 60)), "t");
        assert_eq!((days_back(&body), body["consent"].get("period_days")), (60, None));
        let body = shared(&wish(), None, "t");
        assert_eq!((days_back(&body), body["consent"].get("period_days")), (HISTORY, None));
    }

    #[test]
    fn the_way_back_and_the_language_are_told() {
        let body = shared(&wish(), None, "t");
        let back = "https://odoo.example.com/bank_bridge/return?key=7&state=7.t";
        assert_eq!(body["attempt"]["return_to"], back);
        assert_eq!(body["attempt"]["locale"], "nl");
        let plain = Wish { return_to: "https://a.b/c".to_owned(), locale: Some("x".to_owned()), ..wish() };
        let body = shared(&plain, None, "t");
        assert_eq!(body["attempt"]["return_to"], "https://a.b/c?state=7.t");
        assert_eq!(body["attempt"].get("locale"), None);
    }

    struct Nowhere;

    #[async_trait::async_trait]
    impl Keeper for Nowhere {
        async fn keep(&self, _: &State) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn another_bank_is_another_connection() {
        let mut session = Session::new(State::of("saltedge"), None, &Nowhere, std::time::Duration::ZERO);
        let other = |id: &str| Wish {
            institution: Some(Institution { id: id.to_owned(), ..Institution::default() }),
            ..wish()
        };
        assert!(same_bank(&session, &other("a")), "nothing is linked");
        session.state.ids.insert("provider".to_owned(), "a".to_owned());
        assert!(same_bank(&session, &other("a")) && same_bank(&session, &wish()));
        assert!(!same_bank(&session, &other("b")));
    }

    #[test]
    fn what_keeps_from_reading_is_no_finding() {
        assert!(
            finding(error(Code::BACKGROUND_LIMIT)).is_ok() && finding(error(Code::CONSENT_ENDED)).is_ok()
        );
        assert!(finding(error(Code::PROVIDER_TIMEOUT)).is_ok());
        assert!(finding(error(Code::CONNECTION_GONE)).is_err());
        assert!(finding(error(Code::PROVIDER_APPLICATION_REFUSED)).is_err());
    }
}
