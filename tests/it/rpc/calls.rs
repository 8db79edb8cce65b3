//! The methods.

use std::time::Duration;

use bank_bridge::errors::catalogue::ENTRIES;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::support::{bridge, importing, registering};
use crate::support::{files, root};

#[tokio::test]
async fn ping_tells_version_and_methods() {
    let bridge = bridge(|_| {}).await;
    let pong = bridge.call("bank.ping", json!({})).await;
    assert_eq!(pong["version"], env!("CARGO_PKG_VERSION"));
    assert!(pong["methods"].as_array().unwrap().contains(&json!("bank.import_start")));
    assert_eq!(bridge.call("bank.ping", json!([])).await, pong);
}

#[tokio::test]
async fn the_document_and_the_methods_are_the_same() {
    let bridge = bridge(|_| {}).await;
    let document = bridge.call("rpc.discover", json!({})).await;
    assert_eq!(document["openrpc"], "1.3.2");
    let described: Vec<_> =
        document["methods"].as_array().unwrap().iter().map(|method| method["name"].clone()).collect();
    let pong = bridge.call("bank.ping", json!({})).await;
    assert_eq!(json!(described), pong["methods"]);
    for method in document["methods"].as_array().unwrap() {
        // Every one is really there: without parameters it may refuse them, but it is known.
        let (_, answer) = bridge.raw(method["name"].as_str().unwrap(), json!({})).await;
        assert_ne!(answer["error"]["data"]["code"], "BB-1002", "{method}");
        let required = method["params"].as_array().unwrap().iter().any(|param| param["required"] == true);
        assert_eq!(answer["error"]["data"]["code"] == "BB-1003", required, "{method}: {answer}");
    }
    let param = |method: &str, name: &str| {
        let params = find(&document, method)["params"].as_array().unwrap().clone();
        params
            .into_iter()
            .find(|param| param["name"] == name)
            .unwrap_or_else(|| panic!("{method}: no {name}"))
    };
    assert_eq!(param("bank.import_start", "accept_balance")["required"], false);
    for method in ["bank.parse", "bank.import_start"] {
        for (name, values) in
            [("date_order", vec!["dmy", "mdy", "ymd"]), ("decimal_mark", vec!["point", "comma"])]
        {
            let described = param(method, name);
            assert_eq!(described["required"], false);
            let schema = described["schema"].to_string();
            assert!(values.iter().all(|value| schema.contains(&format!("\"{value}\""))), "{schema}");
        }
    }
}

fn find<'d>(document: &'d Value, name: &str) -> &'d Value {
    document["methods"].as_array().unwrap().iter().find(|method| method["name"] == name).unwrap()
}

#[tokio::test]
async fn every_code_is_explained() {
    let bridge = bridge(|_| {}).await;
    for entry in ENTRIES {
        let told = bridge.call("bank.explain", json!({"code": entry.code.to_string()})).await;
        assert_eq!(told["sentence"], entry.sentence);
        assert_eq!(told["next_step"], entry.next_step);
    }
    let error = bridge.fail("bank.explain", json!({"code": "BB-0000"})).await;
    assert_eq!(error["data"]["code"], "BB-1014");
    assert_eq!(error["data"]["args"], json!({"text": "BB-0000"}));
}

#[tokio::test]
async fn a_failure_has_the_same_members_everywhere() {
    let bridge = bridge(|_| {}).await;
    let error = bridge.fail("bank.sing", json!({})).await;
    assert_eq!(error["code"], -32601);
    assert_eq!(error["message"], "the bridge has no method bank.sing");
    assert_eq!(
        error["data"],
        json!({"code": "BB-1002", "args": {"method": "bank.sing"}, "fixed_by": "developers", "retry": false,
               "run": null, "link": null, "place": null, "details": [], "origin": null})
    );
}

