//! OFX files of banks and of other readers' tests, held against an independent reader.
//!
//! The expected result of each file stands beside the corpora as JSON: statements with their accounts, balances and
//! transactions. Number, order-free sum, days and ids of the lines must agree, and the closing balance must be the
//! ledger balance or have a finding that says why it is not.

use std::path::PathBuf;

use bank_bridge::domain::{Decimal, Statement};
use bank_bridge::errors::Code;
use bank_bridge::formats::Reading;
use serde_json::Value;

use crate::support::corpora::{self, Corpus, Refused, Row};

/// Files that are knowingly refused.
const REFUSED: &[Refused] = &[
    ("Govcraft_ofx-rs/tests/fixtures/invstmtrs.ofx", INVESTMENTS, SHARES),
    ("valid_responses/401k_v203.ofx", INVESTMENTS, SHARES),
    ("valid_responses/inv_v202.ofx", INVESTMENTS, SHARES),
    ("valid_responses/ira_v202.ofx", INVESTMENTS, SHARES),
    ("file_type_testdata/example.qfx", INVESTMENTS, SHARES),
    ("csingley_ofxtools/tests/data/invstmtrs.ofx", INVESTMENTS, SHARES),
    ("timezone/quotes-test-01.ofx", INVESTMENTS, SHARES),
    ("timezone/quotes-test-02.ofx", INVESTMENTS, SHARES),
    ("fixtures/investment_medium.ofx", INVESTMENTS, SHARES),
    ("fixtures/tiaacref.ofx", INVESTMENTS, SHARES),
    ("fixtures/vanguard.ofx", INVESTMENTS, SHARES),
    ("fixtures/vanguard401k.ofx", INVESTMENTS, SHARES),
    ("example/OfxDownload.qfx", INVESTMENTS, SHARES),
    ("etrade_09092023.QFX", INVESTMENTS, SHARES),
    ("OfxDownload-401k.qfx", INVESTMENTS, SHARES),
    ("no_seclist.qfx", INVESTMENTS, SHARES),
    ("no_ticker.qfx", INVESTMENTS, SHARES),
    ("with_ticker.qfx", INVESTMENTS, SHARES),
    ("fixtures/account_listing_aggregation.ofx", Code::OFX_NO_STATEMENT, "a list of accounts"),
    ("fixtures/bank_small.ofx", Code::OFX_NO_STATEMENT, "an empty file: <OFX></OFX>"),
    ("fixtures/signon_success.ofx", Code::OFX_NO_STATEMENT, "the answer to a sign-on, and nothing else"),
    ("fixtures/signon_success_no_message.ofx", Code::OFX_NO_STATEMENT, "the answer to a sign-on"),
    ("converted/default_w_splits.ofx", Code::OFX_NO_STATEMENT, TRANSFERS),
    ("converted/mint.ofx", Code::OFX_NO_STATEMENT, TRANSFERS),
    ("example/transfer_example.ofx", Code::OFX_NO_STATEMENT, TRANSFERS),
    ("fixtures/error_message.ofx", Code::OFX_ANSWER_REFUSED, "the answer is an error, status 2000"),
    ("fixtures/signon_fail.ofx", Code::OFX_ANSWER_REFUSED, "the sign-on failed, status 15500"),
    ("data/profrs.ofx", Code::OFX_ANSWER_REFUSED, "a profile of a bank after a failed sign-on"),
    (
        "test_ofx_wrong.ofx",
        Code::OFX_ELEMENT_MISSING,
        "made wrong on purpose: a transaction without day and amount",
    ),
    (
        "fail_nice/date_missing.ofx",
        Code::OFX_ELEMENT_MISSING,
        "made wrong on purpose: transactions without a day",
    ),
    (
        "fail_nice/decimal_error.ofx",
        Code::OFX_VALUE_INVALID,
        "made wrong on purpose: month 20, and an amount of $120",
    ),
    ("fixtures/bad_date_format.ofx", Code::OFX_VALUE_INVALID, "made wrong on purpose: the day is xxx"),
    ("test/data/example2.ofx", Code::OFX_VALUE_INVALID, "masked by hand: every day is asterisks"),
    ("moneymrkt1_v103.ofx", Code::OFX_VALUE_INVALID, RANDOM),
    ("moneymrkt1_v103_TYPE1.ofx", Code::OFX_VALUE_INVALID, RANDOM),
    ("moneymrkt1_v203.ofx", Code::OFX_VALUE_INVALID, RANDOM),
];
const INVESTMENTS: Code = Code::OFX_INVESTMENTS;
const SHARES: &str = "investments alone";
const TRANSFERS: &str = "answers to orders for transfers, no statement";
const RANDOM: &str = "masked with random amounts of thirteen decimals in dollars";

