//! Odoo's exceptions to our codes. A traceback is never passed on: the exception's name and the first line of
//! its message are enough for Odoo's log to be searched.

use serde_json::Value;

use crate::errors::{Code, Error};

/// What was called, for the sentence.
pub(super) struct Context<'a> {
    /// Model of the call.
    pub model: &'a str,
    /// Database.
    pub database: &'a str,
    /// Who called.
    pub login: &'a str,
}

/// Longest part of a message that is shown, in characters.
const SHOWN: usize = 300;

/// An answer that is not Odoo's, to a request of so many bytes.
pub(super) fn unreadable(base: &str, status: u16, sent: usize) -> Error {
    if status == 413 {
        return Error::new(Code::ODOO_REQUEST_TOO_LARGE).arg("kilobytes", sent.div_ceil(1024));
    }
    Error::new(Code::ODOO_ANSWER_UNREADABLE).arg("address", base).arg("status", format!("status {status}"))
}

/// `{name, message, …}` as both doors send it, with the HTTP status where the door uses it.
pub(super) fn from_exception(context: &Context<'_>, status: Option<u16>, failure: &Value) -> Error {
    let text = |key| failure.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, message) = (text("name"), text("message"));
    let class = name.rsplit('.').next().unwrap_or(name);
    match class {
        "AccessDenied" | "Unauthorized" | "SessionExpiredException" => Error::new(Code::ODOO_LOGIN_REFUSED),
        _ if status == Some(401) => Error::new(Code::ODOO_LOGIN_REFUSED),
        "AccessError" | "Forbidden" => {
            Error::new(Code::ODOO_RIGHTS_MISSING).arg("user", context.login).arg("right", first_line(message))
        }
        "SerializationFailure" | "LockNotAvailable" | "DeadlockDetected" | "TransactionRollbackError" => {
            Error::new(Code::ODOO_BUSY)
        }
        "OperationalError" if message.contains("does not exist") => unknown_database(context),
        _ if is_missing_model(context, class, message) => {
            Error::new(Code::ADDON_MISSING).arg("database", context.database)
        }
        _ => Error::new(Code::ODOO_FAILED).arg("exception", name).arg("message", first_line(message)),
    }
}

/// At the login every failure but a refusal that names the database means that there is no such database.
pub(super) fn at_login(context: &Context<'_>, error: Error) -> Error {
    let names_database =
        error.code() == Code::ODOO_FAILED && error.args().iter().any(|(_, v)| v.contains(context.database));
    if names_database { unknown_database(context) } else { error }
}

fn unknown_database(context: &Context<'_>) -> Error {
    Error::new(Code::DATABASE_UNKNOWN).arg("database", context.database)
}

/// The addon's model is unknown: it is not installed. `/json/2` answers `NotFound`, `/jsonrpc` a `UserError` or, on
/// older majors, a `KeyError`, all with the model's name.
fn is_missing_model(context: &Context<'_>, class: &str, message: &str) -> bool {
    context.model.starts_with("bank.bridge.")
        && matches!(class, "NotFound" | "KeyError" | "UserError")
        && message.contains(context.model)
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(status: Option<u16>, name: &str, message: &str) -> Code {
        let context = Context { model: "bank.bridge.import", database: "books", login: "bridge" };
        let failure = json!({"name": name, "message": message, "debug": "Traceback (most recent call last)"});
        let error = from_exception(&context, status, &failure);
        assert!(!format!("{error:?}").contains("Traceback"));
        error.code()
    }

    #[test]
    fn every_known_exception_has_its_code() {
        assert_eq!(
            code(Some(401), "werkzeug.exceptions.Unauthorized", "Invalid apikey"),
            Code::ODOO_LOGIN_REFUSED
        );
        assert_eq!(code(None, "odoo.exceptions.AccessDenied", "Access Denied"), Code::ODOO_LOGIN_REFUSED);
        assert_eq!(code(Some(403), "odoo.exceptions.AccessError", "not allowed"), Code::ODOO_RIGHTS_MISSING);
        assert_eq!(
            code(Some(404), "werkzeug.exceptions.NotFound", "the model 'bank.bridge.import' does not exist"),
            Code::ADDON_MISSING
        );
        assert_eq!(
            code(None, "odoo.exceptions.UserError", "Object bank.bridge.import doesn't exist"),
            Code::ADDON_MISSING
        );
        assert_eq!(
            code(None, "psycopg2.errors.SerializationFailure", "could not serialize"),
            Code::ODOO_BUSY
        );
        assert_eq!(
            code(None, "psycopg2.OperationalError", "database \"x\" does not exist"),
            Code::DATABASE_UNKNOWN
        );
        assert_eq!(code(Some(422), "odoo.exceptions.ValidationError", "no"), Code::ODOO_FAILED);
    }
}
