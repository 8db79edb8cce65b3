//! Names of columns: how they are compared, and how a preset points at one.
//!
//! Banks change capitals, accents and blanks from one export to the next, and programs in between damage accents.
//! So names are compared folded, and a character that was damaged matches any other.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Stands in a folded name for a character that was damaged.
const DAMAGED: char = '\u{fffd}';

/// A name as it is compared: small letters without marks, straight apostrophes, single blanks, no byte order mark.
#[must_use]
pub(super) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut push = |c: char| match c {
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '`' | '´' => folded.push('\''),
        c if c.is_whitespace() => {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        }
        c if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
        c => folded.extend(c.to_lowercase()),
    };
    if name.is_ascii() {
        name.chars().for_each(&mut push);
    } else {
        name.nfkd().filter(|c| !is_combining_mark(*c) && *c != '\u{feff}').for_each(&mut push);
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Whether two folded names are the same, where a damaged character may be any one.
#[must_use]
pub(super) fn same(found: &str, wanted: &str) -> bool {
    if found == wanted {
        return true;
    }
    // Nearly all names differ in their first character already.
    if let (Some(first), Some(other)) = (found.as_bytes().first(), wanted.as_bytes().first())
        && first != other
        && !matches!(first, b'?' | 0xef)
    {
        return false;
    }
    // The first byte of a damaged character is 0xEF.
    if memchr::memchr2(b'?', 0xef, found.as_bytes()).is_none() {
        return false;
    }
    let mut wanted = wanted.chars();
    let alike = found.chars().all(|c| match wanted.next() {
        Some(other) => c == other || c == DAMAGED || c == '?',
        None => false,
    });
    alike && wanted.next().is_none()
}

/// How a preset points at a column, in one text:
///
/// - `Datum|Date`: the first of these names that the header has;
/// - `Bedrag*`: a name that begins so, for `Bedrag (EUR)`;
/// - `Währung#2`: the second column of that name;
/// - `@3`: the third column, where a file has no header;
/// - `Saldo?`: the file may lack it.
///
/// A name that itself holds one of these marks at its end is written with `*` instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    written: String,
    wanted: Vec<Wanted>,
    optional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Name { folded: String, prefix: bool, occurrence: usize },
    Place(usize),
}

impl Column {
    /// Reads the text of a preset.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let written = text.trim().to_owned();
        let (plain, optional) = match written.strip_suffix('?') {
            Some(plain) => (plain, true),
            None => (written.as_str(), false),
        };
        let wanted = plain.split('|').map(Wanted::read).collect::<Result<_, _>>()?;
        Ok(Self { written, wanted, optional })
    }

    /// The column of exactly that header, the `occurrence`-th of its name (from 1).
    #[must_use]
    pub(super) fn exactly(name: &str, occurrence: usize) -> Self {
        // Marks within a name would be read as such: the part before them, and any end, will do.
        let name = name.trim();
        let cut = name.find(['|', '#', '*', '@', '?']).unwrap_or(name.len());
        let (start, rest) = name.split_at(cut);
        let mut written = start.to_owned();
        if !rest.is_empty() {
            written.push('*');
        }
        if occurrence > 1 {
            written = format!("{written}#{occurrence}");
        }
        Self::read(&written).unwrap_or(Self { written, wanted: Vec::new(), optional: false })
    }

    /// The column at that place, from 1.
    #[must_use]
    pub(super) fn at(place: usize) -> Self {
        let place = place.max(1);
        Self { written: format!("@{place}"), wanted: vec![Wanted::Place(place - 1)], optional: false }
    }

    /// Index of the column among the folded names of a header.
    #[must_use]
    pub(super) fn find(&self, header: &[String]) -> Option<usize> {
        self.wanted.iter().find_map(|wanted| match wanted {
            Wanted::Place(index) => Some(*index),
            Wanted::Name { folded, prefix, occurrence } => {
                let fits = |name: &&str| same(name, folded) || (*prefix && begins(name, folded));
                let found = header.iter().enumerate().filter(|(_, name)| fits(&name.as_str()));
                found.map(|(index, _)| index).nth(*occurrence)
            }
        })
    }

    /// Whether the file may lack it.
    #[must_use]
    pub(super) fn is_optional(&self) -> bool {
        self.optional
    }

    /// Whether each of its alternatives is a whole name.
    #[must_use]
    pub(super) fn is_whole(&self) -> bool {
        self.wanted.iter().all(|wanted| matches!(wanted, Wanted::Name { prefix: false, .. }))
    }

    /// The folded names of its alternatives.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().filter_map(|wanted| match wanted {
            Wanted::Name { folded, .. } => Some(folded.as_str()),
            Wanted::Place(_) => None,
        })
    }

    /// Whether it is found by its place alone.
    #[must_use]
    pub(super) fn is_place(&self) -> bool {
        self.wanted.iter().all(|wanted| matches!(wanted, Wanted::Place(_)))
    }
}

