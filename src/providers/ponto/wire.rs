//! What Ponto sends and takes, as it stands on the wire: JSON:API resources, OAuth answers, webhooks.
//!
//! | document | members that are read |
//! |---|---|
//! | list | `data[]`, `links.next`, `meta.paging.after`, `meta.latestSynchronization` |
//! | account | `attributes`, `meta`, `relationships.financialInstitution` |
//! | transaction | `attributes` |
//! | synchronization | `attributes.status`, `.errors` |
//! | financial institution | `attributes` |
//! | errors | `errors[]`: `code`, `source.pointer`, `meta` |
//!
//! A member that is null and one that is missing are the same; members that are not named here are passed over.

use serde::{Deserialize, Serialize};

use super::super::state::Secret;
use super::super::wire::{Exact, Moment};

/// A page of resources.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) links: Option<Links>,
    #[serde(default)]
    pub(super) meta: Option<PageMeta>,
}

/// One resource.
#[derive(Debug, Deserialize)]
pub(super) struct One<T> {
    pub(super) data: T,
}

#[derive(Debug, Deserialize)]
pub(super) struct Links {
    #[serde(default)]
    pub(super) next: Option<String>,
    #[serde(default)]
    pub(super) redirect: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageMeta {
    #[serde(default)]
    pub(super) paging: Option<Paging>,
    #[serde(default)]
    pub(super) latest_synchronization: Option<Synchronization>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) after: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) attributes: AccountAttributes,
    #[serde(default)]
    pub(super) meta: Option<AccountMeta>,
    #[serde(default)]
    pub(super) relationships: Option<Relationships>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AccountAttributes {
    pub(super) reference: Option<String>,
    pub(super) reference_type: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) description: Option<String>,
    pub(super) product: Option<String>,
    pub(super) holder_name: Option<String>,
    pub(super) current_balance: Option<Exact>,
    pub(super) current_balance_reference_date: Option<Moment>,
    pub(super) authorization_expiration_expected_at: Option<Moment>,
    pub(super) deprecated: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AccountMeta {
    pub(super) availability: Option<String>,
    pub(super) synchronized_at: Option<Moment>,
    pub(super) latest_synchronization: Option<Synchronization>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Relationships {
    pub(super) financial_institution: Option<Related>,
    pub(super) organization: Option<Related>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Related {
    #[serde(default)]
    pub(super) data: Option<Reference>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

impl Account {
    /// The bank.
    pub(super) fn institution(&self) -> Option<&str> {
        let related = self.relationships.as_ref()?.financial_institution.as_ref()?;
        related.data.as_ref().map(|reference| reference.id.as_str())
    }

    /// Whether it is on a connection that the bank has retired.
    pub(super) fn deprecated(&self) -> bool {
        self.attributes.deprecated == Some(true)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) attributes: TransactionAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TransactionAttributes {
    pub(super) amount: Option<Exact>,
    pub(super) currency: Option<String>,
    pub(super) execution_date: Option<Moment>,
    pub(super) value_date: Option<Moment>,
    pub(super) description: Option<String>,
    pub(super) remittance_information: Option<String>,
    pub(super) remittance_information_type: Option<String>,
    pub(super) counterpart_name: Option<String>,
    pub(super) counterpart_reference: Option<String>,
    pub(super) additional_information: Option<String>,
    pub(super) bank_transaction_code: Option<String>,
    pub(super) proprietary_bank_transaction_code: Option<String>,
    pub(super) end_to_end_id: Option<String>,
    pub(super) mandate_id: Option<String>,
    pub(super) creditor_id: Option<String>,
    pub(super) purpose_code: Option<String>,
    pub(super) fee: Option<Exact>,
    pub(super) card_reference: Option<String>,
    pub(super) internal_reference: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Institution {
    pub(super) id: String,
    pub(super) attributes: InstitutionAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InstitutionAttributes {
    pub(super) name: Option<String>,
    pub(super) country: Option<String>,
    pub(super) bic: Option<String>,
    pub(super) logo_url: Option<String>,
    pub(super) deprecated: Option<bool>,
    pub(super) maintenance_from: Option<Moment>,
    pub(super) maintenance_to: Option<Moment>,
    pub(super) maintenance_type: Option<String>,
    pub(super) time_zone: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Synchronization {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) attributes: SynchronizationAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SynchronizationAttributes {
    pub(super) status: Option<String>,
    pub(super) errors: Option<Vec<Failure>>,
}

impl Synchronization {
    /// What went wrong at the bank.
    pub(super) fn failures(&self) -> &[Failure] {
        self.attributes.errors.as_deref().unwrap_or_default()
    }
}

/// An answer that is no success.
#[derive(Debug, Deserialize)]
pub(super) struct Failures {
    pub(super) errors: Vec<Failure>,
}

/// One failure of the API or of a synchronisation. The provider's sentence is not read: it may quote what was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) code: Option<String>,
    pub(super) source: Option<Source>,
    pub(super) meta: Option<FailureMeta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) pointer: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FailureMeta {
    pub(super) request_id: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) attribute: Option<String>,
    pub(super) financial_institution_response: Option<BankAnswer>,
}

/// What a bank answered to Ponto. Its body may be JSON or the text of a page; it is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BankAnswer {
    pub(super) status_code: Option<u16>,
}

/// A failure of OAuth (RFC 6749, 5.2).
#[derive(Debug, Deserialize)]
pub(super) struct OauthFailure {
    pub(super) error: String,
}

/// A token (RFC 6749, 5.1).
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    #[serde(rename = "access_token")]
    pub(super) access: Secret,
    pub(super) expires_in: u32,
    #[serde(default, rename = "refresh_token")]
    pub(super) refresh: Option<Secret>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UserInfo {
    pub(super) sub: String,
}

/// Body of a webhook.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) relationships: Option<Relationships>,
}

/// What is sent to make a resource.
#[derive(Debug, Serialize)]
pub(super) struct Sent<A> {
    data: SentData<A>,
}

#[derive(Debug, Serialize)]
struct SentData<A> {
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: A,
}

impl<A: Serialize> Sent<A> {
    /// The body of a request.
    pub(super) fn body(kind: &'static str, attributes: A) -> bytes::Bytes {
        let sent = Self { data: SentData { kind, attributes } };
        serde_json::to_vec(&sent).unwrap_or_default().into()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AskBank<'a> {
    pub(super) resource_type: &'static str,
    pub(super) resource_id: &'a str,
    pub(super) subtype: &'static str,
    pub(super) customer_ip_address: std::net::IpAddr,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reauthorize {
    pub(super) redirect_uri: String,
}

/// The data of a reauthorisation request; its link is the page for the user.
#[derive(Debug, Deserialize)]
pub(super) struct Reauthorization {
    pub(super) links: Links,
}
