//! Markers in every place where a secret may stand, right or wrong, and then nowhere in what comes out.

use bank_bridge::rpc::ServerConfig;
use bank_bridge::rpc::auth::{Token, TokenEntry};
use serde_json::{Value, json};

use super::process::Running;
use super::support::{DATABASE, bridge, importing, logged, registering};

const MARKER: &str = "canary-7c1d9e";

#[tokio::test]
async fn no_secret_comes_out_anywhere() {
    let bridge = bridge(|config| config.max_file_size = 100_000).await;
    let token = bridge.token.expose().to_owned();
    let mut told = Vec::new();

    let mut right = registering();
    right["odoo"]["api_key"] = json!(MARKER);
    let answer = bridge.call("bank.register", right.clone()).await;
    let registration = answer["registration"].as_str().unwrap().to_owned();
    assert!(!registration.contains(MARKER));
    told.push(answer);

    let methods = bridge.call("bank.ping", json!({})).await["methods"].as_array().unwrap().clone();
    let misplaced = [
        json!(MARKER),
        json!([MARKER]),
        json!({MARKER: 1}),
        json!({MARKER: {MARKER: [MARKER]}}),
        json!({"odoo": MARKER}),
        json!({"odoo": [MARKER]}),
        json!({"odoo": {MARKER: MARKER}}),
        json!({"odoo": {"url": MARKER, "database": "d", "database_uuid": "u", "login": "l", "api_key": "k"}}),
        json!({"odoo": {"url": format!("https://u:{MARKER}@h"), "database": "d", "database_uuid": "u",
                        "login": "l", "api_key": MARKER}}),
        json!({"odoo": {"url": format!("https://h/{MARKER}"), "database": "d", "database_uuid": "u",
                        "login": "l", "api_key": MARKER}}),
        json!({"odoo": {"url": 1, "api_key": MARKER}}),
        json!({"odoo": {"api_key": {MARKER: 1}}}),
        json!({"registration": MARKER, "database_uuid": MARKER, "name": "n", "content": "", "journal": MARKER}),
        json!({"registration": MARKER, "database_uuid": MARKER, "name": "n", "content": MARKER}),
        json!({"registration": MARKER, "force_journal": MARKER}),
        json!({"registration": {MARKER: 1}, "accept_balance": MARKER}),
        json!({"name": "n", "content": MARKER}),
        json!({"name": "n", "content": "aGVsbG8=", "format": MARKER}),
        json!({"name": [MARKER], "content": "aGVsbG8="}),
        json!({"name": "n", "content": format!("{}{MARKER}", "A".repeat(90_000))}),
        json!({"run": MARKER}),
        json!({"code": MARKER}),
    ];
    for method in methods.iter().map(|name| name.as_str().unwrap()).chain([MARKER, "bank.canary-7c1d9e"]) {
        for params in &misplaced {
            told.push(bridge.raw(method, params.clone()).await.1);
        }
    }
    let mut import = importing(&registration, "BNK1");
    import["name"] = json!(format!("{MARKER}\n"));
    told.push(bridge.raw("bank.import_start", import.clone()).await.1);
    import["name"] = json!("november.cod");
    import["journal"] = json!("PANIC");
    let run = bridge.call("bank.import_start", import).await["run"].as_str().unwrap().to_owned();
    told.push(bridge.ended(&run).await);
    for body in [
        MARKER.to_owned(),
        format!("{{\"{MARKER}"),
        format!(r#"{{"jsonrpc": "{MARKER}", "id": 1, "method": "{MARKER}"}}"#),
        format!(r#"[{{"jsonrpc": "2.0", "id": 1, "method": "{MARKER}"}}]"#),
        format!(r#"{{"jsonrpc": "2.0", "method": "{MARKER}", "params": {{"{MARKER}": "{MARKER}"}}}}"#),
    ] {
        told.push(bridge.post(&body).await.1);
    }
    for wrong in [MARKER.to_owned(), format!("{token}{MARKER}")] {
        let path = format!("{}{MARKER}?{MARKER}={MARKER}", bridge.url());
        let request = bridge.client.post(path).bearer_auth(wrong).header(MARKER, MARKER).body(MARKER);
        told.push(request.send().await.unwrap().json().await.unwrap());
    }

    for answer in &told {
        assert!(!answer.to_string().contains(MARKER), "{answer}");
        assert!(!answer.to_string().contains(&token), "{answer}");
    }
    let log = logged();
    assert!(log.lines().count() > misplaced.len() * methods.len(), "every call has its line");
    let digest = bridge.token.sha256().to_string();
    for secret in [MARKER, &token, &digest, "marker-api-key", &registration] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
    assert!(!log.contains("aGVsbG8"), "no content of a file");
}

#[tokio::test]
async fn a_call_has_one_line_in_the_log() {
    let bridge = bridge(|_| {}).await;
    let request = bridge.client.post(bridge.url()).bearer_auth(bridge.token.expose());
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "bank.explain", "params": {"code": "BB-9999"}});
    let answer = request.json(&body).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let log = logged();
    let lines: Vec<Value> = log
        .lines()
        .filter(|line| line.contains(&id))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["method"], "bank.explain");
    assert_eq!(line["token"], "odoo");
    assert_eq!(line["code"], "BB-1014");
    assert!(line["received"].as_u64() > Some(10) && line["sent"].as_u64() > Some(100), "{line}");
    assert!(line["micros"].as_u64().is_some(), "{line}");
}

#[tokio::test]
async fn a_panic_is_logged_by_its_place_alone() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut child = Running::start(1, None, log.reopen().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = async |method: &str, params: Value| {
        let body = json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params});
        let request = client.post(format!("http://{}/", child.address)).bearer_auth(&child.token).json(&body);
        request.send().await.unwrap().json::<Value>().await.unwrap()["result"].clone()
    };
    let registration =
        call("bank.register", registering()).await["registration"].as_str().unwrap().to_owned();
    // The panic's text holds the address of the Odoo.
    call("bank.import_start", importing(&registration, "PANIC")).await;
    let written = || std::fs::read_to_string(log.path()).unwrap();
    for _ in 0..100 {
        if written().contains("import failed") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let token = child.token.clone();
    child.terminate();
    assert!(child.wait().success());
    let written = written();
    assert!(written.contains("BB-9001") && written.contains("support.rs"), "{written}");
    for secret in ["odoo.example.com", "marker-api-key", &token, &registration] {
        assert!(!written.contains(secret), "{written}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let token = Token::generate().unwrap();
    let config =
        ServerConfig { tokens: vec![TokenEntry::admin("odoo", token.sha256())], ..ServerConfig::default() };
    let registration: bank_bridge::rpc::Registration =
        serde_json::from_value(json!({"url": "https://odoo.example.com", "database": "books",
            "database_uuid": DATABASE, "login": "bank_bridge", "api_key": MARKER}))
        .unwrap();
    for shown in [format!("{token:?}"), format!("{config:?}"), format!("{registration:?}")] {
        for secret in [token.expose(), &token.sha256().to_string(), MARKER] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
