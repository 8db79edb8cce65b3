//! `bank-bridge parse FILE...`: what bank files say, as a table for a person or as JSON for a program.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Ending, ReadingArguments, explanation, failed, give, table, tell};
use crate::errors::{Code, Error, Result, in_words, terminal};
use crate::formats::{self, Input};

/// Arguments of `parse`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Bank files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON array of statements
    #[arg(long)]
    json: bool,
    /// Show how each file was understood instead of its lines
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    reading: ReadingArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<Ending> {
    let options = arguments.reading.options()?;
    let mut readings = Vec::new();
    let mut ending = Ending::Fine;
    for path in &arguments.files {
        let read = Input::open(path, arguments.reading.size.bytes()).and_then(|input| {
            let reading = formats::read(&input, arguments.reading.format.as_deref(), &options)?;
            Ok((input, reading))
        });
        let (input, reading) = match read {
            Ok(read) => read,
            Err(error) => {
                ending = ending.and(Ending::Failed(failed(&error)));
                continue;
            }
        };
        for (index, statement) in reading.statements.iter().enumerate() {
            let place = reading.place(input.name(), index);
            for warning in &statement.warnings {
                let refused = warning.code.entry().refuses;
                if refused {
                    ending = ending.and(Ending::Finding);
                }
                if refused || !arguments.json {
                    tell(&terminal::render_warning(warning, &place, refused));
                }
            }
            if !arguments.json && !arguments.explain {
                give(&table::statement(statement));
            }
        }
        if arguments.json {
            readings.push((input.name().to_owned(), reading));
        } else if arguments.explain {
            give(&explanation::text(input.name(), &reading));
        }
    }
    if arguments.json && arguments.explain {
        give_json(
            &readings.iter().map(|(name, reading)| explanation::json(name, reading)).collect::<Vec<_>>(),
        )?;
    } else if arguments.json {
        give_json(&readings.iter().flat_map(|(_, reading)| &reading.statements).collect::<Vec<_>>())?;
    }
    Ok(ending)
}

fn give_json<T: Serialize>(all: &[T]) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let written = serde_json::to_writer(&mut out, all).map_err(std::io::Error::from);
    // A reader that has gone (`| head`) is no failure of ours.
    match written.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(Code::FILE_UNREADABLE).arg("reason", in_words(&error)))
        }
        _ => Ok(()),
    }
}
