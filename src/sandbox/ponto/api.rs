//! Accounts, transactions and banks of simulated Ponto.

use std::sync::atomic::Ordering;

use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::faults::Fault;
use super::super::world::{BankLine, World};
use super::book::{Account, Reauthorisation};
use super::shapes::Refusal;
use super::{App, Product, shapes, synchronise};

pub(super) type Pairs = Query<Vec<(String, String)>>;
pub(super) type Answered = Result<Response, Refusal>;

/// The paths.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(root))
        .route("/userinfo", get(userinfo))
        .route("/financial-institutions", get(banks))
        .route("/financial-institutions/{id}", get(bank))
        .route("/accounts", get(accounts))
        .route("/accounts/{id}", get(account).delete(revoke_account))
        .route("/accounts/{id}/transactions", get(transactions))
        .route("/accounts/{id}/transactions/{line}", get(transaction))
        .route("/accounts/{id}/pending-transactions", get(pending_transactions))
        .route("/accounts/{id}/reauthorization-requests", post(reauthorise))
        .merge(synchronise::routes())
}

impl App {
    pub(super) fn base(&self) -> String {
        format!("{}{}", self.ponto.shared.address, self.product.path())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ponto.shared.now()
    }

    /// The organisation whose token came.
    pub(super) fn organisation(&self, headers: &HeaderMap) -> Result<usize, Refusal> {
        let token = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        let book = self.ponto.book();
        token
            .and_then(|token| book.access.get(token))
            .filter(|access| access.product == self.product && access.ends > self.now())
            .and_then(|access| access.organisation)
            .ok_or_else(|| {
                let detail = "Your access token is invalid.";
                shapes::error(StatusCode::UNAUTHORIZED, "invalidAccessToken", detail, &[])
            })
    }

    /// Looks at a linked account with all that belongs to it.
    pub(super) fn with_account<T>(
        &self,
        headers: &HeaderMap,
        id: &str,
        look: impl FnOnce(&Account, &World) -> T,
    ) -> Result<T, Refusal> {
        let organisation = self.organisation(headers)?;
        let book = self.ponto.book();
        let accounts = book.organisations.get(organisation).map(|known| known.accounts.as_slice());
        let account = accounts.unwrap_or_default().iter().find(|known| known.id == id);
        let account = account.ok_or_else(|| shapes::not_found("account"))?;
        let world = self.ponto.shared.world();
        self.open(account, &world)?;
        Ok(look(account, &world))
    }

    /// Nothing can be read of a bank while Ponto itself is at work.
    fn open(&self, account: &Account, world: &World) -> Result<(), Refusal> {
        let until = world.bank_of(&account.iban).and_then(|bank| bank.maintenance);
        if self.ponto.internal.load(Ordering::Relaxed) && until.is_some_and(|until| until > self.now()) {
            let detail = "The financial institution is in maintenance.";
            return Err(shapes::error(StatusCode::SERVICE_UNAVAILABLE, "maintenance", detail, &[]));
        }
        Ok(())
    }

    /// One page of a list. A fault may be about paging.
    pub(super) fn page(
        &self,
        path: &str,
        query: &Pairs,
        fault: Option<Fault>,
        meta: Value,
        all: Vec<Value>,
    ) -> Answered {
        let wrong = |member: &str| {
            shapes::error(
                StatusCode::BAD_REQUEST,
                "invalidPage",
                "The page is invalid.",
                &[("pointer", member)],
            )
        };
        // Both spellings have been seen.
        let given = |name: &str| {
            let bracketed = format!("page[{name}]");
            query
                .0
                .iter()
                .find(|(known, _)| *known == bracketed || known == name)
                .map(|(_, value)| value.as_str())
        };
        let limit = given("limit").map_or(Ok(10), str::parse::<usize>).map_err(|_| wrong("/page/limit"))?;
        if !(1..=100).contains(&limit) {
            return Err(wrong("/page/limit"));
        }
        let held = limit.min(self.ponto.page_cap.load(Ordering::Relaxed));
        let id = |one: &Value| one["id"].as_str().unwrap_or_default().to_owned();
        let place = |wanted: &str| all.iter().position(|one| id(one) == wanted);
        let repeated = fault == Some(Fault::RepeatedPage);
        let start = match (given("after"), given("before")) {
            (Some(after), _) if !repeated => {
                place(after).map(|at| at + 1).ok_or_else(|| wrong("/page/after"))?
            }
            (None, Some(before)) => place(before).ok_or_else(|| wrong("/page/before"))?.saturating_sub(held),
            _ => 0,
        };
        let total = all.len();
        let shown: Vec<Value> = all.into_iter().skip(start).take(held).collect();
        let more = start + shown.len() < total;
        let last = shown.last().map(id).filter(|_| more || fault.is_some());
        let next = last.as_ref().map(|last| match (fault, self.product) {
            (Some(Fault::ForeignLink), _) => format!("http://elsewhere.invalid{path}?after={last}"),
            (_, Product::Mine) => format!("{}{path}?limit={limit}&after={last}", self.base()),
            (_, Product::Connect) => format!("{}{path}?page[limit]={limit}&page[after]={last}", self.base()),
        });
        let linked = !self.ponto.without_links.load(Ordering::Relaxed) || fault.is_some();
        let mut meta = meta;
        meta["paging"] =
            json!({"limit": limit, "before": shown.first().map(id).filter(|_| start > 0), "after": last});
        let mut links = json!({"first": format!("{}{path}", self.base())});
        if let Some(next) = next.filter(|_| linked) {
            links["next"] = json!(next);
        }
        Ok(Json(json!({"data": shown, "links": links, "meta": meta})).into_response())
    }
}

