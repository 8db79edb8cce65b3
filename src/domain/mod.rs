//! What a bank says, as values: statements, their lines, accounts, money, and how a line is recognised.
//!
//! This folder stands apart because everything else speaks in its terms. It does no I/O, reads no clock and
//! uses nothing else of ours, so a value here means the same whether it came from a file or a provider.
//!
//! | file | what |
//! |---|---|
//! | [`money`] | currencies, their minor units, exact amounts |
//! | [`account`] | the bank's account and the other side's |
//! | [`statement`] | a statement, its balances and what was noticed about it |
//! | [`transaction`] | its lines |
//! | [`identity`] | the frozen scheme by which a line is recognised again |
//! | [`communication`] | structured communications and their check digits |

pub mod account;
pub mod communication;
pub mod identity;
pub mod money;
pub mod statement;
pub mod transaction;

/// Short text, kept inline up to 24 bytes: most fields of a bank line fit.
pub type Text = compact_str::CompactString;
/// A civil date: what a bank means by a day, without a time zone.
pub type Date = jiff::civil::Date;

pub use account::{Account, Counterparty};
pub use identity::{Identifier, Identity, Marks, Tally};
pub use money::Currency;
pub use rust_decimal::Decimal;
pub use statement::{Balance, Statement, Warning};
pub use transaction::{Detail, Kind, Original, Transaction, TransactionDraft, Whole};