/// Transactions that the independent reader counts and a statement does not have: path, how many, their sum, reason.
const CORRECTED: &[(&str, usize, &str, &str)] =
    &[("multi_transaction_statement.ofx", 1, "-45.67", "another one replaces it by CORRECTFITID")];

/// Statements whose amounts are converted, which the independent reader leaves in the other currency: path,
/// difference of the sums, reason.
const CONVERTED: &[(&str, &str, &str)] =
    &[("sgmlish/example.ofx", "-1.15", "10 euros at 1.1153 dollars on an account in dollars (CURRENCY)")];

/// What is known about the files.
pub const CORPUS: Corpus =
    Corpus { format: "ofx", refused: REFUSED, answer: corpora::no_answer, compare: agrees };

#[test]
fn files_agree_with_the_independent_reader() {
    CORPUS.check();
}

fn expected(row: &Row) -> Value {
    let folder: PathBuf = corpora::folder().unwrap();
    let text = std::fs::read_to_string(folder.join("expected").join(format!("{}.json", row.path))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn agrees(row: &Row, reading: &Reading) -> Result<(), String> {
    let statements = &reading.statements;
    let expected = expected(row);
    let expected = expected["statements"].as_array().unwrap();
    if statements.len() != expected.len() {
        return Err(format!("{} statements, not {}", statements.len(), expected.len()));
    }
    statements.iter().zip(expected).try_for_each(|(statement, expected)| same(&row.path, statement, expected))
}

fn same(path: &str, statement: &Statement, expected: &Value) -> Result<(), String> {
    let decimal = |value: &Value| value.as_str().and_then(|text| text.parse::<Decimal>().ok());
    let mut lines = expected["transactions"].as_array().unwrap().clone();
    let mut sum: Decimal = lines.iter().map(|line| decimal(&line["amount"]).unwrap()).sum();
    if let Some((_, count, gone, _)) = CORRECTED.iter().find(|(end, ..)| path.ends_with(end)) {
        let gone: Decimal = gone.parse().unwrap();
        let before = lines.len();
        lines.retain(|line| decimal(&line["amount"]) != Some(gone));
        assert_eq!(before - lines.len(), *count, "{path}");
        sum -= gone;
    }
    if let Some((_, difference, _)) = CONVERTED.iter().find(|(end, ..)| path.ends_with(end)) {
        sum += difference.parse::<Decimal>().unwrap();
    }
    if statement.lines.len() != lines.len() {
        return Err(format!("{} lines, not {}", statement.lines.len(), lines.len()));
    }
    if statement.sum() != sum {
        return Err(format!("sum {}, not {sum}", statement.sum()));
    }
    let mut days: Vec<_> = statement.lines.iter().map(|line| line.booked_on.to_string()).collect();
    let mut expected_days: Vec<_> =
        lines.iter().map(|line| line["date"].as_str().unwrap_or("none").to_owned()).collect();
    days.sort_unstable();
    expected_days.sort_unstable();
    if days != expected_days {
        return Err(format!("days {days:?}, not {expected_days:?}"));
    }
    let currency = statement.account.currency.map(|currency| currency.to_string());
    if let Some(stated) = expected["currency"].as_str()
        && currency.as_deref() != Some(stated)
    {
        return Err(format!("currency {currency:?}, not {stated}"));
    }
    let ledger = decimal(&expected["ledger"]["amount"]);
    let left_out = statement.warnings.iter().any(|warning| warning.code == Code::OFX_BALANCE_LEFT_OUT);
    match (&statement.closing, ledger) {
        (Some(closing), Some(ledger)) if closing.amount == ledger && !left_out => Ok(()),
        (None, Some(_)) if left_out => Ok(()),
        (None, None) if !left_out => Ok(()),
        (closing, ledger) => Err(format!("closing {closing:?}, the ledger balance is {ledger:?}")),
    }
}
