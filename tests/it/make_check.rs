//! The files that tests make on the spot are clean: what a test finds in them is the product's doing.

use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};

use crate::support::make;

#[test]
fn made_files_read_without_a_warning() {
    let all = make::payments(jiff::civil::date(2026, 3, 1), 3, 4);
    let account = "BE71096123456769";
    for text in [make::coda(account, 7, 10_000, &all), make::camt(account, 7, 10_000, &all)] {
        let input = Input::from_bytes("made", text.into_bytes(), DEFAULT_MAX_SIZE).unwrap();
        let statements = formats::parse(&input, None, &ParseOptions::default()).unwrap();
        assert_eq!(statements[0].lines.len(), 12);
        assert_eq!(statements[0].sum(), make::sum(&all));
        assert!(statements[0].warnings.is_empty(), "{:?}", statements[0].warnings);
    }
}
