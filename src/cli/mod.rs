//! The command line. Data goes to standard output, everything else to standard error.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | fine |
//! | 1 | a finding: a file whose balances do not add up, a line that is held |
//! | 2 | usage or configuration |
//! | 3 | file |
//! | 4 | provider |
//! | 5 | Odoo |
//! | 70 | our bug |

mod backend;
mod check;
mod errors;
mod explain;
mod explanation;
mod import;
mod new_key;
mod parse;
mod preset;
mod sandbox;
mod sealing;
mod serve;
mod sync;
mod table;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, OdooConfig};
use crate::errors::{Error, Family, Result, terminal};
use crate::formats::{DateOrder, DecimalMark, ParseOptions, Preset};
use crate::odoo::Transport;

/// Bank transactions into Odoo: files and online providers, each line once.
#[derive(Debug, Parser)]
#[command(name = "bank-bridge", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what bank files say; needs no Odoo
    Parse(parse::Arguments),
    /// Put bank files into Odoo, each line once
    Import(import::Arguments),
    /// List the formats of bank files and what each supports
    Formats,
    /// List the banks whose tables are known, or propose what the columns of another table are
    Preset(preset::Arguments),
    /// Bring the transactions of online connections into Odoo, now
    Sync(sync::Arguments),
    /// Serve JSON-RPC for Odoo
    Serve(serve::Arguments),
    /// Make a sealing key and a token for `serve`
    NewKey,
    /// Look whether configuration and Odoo are ready
    Check(check::Arguments),
    /// Explain a code: cause, who can mend it, next step
    Explain(explain::Arguments),
    /// List all codes
    Errors(errors::Arguments),
    /// Simulate Ponto and Salt Edge on this machine, for trying
    Sandbox(sandbox::Arguments),
}

/// How a command ended when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Fine,
    Finding,
    /// Some of the files failed; the first failure's exit code.
    Failed(u8),
}

impl Ending {
    /// The ending of two pieces of work: the first failure, else a finding.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed(code), _) | (_, Self::Failed(code)) => Self::Failed(code),
            (Self::Finding, _) | (_, Self::Finding) => Self::Finding,
            (Self::Fine, Self::Fine) => Self::Fine,
        }
    }
}

/// How to reach Odoo; what is not given comes from the configuration file.
#[derive(Args, Debug, Clone)]
struct OdooArguments {
    /// Configuration file
    #[arg(long, env = "BANK_BRIDGE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of Odoo, such as <https://odoo.example.com>
    #[arg(long, env = "BANK_BRIDGE_ODOO_URL", value_name = "URL")]
    odoo_url: Option<String>,
    /// Database
    #[arg(long, env = "BANK_BRIDGE_ODOO_DATABASE", value_name = "NAME")]
    odoo_database: Option<String>,
    /// Login of the user whose API key it is
    #[arg(long, env = "BANK_BRIDGE_ODOO_LOGIN", value_name = "LOGIN")]
    odoo_login: Option<String>,
    /// File that holds the API key (or set `BANK_BRIDGE_ODOO_API_KEY`)
    #[arg(long, env = "BANK_BRIDGE_ODOO_API_KEY_FILE", value_name = "FILE")]
    odoo_api_key_file: Option<PathBuf>,
    /// Door of Odoo to take
    #[arg(long, env = "BANK_BRIDGE_ODOO_TRANSPORT", value_enum)]
    odoo_transport: Option<Transport>,
}

impl OdooArguments {
    fn target(self) -> Result<crate::odoo::Target> {
        let given = OdooConfig {
            url: self.odoo_url,
            database: self.odoo_database,
            login: self.odoo_login,
            api_key_file: self.odoo_api_key_file,
            transport: self.odoo_transport,
        };
        Config::load(self.config.as_deref())?.odoo.overlaid(given).target()
    }
}

/// Largest file in megabytes, where the cap has to be another.
#[derive(Args, Debug, Clone, Copy)]
struct SizeArgument {
    /// Largest file that is read, in MB
    #[arg(long, value_name = "MB", default_value_t = crate::formats::DEFAULT_MAX_SIZE >> 20)]
    max_size: u64,
}

impl SizeArgument {
    fn bytes(self) -> u64 {
        self.max_size.saturating_mul(1 << 20)
    }
}

/// How a file is to be read, where it does not tell itself.
#[derive(Args, Debug, Clone)]
struct ReadingArguments {
    /// Format, where the content does not show it; `bank-bridge formats` lists them
    #[arg(long, value_name = "ID")]
    format: Option<String>,
    /// Order of day, month and year, where the dates leave it open
    #[arg(long, value_name = "ORDER", value_parser = ["dmy", "mdy", "ymd"])]
    date_order: Option<String>,
    /// Decimal mark of amounts, where they leave it open
    #[arg(long, value_name = "MARK", value_parser = ["point", "comma"])]
    decimal_mark: Option<String>,
    /// What the columns of a table are: a file, or the name of a preset that `bank-bridge preset` lists
    #[arg(long, value_name = "PRESET")]
    preset: Option<String>,
    #[command(flatten)]
    size: SizeArgument,
}

impl ReadingArguments {
    fn options(&self) -> Result<ParseOptions> {
        Ok(ParseOptions {
            date_order: self.date_order.as_deref().and_then(DateOrder::find),
            decimal_mark: self.decimal_mark.as_deref().and_then(DecimalMark::find),
            preset: self.preset.as_deref().map(Preset::load).transpose()?,
        })
    }
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match cli.command {
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Import(arguments) => block_on(import::run(arguments)),
        Command::Formats => {
            give(&explanation::all_formats());
            Ok(Ending::Fine)
        }
        Command::Serve(arguments) => block_on(serve::run(arguments)),
        Command::Preset(arguments) => preset::run(&arguments),
        Command::NewKey => new_key::run(),
        Command::Check(arguments) => block_on(check::run(arguments)),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Errors(arguments) => errors::run(&arguments),
        Command::Sync(arguments) => block_on(sync::run(arguments)),
        Command::Sandbox(arguments) => block_on(sandbox::run(arguments)),
    };
    match outcome {
        Ok(Ending::Fine) => ExitCode::SUCCESS,
        Ok(Ending::Finding) => ExitCode::from(1),
        Ok(Ending::Failed(code)) => ExitCode::from(code),
        Err(error) => ExitCode::from(failed(&error)),
    }
}

/// Tells of a failure and gives its exit code.
fn failed(error: &Error) -> u8 {
    tell(&terminal::render(error));
    exit_code(error)
}

fn exit_code(error: &Error) -> u8 {
    if error.code().entry().refuses {
        return 1;
    }
    match error.code().family() {
        Family::Bridge => 2,
        Family::File => 3,
        Family::Provider => 4,
        Family::Odoo => 5,
        Family::Data => 1,
        Family::Bug => 70,
    }
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(crate::errors::Code::BUG).arg("what", error.kind()))?;
    let outcome = runtime.block_on(work);
    // A file that is still being read on a thread of its own must not hold up the exit.
    runtime.shutdown_background();
    outcome
}

/// Says something to the person: standard error, colours only where they show.
fn tell(text: &str) {
    let _ = write!(anstream::stderr(), "{text}");
}

/// Gives data: standard output. A reader that has gone (`| head`) ends the program quietly.
fn give(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A number with its noun: `1 line`, `2 lines`.
fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
