//! What Salt Edge sends, as it stands on the wire: version 6, and version 5 where names or places differ.
//!
//! Unknown members are passed over; null and missing are the same. What is only shown to a reader may come as text or
//! as a number.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::domain::Text;
use crate::providers::wire::{Exact, Id, Moment};

/// Every good answer.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
    #[serde(default)]
    pub(super) meta: Option<Meta>,
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Meta {
    /// First id of the next page.
    #[serde(default)]
    pub(super) next_id: Option<Id>,
    /// Path of the next page on the same host.
    #[serde(default)]
    pub(super) next_page: Option<String>,
}

/// A customer of the application.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "as it stands on the wire")]
pub(super) struct Customer {
    #[serde(default)]
    pub(super) customer_id: Option<Id>,
    /// What version 5 calls it.
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) identifier: Option<String>,
}

/// Where the user is sent.
#[derive(Debug, Deserialize)]
pub(super) struct Connect {
    pub(super) connect_url: String,
    #[serde(default)]
    pub(super) expires_at: Option<Moment>,
}

/// A bank.
#[derive(Debug, Deserialize)]
pub(super) struct Bank {
    pub(super) code: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) country_code: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) mode: Option<String>,
    #[serde(default)]
    pub(super) logo_url: Option<String>,
    #[serde(default)]
    pub(super) bic_codes: Option<Vec<Option<String>>>,
    /// Days that a consent may last; none for no limit.
    #[serde(default)]
    pub(super) max_consent_days: Option<i32>,
    /// Days of history.
    #[serde(default)]
    pub(super) max_fetch_interval: Option<i32>,
}

/// A link between a customer and a bank.
#[derive(Debug, Deserialize)]
pub(super) struct Connection {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) customer_id: Option<Id>,
    #[serde(default)]
    pub(super) provider_code: Option<String>,
    #[serde(default)]
    pub(super) provider_name: Option<String>,
    #[serde(default)]
    pub(super) country_code: Option<String>,
    /// `active`, `inactive`, `disabled`.
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<Moment>,
    /// Version 5 alone.
    #[serde(default)]
    pub(super) last_success_at: Option<Moment>,
    #[serde(default)]
    pub(super) next_refresh_possible_at: Option<Moment>,
    #[serde(default)]
    pub(super) last_attempt: Option<Attempt>,
}

/// One try to get something from a bank.
#[derive(Debug, Deserialize)]
pub(super) struct Attempt {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) finished: Option<bool>,
    #[serde(default)]
    pub(super) finished_recent: Option<bool>,
    #[serde(default)]
    pub(super) success_at: Option<Moment>,
    #[serde(default)]
    pub(super) fail_at: Option<Moment>,
    #[serde(default)]
    pub(super) created_at: Option<Moment>,
    #[serde(default)]
    pub(super) fail_error_class: Option<String>,
    #[serde(default)]
    pub(super) fail_message: Option<String>,
    #[serde(default)]
    pub(super) custom_fields: Option<CustomFields>,
}

/// What the bridge sent along with an attempt.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CustomFields {
    #[serde(default, deserialize_with = "loose")]
    pub(super) bank_bridge: Option<Text>,
}

/// A customer's consent.
#[derive(Debug, Deserialize)]
pub(super) struct Consent {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) expires_at: Option<Moment>,
    #[serde(default)]
    pub(super) revoked_at: Option<Moment>,
    #[serde(default)]
    pub(super) created_at: Option<Moment>,
}

/// An account.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) nature: Option<String>,
    #[serde(default)]
    pub(super) balance: Option<Exact>,
    #[serde(default)]
    pub(super) currency_code: Option<String>,
    #[serde(default)]
    pub(super) extra: Option<AccountExtra>,
}

/// What a bank may tell of an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountExtra {
    #[serde(deserialize_with = "loose")]
    pub(super) iban: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) bban: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) swift: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) account_number: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) account_name: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) client_name: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) holder_name: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) balance_type: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) current_date: Option<Text>,
}

/// A transaction.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) duplicated: Option<bool>,
    /// `normal`, `fee`, `transfer`.
    #[serde(default)]
    pub(super) mode: Option<String>,
    /// `posted`, `pending`.
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) made_on: Option<Text>,
    #[serde(default)]
    pub(super) amount: Option<Exact>,
    #[serde(default)]
    pub(super) currency_code: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub(super) description: Option<Text>,
    #[serde(default)]
    pub(super) extra: Option<Extra>,
}

