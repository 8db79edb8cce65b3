//! Salt Edge's classes of errors to the codes of the catalogue.
//!
//! A class decides, never the status alone: most statuses are not documented. Three envelopes are known, and answers
//! that are none:
//!
//! | body | from |
//! |---|---|
//! | `{"error": {"class", "message", "request_id"}}` | versions 5 and 6 |
//! | `{"error_class", "error_message"}` | version 4, still seen |
//! | `{"error": "text"}` | applications that are not approved yet |
//! | a page in HTML | the firewall (403), an unknown address (404): neither says anything of a resource |

use serde::Deserialize;
use serde_json::Value;

use super::TITLE;
use crate::errors::{Code, Error, Origin};
use crate::http::Answer;

/// Longest message of the provider that is shown, in characters.
const SHOWN: usize = 200;
/// A word of so many characters may be a token, and is not shown. Ids have 19.
const TOKEN: usize = 22;

/// What an answer that is no success says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) class: Option<String>,
    message: Option<String>,
    request: Option<String>,
    json: bool,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_class: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
}

impl Said {
    /// Reads any of the envelopes.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            let json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
            return Self { json, ..Self::default() };
        };
        let member = |name: &str| body.error.get(name).and_then(Value::as_str).map(str::to_owned);
        let plain = || body.error.as_str().map(str::to_owned);
        Self {
            class: member("class").or(body.error_class).filter(|class| is_class(class)),
            message: member("message").or_else(plain).or(body.error_message),
            request: member("request_id").filter(|id| id.len() <= 100 && id.is_ascii()),
            json: true,
        }
    }
}

/// The class of an error that the provider gave, if it is one of these.
pub(super) fn is_one_of(error: &Error, classes: &[&str]) -> bool {
    let class = error.said().and_then(|origin| origin.class.as_deref());
    class.is_some_and(|class| classes.contains(&class))
}

/// The failure that an answer tells.
pub(super) fn refused(answer: &Answer) -> Error {
    let said = Said::read(&answer.body);
    let status = answer.status;
    let code = match &said.class {
        Some(class) => code(class).unwrap_or_else(|| fallback(class, Some(status))),
        None if status >= 500 => Code::PROVIDER_FAILED,
        None if status == 429 => Code::PROVIDER_LIMIT,
        None if !said.json => {
            let reason = format!("status {status} with a page that is no JSON");
            let error = Error::new(Code::PROVIDER_ANSWER_UNREADABLE).arg("reason", reason);
            return error.arg("provider", TITLE).origin(Origin::of(TITLE));
        }
        None if matches!(status, 401 | 403) || said.message.is_some() => Code::PROVIDER_APPLICATION_REFUSED,
        None => Code::PROVIDER_REQUEST_REFUSED,
    };
    filled(code, said, &status.to_string())
}

/// The failure of an attempt, which an answer of success tells.
pub(super) fn of_attempt(class: Option<&str>, message: Option<&str>) -> Error {
    let class = class.filter(|class| is_class(class));
    let code =
        class.map_or(Code::BANK_UNAVAILABLE, |class| code(class).unwrap_or_else(|| fallback(class, None)));
    let said =
        Said { class: class.map(str::to_owned), message: message.map(str::to_owned), ..Said::default() };
    let status = class.unwrap_or("unknown").to_owned();
    filled(code, said, &status)
}

fn filled(code: Code, said: Said, status: &str) -> Error {
    let message = said.message.as_deref().map(shown).filter(|message| !message.is_empty());
    let reason = message.or_else(|| said.class.clone()).unwrap_or_else(|| format!("status {status}"));
    let origin = Origin { class: said.class, request: said.request, ..Origin::of(TITLE) };
    let error = Error::new(code).arg("provider", TITLE).origin(origin);
    match code {
        Code::PROVIDER_FAILED => error.arg("status", status),
        Code::BANK_WANTS_CUSTOMER => error.arg("message", reason),
        // Who asked for it names it better.
        Code::ACCOUNT_GONE => error.arg("account", "that was asked for"),
        Code::PROVIDER_NOT_CONFIGURED => error.arg("option", "providers.saltedge.private_key_file"),
        _ => error.arg("reason", reason),
    }
}

/// A class is a name in letters.
fn is_class(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A message of the provider as it may be shown: without addresses and what may be a token.
fn shown(message: &str) -> String {
    let words = message.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let run =
            word.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '+' | '/' | '='));
        let token = run.map(str::len).max().is_some_and(|longest| longest >= TOKEN) && !is_class(word);
        let token = token || word.len() >= TOKEN && word.bytes().any(|byte| byte.is_ascii_digit());
        if token || word.contains("://") { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect()
}

