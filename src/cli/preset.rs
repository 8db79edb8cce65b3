//! `bank-bridge preset [FILE]`: the banks whose tables are known, and a proposal for a table that is not.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::{Ending, SizeArgument, counted, give, table, tell};
use crate::errors::{Code, Error, Place, Result, in_words, terminal};
use crate::formats::csv::preset::Role;
use crate::formats::csv::propose::{Proposal, propose};
use crate::formats::{self, DateOrder, DecimalMark, Input, ParseOptions, Preset, Reading};

/// Lines of the preview.
const PREVIEW: usize = 8;

/// Arguments of `preset`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Table to propose a preset for; without it, the presets that are known are listed
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What a column is, as ROLE=NAME (`text=Memo`); ROLE= takes the role out. Can be repeated
    #[arg(long = "column", value_name = "ROLE=NAME", requires = "file")]
    columns: Vec<String>,
    /// The bank's name
    #[arg(long, value_name = "NAME", requires = "file")]
    bank: Option<String>,
    /// Order of day, month and year, where the dates leave it open
    #[arg(long, value_name = "ORDER", value_parser = ["dmy", "mdy", "ymd"], requires = "file")]
    date_order: Option<String>,
    /// Decimal mark of amounts, where they leave it open
    #[arg(long, value_name = "MARK", value_parser = ["point", "comma"], requires = "file")]
    decimal_mark: Option<String>,
    /// Keep the proposal as a file, for --preset
    #[arg(long, value_name = "PRESET.toml", requires = "file")]
    save: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    size: SizeArgument,
}

pub(super) fn run(arguments: &Arguments) -> Result<Ending> {
    let Some(path) = &arguments.file else {
        list(arguments.json)?;
        return Ok(Ending::Fine);
    };
    let input = Input::open(path, arguments.size.bytes())?;
    let said: Vec<_> = arguments.columns.iter().map(|text| said(text)).collect::<Result<_>>()?;
    let mut proposal = propose(&input, &said, arguments.bank.as_deref())
        .map_err(|error| error.at(Place::file(input.name())))?;
    let chosen = arguments.date_order.as_deref().and_then(DateOrder::find);
    proposal.preset.dates = chosen.or(proposal.preset.dates);
    let chosen = arguments.decimal_mark.as_deref().and_then(DecimalMark::find);
    proposal.preset.decimal = chosen.map(Into::into).or(proposal.preset.decimal);

    let options = ParseOptions { preset: Some(Arc::new(proposal.preset.clone())), ..ParseOptions::default() };
    let read = formats::read(&input, None, &options);
    if arguments.json {
        let json =
            serde_json::json!({"file": input.name(), "proposal": proposal, "preset": proposal.to_toml()?});
        give(&(json.to_string() + "\n"));
    } else {
        show(input.name(), &proposal, read.as_ref().ok());
    }
    let ending = match &read {
        Ok(_) => Ending::Fine,
        Err(error) => {
            tell(&terminal::render(error));
            Ending::Finding
        }
    };
    if let Some(path) = &arguments.save {
        save(path, &proposal)?;
        tell(&format!("kept as {}; use it with --preset {}\n", path.display(), path.display()));
    } else if !arguments.json {
        tell("Nothing is kept yet: correct it with --column ROLE=NAME, keep it with --save PRESET.toml\n");
    }
    Ok(ending)
}

/// `ROLE=NAME`.
fn said(text: &str) -> Result<(Role, String)> {
    let wrong = || {
        let known: Vec<_> = Role::ALL.iter().map(|role| role.id()).collect();
        let reason = format!("--column {text}: write ROLE=NAME, where ROLE is one of {}", known.join(", "));
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    };
    let (role, name) = text.split_once('=').ok_or_else(wrong)?;
    Ok((Role::find(role.trim()).ok_or_else(wrong)?, name.trim().to_owned()))
}

fn list(json: bool) -> Result<()> {
    let presets: Vec<_> = Preset::built_in().collect();
    if json {
        let all: Vec<_> = presets
            .iter()
            .map(|p| serde_json::json!({"id": p.id, "bank": p.bank, "about": p.about, "country": p.country}))
            .collect();
        let text =
            serde_json::to_string_pretty(&all).map_err(|error| Error::new(Code::BUG).arg("what", error))?;
        give(&(text + "\n"));
        return Ok(());
    }
    // Not a grid, which is cut at the width of the terminal: the end of a title tells one export from another.
    let widest = presets.iter().map(|p| p.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    for preset in &presets {
        let country = preset.country.as_deref().unwrap_or_default();
        let _ = writeln!(out, "  {:<widest$}  {country:<2}  {}", preset.id, preset.title());
    }
    give(&out);
    give(&format!("{}\n", counted(presets.len(), "preset")));
    Ok(())
}

/// The columns with their evidence, then the first lines as they would come in.
fn show(name: &str, proposal: &Proposal, reading: Option<&Reading>) {
    let mut out = format!("{name}\n");
    if let Some(known) = &proposal.known {
        let _ = writeln!(out, "  This table is known already: the preset {known} reads it.");
    }
    for fact in &proposal.understanding.facts {
        let because = fact.because.as_ref().map(|because| format!(" ({because})")).unwrap_or_default();
        let _ = writeln!(out, "  {}: {}{because}", fact.about, fact.found);
    }
    let rows: Vec<_> = proposal
        .columns
        .iter()
        .map(|one| {
            vec![one.role.id().to_owned(), one.column.clone(), one.example.clone(), one.because.clone()]
        })
        .collect();
    out += &table::grid(&["role", "column", "for example", "because"], &rows, &[]);
    if !proposal.unused.is_empty() {
        let _ = writeln!(out, "  not used: {}", proposal.unused.join(", "));
    }
    out.push('\n');
    for statement in reading.iter().flat_map(|reading| &reading.statements) {
        let mut first = statement.clone();
        let more = first.lines.len().saturating_sub(PREVIEW);
        first.lines.truncate(PREVIEW);
        out += &table::statement(&first);
        if more > 0 {
            let _ =
                writeln!(out, "  and {} more; in all {}\n", counted(more, "line"), table::summary(statement));
        }
    }
    give(&out);
}

/// Writes a new file; one that is there stays.
fn save(path: &Path, proposal: &Proposal) -> Result<()> {
    let failed = |error: std::io::Error| {
        let reason = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "there is such a file already".to_owned(),
            _ => in_words(&error),
        };
        Error::new(Code::PRESET_NOT_KEPT).arg("file", path.display()).arg("reason", reason)
    };
    let text = proposal.to_toml()?;
    let mut file = std::fs::File::options().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
