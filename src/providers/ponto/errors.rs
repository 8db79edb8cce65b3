//! Ponto's classes of failures to our codes.
//!
//! Its complete list is not public, so a class that is not known goes by rules, in this order:
//!
//! | sign | who mends it |
//! |---|---|
//! | status 5xx, or a bank's answer with one | the bank or Ponto |
//! | a class of the table | as the table says |
//! | the class speaks of authorisation, consent, expiry, revocation | the accountant renews |
//! | the class speaks of "recently", "in progress" or of limits, or status 429 | time |
//! | 401 even with a new token | who entered the credentials |
//! | 403 | who administers the integration |
//! | 404 | the account or the whole link is gone |
//! | the class speaks of maintenance, a technical fault or the bank | the bank |
//! | anything else | us |
//!
//! A failure of a synchronisation is no answer's status but stands in data; there, what is not about the consent is an
//! outage.

use super::Mode;
use super::wire::{Failure, Failures, OauthFailure};
use crate::errors::{Code, Error, Origin};
use crate::http::Answer;

/// Longest class that is taken along, in characters.
const LONGEST_CLASS: usize = 80;

/// What was asked for, which says whose fault a missing thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// A token for what the bridge knows already.
    Token,
    /// The tokens for a code that the user brought.
    Code,
    /// Something of an account.
    Account(&'a str),
    /// Anything else.
    Other,
}

/// Classes with a meaning that is known.
const KNOWN: &[(&str, Code)] = &[
    ("invalid_client", Code::PROVIDER_CREDENTIALS_REFUSED),
    ("unauthorized_client", Code::PROVIDER_CREDENTIALS_REFUSED),
    ("invalidCredentials", Code::PROVIDER_CREDENTIALS_REFUSED),
    ("credentialsInvalid", Code::PROVIDER_CREDENTIALS_REFUSED),
    ("clientIdInvalid", Code::PROVIDER_CREDENTIALS_REFUSED),
    ("invalid_grant", Code::CONNECTION_GONE),
    ("authorizationCodeInvalid", Code::CONSENT_UNFINISHED),
    ("invalid_scope", Code::PROVIDER_RIGHT_MISSING),
    ("invalid_request", Code::PROVIDER_REQUEST_REFUSED),
    ("unsupported_grant_type", Code::PROVIDER_REQUEST_REFUSED),
    ("access_denied", Code::CONSENT_REFUSED),
    // Seen by nobody: the token is renewed and the call repeated, and the second refusal is one of credentials.
    ("invalidAccessToken", Code::PROVIDER_FAILED),
    ("invalidSynchronizationResource", Code::ACCOUNT_GONE),
    ("accountRecentlySynchronized", Code::REFRESH_TOO_EARLY),
    ("synchronizationInProgress", Code::BANK_BUSY),
    ("authorizationInvalid", Code::CONSENT_ENDED),
    ("authorizationExpired", Code::CONSENT_ENDED),
    ("tooManyRequests", Code::PROVIDER_LIMIT),
    ("rateLimitExceeded", Code::PROVIDER_LIMIT),
];

/// The error of an answer that is no success.
pub(super) fn refused(mode: Mode, asked: Asked<'_>, answer: &Answer) -> Error {
    let api: Option<Failures> = serde_json::from_slice(&answer.body).ok();
    let all = api.map(|failures| failures.errors).unwrap_or_default();
    if let Some(failure) = worst(&all, |failure| of_status(mode, asked, answer.status, failure)) {
        let code = of_status(mode, asked, answer.status, failure);
        return filled(mode, asked, code, Some(answer.status), failure);
    }
    let oauth: Option<OauthFailure> = serde_json::from_slice(&answer.body).ok();
    let failure = Failure { code: oauth.map(|failure| failure.error), ..Failure::default() };
    filled(mode, asked, of_status(mode, asked, answer.status, &failure), Some(answer.status), &failure)
}

/// What a synchronisation that went wrong says; none where nothing is wrong.
pub(super) fn at_the_bank(mode: Mode, account: &str, failures: &[Failure]) -> Option<Error> {
    let failure = worst(failures, of_data)?;
    Some(filled(mode, Asked::Account(account), of_data(failure), None, failure))
}

