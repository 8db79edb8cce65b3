//! `bank-bridge explain [CODE]`: the catalogue for a person, or with `--json` for a program.

use std::fmt::Write as _;

use clap::Args;

use super::{Ending, give};
use crate::errors::{Code, Entry, Error, Result, catalogue, terminal};

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Code, such as BB-3310; all codes without one
    code: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Ending> {
    let entries: Vec<_> = match &arguments.code {
        Some(text) => {
            vec![Code::find(text).ok_or_else(|| Error::new(Code::CODE_UNKNOWN).arg("text", text))?.entry()]
        }
        None => catalogue::ENTRIES.iter().collect(),
    };
    if arguments.json {
        let json = serde_json::to_string_pretty(&entries);
        give(&(json.map_err(|error| Error::new(Code::BUG).arg("what", error))? + "\n"));
    } else if arguments.code.is_some() {
        for entry in entries {
            give(&terminal::explain(entry));
        }
    } else {
        give(&list(entries));
    }
    Ok(Ending::Fine)
}

/// A line for each code.
pub(super) fn list<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    entries.into_iter().fold(String::new(), |mut text, entry| {
        let _ = writeln!(text, "{}  {}", entry.code, entry.sentence);
        text
    })
}
