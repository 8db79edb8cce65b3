//! Several files in one ZIP: what two of them hold stands in Odoo once.

use bank_bridge::domain::Decimal;
use jiff::civil::date;

use crate::instance::{ACCOUNT, DOORS, Odoo, counts};
use crate::support::archives::Archive;
use crate::support::{make, root};

#[test]
fn days_that_overlap_come_in_once() {
    let odoo = Odoo::start("zip_days");
    odoo.journals(DOORS.len(), None);
    let path = root().join("tests/formats/zip/days_that_overlap.zip");
    for (index, door) in DOORS.into_iter().enumerate() {
        let journal = Odoo::journal(index);
        let import =
            |further: &[&str]| odoo.import(door, &path, &[&["--journal", &journal], further].concat());
        assert_eq!(counts(&import(&["--dry-run"])), [4, 3, 0, 0], "{door}: nothing else than what comes");
        let outcome = import(&[]);
        assert_eq!(counts(&outcome), [4, 3, 0, 0], "{door}");
        assert_eq!(outcome["statements"][1]["counts"]["created"], 1);
        assert_eq!(outcome["statements"][1]["warnings"][0]["code"], "BB-5702");
        assert_eq!(counts(&import(&[])), [0, 7, 0, 0], "{door}, again");
    }
    assert_eq!(odoo.lines(), (8, Decimal::new(-2 * 73_400, 2)));
    let findings = odoo.sql("SELECT findings FROM bank_bridge_import WHERE findings::text LIKE '%BB-5702%'");
    assert!(!findings.is_empty() && findings.iter().all(|found| found.contains("2026-10-31.qif: lines")));
}

#[test]
fn the_same_days_in_two_formats_come_in_once() {
    let odoo = Odoo::start("zip_formats");
    let payments = make::payments(date(2026, 6, 1), 3, 3);
    let archive = Archive::new()
        .file("days.cod", make::coda(ACCOUNT, 31, 100_000, &payments).as_bytes())
        .file("days.xml", make::camt(ACCOUNT, 31, 100_000, &payments).as_bytes());
    let path = odoo.file_of_bytes("days.zip", &archive.end());
    let outcome = odoo.import(DOORS[0], &path, &[]);
    let count = payments.len() as u64;
    assert_eq!(counts(&outcome), [count, 0, count, 0]);
    assert_eq!(odoo.lines().0, payments.len());
    assert_eq!(counts(&odoo.import(DOORS[1], &path, &[])), [0, 2 * count, 0, 0]);
}
