//! The provider over answers that were recorded, or put together from what working clients read. Most of them stand in
//! the corpora; without these, what reads them tests nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bank_bridge::errors::{Code, Result};
use bank_bridge::providers::saltedge::SaltEdge;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Accounts, Linked, Provider as _, Reading, Session};
use bank_bridge::sandbox::saltedge::{APP_ID, SECRET};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{Kept, TIMING, config_at, remote, wish};
use crate::support::corpora;

fn folder() -> Option<PathBuf> {
    Some(corpora::folder()?.join("providers/saltedge"))
}

fn recorded(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().unwrap().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A server that answers as told, with a provider that points to it.
struct Replay {
    server: MockServer,
    provider: SaltEdge,
    kept: Kept,
    state: State,
}

impl Replay {
    async fn new() -> Self {
        let server = MockServer::start().await;
        let provider = SaltEdge::new(&config_at(format!("{}/api/v6", server.uri())), TIMING).unwrap();
        let mut state = State::of("saltedge");
        let ids = [("customer", "222222222222222222"), ("connection", "111111111111111111")];
        state.ids = ids.map(|(name, id)| (name.to_owned(), id.to_owned())).into();
        Self { server, provider, kept: Kept::default(), state }
    }

    async fn get(&self, place: &str, body: Value) -> &Self {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        let place = format!("/api/v6{place}");
        Mock::given(method("GET"))
            .and(path(place))
            .and(header("App-id", APP_ID))
            .and(header("Secret", SECRET))
            .respond_with(answer)
            .mount(&self.server)
            .await;
        self
    }

    fn session(&self) -> Session<'_> {
        Session::new(self.state.clone(), None, &self.kept, Duration::from_secs(4))
    }

    async fn accounts(&self, connection: Value, consents: Value, accounts: Value) -> Result<Accounts> {
        self.get("/connections/111111111111111111", json!({ "data": connection })).await;
        self.get("/consents", consents).await;
        self.get("/accounts", accounts).await;
        self.provider.accounts(&mut self.session()).await
    }

    async fn transactions(&self) -> Result<Reading> {
        let account = remote("333333333333333333");
        let since = jiff::civil::date(2018, 1, 1);
        self.provider.transactions(&mut self.session(), &account, since).await
    }
}

#[tokio::test]
async fn accounts_of_both_versions_are_read() {
    if folder().is_none() {
        return;
    }
    let old = Replay::new().await;
    let connection = recorded("v5/connections_recorded_fakebank_interactive.json")["data"][0].clone();
    let read = old
        .accounts(
            connection,
            recorded("v5/consent_composed.json"),
            recorded("v5/accounts_recorded_fakebank.json"),
        )
        .await
        .unwrap();
    let account = &read.accounts[0];
    assert_eq!(
        (account.id.as_str(), account.account.iban.as_deref()),
        ("10017529", Some("DE11100110012612442222"))
    );
    assert_eq!(account.account.bic.as_deref(), Some("ABCDEFGH"));
    assert_eq!(account.balance.as_ref().unwrap().amount.to_string(), "2006.11");
    assert_eq!(account.fresh_as_of, "2019-11-14T08:22:15Z".parse().ok());
    assert_eq!(read.consent_until, "2020-12-05T11:35:46Z".parse().ok());
    assert_eq!(read.problem.unwrap().code(), Code::CONSENT_ENDED);
    assert_eq!(read.institution.unwrap().name, "Fake Bank with SMS");

    let new = Replay::new().await;
    let none = json!({ "data": [], "meta": { "next_id": null, "next_page": null } });
    let connection = recorded("v6/connection_composed.json")["data"].clone();
    let read = new.accounts(connection, none.clone(), recorded("v5/accounts_docs.json")).await.unwrap();
    assert_eq!(read.accounts[0].fresh_as_of, "2026-05-25T09:16:10Z".parse().ok());
    assert_eq!(read.accounts[0].account.holder.as_deref(), Some("Fake name"));
    assert!(read.problem.is_none());

    let bare = Replay::new().await;
    let connection = recorded("v5/connection_recorded_real_bank.json");
    let read = bare.accounts(connection, none.clone(), none).await.unwrap();
    assert!(read.accounts.is_empty() && read.problem.is_none(), "there is no attempt at all in this one");
}

