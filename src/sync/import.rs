//! A bank file into Odoo, once.
//!
//! 1. read the file and refuse it if it does not add up, unless the user accepts its balances;
//! 2. find the journals of all its statements: one that is missing stops the file before anything is written;
//! 3. plan: ask Odoo what each line would become, so that a locked period also stops it before anything is
//!    written, and a dry run can tell;
//! 4. push what is not there yet, in batches of one SQL transaction each; the last batch of a statement makes it;
//! 5. compare the balance in Odoo with the bank's.
//!
//! Killed between two batches, the next run plans again and pushes what is missing.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Progress;
use super::batches::end_of_batch;
use super::once::once;
use super::preview::Preview;
use super::push::Pusher;
use crate::domain::{Currency, Statement, Transaction, Warning};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::csv::propose::{Proposal, propose};
use crate::formats::{self, Input, ParseOptions};
use crate::odoo::OdooClient;
use crate::odoo::addon::{
    Addon, Counts, File, Finding, Journal, LineAnswer, LineResult, Locked, Open, PlanLine, StatementHead,
    WholeLine,
};

/// Largest file that is kept with the statement in Odoo, in bytes.
const MAX_ATTACHMENT: u64 = 25 << 20;
/// Lines of one question to plan: some 400 KB, since proxies commonly take a megabyte.
const PLAN_SIZE: usize = 2_000;

/// One file to import.
#[derive(Debug)]
pub struct Job {
    /// Id of the run; the import in Odoo carries it.
    pub run: uuid::Uuid,
    /// The file.
    pub input: Input,
    /// Format that the user named.
    pub format: Option<String>,
    /// What else the user says about the file.
    pub options: ParseOptions,
    /// Journal that the user named.
    pub journal: Option<String>,
    /// Whether a journal of another account will do.
    pub force_journal: bool,
    /// Whether a file that does not add up is imported all the same.
    pub accept_balance: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What an import did.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Id of the run.
    pub run: String,
    /// Name of the file.
    pub file: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Counts over all statements.
    pub counts: Counts,
    /// By statement.
    pub statements: Vec<StatementOutcome>,
}

/// What became of one statement.
#[derive(Debug, Serialize)]
pub struct StatementOutcome {
    /// The bank's number.
    pub number: Option<String>,
    /// The account.
    pub account: String,
    /// The journal.
    pub journal: Journal,
    /// Where it is found: the file, and the number in it.
    #[serde(skip)]
    pub place: Place,
    /// Odoo's id of the statement that was made, if one was.
    pub statement: Option<i64>,
    /// Counts of its lines.
    pub counts: Counts,
    /// Warnings of the file and of the import.
    pub warnings: Vec<Warning>,
}

/// How an import or a dry run ended, with what was seen on the way, for a person who has to decide.
#[derive(Debug)]
pub struct Report {
    /// What the file holds, where it could be read.
    pub preview: Option<Preview>,
    /// What the columns of a table seem to be that no preset knows.
    pub table: Option<Proposal>,
    /// What came of it.
    pub outcome: Result<Outcome>,
}

