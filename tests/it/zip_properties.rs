//! What must hold for every ZIP, whatever stands in it.

use std::collections::HashSet;

use bank_bridge::domain::Statement;
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions, Reading};
use proptest::prelude::*;

use crate::support::archives::Archive;
use crate::support::{files, is_fixture, root};

fn read_within(bytes: &[u8], max_size: u64) -> Result<Reading, Error> {
    let input = Input::from_bytes("made.zip", bytes.to_vec(), max_size)?;
    formats::read(&input, Some("zip"), &ParseOptions::default())
}

fn read(bytes: &[u8]) -> Result<Reading, Error> {
    read_within(bytes, DEFAULT_MAX_SIZE)
}

fn code(bytes: &[u8]) -> Option<Code> {
    read(bytes).err().map(|error| error.code())
}

fn fixtures(format: &str) -> Vec<Vec<u8>> {
    let all = files(&root().join("tests/formats").join(format));
    all.iter().filter(|path| is_fixture(path)).map(|path| std::fs::read(path).unwrap()).collect()
}

fn ids(statements: &[Statement]) -> Vec<String> {
    statements.iter().flat_map(|s| &s.lines).map(|line| line.identity.to_string()).collect()
}

#[test]
fn a_file_says_the_same_in_an_archive_and_alone() {
    let mut compared = 0;
    for format in ["coda", "camt", "mt940", "ofx", "qif", "csv", "xlsx"] {
        // Tables are looked at for every preset that there is, which takes its time.
        let most = if matches!(format, "csv" | "xlsx") { 12 } else { usize::MAX };
        for bytes in fixtures(format).into_iter().take(most) {
            let alone = Input::from_bytes("a", bytes.clone(), DEFAULT_MAX_SIZE).unwrap();
            let alone = formats::read(&alone, None, &ParseOptions::default());
            let packed = read(&Archive::new().file("a", &bytes).end());
            match (alone, packed) {
                (Ok(alone), Ok(packed)) => {
                    assert_eq!(alone.statements, packed.statements);
                    assert_eq!(packed.understanding.members[0].understanding, alone.understanding);
                }
                (Err(alone), Err(packed)) => {
                    let unknown = alone.code() == Code::FORMAT_UNKNOWN;
                    let expected = if unknown { Code::ARCHIVE_FILE_UNKNOWN } else { alone.code() };
                    assert_eq!(packed.code(), expected);
                    assert_eq!(packed.place().line, alone.place().line);
                    assert_eq!(packed.place().file.as_deref(), Some("made.zip/a"));
                }
                (alone, packed) => panic!("alone {alone:?}, in an archive {packed:?}"),
            }
            compared += 1;
        }
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn places_name_the_file_and_count_in_it() {
    let coda = std::fs::read(root().join("tests/formats/coda/chain_over_new_year.cod")).unwrap();
    let other = std::fs::read(root().join("tests/formats/coda/account_masked.cod")).unwrap();
    let reading = read(&Archive::new().file("b/a.cod", &coda).file("c.cod", &other).end()).unwrap();
    let of_first = reading.understanding.members[0].statements;
    assert!(of_first > 1);
    assert_eq!(reading.place("x.zip", 1).to_string(), "x.zip/b/a.cod, statement 2");
    assert_eq!(reading.place("x.zip", of_first).to_string(), "x.zip/c.cod, statement 1");
}

#[test]
fn more_entries_than_a_bank_packs_are_refused() {
    let archive = |count: usize| {
        let coda = std::fs::read(root().join("tests/formats/coda/account_belgian_iban.cod")).unwrap();
        let first = Archive::stored().file("a.cod", &coda);
        (1..count).fold(first, |archive, number| archive.folder(&format!("{number}"))).end()
    };
    assert_eq!(code(&archive(1000)), None);
    assert_eq!(code(&archive(1001)), Some(Code::ARCHIVE_TOO_MANY));
}

/// Bytes that deflate a thousand times, in so many files.
fn bomb(files: usize, size: usize) -> Vec<u8> {
    let zeros = vec![b'0'; size];
    (0..files).fold(Archive::new(), |archive, number| archive.file(&format!("{number}.sta"), &zeros)).end()
}

#[test]
fn a_bomb_ends_within_the_caps() {
    let large = bomb(1, 64 << 20);
    assert!(large.len() < 1 << 20, "{}", large.len());
    assert_eq!(code(&large), Some(Code::ARCHIVE_BOMB));
    let refused = |bytes: &[u8], max_size| read_within(bytes, max_size).err().map(|error| error.code());
    assert_eq!(refused(&large, 1 << 20), Some(Code::ARCHIVE_TOO_LARGE), "the cap of the whole comes first");
    // Each file is small enough; all together are not.
    let mt940 = std::fs::read(root().join("tests/formats/mt940/balance-none.sta")).unwrap();
    let many = (0..100).fold(Archive::new(), |archive, number| {
        let long = [&mt940[..], &vec![b'\n'; 100_000]].concat();
        archive.file(&format!("{number}.sta"), &long)
    });
    let many = many.end();
    assert_eq!(refused(&many, 1 << 20), Some(Code::ARCHIVE_TOO_LARGE));
    assert_eq!(refused(&many, 16 << 20), None);
}

#[test]
fn texts_of_banks_are_no_bombs() {
    // A year of a till's payments, as much alike as they can be.
    let memo = "Payment by card, terminal 4711, De Kaai, Antwerp; thank you and until next time. ".repeat(3);
    let record = |number: u32| {
        let (euros, cents, day) = (number % 977 / 100, number * 7 % 100, number % 28 + 1);
        format!("D{day:02}/10/2026\nT-{euros}.{cents:02}\nN{number}\nPCoffee bar De Kaai\nM{memo}\n^\n")
    };
    let file = (0..60_000).fold(String::from("!Type:Bank\n"), |file, number| file + &record(number));
    assert!(file.len() > 17_000_000);
    let reading = read(&Archive::new().file("till.qif", file.as_bytes()).end()).unwrap();
    assert_eq!(reading.statements[0].lines.len(), 60_000);
}

fn check_any(bytes: &[u8]) -> Result<(), TestCaseError> {
    match read_within(bytes, 64 << 20) {
        Ok(reading) => {
            let of_members: usize =
                reading.understanding.members.iter().map(|member| member.statements).sum();
            prop_assert_eq!(of_members, reading.statements.len());
            for statement in &reading.statements {
                let ids: HashSet<_> = statement.lines.iter().map(|line| line.identity).collect();
                prop_assert_eq!(ids.len(), statement.lines.len());
            }
        }
        Err(error) => {
            prop_assert_eq!(error.code().family(), Family::File, "{}", error);
            for name in error.code().entry().argument_names() {
                let filled = error.args().iter().any(|(known, _)| *known == name);
                prop_assert!(filled, "{}: {} is not filled", error, name);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_any(&bytes)?;
        check_any(&[b"PK\x03\x04", &bytes[..]].concat())?;
        check_any(&[&bytes[..], b"PK\x05\x06"].concat())?;
    }

    #[test]
    fn changed_archives_are_read_or_refused(
        fixture in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let all = fixtures("zip");
        let mut bytes = all[fixture.index(all.len())].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        check_any(&bytes)?;
    }

    /// Headers decide what is unpacked, so changes there find more than changes anywhere.
    #[test]
    fn changed_headers_are_read_or_refused(
        fixture in any::<prop::sample::Index>(), back in 0_usize..400,
        changes in prop::collection::vec((0_usize..46, any::<u8>()), 1..6)
    ) {
        let all = fixtures("zip");
        let mut bytes = all[fixture.index(all.len())].clone();
        let start = bytes.len().saturating_sub(back);
        for (offset, byte) in changes {
            if let Some(place) = bytes.get_mut(start + offset) {
                *place = byte;
            }
        }
        check_any(&bytes)?;
    }

    #[test]
    fn a_cut_archive_is_refused(fixture in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let all = fixtures("zip");
        let bytes = &all[fixture.index(all.len())];
        let cut = &bytes[..cut.index(bytes.len())];
        check_any(cut)?;
        prop_assert!(read(cut).is_err(), "its end holds the list of its files");
    }

    /// Days that are downloaded together, in overlapping files, and in any order: the same lines, and each once.
    #[test]
    fn what_files_share_has_one_identity(
        days in prop::collection::vec(prop::collection::vec(0_u32..3, 1..4), 3..8),
        windows in prop::collection::vec((0_usize..8, 1_usize..4), 1..5), turned in any::<bool>()
    ) {
        let file = |days: &[(usize, &Vec<u32>)]| {
            let mut text = String::from("!Type:Bank\n");
            for (day, payments) in days {
                for cents in *payments {
                    text += &format!("D{:02}/10/2026\nT-1.{cents:02}\nPShop\n^\n", 20 + day);
                }
            }
            text.into_bytes()
        };
        let numbered: Vec<_> = days.iter().enumerate().collect();
        let whole = read(&Archive::new().file("whole.qif", &file(&numbered)).end()).unwrap();
        let whole: HashSet<_> = ids(&whole.statements).into_iter().collect();
        let mut windows: Vec<_> = windows;
        if turned {
            windows.reverse();
        }
        let archive = windows.iter().enumerate().fold(Archive::new(), |archive, (number, (from, length))| {
            let from = from % days.len();
            let part = &numbered[from..(from + length).min(days.len())];
            archive.file(&format!("{number}.qif"), &file(part))
        });
        let parts = read(&archive.end()).unwrap();
        prop_assert!(ids(&parts.statements).iter().all(|id| whole.contains(id)));
        let all = windows.iter().flat_map(|(from, length)| (from % days.len()..).take(*length));
        let all: HashSet<_> = all.filter(|day| *day < days.len()).collect();
        let lines: usize = all.iter().map(|day| days[*day].len()).sum();
        prop_assert_eq!(ids(&parts.statements).into_iter().collect::<HashSet<_>>().len(), lines);
    }
}
