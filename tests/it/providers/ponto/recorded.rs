//! What the provider makes of recorded answers, which lie outside the project.

use std::path::PathBuf;

use bank_bridge::errors::Code;
use bank_bridge::providers::config::{PontoConfig, PontoConnectConfig};
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Provider, RemoteAccount, Session};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::bench::*;
use crate::support::corpora;

fn folder() -> Option<PathBuf> {
    corpora::folder().map(|folder| folder.join("providers/ponto"))
}

/// A recorded file, its links turned to the server that plays it.
fn recorded(name: &str, server: &MockServer) -> String {
    let text = std::fs::read_to_string(folder().unwrap().join(name)).unwrap();
    let uri = server.uri();
    text.replace("https://api.ibanity.com/ponto-connect", &uri).replace("https://api.myponto.com", &uri)
}

fn json(body: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/vnd.api+json")
}

async fn answers(server: &MockServer, at: &str, body: String) {
    Mock::given(method("GET")).and(path(at)).respond_with(json(body)).mount(server).await;
}

const EMPTY: &str = r#"{"data":[],"links":{},"meta":{"paging":{"limit":100}}}"#;

/// A server that gives tokens and has no banks of its own.
async fn server(token: &str) -> MockServer {
    let server = MockServer::start().await;
    let token = recorded(token, &server);
    Mock::given(method("POST")).and(path("/oauth2/token")).respond_with(json(token)).mount(&server).await;
    server
}

fn my_ponto(server: &MockServer) -> Ponto {
    let config = PontoConfig { base_url: server.uri(), sandbox: true };
    Ponto::my_ponto(&config, timing()).unwrap()
}

fn ponto_connect(server: &MockServer) -> Ponto {
    let config = PontoConnectConfig::simulated(&server.uri(), "id", "secret", "application");
    Ponto::ponto_connect(&config, timing()).unwrap()
}

/// A link of Ponto Connect.
fn with_refresh_token() -> State {
    let mut state = State::of("ponto_connect");
    state.refresh_token = Some("old".to_owned().into());
    state
}

fn at(id: &str) -> RemoteAccount {
    crate::support::providers::bare(id)
}

async fn read(provider: &Ponto, session: &mut Session<'_>, id: &str, since: &str) -> Vec<String> {
    let reading = provider.transactions(session, &at(id), since.parse().unwrap()).await.unwrap();
    let shown = reading.lines.iter().map(|line| {
        let draft = &line.draft;
        let text = draft.text.as_deref().unwrap_or_default();
        format!("{} {} {} {text}", draft.booked_on, draft.amount, draft.currency)
    });
    shown.collect()
}

#[tokio::test]
async fn accounts_of_ponto_connect() {
    let Some(_) = folder() else { return };
    let server = server("connect/token_authorization_code.json").await;
    answers(&server, "/accounts", recorded("connect/accounts.json", &server)).await;
    answers(
        &server,
        "/financial-institutions",
        recorded("connect/organization_financial_institutions.json", &server),
    )
    .await;
    let provider = ponto_connect(&server);
    let memory = Memory::default();
    let mut session = session(&memory, with_refresh_token());
    let accounts = provider.accounts(&mut session).await.unwrap();
    assert_eq!(accounts.institution.unwrap().name, "Fake Bank");
    assert_eq!(accounts.consent_until.unwrap().to_string(), "2020-10-13T12:01:44.166Z");
    let account = &accounts.accounts[0];
    assert_eq!(account.id, "8804e34f-12b0-4b70-86bf-265f013ca232");
    assert_eq!(account.account.iban.as_deref(), Some("BE53586671384412"));
    assert_eq!(account.account.holder.as_deref(), Some("Malvina Dibbert"));
    let balance = account.balance.as_ref().unwrap();
    assert_eq!(
        (balance.amount.to_string().as_str(), balance.date.unwrap().to_string().as_str()),
        ("6386.04", "2020-06-20")
    );
    assert_eq!(account.fresh_as_of.unwrap().to_string(), "2019-09-02T11:28:36.551Z");
    assert!(account.problem.is_none() && account.readable);
    assert!(memory.refresh_token().unwrap().starts_with("6_-XgJvL"), "the new token was kept");
}

