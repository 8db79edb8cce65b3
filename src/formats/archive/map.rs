//! Files to statements.

use std::collections::{HashMap, HashSet};

use super::companions;
use super::records::Archive;
use crate::domain::{Identity, Statement, Text};
use crate::errors::{Code, Error, Place, Result};
use crate::formats::{self, Input, Member, ParseOptions, Reading, Understanding, xlsx};

/// Reads an archive.
///
/// # Errors
/// BB-38xx for the archive; for a file in it what its format says, with its name in the place.
pub(super) fn read(input: &Input, options: &ParseOptions) -> Result<Reading> {
    let mut understanding = Understanding::default();
    let mut archive = Archive::open(input, &mut understanding)?;
    let members = archive.members();
    let mut known = (members.len() > 1).then(Known::default);
    let mut all = Vec::new();
    for (name, index) in members {
        let path = archive.path(&name);
        let file = Input::from_bytes(&path, archive.unpack(&name, index)?, input.max_size())?;
        let Some(reading) = read_member(&file, &name, options, &mut understanding)? else { continue };
        let Reading { mut statements, understanding: of_member } = reading;
        if let Some(known) = &mut known {
            known.without_repeated(&mut statements, &mut all, &name, &mut understanding);
        }
        understanding.members.push(Member { name, statements: statements.len(), understanding: of_member });
        all.append(&mut statements);
    }
    if understanding.members.is_empty() {
        return Err(Error::new(Code::ARCHIVE_EMPTY));
    }
    understanding.found("files", understanding.members.len().to_string());
    Ok(Reading { statements: all, understanding })
}

/// Reads one file; none where it is known to hold no transactions.
fn read_member(
    file: &Input,
    name: &str,
    options: &ParseOptions,
    understanding: &mut Understanding,
) -> Result<Option<Reading>> {
    let head = file.head();
    if let Some(kind) = companions::archive(head).filter(|_| !xlsx::is_workbook(head)) {
        return Err(Error::new(Code::ARCHIVE_NESTED).arg("kind", kind).at(Place::file(file.name())));
    }
    match formats::read(file, None, options) {
        Ok(reading) => Ok(Some(reading)),
        Err(error) if error.code() == Code::FORMAT_UNKNOWN => {
            if let Some((what, why)) = companions::harmless(name) {
                understanding.ignore(what, why, None);
                return Ok(None);
            }
            let error = Error::new(Code::ARCHIVE_FILE_UNKNOWN).arg("kind", companions::kind(head));
            Err(error.at(Place::file(file.name())))
        }
        Err(error) => Err(error),
    }
}

/// What the files before held, so that a day that is in two of them is told of.
#[derive(Default)]
struct Known {
    lines: HashSet<Identity>,
    /// Places of statements among all, by account, first line and number of lines.
    statements: HashMap<(Text, Option<Identity>, usize), Vec<usize>>,
}

impl Known {
    /// Takes out statements that another file gave; counts lines that another file holds too. These stay: the balances
    /// would not add up without them, and by its identity each comes into Odoo once.
    fn without_repeated(
        &mut self,
        statements: &mut Vec<Statement>,
        before: &mut [Statement],
        name: &str,
        understanding: &mut Understanding,
    ) {
        statements.retain(|statement| {
            let places = self.statements.get(&key(statement)).map_or(&[][..], Vec::as_slice);
            let same = |place: &&usize| before.get(**place).is_some_and(|other| alike(statement, other));
            let Some(other) = places.iter().find(same).and_then(|place| before.get_mut(*place)) else {
                return true;
            };
            let error = Error::new(Code::ARCHIVE_STATEMENT_REPEATED).arg("name", name);
            other.warnings.push(error.into_warning());
            understanding.ignore("statements", "another file of the archive holds the same", None);
            false
        });
        for statement in &mut *statements {
            let repeated = statement.lines.iter().filter(|line| self.lines.contains(&line.identity)).count();
            if repeated > 0 {
                let error = Error::new(Code::ARCHIVE_LINES_REPEATED).arg("count", repeated);
                statement.warnings.push(error.into_warning());
            }
        }
        for (place, statement) in (before.len()..).zip(&*statements) {
            self.statements.entry(key(statement)).or_default().push(place);
            self.lines.extend(statement.lines.iter().map(|line| line.identity));
        }
    }
}

fn key(statement: &Statement) -> (Text, Option<Identity>, usize) {
    let first = statement.lines.first().map(|line| line.identity);
    (Text::from(statement.account.key()), first, statement.lines.len())
}

/// Whether two statements say the same of the account; how they were written does not matter.
fn alike(one: &Statement, other: &Statement) -> bool {
    one.account.key() == other.account.key()
        && one.number == other.number
        && one.opening == other.opening
        && one.closing == other.closing
        && one.lines.iter().map(|line| line.identity).eq(other.lines.iter().map(|line| line.identity))
}
