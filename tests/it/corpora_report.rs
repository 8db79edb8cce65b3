//! The report over all real files: how many of each format are read right, and which are refused, why.
//!
//! `scripts/corpora` shows it. The tests of each format hold them to the same outcomes.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::support::corpora::{self, Corpus, Outcome};
use crate::{corpus_camt, corpus_coda, corpus_csv, corpus_mt940, corpus_ofx, corpus_qif};

/// All formats of which there are real files.
fn all() -> Vec<Corpus> {
    vec![
        corpus_coda::CORPUS,
        corpus_camt::CORPUS,
        corpus_mt940::CORPUS,
        corpus_ofx::CORPUS,
        corpus_qif::CORPUS,
        corpus_csv::corpus(),
    ]
}

#[test]
fn every_real_file_is_counted() {
    if corpora::folder().is_none() {
        return;
    }
    let mut report = String::from("format    files    right          of these asked   refused   wrong\n");
    let (mut details, mut all_wrong) = (String::new(), 0);
    for corpus in all() {
        let outcomes = corpus.outcomes();
        let (mut right, mut answered, mut refused, mut wrong) = (0, 0, 0, 0);
        for (row, outcome) in outcomes.iter() {
            match outcome {
                Outcome::Right => right += 1,
                Outcome::Answered(code) => {
                    (right, answered) = (right + 1, answered + 1);
                    writeln!(details, "asked    {code}  {}: right once it is answered", row.path).unwrap();
                }
                Outcome::Refused(code, reason) => {
                    refused += 1;
                    writeln!(details, "refused  {code}  {}: {reason}", row.path).unwrap();
                }
                Outcome::Wrong(how) => {
                    wrong += 1;
                    writeln!(details, "WRONG    {}: {how}", row.path).unwrap();
                }
            }
        }
        let (files, format) = (outcomes.len(), corpus.format);
        let share = format!("{right} ({}.{} %)", right * 100 / files, right * 1000 / files % 10);
        writeln!(report, "{format:<6} {files:>8}    {share:<14} {answered:>14} {refused:>9} {wrong:>7}")
            .unwrap();
        all_wrong += wrong;
    }
    // Not captured: it belongs to what a run shows.
    std::io::stdout().write_all(format!("\n{details}\n{report}\n").as_bytes()).unwrap();
    assert_eq!(all_wrong, 0, "of the real files:\n{details}");
}
