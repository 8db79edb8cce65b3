//! Real files, kept outside the project: `BANK_BRIDGE_CORPORA` names their folder.
//!
//! Unset, tests over them do nothing; set, a missing folder is a failure. What came of each file is an [`Outcome`],
//! the same for the tests and for the report over all formats.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use bank_bridge::domain::Decimal;
use bank_bridge::errors::{Code, Error};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions, Reading};

/// One row of `manifest.tsv`.
pub struct Row {
    /// Path below the folder.
    pub path: String,
    /// Number of statements, where an independent reader gave one.
    pub statements: Option<usize>,
    /// Number of entries that touch the balance.
    pub entries: Option<usize>,
    /// Their sum.
    pub sum: Option<Decimal>,
    /// `ok`, `bad`, `none`, or empty.
    pub balances: String,
}

/// The folder, where there is one.
pub fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("BANK_BRIDGE_CORPORA").filter(|value| !value.is_empty())?);
    assert!(folder.join("manifest.tsv").exists(), "{} holds no corpora", folder.display());
    Some(folder)
}

/// Rows of the manifest for one format's folder.
pub fn rows(format: &str) -> Vec<Row> {
    let Some(folder) = folder() else { return Vec::new() };
    let manifest = std::fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<_> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let [path, kind, statements, entries, sum, balances] =
        ["path", "format", "statements", "entries", "sum", "balances"].map(column);
    let rows: Vec<_> = lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|cells| cells[kind] == format)
        .map(|cells| Row {
            path: cells[path].to_owned(),
            statements: cells[statements].parse().ok(),
            entries: cells[entries].parse().ok(),
            sum: cells[sum].parse().ok(),
            balances: cells[balances].trim().to_owned(),
        })
        .collect();
    assert!(!rows.is_empty(), "the manifest names no file of {format}");
    rows
}

/// What came of one file.
#[derive(Debug)]
pub enum Outcome {
    /// It is read, and everything that is known about it agrees.
    Right,
    /// The same, once the user has answered what it leaves open; until then it is refused with that code.
    Answered(Code),
    /// It is refused, as the table of its format says, with the reason that stands there.
    Refused(Code, &'static str),
    /// Anything else, in words.
    Wrong(String),
}

type Slot = Arc<OnceLock<Arc<[(Row, Outcome)]>>>;

/// A file that is knowingly refused: the end of its path, the code, the reason.
pub type Refused = (&'static str, Code, &'static str);

/// The files of one format and what is known about them.
pub struct Corpus {
    /// Name in the manifest.
    pub format: &'static str,
    /// Those that are knowingly refused.
    pub refused: &'static [Refused],
    /// What a person answers where the file asks something, and the code with which it must do so.
    pub answer: fn(&Row) -> Option<(Code, ParseOptions)>,
    /// Holds what was read against what is known; the difference in words.
    pub compare: fn(&Row, &Reading) -> Result<(), String>,
}

impl Corpus {
    /// What came of each file of the format, in the order of the manifest. The files are read once, whoever asks.
    pub fn outcomes(&self) -> Arc<[(Row, Outcome)]> {
        static KNOWN: Mutex<BTreeMap<&str, Slot>> = Mutex::new(BTreeMap::new());
        let slot = KNOWN.lock().unwrap().entry(self.format).or_default().clone();
        let with_outcome = |row: Row| {
            let outcome = self.outcome(&row);
            (row, outcome)
        };
        slot.get_or_init(|| rows(self.format).into_iter().map(with_outcome).collect()).clone()
    }

    fn outcome(&self, row: &Row) -> Outcome {
        let known = self.refused.iter().find(|(end, ..)| row.path.ends_with(end));
        let (asked, options) = (self.answer)(row).unzip();
        if let Some(code) = asked {
            match read(&row.path, &ParseOptions::default()) {
                Err(error) if error.code() == code => {}
                other => return Outcome::Wrong(format!("does not ask {code}: {other:?}")),
            }
        }
        match (read(&row.path, &options.unwrap_or_default()), known) {
            (Ok(reading), None) => match (self.compare)(row, &reading) {
                Ok(()) => asked.map_or(Outcome::Right, Outcome::Answered),
                Err(difference) => Outcome::Wrong(difference),
            },
            (Ok(_), Some((_, code, reason))) => {
                Outcome::Wrong(format!("is read although listed with {code}: {reason}"))
            }
            (Err(error), Some((_, code, reason))) if error.code() == *code => Outcome::Refused(*code, reason),
            (Err(error), Some((_, code, _))) => {
                Outcome::Wrong(format!("refused, not with {code}: {error:?}"))
            }
            (Err(error), None) => Outcome::Wrong(format!("refused: {error:?}")),
        }
    }

    /// Fails with all that is wrong, and with what is listed without need.
    pub fn check(&self) {
        let outcomes = self.outcomes();
        let wrong: Vec<_> = outcomes
            .iter()
            .filter_map(|(row, outcome)| match outcome {
                Outcome::Wrong(how) => Some(format!("{}: {how}", row.path)),
                Outcome::Right | Outcome::Answered(_) | Outcome::Refused(..) => None,
            })
            .collect();
        assert!(wrong.is_empty(), "{} of {} files:\n{}", wrong.len(), outcomes.len(), wrong.join("\n"));
        let idle = |(end, ..): &&Refused| !outcomes.iter().any(|(row, _)| row.path.ends_with(end));
        let idle: Vec<_> = self.refused.iter().filter(idle).collect();
        assert!(outcomes.is_empty() || idle.is_empty(), "no file has these ends: {idle:?}");
    }
}

/// Reads a file below the folder, its format found out.
pub fn read(path: &str, options: &ParseOptions) -> Result<Reading, Error> {
    let file = folder().unwrap().join(path);
    formats::read(&Input::open(&file, DEFAULT_MAX_SIZE)?, None, options)
}

/// For a format whose files leave nothing open.
pub fn no_answer(_: &Row) -> Option<(Code, ParseOptions)> {
    None
}
