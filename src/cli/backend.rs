//! What the server's calls do: the connection between the JSON-RPC face, Odoo and the providers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::Value;

use crate::errors::{Code, Error, Result};
use crate::odoo::{Connector, OdooClient, Target, Transport, addon::Addon};
use crate::providers::{Institution, Profile, Registry};
use crate::rpc::{Backend, ImportJob, Progress, Registration};
use crate::seal::Sealer;
use crate::sync;
use crate::sync::import::{self, Job};
use crate::sync::online::{self, Times};
use crate::telemetry::metrics::metrics;

/// Connections of which is known whom a pushed message concerns.
const HINTS: usize = 10_000;
/// How long a list of banks is taken for granted.
const BANKS_MEMORY: Duration = Duration::from_hours(24);

/// Reaches the Odoo of each registration and the providers of this bridge.
#[derive(Debug)]
pub(super) struct Bridge {
    odoo: Connector,
    registry: Registry,
    sealer: Arc<Sealer>,
    times: Times,
    hints: Mutex<Hints>,
    banks: Mutex<HashMap<(String, String), Banks>>,
}

/// The banks of a country, and when they were asked for.
type Banks = (Vec<Institution>, Instant);

/// Which connections a provider's name stands for: several may belong to one customer. Kept in memory alone: forgetting it only means that the next pushed
/// message is let go.
#[derive(Debug, Default)]
struct Hints {
    by_name: HashMap<(String, String), HashMap<String, Registration>>,
    order: VecDeque<(String, String)>,
}

impl Bridge {
    pub(super) fn new(registry: Registry, sealer: Arc<Sealer>, times: Times) -> Result<Self> {
        Ok(Self {
            odoo: Connector::new()?,
            registry,
            sealer,
            times,
            hints: Mutex::default(),
            banks: Mutex::default(),
        })
    }

    fn remember(&self, provider: &str, subject: String, registration: &Registration, connection: &str) {
        let name = (provider.to_owned(), subject);
        let mut hints = lock(&self.hints);
        let known = hints.by_name.contains_key(&name);
        let connections = hints.by_name.entry(name.clone()).or_default();
        connections.insert(connection.to_owned(), registration.clone());
        if known {
            return;
        }
        hints.order.push_back(name);
        if hints.order.len() > HINTS
            && let Some(oldest) = hints.order.pop_front()
        {
            hints.by_name.remove(&oldest);
        }
    }

    async fn reach(&self, registration: &Registration) -> Result<Box<dyn OdooClient>> {
        let client = self.odoo.connect(&target(registration)).await?;
        check(&*client, registration).await?;
        Ok(client)
    }
}

#[async_trait]
impl Backend for Bridge {
    async fn confirm(&self, registration: &Registration) -> Result<()> {
        let client = self.odoo.connect(&target(registration)).await?;
        let checked = check(&*client, registration).await;
        Addon::new(&*client).confirm(checked.as_ref().err()).await
    }

    async fn import(
        &self,
        registration: &Registration,
        job: ImportJob,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value> {
        let client = self.reach(registration).await?;
        let job = Job {
            run: job.run,
            input: job.input,
            format: job.format,
            options: job.options,
            journal: job.journal,
            force_journal: job.force_journal,
            accept_balance: job.accept_balance,
            dry_run: job.dry_run,
        };
        let (run, dry_run) = (job.run.to_string(), job.dry_run);
        let import::Report { preview, table, outcome } =
            import::report(&*client, job, &|progress| report(shown(progress))).await;
        let table = table.and_then(|table| table.to_json().ok());
        let failure = outcome.as_ref().err();
        let told = Addon::new(&*client).upload_end(&run, dry_run, failure, &preview, table.as_ref()).await;
        if let Err(error) = told {
            tracing::warn!(%run, code = %error.code(), "Odoo was not told how the import ended");
        }
        serde_json::to_value(outcome?.counts).map_err(|error| Error::new(Code::BUG).arg("what", error))
    }

    async fn online(
        &self,
        registration: &Registration,
        job: online::Job,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value> {
        let client = self.reach(registration).await?;
        let connection = job.connection.clone();
        let report = |progress| report(shown(progress));
        let outcome = online::run(&*client, &self.registry, &self.sealer, self.times, job, &report).await?;
        let counts = outcome.counts;
        for (result, lines) in [
            ("created", counts.created),
            ("duplicate", counts.duplicate),
            ("matched", counts.matched),
            ("held", counts.held),
        ] {
            metrics().brought(result, lines);
        }
        if let (Some(subject), Some(provider)) = (outcome.subject, outcome.provider) {
            self.remember(provider, subject, registration, &connection);
        }
        match outcome.failures.into_iter().next() {
            Some((_, error)) => Err(error),
            None => serde_json::to_value(counts).map_err(|error| Error::new(Code::BUG).arg("what", error)),
        }
    }

    fn providers(&self) -> Vec<Profile> {
        self.registry.all().map(|provider| provider.profile()).collect()
    }

    async fn institutions(&self, provider: &str, country: &str) -> Result<Vec<Institution>> {
        let provider = self.registry.find(provider)?;
        let name = (provider.id().to_owned(), country.to_owned());
        let known = lock(&self.banks).get(&name).filter(|(_, at)| at.elapsed() < BANKS_MEMORY).cloned();
        if let Some((banks, _)) = known {
            return Ok(banks);
        }
        let banks = provider.institutions(country).await?;
        lock(&self.banks).insert(name, (banks.clone(), Instant::now()));
        Ok(banks)
    }

    async fn webhook(
        &self,
        provider: &str,
        headers: &http::HeaderMap,
        body: &[u8],
    ) -> Result<Vec<(Registration, String)>> {
        let provider = self.registry.find(provider)?;
        let Some(hint) = provider.webhook(headers, body).await? else { return Ok(Vec::new()) };
        let hints = lock(&self.hints);
        let known = hints.by_name.get(&(provider.id().to_owned(), hint.subject));
        let concerned =
            known.into_iter().flatten().map(|(key, registration)| (registration.clone(), key.clone()));
        Ok(concerned.collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn target(registration: &Registration) -> Target {
    Target {
        url: registration.url.clone(),
        database: registration.database.clone(),
        login: registration.login.clone(),
        api_key: registration.api_key.clone(),
        transport: Transport::Auto,
    }
}

/// The addon answers, and for the database that was registered: a copy of it has another uuid.
async fn check(client: &dyn OdooClient, registration: &Registration) -> Result<()> {
    let answer = Addon::new(client).check().await?;
    let uuid = answer.get("database_uuid").and_then(Value::as_str);
    if uuid == Some(&registration.database_uuid) { Ok(()) } else { Err(Error::new(Code::SEAL_BROKEN)) }
}

fn shown(progress: sync::Progress) -> Progress {
    let (step, done, total) = match progress {
        sync::Progress::Read { lines, .. } => ("read", 0, Some(lines)),
        sync::Progress::Account { number, of } => ("account", number, Some(of)),
        sync::Progress::Planned { to_push, .. } => ("planned", 0, Some(to_push)),
        sync::Progress::Pushed { done, of } => ("pushed", done, Some(of)),
    };
    Progress { step: step.to_owned(), done: done as u64, total: total.map(|total| total as u64) }
}
