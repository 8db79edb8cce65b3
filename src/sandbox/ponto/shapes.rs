//! Resources of simulated Ponto as they are sent, with all that differs between its versions: members that are null and
//! members that are missing, three spellings of a moment.

use std::fmt::Write as _;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::number;
use super::super::world::{Bank, BankAccount, BankLine, World};
use super::book::{Account, Synchronisation};

/// A stable id: the same parts have the same.
pub(super) fn uuid(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(byte, of)| *byte = of);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// In hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The day at the banks.
pub(super) fn today(now: Timestamp) -> Date {
    now.in_tz("Europe/Brussels").map_or_else(|_| Date::default(), |here| here.date())
}

/// Id of a bank.
pub(super) fn bank_id(bank: &str) -> String {
    uuid(&["bank", bank])
}

/// Id of a transaction of a linked account.
pub(super) fn line_id(account: &Account, line: &BankLine) -> String {
    uuid(&["transaction", &account.id, &account.epoch.to_string(), &line.number.to_string()])
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A day in one of the spellings that occur: midnight with and without a fraction, or late in the evening UTC, which in
/// Belgium is after midnight of the day that is meant.
fn day(date: Date, spelling: u64) -> String {
    match spelling % 3 {
        0 => format!("{date}T00:00:00.000Z"),
        1 => format!("{date}T00:00:00Z"),
        _ => format!("{}T23:10:05.319029Z", date.checked_sub(1.day()).unwrap_or(date)),
    }
}

/// Members, where those that have no value are null or missing.
fn attributes(members: Value, with_nulls: bool) -> Value {
    let Value::Object(mut members) = members else { return members };
    if !with_nulls {
        members.retain(|_, value| !value.is_null());
    }
    Value::Object(members)
}

/// An account.
pub(super) fn account(account: &Account, of_bank: &BankAccount, world: &World, now: Timestamp) -> Value {
    let booked = of_bank.booked().filter(|line| line.number <= account.seen);
    let balance = of_bank.opening + booked.map(|line| line.amount).sum::<Decimal>();
    let day = today(account.synchronised_at);
    let attributes = attributes(
        json!({
            "subtype": "checking", "referenceType": "IBAN", "reference": account.iban, "product": of_bank.name,
            "internalReference": null, "holderName": of_bank.holder, "description": of_bank.name,
            "deprecated": account.deprecated, "currency": of_bank.currency, "currentBalance": number(balance),
            "currentBalanceReferenceDate": format!("{day}T00:00:00.000Z"),
            "availableBalance": number(balance), "authorizedAt": moment(account.authorised_at),
            "authorizationExpirationExpectedAt": moment(account.expires_at),
        }),
        account.epoch.is_multiple_of(2),
    );
    json!({
        "type": "account", "id": account.id, "attributes": attributes,
        "meta": {
            "availability": account.availability, "synchronizedAt": moment(account.synchronised_at),
            "latestSynchronization": latest(account, world, now),
        },
        "relationships": {
            "financialInstitution": {"data": {"type": "financialInstitution", "id": bank_id(&account.bank)}}
        },
    })
}

/// The last synchronisation of an account.
pub(super) fn latest(account: &Account, world: &World, now: Timestamp) -> Value {
    let error = if account.deprecated { None } else { account.error(world, now) };
    json!({
        "type": "synchronization", "id": uuid(&["latest", &account.id]),
        "attributes": {
            "resourceType": "account", "resourceId": account.id, "subtype": "accountTransactions",
            "status": if error.is_some() { "error" } else { "success" },
            "errors": error.map(failed).into_iter().collect::<Vec<_>>(), "customerOnline": false,
            "createdAt": moment(account.synchronised_at), "updatedAt": moment(account.synchronised_at),
        },
    })
}

/// An error of a synchronisation, with what the bank said to Ponto.
fn failed(class: &str) -> Value {
    let answer = json!({"statusCode": 500, "body": "<html>sandbox</html>", "requestId": "sandbox",
        "timestamp": "2026-01-01T00:00:00.000Z", "requestUri": "http://bank.invalid"});
    json!({"code": class, "detail": "The sandbox was told to fail.", "meta": {"financialInstitutionResponse": answer}})
}

/// A synchronisation.
pub(super) fn synchronisation(one: &Synchronisation, base: &str, now: Timestamp) -> Value {
    let half = one.created_at + one.ends.duration_since(one.created_at) / 2;
    let status = match (one.done, &one.error) {
        (true, Some(_)) => "error",
        (true, None) => "success",
        (false, _) if now < half => "pending",
        (false, _) => "running",
    };
    let related = format!("{base}/synchronizations/{}/updated-transactions", one.id);
    json!({
        "type": "synchronization", "id": one.id,
        "attributes": {
            "resourceType": "account", "resourceId": one.account, "subtype": one.asked.subtype, "status": status,
            "errors": one.error.as_deref().map(failed).into_iter().collect::<Vec<_>>(), "customerOnline": true,
            "createdAt": moment(one.created_at), "updatedAt": moment(now),
        },
        "relationships": {"updatedTransactions": {"links": {"related": related}, "meta": {"type": "transaction"}}},
    })
}

/// A transaction, or a pending one.
pub(super) fn line(account: &Account, currency: &str, line: &BankLine) -> Value {
    let remittance = line.structured.as_ref().or(line.text.as_ref());
    let kind = if line.structured.is_some() { "structured" } else { "unstructured" };
    // Without the number: two equal payments of a day have the same.
    let digest = Sha256::digest(format!("{}{}{}{remittance:?}", account.iban, line.booked_on, line.amount));
    let description = if line.amount.is_sign_negative() { "Outgoing transfer" } else { "Incoming transfer" };
    let code = if line.amount.is_sign_negative() { "PMNT-ICDT-ESCT" } else { "PMNT-RCDT-ESCT" };
    let attributes = attributes(
        json!({
            "amount": number(line.amount), "currency": currency, "executionDate": day(line.booked_on, line.number),
            "valueDate": day(line.value_on, line.number + 1), "description": description,
            "remittanceInformation": remittance, "remittanceInformationType": kind,
            "counterpartName": line.counterparty, "counterpartReference": line.counterparty_account,
            "additionalInformation": null, "bankTransactionCode": code, "proprietaryBankTransactionCode": null,
            "endToEndId": line.end_to_end, "mandateId": null, "creditorId": null, "purposeCode": null, "fee": null,
            "cardReference": null, "cardReferenceType": null,
            "internalReference": format!("{:012}", line.number), "digest": hex(&digest),
            "createdAt": moment(line.changed), "updatedAt": moment(line.changed),
        }),
        line.number.is_multiple_of(2),
    );
    json!({
        "type": if line.pending { "pendingTransaction" } else { "transaction" },
        "id": line_id(account, line), "attributes": attributes,
        "relationships": {"account": {"data": {"type": "account", "id": account.id}}},
    })
}

/// A bank.
pub(super) fn bank(bank: &Bank, internal: bool, now: Timestamp) -> Value {
    let until = bank.maintenance.filter(|until| *until > now);
    let kind = if internal { "internal" } else { "financialInstitution" };
    json!({
        "type": "financialInstitution", "id": bank_id(&bank.id),
        "attributes": {
            "name": bank.name, "country": bank.country, "bic": bank.bic, "status": "stable", "deprecated": false,
            "logoUrl": null, "primaryColor": "#7d39ff", "secondaryColor": null, "timeZone": "Europe/Brussels",
            "expectedAuthorizationLifetime": bank.consent_days, "pendingTransactionsAvailable": true,
            "maintenanceFrom": until.map(|_| moment(now - 1.hour())), "maintenanceTo": until.map(moment),
            "maintenanceType": until.map(|_| kind),
        },
    })
}

/// An answer that is no success.
pub(super) struct Refusal(Box<Response>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// A refusal as the API words it.
pub(super) fn error(status: StatusCode, class: &str, detail: &str, more: &[(&str, &str)]) -> Refusal {
    let request = uuid::Uuid::now_v7().simple().to_string();
    let mut meta = Map::from_iter([("requestId".to_owned(), json!(request))]);
    let mut failure =
        Map::from_iter([("code".to_owned(), json!(class)), ("detail".to_owned(), json!(detail))]);
    for (name, value) in more {
        if *name == "pointer" {
            failure.insert("source".to_owned(), json!({"pointer": value}));
        } else {
            meta.insert((*name).to_owned(), json!(value));
        }
    }
    failure.insert("meta".to_owned(), Value::Object(meta));
    let mut response = (status, Json(json!({"errors": [failure]}))).into_response();
    if let Ok(value) = HeaderValue::from_str(&request) {
        response.headers_mut().insert("ibanity-request-id", value);
    }
    response.into()
}

/// Nothing has that id.
pub(super) fn not_found(resource: &str) -> Refusal {
    let detail = "The requested resource was not found.";
    error(StatusCode::NOT_FOUND, "resourceNotFound", detail, &[("resource", resource)])
}

/// A member is missing.
pub(super) fn required(member: &str) -> Refusal {
    let pointer = format!("/data/attributes/{member}");
    error(StatusCode::BAD_REQUEST, "missingAttribute", "A member is missing.", &[("pointer", &pointer)])
}