#[tokio::test]
async fn a_file_is_read_as_the_command_line_reads_it() {
    let bridge = bridge(|_| {}).await;
    let folder = root().join("tests/formats");
    let fixtures = if folder.exists() { files(&folder) } else { Vec::new() };
    for golden in fixtures.iter().filter(|path| path.to_string_lossy().ends_with(".golden.json")) {
        let expected: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
        let name = golden.file_name().unwrap().to_string_lossy().replace(".golden.json", "");
        let bytes = std::fs::read(golden.with_file_name(&name)).unwrap();
        let mut params = json!({"name": name, "content": STANDARD.encode(bytes)});
        if let Ok(said) = std::fs::read(golden.with_file_name(format!("{name}.options"))) {
            let said: serde_json::Map<String, Value> = serde_json::from_slice(&said).unwrap();
            if said.contains_key("preset") {
                // A preset is a file of whoever runs the bridge; a caller names none.
                continue;
            }
            params.as_object_mut().unwrap().extend(said);
        }
        let (_, answer) = bridge.raw("bank.parse", params).await;
        assert_eq!(answer["result"]["statements"], expected["statements"], "{name}");
        if let Some(first) = expected["error"][0].as_str() {
            let code = answer["error"]["data"]["code"].as_str().unwrap();
            assert!(first.contains(code), "{name}: {first} and {code}");
        }
    }
    let error = bridge.fail("bank.parse", json!({"name": "a.txt", "content": "aGVsbG8="})).await;
    assert_eq!(error["data"]["code"], "BB-3002");
    assert_eq!(error["data"]["place"], "a.txt");
    let error =
        bridge.fail("bank.parse", json!({"name": "a", "content": "aGVsbG8=", "format": "morse"})).await;
    assert_eq!(error["data"]["code"], "BB-3009");
    let error = bridge.fail("bank.parse", json!({"name": "a", "content": "?"})).await;
    assert_eq!(error["data"]["code"], "BB-1016");
    let error = bridge.fail("bank.parse", json!({"name": "", "content": ""})).await;
    assert_eq!(error["data"]["args"]["path"], "name");
}

#[tokio::test]
async fn registering_answers_first_and_confirms_afterwards() {
    let bridge = bridge(|config| config.confirm_waits = vec![Duration::from_millis(150); 3]).await;
    *bridge.backend.refuse_confirming.lock().unwrap() = 2;
    let answer = bridge.call("bank.register", registering()).await;
    assert!(answer["registration"].as_str().unwrap().starts_with("bb1."));
    assert_eq!(answer["bridge"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(bridge.backend.confirmed.lock().unwrap().is_empty(), "nothing while the caller waits");
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(*bridge.backend.confirmed.lock().unwrap(), ["books"], "once, after two failures");
}

#[tokio::test]
async fn an_odoo_has_a_plain_address() {
    let bridge = bridge(|_| {}).await;
    let addresses = [
        ("https://odoo.example.com/", true),
        ("http://127.0.0.1:8069", true),
        ("https://user:marker-password@odoo.example.com", false),
        ("https://odoo.example.com/web?key=marker-query", false),
        ("ftp://odoo.example.com", false),
        ("odoo", false),
    ];
    for (address, fine) in addresses {
        let mut params = registering();
        params["odoo"]["url"] = json!(address);
        let (_, answer) = bridge.raw("bank.register", params).await;
        assert_eq!(answer["error"].is_null(), fine, "{address}: {answer}");
        if !fine {
            assert_eq!(answer["error"]["data"]["code"], "BB-1017");
            assert!(!answer.to_string().contains("marker"), "{answer}");
        }
    }
}

#[tokio::test]
async fn an_import_goes_on_after_its_caller_has_gone() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let run = bridge.start(&registration, "SLOW").await;
    let status = bridge.call("bank.run_status", json!({"run": run})).await;
    assert_eq!(status["state"], "running");
    assert_eq!(status["progress"], json!({"step": "lines", "done": 1, "total": 2}));
    let status = bridge.ended(&run).await;
    assert_eq!(status["state"], "done");
    assert_eq!(status["counts"], json!({"statements": 1, "created": 2}));
    assert_eq!(*bridge.backend.imported.lock().unwrap(), ["november.cod"]);
}

#[tokio::test]
async fn what_a_caller_says_about_a_file_reaches_its_import() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    for (said, expected) in [
        (json!({}), ["none", "none", "none"]),
        (json!({"date_order": null, "decimal_mark": null, "preset": null}), ["none", "none", "none"]),
        (json!({"date_order": "mdy"}), ["mdy", "none", "none"]),
        (json!({"date_order": "ymd", "decimal_mark": "comma"}), ["ymd", "comma", "none"]),
        (json!({"preset": "be-kbc"}), ["none", "none", "KBC, CBC"]),
        (json!({"preset": PRESET}), ["none", "none", "Made up"]),
    ] {
        let mut params = importing(&registration, "BNK1");
        params.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let started = bridge.call("bank.import_start", params).await;
        bridge.ended(started["run"].as_str().unwrap()).await;
        let said = bridge.backend.said.lock().unwrap().pop().unwrap();
        assert_eq!(said, expected);
    }
    let mut params = importing(&registration, "BNK1");
    params["date_order"] = json!("dym");
    let error = bridge.fail("bank.import_start", params).await;
    assert_eq!(error["data"]["args"], json!({"path": "date_order"}));
    // Neither a file of the bridge's machine nor a member that no preset has.
    for preset in ["/etc/hostname", "bank = \"B\"\ncolour = 1\n"] {
        let mut params = importing(&registration, "BNK1");
        params["preset"] = json!(preset);
        let error = bridge.fail("bank.import_start", params).await;
        assert_eq!(error["data"]["code"], "BB-3602", "{error}");
    }
}

