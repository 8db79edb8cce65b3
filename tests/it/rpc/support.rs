//! A listening server, a backend that behaves as it is told, and callers.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bank_bridge::errors::{Code, Error, Origin, Result};
use bank_bridge::providers::{Consent, Institution, Profile};
use bank_bridge::rpc::auth::{Token, TokenEntry};
use bank_bridge::rpc::{Backend, ImportJob, Progress, Registration, Server, ServerConfig, Shutdown, serve};
use bank_bridge::seal::{Sealer, SealingKey};
use bank_bridge::sync::online::Job;
use bank_bridge::telemetry;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const DATABASE: &str = "6f1e4c1a-0000-4000-8000-000000000001";

/// The key that seals, and the one before.
pub const NEW_KEY: [u8; 32] = [7; 32];
pub const OLD_KEY: [u8; 32] = [6; 32];

/// Does what the name of the journal or connection says.
#[derive(Default)]
pub struct Obedient {
    pub confirmed: Mutex<Vec<String>>,
    pub refuse_confirming: Mutex<u32>,
    pub imported: Mutex<Vec<String>>,
    /// Date order, decimal mark and bank of the preset of each import.
    pub said: Mutex<Vec<[String; 3]>>,
    /// Id of each import, and whether it only looked.
    pub looked: Mutex<Vec<(String, bool)>>,
    /// Connection, user and task of each run.
    pub ran: Mutex<Vec<String>>,
}

#[async_trait]
impl Backend for Obedient {
    async fn confirm(&self, registration: &Registration) -> Result<()> {
        {
            let mut refuse = self.refuse_confirming.lock().unwrap();
            if *refuse > 0 {
                *refuse -= 1;
                return Err(Error::new(Code::ODOO_LOGIN_REFUSED));
            }
        }
        self.confirmed.lock().unwrap().push(registration.database.clone());
        Ok(())
    }

    async fn import(
        &self,
        registration: &Registration,
        job: ImportJob,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value> {
        assert_eq!(registration.database_uuid, DATABASE);
        report(Progress { step: "lines".to_owned(), done: 1, total: Some(2) });
        match job.journal.as_deref() {
            Some("SLOW") => tokio::time::sleep(Duration::from_millis(400)).await,
            Some("HANG") => std::future::pending().await,
            Some("PANIC") => panic!("{} has nothing to do in a log", registration.url),
            Some("FAIL") => return Err(Error::new(Code::JOURNAL_UNKNOWN).arg("journal", "FAIL")),
            _ => {}
        }
        self.imported.lock().unwrap().push(job.input.name().to_owned());
        self.looked.lock().unwrap().push((job.run.to_string(), job.dry_run));
        let order = job.options.date_order.map_or("none", |order| order.id());
        let mark = job.options.decimal_mark.map_or("none", |mark| mark.id());
        let preset = job.options.preset.map_or_else(|| "none".to_owned(), |preset| preset.bank.clone());
        self.said.lock().unwrap().push([order.to_owned(), mark.to_owned(), preset]);
        Ok(json!({"statements": 1, "created": 2}))
    }

    async fn online(
        &self,
        registration: &Registration,
        job: Job,
        report: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Value> {
        assert_eq!(registration.database_uuid, DATABASE);
        report(Progress { step: "account".to_owned(), done: 1, total: Some(1) });
        self.ran.lock().unwrap().push(format!("{} {:?} {:?}", job.connection, job.user, job.task));
        match job.connection.as_str() {
            "slow" => tokio::time::sleep(Duration::from_millis(400)).await,
            "hang" => std::future::pending().await,
            "panic" => panic!("{} has nothing to do in a log", registration.url),
            "fail" => {
                let said = Origin { class: Some("authorizationExpired".to_owned()), ..Origin::of("Ponto") };
                return Err(Error::new(Code::CONSENT_ENDED).origin(said));
            }
            _ => {}
        }
        Ok(json!({"created": 3}))
    }

    fn providers(&self) -> Vec<Profile> {
        vec![Profile {
            id: "made_up",
            title: "Made Up",
            sandbox: true,
            consent: Consent::Redirect,
            price: "free",
            renewal_days: 90,
            site: "https://provider.example.com".to_owned(),
        }]
    }

    async fn institutions(&self, provider: &str, country: &str) -> Result<Vec<Institution>> {
        if provider != "made_up" {
            return Err(Error::new(Code::PROVIDER_UNKNOWN).arg("name", "?").arg("known", "made_up"));
        }
        let name = format!("Bank of {country}");
        Ok(vec![Institution { id: "1".to_owned(), name, ..Institution::default() }])
    }

    async fn webhook(
        &self,
        provider: &str,
        headers: &http::HeaderMap,
        body: &[u8],
    ) -> Result<Vec<(Registration, String)>> {
        if provider != "made_up" {
            return Err(Error::new(Code::PROVIDER_UNKNOWN));
        }
        if headers.get("signature").is_none_or(|signature| signature != "right") {
            return Err(Error::new(Code::WEBHOOK_REFUSED));
        }
        let registration = Registration {
            url: "https://odoo.example.com".to_owned(),
            database: "books".to_owned(),
            database_uuid: DATABASE.to_owned(),
            login: "bank_bridge".to_owned(),
            api_key: String::new().into(),
        };
        let known = std::str::from_utf8(body).unwrap();
        let known = known.split_whitespace().filter(|name| *name != "nobody");
        Ok(known.map(|name| (registration.clone(), name.to_owned())).collect())
    }
}

/// A server of its own for a test.
pub struct Bridge {
    pub server: Server,
    pub token: Token,
    pub backend: Arc<Obedient>,
    pub client: reqwest::Client,
}

/// Starts a server; `change` sets what the test is about.
pub async fn bridge(change: impl FnOnce(&mut ServerConfig)) -> Bridge {
    logged();
    let token = Token::generate().unwrap();
    let mut config = ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        tokens: vec![TokenEntry::admin("odoo", token.sha256())],
        failure_delay: Duration::from_millis(1),
        confirm_waits: vec![Duration::from_millis(20); 3],
        ..ServerConfig::default()
    };
    change(&mut config);
    let backend = Arc::new(Obedient::default());
    // The older key opens what a bridge of yesterday has sealed.
    let keys = [NEW_KEY, OLD_KEY].map(|key| SealingKey::new(Box::new(key)));
    let sealer = Sealer::new(keys.into()).unwrap();
    let server = serve(config, Arc::new(sealer), backend.clone(), Shutdown::new()).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Bridge { server, token, backend, client }
}

impl Bridge {
    pub fn url(&self) -> String {
        format!("http://{}/", self.server.address())
    }

