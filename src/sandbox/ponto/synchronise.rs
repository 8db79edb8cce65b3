//! Synchronisations of simulated Ponto: asking a bank while its customer is there.

use std::sync::atomic::Ordering;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::api::{Answered, Pairs, currency, newest_first};
use super::book::Synchronisation;
use super::{App, Asked, shapes};

/// The paths.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/synchronizations", post(synchronise))
        .route("/synchronizations/{id}", get(synchronisation))
        .route("/synchronizations/{id}/updated-transactions", get(updated))
}

async fn synchronise(State(app): State<App>, headers: HeaderMap, Json(body): Json<Value>) -> Answered {
    let organisation = app.organisation(&headers)?;
    let given = |name: &str| body.pointer(&format!("/data/attributes/{name}")).and_then(Value::as_str);
    let id = given("resourceId").ok_or_else(|| shapes::required("resourceId"))?.to_owned();
    let subtype = given("subtype").ok_or_else(|| shapes::required("subtype"))?.to_owned();
    let user = given("customerIpAddress").and_then(|address| address.parse().ok());
    let user = user.ok_or_else(|| shapes::required("customerIpAddress"))?;
    let known = ["accountDetails", "accountTransactions", "accountTransactionsWithUnsettled"];
    if given("resourceType") != Some("account") || !known.contains(&subtype.as_str()) {
        return Err(shapes::required("resourceType"));
    }
    let now = app.now();
    let mut book = app.ponto.book();
    let account = book.organisations.get(organisation);
    let account = account.and_then(|known| known.accounts.iter().find(|account| account.id == id));
    let Some(iban) = account.filter(|account| !account.deprecated).map(|account| account.iban.clone()) else {
        let detail = "The synchronization resource is invalid.";
        return Err(shapes::error(StatusCode::BAD_REQUEST, "invalidSynchronizationResource", detail, &[]));
    };
    if book.asked_recently(&id, &subtype, now) {
        let detail = "This type of synchronization was already created recently for the account. Try again later or \
                      on the Dashboard.";
        return Err(shapes::error(StatusCode::BAD_REQUEST, "accountRecentlySynchronized", detail, &[]));
    }
    let takes = SignedDuration::from_millis(app.ponto.takes.load(Ordering::Relaxed));
    let made = Synchronisation {
        id: uuid::Uuid::now_v7().to_string(),
        organisation,
        account: id,
        asked: Asked { iban, subtype, user },
        created_at: now,
        ends: now + takes,
        done: false,
        error: None,
        lines: Vec::new(),
    };
    let shown = shapes::synchronisation(&made, &app.base(), now);
    book.synchronisations.push(made);
    drop(book);
    app.ponto.follow(organisation, takes);
    Ok((StatusCode::CREATED, Json(json!({"data": shown}))).into_response())
}

async fn synchronisation(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Answered {
    let organisation = app.organisation(&headers)?;
    let book = app.ponto.book();
    let mut known = book.synchronisations.iter().filter(|one| one.organisation == organisation);
    let found = known.find(|one| one.id == id).ok_or_else(|| shapes::not_found("synchronization"))?;
    Ok(Json(json!({"data": shapes::synchronisation(found, &app.base(), app.now())})).into_response())
}

/// What a synchronisation brought.
async fn updated(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Pairs,
) -> Answered {
    let organisation = app.organisation(&headers)?;
    let found = {
        let book = app.ponto.book();
        let mut known = book.synchronisations.iter().filter(|one| one.organisation == organisation);
        known.find(|one| one.id == id).map(|one| (one.account.clone(), one.lines.clone()))
    };
    let (account, lines) = found.ok_or_else(|| shapes::not_found("synchronization"))?;
    let shown = app.with_account(&headers, &account, |account, world| {
        let new = newest_first(account, world, false).into_iter().filter(|line| lines.contains(&line.number));
        let currency = currency(account, world);
        new.map(|line| shapes::line(account, &currency, line)).collect()
    })?;
    app.page(&format!("/synchronizations/{id}/updated-transactions"), &query, None, json!({}), shown)
}
