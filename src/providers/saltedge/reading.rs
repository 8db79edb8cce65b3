//! Accounts and transactions, as Salt Edge has them. Nothing is asked of a bank here.
//!
//! ```text
//! where reading starts = connection "/" since "/" id of the first transaction that is booked since then,
//!                        or of the newest one where none is
//! ```
//!
//! Ids ascend in the order of arrival, so a transaction that comes later has a higher id, however early it was booked.
//! Reading starts at that id again and again, and misses nothing; a reading that goes further back in time, or is of
//! another connection, starts from the beginning.

use std::collections::HashSet;

use http::Method;
use jiff::Timestamp;

use super::map::{self, Read};
use super::wire::{self, Consent, Envelope};
use super::{SaltEdge, TITLE, encoded, error, errors};
use crate::domain::Date;
use crate::errors::{Code, Error, Result};
use crate::providers::session::Session;
use crate::providers::wire::Moment;
use crate::providers::{Accounts, Institution, Reading, RemoteAccount};

/// Message for a bank that wants its customer at every turn.
pub(super) const EACH_TIME: &str = "it gives new transactions only while its customer is logged in";

impl SaltEdge {
    /// The connection as it stands, and the provider's time.
    pub(super) async fn connection(
        &self,
        session: &Session<'_>,
        id: &str,
    ) -> Result<(wire::Connection, Timestamp)> {
        let path = format!("/connections/{}", encoded(id));
        let time_left = || session.time_left();
        let (envelope, now): (Envelope<wire::Connection>, _) =
            self.call(&time_left, Method::GET, &path, None).await?;
        Ok((envelope.data, now.unwrap_or_else(Timestamp::now)))
    }

    pub(super) async fn read_accounts(&self, session: &mut Session<'_>) -> Result<Accounts> {
        let id = connection_id(session)?;
        let (connection, now) = self.connection(session, &id).await?;
        let time_left = || session.time_left();
        let by_connection = format!("connection_id={}", encoded(&id));
        let consents: Vec<Consent> =
            self.list(&time_left, &format!("/consents?{by_connection}"), None).await?;
        let accounts: Vec<wire::Account> =
            self.list(&time_left, &format!("/accounts?{by_connection}"), None).await?;
        let (consent_until, consent_problem) = standing(consents, now);
        let accounts = accounts.into_iter().map(|account| map::account(account, &connection)).collect();
        let institution = connection.provider_code.clone().map(|code| Institution {
            name: connection.provider_name.clone().unwrap_or_else(|| code.clone()),
            id: code,
            country: connection.country_code.clone(),
            ..Institution::default()
        });
        // Where both say that the consent ended, the attempt has the provider's own class for it.
        let of_connection = problem(&connection);
        let same = of_connection.as_ref().is_some_and(|problem| problem.code() == Code::CONSENT_ENDED);
        let problem = if same { of_connection } else { consent_problem.or(of_connection) };
        Ok(Accounts { accounts, institution, consent_until, problem })
    }

    pub(super) async fn read_transactions(
        &self,
        session: &mut Session<'_>,
        account: &RemoteAccount,
        since: Date,
    ) -> Result<Reading> {
        let connection = connection_id(session)?;
        let stored = session.state.cursors.get(&account.id);
        let from = stored.and_then(|cursor| start(cursor, &connection, since)).map(str::to_owned);
        let path = format!(
            "/transactions?connection_id={}&account_id={}",
            encoded(&connection),
            encoded(&account.id)
        );
        let time_left = || session.time_left();
        let mut entries = self.list(&time_left, &path, from.as_deref()).await;
        if from.is_some()
            && entries.as_ref().is_err_and(|error| errors::is_one_of(error, &["TransactionNotFound"]))
        {
            entries = self.list(&time_left, &path, None).await;
        }
        let entries = entries.map_err(|failure| gone(failure, account))?;
        read(entries, &connection, since)
    }
}

/// The connection that the state knows.
///
/// # Errors
/// BB-2204 where linking was begun and not finished, BB-2206 where there is none.
pub(super) fn connection_id(session: &Session<'_>) -> Result<String> {
    let unfinished = session.state.pending.is_some();
    session
        .state
        .ids
        .get("connection")
        .cloned()
        .ok_or_else(|| error(if unfinished { Code::CONSENT_UNFINISHED } else { Code::CONNECTION_GONE }))
}

/// Names the account in the failure that it is not there any more.
fn gone(failure: Error, account: &RemoteAccount) -> Error {
    if failure.code() != Code::ACCOUNT_GONE {
        return failure;
    }
    let number = account.account.key();
    let name = if number.is_empty() { account.name.as_deref().unwrap_or(&account.id) } else { number };
    let named = Error::new(Code::ACCOUNT_GONE).arg("provider", TITLE).arg("account", name);
    named.origin(failure.said().cloned().unwrap_or_default())
}

