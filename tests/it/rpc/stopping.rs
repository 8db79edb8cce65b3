//! The end: in bounded time, whatever hangs; and the accept loop when the system has nothing left to give.

use std::net::TcpStream as Blocking;
use std::process::Stdio;
use std::time::Instant;

use serde_json::json;

use super::process::{Running, millis};
use super::support::{bridge, rest};

#[tokio::test]
async fn it_stops_at_once_when_nothing_is_going_on() {
    let bridge = bridge(|_| {}).await;
    bridge.call("bank.ping", json!({})).await;
    let _half = bridge.socket("POST / HT").await;
    let started = Instant::now();
    bridge.server.shutdown().signal();
    let stopped = bridge.server.stopped().await.unwrap();
    assert!(started.elapsed() < millis(1000), "{:?}", started.elapsed());
    assert_eq!(stopped.abandoned, 0);
}

#[tokio::test]
async fn calls_and_imports_finish_first() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    bridge.start(&registration, "SLOW").await;
    let ping = r#"{"jsonrpc": "2.0", "id": 1, "method": "bank.ping"}"#;
    let (head, tail) = ping.split_at(20);
    let mut socket = bridge.socket(&(bridge.head(ping.len()) + head)).await;
    tokio::time::sleep(millis(50)).await;
    bridge.server.shutdown().signal();
    tokio::time::sleep(millis(50)).await;
    assert!(Blocking::connect(bridge.server.address()).is_err(), "no new connections");
    tokio::io::AsyncWriteExt::write_all(&mut socket, tail.as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("200 OK") && answer.contains("version"), "{answer}");
    let (backend, stopped) = (bridge.backend.clone(), bridge.server.stopped().await.unwrap());
    assert_eq!(stopped.abandoned, 0);
    assert_eq!(*backend.imported.lock().unwrap(), ["november.cod"]);
}

#[tokio::test]
async fn new_work_is_refused_while_it_stops() {
    let bridge = bridge(|_| {}).await;
    let registration = bridge.register().await;
    bridge.start(&registration, "SLOW").await;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "bank.import_start",
                      "params": super::support::importing(&registration, "BNK1")})
    .to_string();
    let (head, tail) = call.split_at(20);
    let mut socket = bridge.socket(&(bridge.head(call.len()) + head)).await;
    tokio::time::sleep(millis(50)).await;
    bridge.server.shutdown().signal();
    tokio::io::AsyncWriteExt::write_all(&mut socket, tail.as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("BB-1008"), "{answer}");
}

#[tokio::test]
async fn what_hangs_is_given_up() {
    let bridge = bridge(|config| config.drain = millis(300)).await;
    let registration = bridge.register().await;
    bridge.start(&registration, "HANG").await;
    let _unfinished = bridge.socket(&(bridge.head(100) + "{")).await;
    tokio::time::sleep(millis(50)).await;
    let started = Instant::now();
    bridge.server.shutdown().signal();
    let stopped = bridge.server.stopped().await.unwrap();
    assert!(started.elapsed() >= millis(300) && started.elapsed() < millis(1000), "{:?}", started.elapsed());
    assert_eq!(stopped.abandoned, 2);
}

#[test]
fn one_signal_drains_and_a_second_ends_at_once() {
    let mut child = Running::start(3, None, Stdio::null());
    let socket = child.hang();
    let started = Instant::now();
    child.terminate();
    assert!(child.wait().success());
    let took = started.elapsed();
    assert!(took >= millis(2900) && took < millis(4500), "{took:?}");
    drop(socket);

    let mut child = Running::start(30, None, Stdio::null());
    let socket = child.hang();
    let started = Instant::now();
    child.terminate();
    std::thread::sleep(millis(200));
    child.terminate();
    assert!(child.wait().success());
    assert!(started.elapsed() < millis(1500), "{:?}", started.elapsed());
    drop(socket);
}

#[test]
fn without_file_descriptors_it_waits_instead_of_spinning() {
    let mut child = Running::start(1, Some(40), Stdio::null());
    let sockets: Vec<_> = (0..60).map(|_| Blocking::connect(child.address).unwrap()).collect();
    std::thread::sleep(millis(300));
    let before = child.processor_time();
    std::thread::sleep(millis(2000));
    let spent = child.processor_time() - before;
    assert!(spent < 0.2, "{spent} s of processor time in 2 s");
    drop(sockets);
    std::thread::sleep(millis(500));
    let live = child.get_live();
    assert!(live.contains("200 OK"), "{live}");
    child.terminate();
    assert!(child.wait().success());
}