#[tokio::test]
async fn transactions_of_both_versions_are_read() {
    if folder().is_none() {
        return;
    }
    let replay = Replay::new().await;
    replay.get("/transactions", recorded("v5/transactions_recorded_fakebank.json")).await;
    let reading = replay.transactions().await.unwrap();
    assert_eq!(reading.lines.len(), 1);
    let draft = &reading.lines[0].draft;
    assert_eq!(
        (draft.amount.to_string(), draft.booked_on.to_string()),
        ("10000".to_owned(), "2019-08-17".to_owned())
    );
    assert_eq!(draft.text.as_deref(), Some("Income for Simple account 1 MasterCard"));
    assert_eq!(reading.cursor.as_deref(), Some("111111111111111111/2018-01-01/1991514543"));

    // Integer ids, pending rows without a bank's id and with a later day.
    let replay = Replay::new().await;
    let rows = recorded("v5/transactions_real_shape_anonymised.json");
    replay.get("/transactions", json!({ "data": rows })).await;
    let reading = replay.transactions().await.unwrap();
    assert_eq!(reading.lines.len(), 16);
    assert_eq!(reading.lines[0].id, "1451623950000000001");
    assert_eq!(reading.lines[0].draft.bank_code.as_deref(), Some("D/D"));
    let sum: bank_bridge::domain::Decimal = reading.lines.iter().map(|line| line.draft.amount).sum();
    let expected: bank_bridge::domain::Decimal = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["status"] == "posted")
        .map(|row| row["amount"].to_string().parse::<bank_bridge::domain::Decimal>().unwrap())
        .sum();
    assert_eq!(sum, expected);
}

#[tokio::test]
async fn the_next_page_begins_with_the_id_that_is_named() {
    if folder().is_none() {
        return;
    }
    let replay = Replay::new().await;
    let answer = |page: Value| ResponseTemplate::new(200).set_body_json(page);
    let first = recorded("v5/transactions_docs.json");
    let place = || Mock::given(method("GET")).and(path("/api/v6/transactions"));
    place().and(query_param_is_missing("from_id")).respond_with(answer(first)).mount(&replay.server).await;
    let second = query_param("from_id", "444444444444444445");
    let last = recorded("v5/transactions_android.json");
    place().and(second).respond_with(answer(last)).mount(&replay.server).await;
    let reading = replay.transactions().await.unwrap();
    let ids: Vec<_> = reading.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["3", "444444444444444444"]);
    let draft = &reading.lines[1].draft;
    assert_eq!(draft.booked_on.to_string(), "2020-05-07", "the posting date counts");
    let original = draft.original.as_ref().unwrap();
    assert_eq!((original.amount.to_string(), original.currency.code()), ("-3974.6".to_owned(), "CZK"));
}

#[tokio::test]
async fn a_customer_is_made_or_found_and_a_page_is_opened() {
    if folder().is_none() {
        return;
    }
    for made in [true, false] {
        let mut replay = Replay::new().await;
        replay.state.ids = BTreeMap::new();
        let customer = if made {
            ResponseTemplate::new(200).set_body_json(recorded("v6/customer_created.json"))
        } else {
            let taken = recorded("errors/409_DuplicatedCustomer_composed.json");
            ResponseTemplate::new(409).set_body_json(taken)
        };
        let named = body_partial_json(json!({ "data": { "identifier": "default_ff3_customer" } }));
        let at = path("/api/v6/customers");
        Mock::given(method("POST")).and(at).and(named).respond_with(customer).mount(&replay.server).await;
        replay.get("/customers", recorded("v6/customers_list_composed.json")).await;
        let wanted = body_partial_json(json!({ "data": {
            "customer_id": "1688015087215843960",
            "consent": { "scopes": ["accounts", "transactions"] },
            "attempt": { "fetch_scopes": ["accounts", "balance", "transactions"], "locale": "nl" },
            "provider": { "include_sandboxes": true },
            "return_connection_id": true,
        } }));
        let page = ResponseTemplate::new(200).set_body_json(recorded("v6/connect_created.json"));
        let at = path("/api/v6/connections/connect");
        Mock::given(method("POST")).and(at).and(wanted).respond_with(page).mount(&replay.server).await;
        let mut session = replay.session();
        let mut wish = wish(None);
        wish.customer = "default_ff3_customer".to_owned();
        let linked = replay.provider.connect(&mut session, &wish).await.unwrap();
        let Linked::Open { url, expires } = linked else { panic!("nothing to be opened") };
        assert_eq!(url, "https://www.saltedge.com/connect?token=GENERATED_TOKEN");
        assert_eq!(expires, "2026-05-25T10:11:20Z".parse().ok());
        assert_eq!(session.state.ids["customer"], "1688015087215843960");
        let kept = replay.kept.0.lock().unwrap();
        assert!(kept.last().unwrap().pending.is_some(), "the way back must survive");
    }
}

