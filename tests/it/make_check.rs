use crate::support::make;
use bank_bridge::formats::{self, DEFAULT_MAX_SIZE, Input, ParseOptions};
#[test]
fn made_files_read_clean() {
    let all = make::payments(jiff::civil::date(2026, 3, 1), 3, 4);
    for text in [make::coda("BE71096123456769", 7, 100_00, &all)] {
        let input = Input::from_bytes("made", text.into_bytes(), DEFAULT_MAX_SIZE).unwrap();
        let statements = formats::parse(&input, None, &ParseOptions::default()).unwrap();
        assert_eq!(statements[0].lines.len(), 12);
        assert_eq!(statements[0].sum(), make::sum(&all));
        assert!(statements[0].warnings.is_empty(), "{:?}", statements[0].warnings);
    }
}