/// The fault of a request, where it is one of paging.
fn of_paging(fault: Option<Extension<Fault>>) -> Option<Fault> {
    fault
        .map(|Extension(fault)| fault)
        .filter(|fault| matches!(fault, Fault::RepeatedPage | Fault::ForeignLink))
}

async fn root(State(app): State<App>) -> Json<Value> {
    let base = app.base();
    Json(json!({"links": {
        "accounts": format!("{base}/accounts/{{accountId}}"),
        "financialInstitutions": format!("{base}/financial-institutions/{{financialInstitutionId}}"),
        "synchronizations": format!("{base}/synchronizations/{{synchronizationId}}"),
        "userinfo": format!("{base}/userinfo"),
    }}))
}

async fn userinfo(State(app): State<App>, headers: HeaderMap) -> Answered {
    let organisation = app.organisation(&headers)?;
    let book = app.ponto.book();
    let known = book.organisations.get(organisation).ok_or_else(|| shapes::not_found("organization"))?;
    Ok(Json(json!({"sub": known.id, "name": known.name, "paymentsActivated": false,
        "paymentsActivationRequested": false, "onboardingComplete": true}))
    .into_response())
}

/// All banks for everybody, the linked ones for an organisation.
async fn banks(
    State(app): State<App>,
    headers: HeaderMap,
    query: Pairs,
    fault: Option<Extension<Fault>>,
) -> Answered {
    let linked: Option<Vec<String>> = if headers.contains_key(http::header::AUTHORIZATION) {
        let organisation = app.organisation(&headers)?;
        let book = app.ponto.book();
        let known = book.organisations.get(organisation);
        Some(
            known.into_iter().flat_map(|known| &known.accounts).map(|account| account.bank.clone()).collect(),
        )
    } else {
        None
    };
    let country = query.0.iter().find(|(name, _)| name == "filter[country][eq]").map(|(_, value)| value);
    let internal = app.ponto.internal.load(Ordering::Relaxed);
    let shown = {
        let world = app.ponto.shared.world();
        let wanted = world.banks.iter().filter(|bank| {
            linked.as_ref().is_none_or(|linked| linked.contains(&bank.id))
                && country.is_none_or(|country| *country == bank.country)
        });
        wanted.map(|bank| shapes::bank(bank, internal, app.now())).collect()
    };
    app.page("/financial-institutions", &query, of_paging(fault), json!({}), shown)
}

async fn bank(State(app): State<App>, Path(id): Path<String>) -> Answered {
    let world = app.ponto.shared.world();
    let found = world.banks.iter().find(|bank| shapes::bank_id(&bank.id) == id);
    let found = found.ok_or_else(|| shapes::not_found("financialInstitution"))?;
    let internal = app.ponto.internal.load(Ordering::Relaxed);
    Ok(Json(json!({"data": shapes::bank(found, internal, app.now())})).into_response())
}

