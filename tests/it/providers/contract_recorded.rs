//! The provider contract over the recorded answers of the corpora: every list is read whole, exactly and alike each time,
//! and every recorded refusal has a code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bank_bridge::domain::Decimal;
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::providers::config::{PontoConfig, PontoConnectConfig, ProvidersConfig, SaltEdgeConfig};
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Registry, RemoteAccount, Session};
use jiff::civil::date;
use serde_json::{Value, json};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::corpora;
use crate::support::providers::{Kept, PROVIDERS, TIMING};

const SECRET: &str = "marker-secret-5d2e";

/// Folder of the recordings of a provider.
fn folder(provider: &str) -> Option<PathBuf> {
    let name = if provider == "saltedge" { "saltedge" } else { "ponto" };
    Some(corpora::folder()?.join("providers").join(name))
}

/// All providers before one server.
fn registry(server: &MockServer) -> Registry {
    let config = ProvidersConfig {
        ponto: Some(PontoConfig::simulated(server.uri())),
        ponto_connect: Some(PontoConnectConfig::simulated(&server.uri(), "id", SECRET, "application")),
        saltedge: Some(SaltEdgeConfig::simulated(server.uri(), "id", SECRET)),
        timing: TIMING,
    };
    Registry::new(&config).unwrap()
}

fn linked(provider: &str) -> State {
    let mut state = State::of(provider);
    state.client_id = Some("id".to_owned());
    state.client_secret = Some(SECRET.to_owned().into());
    state.refresh_token = Some(SECRET.to_owned().into());
    state.ids =
        [("customer", "1"), ("connection", "2")].map(|(name, id)| (name.to_owned(), id.to_owned())).into();
    state
}

fn account() -> RemoteAccount {
    crate::support::providers::bare("3")
}

async fn answer_tokens(server: &MockServer) {
    let token = json!({"access_token": "t", "refresh_token": "r", "expires_in": 1799, "scope": "ai", "token_type": "bearer"});
    let answer = ResponseTemplate::new(200).set_body_json(token);
    Mock::given(method("POST")).and(path_regex("token$")).respond_with(answer).mount(server).await;
}

/// Recordings whose name says that they are lists of transactions.
fn lists(folder: &Path) -> Vec<PathBuf> {
    let inside = |name: &str| {
        let own = name.contains("transaction")
            && !name.contains("pending")
            && !name.contains("financialInstitution");
        own && !name.contains("cleanup") && !name.contains("updated")
    };
    let all = crate::support::files(folder);
    all.into_iter()
        .filter(|path| !path.to_string_lossy().contains("isabel") && !path.to_string_lossy().contains("xs2a"))
        .filter(|path| inside(&path.file_name().unwrap().to_string_lossy()))
        .filter(|path| {
            let read: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            read["data"].is_array()
        })
        .collect()
}

/// What a list holds that is booked, by id: the digits of its amount.
fn booked(list: &Value) -> BTreeMap<String, Decimal> {
    let mut found = BTreeMap::new();
    for one in list["data"].as_array().unwrap() {
        let attributes = one.get("attributes").unwrap_or(one);
        let copy = attributes["duplicated"] == true;
        if copy || attributes["status"] == "pending" {
            continue;
        }
        let id = one["id"].as_str().map_or_else(|| one["id"].to_string(), str::to_owned);
        let digits = attributes["amount"].to_string();
        let amount = digits.parse().or_else(|_| Decimal::from_scientific(&digits)).unwrap();
        found.insert(id, amount.normalize());
    }
    found
}