/// The user came back with an error instead of a code (RFC 6749, 4.1.2.1).
pub(super) fn returned(mode: Mode, class: &str) -> Error {
    let failure = Failure { code: Some(class.to_owned()), ..Failure::default() };
    let code = match class {
        "server_error" | "temporarily_unavailable" => Code::PROVIDER_FAILED,
        _ => of_status(mode, Asked::Code, 400, &failure),
    };
    filled(mode, Asked::Code, code, Some(400), &failure)
}

/// Whether an answer says that the access token is good no more.
pub(super) fn token_refused(error: &Error) -> bool {
    error.code() == Code::PROVIDER_FAILED && error.args().contains(&("status", "401".to_owned()))
}

/// The failure that a person has to mend, else the first.
fn worst(failures: &[Failure], code: impl Fn(&Failure) -> Code) -> Option<&Failure> {
    failures.iter().find(|failure| !code(failure).entry().retry).or_else(|| failures.first())
}

fn of_status(mode: Mode, asked: Asked<'_>, status: u16, failure: &Failure) -> Code {
    let class = failure.code.as_deref().unwrap_or_default();
    let bank = failure.meta.as_ref().and_then(|meta| meta.financial_institution_response.as_ref());
    if status >= 500 || bank.and_then(|bank| bank.status_code).is_some_and(|status| status >= 500) {
        return if bank.is_some() { Code::BANK_UNAVAILABLE } else { Code::PROVIDER_FAILED };
    }
    let code =
        known(class).or_else(|| renewal(class)).or_else(|| time(class)).unwrap_or_else(|| match status {
            429 => Code::PROVIDER_LIMIT,
            // Once a token was given, the first refusal may only be its end.
            401 if !matches!(asked, Asked::Token | Asked::Code) => Code::PROVIDER_FAILED,
            401 => Code::PROVIDER_CREDENTIALS_REFUSED,
            403 => Code::PROVIDER_RIGHT_MISSING,
            404 => gone(asked, failure),
            _ if says(class, &["maintenance", "technical", "financialinstitution"]) => Code::BANK_UNAVAILABLE,
            400 | 402..=499 => Code::PROVIDER_REQUEST_REFUSED,
            _ => Code::PROVIDER_FAILED,
        });
    match (code, asked) {
        (Code::PROVIDER_CREDENTIALS_REFUSED, _) => mode.credentials_refused(),
        (Code::CONNECTION_GONE, Asked::Code) => Code::CONSENT_UNFINISHED,
        _ => code,
    }
}

fn of_data(failure: &Failure) -> Code {
    let class = failure.code.as_deref().unwrap_or_default();
    known(class).or_else(|| renewal(class)).or_else(|| time(class)).unwrap_or(Code::BANK_UNAVAILABLE)
}

fn known(class: &str) -> Option<Code> {
    KNOWN.iter().find(|(known, _)| *known == class).map(|(_, code)| *code)
}

fn renewal(class: &str) -> Option<Code> {
    let speaks = says(class, &["authoriz", "authoris", "consent", "expired", "revoked", "reauth"]);
    (speaks && !says(class, &["unauthori"])).then_some(Code::CONSENT_ENDED)
}

fn time(class: &str) -> Option<Code> {
    if says(class, &["recently"]) {
        return Some(Code::REFRESH_TOO_EARLY);
    }
    if says(class, &["inprogress"]) {
        return Some(Code::BANK_BUSY);
    }
    says(class, &["toomany", "ratelimit"]).then_some(Code::PROVIDER_LIMIT)
}

fn gone(asked: Asked<'_>, failure: &Failure) -> Code {
    let resource = failure.meta.as_ref().and_then(|meta| meta.resource.as_deref());
    match (asked, resource) {
        (Asked::Account(_), None | Some("account")) => Code::ACCOUNT_GONE,
        // What a synchronisation made is kept for a while only.
        (_, Some("synchronization")) => Code::BANK_BUSY,
        _ => Code::CONNECTION_GONE,
    }
}

fn says(class: &str, words: &[&str]) -> bool {
    let class = class.to_ascii_lowercase();
    words.iter().any(|word| class.contains(word))
}

