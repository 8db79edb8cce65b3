//! The ZIP files below `tests/formats/zip` and how each was made: `UPDATE_FIXTURES=1 cargo test --test it zip_fixtures`
//! makes them anew. They hold fixtures of the other formats, and files whose quirk is in the archive.

use std::collections::BTreeSet;

use crate::support::archives::{Archive, patched};
use crate::support::{files, is_fixture, root};

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/formats").join(path)).unwrap()
}

/// A QIF of payments: day of October 2026, amount, payee.
fn qif(account: &str, payments: &[(u8, &str, &str)]) -> Vec<u8> {
    let records: String = payments
        .iter()
        .map(|(day, amount, payee)| format!("D{day:02}/10/2026\nT{amount}\nP{payee}\n^\n"))
        .collect();
    format!("!Account\nN{account}\nTBank\n^\n!Type:Bank\n{records}").into_bytes()
}

const COFFEE: (u8, &str, &str) = (30, "-2.50", "Coffee bar De Kaai");
const RENT: (u8, &str, &str) = (30, "-850.00", "Immo Verhaegen");
const SALE: (u8, &str, &str) = (31, "121.00", "Drukkerij Claes");

/// Names and bytes of all fixtures.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let coda = || fixture("coda/account_belgian_iban.cod");
    let other_coda = || fixture("coda/balance_negative.cod");
    let one = |name: &str, bytes: &[u8]| Archive::new().file(name, bytes);
    let beside = |name: &str, bytes: &[u8]| one("2026-10-30.cod", &coda()).file(name, bytes).end();
    vec![
        ("one_file.zip", one("2026-10-30.cod", &coda()).end()),
        ("stored.zip", Archive::stored().file("2026-10-30.cod", &coda()).end()),
        (
            "streamed.zip",
            Archive::streamed(&[("2026-10-30.cod", &coda()), ("2026-10-31.cod", &other_coda())]),
        ),
        (
            "formats_of_all_kinds.zip",
            Archive::new()
                .folder("2026")
                .file("2026/b.xml", &fixture("camt/version-08.xml"))
                .file("2026/a.cod", &coda())
                .file("2026/d.csv", &fixture("csv/be-kbc-english.csv"))
                .file("2026/c.qif", &fixture("qif/bank.qif"))
                .file("2026/e.sta", &fixture("mt940/balance-none.sta"))
                .file("2026/f.ofx", &fixture("ofx/encoding_1252.ofx"))
                .end(),
        ),
        (
            "order_is_that_of_names.zip",
            one("b.qif", &qif("Till", &[SALE])).file("a.qif", &qif("Till", &[RENT])).end(),
        ),
        (
            "days_that_overlap.zip",
            one("2026-10-30.qif", &qif("Till", &[COFFEE, COFFEE, RENT]))
                .file("2026-10-31.qif", &qif("Till", &[COFFEE, COFFEE, RENT, SALE]))
                .end(),
        ),
        (
            "accounts_with_equal_lines.zip",
            one("a.qif", &qif("Till", &[COFFEE])).file("b.qif", &qif("Second till", &[COFFEE])).end(),
        ),
        ("statement_twice.zip", one("2026-10-30 (1).cod", &coda()).file("2026-10-30.cod", &coda()).end()),
        ("does_not_add_up.zip", beside("2026-10-31.cod", &fixture("coda/fault_balance.cod"))),
        (
            "left_out.zip",
            Archive::new()
                .folder("days")
                .file("days/2026-10-30.cod", &coda())
                .file(
                    "days/2026-10-30.cod.sha256",
                    b"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                )
                .file("days/2026-10-30.cod.asc", b"-----BEGIN PGP SIGNATURE-----\n")
                .file("__MACOSX/days/._2026-10-30.cod", b"\0\x05\x16\x07")
                .file("days/.DS_Store", b"\0\0\0\x01Bud1")
                .file("days/Thumbs.db", b"\xd0\xcf\x11\xe0")
                .file("desktop.ini", b"[.ShellClassInfo]\n")
                .end(),
        ),
        (
            "names_of_windows.zip",
            patched(one("days/2026.cod", &coda()).end(), b"days/2026.cod", b"days\\2026.cod"),
        ),
        ("name_with_accents.zip", one("février/relevé n° 1.cod", &coda()).end()),
        ("name_of_dos.zip", patched(one("f_vrier.cod", &coda()).end(), b"f_vrier.cod", b"f\x82vrier.cod")),
        ("fault_empty.zip", Archive::new().end()),
        (
            "fault_nothing_but_folders.zip",
            Archive::new().folder("2026").file("2026/.DS_Store", b"Bud1").end(),
        ),
        ("fault_nothing_but_checksums.zip", one("2026.cod.md5", b"d41d8cd98f00b204e9800998ecf8427e").end()),
        ("fault_encrypted.zip", Archive::encrypted("2026-10-30.cod", &coda())),
        ("fault_method.zip", Archive::compressed_by(12, "2026-10-30.cod", &coda())),
        ("fault_nested.zip", beside("2026-10-31.zip", &one("2026-10-31.cod", &other_coda()).end())),
        (
            "fault_nested_gzip.zip",
            beside("2026-10-31.cod.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0"),
        ),
        (
            "fault_name_leads_out.zip",
            patched(one("aa/2026.cod", &coda()).end(), b"aa/2026.cod", b"../2026.cod"),
        ),
        (
            "fault_name_absolute.zip",
            patched(one("aa/2026.cod", &coda()).end(), b"aa/2026.cod", b"/a/2026.cod"),
        ),
        (
            "fault_name_of_a_drive.zip",
            patched(one("cd/2026.cod", &coda()).end(), b"cd/2026.cod", b"c:/2026.cod"),
        ),
        (
            "fault_names_repeated.zip",
            patched(one("a.cod", &coda()).file("b.cod", &other_coda()).end(), b"b.cod", b"a.cod"),
        ),
        ("fault_pdf.zip", beside("2026-10-31.pdf", b"%PDF-1.7\n")),
        ("fault_unknown_text.zip", beside("read me.txt", b"Dear customer, enclosed are your statements.\n")),
        ("fault_file_empty.zip", beside("2026-10-31.cod", b"")),
        ("fault_in_a_file.zip", beside("days/2026-10-31.cod", &fixture("coda/fault_amount.cod"))),
        ("fault_checksum.zip", {
            let mut bytes = Archive::stored().file("2026-10-30.cod", &coda()).end();
            let name =
                memchr::memmem::find(&bytes, b"MADE").or(memchr::memmem::find(&bytes, b"EUR")).unwrap();
            bytes[name] = b'X';
            bytes
        }),
        ("fault_cut_off.zip", {
            let mut bytes = one("2026-10-30.cod", &coda()).end();
            bytes.truncate(bytes.len() / 2);
            bytes
        }),
    ]
}

#[test]
fn each_fixture_is_made_here() {
    let folder = root().join("tests/formats/zip");
    let all = all();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &all {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let made: BTreeSet<_> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let there: BTreeSet<_> = files(&folder)
        .into_iter()
        .filter(|path| is_fixture(path))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, made);
}
