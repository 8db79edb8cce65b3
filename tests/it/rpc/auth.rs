//! Tokens: who may call what, and what a wrong one costs whom.

use std::time::{Duration, Instant};

use bank_bridge::errors::Code;
use bank_bridge::rpc::auth::{Scope, Token, TokenEntry};
use bank_bridge::rpc::{ServerConfig, Shutdown, serve};
use bank_bridge::seal::{Sealer, SealingKey};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::{Obedient, bridge};

const PING: &str = r#"{"jsonrpc": "2.0", "id": 1, "method": "bank.ping"}"#;

#[tokio::test]
async fn without_the_right_token_there_is_401_as_json() {
    let bridge = bridge(|_| {}).await;
    let right = bridge.token.expose();
    for given in [
        None,
        Some("Bearer wrong".to_owned()),
        Some(format!("Basic {right}")),
        Some(format!("Bearer {right}x")),
    ] {
        let mut request = bridge.client.post(bridge.url()).body(PING);
        if let Some(given) = given {
            request = request.header("authorization", given);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["data"]["code"], "BB-1001");
        assert_eq!(answer["id"], Value::Null);
    }
}

#[tokio::test]
async fn health_needs_no_token_and_tells_nothing_else() {
    let bridge = bridge(|_| {}).await;
    for (path, expected) in [("live", json!({"live": true})), ("ready", json!({"ready": true}))] {
        let answer = bridge.client.get(bridge.url() + path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    }
    let answer = bridge.client.get(bridge.url() + "status").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn several_tokens_are_right_at_once_each_within_its_scopes() {
    let (reader, syncer) = (Token::generate().unwrap(), Token::generate().unwrap());
    let entry = |name: &str, token: &Token, scopes| TokenEntry {
        name: name.to_owned(),
        sha256: token.sha256(),
        scopes,
    };
    let mut bridge = bridge(|config| {
        config.tokens.push(entry("reader", &reader, vec![Scope::Parse]));
        config.tokens.push(entry("syncer", &syncer, vec![Scope::Sync]));
    })
    .await;
    bridge.call("bank.ping", json!({})).await;
    let code = async |bridge: &super::support::Bridge, method| {
        let error = bridge.fail(method, json!({})).await;
        error["data"]["code"].as_str().unwrap().to_owned()
    };
    // BB-1003: the parameters are missing, so the token was good for it.
    for method in ["bank.register", "bank.parse", "bank.run_status"] {
        assert_eq!(code(&bridge, method).await, "BB-1003");
    }
    bridge.token = reader;
    bridge.call("bank.ping", json!({})).await;
    assert_eq!(code(&bridge, "bank.register").await, "BB-1018");
    assert_eq!(code(&bridge, "bank.parse").await, "BB-1003");
    assert_eq!(code(&bridge, "bank.import_start").await, "BB-1018");
    bridge.token = syncer;
    assert_eq!(code(&bridge, "bank.parse").await, "BB-1018");
    assert_eq!(code(&bridge, "bank.import_start").await, "BB-1003");
    assert_eq!(code(&bridge, "bank.run_status").await, "BB-1003");
}

#[tokio::test]
async fn wrong_tokens_wait_and_nobody_else_does() {
    let bridge = bridge(|config| config.failure_delay = Duration::from_millis(300)).await;
    let wrong = async || {
        let started = Instant::now();
        let answer = bridge.client.post(bridge.url()).bearer_auth("wrong").body(PING).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        started.elapsed()
    };
    let right = async || {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let started = Instant::now();
        bridge.call("bank.ping", json!({})).await;
        started.elapsed()
    };
    let (first, second, meanwhile) = tokio::join!(wrong(), wrong(), right());
    assert!(first.min(second) >= Duration::from_millis(300), "{first:?} {second:?}");
    assert!(first.max(second) >= Duration::from_millis(600), "{first:?} {second:?}");
    assert!(meanwhile < Duration::from_millis(200), "{meanwhile:?}, from the same address");
}

#[tokio::test]
async fn behind_a_proxy_the_last_forwarded_address_counts() {
    let bridge = bridge(|config| {
        config.behind_proxy = true;
        config.failure_delay = Duration::from_millis(200);
    })
    .await;
    let wrong = async |forwarded: &str| {
        let started = Instant::now();
        let request = bridge.client.post(bridge.url()).header("x-forwarded-for", forwarded);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        started.elapsed()
    };
    wrong("198.51.100.7, 192.0.2.1").await;
    assert!(wrong("198.51.100.7, 192.0.2.2").await < Duration::from_millis(390));
    assert!(wrong("203.0.113.9, 192.0.2.1").await >= Duration::from_millis(400));
}

#[tokio::test]
async fn unsafe_configurations_do_not_start() {
    let token = Token::generate().unwrap();
    let tokens = vec![TokenEntry::admin("odoo", token.sha256())];
    let base = ServerConfig { listen: "127.0.0.1:0".parse().unwrap(), tokens, ..ServerConfig::default() };
    let start = async |config: ServerConfig| {
        let sealer = Sealer::new(vec![SealingKey::generate().unwrap()]).unwrap();
        let backend = std::sync::Arc::new(Obedient::default());
        serve(config, sealer.into(), backend, Shutdown::new()).await
    };
    let public =
        |behind_proxy| ServerConfig { listen: "0.0.0.0:0".parse().unwrap(), behind_proxy, ..base.clone() };
    assert_eq!(start(public(false)).await.unwrap_err().code(), Code::ADDRESS_PUBLIC);
    // Checked without listening on it.
    assert!(public(true).check().is_ok());
    let nobody = ServerConfig { tokens: Vec::new(), ..base.clone() };
    assert_eq!(start(nobody).await.unwrap_err().code(), Code::CONFIGURATION_MISSING);
    let huge = ServerConfig { max_file_size: u64::MAX, ..base.clone() };
    assert_eq!(start(huge).await.unwrap_err().code(), Code::CONFIGURATION_INVALID);
    let nothing = ServerConfig { max_requests: 0, ..base.clone() };
    assert_eq!(start(nothing).await.unwrap_err().code(), Code::CONFIGURATION_INVALID);
    let first = start(base.clone()).await.unwrap();
    let second = ServerConfig { listen: first.address(), ..base };
    assert_eq!(start(second).await.unwrap_err().code(), Code::LISTEN_FAILED);
}

#[test]
fn a_configuration_is_read_with_nothing_unknown() {
    let digest = Token::generate().unwrap().sha256();
    let text = format!(
        "listen = '127.0.0.1:9000'\ndrain = 5\n[[tokens]]\nname = 'odoo'\nsha256 = '{digest}'\nscopes = ['sync', 'parse']\n"
    );
    let config: ServerConfig = toml::from_str(&text).unwrap();
    assert_eq!((config.drain, config.listen.port()), (Duration::from_secs(5), 9000));
    assert_eq!(config.tokens[0].scopes, [Scope::Sync, Scope::Parse]);
    assert!(toml::from_str::<ServerConfig>("lisen = '127.0.0.1:9000'").is_err());
    assert!(toml::from_str::<ServerConfig>("[[tokens]]\nname = 'odoo'\nsha256 = 'short'").is_err());
}