/// The id at which reading starts, where the stored place still holds.
fn start<'a>(cursor: &'a str, connection: &str, since: Date) -> Option<&'a str> {
    let mut parts = cursor.splitn(3, '/');
    let (of, from_day, id) = (parts.next()?, parts.next()?.parse::<Date>().ok()?, parts.next()?);
    (of == connection && from_day <= since && !id.is_empty()).then_some(id)
}

/// Lines out of the entries of a list.
fn read(entries: Vec<wire::Transaction>, connection: &str, since: Date) -> Result<Reading> {
    let (mut copies, mut doubtful) = (0_usize, 0_usize);
    let mut seen = HashSet::new();
    let (mut first, mut newest): (Option<String>, Option<String>) = (None, None);
    let mut lines = Vec::new();
    for entry in entries {
        let id = entry.id.0.clone();
        if !seen.insert(id.clone()) {
            continue;
        }
        let (booked_on, line) = match map::transaction(entry)? {
            Read::Pending => continue,
            Read::Copy { booked_on } => (booked_on, None),
            Read::Line { line, doubtful } => (line.draft.booked_on, Some((line, doubtful))),
        };
        if newest.as_ref().is_none_or(|newest| map::by_number(&id, newest).is_gt()) {
            newest = Some(id.clone());
        }
        if booked_on < since {
            continue;
        }
        if first.as_ref().is_none_or(|first| map::by_number(&id, first).is_lt()) {
            first = Some(id);
        }
        match line {
            None => copies += 1,
            Some((line, perhaps)) => {
                doubtful += usize::from(perhaps);
                lines.push(*line);
            }
        }
    }
    // Within a day they stay in the order of their ids.
    lines.sort_by(|a, b| {
        let days = a.draft.booked_on.cmp(&b.draft.booked_on);
        days.then_with(|| map::by_number(&a.id, &b.id))
    });
    let counted = |code, count: usize| (count > 0).then(|| error(code).arg("count", count));
    let findings = [counted(Code::COPIES_LEFT_OUT, copies), counted(Code::PERHAPS_DOUBLE, doubtful)];
    Ok(Reading {
        lines,
        findings: findings.into_iter().flatten().collect(),
        cursor: first.or(newest).map(|id| format!("{connection}/{since}/{id}")),
    })
}

/// When the consent ends: that of the newest which is not revoked; and what is wrong with it.
fn standing(consents: Vec<Consent>, now: Timestamp) -> (Option<Timestamp>, Option<Error>) {
    if consents.is_empty() {
        return (None, None);
    }
    let age = |consent: &Consent| consent.created_at.map(Moment::timestamp);
    let number = |consent: &Consent| consent.id.as_ref().map(|id| id.0.clone()).unwrap_or_default();
    let good = consents.into_iter().filter(|consent| consent.revoked_at.is_none());
    let newest = good.max_by(|a, b| age(a).cmp(&age(b)).then_with(|| map::by_number(&number(a), &number(b))));
    let Some(newest) = newest else { return (None, Some(error(Code::CONSENT_ENDED))) };
    let until = newest.expires_at.map(Moment::timestamp);
    (until, until.filter(|until| *until <= now).map(|_| error(Code::CONSENT_ENDED)))
}

/// What is wrong with a connection that can be read.
fn problem(connection: &wire::Connection) -> Option<Error> {
    let attempt = connection.last_attempt.as_ref();
    let status = connection.status.as_deref();
    if status == Some("disabled") {
        return Some(error(Code::BANK_DISABLED));
    }
    if let Some(attempt) = attempt.filter(|attempt| attempt.failed()) {
        return Some(failure(connection, attempt));
    }
    if let Some(attempt) = attempt.filter(|attempt| attempt.runs()) {
        return (attempt.finished_recent != Some(true)).then(|| error(Code::BANK_BUSY));
    }
    let each_time = || error(Code::BANK_WANTS_CUSTOMER).arg("message", EACH_TIME);
    (status == Some("inactive")).then(each_time)
}

