//! Schemas of what `bank.parse` gives, the same shape as `bank-bridge parse --json`, and `bank.propose_preset`.
//!
//! The values themselves come from the domain, which knows nothing of schemas; a test holds the two together.

#![expect(dead_code, reason = "these types are read by their derived schema alone")]

use schemars::JsonSchema;

/// Result of `bank.parse`.
#[derive(JsonSchema)]
pub(super) struct Parsed {
    /// Statements in the order of the file.
    statements: Vec<Statement>,
}

/// One statement of one account.
#[derive(JsonSchema)]
struct Statement {
    /// Format and version that it was read from.
    source: String,
    /// The bank's number of the statement.
    number: Option<String>,
    /// The account that it is of.
    account: Account,
    /// Balance before the first line.
    opening: Option<Balance>,
    /// Balance after the last line.
    closing: Option<Balance>,
    /// Booked transactions in the bank's order.
    lines: Vec<Line>,
    /// What a reader should know.
    warnings: Vec<Warning>,
}

/// The account that a statement is of.
#[derive(JsonSchema)]
struct Account {
    /// International account number.
    iban: Option<String>,
    /// The bank's own number, for accounts that have no IBAN.
    number: Option<String>,
    /// BIC of the bank.
    bic: Option<String>,
    /// Currency, three letters; null where the file does not say.
    currency: Option<String>,
    /// Name of the holder.
    holder: Option<String>,
}

/// A booked balance.
#[derive(JsonSchema)]
struct Balance {
    /// Day of the balance.
    date: Option<String>,
    /// Signed decimal number as text.
    amount: String,
}

/// One booked transaction.
#[derive(JsonSchema)]
struct Line {
    /// How it is recognised again.
    id: String,
    /// Booking date.
    booked_on: String,
    /// Value date.
    value_on: Option<String>,
    /// Signed decimal number as text; money in is positive.
    amount: String,
    /// Currency of the account; null where the file does not say.
    currency: Option<String>,
    /// What was paid in another currency.
    original: Option<Original>,
    /// The other side.
    counterparty: Counterparty,
    /// Remittance information.
    text: Option<String>,
    /// Structured communication.
    structured: Option<String>,
    /// The bank's own reference.
    reference: Option<String>,
    /// End-to-end reference that the payer gave.
    end_to_end: Option<String>,
    /// Direct-debit mandate.
    mandate: Option<String>,
    /// The bank's transaction code.
    bank_code: Option<String>,
    /// `return`, `reversal` or `charges`; null for an ordinary line.
    kind: Option<String>,
}

/// An amount in another currency behind a line.
#[derive(JsonSchema)]
struct Original {
    /// Signed decimal number as text.
    amount: String,
    /// Its currency.
    currency: String,
    /// Rate as the bank states it, as text.
    rate: Option<String>,
}

/// The other side of a line.
#[derive(JsonSchema)]
struct Counterparty {
    /// Name as the bank gives it.
    name: Option<String>,
    /// IBAN, or the account as the bank writes it.
    account: Option<String>,
    /// BIC of its bank.
    bic: Option<String>,
}

/// Something that a reader of a statement should know.
#[derive(JsonSchema)]
struct Warning {
    /// Code of the catalogue.
    code: String,
    /// The sentence.
    message: String,
    /// Line of the file, from 1.
    line: Option<u64>,
}

/// Result of `bank.propose_preset`.
#[derive(JsonSchema)]
pub(super) struct Proposal {
    /// The preset of the bridge that knows the table already, if one does.
    known: Option<String>,
    /// The columns that hold something, in the order of the file.
    columns: Vec<OfTable>,
    /// The first rows of these columns.
    rows: Vec<Vec<String>>,
    /// What tells this header from others; null for a table without one.
    fingerprint: Option<String>,
    /// The text of the preset (TOML), for `bank.import_start`.
    preset: String,
    /// Whether the order of dates has to be said.
    date_order_open: bool,
    /// Whether the decimal mark has to be said.
    decimal_mark_open: bool,
    /// How the table was read.
    understanding: serde_json::Value,
}

/// A column of a table.
#[derive(JsonSchema)]
#[schemars(rename = "Column")]
struct OfTable {
    /// Its name as a preset writes it.
    column: String,
    /// A cell of it.
    example: String,
    /// What it seems to be: `booked`, `counterparty-name`; null where nothing says.
    role: Option<String>,
    /// By what it is known.
    because: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::generate::SchemaSettings;
    use serde_json::Value;

    use super::*;
    use crate::domain;
    use crate::errors::Code;

    /// A statement with every member there.
    fn full() -> domain::Statement {
        let day = domain::Date::constant(2026, 10, 31);
        let balance = || Some(domain::Balance { date: Some(day), amount: domain::Decimal::ONE });
        let line = domain::TransactionDraft {
            value_on: Some(day),
            original: Some(Box::new(domain::Original {
                amount: domain::Decimal::ONE,
                currency: domain::Currency::EUR,
                rate: None,
            })),
            kind: Some(domain::Kind::Return),
            ..domain::TransactionDraft::new(day, domain::Decimal::ONE, domain::Currency::EUR)
        };
        domain::Statement {
            source: "coda.2".into(),
            number: None,
            account: domain::Account::default(),
            opening: balance(),
            closing: balance(),
            lines: vec![line.done()],
            warnings: vec![domain::Warning {
                code: Code::NUMBERS_SKIP,
                message: String::new(),
                args: Vec::new(),
                line: Some(1),
            }],
        }
    }

    fn compare(schema: &Value, value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                let described = schema["properties"].as_object().or_else(|| {
                    schema["anyOf"].as_array()?.iter().find_map(|one| one["properties"].as_object())
                });
                let described = described.unwrap_or_else(|| unreachable!("{path} is no object: {schema}"));
                let names = |keys: serde_json::map::Keys<'_>| keys.cloned().collect::<BTreeSet<_>>();
                assert_eq!(names(described.keys()), names(members.keys()), "{path}");
                for (name, member) in members {
                    compare(&described[name], member, &format!("{path}.{name}"));
                }
            }
            Value::Array(items) => {
                for item in items {
                    compare(&schema["items"], item, path);
                }
            }
            Value::Null => assert!(may_be_null(schema), "{path} may be null: {schema}"),
            _ => {}
        }
    }

    fn may_be_null(schema: &Value) -> bool {
        let null = |kind: &Value| kind == "null" || kind["type"] == "null";
        let among = |name: &str| schema[name].as_array().is_some_and(|kinds| kinds.iter().any(null));
        among("type") || among("anyOf")
    }

    #[test]
    fn the_schema_is_that_of_the_domain() {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<Parsed>().to_value();
        let mut unstated = full();
        unstated.account.currency = None;
        unstated.lines[0].currency = domain::Currency::UNSTATED;
        let value = serde_json::json!({"statements": [full(), unstated]});
        assert_eq!(value["statements"][1]["lines"][0]["currency"], Value::Null);
        compare(&schema, &value, "result");
    }
}
