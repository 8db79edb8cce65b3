//! What a column of a table can be.

use serde::{Deserialize, Serialize};

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The account that the row is of.
    Account,
    /// Name of its holder.
    Holder,
    /// Currency of the account and the amount.
    Currency,
    /// Booking date.
    Booked,
    /// Value date.
    Value,
    /// Amount, signed unless there is a direction.
    Amount,
    /// Money out, where it has a column of its own.
    Debit,
    /// Money in, where it has a column of its own.
    Credit,
    /// Whether the amount is money in or out.
    Direction,
    /// Charge to be taken off the amount, positive.
    Fee,
    /// Balance of the account after the row.
    Balance,
    /// Balance of the account before the row.
    BalanceBefore,
    /// Name of the other side.
    CounterpartyName,
    /// Account of the other side.
    CounterpartyAccount,
    /// BIC of the other side's bank.
    CounterpartyBic,
    /// Name of who pays, where payer and payee have columns of their own.
    PayerName,
    /// Account of who pays.
    PayerAccount,
    /// Name of who is paid.
    PayeeName,
    /// Account of who is paid.
    PayeeAccount,
    /// Remittance information and other text.
    Text,
    /// Structured communication.
    Structured,
    /// The bank's reference of the transaction.
    Reference,
    /// End-to-end reference of the payer.
    EndToEnd,
    /// Direct-debit mandate.
    Mandate,
    /// The bank's transaction code.
    Code,
    /// What was paid in another currency.
    OriginalAmount,
    /// That currency.
    OriginalCurrency,
    /// Rate of exchange.
    Rate,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 28] = [
        Self::Account,
        Self::Holder,
        Self::Currency,
        Self::Booked,
        Self::Value,
        Self::Amount,
        Self::Debit,
        Self::Credit,
        Self::Direction,
        Self::Fee,
        Self::Balance,
        Self::BalanceBefore,
        Self::CounterpartyName,
        Self::CounterpartyAccount,
        Self::CounterpartyBic,
        Self::PayerName,
        Self::PayerAccount,
        Self::PayeeName,
        Self::PayeeAccount,
        Self::Text,
        Self::Structured,
        Self::Reference,
        Self::EndToEnd,
        Self::Mandate,
        Self::Code,
        Self::OriginalAmount,
        Self::OriginalCurrency,
        Self::Rate,
    ];

    /// Name in a preset and on the command line: `counterparty-name`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Holder => "holder",
            Self::Currency => "currency",
            Self::Booked => "booked",
            Self::Value => "value",
            Self::Amount => "amount",
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::Direction => "direction",
            Self::Fee => "fee",
            Self::Balance => "balance",
            Self::BalanceBefore => "balance-before",
            Self::CounterpartyName => "counterparty-name",
            Self::CounterpartyAccount => "counterparty-account",
            Self::CounterpartyBic => "counterparty-bic",
            Self::PayerName => "payer-name",
            Self::PayerAccount => "payer-account",
            Self::PayeeName => "payee-name",
            Self::PayeeAccount => "payee-account",
            Self::Text => "text",
            Self::Structured => "structured",
            Self::Reference => "reference",
            Self::EndToEnd => "end-to-end",
            Self::Mandate => "mandate",
            Self::Code => "code",
            Self::OriginalAmount => "original-amount",
            Self::OriginalCurrency => "original-currency",
            Self::Rate => "rate",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }
}
