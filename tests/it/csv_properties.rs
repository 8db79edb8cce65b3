//! What must hold for every table: no bytes make the reader panic, balances hold, and a line keeps its identity in
//! whatever export it comes again. And what must hold between presets: each fixture is of exactly one.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions, Preset};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{files, root};

const TABLES: [&str; 2] = ["csv", "xlsx"];

fn fixtures(format: &str) -> Vec<(String, Vec<u8>)> {
    let of_format = files(&root().join("tests/formats").join(format)).into_iter();
    of_format
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| {
            !name.ends_with(".golden.json") && !name.ends_with(".options") && !name.ends_with(".toml")
        })
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

/// The preset whose fixture that is: the longest id that the name begins with.
fn preset_of(name: &str) -> Option<&'static Arc<Preset>> {
    let begins = |preset: &&Arc<Preset>| {
        name.strip_prefix(preset.id.as_str()).is_some_and(|rest| rest.starts_with(['.', '-']))
    };
    Preset::built_in().filter(begins).max_by_key(|preset| preset.id.len())
}

#[test]
fn every_preset_has_a_fixture_and_no_other_preset_takes_it() {
    let presets = files(&root().join("src/formats/csv/presets")).len();
    assert_eq!(presets, Preset::built_in().count(), "compile src/formats/csv/preset.rs anew (touch it)");
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for (name, bytes) in TABLES.iter().flat_map(|format| fixtures(format)) {
        let Some(preset) = preset_of(&name) else { continue };
        let input = Input::from_bytes(&name, bytes, DEFAULT_MAX_SIZE).unwrap();
        match formats::read(&input, None, &ParseOptions::default()) {
            Ok(reading) => {
                let sources: Vec<_> = reading.statements.iter().map(|s| s.source.to_string()).collect();
                let expected = format!("csv.{}", preset.id);
                if sources.is_empty() || sources.iter().any(|source| *source != expected) {
                    wrong.push(format!("{name} is read as {sources:?}"));
                }
                seen.insert(preset.id.clone());
            }
            // A quirk that is refused is so by its preset, not for want of one.
            Err(error)
                if [Code::TABLE_UNKNOWN, Code::PRESET_AMBIGUOUS, Code::FORMAT_UNKNOWN]
                    .contains(&error.code()) =>
            {
                wrong.push(format!("{name}: {error:?}"));
            }
            Err(_) => {}
        }
    }
    let without: Vec<_> = Preset::built_in().filter(|p| !seen.contains(&p.id)).map(|p| &p.id).collect();
    assert!(wrong.is_empty() && without.is_empty(), "without a fixture: {without:?}\n{}", wrong.join("\n"));
}

#[test]
fn there_are_presets_of_forty_exports_and_more() {
    let count = |country: &str| Preset::built_in().filter(|p| p.country.as_deref() == Some(country)).count();
    assert!(Preset::built_in().count() >= 40);
    assert!(count("BE") >= 10 && count("NL") >= 8, "Belgium {}, Netherlands {}", count("BE"), count("NL"));
}

/// One made-up transaction.
#[derive(Clone, Debug)]
struct Made {
    day: u8,
    cents: i64,
    text: u8,
    counterparty: u8,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = (1..4_u8, -300..300_i64, 0..3_u8, 0..3_u8).prop_map(|(day, cents, text, counterparty)| Made {
        day,
        cents,
        text,
        counterparty,
    });
    prop::collection::vec(one, 1..12).prop_map(|mut all| {
        all.sort_by_key(|made| made.day);
        all
    })
}

/// How a file is written; none of it says anything about the transactions.
#[derive(Clone, Debug)]
struct Style {
    newest_first: bool,
    two_columns: bool,
    comma: bool,
    quoted: bool,
    delimiter: char,
    end: &'static str,
    latin: bool,
    preamble: bool,
    balance: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let ends = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let delimiters = prop::sample::select(vec![';', '\t', '|', ',']);
    (any::<[bool; 7]>(), delimiters, ends).prop_map(|(flags, delimiter, end)| {
        let [newest_first, two_columns, comma, quoted, latin, preamble, balance] = flags;
        // A comma between cells and within amounts needs quotation marks.
        let quoted = quoted || (comma && delimiter == ',');
        Style { newest_first, two_columns, comma, quoted, delimiter, end, latin, preamble, balance }
    })
}

const PLAIN: Style = Style {
    newest_first: false,
    two_columns: false,
    comma: true,
    quoted: false,
    delimiter: ';',
    end: "\n",
    latin: false,
    preamble: false,
    balance: false,
};

