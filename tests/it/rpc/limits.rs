//! Callers that are slow, large, broken or too many.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::support::{bridge, rest};

fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[tokio::test]
async fn heads_of_requests_come_in_time() {
    let bridge = bridge(|config| config.header_time = millis(300)).await;
    for begun in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: bridge\r\nauthor"] {
        let mut socket = bridge.socket(begun).await;
        let started = Instant::now();
        rest(&mut socket).await;
        assert!(started.elapsed() < millis(1500), "{begun:?}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn connections_do_not_stay_idle() {
    let bridge = bridge(|config| config.header_time = millis(300)).await;
    let ping = r#"{"jsonrpc": "2.0", "id": 1, "method": "bank.ping"}"#;
    let mut socket = bridge.socket(&(bridge.head(ping.len()) + ping)).await;
    let started = Instant::now();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("200 OK") && !answer.contains("connection: close"), "{answer}");
    assert!(started.elapsed() < millis(1500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn without_a_token_a_connection_has_one_answer() {
    let bridge = bridge(|_| {}).await;
    for request in ["GET /live", "GET /ready", "GET /", "POST /"] {
        let head = format!("{request} HTTP/1.1\r\nhost: bridge\r\n\r\n");
        let answer = rest(&mut bridge.socket(&head.repeat(3)).await).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn bodies_that_pause_or_trickle_are_ended_with_a_code() {
    let bridge = bridge(|config| {
        config.body_pause = millis(200);
        config.body_time = millis(700);
    })
    .await;
    let mut paused = bridge.socket(&(bridge.head(100) + "{")).await;
    let answer = rest(&mut paused).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("BB-1005"), "{answer}");

    let mut trickling = bridge.socket(&(bridge.head(1000) + "{")).await;
    let started = Instant::now();
    while started.elapsed() < millis(1200) {
        if trickling.write_all(b" ").await.is_err() {
            break;
        }
        tokio::time::sleep(millis(50)).await;
    }
    let answer = rest(&mut trickling).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("BB-1005"), "{answer}");
}

#[tokio::test]
async fn slow_bodies_keep_no_healthy_caller_out() {
    let bridge = bridge(|config| {
        config.max_requests = 10;
        config.body_pause = millis(300);
    })
    .await;
    let mut slow = Vec::new();
    for _ in 0..10 {
        slow.push(bridge.socket(&(bridge.head(100) + "{")).await);
    }
    tokio::time::sleep(millis(100)).await;
    let (status, answer) = bridge.raw("bank.ping", json!({})).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer["error"]["data"]["code"], "BB-1009");
    tokio::time::sleep(millis(400)).await;
    bridge.call("bank.ping", json!({})).await;

    // Without a token they cost nothing from the start.
    for _ in 0..20 {
        slow.push(bridge.socket("POST / HTTP/1.1\r\nhost: bridge\r\ncontent-length: 100\r\n\r\n{").await);
    }
    bridge.call("bank.ping", json!({})).await;
}

#[tokio::test]
async fn a_request_over_the_cap_has_a_code_announced_or_not() {
    let bridge = bridge(|config| config.max_file_size = 30_000).await;
    let body = |size: usize| {
        json!({"jsonrpc": "2.0", "id": 1, "method": "bank.parse",
               "params": {"name": "large.cod", "content": "A".repeat(size)}})
        .to_string()
    };
    let (status, answer) = bridge.post(&body(3_000_000)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["error"]["data"]["code"], "BB-1004");

    // In pieces, without a length; written by hand, since a client that is answered early may give up.
    let token = bridge.token.expose();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: bridge\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut socket = bridge.socket(&head).await;
    let piece = format!("{:x}\r\n{{{}\r\n", 60_000, " ".repeat(59_999));
    for _ in 0..2 {
        socket.write_all(piece.as_bytes()).await.unwrap();
    }
    let answer = rest(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("BB-1004"), "{answer}");

    // Within the cap of a request but over that of a file.
    let (_, answer) = bridge.post(&body(44_000)).await;
    assert_eq!(answer["error"]["data"]["code"], "BB-3004");
    let (_, answer) = bridge.post(&body(40_000)).await;
    assert_eq!(answer["error"]["data"]["code"], "BB-3002");
}

#[tokio::test]
async fn whatever_is_no_call_is_refused_with_a_code() {
    let bridge = bridge(|_| {}).await;
    let bodies = [
        ("", "BB-1021"),
        ("marker", "BB-1021"),
        ("{\"marker\"", "BB-1021"),
        (r#"{"jsonrpc": "1.0", "id": 1, "method": "marker"}"#, "BB-1021"),
        (r#"{"jsonrpc": "2.0", "id": 1}"#, "BB-1021"),
        (r#"{"jsonrpc": "2.0", "id": {}, "method": "bank.ping"}"#, "BB-1021"),
        (r#"{"jsonrpc": "2.0", "id": 1, "id": 1, "method": "bank.ping"}"#, "BB-1021"),
        (r#"{"jsonrpc": "2.0", "id": 1, "method": "bank.ping", "params": "marker"}"#, "BB-1003"),
        (r#"{"jsonrpc": "2.0", "method": "bank.ping"}"#, "BB-1021"),
        (r#"[{"jsonrpc": "2.0", "id": 1, "method": "bank.ping"}]"#, "BB-1020"),
        ("[]", "BB-1020"),
    ];
    for (body, code) in bodies {
        let (_, answer) = bridge.post(body).await;
        assert_eq!(answer["error"]["data"]["code"], code, "{body}: {answer}");
        assert!(!answer.to_string().contains("marker"), "{answer}");
    }
    let request =
        || bridge.client.request(reqwest::Method::PUT, bridge.url()).bearer_auth(bridge.token.expose());
    let answer = request().body("{}").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["data"]["code"], "BB-1021");
    for spelling in ["application/json; charset=\"utf-8\"", "Application/JSON;charset=UTF-8"] {
        let request = bridge.client.post(bridge.url()).bearer_auth(bridge.token.expose());
        let request = request.header("content-type", spelling).body("{}");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST, "{spelling}");
    }
    let text = bridge.client.post(bridge.url()).bearer_auth(bridge.token.expose()).body("{}");
    let answer = text.header("content-type", "text/plain").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["data"]["code"], "BB-1021");
    let token = bridge.token.expose();
    let upgrade = format!(
        "GET / HTTP/1.1\r\nhost: bridge\r\nauthorization: Bearer {token}\r\nconnection: upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let answer = rest(&mut bridge.socket(&upgrade).await).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("BB-1021"), "{answer}");
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_with_a_code() {
    let bridge = bridge(|config| config.parse_deadline = millis(1)).await;
    // Large enough to take longer than that to read.
    let content = "A".repeat(16 << 20);
    let error = bridge.fail("bank.parse", json!({"name": "a", "content": content})).await;
    assert_eq!(error["data"]["code"], "BB-1005");
    assert_eq!(error["data"]["args"]["method"], "bank.parse");
    assert_eq!(error["data"]["retry"], true);
}

#[tokio::test]
async fn more_sockets_than_there_is_room_for_wait_their_turn() {
    let bridge = bridge(|config| {
        config.max_connections = 2;
        config.header_time = millis(400);
    })
    .await;
    let _held = [bridge.socket("POST").await, bridge.socket("POST").await];
    tokio::time::sleep(millis(50)).await;
    let started = Instant::now();
    bridge.call("bank.ping", json!({})).await;
    assert!(started.elapsed() > millis(200), "{:?}", started.elapsed());
    assert!(started.elapsed() < millis(2000), "{:?}", started.elapsed());
}
