//! The methods that take a bank file: reading it, proposing what the columns of a table are, importing it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jsonrpsee::core::{JsonRawValue, to_json_raw_value};
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use uuid::Uuid;

use super::answer::echo;
use super::backend::{ImportJob, Registration};
use super::methods::{Context, bug, refuse_when_stopping, stopping, text};
use super::params::{self, Content, ImportStart, Parse, ProposePreset, SaidColumn};
use crate::domain::Statement;
use crate::errors::{Code, Error, Result};
use crate::formats::csv::preset::Role;
use crate::formats::csv::propose::propose;
use crate::formats::{self, Input};
use crate::seal::{Binding, Purpose};

/// Longest name of a file, in bytes.
const LONGEST_NAME: usize = 255;
/// Most columns that a user says something about.
const MOST_COLUMNS: usize = 500;

/// Result of `bank.import_start`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Started {
    /// The import's id, for `bank.run_status`.
    pub(super) run: String,
}

pub(super) async fn parse(context: Arc<Context>, params: Parse) -> Result<Box<JsonRawValue>> {
    #[derive(Serialize)]
    struct Parsed {
        statements: Vec<Statement>,
    }

    let input = input(&context, params.name, params.content)?;
    let format = known_format(params.format)?;
    let options = params::options(params.date_order, params.decimal_mark, params.preset.as_deref())?;
    let place = context.parses.clone().acquire_owned().await.map_err(|_| stopping())?;
    let reading = tokio::task::spawn_blocking(move || {
        // Held here, so that a caller who gives up does not make room while his file is still being read.
        let _place = place;
        let statements = formats::parse(&input, format.as_deref(), &options)?;
        to_json_raw_value(&Parsed { statements }).map_err(|_| bug("statements without JSON"))
    });
    reading.await.map_err(|_| bug("reading a file panicked"))?
}

pub(super) async fn propose_preset(
    context: Arc<Context>,
    params: ProposePreset,
) -> Result<Box<JsonRawValue>> {
    let input = input(&context, params.name, params.content)?;
    if params.columns.len() > MOST_COLUMNS {
        return Err(params::invalid("columns"));
    }
    let said: Vec<_> = params.columns.into_iter().map(said).collect::<Result<_>>()?;
    let bank = params.bank.map(|bank| text("bank", bank)).transpose()?;
    let marks = params::options(params.date_order, params.decimal_mark, None)?;
    let place = context.parses.clone().acquire_owned().await.map_err(|_| stopping())?;
    let proposing = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut proposal = propose(&input, &said, bank.as_deref())?;
        proposal.preset.dates = marks.date_order.or(proposal.preset.dates);
        proposal.preset.decimal = marks.decimal_mark.map(Into::into).or(proposal.preset.decimal);
        to_json_raw_value(&proposal.to_json()?).map_err(|_| bug("a proposal without JSON"))
    });
    proposing.await.map_err(|_| bug("proposing a preset panicked"))?
}

fn said(column: SaidColumn) -> Result<(Role, String)> {
    let role = Role::find(&column.role).ok_or_else(|| params::invalid("columns.role"))?;
    if column.column.is_empty() {
        return Ok((role, column.column));
    }
    Ok((role, text("columns.column", column.column)?))
}

pub(super) async fn import_start(context: Arc<Context>, params: ImportStart) -> Result<Started> {
    refuse_when_stopping(&context)?;
    let registration: Registration = context.sealer.open(
        Purpose::Registration,
        Binding::database(&params.database_uuid),
        params.registration.expose_secret(),
    )?;
    let run = match &params.run {
        Some(run) => Uuid::try_parse(run).map_err(|_| params::invalid("run"))?,
        None => Uuid::now_v7(),
    };
    let job = ImportJob {
        run,
        input: input(&context, params.name, params.content)?,
        format: known_format(params.format)?,
        options: params::options(params.date_order, params.decimal_mark, params.preset.as_deref())?,
        journal: params.journal.map(|journal| text("journal", journal)).transpose()?,
        force_journal: params.force_journal,
        accept_balance: params.accept_balance,
        dry_run: params.dry_run,
    };
    let place = context.imports.clone().try_acquire_owned().map_err(|_| Error::new(Code::TOO_BUSY))?;
    if !context.runs.begin(run) {
        return Err(params::invalid("run"));
    }
    let background = context.clone();
    context.work.spawn(async move {
        let _place = place;
        import(&background, &registration, job).await;
    });
    Ok(Started { run: run.to_string() })
}

async fn import(context: &Context, registration: &Registration, job: ImportJob) {
    let run = job.run;
    let report = |progress| context.runs.report(run, progress);
    let work = AssertUnwindSafe(context.backend.import(registration, job, &report)).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome.unwrap_or_else(|_| Err(bug("an import panicked"))),
        () = context.abandon.cancelled() => Err(stopping()),
    };
    match &outcome {
        Ok(_) => tracing::info!(%run, "import done"),
        Err(error) => tracing::warn!(%run, code = %error.code(), "import failed"),
    }
    context.runs.end(run, &outcome);
}

fn input(context: &Context, name: String, file: Content) -> Result<Input> {
    if name.len() > LONGEST_NAME {
        return Err(params::invalid("name"));
    }
    Input::from_bytes(&text("name", name)?, file.0, context.config.max_file_size)
}

fn known_format(format: Option<String>) -> Result<Option<String>> {
    let Some(format) = format else { return Ok(None) };
    formats::by_id(&format).map(|known| Some(known.id().to_owned())).map_err(|error| {
        let known = error.args().iter().find(|(name, _)| *name == "known").map(|(_, known)| known.as_str());
        Error::new(error.code()).arg("name", echo(&format)).arg("known", known.unwrap_or_default())
    })
}
