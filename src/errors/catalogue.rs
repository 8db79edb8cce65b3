//! The one table of codes.
//!
//! `BB-` and four digits; the first digit says who is at fault: 1 caller, configuration or bridge; 2 provider or
//! bank; 3 file; 4 Odoo; 5 checks on the data; 9 our bug. Rows are added, never changed in meaning and never
//! removed: a snapshot test holds the table against its past. The addon translates sentence and next step by
//! code and arguments.

use std::fmt;

use serde::{Serialize, Serializer};

/// A code of the catalogue, e.g. `BB-3310`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub(super) u16);

/// Who can mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FixedBy {
    /// Who imports files and reconciles.
    Accountant,
    /// Who administers Odoo.
    OdooAdministrator,
    /// Who runs the bridge.
    BridgeAdministrator,
    /// The bank or the provider.
    Bank,
    /// Us.
    Developers,
    /// Nobody has to: it is for information.
    Nobody,
}

/// Family of a code: who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Caller, configuration or bridge.
    Bridge,
    /// Provider or bank.
    Provider,
    /// File.
    File,
    /// Odoo.
    Odoo,
    /// Checks on the data.
    Data,
    /// Our bug.
    Bug,
}

/// One row of the table.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Who can mend it.
    pub fixed_by: FixedBy,
    /// Whether the same call may succeed later without anybody's doing.
    pub retry: bool,
    /// Whether a file with this finding is refused unless its balances are accepted.
    pub refuses: bool,
    /// One sentence; `{name}` stands for an argument.
    pub sentence: &'static str,
    /// What to do next.
    pub next_step: &'static str,
}

impl Entry {
    /// The sentence with its arguments filled in.
    #[must_use]
    pub fn fill(&self, args: &[(&'static str, String)]) -> String {
        fill(self.sentence, args)
    }

    /// The next step with its arguments filled in.
    #[must_use]
    pub fn fill_next(&self, args: &[(&'static str, String)]) -> String {
        fill(self.next_step, args)
    }

    /// Names of the arguments, in the order of the sentence.
    pub fn argument_names(&self) -> impl Iterator<Item = &'static str> {
        self.sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
    }
}

fn fill(template: &str, args: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    // One pass, so that a value out of a file that looks like an argument stays what it is.
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        filled.push_str(before);
        match args.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled + rest
}

impl Code {
    /// The four digits.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// A code by its text, `BB-3310` or `3310`, in either case; none where the table has no such row.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let digits =
            trimmed.get(..3).filter(|p| p.eq_ignore_ascii_case("BB-")).map_or(trimmed, |_| &trimmed[3..]);
        if digits.len() != 4 {
            return None;
        }
        let number: u16 = digits.parse().ok()?;
        ENTRIES.iter().map(|entry| entry.code).find(|code| code.0 == number)
    }

    /// Its row. Every constant has one; a test walks them.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        ENTRIES.iter().find(|entry| entry.code == self).unwrap_or(&UNLISTED)
    }

    /// Who is at fault.
    #[must_use]
    pub fn family(self) -> Family {
        match self.0 / 1000 {
            1 => Family::Bridge,
            2 => Family::Provider,
            3 => Family::File,
            4 => Family::Odoo,
            5 => Family::Data,
            _ => Family::Bug,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BB-{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

static UNLISTED: Entry = Entry {
    code: Code(9000),
    fixed_by: FixedBy::Developers,
    retry: false,
    refuses: true,
    sentence: "a code without a row in the catalogue",
    next_step: "report this with the version of the bridge",
};

pub use super::table::ENTRIES;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_order_and_are_found_by_their_text() {
        assert!(ENTRIES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in ENTRIES {
            assert_eq!(Code::find(&entry.code.to_string()), Some(entry.code));
            assert!(std::ptr::eq(entry.code.entry(), entry));
        }
        assert_eq!(Code::find("bb-3310"), Some(Code::BALANCE_DIFFERS));
        assert_eq!(Code::find(" 3310 "), Some(Code::BALANCE_DIFFERS));
        assert_eq!(Code::find("BB-331"), None);
        assert_eq!(Code::find("BB-0000"), None);
    }

    #[test]
    fn a_value_is_never_filled_itself() {
        let args = [("code", "{id}".to_owned()), ("id", "7".to_owned())];
        assert_eq!(fill("a {code} b {id} c {other}", &args), "a {id} b 7 c {other}");
    }

    #[test]
    fn sentences_are_written_in_one_voice() {
        for entry in ENTRIES {
            for text in [entry.sentence, entry.next_step] {
                assert!(!text.ends_with('.'), "{}: no full stop on one sentence", entry.code);
                assert!(!text.is_empty(), "{}", entry.code);
                assert_eq!(text.matches('{').count(), text.matches('}').count(), "{}", entry.code);
            }
        }
    }
}
