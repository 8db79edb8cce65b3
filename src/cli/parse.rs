//! `bank-bridge parse FILE...`: what bank files say, as a table for a person or as JSON for a program.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::{Ending, SizeArgument, failed, give, table, tell};
use crate::errors::{Code, Error, Place, Result, in_words, terminal};
use crate::formats::{self, Input, ParseOptions};

/// Arguments of `parse`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Bank files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Format, where the content does not show it
    #[arg(long, value_name = "ID")]
    format: Option<String>,
    /// Print one JSON array of statements
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    size: SizeArgument,
}

pub(super) fn run(arguments: &Arguments) -> Result<Ending> {
    let mut all = Vec::new();
    let mut ending = Ending::Fine;
    for path in &arguments.files {
        let read = Input::open(path, arguments.size.bytes()).and_then(|input| {
            let statements = formats::parse(&input, arguments.format.as_deref(), &ParseOptions::default())?;
            Ok((input, statements))
        });
        let (input, statements) = match read {
            Ok(read) => read,
            Err(error) => {
                ending = ending.and(Ending::Failed(failed(&error)));
                continue;
            }
        };
        for (index, statement) in statements.iter().enumerate() {
            let place = Place { statement: Some(index + 1), ..Place::file(input.name()) };
            for warning in &statement.warnings {
                let refused = warning.code.entry().refuses;
                if refused {
                    ending = ending.and(Ending::Finding);
                }
                if refused || !arguments.json {
                    tell(&terminal::render_warning(warning, &place, refused));
                }
            }
            if !arguments.json {
                give(&table::statement(statement));
            }
        }
        if arguments.json {
            all.extend(statements);
        }
    }
    if arguments.json {
        let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
        let written = serde_json::to_writer(&mut out, &all).map_err(std::io::Error::from);
        // A reader that has gone (`| head`) is no failure of ours.
        match written.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(Error::new(Code::FILE_UNREADABLE).arg("reason", in_words(&error)));
            }
            _ => {}
        }
    }
    Ok(ending)
}