#[tokio::test]
async fn every_recorded_list_is_read_whole_and_exactly() {
    for provider in PROVIDERS {
        let Some(folder) = folder(provider) else { return };
        let lists = lists(&folder);
        assert!(lists.len() > 2, "{provider}: {lists:?}");
        for path in lists {
            let mut list: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            // One page: where the next one was, is not recorded.
            list["links"] = json!({});
            list["meta"] = json!({"next_id": null});
            let server = MockServer::start().await;
            answer_tokens(&server).await;
            let answer = ResponseTemplate::new(200).set_body_json(&list);
            Mock::given(method("GET"))
                .and(path_regex("/transactions$"))
                .respond_with(answer)
                .mount(&server)
                .await;
            let registry = registry(&server);
            let (kept, what) = (Kept::default(), format!("{provider}, {}", path.display()));
            let mut read = Vec::new();
            for _ in 0..2 {
                let mut session = Session::new(linked(provider), None, &kept, Duration::from_secs(4));
                let found = registry.find(provider).unwrap();
                let reading = found.transactions(&mut session, &account(), date(1990, 1, 1)).await;
                let lines = reading.unwrap_or_else(|error| panic!("{what}: {error:?}")).lines;
                let of = |line: &bank_bridge::providers::RemoteLine| {
                    (line.id.to_string(), line.draft.amount.normalize())
                };
                assert!(
                    lines.windows(2).all(|pair| pair[0].draft.booked_on <= pair[1].draft.booked_on),
                    "{what}"
                );
                read.push(lines.iter().map(of).collect::<BTreeMap<_, _>>());
                assert_eq!(read[0].len(), lines.len(), "{what}: each once");
            }
            assert_eq!(read[0], booked(&list), "{what}");
            assert_eq!(read[0], read[1], "{what}: the same again");
        }
    }
}

#[tokio::test]
async fn every_recorded_refusal_has_a_code_and_keeps_what_the_provider_said() {
    for provider in PROVIDERS {
        let Some(folder) = folder(provider) else { return };
        let mut seen = 0;
        for path in crate::support::files(&folder.join("errors")) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let digits: String = name.chars().skip_while(|c| !c.is_ascii_digit()).take(3).collect();
            // Errors of a synchronisation come with 200, as data: they are no refusal.
            let Ok(status) = digits.parse::<u16>() else { continue };
            let body = std::fs::read(&path).unwrap();
            let server = MockServer::start().await;
            let of_token = name.starts_with("oauth");
            if !of_token {
                answer_tokens(&server).await;
            }
            let kind = if name.ends_with("html") { "text/html" } else { "application/json" };
            let answer = ResponseTemplate::new(status).set_body_raw(body.clone(), kind);
            Mock::given(path_regex(".*")).respond_with(answer).mount(&server).await;
            let registry = registry(&server);
            let kept = Kept::default();
            let mut session = Session::new(linked(provider), None, &kept, Duration::from_secs(4));
            let (started, what) = (Instant::now(), format!("{provider}, {name}"));
            let found = registry.find(provider).unwrap();
            let reading = found.transactions(&mut session, &account(), date(2026, 1, 1)).await;
            let error = reading.err().unwrap_or_else(|| panic!("{what} was taken for an answer"));
            assert!(started.elapsed() < Duration::from_secs(5), "{what}");
            told(&error, &body, kind, &what);
            seen += 1;
        }
        assert!(seen > 8, "{provider}: only {seen} refusals");
    }
}

/// A code of the providers' family, the provider's class where the body has one, and no secret.
fn told(error: &Error, body: &[u8], kind: &str, what: &str) {
    assert_eq!(error.code().family(), Family::Provider, "{what}: {error:?}");
    assert_ne!(error.code(), Code::PROVIDER_UNKNOWN, "{what}");
    let said = error.said().unwrap_or_else(|| panic!("{what}: {error:?} says nothing of the provider"));
    if kind == "application/json" {
        let class = said.class.as_deref().unwrap_or_else(|| panic!("{what}: no class in {error:?}"));
        assert!(String::from_utf8_lossy(body).contains(class), "{what}: {class}");
    }
    assert!(!format!("{error} {error:?} {said}").contains(SECRET), "{what}");
}