/// Why an attempt failed, with the ids that the provider's support asks for.
pub(super) fn failure(connection: &wire::Connection, attempt: &wire::Attempt) -> Error {
    let failed = errors::of_attempt(attempt.fail_error_class.as_deref(), attempt.fail_message.as_deref());
    let id = attempt.id.as_ref().map(|id| format!(", attempt {}", id.0)).unwrap_or_default();
    failed.detail(format!("connection {}{id}", connection.id.0))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn since() -> Date {
        Date::constant(2026, 11, 10)
    }

    fn entry(id: u64, day: &str, change: impl std::borrow::Borrow<Value>) -> wire::Transaction {
        let mut value = json!({"id": id.to_string(), "status": "posted", "made_on": day, "amount": 1,
            "currency_code": "EUR"});
        for (name, member) in change.borrow().as_object().unwrap() {
            value[name] = member.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    fn ids(reading: &Reading) -> Vec<&str> {
        reading.lines.iter().map(|line| line.id.as_str()).collect()
    }

    #[test]
    fn reading_starts_again_at_the_first_line_that_counts() {
        let entries = vec![
            entry(8, "2026-11-02", json!({})),
            entry(9, "2026-11-12", json!({})),
            entry(10, "2026-11-11", json!({})),
            entry(11, "2026-11-01", json!({})),
        ];
        let reading = read(entries, "55", since()).unwrap();
        assert_eq!(ids(&reading), ["10", "9"], "the oldest booking comes first");
        assert_eq!(reading.cursor.as_deref(), Some("55/2026-11-10/9"));
        let none = read(
            vec![entry(99, "2026-11-02", json!({})), entry(100, "2026-11-01", json!({}))],
            "55",
            since(),
        );
        assert_eq!(none.unwrap().cursor.as_deref(), Some("55/2026-11-10/100"));
        assert_eq!(read(Vec::new(), "55", since()).unwrap().cursor, None);
    }

    #[test]
    fn a_stored_place_holds_for_its_connection_and_no_earlier_day() {
        assert_eq!(start("55/2026-11-10/9", "55", since()), Some("9"));
        assert_eq!(start("55/2026-11-10/9", "55", since().tomorrow().unwrap()), Some("9"));
        assert_eq!(start("55/2026-11-10/9", "55", since().yesterday().unwrap()), None);
        assert_eq!(start("55/2026-11-10/9", "56", since()), None);
        for broken in ["", "9", "55/9", "55/x/9", "55/2026-11-10/"] {
            assert_eq!(start(broken, "55", since()), None, "{broken}");
        }
    }

    #[test]
    fn pending_and_copies_stay_out_and_doubts_come_along() {
        let entries = vec![
            entry(1, "2026-11-12", json!({"status": "pending"})),
            entry(2, "2026-11-12", json!({"duplicated": true})),
            entry(3, "2026-11-12", json!({"extra": {"possible_duplicate": true}})),
            entry(3, "2026-11-12", json!({})),
            entry(4, "2026-11-12", json!({"extra": {"posting_date": "2026-11-09"}})),
        ];
        let reading = read(entries, "55", since()).unwrap();
        assert_eq!(ids(&reading), ["3"]);
        let findings: Vec<_> = reading.findings.iter().map(Error::code).collect();
        assert_eq!(findings, [Code::COPIES_LEFT_OUT, Code::PERHAPS_DOUBLE]);
        assert_eq!(reading.cursor.as_deref(), Some("55/2026-11-10/2"), "a copy may turn out to be none");
    }

    #[test]
    fn the_newest_consent_that_stands_counts() {
        let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let read = |value: Value| standing(serde_json::from_value(value).unwrap(), now);
        let consent = |id: u32, until: &str, revoked: Option<&str>| {
            json!({"id": id, "expires_at": until, "revoked_at": revoked,
                "created_at": format!("2026-0{id}-01T00:00:00Z")})
        };
        let (old, new) = ("2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (until, problem) = read(json!([consent(2, new, None), consent(1, old, None)]));
        assert_eq!((until, problem.is_none()), (new.parse().ok(), true));
        let (until, problem) = read(json!([consent(2, new, Some(old)), consent(1, old, None)]));
        assert_eq!((until, problem.unwrap().code()), (old.parse().ok(), Code::CONSENT_ENDED));
        let (until, problem) = read(json!([consent(2, new, Some(old))]));
        assert_eq!((until, problem.unwrap().code()), (None, Code::CONSENT_ENDED));
        assert!(read(json!([])).1.is_none());
    }

    #[test]
    fn a_connection_tells_what_is_wrong_with_it() {
        let read = |value: Value| problem(&serde_json::from_value(value).unwrap()).map(|error| error.code());
        let failed = json!({"id": 1, "finished": true, "fail_at": "2026-01-01T00:00:00Z",
            "fail_error_class": "InvalidCredentials", "fail_message": "Invalid credentials."});
        let good = json!({"id": 1, "finished": true, "success_at": "2026-01-01T00:00:00Z"});
        for (status, attempt, expected) in [
            ("active", &good, None),
            ("disabled", &good, Some(Code::BANK_DISABLED)),
            ("inactive", &failed, Some(Code::BANK_LOGIN_REFUSED)),
            ("active", &failed, Some(Code::BANK_LOGIN_REFUSED)),
            ("inactive", &good, Some(Code::BANK_WANTS_CUSTOMER)),
            ("inactive", &json!({"finished": false}), Some(Code::BANK_BUSY)),
            ("active", &json!({"finished": false, "finished_recent": true}), None),
            ("active", &Value::Null, None),
        ] {
            let connection = json!({"id": "1", "status": status, "last_attempt": attempt});
            assert_eq!(read(connection), expected, "{status} {attempt}");
        }
    }
}
