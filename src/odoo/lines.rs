//! Lines and the statement that they belong to, as they go to the addon.

use serde::Serialize;

use crate::domain::{Balance, Counterparty, Currency, Date, Identity, Original, Transaction};

/// One line as far as recognising needs it.
#[derive(Debug, Serialize)]
pub struct PlanLine<'a> {
    /// Identity.
    pub id: Identity,
    /// Booking date.
    pub date: Date,
    /// Signed amount as text.
    pub amount: String,
    /// The counterparty's account.
    pub counterparty_account: Option<&'a str>,
    /// End-to-end reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_to_end: Option<&'a str>,
    /// The entry that it was split from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<WholeLine>,
}

/// The entry that a line was split from.
#[derive(Debug, Serialize)]
pub struct WholeLine {
    /// The identity that it would have as one line.
    pub id: Identity,
    /// Signed amount as text.
    pub amount: String,
}

impl WholeLine {
    /// Of a line.
    #[must_use]
    pub fn of(line: &Transaction) -> Option<Self> {
        line.whole.as_ref().map(|whole| Self { id: whole.identity, amount: whole.amount.to_string() })
    }
}

/// A whole line.
#[derive(Debug, Serialize)]
pub struct PushLine<'a> {
    /// Identity.
    pub id: Identity,
    /// Booking date.
    pub date: Date,
    /// Value date.
    pub value_date: Option<Date>,
    /// Signed amount as text.
    pub amount: String,
    /// Currency.
    pub currency: Currency,
    /// Amount in another currency.
    pub original: Option<&'a Original>,
    /// The other side.
    pub counterparty: Counterparty<&'a str>,
    /// Remittance information.
    pub text: Option<&'a str>,
    /// Structured communication.
    pub structured: Option<&'a str>,
    /// The bank's reference.
    pub reference: Option<&'a str>,
    /// End-to-end reference.
    pub end_to_end: Option<&'a str>,
    /// Mandate.
    pub mandate: Option<&'a str>,
    /// Transaction code.
    pub bank_code: Option<&'a str>,
    /// The same in words.
    pub bank_code_words: Option<String>,
    /// What is special about it.
    pub kind: Option<crate::domain::Kind>,
    /// Further facts, label and value.
    pub details: Vec<(&'a str, &'a str)>,
    /// The entry that it was split from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<WholeLine>,
    /// Position in the statement, from 0.
    pub position: usize,
}

/// The statement that a batch belongs to.
#[derive(Debug, Serialize)]
pub struct PushStatement<'a> {
    /// The bank's number.
    pub number: Option<&'a str>,
    /// Format it was read from.
    pub source: &'a str,
    /// Balance before.
    pub opening: Option<&'a Balance>,
    /// Balance after.
    pub closing: Option<&'a Balance>,
    /// Position in the file, from 0.
    pub index: usize,
    /// Number of its lines.
    pub count: usize,
    /// Identities of all its lines in the bank's order, with the last batch only.
    pub ids: Option<Vec<Identity>>,
    /// The same of the entries that they were split from, where there are such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wholes: Option<Vec<Option<Identity>>>,
    /// Lines of the statement with a day and an amount of this batch that Odoo has from another source under the same
    /// identity: what they stand for is no other line's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Identity>,
    /// The account's balance now, of a provider that gives no statements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<&'a Balance>,
}

/// What a push of online transactions carries besides: it shows that the run still has the connection.
#[derive(Debug)]
pub struct Online<'a> {
    /// For how many seconds from now the run wants the connection.
    pub lease: u64,
    /// What is true once the last batch is in.
    pub advance: Advance<'a>,
}

/// An account is read to its end: what Odoo remembers of that, in the transaction that takes the last lines.
#[derive(Debug, Serialize)]
pub struct Advance<'a> {
    /// The provider's id of the account.
    pub account: &'a str,
    /// The last booking day that is complete.
    pub complete_until: Option<Date>,
    /// What the connection remembers, sealed.
    pub sealed: Option<&'a str>,
}