#[tokio::test]
async fn transactions_of_ponto_connect() {
    let Some(_) = folder() else { return };
    let server = server("connect/token_authorization_code.json").await;
    let list = "/accounts/8804e34f-12b0-4b70-86bf-265f013ca232/transactions";
    // The link of the recording has the older spelling.
    Mock::given(method("GET"))
        .and(path(list))
        .and(query_param("after", "dbf7c5d4-0d55-449d-9661-1edc10bc36bd"))
        .respond_with(json(EMPTY))
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(list))
        .and(query_param("page[limit]", "100"))
        .respond_with(json(recorded("connect/transactions.json", &server)))
        .expect(1)
        .mount(&server)
        .await;
    let provider = ponto_connect(&server);
    let memory = Memory::default();
    let mut session = session(&memory, with_refresh_token());
    let account = at("8804e34f-12b0-4b70-86bf-265f013ca232");
    let lines =
        provider.transactions(&mut session, &account, "2020-01-01".parse().unwrap()).await.unwrap().lines;
    assert_eq!(lines.len(), 1);
    let (line, draft) = (&lines[0], &lines[0].draft);
    assert_eq!(line.id, "a4a47c21-b606-464f-ae17-f8e3af6772c9");
    assert_eq!(draft.amount.to_string(), "2.76");
    assert_eq!(draft.text.as_deref(), Some("Tempora animi qui! Aut."));
    assert_eq!(draft.counterparty.account.as_deref(), Some("BE62467153327786"));
    assert_eq!(draft.bank_code.as_deref(), Some("PMNT-IRCT-ESCT"));
    assert_eq!(draft.mandate.as_deref(), Some("486"));
    assert_eq!(draft.end_to_end.as_deref(), Some("a965fa0788c241f3b13df3fbda744a07"));
}

#[tokio::test]
async fn transactions_of_my_ponto_over_pages() {
    let Some(_) = folder() else { return };
    let server = MockServer::start().await;
    let list = "/accounts/fd3d5b1d-fca9-4310-a5c8-76f2a9dc7c75/transactions";
    let mut first: serde_json::Value =
        serde_json::from_str(&recorded("myponto/transactions_four.json", &server)).unwrap();
    first["meta"] =
        serde_json::json!({"paging": {"limit": 100, "after": "b21a6c65-1c52-4ba6-8cbc-127d2b2d85ff"}});
    first.as_object_mut().unwrap().remove("links");
    let token = recorded("myponto/k_token.json", &server);
    Mock::given(method("POST"))
        .and(path("/oauth2/token"))
        .respond_with(json(token))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(list))
        .and(query_param_is_missing("page[after]"))
        .and(header("authorization", "Bearer ponto_access_1"))
        .respond_with(json(first.to_string()))
        .expect(1)
        .mount(&server)
        .await;
    let mut second: serde_json::Value =
        serde_json::from_str(&recorded("myponto/transactions_early.json", &server)).unwrap();
    second.as_object_mut().unwrap().remove("links");
    Mock::given(method("GET"))
        .and(path(list))
        .and(query_param("page[after]", "b21a6c65-1c52-4ba6-8cbc-127d2b2d85ff"))
        .respond_with(json(second.to_string()))
        .expect(1)
        .mount(&server)
        .await;
    let provider = my_ponto(&server);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let lines = read(&provider, &mut session, "fd3d5b1d-fca9-4310-a5c8-76f2a9dc7c75", "2019-11-05").await;
    assert_eq!(
        lines,
        [
            "2019-11-06 5.48 EUR Quia voluptatem blanditiis.",
            "2019-11-20 6.08 EUR Minima vitae totam!",
            "2019-12-04 8.95 EUR Arresto Momentum",
        ]
    );
}

#[tokio::test]
async fn accounts_of_today_and_of_old() {
    let Some(_) = folder() else { return };
    let memory = Memory::default();
    let of = async |file: &str, banks: &str| {
        let server = server("myponto/token.json").await;
        answers(&server, "/accounts", recorded(file, &server)).await;
        answers(&server, "/financial-institutions", recorded(banks, &server)).await;
        my_ponto(&server).accounts(&mut session(&memory, credentials())).await.unwrap()
    };
    let banks = "myponto/k_financial_institutions.json";
    let today = of("myponto/k_accounts.json", banks).await;
    assert_eq!(today.accounts.len(), 2);
    assert!(today.accounts[0].problem.is_none());
    assert_eq!(today.accounts[1].problem.as_ref().unwrap().code(), Code::ACCOUNT_RETIRED);
    assert_eq!(today.consent_until.unwrap().to_string(), "2027-03-30T09:55:40.898Z");
    assert_eq!(today.institution.unwrap().name, "BNP Paribas - Ma Banque Entreprise");
    let minimal = of("myponto/accounts_minimal.json", banks).await;
    assert_eq!(minimal.accounts.len(), 2);
    assert_eq!(minimal.accounts[0].account.key(), "NL66ABNA123456789");
    assert!(minimal.institution.is_none() && minimal.consent_until.is_none());
    let failed = of("xs2a/accounts_with_sync_errors.json", "xs2a/financialInstitutions.json").await;
    let problem = failed.accounts[0].problem.as_ref().unwrap();
    assert_eq!(problem.code(), Code::CONSENT_ENDED);
    assert_eq!(problem.said().unwrap().class.as_deref(), Some("authorizationInvalid"));
    assert!(failed.accounts[0].readable);
}

