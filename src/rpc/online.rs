//! The methods for online connections. Each answers at once and names a run; the work goes on after its caller has gone,
//! and Odoo hears of its end by the addon's protocol.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::backend::Registration;
use super::methods::{Context, Plain, bug, refuse_when_stopping, stopping, text};
use super::params::{self, Nothing};
use crate::errors::{Code, Error, Result};
use crate::providers::{Institution, Profile, Wish};
use crate::seal::{Binding, Purpose};
use crate::sync::online::{Credentials, Job, Task};
use crate::telemetry::metrics::metrics;

/// How long a list of banks may take: a person waits for it.
const INSTITUTIONS_TIME: Duration = Duration::from_secs(8);
/// Most query parameters of a return from a bank, and their longest text in bytes.
const MOST_PARAMETERS: usize = 20;
const LONGEST_PARAMETER: usize = 4_096;

/// Result of `bank.providers`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Providers {
    /// In the order in which they should be shown.
    providers: Vec<Profile>,
}

/// Parameters of `bank.institutions`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Institutions {
    /// Id of the provider.
    provider: String,
    /// Country, two capitals (ISO 3166-1).
    country: String,
}

/// Result of `bank.institutions`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Banks {
    /// The banks.
    institutions: Vec<Institution>,
}

/// Parameters of `bank.connect`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Connect {
    /// What `bank.register` gave.
    #[schemars(with = "String")]
    registration: SecretString,
    /// The system parameter `database.uuid` of the calling database.
    database_uuid: String,
    /// Key of the connection.
    connection: String,
    /// Id of the provider.
    provider: String,
    /// Where the user's browser is sent back to.
    return_to: String,
    /// Client id and secret, for a provider that takes them.
    #[serde(default)]
    credentials: Option<ClientCredentials>,
    /// The bank.
    #[serde(default)]
    institution: Option<Institution>,
    /// Phone number or e-mail address that secures the account.
    #[serde(default)]
    contact: Option<String>,
    /// Language of the user, `nl_BE`.
    #[serde(default)]
    locale: Option<String>,
    /// Address of the user's own machine.
    #[serde(default)]
    user_ip: Option<String>,
}

/// Client id and secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClientCredentials {
    /// Client id.
    client_id: String,
    /// Secret.
    #[schemars(with = "String")]
    client_secret: SecretString,
}

/// Parameters of `bank.connect_return`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectReturn {
    /// What `bank.register` gave.
    #[schemars(with = "String")]
    registration: SecretString,
    /// The system parameter `database.uuid` of the calling database.
    database_uuid: String,
    /// Key of the connection.
    connection: String,
    /// Id of the provider.
    #[serde(default)]
    provider: Option<String>,
    /// The query parameters with which the user came back.
    #[schemars(with = "BTreeMap<String, String>")]
    parameters: BTreeMap<String, SecretString>,
    /// Address of the user's own machine.
    #[serde(default)]
    user_ip: Option<String>,
}

/// Parameters of `bank.accounts` and `bank.sync_start`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfConnection {
    /// What `bank.register` gave.
    #[schemars(with = "String")]
    registration: SecretString,
    /// The system parameter `database.uuid` of the calling database.
    database_uuid: String,
    /// Key of the connection.
    connection: String,
    /// Id of the provider.
    #[serde(default)]
    provider: Option<String>,
    /// Address of the machine of the user who is present; null when nobody is.
    #[serde(default)]
    user_ip: Option<String>,
}

/// Result of what begins a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Accepted {
    /// The run's id.
    run: String,
    /// The registration sealed anew, to be kept instead of the old one: the bridge's key has changed. Mostly null.
    registration: Option<String>,
}

pub(super) async fn providers(context: Arc<Context>, _: Nothing) -> Result<Providers> {
    Ok(Providers { providers: context.backend.providers() })
}

pub(super) async fn institutions(context: Arc<Context>, params: Institutions) -> Result<Banks> {
    let two_capitals = params.country.len() == 2 && params.country.bytes().all(|b| b.is_ascii_uppercase());
    if !two_capitals {
        return Err(params::invalid("country"));
    }
    let asked = context.backend.institutions(&params.provider, &params.country);
    match tokio::time::timeout(INSTITUTIONS_TIME, asked).await {
        Ok(institutions) => Ok(Banks { institutions: institutions? }),
        Err(_) => Err(Error::new(Code::PROVIDER_TIMEOUT)
            .arg("provider", "the provider")
            .arg("seconds", INSTITUTIONS_TIME.as_secs())),
    }
}