fn money(cents: i64, style: &Style) -> String {
    let mark = if style.comma { ',' } else { '.' };
    format!("{}{}{mark}{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

/// The file, and the preset that it is read by.
fn write(all: &[Made], opening: i64, style: &Style) -> (Vec<u8>, Arc<Preset>) {
    let join = |cells: &[String]| {
        let quote = |cell: &String| if style.quoted { format!("\"{cell}\"") } else { cell.clone() };
        cells.iter().map(quote).collect::<Vec<_>>().join(&style.delimiter.to_string()) + style.end
    };
    let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut rows = Vec::new();
    let mut balance = opening;
    for made in all {
        balance += made.cents;
        let (debit, credit) = if made.cents < 0 { (-made.cents, 0) } else { (0, made.cents) };
        let filled = |cents: i64| if cents == 0 { String::new() } else { money(cents, style) };
        let sides =
            if made.cents == 0 { [String::new(), money(0, style)] } else { [filled(debit), filled(credit)] };
        let mut cells = vec![format!("{:02}/10/2026", made.day + 12)];
        if style.two_columns {
            cells.extend(sides)
        } else {
            cells.push(money(made.cents, style))
        }
        cells.push(["", "BE68539007547034", "NL91ABNA0417164300"][usize::from(made.counterparty)].to_owned());
        cells.push(format!("Café n° {}", made.text));
        if style.balance {
            cells.push(money(balance, style));
        }
        rows.push(join(&cells));
    }
    if style.newest_first {
        rows.reverse();
    }
    let mut text = String::new();
    if style.preamble {
        text += &join(&owned(&["Compte", "BE71 0961 2345 6769", "", "", ""]));
        text += style.end;
    }
    let amounts: &[&str] = if style.two_columns { &["Débit", "Crédit"] } else { &["Montant"] };
    let balances: &[&str] = if style.balance { &["Solde"] } else { &[] };
    text += &join(&owned(&[&["Date"], amounts, &["Contrepartie", "Libellé"], balances].concat()));
    text.extend(rows);

    let order = if style.newest_first { "newest-first" } else { "oldest-first" };
    let mut preset = format!("bank = \"B\"\norder = \"{order}\"\n");
    preset += "labels = { account = [\"Compte\"] }\n";
    preset += "identity = { text = [\"Libellé\"] }\n[columns]\nbooked = \"Date\"\n";
    preset += if style.two_columns {
        "debit = \"Débit\"\ncredit = \"Crédit\"\n"
    } else {
        "amount = \"Montant\"\n"
    };
    preset += "counterparty-account = \"Contrepartie\"\ntext = \"Libellé\"\nbalance = \"Solde?\"\n";
    let bytes = if style.latin {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    } else {
        text.into_bytes()
    };
    (bytes, Arc::new(Preset::read("made", &preset).unwrap()))
}

fn read_with(bytes: Vec<u8>, preset: Arc<Preset>) -> Result<Vec<Statement>, Error> {
    let input = Input::from_bytes("made.csv", bytes, DEFAULT_MAX_SIZE)?;
    formats::parse(&input, None, &ParseOptions { preset: Some(preset), ..ParseOptions::default() })
}

/// Reads it; where the amounts of so few rows leave the mark open, so does the file.
fn read(all: &[Made], opening: i64, style: &Style) -> Statement {
    let (bytes, preset) = write(all, opening, style);
    let mut read = read_with(bytes, preset).unwrap();
    assert_eq!(read.len(), 1);
    read.remove(0)
}

fn identities(statement: &Statement) -> Vec<String> {
    let mut all: Vec<_> = statement.lines.iter().map(|line| line.identity.to_string()).collect();
    all.sort_unstable();
    all
}

proptest! {
    /// However a bank writes it, the lines are those that it means, oldest first.
    #[test]
    fn a_file_says_the_same_in_every_style(all in made(), style in style()) {
        let plain = read(&all, 500, &PLAIN);
        let styled = read(&all, 500, &style);
        let facts = |s: &Statement| {
            s.lines.iter().map(|l| (l.booked_on, l.amount, l.text().map(str::to_owned))).collect::<Vec<_>>()
        };
        prop_assert_eq!(facts(&plain), facts(&styled));
        let expected: Decimal = all.iter().map(|made| Decimal::new(made.cents, 2)).sum();
        prop_assert_eq!(styled.sum(), expected);
        if style.preamble {
            prop_assert_eq!(styled.account.key(), "BE71096123456769");
        } else {
            prop_assert_eq!(identities(&plain), identities(&styled));
        }
    }

    /// Opening and lines give the closing balance, whatever the order of the rows.
    #[test]
    fn balances_hold(all in made(), opening in -1000..1000_i64, mut style in style(), shuffle in any::<bool>()) {
        style.balance = true;
        let (bytes, preset) = write(&all, opening, &style);
        let bytes = if shuffle { with_days_turned(&bytes, &style) } else { bytes };
        let read = read_with(bytes, preset).unwrap();
        prop_assert_eq!(read[0].difference(), Some(Decimal::ZERO));
        prop_assert!(read[0].refusals().next().is_none(), "{:?}", read[0].warnings);
    }

    /// A row that is missing is noticed wherever it is missing between others.
    #[test]
    fn a_missing_row_is_noticed(all in made(), at in any::<Index>(), style in style()) {
        let style = Style { balance: true, preamble: false, ..style };
        let mut cents = all;
        for (index, made) in cents.iter_mut().enumerate() {
            // Amounts of which no few cancel each other.
            made.cents = 1 << (index + 8);
        }
        prop_assume!(cents.len() > 2);
        let (bytes, preset) = write(&cents, 0, &style);
        let missing = 2 + at.index(cents.len() - 2);
        let end = style.end.as_bytes();
        let lines = split(&bytes, end);
        let kept = lines.iter().enumerate().filter(|(line, _)| *line != missing).map(|(_, line)| *line);
        let read = read_with(kept.collect::<Vec<_>>().join(end), preset).unwrap();
        let refusals: Vec<_> = read[0].refusals().map(|warning| warning.code).collect();
        prop_assert_eq!(refusals, vec![Code::BALANCES_DO_NOT_FOLLOW]);
    }

    /// An export of fewer days gives its lines the identities that they have in the whole.
    #[test]
    fn other_ranges_agree(all in made(), from in any::<Index>(), to in any::<Index>(), style in style()) {
        let whole: HashSet<_> = identities(&read(&all, 0, &style)).into_iter().collect();
        prop_assert_eq!(whole.len(), all.len());
        let (from, to) = (from.index(all.len()), to.index(all.len()));
        let part = &all[from.min(to)..=from.max(to)];
        for identity in identities(&read(part, 0, &style)) {
            prop_assert!(whole.contains(&identity));
        }
    }

    /// No bytes make a reader panic, and what is refused is refused with a code of files.
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), table in 0..2_usize) {
        let outcome = Input::from_bytes("any", bytes, DEFAULT_MAX_SIZE)
            .and_then(|input| formats::parse(&input, Some(TABLES[table]), &ParseOptions::default()));
        if let Err(error) = outcome {
            prop_assert_eq!(error.code().family(), Family::File);
        }
    }

}