async fn accounts(
    State(app): State<App>,
    headers: HeaderMap,
    query: Pairs,
    fault: Option<Extension<Fault>>,
) -> Answered {
    let organisation = app.organisation(&headers)?;
    let shown = {
        let book = app.ponto.book();
        let world = app.ponto.shared.world();
        let known = book.organisations.get(organisation).map(|known| known.accounts.as_slice());
        let shape = |account: &Account| {
            Some(shapes::account(account, world.account(&account.iban)?, &world, app.now()))
        };
        known.unwrap_or_default().iter().filter_map(shape).collect()
    };
    app.page("/accounts", &query, of_paging(fault), json!({}), shown)
}

async fn account(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Answered {
    let now = app.now();
    let shown = app.with_account(&headers, &id, |account, world| {
        world.account(&account.iban).map(|known| shapes::account(account, known, world, now))
    })?;
    Ok(Json(json!({"data": shown})).into_response())
}

async fn revoke_account(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Answered {
    app.with_account(&headers, &id, |_, _| ())?;
    let organisation = app.organisation(&headers)?;
    if let Some(known) = app.ponto.book().organisations.get_mut(organisation) {
        known.accounts.retain(|account| account.id != id);
    }
    Ok(Json(json!({"data": {"type": "account", "id": id}})).into_response())
}

/// Newest first, as a bank's late bookings stand among older ones.
pub(super) fn newest_first<'w>(account: &Account, world: &'w World, pending: bool) -> Vec<&'w BankLine> {
    let lines = world.account(&account.iban).into_iter().flat_map(|known| &known.lines);
    let mut lines: Vec<_> =
        lines.filter(|line| line.pending == pending && line.number <= account.seen).collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.booked_on, line.number)));
    lines
}

pub(super) fn currency(account: &Account, world: &World) -> String {
    world.account(&account.iban).map(|known| known.currency.clone()).unwrap_or_default()
}

fn list(
    app: &App,
    headers: &HeaderMap,
    id: &str,
    query: &Pairs,
    fault: Option<Fault>,
    pending: bool,
) -> Answered {
    let now = app.now();
    let (all, latest, at) = app.with_account(headers, id, |account, world| {
        let lines = newest_first(account, world, pending);
        let currency = currency(account, world);
        let shown: Vec<Value> =
            lines.into_iter().map(|line| shapes::line(account, &currency, line)).collect();
        (shown, shapes::latest(account, world, now), account.synchronised_at.to_string())
    })?;
    let path = if pending { "pending-transactions" } else { "transactions" };
    let meta = json!({"synchronizedAt": at, "latestSynchronization": latest});
    app.page(&format!("/accounts/{id}/{path}"), query, fault, meta, all)
}

async fn transactions(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Pairs,
    fault: Option<Extension<Fault>>,
) -> Answered {
    list(&app, &headers, &id, &query, of_paging(fault), false)
}

async fn pending_transactions(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Pairs,
) -> Answered {
    list(&app, &headers, &id, &query, None, true)
}

async fn transaction(
    State(app): State<App>,
    headers: HeaderMap,
    Path((id, wanted)): Path<(String, String)>,
) -> Answered {
    let shown = app.with_account(&headers, &id, |account, world| {
        let lines = newest_first(account, world, false);
        let found = lines.into_iter().find(|line| shapes::line_id(account, line) == wanted)?;
        Some(shapes::line(account, &currency(account, world), found))
    })?;
    let shown = shown.ok_or_else(|| shapes::not_found("transaction"))?;
    Ok(Json(json!({"data": shown})).into_response())
}

async fn reauthorise(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Answered {
    app.with_account(&headers, &id, |_, _| ())?;
    if app.product == Product::Mine {
        return Err(shapes::not_found("reauthorizationRequest"));
    }
    let organisation = app.organisation(&headers)?;
    let redirect = body.pointer("/data/attributes/redirectUri").and_then(Value::as_str);
    let redirect = redirect.ok_or_else(|| shapes::required("redirectUri"))?.to_owned();
    let request = uuid::Uuid::now_v7().to_string();
    let made = Reauthorisation { organisation, account: id, redirect_uri: redirect };
    app.ponto.book().reauthorisations.insert(request.clone(), made);
    let page = format!("{}/reauthorize/{request}", app.base());
    let made = json!({"data": {"type": "reauthorizationRequest", "id": request, "links": {"redirect": page},
        "attributes": {"sandbox": true}}});
    Ok((StatusCode::CREATED, Json(made)).into_response())
}
