//! The end: in bounded time, whatever hangs; and the accept loop when the system has nothing left to give.
//!
//! Signals and file descriptors belong to a process, so these tests run this same test binary a second time
//! as a server; `child_serves` does nothing unless it is that second process.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bank_bridge::rpc::auth::{Token, TokenEntry};
use bank_bridge::rpc::{ServerConfig, Shutdown, serve};
use bank_bridge::seal::{Sealer, SealingKey};
use serde_json::{Value, json};

use super::support::{Obedient, bridge, rest};

/// Set in the second process: seconds of its drain.
const CHILD: &str = "BANK_BRIDGE_TEST_CHILD_DRAIN";

fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

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
    let mut child = Running::start(3, None);
    let socket = child.hang();
    let started = Instant::now();
    child.terminate();
    assert!(child.wait().success());
    let took = started.elapsed();
    assert!(took >= millis(2900) && took < millis(4500), "{took:?}");
    drop(socket);

    let mut child = Running::start(30, None);
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
    let mut child = Running::start(1, Some(40));
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

/// This test binary as a server in a process of its own.
struct Running {
    child: Child,
    address: SocketAddr,
    token: String,
    /// Kept open, since the child writes to it until it ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(drain: u32, descriptors: Option<u32>) -> Self {
        let own = std::env::current_exe().unwrap();
        let limit = descriptors.map_or(String::new(), |number| format!("ulimit -n {number}; "));
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "{limit}exec \"$0\" --exact rpc::stopping::child_serves --nocapture --test-threads 1"
            ))
            .arg(own)
            .env(CHILD, drain.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let json = line.find('{').and_then(|start| serde_json::from_str::<Value>(&line[start..]).ok())?;
            Some((json["address"].as_str()?.parse().ok()?, json["token"].as_str()?.to_owned()))
        });
        let (address, token) = ready.expect("the child tells its address");
        Self { child, address, token, _output: lines }
    }

    /// A call that never ends.
    fn hang(&self) -> Blocking {
        let mut socket = Blocking::connect(self.address).unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: bridge\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: 100\r\n\r\n{{",
            self.token
        );
        std::io::Write::write_all(&mut socket, head.as_bytes()).unwrap();
        std::thread::sleep(millis(100));
        socket
    }

    fn get_live(&self) -> String {
        let mut socket = Blocking::connect(self.address).unwrap();
        let head = b"GET /live HTTP/1.1\r\nhost: bridge\r\nconnection: close\r\n\r\n";
        std::io::Write::write_all(&mut socket, head).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut socket, &mut answer).unwrap();
        answer
    }

    fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Seconds of user and system time so far, at 100 ticks a second (proc(5), fields 14 and 15 of `stat`).
    fn processor_time(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn child_serves() {
    let Some(drain) = std::env::var(CHILD).ok().and_then(|text| text.parse().ok()) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let shutdown = Shutdown::on_signals().unwrap();
        let token = Token::generate().unwrap();
        let config = ServerConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            tokens: vec![TokenEntry::admin("odoo", token.sha256())],
            drain: Duration::from_secs(drain),
            body_pause: Duration::from_secs(60),
            ..ServerConfig::default()
        };
        let sealer = Sealer::new(vec![SealingKey::generate().unwrap()]).unwrap();
        let backend = Arc::new(Obedient::default());
        let server = serve(config, Arc::new(sealer), backend, shutdown).await.unwrap();
        println!("\n{}", json!({"address": server.address(), "token": token.expose()}));
        server.stopped().await.unwrap();
    });
    runtime.shutdown_background();
}
