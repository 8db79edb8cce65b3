//! What many connections cost the bridge: `scripts/bench sync`. The bridge is a process of its own, as packages have
//! it; a provider that answers late and an Odoo that answers at once are in this one.
//!
//! Arguments: path of the bridge, then the numbers of connections. A line of JSON for each.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it measures and tells")]

#[path = "../it/support/fake_odoo.rs"]
mod fake_odoo;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use bank_bridge::providers::state::State as Remembered;
use bank_bridge::seal::{Binding, Purpose, Sealer, SealingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_odoo::{DATABASE, FakeOdoo};
use serde_json::{Value, json};

/// New transactions of each connection.
const LINES: usize = 50;
/// How long the provider takes for every answer.
const LATENCY: Duration = Duration::from_millis(200);
const TOKEN: &str = "bb_the-token-of-this-measurement";
const KEY: [u8; 32] = [9; 32];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let bridge = arguments.next().expect("the path of the bridge");
    let sizes: Vec<usize> = arguments.map(|size| size.parse().expect("a number of connections")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for size in sizes {
        println!("{}", runtime.block_on(measure(&bridge, size)));
    }
}

async fn measure(path: &str, size: usize) -> Value {
    let odoo = FakeOdoo::start().await;
    let provider = provider().await;
    let sealer = Sealer::new(vec![SealingKey::new(Box::new(KEY))]).unwrap();
    for number in 0..size {
        let key = format!("c{number}");
        let mut state = Remembered::of("ponto");
        state.client_id = Some(key.clone());
        state.client_secret = Some("secret".to_owned().into());
        odoo.connection(&key, "ponto");
        let sealed = sealer.seal(Purpose::Connection, Binding::connection(DATABASE, &key), &state).unwrap();
        odoo.books().connections.get_mut(&key).unwrap().sealed = Some(sealed);
    }
    let registration = json!({"url": odoo.url, "database": "books", "database_uuid": DATABASE,
                              "login": "bank_bridge", "api_key": "key"});
    let registration =
        sealer.seal(Purpose::Registration, Binding::database(DATABASE), &registration).unwrap();
    let mut bridge = Bridge::start(path, &provider);
    let idle = bridge.cpu();

    let started = Instant::now();
    let client = reqwest::Client::new();
    let mut slowest = Duration::ZERO;
    for number in 0..size {
        let params = json!({"registration": registration, "database_uuid": DATABASE, "provider": "ponto",
                            "connection": format!("c{number}")});
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "bank.sync_start", "params": params});
        let asked = Instant::now();
        let answer: Value = client
            .post(&bridge.address)
            .bearer_auth(TOKEN)
            .json(&call)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(answer["result"]["run"].is_string(), "{answer}");
        slowest = slowest.max(asked.elapsed());
    }
    let accepted = started.elapsed();
    while odoo.books().calls.get("bridge_end").copied().unwrap_or(0) < size {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let wall = started.elapsed();
    assert_eq!(odoo.lines(), size * LINES, "every line is there once");
    let cpu = bridge.cpu() - idle;
    let calls: usize = odoo.books().calls.values().sum();
    json!({
        "connections": size,
        "wall_seconds": wall.as_secs_f64(),
        "accepted_seconds": accepted.as_secs_f64(),
        "slowest_answer_ms": slowest.as_secs_f64() * 1_000.0,
        "cpu_ms_each": cpu * 1_000.0 / size as f64,
        "peak_mb": bridge.peak(),
        "odoo_calls_each": calls as f64 / size as f64,
    })
}

/// The bridge as a process.
struct Bridge {
    child: Child,
    address: String,
}

impl Bridge {
    fn start(path: &str, provider: &str) -> Self {
        let config = std::env::temp_dir().join(format!("bank-bridge-bench-{}.toml", std::process::id()));
        let mut file = std::fs::File::create(&config).unwrap();
        write!(file, "[providers.ponto]\nbase_url = \"{provider}/ponto\"\nsandbox = true\n").unwrap();
        let mut child = Command::new(path)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-json", "--config"])
            .arg(&config)
            .env_clear()
            .env("BANK_BRIDGE_TOKEN", TOKEN)
            .env("BANK_BRIDGE_SEALING_KEY", BASE64_STANDARD.encode(KEY))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = log
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                Some(serde_json::from_str::<Value>(&line).ok()?.get("address")?.as_str()?.to_owned())
            })
            .expect("the bridge tells where it listens");
        std::thread::spawn(move || log.for_each(drop));
        let _ = std::fs::remove_file(config);
        Self { child, address: format!("http://{address}") }
    }

    /// CPU time so far, in seconds.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: f64 = [11, 12].map(|field: usize| fields[field].parse::<f64>().unwrap()).iter().sum();
        ticks / 100.0
    }

    /// Most memory so far, in MB.
    fn peak(&mut self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A provider that takes its time; who asks is told by the token.
async fn provider() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/ponto/oauth2/token", post(token))
        .route("/ponto/accounts", get(accounts))
        .route("/ponto/financial-institutions", get(institutions))
        .route("/ponto/accounts/{account}/transactions", get(transactions))
        .with_state(jiff::Timestamp::now());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn token(headers: http::HeaderMap, Form(_): Form<Vec<(String, String)>>) -> Json<Value> {
    tokio::time::sleep(LATENCY).await;
    let basic = headers["authorization"].to_str().unwrap().trim_start_matches("Basic ").to_owned();
    let id = String::from_utf8(BASE64_STANDARD.decode(basic).unwrap()).unwrap();
    let id = id.split(':').next().unwrap();
    Json(json!({"access_token": id, "expires_in": 1799, "scope": "ai", "token_type": "bearer"}))
}

async fn accounts(headers: http::HeaderMap, State(now): State<jiff::Timestamp>) -> Json<Value> {
    tokio::time::sleep(LATENCY).await;
    let id = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    Json(
        json!({"data": [{"type": "account", "id": id, "meta": {"availability": "available", "synchronizedAt": now.to_string()},
        "attributes": {"reference": format!("ACCOUNT-{id}"), "referenceType": "BBAN", "subtype": "checking",
            "currency": "EUR", "currentBalance": 10.5, "holderName": "Made up", "deprecated": false}}],
        "meta": {"paging": {"limit": 100}}, "links": {}}),
    )
}

async fn institutions() -> Json<Value> {
    tokio::time::sleep(LATENCY).await;
    Json(json!({"data": [], "meta": {"paging": {"limit": 100}}, "links": {}}))
}

async fn transactions(
    Path(account): Path<String>,
    State(now): State<jiff::Timestamp>,
) -> axum::response::Response {
    tokio::time::sleep(LATENCY).await;
    let mut text = String::from("{\"data\":[");
    for number in 0..LINES {
        let day = now - jiff::SignedDuration::from_hours(24 * (number as i64 / 10));
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}{{\"type\":\"transaction\",\"id\":\"{account}-{number}\",\"attributes\":{{\"amount\":{number}.25,\
             \"currency\":\"EUR\",\"executionDate\":\"{day}\",\"valueDate\":\"{day}\",\"description\":\"Wire transfer\",\
             \"remittanceInformation\":\"Invoice {number}\",\"remittanceInformationType\":\"unstructured\",\
             \"counterpartName\":\"Customer {number}\",\"counterpartReference\":\"BE68539007547034\"}}}}"
        );
    }
    text.push_str("],\"meta\":{\"paging\":{\"limit\":100}},\"links\":{}}");
    axum::response::Response::builder().header("content-type", "application/json").body(text.into()).unwrap()
}