/// Where the connection carries no token of ours, the one that was made since linking began is taken, and no older one.
#[tokio::test]
async fn a_connection_without_our_token_is_told_by_its_age() {
    let mut replay = Replay::new().await;
    let connection = |id: &str, created: &str| {
        json!({ "id": id, "customer_id": "222222222222222222", "status": "active", "created_at": created,
            "provider_code": "bank", "last_attempt": { "id": "1", "finished": true, "success_at": created } })
    };
    let (old, new) = ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z");
    let mut others = connection("12", new);
    others["last_attempt"]["custom_fields"] = json!({ "bank_bridge": "another" });
    let list = json!({ "data": [connection("10", old), connection("11", new), others] });
    replay.get("/connections", list).await;
    replay.get("/connections/11", json!({ "data": connection("11", new) })).await;
    replay.state.ids.remove("connection");
    replay.state.ids.insert("asked".to_owned(), "2026-02-01T00:00:00Z".to_owned());
    replay.state.pending = Some(bank_bridge::providers::state::Pending {
        state: "ours".to_owned().into(),
        verifier: String::new().into(),
        return_to: String::new(),
    });
    let mut session = replay.session();
    assert_eq!(replay.provider.returned(&mut session, &[]).await.unwrap(), Linked::Ready);
    assert_eq!(session.state.ids["connection"], "11");
    let mut session = replay.session();
    session.state.ids.insert("asked".to_owned(), "2026-04-01T00:00:00Z".to_owned());
    let none = replay.provider.returned(&mut session, &[]).await.unwrap_err();
    assert_eq!(none.code(), Code::CONSENT_UNFINISHED);
}

/// A place to start from that Salt Edge does not know any more is left for the beginning.
#[tokio::test]
async fn a_place_that_is_gone_is_left_for_the_beginning() {
    let mut replay = Replay::new().await;
    let at = || Mock::given(method("GET")).and(path("/api/v6/transactions"));
    let gone =
        json!({ "error": { "class": "TransactionNotFound", "message": "Transaction was not found." } });
    let gone = ResponseTemplate::new(404).set_body_json(gone);
    at().and(query_param("from_id", "77")).respond_with(gone).expect(1).mount(&replay.server).await;
    let all = json!({ "data": [{ "id": "5", "status": "posted", "made_on": "2026-01-01", "amount": 1,
        "currency_code": "EUR" }] });
    let all = ResponseTemplate::new(200).set_body_json(all);
    at().and(query_param_is_missing("from_id")).respond_with(all).expect(1).mount(&replay.server).await;
    let place = "111111111111111111/2018-01-01/77".to_owned();
    replay.state.cursors.insert("333333333333333333".to_owned(), place);
    let reading = replay.transactions().await.unwrap();
    assert_eq!(reading.lines.len(), 1);
}