/// A preset as a caller gives it.
const PRESET: &str = "bank = \"Made up\"\n[columns]\nbooked = \"Day\"\namount = \"Sum\"\ntext = \"Words\"\n";

#[tokio::test]
async fn a_table_is_read_by_the_preset_that_comes_with_it() {
    let bridge = bridge(|_| {}).await;
    let table = STANDARD.encode("Day;Sum;Words\n2026-11-20;-1.50;Coffee\n");
    let mut params = json!({"name": "t.csv", "content": table, "preset": PRESET});
    let parsed = bridge.call("bank.parse", params.clone()).await;
    let line = &parsed["statements"][0]["lines"][0];
    assert_eq!((&line["amount"], &line["text"]), (&json!("-1.50"), &json!("Coffee")));
    params["preset"] = json!("be-kbc");
    assert_eq!(bridge.fail("bank.parse", params).await["data"]["code"], "BB-3605");
}

#[tokio::test]
async fn an_import_that_fails_or_panics_says_so() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    for (journal, code) in [("FAIL", "BB-4102"), ("PANIC", "BB-9001")] {
        let run = bridge.start(&registration, journal).await;
        let status = bridge.ended(&run).await;
        assert_eq!(status["state"], "failed");
        assert_eq!(status["error"]["code"], code);
        assert_eq!(status["error"]["run"], run);
    }
    assert_eq!(bridge.call("bank.ping", json!({})).await["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn a_registration_opens_for_its_own_database_alone() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    let mut params = importing(&registration, "BNK1");
    params["database_uuid"] = json!("6f1e4c1a-0000-4000-8000-000000000002");
    let error = bridge.fail("bank.import_start", params).await;
    assert_eq!(error["data"]["code"], "BB-1006");
    let error = bridge.fail("bank.import_start", importing("bb1.marker", "BNK1")).await;
    assert_eq!(error["data"]["code"], "BB-1006");
    assert!(!error.to_string().contains("marker"));
    assert!(bridge.backend.imported.lock().unwrap().is_empty());
}

#[tokio::test]
async fn runs_of_others_are_unknown() {
    let bridge = bridge(|_| {}).await;
    let unknown = "019aaf00-0000-7000-8000-000000000000";
    let error = bridge.fail("bank.run_status", json!({"run": unknown})).await;
    assert_eq!((&error["data"]["code"], &error["data"]["args"]["run"]), (&json!("BB-1007"), &json!(unknown)));
    let error = bridge.fail("bank.run_status", json!({"run": "marker"})).await;
    assert_eq!(error["data"]["args"], json!({"path": "run"}));
}

#[tokio::test]
async fn too_many_imports_are_refused_at_once() {
    let bridge = bridge(|config| config.max_imports = 1).await;
    let registration = bridge.register().await;
    bridge.start(&registration, "HANG").await;
    let error = bridge.fail("bank.import_start", importing(&registration, "BNK1")).await;
    assert_eq!((&error["data"]["code"], &error["data"]["retry"]), (&json!("BB-1009"), &json!(true)));
}
