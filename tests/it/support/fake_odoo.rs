//! An Odoo that is none: the addon's protocol for online connections over `/json/2`, in memory. For what must be tried
//! many times, and for measuring the bridge without measuring Odoo; a real Odoo is in `tests/odoo`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::civil::Date;
use serde_json::{Value, json};

/// `database.uuid` of the database.
pub const DATABASE: &str = "6f1e4c1a-0000-4000-8000-00000000fa4e";

/// A server that answers as Odoo would.
pub struct FakeOdoo {
    pub url: String,
    books: Arc<Mutex<Books>>,
    task: tokio::task::JoinHandle<()>,
}

/// What is in the database.
#[derive(Default)]
pub struct Books {
    pub connections: BTreeMap<String, Connection>,
    /// Journal and identity: booking date and amount.
    pub lines: HashMap<(i64, String), (Date, String)>,
    /// How often each method was called.
    pub calls: BTreeMap<String, usize>,
    /// Methods whose next answer is lost after the work was done.
    pub lose: Vec<String>,
    /// Methods that fail as a busy Odoo does, that often.
    pub busy: BTreeMap<String, usize>,
    /// Until when the books are closed.
    pub locked_until: Option<Date>,
    /// Under which names lines were pushed.
    pub sources: Vec<String>,
    runs: HashMap<String, String>,
}

/// A connection.
#[derive(Default)]
pub struct Connection {
    pub provider: String,
    pub sealed: Option<String>,
    pub state: String,
    pub code: Option<String>,
    pub link: Option<String>,
    pub consent_until: Option<String>,
    pub accounts: BTreeMap<String, Account>,
    /// Arguments of every `bridge_end`.
    pub ends: Vec<Value>,
    pub lease: Option<(String, Instant)>,
}

/// An account of a connection.
#[derive(Clone, Default)]
pub struct Account {
    pub reference: String,
    pub currency: String,
    pub journal: Option<i64>,
    pub from: Option<Date>,
    pub complete_until: Option<Date>,
    pub epoch: u32,
    pub code: Option<String>,
}

