//! Messages that Ponto Connect pushes.

use std::time::Duration;

use bank_bridge::errors::Code;
use bank_bridge::providers::config::PontoConnectConfig;
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Hint, Provider};
use bank_bridge::sandbox::ponto::{ORGANISATION, Webhook};
use http::HeaderMap;
use jiff::SignedDuration;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::bench::*;

fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("signature", signature.parse().unwrap());
    headers
}

async fn taken(provider: &Ponto, message: &Webhook) -> Result<Option<Hint>, Code> {
    let taken = provider.webhook(&headers(&message.signature), &message.body).await;
    taken.map_err(|error| error.code())
}

#[tokio::test]
async fn a_genuine_message_is_taken_once_and_a_forged_one_never() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let message = sandbox.ponto.webhook("account.transactionsCreated", "org-1", Some("a-1"));
    let refused = Err(Code::WEBHOOK_REFUSED);
    let mut forged = message.clone();
    forged.body.push(b' ');
    assert_eq!(taken(&provider, &forged).await, refused);
    let other = sandbox.ponto.webhook("account.transactionsCreated", "org-2", None);
    forged = Webhook { signature: other.signature.clone(), body: message.body.clone() };
    assert_eq!(taken(&provider, &forged).await, refused);
    let (head, signature) = message.signature.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    forged = Webhook { signature: format!("{head}.{turned}"), body: message.body.clone() };
    assert_eq!(taken(&provider, &forged).await, refused);
    assert_eq!(
        provider.webhook(&HeaderMap::new(), &message.body).await.unwrap_err().code(),
        Code::WEBHOOK_REFUSED
    );
    for algorithm in
        [r#"{"alg":"none","kid":"sandbox_events_1"}"#, r#"{"alg":"HS512","kid":"sandbox_events_1"}"#]
    {
        use base64::Engine as _;
        let head = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(algorithm);
        let rest = message.signature.split_once('.').unwrap().1;
        forged = Webhook { signature: format!("{head}.{rest}"), body: message.body.clone() };
        assert_eq!(taken(&provider, &forged).await, refused);
    }
    assert_eq!(taken(&provider, &message).await, Ok(Some(Hint { subject: "org-1".to_owned() })));
    assert_eq!(taken(&provider, &message).await, refused, "it came before");
    assert_eq!(taken(&provider, &other).await, Ok(Some(Hint { subject: "org-2".to_owned() })));
    let payment = sandbox.ponto.webhook("paymentRequest.closed", "org-1", None);
    assert_eq!(taken(&provider, &payment).await, Ok(None));
}

#[tokio::test]
async fn a_message_is_for_this_application_and_of_now() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let mut config: PontoConnectConfig = connect_config(&sandbox);
    config.application_id = Some("another".to_owned());
    let other = Ponto::ponto_connect(&config, timing()).unwrap();
    config.application_id = None;
    let none = Ponto::ponto_connect(&config, timing()).unwrap();
    let message = sandbox.ponto.webhook("account.detailsUpdated", "org-1", None);
    for provider in [&other, &none, &my_ponto(&sandbox)] {
        assert_eq!(taken(provider, &message).await, Err(Code::WEBHOOK_REFUSED));
    }
    sandbox.shared.pass(SignedDuration::from_secs(100));
    let future = sandbox.ponto.webhook("account.detailsUpdated", "org-1", None);
    assert_eq!(taken(&provider, &future).await, Err(Code::WEBHOOK_REFUSED));
    sandbox.shared.pass(SignedDuration::from_secs(-300));
    let past = sandbox.ponto.webhook("account.detailsUpdated", "org-1", None);
    assert_eq!(taken(&provider, &past).await, Err(Code::WEBHOOK_REFUSED));
    assert!(taken(&provider, &message).await.is_ok());
}

/// A key that nobody knows is asked for once, whatever somebody sends.
#[tokio::test]
async fn unknown_keys_do_not_make_the_bridge_ask_and_ask() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(r#"{"keys":[]}"#))
        .expect(1)
        .mount(&server)
        .await;
    let config = PontoConnectConfig::simulated(&server.uri(), "id", "secret", "application");
    let provider = Ponto::ponto_connect(&config, timing()).unwrap();
    let sandbox = simulator().await;
    for _ in 0..5 {
        let message = sandbox.ponto.webhook("account.detailsUpdated", "org-1", None);
        assert_eq!(taken(&provider, &message).await, Err(Code::WEBHOOK_REFUSED));
    }
}

#[tokio::test]
async fn what_happens_at_the_banks_is_pushed() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    sandbox.ponto.webhooks_to(&receiver.uri());
    let memory = Memory::default();
    let mut session = session(&memory, State::of("ponto_connect"));
    linked(&provider, &mut session, "ing").await;
    sandbox.ponto.relink("ing");
    session.user = Some(user("81.82.83.84"));
    let accounts = provider.accounts(&mut session).await.unwrap().accounts;
    provider.refresh(&mut session, &accounts[..1]).await.unwrap();
    let mut kinds: Vec<String> = Vec::new();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        kinds = Vec::new();
        for request in receiver.received_requests().await.unwrap() {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            kinds.push(body["data"]["type"].as_str().unwrap().to_owned());
        }
        if kinds.contains(&"pontoConnect.account.transactionsCreated".to_owned()) {
            break;
        }
    }
    for kind in [
        "integration.created",
        "integration.accountRevoked",
        "integration.accountAdded",
        "account.reauthorized",
    ] {
        assert!(kinds.contains(&format!("pontoConnect.{kind}")), "{kind}: {kinds:?}");
    }
    for request in receiver.received_requests().await.unwrap() {
        let hint = provider.webhook(&request.headers, &request.body).await.unwrap().unwrap();
        assert_eq!(Some(hint.subject), sandbox.ponto.organisation_id(ORGANISATION));
    }
}