#[tokio::test]
async fn transactions_with_nulls() {
    let Some(_) = folder() else { return };
    let server = server("myponto/token.json").await;
    let list = "/accounts/2ca42e3a-357b-4dc4-a22f-197d049cd2fa/transactions";
    Mock::given(method("GET"))
        .and(path(list))
        .and(query_param("page[after]", "t1"))
        .respond_with(json(EMPTY))
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    answers(&server, list, recorded("myponto/k_transaction_page.json", &server)).await;
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let id = "2ca42e3a-357b-4dc4-a22f-197d049cd2fa";
    let lines = read(&my_ponto(&server), &mut session, id, "2000-01-01").await;
    assert_eq!(lines, ["2026-10-01 120.5 EUR FACTURE t1"]);
}

#[tokio::test]
async fn banks_that_can_be_chosen() {
    let Some(_) = folder() else { return };
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/financial-institutions"))
        .and(query_param("filter[country][eq]", "FR"))
        .respond_with(json(recorded("myponto/k_financial_institutions.json", &server)))
        .mount(&server)
        .await;
    let banks = my_ponto(&server).institutions("FR").await.unwrap();
    assert_eq!(banks.len(), 1, "the other is retired");
    assert_eq!(banks[0].id, "fce49936-8ea7-4e8a-945e-1a1b42c95df7");
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let Some(_) = folder() else { return };
    let memory = Memory::default();
    for (file, status, code, class) in [
        ("400_accountRecentlySynchronized", 400, Code::REFRESH_TOO_EARLY, "accountRecentlySynchronized"),
        ("400_invalidSynchronizationResource", 400, Code::ACCOUNT_GONE, "invalidSynchronizationResource"),
        ("401_invalidAccessToken", 401, Code::PROVIDER_CREDENTIALS_REFUSED, "invalidAccessToken"),
        ("404_resourceNotFound", 404, Code::BANK_BUSY, "resourceNotFound"),
        ("429_tooManyRequests", 429, Code::PROVIDER_LIMIT, "tooManyRequests"),
        ("500_errorPayloadWithHtml", 500, Code::BANK_UNAVAILABLE, "invalidCredentials"),
        ("500_errorPayloadWithJson", 500, Code::BANK_UNAVAILABLE, "invalidCredentials"),
        ("500_errorPayloadWithResponseIdJson", 500, Code::BANK_UNAVAILABLE, "invalidCredentials"),
    ] {
        let server = server("myponto/token.json").await;
        let body = recorded(&format!("errors/{file}.json"), &server);
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status).set_body_raw(body, "application/vnd.api+json"))
            .mount(&server)
            .await;
        let mut session = session(&memory, credentials());
        let read = my_ponto(&server).transactions(&mut session, &at("a-1"), today()).await;
        let error = read.unwrap_err();
        assert_eq!(error.code(), code, "{file}: {error:?}");
        assert_eq!(error.said().unwrap().class.as_deref(), Some(class), "{file}");
    }
    for (file, status, code) in [
        ("oauth_401_invalid_client", 401, Code::PROVIDER_CREDENTIALS_REFUSED),
        ("oauth_400_invalid_grant", 400, Code::CONNECTION_GONE),
    ] {
        let server = MockServer::start().await;
        let body = recorded(&format!("errors/{file}.json"), &server);
        let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
        Mock::given(method("POST")).and(path("/oauth2/token")).respond_with(answer).mount(&server).await;
        let error = my_ponto(&server).accounts(&mut session(&memory, credentials())).await.unwrap_err();
        assert_eq!(error.code(), code, "{file}");
    }
}