impl Drop for FakeOdoo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeOdoo {
    pub async fn start() -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let router = Router::new()
            .route("/web/version", get(|| async { Json(json!({"version": "19.0"})) }))
            .route("/json/2/{model}/{method}", post(call))
            .with_state(books.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self { url, books, task }
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection, not linked yet.
    pub fn connection(&self, key: &str, provider: &str) {
        let made = Connection {
            provider: provider.to_owned(),
            state: "not_connected".to_owned(),
            ..Connection::default()
        };
        self.books().connections.insert(key.to_owned(), made);
    }

    /// Number of lines in all journals.
    pub fn lines(&self) -> usize {
        self.books().lines.len()
    }
}

async fn call(
    State(books): State<Arc<Mutex<Books>>>,
    Path((model, method)): Path<(String, String)>,
    Json(arguments): Json<Value>,
) -> Response {
    let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
    *books.calls.entry(method.clone()).or_default() += 1;
    if let Some(left) = books.busy.get_mut(&method).filter(|left| **left > 0) {
        *left -= 1;
        let body = json!({"name": "psycopg2.errors.SerializationFailure", "message": "could not serialize"});
        return (http::StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response();
    }
    let answer = match (model.as_str(), method.as_str()) {
        ("bank.bridge.import", "bridge_check") => Ok(json!({"protocol": 2, "database_uuid": DATABASE})),
        ("bank.bridge.import", "bridge_plan") => Ok(books.plan(&arguments)),
        ("bank.bridge.import", "bridge_push") => books.push(&arguments),
        ("bank.bridge.connection", "bridge_begin") => books.begin(&arguments),
        ("bank.bridge.connection", name) => books.of_lease(name, &arguments),
        _ => panic!("{model}.{method} is not part of the protocol"),
    };
    if let Some(position) = books.lose.iter().position(|name| *name == method) {
        books.lose.remove(position);
        let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        return Body::from_stream(futures_util::stream::iter([Err::<bytes::Bytes, _>(cut)])).into_response();
    }
    Json(answer.unwrap_or_else(|(code, args)| json!({"error": {"code": code, "args": args}}))).into_response()
}

type Answer = Result<Value, (&'static str, Value)>;

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}

fn day(value: &Value) -> Option<Date> {
    value.as_str().map(|text| text.parse().unwrap())
}

impl Books {
    fn begin(&mut self, arguments: &Value) -> Answer {
        let (run, key) = (text(arguments, "run"), text(arguments, "connection"));
        let until = Instant::now() + Duration::from_secs(arguments["lease"].as_u64().unwrap());
        let locked_until = self.locked_until;
        let Some(connection) = self.connections.get_mut(key) else {
            return Err(("BB-4201", json!({"connection": key})));
        };
        if let Some((other, ends)) = &connection.lease
            && other != run
            && *ends > Instant::now()
        {
            return Err(("BB-4202", json!({"until": "soon"})));
        }
        connection.lease = Some((run.to_owned(), until));
        self.runs.insert(run.to_owned(), key.to_owned());
        Ok(json!({
            "provider": connection.provider,
            "name": key,
            "company": "Made up",
            "sealed": connection.sealed,
            "accounts": connection.known(locked_until),
        }))
    }

    fn of_lease(&mut self, method: &str, arguments: &Value) -> Answer {
        let locked_until = self.locked_until;
        let of_run =
            |connection: &Connection| connection.ends.iter().any(|end| end["run"] == arguments["run"]);
        if method == "bridge_end" && self.connections.values().any(of_run) {
            return Ok(json!({}));
        }
        let connection = self.held(arguments)?;
        if let Some(sealed) = arguments["sealed"].as_str() {
            connection.sealed = Some(sealed.to_owned());
        }
        match method {
            "bridge_keep" => Ok(json!({"lease_until": "later"})),
            "bridge_link" => {
                connection.link = Some(text(arguments, "url").to_owned());
                connection.state = "waiting".to_owned();
                Ok(json!({}))
            }
            "bridge_accounts" => {
                connection.shown(arguments);
                Ok(json!({"accounts": connection.known(locked_until)}))
            }
            "bridge_advance" => {
                connection.advance(arguments);
                Ok(json!({}))
            }
            "bridge_end" => {
                connection.lease = None;
                connection.ends.push(arguments.clone());
                connection.code = arguments["code"].as_str().map(str::to_owned);
                if connection.state != "waiting" || connection.code.is_some() {
                    connection.state =
                        if connection.code.is_some() { "error" } else { "connected" }.to_owned();
                }
                Ok(json!({}))
            }
            _ => panic!("{method} is not part of the protocol"),
        }
    }

    /// The connection of the run, if it still has it; the lease is renewed.
    fn held(&mut self, arguments: &Value) -> Result<&mut Connection, (&'static str, Value)> {
        let run = text(arguments, "run");
        let key = self.runs.get(run).expect("a run that never began");
        let connection = self.connections.get_mut(key).unwrap();
        match &mut connection.lease {
            Some((holder, ends)) if holder == run => {
                if let Some(lease) = arguments["lease"].as_u64() {
                    *ends = Instant::now() + Duration::from_secs(lease);
                }
                Ok(connection)
            }
            _ => Err(("BB-4203", json!({}))),
        }
    }

    fn plan(&self, arguments: &Value) -> Value {
        let journal = arguments["journal"].as_i64().unwrap();
        let (mut lines, mut closed) = (Vec::new(), Vec::new());
        for line in arguments["lines"].as_array().unwrap() {
            let known = self.lines.contains_key(&(journal, text(line, "id").to_owned()));
            let date = day(&line["date"]).unwrap();
            if !known && self.locked_until.is_some_and(|until| date <= until) {
                closed.push(date);
            }
            lines.push(json!({"result": if known { "duplicate" } else { "new" }, "candidates": []}));
        }
        let locked = closed
            .iter()
            .min()
            .map(|first| json!({"count": closed.len(), "date": first, "locked_until": self.locked_until}));
        json!({"lines": lines, "locked": locked})
    }

    fn push(&mut self, arguments: &Value) -> Answer {
        self.held(arguments)?;
        self.sources.push(text(&arguments["statement"], "source").to_owned());
        let journal = arguments["journal"].as_i64().unwrap();
        let mut answers = Vec::new();
        for line in arguments["lines"].as_array().unwrap() {
            let date = day(&line["date"]).unwrap();
            assert!(self.locked_until.is_none_or(|until| date > until), "a line of a closed day");
            let name = (journal, text(line, "id").to_owned());
            let new = self.lines.insert(name, (date, text(line, "amount").to_owned())).is_none();
            answers.push(json!({"result": if new { "created" } else { "duplicate" }, "date": date}));
        }
        if arguments["last"] == true {
            let mut advance = arguments["advance"].clone();
            advance["run"] = arguments["run"].clone();
            let connection = self.held(&advance)?;
            connection.advance(&advance);
        }
        Ok(json!({"lines": answers, "milliseconds": 1}))
    }
}

impl Connection {
    fn known(&self, locked_until: Option<Date>) -> Value {
        let of = |(id, account): (&String, &Account)| {
            json!({
                "id": id,
                "reference": account.reference,
                "currency": account.currency,
                "source": format!("online.{}.{}.{}", self.provider, account.journal.unwrap_or(0), account.epoch),
                "from": account.from,
                "complete_until": account.complete_until,
                "locked_until": locked_until,
                "journal": account.journal.map(|id| json!({"id": id, "code": format!("B{id}"), "name": "Bank",
                    "currency": account.currency, "company": "Made up"})),
            })
        };
        self.accounts.iter().map(of).collect()
    }

    /// Every account gets a journal of its own by itself.
    fn shown(&mut self, arguments: &Value) {
        self.consent_until = arguments["consent_until"].as_str().map(str::to_owned);
        for shown in arguments["accounts"].as_array().unwrap() {
            let next = 1 + self.accounts.len() as i64;
            let account = self.accounts.entry(text(shown, "id").to_owned()).or_insert_with(|| Account {
                reference: text(shown, "reference").to_owned(),
                currency: shown["currency"].as_str().unwrap_or("EUR").to_owned(),
                journal: Some(next),
                epoch: 1,
                ..Account::default()
            });
            account.code = shown["code"].as_str().map(str::to_owned);
            account.epoch += u32::from(arguments["relinked"] == true);
        }
    }

    fn advance(&mut self, arguments: &Value) {
        if let Some(sealed) = arguments["sealed"].as_str() {
            self.sealed = Some(sealed.to_owned());
        }
        let account = self.accounts.get_mut(text(arguments, "account")).unwrap();
        account.complete_until = account.complete_until.max(day(&arguments["complete_until"]));
    }
}
