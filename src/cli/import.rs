//! `bank-bridge import FILE...`: bank files into Odoo, with progress on standard error.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Ending, OdooArguments, ReadingArguments, counted, failed, give, table, tell};
use crate::errors::{Code, Error, Family, Result, terminal};
use crate::formats::Input;
use crate::odoo;
use crate::sync::Progress;
use crate::sync::import::{self, Job, Outcome};

/// Arguments of `import`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Arguments {
    /// Bank files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Journal, where the account does not show it: its short code, or COMPANY/CODE
    #[arg(long, value_name = "CODE")]
    journal: Option<String>,
    /// Import into the journal named although it is of another account
    #[arg(long, requires = "journal")]
    force_journal: bool,
    /// Import although the balances do not add up
    #[arg(long)]
    accept_balance: bool,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON array, an object for each file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    odoo: OdooArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    let inputs: Vec<_> = arguments
        .files
        .iter()
        .map(|path| Input::open(path, arguments.reading.size.bytes()))
        .collect::<Result<_>>()?;
    let options = arguments.reading.options()?;
    let client = odoo::connect(&arguments.odoo.clone().target()?).await?;
    let mut outcomes = Vec::new();
    let mut ending = Ending::Fine;
    for input in inputs {
        let job = Job {
            run: uuid::Uuid::now_v7(),
            input,
            format: arguments.reading.format.clone(),
            options: options.clone(),
            journal: arguments.journal.clone(),
            force_journal: arguments.force_journal,
            accept_balance: arguments.accept_balance,
            dry_run: arguments.dry_run,
        };
        let bar = bar(job.input.name());
        let outcome = import::import(&*client, job, &|progress| show(&bar, progress)).await;
        bar.finish_and_clear();
        match outcome {
            Ok(outcome) => {
                if !arguments.json {
                    report(&outcome);
                }
                if needs_a_look(&outcome) {
                    ending = ending.and(Ending::Finding);
                }
                outcomes.push(outcome);
            }
            // What is wrong with one file is not wrong with the next; what is wrong with Odoo is.
            Err(error) => {
                let stops = error.code().family() == Family::Odoo && error.code().number() < 4100;
                ending = ending.and(Ending::Failed(failed(&error)));
                if stops {
                    break;
                }
            }
        }
    }
    if arguments.json {
        let json = serde_json::to_string_pretty(&outcomes);
        give(&(json.map_err(|error| Error::new(Code::BUG).arg("what", error))? + "\n"));
    }
    Ok(ending)
}

/// Whether somebody has to decide on a line, or the books do not show the bank's balance.
fn needs_a_look(outcome: &Outcome) -> bool {
    let mut warnings = outcome.statements.iter().flat_map(|statement| &statement.warnings);
    outcome.counts.held > 0 || warnings.any(|warning| warning.code == Code::BALANCE_DIFFERS_IN_ODOO)
}

/// The warnings to the person, the table as data.
fn report(outcome: &Outcome) {
    for statement in &outcome.statements {
        for warning in &statement.warnings {
            tell(&terminal::render_warning(warning, &statement.place, false));
        }
    }
    give(&format!("{}\n{}\n", outcome.file, table::outcome(outcome)));
}

fn bar(name: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Read { statements, lines } => {
            let (statements, lines) = (counted(statements, "statement"), counted(lines, "line"));
            bar.println(format!("{}: {statements}, {lines}", bar.message()));
        }
        Progress::Planned { to_push, known } => {
            let lines = counted(to_push, "line");
            bar.println(format!("{}: {lines} to bring in, {known} already there", bar.message()));
            bar.set_length(to_push as u64);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
                bar.set_style(style);
            }
        }
        Progress::Pushed { done, .. } => bar.set_position(done as u64),
        Progress::Account { .. } => {}
    }
}