fn begins(name: &str, start: &str) -> bool {
    if name.starts_with(start) {
        return true;
    }
    let count = start.chars().count();
    let head = name.char_indices().nth(count).map_or(name, |(end, _)| name.get(..end).unwrap_or(name));
    same(head, start)
}

impl Wanted {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(place) = text.strip_prefix('@') {
            let place = place.parse::<usize>().ok().filter(|place| (1..=4096).contains(place));
            return place
                .map(|place| Self::Place(place - 1))
                .ok_or_else(|| format!("\"{text}\" is no place: write @1 for the first column"));
        }
        let (name, occurrence) = match text.rsplit_once('#') {
            Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                let number = number.parse::<usize>().ok().filter(|number| *number > 0);
                (name, number.ok_or_else(|| format!("\"{text}\": columns of one name count from #1"))?)
            }
            _ => (text, 1),
        };
        let (name, prefix) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let folded = fold(name);
        if folded.is_empty() {
            return Err("a column has no name".to_owned());
        }
        Ok(Self::Name { folded, prefix, occurrence: occurrence - 1 })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| fold(name)).collect()
    }

    #[test]
    fn names_are_compared_folded() {
        assert_eq!(fold("\u{feff} Numéro  de\u{a0}compte "), "numero de compte");
        assert_eq!(fold("Date d\u{2019}exécution"), "date d'execution");
        assert_eq!(fold("Bedrag (€)"), "bedrag (€)");
    }

    #[test]
    fn a_damaged_character_is_any() {
        assert!(same("cr\u{fffd}dit", "credit"));
        assert!(same("initi?rende", "initierende"));
        assert!(!same("credit", "cr\u{fffd}dit2"));
        assert!(!same("debit\u{fffd}", "debit"));
    }

    #[test]
    fn a_column_is_found() {
        let names = header(&["Datum", "Währung", "Betrag (EUR)", "Währung", "Cr\u{fffd}dit"]);
        let find = |text: &str| Column::read(text).unwrap().find(&names);
        assert_eq!(find("Date|Datum"), Some(0));
        assert_eq!(find("Währung"), Some(1));
        assert_eq!(find("Währung#2"), Some(3));
        assert_eq!(find("Betrag*"), Some(2));
        assert_eq!(find("Crédit"), Some(4));
        assert_eq!(find("@2"), Some(1));
        assert_eq!(find("Saldo?"), None);
        assert!(Column::read("Saldo?").unwrap().is_optional());
        for wrong in ["", "@0", "x#0", "|a"] {
            assert!(Column::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_exact_column_survives_being_written() {
        for (name, occurrence) in [("Betrag", 1), ("Betrag", 2), ("Nr. #1 | Konto?", 1), ("Saldo", 1)] {
            let column = Column::exactly(name, occurrence);
            assert_eq!(Column::read(&column.to_string()), Ok(column));
        }
    }
}
