//! `bank-bridge sync [CONNECTION]`: the transactions of online connections, now, with progress on standard error.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;

use super::{Ending, OdooArguments, failed, give, sealing, table, tell};
use crate::config::Config;
use crate::errors::{Code, Error, Result, terminal};
use crate::odoo::addon::Addon;
use crate::odoo::connections::{self, Listed};
use crate::odoo::{self};
use crate::providers::Registry;
use crate::sync::Progress;
use crate::sync::online::{self, Job, Outcome, Task};

/// Arguments of `sync`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Connection: its key or its name in Odoo; all that are linked where none is named
    #[arg(value_name = "CONNECTION")]
    connection: Option<String>,
    /// Only list the connections
    #[arg(long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// File that holds the sealing key (or set `BANK_BRIDGE_SEALING_KEY`); again for older keys
    #[arg(long, env = "BANK_BRIDGE_SEALING_KEY_FILE", value_name = "FILE")]
    sealing_key_file: Vec<PathBuf>,
    /// Address of `bank-bridge sandbox`, to use the simulated providers
    #[arg(long, env = "BANK_BRIDGE_SANDBOX", value_name = "URL")]
    sandbox: Option<String>,
    #[command(flatten)]
    odoo: OdooArguments,
}

/// What became of one connection.
#[derive(Serialize)]
struct Done {
    connection: String,
    #[serde(flatten)]
    outcome: Option<Outcome>,
    code: Option<Code>,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    let mut config = Config::load(arguments.odoo.config.as_deref())?;
    config.use_sandbox(arguments.sandbox.as_deref());
    let client = odoo::connect(&arguments.odoo.clone().target()?).await?;
    let known = connections::list(&*client).await?;
    if arguments.list {
        give(&if arguments.json { json(&known)? } else { table::connections(&known) });
        return Ok(Ending::Fine);
    }
    let mut key_files = arguments.sealing_key_file;
    key_files.extend(config.sealing.key_files);
    let sealer = sealing::sealer(&key_files)?;
    let registry = Registry::new(&config.providers)?;
    let uuid = Addon::new(&*client).check().await?;
    let uuid = uuid.get("database_uuid").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();

    let (mut ending, mut all) = (Ending::Fine, Vec::new());
    for chosen in choose(known, arguments.connection.as_deref())? {
        let bar = ProgressBar::new_spinner().with_message(chosen.name.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        let job = Job {
            run: uuid::Uuid::now_v7(),
            connection: chosen.key.clone(),
            database_uuid: uuid.clone(),
            user: None,
            task: Task::Sync,
        };
        let outcome = online::run(&*client, &registry, &sealer, config.sync.times(), job, &|progress| {
            show(&bar, progress);
        })
        .await;
        bar.finish_and_clear();
        let done = match outcome {
            Ok(outcome) => {
                for warning in &outcome.findings {
                    tell(&terminal::render_warning(warning, &crate::errors::Place::default(), false));
                }
                for (_, error) in &outcome.failures {
                    ending = ending.and(Ending::Failed(failed(error)));
                }
                if outcome.counts.held > 0 {
                    ending = ending.and(Ending::Finding);
                }
                if !arguments.json {
                    give(&format!("{}\n{}\n", chosen.name, table::counts(outcome.counts)));
                }
                let code = outcome.failures.first().map(|(_, error)| error.code());
                Done { connection: chosen.name, outcome: Some(outcome), code }
            }
            Err(error) => {
                ending = ending.and(Ending::Failed(failed(&error)));
                Done { connection: chosen.name, outcome: None, code: Some(error.code()) }
            }
        };
        all.push(done);
    }
    if arguments.json {
        give(&json(&all)?);
    }
    Ok(ending)
}

/// The connection that was named, or all that are linked.
fn choose(known: Vec<Listed>, named: Option<&str>) -> Result<Vec<Listed>> {
    let Some(named) = named else {
        return Ok(known
            .into_iter()
            .filter(|one| matches!(one.state.as_str(), "connected" | "error"))
            .collect());
    };
    let found: Vec<_> =
        known.into_iter().filter(|one| one.key == named || one.name.eq_ignore_ascii_case(named)).collect();
    if found.is_empty() {
        Err(Error::new(Code::CONNECTION_UNKNOWN).arg("connection", named))
    } else {
        Ok(found)
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Account { number, of } => bar.set_prefix(format!("account {number} of {of}")),
        Progress::Read { lines, .. } => {
            bar.println(format!("{}: {lines} lines at the provider", bar.message()));
        }
        Progress::Planned { to_push, known } => {
            bar.println(format!("{}: {to_push} to bring in, {known} already there", bar.message()));
        }
        Progress::Pushed { done, .. } => bar.set_position(done as u64),
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::new(Code::BUG).arg("what", error))?;
    Ok(text + "\n")
}