proptest! {
    // Each case holds a fixture against all presets, twice.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_damage_panics(
        which in any::<Index>(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<Index>()),
        table in 0..2_usize,
    ) {
        let all = fixtures(TABLES[table]);
        let mut bytes = all[which.index(all.len())].1.clone();
        prop_assume!(!bytes.is_empty());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let input = Input::from_bytes("damaged", bytes, DEFAULT_MAX_SIZE).unwrap();
        let _ = formats::parse(&input, Some(TABLES[table]), &ParseOptions::default());
        let _ = bank_bridge::formats::csv::propose::propose(&input, &[], None);
    }
}

/// Lines without their ends.
fn split<'b>(bytes: &'b [u8], end: &[u8]) -> Vec<&'b [u8]> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(end.len()).position(|window| window == end) {
        lines.push(&rest[..at]);
        rest = &rest[at + end.len()..];
    }
    lines
}

/// The rows of each day the other way round, while the days keep their order.
fn with_days_turned(bytes: &[u8], style: &Style) -> Vec<u8> {
    let end = style.end.as_bytes();
    let lines = split(bytes, end);
    let head = lines.iter().position(|line| line.windows(4).any(|w| w == b"Date")).unwrap() + 1;
    let day = |line: &[u8]| line.iter().copied().filter(u8::is_ascii_digit).take(2).collect::<Vec<_>>();
    let mut turned: Vec<&[u8]> = lines[..head].to_vec();
    for rows in lines[head..].chunk_by(|a, b| day(a) == day(b)) {
        turned.extend(rows.iter().rev());
    }
    turned.join(end)
}

#[test]
fn a_million_of_anything_is_no_trouble() {
    for piece in ["\"", ";", ",", "\n", "\t\"", "a;", "\r", "1,0;", "=\"", "\u{fffd}"] {
        let mut text = String::new();
        while text.len() < 1 << 20 {
            let _ = write!(text, "{piece}");
        }
        let input = Input::from_bytes("many", text.into_bytes(), DEFAULT_MAX_SIZE).unwrap();
        assert!(formats::parse(&input, Some("csv"), &ParseOptions::default()).is_err());
    }
}
