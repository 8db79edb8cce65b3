//! What `scripts/bench` measures: one process a task, so that time and memory are those of the whole.
//!
//! | task | what |
//! |---|---|
//! | `make FORMAT FIRST COUNT PER_DAY PATH` | writes a bank file of our own making; prints its true count and sum |
//! | `bridge PATH` | reads a file as every command of the bridge does: values, identities and checks |
//! | `floor FORMAT PATH` | does the least that a reader of the format can do, over the same kind of reader |
//!
//! Each prints one JSON object. Nothing here is a test: times belong to a machine, not to a result.
#![forbid(unsafe_code)]

mod archive_files;
mod camt_file;
mod coda_file;
mod csv_file;
mod floor;
mod mt940_file;
mod ofx_file;
mod payments;
mod qif_file;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
use serde_json::{Value, json};

use payments::Payments;

type Outcome = Result<Value, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["make", format, numbers @ .., path] => make(format, numbers, Path::new(path)),
        ["bridge", path] => bridge(Path::new(path)),
        ["floor", "digests", count] => count.parse().map(floor::digests).map_err(Into::into),
        ["floor", "coda", path] => floor::coda(Path::new(path)).map_err(Into::into),
        ["floor", "coda-whole", path] => floor::coda_whole(Path::new(path)).map_err(Into::into),
        ["floor", "camt", path] => floor::camt(Path::new(path)).map_err(Into::into),
        ["floor", "csv", path] => floor::csv(Path::new(path)).map_err(Into::into),
        ["floor", "xlsx", path] => floor::xlsx(Path::new(path)).map_err(Into::into),
        ["floor", "zip", path] => floor::zip(Path::new(path)).map_err(Into::into),
        ["floor", "mt940", path] => floor::mt940(Path::new(path)).map_err(Into::into),
        ["floor", "ofx" | "ofx2", path] => floor::ofx(Path::new(path)).map_err(Into::into),
        ["floor", "qif", path] => floor::qif(Path::new(path)).map_err(Into::into),
        _ => {
            let _ = writeln!(std::io::stderr(), "this is measured by scripts/bench");
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(value) => {
            let _ = writeln!(std::io::stdout(), "{value}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(format: &str, numbers: &[&str], path: &Path) -> Outcome {
    let [first, count, per_day] = numbers else { return Err("three numbers are needed".into()) };
    let payments = Payments::new(first.parse()?, count.parse()?, per_day.parse()?);
    match format {
        "coda" => coda_file::write(path, &payments)?,
        "camt" => camt_file::write(path, &payments)?,
        "csv" => csv_file::write(path, &payments)?,
        "mt940" => mt940_file::write(path, &payments)?,
        "ofx" => ofx_file::write(path, &payments, 1)?,
        "ofx2" => ofx_file::write(path, &payments, 2)?,
        "qif" => qif_file::write(path, &payments)?,
        "xlsx" => archive_files::xlsx(path, &payments)?,
        "zip" => {
            let inside = path.with_extension("inside");
            camt_file::write(&inside, &payments)?;
            archive_files::zip(path, "camt.xml", &inside)?;
            std::fs::remove_file(inside)?;
        }
        _ => return Err(format!("no format {format}").into()),
    }
    Ok(
        json!({"records": payments.count(), "sum": payments::decimal(payments.sum()), "account": payments::ACCOUNT}),
    )
}

/// The whole way to domain values, as `parse` and `import` go it.
fn bridge(path: &Path) -> Outcome {
    let input = Input::open(path, DEFAULT_MAX_SIZE).map_err(|error| error.sentence())?;
    let statements =
        formats::parse(&input, None, &ParseOptions::default()).map_err(|error| error.sentence())?;
    if let Some(refusal) = statements.iter().find_map(|statement| statement.refusals().next()) {
        return Err(format!("{} {}", refusal.code, refusal.message).into());
    }
    let records: usize = statements.iter().map(|statement| statement.lines.len()).sum();
    let sum: bank_bridge::domain::Decimal = statements.iter().map(|statement| statement.sum()).sum();
    let warnings: usize = statements.iter().map(|statement| statement.warnings.len()).sum();
    Ok(json!({"records": records, "sum": sum.to_string(), "warnings": warnings}))
}
