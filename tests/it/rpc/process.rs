//! A server in a process of its own, for what belongs to a process: signals, file descriptors, panics.
//!
//! It is this same test binary, run a second time; `child_serves` does nothing unless it is that second process.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bank_bridge::rpc::auth::{Token, TokenEntry};
use bank_bridge::rpc::{ServerConfig, Shutdown, serve};
use bank_bridge::seal::{Sealer, SealingKey};
use bank_bridge::telemetry;
use serde_json::{Value, json};

use super::support::Obedient;

/// Set in the second process: seconds of its drain.
const CHILD: &str = "BANK_BRIDGE_TEST_CHILD_DRAIN";

pub fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// This test binary as a server in a process of its own.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    pub token: String,
    /// Kept open, since the child writes to it until it ends.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// `log` takes what it writes to standard error.
    pub fn start(drain: u32, descriptors: Option<u32>, log: impl Into<Stdio>) -> Self {
        let own = std::env::current_exe().unwrap();
        let limit = descriptors.map_or(String::new(), |number| format!("ulimit -n {number}; "));
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "{limit}exec \"$0\" --exact rpc::process::child_serves --nocapture --test-threads 1"
            ))
            .arg(own)
            .env(CHILD, drain.to_string())
            .stdout(Stdio::piped())
            .stderr(log)
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
    pub fn hang(&self) -> Blocking {
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

    pub fn get_live(&self) -> String {
        let mut socket = Blocking::connect(self.address).unwrap();
        let head = b"GET /live HTTP/1.1\r\nhost: bridge\r\nconnection: close\r\n\r\n";
        std::io::Write::write_all(&mut socket, head).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut socket, &mut answer).unwrap();
        answer
    }

    pub fn terminate(&self) {
        let status =
            Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(status.success());
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Seconds of user and system time so far, at 100 ticks a second (proc(5), fields 14 and 15 of `stat`).
    pub fn processor_time(&self) -> f64 {
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
        telemetry::init(false, Some("trace")).unwrap();
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