/// The error with what its sentence needs and what Ponto's support asks for.
fn filled(mode: Mode, asked: Asked<'_>, code: Code, status: Option<u16>, failure: &Failure) -> Error {
    let meta = failure.meta.as_ref();
    let class = failure.code.as_deref().and_then(plain);
    let mut error = Error::new(code);
    for name in code.entry().argument_names() {
        let value = match name {
            "provider" => mode.title().to_owned(),
            "status" => status.map(|status| status.to_string()).unwrap_or_default(),
            "account" => match asked {
                Asked::Account(id) => plain(id).unwrap_or_default(),
                _ => String::new(),
            },
            "reason" => {
                let pointer = failure.source.as_ref().and_then(|source| source.pointer.as_deref());
                let member = pointer.or(meta.and_then(|meta| meta.attribute.as_deref())).and_then(plain);
                let class = class.clone().or_else(|| Some(format!("status {}", status?)));
                [class, member].into_iter().flatten().collect::<Vec<_>>().join(" at ")
            }
            _ => continue,
        };
        error = error.arg(name, value);
    }
    let request = meta.and_then(|meta| meta.request_id.as_deref()).and_then(plain);
    error.origin(Origin { class, request, ..Origin::of(mode.title()) })
}

/// A text that can only be a name of theirs: what else might stand there is nobody's business.
fn plain(text: &str) -> Option<String> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"_-./".contains(&c);
    (!text.is_empty() && text.len() <= LONGEST_CLASS && text.bytes().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::FixedBy;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    fn code(status: u16, class: &str) -> Code {
        let body = format!(r#"{{"errors":[{{"code":"{class}"}}]}}"#);
        refused(Mode::MyPonto, Asked::Other, &answer(status, &body)).code()
    }

    #[test]
    fn unknown_classes_go_by_rules() {
        for (status, class, expected) in [
            (400, "consentRevoked", Code::CONSENT_ENDED),
            (400, "syncedTooRecently", Code::REFRESH_TOO_EARLY),
            (409, "somethingInProgress", Code::BANK_BUSY),
            (400, "tooManySomething", Code::PROVIDER_LIMIT),
            (401, "unauthorized", Code::PROVIDER_FAILED),
            (403, "forbidden", Code::PROVIDER_RIGHT_MISSING),
            (404, "whatever", Code::CONNECTION_GONE),
            (400, "technicalFailure", Code::BANK_UNAVAILABLE),
            (422, "whatever", Code::PROVIDER_REQUEST_REFUSED),
            (302, "whatever", Code::PROVIDER_FAILED),
            (500, "invalidCredentials", Code::PROVIDER_FAILED),
        ] {
            assert_eq!(code(status, class), expected, "{status} {class}");
        }
    }

    #[test]
    fn what_a_person_must_mend_goes_before_what_passes() {
        let body = r#"{"errors":[{"code":"tooManyRequests"},{"code":"authorizationExpired"}]}"#;
        let error = refused(Mode::MyPonto, Asked::Other, &answer(400, body));
        assert_eq!(error.code(), Code::CONSENT_ENDED);
        assert_eq!(error.said().unwrap().class.as_deref(), Some("authorizationExpired"));
    }

    #[test]
    fn credentials_are_the_customers_or_the_applications() {
        let body = r#"{"error":"invalid_client","error_description":"secret"}"#;
        let of = |mode| refused(mode, Asked::Token, &answer(401, body));
        assert_eq!(of(Mode::MyPonto).code().entry().fixed_by, FixedBy::OdooAdministrator);
        assert_eq!(of(Mode::Connect).code().entry().fixed_by, FixedBy::BridgeAdministrator);
        assert!(!format!("{:?} {:?}", of(Mode::Connect), of(Mode::Connect).said()).contains("secret"));
        let of = |asked| refused(Mode::Connect, asked, &answer(400, r#"{"error":"invalid_grant"}"#)).code();
        assert_eq!(of(Asked::Token), Code::CONNECTION_GONE);
        assert_eq!(of(Asked::Code), Code::CONSENT_UNFINISHED);
    }

    #[test]
    fn a_request_that_is_refused_names_the_member_and_no_value() {
        let body = r#"{"errors":[{"code":"invalid","detail":"GEHEIM","source":{"pointer":"/data/attributes/x"},
            "meta":{"requestId":"r-1"}}]}"#;
        let error = refused(Mode::MyPonto, Asked::Other, &answer(422, body));
        assert_eq!(
            error.sentence(),
            "Ponto does not take the bridge's request: invalid at /data/attributes/x"
        );
        assert_eq!(error.said().unwrap().request.as_deref(), Some("r-1"));
        let html = refused(Mode::MyPonto, Asked::Other, &answer(403, "<html>"));
        assert_eq!(html.sentence(), "Ponto does not allow this: status 403");
    }

    /// Whether a code asks for what the table of Ponto's classes says.
    fn agrees(action: &str, code: Code) -> bool {
        let entry = code.entry();
        let by = |known: &[FixedBy]| known.contains(&entry.fixed_by);
        match action {
            "renew" => !entry.retry && by(&[FixedBy::Accountant]),
            // An account that is gone is linked again by the accountant.
            "config" => {
                !entry.retry
                    && by(&[FixedBy::Accountant, FixedBy::OdooAdministrator, FixedBy::BridgeAdministrator])
            }
            "retry" => entry.retry,
            "outage" => entry.retry && by(&[FixedBy::Bank]),
            "bug" => !entry.retry && by(&[FixedBy::Developers]),
            _ => false,
        }
    }

    /// The codes that a row of the table leads to.
    fn codes(mode: Mode, place: &str, class: &str, http: &str) -> Vec<Code> {
        let in_data = |class: &str| {
            let failure = Failure { code: Some(class.to_owned()), ..Failure::default() };
            at_the_bank(mode, "a-1", &[failure]).unwrap().code()
        };
        let answered =
            |status: u16, body: String| refused(mode, Asked::Account("a-1"), &answer(status, &body)).code();
        let api =
            |status: u16, class: &str| answered(status, format!(r#"{{"errors":[{{"code":"{class}"}}]}}"#));
        let shown = |account: serde_json::Value, bank: serde_json::Value| {
            let account = serde_json::from_value(account).unwrap();
            let bank = serde_json::from_value(bank).unwrap();
            let now = jiff::Timestamp::now();
            super::super::map::account(mode, account, Some(&bank), now).problem.unwrap().code()
        };
        let (account, bank) = (
            serde_json::json!({"id": "a-1", "attributes": {}}),
            serde_json::json!({"id": "b-1", "attributes": {}}),
        );
        if let Some(kind) = class.strip_prefix("maintenanceType=") {
            return vec![shown(
                account,
                serde_json::json!({"id": "b-1", "attributes": {"maintenanceType": kind}}),
            )];
        }
        match (place, class) {
            ("account", "deprecated=true") => {
                vec![shown(serde_json::json!({"id": "a-1", "attributes": {"deprecated": true}}), bank)]
            }
            ("account", _) => {
                let with = |availability: &str| {
                    let meta = serde_json::json!({"availability": availability});
                    shown(serde_json::json!({"id": "a-1", "attributes": {}, "meta": meta}), bank.clone())
                };
                vec![with("readonly"), with("unavailable")]
            }
            ("authorize redirect", class) => vec![returned(mode, class).code()],
            ("synchronization.errors", "(any other code)") => vec![in_data("somethingElse")],
            ("synchronization.errors", rule) if rule.starts_with('(') => {
                let words = rule.trim_end_matches(')').split("containing ").nth(1).unwrap();
                words.split(", ").map(|word| in_data(&format!("some{word}Thing"))).collect()
            }
            ("synchronization.errors", class) => vec![in_data(class)],
            (_, "(TLS handshake failure)") => Vec::new(),
            ("token", class) => vec![
                refused(mode, Asked::Token, &answer(400, &format!(r#"{{"error":"{class}"}}"#))).code(),
                refused(mode, Asked::Code, &answer(401, &format!(r#"{{"error":"{class}"}}"#))).code(),
            ],
            (_, class) => {
                let named = if class.starts_with('(') { "whatever" } else { class };
                let status =
                    |text: &str| text.replace("5xx", "503").get(..3).and_then(|text| text.parse().ok());
                http.split('/').filter_map(status).map(|status| api(status, named)).collect()
            }
        }
    }

    /// The table lies outside the project.
    #[test]
    fn every_class_of_the_table_has_a_code_that_agrees() {
        let Some(folder) = std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty()) else {
            return;
        };
        let path = std::path::Path::new(&folder).join("providers/ponto/error_table.json");
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(rows.len() > 25);
        for row in rows {
            let text = |name: &str| row[name].as_str().unwrap();
            for mode in [Mode::MyPonto, Mode::Connect] {
                let codes = codes(mode, text("where"), text("code"), text("http"));
                assert!(!codes.is_empty() || text("code") == "(TLS handshake failure)", "{row}");
                for code in codes {
                    assert!(agrees(text("action"), code), "{row}: {code} for {mode:?}");
                }
            }
        }
    }
}
