//! `POST /json/2/<model>/<method>` (Odoo 19 and later): named arguments in the body, API key as bearer, one SQL
//! transaction a call. A failure is an HTTP status with `{name, message, arguments, context, debug}`.

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{CALL_TIMEOUT, OdooClient, Target, Version, errors};
use crate::errors::{Code, Error, Result};
use crate::http::Client;

/// The newer door.
#[derive(Debug)]
pub struct Json2 {
    client: Client,
    base: String,
    database: String,
    login: String,
    api_key: SecretString,
    version: Version,
}

impl Json2 {
    pub(super) fn new(client: Client, base: String, target: &Target, version: Version) -> Self {
        Self {
            client,
            base,
            database: target.database.clone(),
            login: target.login.clone(),
            api_key: target.api_key.clone(),
            version,
        }
    }

    fn headers(&self) -> Result<HeaderMap> {
        let refused = |_| Error::new(Code::ODOO_LOGIN_REFUSED);
        let mut headers = HeaderMap::new();
        let mut bearer =
            HeaderValue::from_str(&format!("bearer {}", self.api_key.expose_secret())).map_err(refused)?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        let database = HeaderValue::from_str(&self.database)
            .map_err(|_| Error::new(Code::DATABASE_UNKNOWN).arg("database", &self.database))?;
        headers.insert("X-Odoo-Database", database);
        Ok(headers)
    }
}

#[async_trait]
impl OdooClient for Json2 {
    fn version(&self) -> &Version {
        &self.version
    }

    fn door(&self) -> &'static str {
        "/json/2"
    }

    async fn call(&self, model: &str, method: &str, arguments: &Map<String, Value>) -> Result<Value> {
        let url = format!("{}/json/2/{model}/{method}", self.base);
        let body = serde_json::to_vec(arguments).map_err(|e| Error::new(Code::BUG).arg("what", e))?;
        let sent = body.len();
        let answer = self
            .client
            .post_json(&url, self.headers()?, body, CALL_TIMEOUT)
            .await
            .map_err(|failure| super::unreachable(&self.base, failure, CALL_TIMEOUT))?;
        let parsed: Option<Value> = serde_json::from_slice(&answer.body).ok();
        match (answer.status, parsed) {
            (200, Some(result)) => Ok(result),
            (status, Some(failure)) if failure.get("name").is_some() => {
                let context = errors::Context { model, database: &self.database, login: &self.login };
                Err(errors::from_exception(&context, Some(status), &failure))
            }
            // An unknown database is answered by the server's own page, before any database is open.
            (404, _) => Err(Error::new(Code::DATABASE_UNKNOWN).arg("database", &self.database)),
            (status, _) => Err(errors::unreadable(&self.base, status, sent)),
        }
    }
}