/// The code of a class that is known. `Aisp` in a name is older spelling.
pub(super) fn code(class: &str) -> Option<Code> {
    Some(match class.replace("Aisp", "").as_str() {
        "ApiKeyNotFound"
        | "WrongSecret"
        | "AppIdNotProvided"
        | "SecretNotProvided"
        | "AppsRestricted"
        | "ClientNotFound"
        | "ClientDisabled"
        | "ClientPending"
        | "ClientRestricted"
        | "ActionNotAllowed"
        | "FetchScopesNotAllowed"
        | "HolderInfoNotSupported"
        | "ConsentScopesNotAllowed"
        | "CustomerNotFound"
        | "ProviderKeyNotFound"
        | "ProviderKeyFound"
        | "ConnectionLimitReached" => Code::PROVIDER_APPLICATION_REFUSED,
        "PublicKeyNotProvided" | "SignatureNotMatch" => Code::PROVIDER_SIGNATURE_REFUSED,
        "MissingSignature" => Code::PROVIDER_NOT_CONFIGURED,
        "ExpiresAtInvalid" => Code::PROVIDER_CLOCK,
        "RequestExpired" | "WrongClientToken" | "ConnectionFetchingStopped" => Code::PROVIDER_LATER,
        "ReturnURLInvalid" => Code::RETURN_ADDRESS_REFUSED,
        "EmailInvalid" | "AllAccountsExcluded" => Code::PROVIDER_RIGHT_MISSING,
        "MissingExpiresAt"
        | "IdentifierInvalid"
        | "WrongRequestFormat"
        | "JsonParseError"
        | "InvalidEncoding"
        | "InvalidArgument"
        | "RouteNotFound"
        | "ValueOutOfRange"
        | "DateFormatInvalid"
        | "DateTimeFormatInvalid"
        | "DateOutOfRange"
        | "DateTimeOutOfRange"
        | "InvalidFromDate"
        | "InvalidToDate"
        | "BatchSizeLimitExceeded"
        | "CustomFieldsSizeTooBig"
        | "CustomFieldsFormatInvalid"
        | "ReturnURLTooLong"
        | "FetchScopesInvalid"
        | "WrongProviderMode"
        | "FileNotProvided"
        | "FileError"
        | "AttemptNotFound"
        | "CountryNotFound"
        | "TransactionNotFound"
        | "DuplicatedCustomer"
        | "CustomerAlreadyExists"
        | "ConnectionAlreadyAuthorized"
        | "ProviderNotInteractive"
        | "ConsentAlreadyRevoked"
        | "ConsentScopesInvalid"
        | "InvalidConsentFromDate"
        | "InvalidConsentPeriod"
        | "DateOutOfConsentRange" => Code::PROVIDER_REQUEST_REFUSED,
        "CategorizationLimitReached" | "RateLimitExceeded" | "TooManyRequests" => Code::PROVIDER_LIMIT,
        "InternalServerError" | "FileNotSaved" => Code::PROVIDER_FAILED,
        "CustomerLocked" => Code::PROVIDER_CUSTOMER_LOCKED,
        "AccountNotFound" => Code::ACCOUNT_GONE,
        "ConnectionNotFound" => Code::CONNECTION_GONE,
        "ProviderNotFound" => Code::BANK_UNKNOWN,
        "ConsentNotFound" | "ConsentExpired" | "ConsentRevoked" => Code::CONSENT_ENDED,
        "ProviderAccessNotGranted" => Code::CONSENT_REFUSED,
        "InvalidCredentials" | "InvalidInteractiveCredentials" | "CredentialsNotMatch" => {
            Code::BANK_LOGIN_REFUSED
        }
        "InteractiveTimeout" | "InteractiveAdapterTimeout" | "ConnectionLost" => Code::CONSENT_UNFINISHED,
        "ProviderError" => Code::BANK_WANTS_CUSTOMER,
        "ConnectionDuplicated" => Code::CONNECTION_DOUBLE,
        "ProviderUnavailable" | "ProviderInactive" | "ConnectionFailed" => Code::BANK_UNAVAILABLE,
        "ProviderDisabled" | "ConnectionDisabled" => Code::BANK_DISABLED,
        "ConnectionCannotBeRefreshed" => Code::REFRESH_TOO_EARLY,
        "BackgroundFetchLimitExceeded" => Code::BACKGROUND_LIMIT,
        "ConnectionAlreadyProcessing" => Code::BANK_BUSY,
        "ExecutionTimeout" | "FetchingTimeout" => Code::BANK_SLOW,
        _ => return None,
    })
}

