//! Pages as no simulator orders them: what ends reading, and what must not.

use std::sync::atomic::{AtomicUsize, Ordering};

use bank_bridge::errors::{Code, Result};
use bank_bridge::providers::config::{PontoConfig, PontoConnectConfig};
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Provider, Reading, RemoteAccount};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::bench::*;

fn line(id: &str, day: &str) -> Value {
    let attributes =
        json!({"amount": 1.5, "currency": "EUR", "executionDate": format!("{day}T00:00:00.000Z")});
    json!({"type": "transaction", "id": id, "attributes": attributes})
}

fn account() -> RemoteAccount {
    crate::support::providers::bare("a-1")
}

async fn server() -> MockServer {
    let server = MockServer::start().await;
    let token =
        json!({"access_token": "t", "expires_in": 1799, "token_type": "bearer", "refresh_token": "r"});
    let answer = ResponseTemplate::new(200).set_body_json(token);
    Mock::given(method("POST")).and(path("/oauth2/token")).respond_with(answer).mount(&server).await;
    server
}

/// The page behind `after`, which says by a link or without what follows.
async fn page(server: &MockServer, after: Option<&str>, lines: Vec<Value>, links: Value, paging: Value) {
    let body = json!({"data": lines, "links": links, "meta": {"paging": paging}});
    let mock = Mock::given(method("GET")).and(path("/accounts/a-1/transactions"));
    let mock = match after {
        Some(after) => mock.and(query_param("page[after]", after)),
        None => mock.and(query_param_is_missing("page[after]")),
    };
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(server).await;
}

async fn read(server: &MockServer, since: &str) -> Result<Reading> {
    let config = PontoConfig { base_url: server.uri(), sandbox: true };
    let provider = Ponto::my_ponto(&config, timing()).unwrap();
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    provider.transactions(&mut session, &account(), since.parse().unwrap()).await
}

#[tokio::test]
async fn only_a_whole_page_that_is_older_ends_reading() {
    let server = server().await;
    let (new, old) = ("2026-11-20", "2026-11-01");
    let after = |id: &str| json!({"limit": 100, "before": null, "after": id});
    page(&server, None, vec![line("1", new), line("2", old)], json!({}), after("2")).await;
    // An old one, and below it one that was booked late; a page with nothing; one that comes twice.
    page(&server, Some("2"), vec![line("3", old), line("4", new)], json!({"next": null}), after("4")).await;
    page(&server, Some("4"), vec![], json!({}), after("5")).await;
    let link = format!("{}/accounts/a-1/transactions?page[after]=6&page[limit]=100", server.uri());
    page(&server, Some("5"), vec![line("1", new), line("6", new)], json!({"next": link}), json!({})).await;
    page(&server, Some("6"), vec![line("7", old), line("8", old)], json!({}), after("8")).await;
    // Were this asked for, it would be an error.
    page(&server, Some("8"), vec![json!({"id": "9"})], json!({}), json!({})).await;
    let lines = read(&server, "2026-11-10").await.unwrap().lines;
    let ids: Vec<_> = lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["6", "4", "1"]);
    let error = read(&server, "2026-10-01").await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_ANSWER_UNREADABLE);
    assert!(error.sentence().contains("data[0]"), "{error}");
}

#[tokio::test]
async fn a_line_that_cannot_be_booked_stops_the_account() {
    let server = server().await;
    let mut broken = line("t-9", "2026-11-20");
    broken["attributes"]["currency"] = json!("secret-words");
    page(&server, None, vec![line("1", "2026-11-20"), broken], json!({}), json!({})).await;
    let error = read(&server, "2026-11-10").await.unwrap_err();
    assert_eq!(error.code(), Code::TRANSACTION_UNREADABLE);
    assert!(error.sentence().contains("t-9") && !format!("{error:?}").contains("secret-words"), "{error}");
    assert!(read(&server, "2026-11-21").await.unwrap().lines.is_empty(), "older than what is read");
}

#[tokio::test]
async fn pages_that_never_end_are_left() {
    let server = server().await;
    let count = AtomicUsize::new(0);
    Mock::given(method("GET"))
        .respond_with(move |_: &Request| {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let paging = json!({"paging": {"after": number.to_string()}});
            ResponseTemplate::new(200).set_body_json(json!({"data": [], "meta": paging}))
        })
        .expect(2000)
        .mount(&server)
        .await;
    let error = read(&server, "2026-11-10").await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_PAGES_REPEAT);
    assert!(error.sentence().contains("2000"), "{error}");
}

#[tokio::test]
async fn a_token_goes_to_no_other_server() {
    let (server, elsewhere) = (server().await, MockServer::start().await);
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    page(&server, None, vec![line("1", "2026-11-20")], json!({"next": elsewhere.uri()}), json!({})).await;
    assert_eq!(read(&server, "2026-11-10").await.unwrap_err().code(), Code::PROVIDER_LINK_ELSEWHERE);
}

/// Whoever has the public key can verify what Ponto Connect is sent.
#[tokio::test]
async fn requests_are_signed_where_a_key_is_set_up() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let server = server().await;
    page(&server, None, vec![line("1", "2026-11-20")], json!({}), json!({})).await;
    let made = json!({"data": {"id": "s-1", "attributes": {"status": "success"}}});
    let answer = ResponseTemplate::new(201).set_body_json(made);
    Mock::given(method("POST")).and(path("/synchronizations")).respond_with(answer).mount(&server).await;
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let mut config = PontoConnectConfig::simulated(&server.uri(), "id", "secret", "application");
    config.signature_certificate_id = Some("certificate-1".to_owned());
    config.signature_key = Some(pem.into());
    let provider = Ponto::ponto_connect(&config, timing()).unwrap();
    let memory = Memory::default();
    let mut state = State::of("ponto_connect");
    state.refresh_token = Some("old".to_owned().into());
    let mut session = session(&memory, state);
    session.user = Some(user("81.82.83.84"));
    provider.transactions(&mut session, &account(), today()).await.unwrap();
    assert!(provider.refresh(&mut session, &[account()]).await.unwrap().is_empty());
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key().as_ref());
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 3);
    for request in requests {
        let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let given = header("signature");
        let member = |name: &str| {
            given.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        assert_eq!(member("keyId"), "certificate-1");
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", request.url.path());
        let mut text = String::new();
        for name in member("headers").split(' ') {
            let value = match name {
                "(request-target)" => format!("{} {target}", request.method.as_str().to_lowercase()),
                "(created)" => member("created"),
                name => header(name),
            };
            text += &format!("{name}: {value}\n");
        }
        assert!(text.contains("authorization: ") && text.contains("digest: SHA-512="));
        let post = target == "/synchronizations";
        assert_eq!(text.contains("ibanity-idempotency-key: "), post);
        public.verify(text.trim_end().as_bytes(), &STANDARD.decode(member("signature")).unwrap()).unwrap();
    }
}