#[tokio::test]
async fn every_recorded_error_has_its_code() {
    let Some(folder) = folder() else { return };
    let expected = [
        ("400_AppsRestricted_v4.json", Code::PROVIDER_APPLICATION_REFUSED),
        ("400_AppsRestricted_v5.json", Code::PROVIDER_APPLICATION_REFUSED),
        ("400_ExpiresAtInvalid_composed.json", Code::PROVIDER_CLOCK),
        ("400_SignatureNotMatch_v4.json", Code::PROVIDER_SIGNATURE_REFUSED),
        ("400_WrongRequestFormat_composed.json", Code::PROVIDER_REQUEST_REFUSED),
        ("401_WrongSecret_composed.json", Code::PROVIDER_APPLICATION_REFUSED),
        ("403_waf.html", Code::PROVIDER_ANSWER_UNREADABLE),
        ("404_ApiKeyNotFound_composed.json", Code::PROVIDER_APPLICATION_REFUSED),
        ("404_ConnectionNotFound_v5.json", Code::CONNECTION_GONE),
        ("404_CustomerNotFound_v5.json", Code::PROVIDER_APPLICATION_REFUSED),
        ("406_BackgroundFetchLimitExceeded_composed.json", Code::BACKGROUND_LIMIT),
        ("406_ConnectionCannotBeRefreshed.json", Code::REFRESH_TOO_EARLY),
        ("406_ConsentExpired_composed.json", Code::CONSENT_ENDED),
        ("406_ProviderDisabled_composed.json", Code::BANK_DISABLED),
        ("409_DuplicatedCustomer_composed.json", Code::PROVIDER_REQUEST_REFUSED),
        ("429_RateLimitExceeded_composed.json", Code::PROVIDER_LIMIT),
        ("429_TooManyRequests_composed.json", Code::PROVIDER_LIMIT),
        ("500_InternalServerError_composed.json", Code::PROVIDER_FAILED),
    ];
    let there = std::fs::read_dir(folder.join("errors")).unwrap().count();
    assert_eq!(there, expected.len(), "a recorded error is not tested");
    for (name, code) in expected {
        let replay = Replay::new().await;
        let body = std::fs::read_to_string(folder.join("errors").join(name)).unwrap();
        let status: u16 = name[..3].parse().unwrap();
        let answer = ResponseTemplate::new(status).set_body_string(&body);
        Mock::given(method("GET")).respond_with(answer).mount(&replay.server).await;
        let error = replay.transactions().await.unwrap_err();
        assert_eq!(error.code(), code, "{name}");
        assert!(!error.sentence().contains('{'), "{name}: {}", error.sentence());
        let said = error.said().unwrap();
        let class = name.trim_end_matches(".json").split('_').nth(1).unwrap();
        assert_eq!(said.class.as_deref(), body.contains("lass").then_some(class), "{name}");
        assert_eq!(said.request.is_some(), body.contains("request_id"), "{name}");
    }
}

/// The table of classes says what is to be done; the code of each class agrees.
#[test]
fn every_class_has_a_code_that_agrees_with_the_table() {
    use bank_bridge::errors::{Family, FixedBy};
    let Some(_) = folder() else { return };
    let table = recorded("error_table.json");
    let rows = table.as_array().unwrap();
    assert_eq!(rows.len(), 91);
    let mut names = 0;
    for row in rows {
        let aliases = row["aliases"].as_array().unwrap();
        for class in [&row["class"]].into_iter().chain(aliases).map(|name| name.as_str().unwrap()) {
            names += 1;
            let code = bank_bridge::providers::saltedge::code_of(class);
            let entry = code.unwrap_or_else(|| panic!("{class} has no code")).entry();
            let people = matches!(
                entry.fixed_by,
                FixedBy::BridgeAdministrator | FixedBy::OdooAdministrator | FixedBy::Accountant
            );
            let agrees = match row["action"].as_str().unwrap() {
                "renew" => entry.fixed_by == FixedBy::Accountant && !entry.retry,
                "config" => people && !entry.retry,
                "retry" => entry.retry && matches!(entry.fixed_by, FixedBy::Nobody | FixedBy::Bank),
                "outage" => entry.retry && entry.fixed_by == FixedBy::Bank,
                "bug" => entry.fixed_by == FixedBy::Developers && !entry.retry,
                other => panic!("the action {other} is not known"),
            };
            assert!(
                agrees,
                "{class} is {} ({:?}), the table says {}",
                entry.code, entry.fixed_by, row["action"]
            );
            assert_eq!(code.unwrap().family(), Family::Provider);
        }
    }
    assert_eq!(names, 95);
}
