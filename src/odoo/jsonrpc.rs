//! `POST /jsonrpc`: Odoo's older door, on every major up to 21.
//!
//! The answers are not quite JSON-RPC 2.0: `result` is left out where a method returns nothing, and errors carry
//! members of Odoo's own. A general client refuses both, so this one reads what Odoo sends.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::{CALL_TIMEOUT, OdooClient, Target, Version, errors};
use crate::errors::{Code, Error, Result};
use crate::http::Client;

/// The older door, signed in.
#[derive(Debug)]
pub struct JsonRpc {
    client: Client,
    base: String,
    database: String,
    login: String,
    user: i64,
    api_key: SecretString,
    version: Version,
}

impl JsonRpc {
    /// Asks who the login is; the API key stands for the password.
    ///
    /// # Errors
    /// BB-4003 where the key is refused, BB-4009 where there is no such database.
    pub(super) async fn login(
        client: Client,
        base: String,
        target: &Target,
        version: Version,
    ) -> Result<Self> {
        let arguments =
            [json!(target.database), json!(target.login), json!(target.api_key.expose_secret()), json!({})];
        let context =
            errors::Context { model: "res.users", database: &target.database, login: &target.login };
        let asked = post(&client, &base, "common", "authenticate", &arguments, CALL_TIMEOUT, &context).await;
        let answer = asked.map_err(|error| errors::at_login(&context, error))?;
        let user = answer.as_i64().ok_or_else(|| Error::new(Code::ODOO_LOGIN_REFUSED))?;
        Ok(Self {
            client,
            base,
            database: target.database.clone(),
            login: target.login.clone(),
            user,
            api_key: target.api_key.clone(),
            version,
        })
    }
}

#[async_trait]
impl OdooClient for JsonRpc {
    fn version(&self) -> &Version {
        &self.version
    }

    fn door(&self) -> &'static str {
        "/jsonrpc"
    }

    async fn call(&self, model: &str, method: &str, arguments: &Map<String, Value>) -> Result<Value> {
        let arguments = [
            json!(self.database),
            json!(self.user),
            json!(self.api_key.expose_secret()),
            json!(model),
            json!(method),
            json!([]),
            Value::Object(arguments.clone()),
        ];
        let context = errors::Context { model, database: &self.database, login: &self.login };
        post(&self.client, &self.base, "object", "execute_kw", &arguments, CALL_TIMEOUT, &context).await
    }
}

/// One call of a service.
pub(super) async fn post(
    client: &Client,
    base: &str,
    service: &str,
    method: &str,
    arguments: &[Value],
    timeout: Duration,
    context: &errors::Context<'_>,
) -> Result<Value> {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "call",
        "params": {"service": service, "method": method, "args": arguments},
    });
    let body = serde_json::to_vec(&body).map_err(|e| Error::new(Code::BUG).arg("what", e))?;
    let sent = body.len();
    let answer = client
        .post_json(&format!("{base}/jsonrpc"), HeaderMap::new(), body, timeout)
        .await
        .map_err(|failure| super::unreachable(base, failure, timeout))?;
    let Ok(mut parsed) = serde_json::from_slice::<Value>(&answer.body) else {
        return Err(errors::unreadable(base, answer.status, sent));
    };
    if let Some(error) = parsed.get("error") {
        return Err(errors::from_exception(context, None, error.get("data").unwrap_or(error)));
    }
    if parsed.get("jsonrpc").is_none() {
        return Err(errors::unreadable(base, answer.status, sent));
    }
    Ok(parsed.get_mut("result").map(Value::take).unwrap_or_default())
}
