//! How things look in JSON: version 6, and version 5 where it differs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::number;
use super::books::{Account, Attempt, Books, Connection, Consent, Customer, Row, STAGES};

/// `2026-11-28T10:00:00Z`.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn customer(customer: &Customer, version: u8) -> Value {
    if version == 5 {
        return json!({ "id": customer.id, "identifier": customer.identifier, "secret": "customer-secret" });
    }
    json!({
        "customer_id": customer.id,
        "identifier": customer.identifier,
        "categorization_type": "personal",
        "blocked_at": null,
        "created_at": moment(customer.created),
        "updated_at": moment(customer.created),
    })
}

pub(super) fn connection(books: &Books, connection: &Connection, version: u8, minutes: i64) -> Value {
    let customer = books.customers.iter().find(|customer| customer.id == connection.customer);
    let mut shown = json!({
        "id": connection.id,
        "customer_id": connection.customer,
        "provider_code": connection.provider,
        "provider_name": connection.provider.replace('_', " "),
        "country_code": super::banks::COUNTRY,
        "status": connection.status(),
        "categorization": "personal",
        "created_at": moment(connection.created),
        "updated_at": moment(connection.updated),
        "next_refresh_possible_at": connection.next_refresh(minutes).map(moment),
        "last_consent_id": connection.consents.last().map(|consent| consent.id.clone()),
        "last_attempt": connection.last_attempt().map(|one| attempt(one, version)),
    });
    let further = if version == 5 {
        json!({
            "secret": "connection-secret",
            "provider_id": "1234",
            "daily_refresh": connection.automatic,
            "store_credentials": true,
            "show_consent_confirmation": true,
            "last_success_at": connection.last_success.map(moment),
        })
    } else {
        json!({
            "customer_identifier": customer.map(|customer| customer.identifier.clone()),
            "automatic_refresh": connection.automatic,
            "categorization_vendor": "saltedge",
        })
    };
    if let (Value::Object(shown), Value::Object(further)) = (&mut shown, further) {
        shown.extend(further);
    }
    shown
}

pub(super) fn attempt(attempt: &Attempt, version: u8) -> Value {
    let pace = attempt.pace * i32::try_from(attempt.stage).unwrap_or(0);
    let reached = moment(attempt.ended.unwrap_or(attempt.started + pace));
    let ended = attempt.ended.map(moment);
    json!({
        "id": attempt.id,
        "api_mode": "service",
        "api_version": version.to_string(),
        "automatic_fetch": attempt.automatic,
        "user_present": attempt.user_present,
        "created_at": moment(attempt.started),
        "updated_at": reached,
        "custom_fields": attempt.custom_fields,
        "fetch_scopes": ["accounts", "balance", "transactions"],
        "finished": attempt.ended.is_some(),
        "finished_recent": attempt.finished_recent(),
        "partial": false,
        "interactive": false,
        "locale": "en",
        "success_at": if attempt.succeeded() { ended.clone() } else { None },
        "fail_at": if attempt.succeeded() { None } else { ended },
        "fail_error_class": attempt.ended.and(attempt.fails.clone()),
        "fail_message": attempt.ended.and(attempt.fails.as_ref().map(|class| format!("{class} (sandbox)."))),
        "last_stage": {
            "id": format!("{}1", attempt.id),
            "name": STAGES.get(attempt.stage).unwrap_or(&"finish"),
            "interactive_html": null,
            "interactive_fields_names": null,
            "created_at": reached,
            "updated_at": reached,
        },
    })
}

pub(super) fn consent(consent: &Consent, connection: &Connection, version: u8) -> Value {
    let scopes =
        if version == 5 { ["account_details", "transactions_details"] } else { ["accounts", "transactions"] };
    json!({
        "id": consent.id,
        "connection_id": connection.id,
        "customer_id": connection.customer,
        "scopes": scopes,
        "period_days": consent.period_days,
        "expires_at": moment(consent.expires),
        "from_date": consent.from_date.to_string(),
        "to_date": null,
        "collected_by": "saltedge",
        "revoked_at": consent.revoked.map(|(at, _)| moment(at)),
        "revoke_reason": consent.revoked.map(|(_, why)| why),
        "created_at": moment(consent.created),
        "updated_at": moment(consent.created),
    })
}

pub(super) fn account(account: &Account, connection: &Connection) -> Value {
    let card = account.name.starts_with("Credit card");
    let posted = account.rows.iter().filter(|row| !row.line.pending).count();
    json!({
        "id": account.id,
        "connection_id": connection.id,
        "name": account.name,
        "nature": if card { "credit_card" } else { "account" },
        "balance": number(account.balance),
        "currency_code": account.currency,
        "extra": {
            "iban": account.iban,
            "swift": account.bic,
            "client_name": account.holder,
            "account_name": account.name,
            "status": "active",
            "transactions_count": { "posted": posted, "pending": account.rows.len() - posted },
        },
        "created_at": moment(account.created),
        "updated_at": moment(account.updated),
    })
}

pub(super) fn transaction(row: &Row, account: &Account) -> Value {
    let line = &row.line;
    let charges = line.counterparty.as_deref() == Some("Bank charges");
    let mut extra = json!({ "posted_by_aspsp": !line.pending });
    if !line.pending {
        extra["id"] = json!(format!("bank-{}", line.number));
    }
    if row.doubtful {
        extra["possible_duplicate"] = json!(true);
    }
    let (who, information) = if line.amount.is_sign_negative() {
        ("payee", "payee_information")
    } else {
        ("payer", "payer_information")
    };
    match (&line.counterparty_account, &line.counterparty) {
        (Some(account), name) => {
            extra[who] = json!(account);
            extra[information] = json!(name);
        }
        (None, Some(name)) => extra[who] = json!(name),
        (None, None) => {}
    }
    if let Some(end_to_end) = &line.end_to_end {
        extra["end_to_end_id"] = json!(end_to_end);
    }
    if line.value_on != line.booked_on {
        extra["posting_date"] = json!(line.booked_on.to_string());
    }
    if line.text.is_some() && line.structured.is_some() {
        extra["additional"] = json!(line.structured);
    }
    json!({
        "id": row.id,
        "account_id": account.id,
        "duplicated": row.duplicated,
        "mode": if charges { "fee" } else { "normal" },
        "status": if line.pending { "pending" } else { "posted" },
        "made_on": line.value_on.to_string(),
        "amount": number(line.amount),
        "currency_code": account.currency,
        "description": line.text.as_ref().or(line.structured.as_ref()).cloned().unwrap_or_default(),
        "category": "uncategorized",
        "extra": extra,
        "created_at": moment(row.created),
        "updated_at": moment(row.updated),
    })
}