    /// Calls a method and gives HTTP status and the whole answer.
    pub async fn raw(&self, method: &str, params: Value) -> (StatusCode, Value) {
        self.post(&json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params}).to_string()).await
    }

    /// Posts any text as the right caller.
    pub async fn post(&self, body: &str) -> (StatusCode, Value) {
        let request = self.client.post(self.url()).bearer_auth(self.token.expose());
        let answer =
            request.header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
        assert!(answer.headers().contains_key("x-request-id"));
        (answer.status(), answer.json().await.unwrap())
    }

    pub async fn call(&self, method: &str, params: Value) -> Value {
        let (status, answer) = self.raw(method, params).await;
        assert_eq!((status, &answer["error"], &answer["id"]), (StatusCode::OK, &Value::Null, &json!(5)));
        answer["result"].clone()
    }

    /// Calls a method that fails, and gives `error`.
    pub async fn fail(&self, method: &str, params: Value) -> Value {
        let (_, answer) = self.raw(method, params).await;
        assert_eq!(answer["id"], 5, "{answer}");
        answer["error"].clone()
    }

    pub async fn register(&self) -> String {
        let result = self.call("bank.register", registering()).await;
        result["registration"].as_str().unwrap().to_owned()
    }

    /// Begins an import and gives its run.
    pub async fn start(&self, registration: &str, journal: &str) -> String {
        let result = self.call("bank.import_start", importing(registration, journal)).await;
        result["run"].as_str().unwrap().to_owned()
    }

    /// Waits until an import has ended.
    pub async fn ended(&self, run: &str) -> Value {
        for _ in 0..200 {
            let status = self.call("bank.run_status", json!({"run": run})).await;
            if status["state"] != "running" {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{run} does not end");
    }

    /// A socket with these bytes sent.
    pub async fn socket(&self, bytes: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.server.address()).await.unwrap();
        socket.write_all(bytes.as_bytes()).await.unwrap();
        socket
    }

    /// The head of a right call whose body has `length` bytes.
    pub fn head(&self, length: usize) -> String {
        let token = self.token.expose();
        format!(
            "POST / HTTP/1.1\r\nhost: bridge\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    }
}

/// What comes until the other side closes, within a second or so.
pub async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ =
        tokio::time::timeout(Duration::from_secs(3), socket.read_to_end(&mut bytes)).await.expect("closed");
    String::from_utf8(bytes).unwrap()
}

pub fn registering() -> Value {
    json!({"odoo": {"url": "https://odoo.example.com", "database": "books", "database_uuid": DATABASE,
                    "login": "bank_bridge", "api_key": "marker-api-key"}})
}

pub fn importing(registration: &str, journal: &str) -> Value {
    json!({"registration": registration, "database_uuid": DATABASE, "name": "november.cod",
           "content": "aGVsbG8=", "journal": journal})
}

/// Everything that the bridge has logged in this process, at its most talkative.
pub fn logged() -> String {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    let kept = KEPT.get_or_init(|| {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = telemetry::subscriber(true, Some("trace"), move || writer.clone()).unwrap();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        kept
    });
    String::from_utf8_lossy(&kept.0.lock().unwrap()).into_owned()
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