/// The code of a class that is not known, by the parts of its name; the first that fits.
fn fallback(class: &str, status: Option<u16>) -> Code {
    const PARTS: &[(&[&str], Code)] = &[
        (&["Credentials"], Code::BANK_LOGIN_REFUSED),
        (&["Consent"], Code::CONSENT_ENDED),
        (&["Interactive"], Code::CONSENT_UNFINISHED),
        (&["AccessNotGranted"], Code::CONSENT_REFUSED),
        (&["Timeout"], Code::BANK_SLOW),
        (&["Limit", "TooMany"], Code::PROVIDER_LIMIT),
        (&["Processing"], Code::BANK_BUSY),
    ];
    const LATER_PARTS: &[(&[&str], Code)] = &[
        (&["Signature"], Code::PROVIDER_SIGNATURE_REFUSED),
        (&["Client", "Key", "Secret", "NotFound"], Code::PROVIDER_APPLICATION_REFUSED),
        (&["Invalid", "Format", "Wrong"], Code::PROVIDER_REQUEST_REFUSED),
    ];
    let by_part = |parts: &[(&[&str], Code)]| {
        parts.iter().find(|(names, _)| names.iter().any(|name| class.contains(name))).map(|(_, code)| *code)
    };
    let outage = || match status {
        Some(500..) => Some(Code::PROVIDER_FAILED),
        _ if class.starts_with("Provider") && !class.contains("NotFound") => Some(Code::BANK_UNAVAILABLE),
        _ => None,
    };
    let by_status = || match status {
        Some(401 | 403) => Code::PROVIDER_APPLICATION_REFUSED,
        Some(429) => Code::PROVIDER_LIMIT,
        Some(_) => Code::PROVIDER_REQUEST_REFUSED,
        None => Code::BANK_UNAVAILABLE,
    };
    by_part(PARTS).or_else(outage).or_else(|| by_part(LATER_PARTS)).unwrap_or_else(by_status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn three_envelopes_say_the_same() {
        let new =
            r#"{"error":{"class":"WrongSecret","message":"Wrong secret.","request_id":"r-1"},"request":{}}"#;
        let old = r#"{"error_class":"WrongSecret","error_message":"Wrong secret.","request":{}}"#;
        for body in [new, old] {
            let error = refused(&answer(401, body));
            assert_eq!(error.code(), Code::PROVIDER_APPLICATION_REFUSED);
            assert!(error.sentence().ends_with("Wrong secret."), "{}", error.sentence());
            assert_eq!(error.said().unwrap().class.as_deref(), Some("WrongSecret"));
        }
        assert_eq!(refused(&answer(401, new)).said().unwrap().request.as_deref(), Some("r-1"));
        let plain = refused(&answer(403, r#"{"error":"Your account is pending"}"#));
        assert_eq!(plain.code(), Code::PROVIDER_APPLICATION_REFUSED);
        assert!(plain.sentence().ends_with("Your account is pending"));
    }

    #[test]
    fn a_page_in_html_says_nothing_of_a_resource() {
        for status in [403, 404] {
            let error = refused(&answer(status, "<html><h1>Forbidden</h1></html>"));
            assert_eq!(error.code(), Code::PROVIDER_ANSWER_UNREADABLE);
            assert!(error.sentence().contains(&status.to_string()));
        }
        assert_eq!(refused(&answer(502, "<html>")).code(), Code::PROVIDER_FAILED);
        assert_eq!(refused(&answer(429, "")).code(), Code::PROVIDER_LIMIT);
        assert_eq!(refused(&answer(401, "{}")).code(), Code::PROVIDER_APPLICATION_REFUSED);
        assert_eq!(refused(&answer(400, "{}")).code(), Code::PROVIDER_REQUEST_REFUSED);
        assert_eq!(refused(&answer(400, "[]")).code(), Code::PROVIDER_REQUEST_REFUSED);
    }

    #[test]
    fn unknown_classes_fall_where_their_names_say() {
        for (class, status, expected) in [
            ("NewCredentialsWanted", None, Code::BANK_LOGIN_REFUSED),
            ("ProviderConsentGone", Some(406), Code::CONSENT_ENDED),
            ("DailyLimitHit", Some(406), Code::PROVIDER_LIMIT),
            ("ProviderAsleep", None, Code::BANK_UNAVAILABLE),
            ("Anything", Some(500), Code::PROVIDER_FAILED),
            ("ClientAsleep", Some(406), Code::PROVIDER_APPLICATION_REFUSED),
            ("RateNotFound", Some(404), Code::PROVIDER_APPLICATION_REFUSED),
            ("ColourInvalid", Some(400), Code::PROVIDER_REQUEST_REFUSED),
            ("Anything", Some(403), Code::PROVIDER_APPLICATION_REFUSED),
            ("Anything", Some(400), Code::PROVIDER_REQUEST_REFUSED),
            ("Anything", None, Code::BANK_UNAVAILABLE),
        ] {
            assert_eq!(fallback(class, status), expected, "{class} {status:?}");
        }
    }

    #[test]
    fn a_message_is_shown_without_what_may_be_secret() {
        let text = "Token AtQX6Q8vRyMrPjUVtW7J_O1n06qYQ25bvUJ8CIC80-8 of https://a.b/?t=x for\n'1688015087215843960'";
        assert_eq!(shown(text), "Token … of … for '1688015087215843960'");
        assert_eq!(shown(&"a ".repeat(300)).chars().count(), SHOWN);
    }

    #[test]
    fn every_code_of_an_attempt_is_worded_fully() {
        for class in ["InvalidCredentials", "ProviderError", "InternalServerError", "ExecutionTimeout", "New"]
        {
            let sentence = of_attempt(Some(class), Some("Please accept the new terms")).sentence();
            assert!(!sentence.contains('{'), "{sentence}");
        }
        assert!(of_attempt(None, None).said().unwrap().class.is_none());
    }
}