/// What a bank may tell of a transaction.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extra {
    #[serde(deserialize_with = "loose")]
    pub(super) id: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) end_to_end_id: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) record_number: Option<Text>,
    #[serde(rename = "type", deserialize_with = "loose")]
    pub(super) kind: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) payee: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) payee_information: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) payer: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) payer_information: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) additional: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) information: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) posting_date: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) original_amount: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) original_currency_code: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) exchange_rate: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) variable_code: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) constant_code: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) specific_code: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) check_number: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) mcc: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) transfer_account_name: Option<Text>,
    #[serde(deserialize_with = "loose")]
    pub(super) possible_duplicate: Option<Text>,
}

/// Text, a number or a truth value, kept as its characters; anything else, and blank text, is nothing.
fn loose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let raw = raw.get();
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).map_err(serde::de::Error::custom)?,
        Some(b'-' | b'0'..=b'9' | b't' | b'f') => raw.to_owned(),
        _ => return Ok(None),
    };
    let trimmed = text.trim();
    Ok((!trimmed.is_empty()).then(|| Text::from(trimmed)))
}

impl Customer {
    /// Its id, by either name.
    pub(super) fn key(self) -> Option<String> {
        self.customer_id.or(self.id).map(|id| id.0)
    }
}

impl Attempt {
    /// Whether it is still under way, with nothing to be read yet.
    pub(super) fn runs(&self) -> bool {
        let ended = self.success_at.is_some() || self.fail_at.is_some() || self.finished == Some(true);
        !ended && self.finished.is_some()
    }

    /// Whether its failure is the last that is known of it.
    pub(super) fn failed(&self) -> bool {
        let at = |moment: Option<Moment>| moment.map(Moment::timestamp);
        let failed = self.fail_error_class.is_some() || self.fail_at.is_some();
        failed && at(self.fail_at).is_none_or(|failed| at(self.success_at).is_none_or(|good| failed > good))
    }
}

impl Connection {
    /// When everything was got from the bank last.
    pub(super) fn fresh_as_of(&self) -> Option<Timestamp> {
        let last = self.last_attempt.as_ref().and_then(|attempt| attempt.success_at);
        last.or(self.last_success_at).map(Moment::timestamp)
    }

    /// Whether an attempt is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.last_attempt.as_ref().is_some_and(Attempt::runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_name_the_customer() {
        let read = |text: &str| serde_json::from_str::<Envelope<Customer>>(text).unwrap().data.key().unwrap();
        assert_eq!(read(r#"{"data":{"customer_id":"1","identifier":"a"}}"#), "1");
        let old = r#"{"data":{"id":1688015087215843960,"identifier":"a","secret":"s"}}"#;
        assert_eq!(read(old), "1688015087215843960");
    }

    #[test]
    fn what_is_only_shown_may_have_any_shape() {
        let extra: Extra = serde_json::from_str(
            r#"{"id": 12345678901234567890, "mcc": 5411, "payee": " ", "tags": ["a"], "payer": {"x": 1},
                "record_number": null, "information": "a\"b"}"#,
        )
        .unwrap();
        assert_eq!(extra.id.as_deref(), Some("12345678901234567890"));
        assert_eq!((extra.mcc.as_deref(), extra.payee, extra.payer), (Some("5411"), None, None));
        assert_eq!((extra.record_number, extra.information.as_deref()), (None, Some("a\"b")));
    }

    #[test]
    fn an_attempt_ends_by_success_or_failure() {
        let read = |text: &str| serde_json::from_str::<Attempt>(text).unwrap();
        assert!(read(r#"{"finished": false}"#).runs());
        assert!(!read("{}").runs(), "version 5 may tell nothing");
        assert!(!read(r#"{"finished": false, "fail_at": "2026-01-01T00:00:00Z"}"#).runs());
        let both = r#"{"success_at": "2026-01-02T00:00:00Z", "fail_at": "2026-01-01T00:00:00Z"}"#;
        assert!(!read(both).failed());
        assert!(read(r#"{"fail_error_class": "InvalidCredentials"}"#).failed());
    }
}