/// Imports one file.
///
/// # Errors
/// 3xxx for the file, 4xxx for Odoo; the import in Odoo is closed with the same code.
pub async fn import(
    odoo: &dyn OdooClient,
    job: Job,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome> {
    report(odoo, job, progress).await.outcome
}

/// Imports one file and tells what was seen on the way, also of one that is refused.
pub async fn report(odoo: &dyn OdooClient, job: Job, progress: &(dyn Fn(Progress) + Send + Sync)) -> Report {
    let reading = tokio::task::spawn_blocking(move || {
        let (mut preview, mut table) = (None, None);
        let read = read(job, &mut preview, &mut table);
        (preview, table, read)
    });
    let broken = |_| (None, None, Err(Error::new(Code::BUG).arg("what", "reading the file broke off")));
    let (mut preview, table, read) = reading.await.unwrap_or_else(broken);
    let outcome = match read {
        Ok(read) => bring(odoo, read, progress).await,
        Err(error) => Err(error),
    };
    if let (Some(preview), Ok(outcome)) = (&mut preview, &outcome) {
        preview.came_to(outcome);
    }
    Report { preview, table, outcome }
}

/// A file that may come in.
struct Read {
    job: Job,
    statements: Vec<Statement>,
    places: Vec<Place>,
    file: File,
}

async fn bring(
    odoo: &dyn OdooClient,
    read: Read,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome> {
    let Read { job, mut statements, places, file } = read;
    let lines = statements.iter().map(|statement| statement.lines.len()).sum();
    progress(Progress::Read { statements: statements.len(), lines });

    let addon = Addon::new(odoo);
    addon.check().await?;
    let run = job.run.to_string();
    let (journals, kept) = open(&addon, &job, &run, file, &statements).await?;
    if let (Some(reason), Some(first)) = (kept.err(), statements.first_mut()) {
        first.warnings.push(Error::new(Code::FILE_NOT_KEPT).arg("reason", reason).into_warning());
    }
    for ((statement, journal), place) in statements.iter_mut().zip(&journals).zip(&places) {
        if let Err(error) = take_currency(statement, journal).map_err(|error| error.at(place.clone())) {
            if !job.dry_run {
                let _ = addon.close(&run, Some(&error), Counts::default(), &[]).await;
            }
            return Err(error);
        }
    }
    let pushed = push_all(&addon, &job, &run, &mut statements, &journals, &places, progress).await;
    let named = pushed.map_err(|error| error.at(Place::file(job.input.name())));
    if !job.dry_run {
        let counts = named.as_ref().map_or(Counts::default(), |outcome| outcome.counts);
        let findings = findings(&statements, &places, job.input.name());
        let told: Vec<_> = findings.iter().map(Finding::of).collect();
        let closed = addon.close(&run, named.as_ref().err(), counts, &told).await;
        if named.is_ok() {
            closed?;
        }
    }
    named
}

/// Reads the file, refuses what does not add up and prepares what Odoo keeps of it.
fn read(job: Job, preview: &mut Option<Preview>, table: &mut Option<Proposal>) -> Result<Read> {
    let reading = formats::read(&job.input, job.format.as_deref(), &job.options).inspect_err(|error| {
        let unknown = matches!(error.code(), Code::TABLE_UNKNOWN | Code::PRESET_DOES_NOT_FIT);
        *table = propose(&job.input, &[], None).ok().filter(|_| unknown && job.dry_run);
    })?;
    let places: Vec<_> =
        (0..reading.statements.len()).map(|index| reading.place(job.input.name(), index)).collect();
    *preview = Some(Preview::of(&reading, &places, job.input.name()));
    let mut statements = reading.statements;
    for (statement, place) in statements.iter_mut().zip(&places) {
        let refusal = statement.refusals().next().cloned();
        if let Some(refusal) = refusal {
            if !job.accept_balance {
                return Err(refused(&refusal).at(place.clone()));
            }
            statement.warnings.push(Error::new(Code::BALANCE_ACCEPTED).into_warning());
        }
        too_fine(statement).map_err(|error| error.at(place.clone()))?;
    }
    let bytes = job.input.bytes()?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let kept = !job.dry_run && job.input.size() <= MAX_ATTACHMENT;
    let content = kept.then(|| BASE64_STANDARD.encode(&bytes));
    let file = File { name: job.input.name().to_owned(), sha256, size: job.input.size(), content };
    Ok(Read { job, statements, places, file })
}

/// What was noticed, for the list of imports, which shows no places: the file of an archive is named in words.
fn findings(statements: &[Statement], places: &[Place], file: &str) -> Vec<Warning> {
    let of = |(statement, place): (&Statement, &Place)| {
        let path = place.file.as_deref().and_then(|path| path.strip_prefix(file));
        let member = path.and_then(|rest| rest.strip_prefix('/')).map(str::to_owned);
        let named = move |warning: Warning| match &member {
            Some(member) => Warning { message: format!("{member}: {}", warning.message), ..warning },
            None => warning,
        };
        statement.warnings.clone().into_iter().map(named).collect::<Vec<_>>()
    };
    statements.iter().zip(places).flat_map(of).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A finding as the reason of a refusal: its sentence is filled in already, so it becomes the evidence.
fn refused(finding: &Warning) -> Error {
    let args = finding.args.iter();
    let error = args.fold(Error::new(finding.code), |error, (name, value)| error.arg(name, value));
    let error = error.worded(&finding.message);
    match finding.line {
        Some(line) => error.at(Place::line(line)),
        None => error,
    }
}

fn too_fine(statement: &Statement) -> Result<()> {
    match statement.lines.iter().find(|line| !line.currency.holds(line.amount)) {
        Some(line) => {
            Err(Error::new(Code::AMOUNT_TOO_FINE).arg("amount", line.amount).arg("currency", line.currency))
        }
        None => Ok(()),
    }
}

/// Lines of a file that names no currency are in the journal's. Their identities stay those of the file.
fn take_currency(statement: &mut Statement, journal: &Journal) -> Result<()> {
    let currency = Currency::new(&journal.currency).filter(Currency::is_stated);
    for line in statement.lines.iter_mut().filter(|line| !line.currency.is_stated()) {
        line.currency = currency.unwrap_or(line.currency);
    }
    too_fine(statement)
}

async fn open(
    addon: &Addon<'_>,
    job: &Job,
    run: &str,
    mut file: File,
    statements: &[Statement],
) -> Result<(Vec<Journal>, std::result::Result<(), String>)> {
    let source = statements.first().map_or("", |statement| &statement.source);
    let heads = statements.iter().map(|statement| {
        let mut currencies: Vec<_> = statement.lines.iter().map(|line| line.currency).collect();
        currencies.extend(statement.account.currency);
        currencies.retain(Currency::is_stated);
        currencies.sort_unstable();
        currencies.dedup();
        StatementHead {
            account: &statement.account,
            number: statement.number.as_deref(),
            opening: statement.opening.as_ref(),
            closing: statement.closing.as_ref(),
            lines: statement.lines.len(),
            currencies,
            first: statement.lines.iter().map(|line| line.booked_on).min(),
            last: statement.lines.iter().map(|line| line.booked_on).max(),
        }
    });
    let statements: Vec<_> = heads.collect();
    let mut kept = if file.size > MAX_ATTACHMENT {
        Err(format!("it is larger than {} MB", MAX_ATTACHMENT >> 20))
    } else {
        Ok(())
    };
    loop {
        let open = Open {
            run,
            file: &file,
            source,
            statements: &statements,
            journal: job.journal.as_deref(),
            force_journal: job.force_journal,
            dry_run: job.dry_run,
        };
        match addon.open(&open).await {
            Ok(journals) => return Ok((journals, kept)),
            // The lines are worth more than the file: go on without it where a proxy lets only the lines through.
            Err(error) if error.code() == Code::ODOO_REQUEST_TOO_LARGE && file.content.is_some() => {
                file.content = None;
                kept = Err(error.sentence());
            }
            Err(error) => return Err(error.at(Place::file(job.input.name()))),
        }
    }
}

async fn push_all(
    addon: &Addon<'_>,
    job: &Job,
    run: &str,
    statements: &mut [Statement],
    journals: &[Journal],
    places: &[Place],
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome> {
    let mut plans = Vec::with_capacity(statements.len());
    for (statement, journal) in statements.iter().zip(journals) {
        plans.push(plan(addon, statement, journal).await?);
    }
    if let Some(error) = locked(&plans) {
        return Err(error);
    }
    once(statements, journals, &mut plans);
    let known = |plan: &&LineAnswer| plan.result == LineResult::Duplicate;
    let all: usize = plans.iter().map(|plan| plan.answers.len()).sum();
    let known = plans.iter().flat_map(|plan| &plan.answers).filter(known).count();
    progress(Progress::Planned { to_push: all - known, known });

    let mut outcome = Outcome {
        run: run.to_owned(),
        file: job.input.name().to_owned(),
        dry_run: job.dry_run,
        counts: Counts::default(),
        statements: Vec::new(),
    };
    let mut pusher = Pusher::new(addon, run, all - known, progress);
    let with_place = statements.iter_mut().zip(journals).zip(places).zip(plans);
    for (index, (((statement, journal), place), plan)) in with_place.enumerate() {
        let (counts, made) = if job.dry_run {
            (Counts::of_statement(&plan.answers), None)
        } else {
            pusher.statement(statement, index, journal.id, &plan.answers).await?
        };
        outcome.counts.add(counts);
        outcome.statements.push(StatementOutcome {
            number: statement.number.as_deref().map(str::to_owned),
            account: statement.account.key().to_owned(),
            journal: journal.clone(),
            place: place.clone(),
            statement: made,
            counts,
            warnings: statement.warnings.clone(),
        });
    }
    Ok(outcome)
}

/// What Odoo says about the lines of one statement.
pub(super) struct StatementPlan {
    /// One for each line.
    pub(super) answers: Vec<LineAnswer>,
    /// New lines in a closed period.
    pub(super) locked: Vec<Locked>,
}

/// Asks what each line would become.
pub(super) async fn plan(
    addon: &Addon<'_>,
    statement: &Statement,
    journal: &Journal,
) -> Result<StatementPlan> {
    let days: Vec<_> = statement.lines.iter().map(|line| line.booked_on).collect();
    let mut plan = StatementPlan { answers: Vec::with_capacity(days.len()), locked: Vec::new() };
    while plan.answers.len() < days.len() {
        let start = plan.answers.len();
        let end = end_of_batch(&days, start, PLAN_SIZE);
        let lines: Vec<_> = statement.lines.iter().take(end).skip(start).map(plan_line).collect();
        let part = addon.plan(journal.id, &statement.source, &lines).await?;
        plan.answers.extend(part.lines);
        plan.locked.extend(part.locked);
    }
    Ok(plan)
}

fn locked(plans: &[StatementPlan]) -> Option<Error> {
    let all: Vec<_> = plans.iter().flat_map(|plan| &plan.locked).collect();
    let first = all.iter().min_by_key(|locked| locked.date)?;
    let until = all.iter().map(|locked| locked.locked_until).max()?;
    Some(
        Error::new(Code::PERIOD_LOCKED)
            .arg("count", all.iter().map(|locked| locked.count).sum::<u64>())
            .arg("date", first.date)
            .arg("locked_until", until),
    )
}

fn plan_line(line: &Transaction) -> PlanLine<'_> {
    PlanLine {
        id: line.identity,
        date: line.booked_on,
        amount: line.amount.to_string(),
        counterparty_account: line.counterparty().account,
        end_to_end: line.end_to_end(),
        whole: WholeLine::of(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::DEFAULT_MAX_SIZE;

    fn statement(records: &str) -> Statement {
        let bytes = format!("!Type:Bank\n{records}").into_bytes();
        let input = Input::from_bytes("made.qif", bytes, DEFAULT_MAX_SIZE).unwrap();
        formats::parse(&input, None, &ParseOptions::default()).unwrap().remove(0)
    }

    #[test]
    fn findings_of_a_file_of_an_archive_name_it() {
        let mut statement = statement("D30/10/2026\nT-2.50\nPCoffee\n^\n");
        statement.warnings = vec![Error::new(Code::CODA_DUPLICATE_FLAG).into_warning()];
        let messages = |place: &str| {
            let found = findings(std::slice::from_ref(&statement), &[Place::file(place)], "days.zip");
            found.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
        };
        assert_eq!(messages("days.zip"), ["the bank marks this file as a duplicate"]);
        assert_eq!(messages("days.zip/a.cod"), ["a.cod: the bank marks this file as a duplicate"]);
    }
}
