//! `bank-bridge errors`: the whole table of codes, for the support desk.

use std::fmt::Write as _;

use clap::Args;

use super::{Ending, give};
use crate::errors::catalogue::ENTRIES;
use crate::errors::{Code, Error, Result, terminal};

/// Arguments of `errors`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// As a table in Markdown
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Ending> {
    let text = if arguments.json {
        let text = serde_json::to_string_pretty(ENTRIES);
        text.map_err(|error| Error::new(Code::BUG).arg("what", error))? + "\n"
    } else if arguments.markdown {
        markdown()
    } else {
        super::explain::list(ENTRIES)
    };
    give(&text);
    Ok(Ending::Fine)
}

/// A row for each code. `{name}` stands for what a message fills in.
fn markdown() -> String {
    let mut text = String::from(
        "| Code | What it says | Who can mend it | Helps trying again? | Next step |\n|---|---|---|---|---|\n",
    );
    for entry in ENTRIES {
        let retry = if entry.retry { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {retry} | {} |",
            entry.code,
            cell(entry.sentence),
            terminal::who(entry.fixed_by),
            cell(entry.next_step)
        );
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
