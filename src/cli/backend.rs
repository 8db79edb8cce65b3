//! What the server's calls do: the connection between the JSON-RPC face and Odoo.

use async_trait::async_trait;
use serde_json::Value;

use crate::errors::{Code, Error, Result};
use crate::odoo::{self, OdooClient, Target, Transport, addon::Addon};
use crate::rpc::{Backend, ImportJob, Progress, Registration};
use crate::sync;
use crate::sync::import::{self, Job};

/// Reaches the Odoo of each registration.
#[derive(Debug)]
pub(super) struct Bridge;

#[async_trait]
impl Backend for Bridge {
    async fn confirm(&self, registration: &Registration) -> Result<()> {
        let client = odoo::connect(&target(registration)).await?;
        let checked = check(&*client, registration).await;
        Addon::new(&*client).confirm(checked.as_ref().err()).await
    }

    async fn import(
        &self,
        registration: &Registration,
        job: ImportJob,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value> {
        let client = odoo::connect(&target(registration)).await?;
        check(&*client, registration).await?;
        let job = Job {
            run: job.run,
            input: job.input,
            format: job.format,
            options: job.options,
            journal: job.journal,
            force_journal: job.force_journal,
            accept_balance: job.accept_balance,
            dry_run: false,
        };
        let outcome = import::import(&*client, job, &|progress| report(shown(progress))).await?;
        serde_json::to_value(outcome.counts).map_err(|error| Error::new(Code::BUG).arg("what", error))
    }
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
        sync::Progress::Planned { to_push, .. } => ("planned", 0, Some(to_push)),
        sync::Progress::Pushed { done, of } => ("pushed", done, Some(of)),
    };
    Progress { step: step.to_owned(), done: done as u64, total: total.map(|total| total as u64) }
}
