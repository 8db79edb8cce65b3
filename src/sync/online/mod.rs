//! One run of one online connection: take it, look at its accounts, bring their transactions, let it go.
//!
//! It stands apart from the import of files because nobody sits beside it: whatever happens, the connection in Odoo
//! must say how it stands, one account must never hold up another, and a run that is killed anywhere must leave
//! nothing but whole batches behind, which the next run recognises.
//!
//! | file | what |
//! |---|---|
//! | `lease` | holding the connection; sealing what it remembers |
//! | [`window`] | which days are read |
//! | `work` | the steps of a run |
//! | `account` | the transactions of one account |

mod account;
mod lease;
pub mod window;
mod work;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::Progress;
use crate::domain::Warning;
use crate::errors::{Code, Error, Result};
use crate::odoo::OdooClient;
use crate::odoo::addon::Counts;
use crate::odoo::connections::{Connections, End, FailedAccount, Kind, Told};
use crate::providers::state::Secret;
use crate::providers::{Registry, Wish};
use crate::seal::Sealer;
use lease::{Seal, while_held};
use work::Given;

/// What a run has to do.
#[derive(Debug)]
pub struct Job {
    /// Id of the run.
    pub run: Uuid,
    /// Key of the connection in Odoo.
    pub connection: String,
    /// `database.uuid` of the database.
    pub database_uuid: String,
    /// Address of the user's own machine, where he is present.
    pub user: Option<IpAddr>,
    /// What is to be done.
    pub task: Task,
}

/// What is to be done.
pub enum Task {
    /// Bring transactions.
    Sync,
    /// The same because the provider says that there is something new: not where the user wants it by hand only.
    Pushed,
    /// Look which accounts there are.
    Accounts,
    /// Link a bank or renew the link.
    Connect {
        /// Id of the provider.
        provider: String,
        /// What the user wants; what Odoo knows of it is filled in.
        wish: Box<Wish>,
        /// Client id and secret that the user entered.
        credentials: Option<Credentials>,
    },
    /// The user came back from the bank with these query parameters.
    Return(Vec<(String, String)>),
}

/// What a user brings back from the bank is as good as a password for a while, so only the names of it show.
impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sync => f.write_str("Sync"),
            Self::Pushed => f.write_str("Pushed"),
            Self::Accounts => f.write_str("Accounts"),
            Self::Connect { provider, .. } => {
                f.debug_struct("Connect").field("provider", provider).finish_non_exhaustive()
            }
            Self::Return(parameters) => {
                let names: Vec<_> = parameters.iter().map(|(name, _)| name).collect();
                f.debug_tuple("Return").field(&names).finish()
            }
        }
    }
}

/// Client id and secret that a user entered.
#[derive(Debug)]
pub struct Credentials {
    /// Client id.
    pub client_id: String,
    /// Secret.
    pub client_secret: Secret,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For how long a run takes a connection; renewed three times as often.
    pub lease: Duration,
    /// All waits and retries of a run together.
    pub budget: Duration,
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// Id of the run.
    pub run: String,
    /// The connection's name.
    pub connection: String,
    /// Counts over all accounts.
    pub counts: Counts,
    /// What a reader should know.
    pub findings: Vec<Warning>,
    /// Accounts that failed, and why; the first failure is that of the run.
    #[serde(skip)]
    pub failures: Vec<(String, Error)>,
    /// Id of the provider.
    #[serde(skip)]
    pub provider: Option<&'static str>,
    /// By what pushed messages name the connection.
    #[serde(skip)]
    pub subject: Option<String>,
}

/// Does one run. Odoo hears of its end whatever it is, unless Odoo itself fails.
///
/// # Errors
/// BB-4202 where another run is at work, BB-1006 where the state does not open, and whatever the provider or Odoo
/// fails with. Accounts that failed by themselves stand in the outcome.
pub async fn run(
    odoo: &dyn OdooClient,
    registry: &Registry,
    sealer: &Sealer,
    times: Times,
    job: Job,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome> {
    let run = job.run.to_string();
    let connections = Connections::new(odoo, &run, times.lease.as_secs().max(1));
    let kind = match &job.task {
        Task::Sync | Task::Pushed => Kind::Sync,
        Task::Accounts => Kind::Accounts,
        Task::Connect { .. } => Kind::Connect,
        Task::Return(_) => Kind::Return,
    };
    let pushed = matches!(job.task, Task::Pushed);
    let begun = connections.begin(&job.connection, kind, pushed).await?;
    let mut outcome = Outcome { run: run.clone(), connection: begun.name.clone(), ..Outcome::default() };
    let seal = Seal { sealer, database_uuid: &job.database_uuid, connection: &job.connection };
    let given =
        Given { odoo, registry, connections: &connections, run: &run, seal, budget: times.budget, progress };
    let ended = while_held(&connections, work::work(&given, begun, job.task, job.user, &mut outcome)).await;
    if ended.as_ref().is_err_and(|error| error.code() == Code::LEASE_LOST) {
        return ended.map(|()| outcome);
    }
    let told = tell_end(&connections, &outcome, ended.as_ref().err()).await;
    ended?;
    told?;
    Ok(outcome)
}

/// Tells Odoo how the run ended.
async fn tell_end(connections: &Connections<'_>, outcome: &Outcome, failure: Option<&Error>) -> Result<()> {
    let worst = failure.or_else(|| outcome.failures.first().map(|(_, error)| error));
    let asked = worst.and_then(|error| error.said()?.retry_after);
    let end = End {
        state: if failure.is_some() { "failed" } else { "done" },
        failure: Told::of(worst),
        counts: outcome.counts,
        findings: &outcome.findings,
        accounts: outcome
            .failures
            .iter()
            .filter(|(id, _)| !id.is_empty())
            .map(|(id, error)| FailedAccount { id, failure: Told::of(Some(error)) })
            .collect(),
        retry_after: asked.map(|wait| wait.as_secs()),
        sealed: None,
    };
    connections.end(&end).await
}