pub(super) async fn connect(context: Arc<Context>, params: Connect) -> Result<Accepted> {
    let return_to = reqwest::Url::parse(&params.return_to).map_err(|_| params::invalid("return_to"))?;
    if !matches!(return_to.scheme(), "http" | "https") {
        return Err(params::invalid("return_to"));
    }
    let optional = |path, value: Option<String>| value.map(|value| text(path, value)).transpose();
    let wish = Box::new(Wish {
        return_to: params.return_to,
        connection: text("connection", params.connection.clone())?,
        institution: params.institution,
        locale: optional("locale", params.locale)?,
        contact: optional("contact", params.contact)?,
        customer: format!("bank-bridge-{}", params.database_uuid),
    });
    let credentials = params.credentials.map(|given| {
        Ok::<_, Error>(Credentials {
            client_id: text("credentials.client_id", given.client_id)?,
            client_secret: text("credentials.client_secret", given.client_secret.expose_secret().to_owned())?
                .into(),
        })
    });
    let of = OfConnection {
        registration: params.registration,
        database_uuid: params.database_uuid,
        connection: params.connection,
        provider: Some(params.provider.clone()),
        user_ip: params.user_ip,
    };
    start(
        &context,
        of,
        Task::Connect { provider: params.provider, wish, credentials: credentials.transpose()? },
    )
}

pub(super) async fn connect_return(context: Arc<Context>, params: ConnectReturn) -> Result<Accepted> {
    let parameters: Vec<_> = params
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
        .collect();
    let fits = |(name, value): &(String, String)| {
        name.len() <= LONGEST_PARAMETER && value.len() <= LONGEST_PARAMETER
    };
    if parameters.len() > MOST_PARAMETERS || !parameters.iter().all(fits) {
        return Err(params::invalid("parameters"));
    }
    let of = OfConnection {
        registration: params.registration,
        database_uuid: params.database_uuid,
        connection: params.connection,
        provider: params.provider,
        user_ip: params.user_ip,
    };
    start(&context, of, Task::Return(parameters))
}

pub(super) async fn accounts(context: Arc<Context>, params: OfConnection) -> Result<Accepted> {
    start(&context, params, Task::Accounts)
}

pub(super) async fn sync_start(context: Arc<Context>, params: OfConnection) -> Result<Accepted> {
    start(&context, params, Task::Sync)
}

fn start(context: &Arc<Context>, of: OfConnection, task: Task) -> Result<Accepted> {
    refuse_when_stopping(context)?;
    let binding = Binding::database(&of.database_uuid);
    let sealed = of.registration.expose_secret();
    let registration: Registration = context.sealer.open(Purpose::Registration, binding, sealed)?;
    let renewed = if context.sealer.is_current(sealed) {
        None
    } else {
        Some(context.sealer.seal(Purpose::Registration, binding, &Plain::of(&registration))?)
    };
    let user = of.user_ip.map(|written| written.parse::<IpAddr>().map_err(|_| params::invalid("user_ip")));
    let job = Job {
        run: Uuid::now_v7(),
        connection: text("connection", of.connection)?,
        database_uuid: of.database_uuid,
        user: user.transpose()?,
        task,
    };
    let run = job.run;
    begin(context, registration, job, of.provider.as_deref())?;
    Ok(Accepted { run: run.to_string(), registration: renewed })
}

/// Begins a run in the background, as soon as there is a place for it.
///
/// # Errors
/// BB-1009 where too many wait already.
pub(super) fn begin(
    context: &Arc<Context>,
    registration: Registration,
    job: Job,
    provider: Option<&str>,
) -> Result<()> {
    // What a caller writes may be anything; what is counted is one of ours.
    let ours = context.backend.providers().into_iter().map(|known| known.id).find(|id| Some(*id) == provider);
    let provider = ours.unwrap_or("?");
    let accepted = context.runs_accepted.clone().try_acquire_owned();
    let accepted = accepted.map_err(|_| Error::new(Code::TOO_BUSY))?;
    context.runs.begin(job.run);
    metrics().moved(None, Some("waiting"));
    let background = context.clone();
    context.work.spawn(async move {
        let _accepted = accepted;
        let place = tokio::select! {
            place = background.runs_at_work.acquire() => place.ok(),
            () = background.stopping.cancelled() => None,
        };
        metrics().moved(Some("waiting"), place.as_ref().map(|_| "working"));
        if place.is_none() {
            return background.runs.end(job.run, &Err(stopping()));
        }
        run(&background, &registration, job, provider).await;
        metrics().moved(Some("working"), None);
    });
    Ok(())
}

async fn run(context: &Context, registration: &Registration, job: Job, provider: &str) {
    let (run, kind, started) = (job.run, kind(&job.task), Instant::now());
    let report = |progress| context.runs.report(run, progress);
    let work = AssertUnwindSafe(context.backend.online(registration, job, &report)).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome.unwrap_or_else(|_| Err(bug("a run panicked"))),
        () = context.abandon.cancelled() => Err(stopping()),
    };
    let failure = outcome.as_ref().err();
    metrics().ran(provider, kind, failure, started.elapsed());
    match failure {
        None => tracing::info!(%run, kind, "run done"),
        Some(error) => {
            let origin = error.said().map(tracing::field::display);
            tracing::warn!(%run, kind, code = %error.code(), origin, "run failed");
        }
    }
    context.runs.end(run, &outcome);
}

fn kind(task: &Task) -> &'static str {
    match task {
        Task::Sync => "sync",
        Task::Pushed => "pushed",
        Task::Accounts => "accounts",
        Task::Connect { .. } => "connect",
        Task::Return(_) => "return",
    }
}
