//! The methods for online connections: they answer at once, whatever the work does.

use std::time::{Duration, Instant};

use bank_bridge::seal::{Binding, Purpose, Sealer, SealingKey};
use serde_json::{Value, json};

use super::support::{Bridge, DATABASE, OLD_KEY, bridge};

fn of(registration: &str, connection: &str) -> Value {
    json!({"registration": registration, "database_uuid": DATABASE, "connection": connection, "provider": "made_up"})
}

impl Bridge {
    async fn begin(&self, method: &str, params: Value) -> String {
        self.call(method, params).await["run"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_method_names_a_run_that_ends() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let mut sync = of(&registration, "ing");
    sync["user_ip"] = json!("203.0.113.7");
    let mut connect = of(&registration, "ing");
    connect["return_to"] = json!("https://odoo.example.com/bank_bridge/return");
    connect["credentials"] = json!({"client_id": "abc", "client_secret": "marker-secret"});
    let mut back = of(&registration, "ing");
    back["parameters"] = json!({"code": "marker-code", "state": "ing.1"});
    for (method, params) in [
        ("bank.sync_start", sync),
        ("bank.accounts", of(&registration, "ing")),
        ("bank.connect", connect),
        ("bank.connect_return", back),
    ] {
        let run = bridge.begin(method, params).await;
        let status = bridge.ended(&run).await;
        assert_eq!((&status["state"], &status["counts"]["created"]), (&json!("done"), &json!(3)), "{method}");
    }
    let ran = bridge.backend.ran.lock().unwrap().clone();
    assert_eq!(ran[0], "ing Some(203.0.113.7) Sync");
    assert_eq!(ran[1], "ing None Accounts");
    assert!(ran[2].starts_with("ing None Connect") && !ran[2].contains("marker-secret"), "{}", ran[2]);
    assert!(ran[3].starts_with("ing None Return") && !ran[3].contains("marker-code"), "{}", ran[3]);
}

#[tokio::test]
async fn the_caller_never_waits_for_the_work() {
    let bridge = bridge(|config| config.max_runs = 1).await;
    let registration = bridge.register().await;
    let started = Instant::now();
    let hanging = bridge.begin("bank.sync_start", of(&registration, "hang")).await;
    let waiting = bridge.begin("bank.sync_start", of(&registration, "ing")).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    for run in [hanging, waiting] {
        assert_eq!(bridge.call("bank.run_status", json!({"run": run})).await["state"], "running");
    }
    assert_eq!(bridge.backend.ran.lock().unwrap().len(), 1, "one place, so the second has not begun");
}

#[tokio::test]
async fn a_run_that_waited_begins_when_there_is_a_place() {
    let bridge = bridge(|config| {
        config.max_runs = 1;
        config.max_waiting_runs = 2;
    })
    .await;
    let registration = bridge.register().await;
    let first = bridge.begin("bank.sync_start", of(&registration, "slow")).await;
    let second = bridge.begin("bank.sync_start", of(&registration, "panic")).await;
    let error = bridge.fail("bank.sync_start", of(&registration, "ing")).await;
    assert_eq!(error["data"]["code"], "BB-1009");
    assert_eq!(bridge.ended(&first).await["state"], "done");
    let status = bridge.ended(&second).await;
    assert_eq!((&status["state"], &status["error"]["code"]), (&json!("failed"), &json!("BB-9001")));
    let third = bridge.begin("bank.sync_start", of(&registration, "fail")).await;
    let error = bridge.ended(&third).await["error"].clone();
    assert_eq!(
        (&error["code"], &error["origin"]["class"]),
        (&json!("BB-2203"), &json!("authorizationExpired"))
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_at_once() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let mut params = of(&registration, "ing");
    params["user_ip"] = json!("marker");
    let error = bridge.fail("bank.sync_start", params).await;
    assert_eq!(
        (&error["data"]["code"], &error["data"]["args"]["path"]),
        (&json!("BB-1003"), &json!("user_ip"))
    );
    let mut params = of(&registration, "ing");
    params["database_uuid"] = json!("another");
    assert_eq!(bridge.fail("bank.sync_start", params).await["data"]["code"], "BB-1006");
    let mut params = of(&registration, "ing");
    params["return_to"] = json!("javascript:alert(1)");
    assert_eq!(bridge.fail("bank.connect", params).await["data"]["code"], "BB-1003");
    let mut params = of(&registration, "ing");
    params["parameters"] =
        json!((0..30).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>());
    assert_eq!(bridge.fail("bank.connect_return", params).await["data"]["code"], "BB-1003");
    let params = json!({"provider": "made_up", "country": "Belgium"});
    assert_eq!(bridge.fail("bank.institutions", params).await["data"]["code"], "BB-1003");
}

#[tokio::test]
async fn providers_and_their_banks_are_listed() {
    let bridge = bridge(|_| {}).await;
    let providers = bridge.call("bank.providers", json!({})).await;
    assert_eq!(providers["providers"][0]["id"], "made_up");
    assert_eq!(providers["providers"][0]["consent"], "redirect");
    let banks = bridge.call("bank.institutions", json!({"provider": "made_up", "country": "BE"})).await;
    assert_eq!(banks["institutions"][0]["name"], "Bank of BE");
    let error = bridge.fail("bank.institutions", json!({"provider": "other", "country": "BE"})).await;
    assert_eq!(error["data"]["code"], "BB-2013");
}

#[tokio::test]
async fn a_registration_sealed_with_an_older_key_is_sealed_anew() {
    let bridge = bridge(|_| {}).await;
    let current = bridge.register().await;
    assert_eq!(bridge.call("bank.sync_start", of(&current, "ing")).await["registration"], Value::Null);

    let older = Sealer::new(vec![SealingKey::new(Box::new(OLD_KEY))]).unwrap();
    let plain = json!({"url": "https://odoo.example.com", "database": "books", "database_uuid": DATABASE,
                       "login": "bank_bridge", "api_key": "marker-api-key"});
    let sealed = older.seal(Purpose::Registration, Binding::database(DATABASE), &plain).unwrap();
    let renewed = bridge.call("bank.sync_start", of(&sealed, "ing")).await["registration"].clone();
    let renewed = renewed.as_str().expect("sealed anew").to_owned();
    assert_ne!(renewed, sealed);
    assert_eq!(bridge.call("bank.sync_start", of(&renewed, "ing")).await["registration"], Value::Null);
}

#[tokio::test]
async fn a_pushed_message_begins_a_run_if_it_is_genuine_and_known() {
    let bridge = bridge(|_| {}).await;
    let push = async |provider: &str, signature: &str, body: &str| {
        let url = format!("{}webhooks/{provider}", bridge.url());
        let request = bridge.client.post(url).header("signature", signature).body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(push("other", "right", "ing").await, 404);
    assert_eq!(push("made_up/success", "wrong", "ing").await, 401, "each kind may have its own address");
    assert_eq!(push("made_up", "wrong", "ing").await, 401);
    assert_eq!(push("made_up", "right", "nobody").await, 200);
    assert_eq!(push("made_up", "right", &"x".repeat(100_000)).await, 400);
    assert!(bridge.backend.ran.lock().unwrap().is_empty());
    assert_eq!(push("made_up", "right", "ing kbc").await, 200, "one customer may have several connections");
    for _ in 0..100 {
        let mut ran = bridge.backend.ran.lock().unwrap().clone();
        ran.sort_unstable();
        if ran == ["ing None Pushed", "kbc None Pushed"] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no runs");
}

#[tokio::test]
async fn metrics_tell_counts_and_nothing_of_anybody() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let mut misplaced = of(&registration, "ing");
    misplaced["provider"] = json!("marker-in-the-wrong-place");
    for params in [of(&registration, "ing"), misplaced] {
        let run = bridge.begin("bank.sync_start", params).await;
        bridge.ended(&run).await;
    }
    let answer = bridge.client.get(format!("{}metrics", bridge.url())).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    for part in [
        "bank_bridge_calls_total{method=\"bank.sync_start\",code=\"ok\"}",
        "bank_bridge_runs_total{provider=\"made_up\"",
        "# EOF",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains(DATABASE) && !text.contains("marker") && !text.contains("\"ing\""), "{text}");
}

#[tokio::test]
async fn behind_a_proxy_metrics_need_a_token() {
    let bridge = bridge(|config| config.behind_proxy = true).await;
    let url = format!("{}metrics", bridge.url());
    assert_eq!(bridge.client.get(&url).send().await.unwrap().status().as_u16(), 401);
    let allowed = bridge.client.get(&url).bearer_auth(bridge.token.expose()).send().await.unwrap();
    assert_eq!(allowed.status().as_u16(), 200);
}
