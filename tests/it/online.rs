//! The heart of online connections against a provider that does as it is told and an Odoo in memory.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bank_bridge::domain::{Account, Balance, Currency, Date, TransactionDraft};
use bank_bridge::errors::{Code, Error, Origin, Result};
use bank_bridge::odoo::{self, Target, Transport};
use bank_bridge::providers::state::Secret;
use bank_bridge::providers::{
    Accounts, Consent, Hint, Institution, Linked, Profile, Provider, Reading, Registry, RemoteAccount,
    RemoteLine, Session, Wish,
};
use bank_bridge::seal::{Sealer, SealingKey};
use bank_bridge::sync::online::{self, Credentials, Job, Outcome, Task, Times};
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;

use crate::support::fake_odoo::{Account as FakeAccount, DATABASE, FakeOdoo};

/// What the provider shows.
#[derive(Debug, Default)]
struct Script {
    /// Account, id of the line, day, amount.
    lines: Mutex<Vec<(&'static str, String, Date, &'static str)>>,
    /// What the next reading of an account fails with.
    fails: Mutex<Vec<(&'static str, Error)>>,
    problem: Mutex<Option<Error>>,
    refreshed: Mutex<usize>,
    /// How long a reading takes.
    slow: Mutex<Duration>,
    rotated: Mutex<usize>,
}

#[derive(Clone, Debug)]
struct MadeUp(std::sync::Arc<Script>);

const ACCOUNTS: [&str; 2] = ["first", "second"];

#[async_trait]
impl Provider for MadeUp {
    fn id(&self) -> &'static str {
        "made_up"
    }

    fn profile(&self) -> Profile {
        let site = "https://provider.example.com".to_owned();
        let (id, title, price) = ("made_up", "Made Up", "free");
        Profile { id, title, sandbox: true, consent: Consent::Credentials, price, renewal_days: 90, site }
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn institutions(&self, _: &str) -> Result<Vec<Institution>> {
        Ok(Vec::new())
    }

    async fn connect(&self, session: &mut Session<'_>, wish: &Wish) -> Result<Linked> {
        if session.state.client_secret.is_some() {
            return Ok(Linked::Ready);
        }
        session.state.ids.insert("asked".to_owned(), wish.connection.clone());
        Ok(Linked::Open { url: format!("https://bank.example.com/{}", wish.connection), expires: None })
    }

    async fn returned(&self, session: &mut Session<'_>, parameters: &[(String, String)]) -> Result<Linked> {
        let expected = session.state.ids.remove("asked");
        let right =
            parameters.iter().any(|(name, value)| name == "state" && Some(value) == expected.as_ref());
        if right { Ok(Linked::Ready) } else { Err(Error::new(Code::RETURN_UNKNOWN)) }
    }

    async fn accounts(&self, session: &mut Session<'_>) -> Result<Accounts> {
        // A token that changes with every use.
        let turn = {
            let mut rotated = self.0.rotated.lock().unwrap();
            *rotated += 1;
            *rotated
        };
        session.state.refresh_token = Some(format!("marker-token-{turn}").into());
        session.keep().await?;
        let account = |id: &str| RemoteAccount {
            id: id.to_owned(),
            account: Account {
                number: Some(id.into()),
                currency: Currency::new("EUR"),
                ..Account::default()
            },
            name: None,
            balance: Some(Balance { date: None, amount: "10".parse().unwrap() }),
            fresh_as_of: Some(Timestamp::now()),
            institution: None,
            problem: None,
            readable: true,
        };
        Ok(Accounts {
            accounts: ACCOUNTS.map(account).into(),
            consent_until: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            problem: self.0.problem.lock().unwrap().clone(),
            ..Accounts::default()
        })
    }

    async fn refresh(&self, _: &mut Session<'_>, _: &[RemoteAccount]) -> Result<Vec<Error>> {
        *self.0.refreshed.lock().unwrap() += 1;
        Ok(vec![Error::new(Code::REFRESH_TOO_EARLY).arg("provider", "Made Up")])
    }

    async fn transactions(
        &self,
        session: &mut Session<'_>,
        account: &RemoteAccount,
        since: Date,
    ) -> Result<Reading> {
        let slow = *self.0.slow.lock().unwrap();
        tokio::time::sleep(slow).await;
        let failure = {
            let mut fails = self.0.fails.lock().unwrap();
            fails.iter().position(|(id, _)| *id == account.id).map(|position| fails.remove(position).1)
        };
        if let Some(error) = failure {
            return Err(error);
        }
        let cursor =
            session.state.cursors.get(&account.id).map_or(1, |cursor| cursor.parse::<u32>().unwrap() + 1);
        let line = |(_, id, day, amount): &(&str, String, Date, &str)| RemoteLine {
            id: id.as_str().into(),
            draft: TransactionDraft::new(*day, amount.parse().unwrap(), Currency::new("EUR").unwrap()),
        };
        let lines = self.0.lines.lock().unwrap();
        let lines =
            lines.iter().filter(|(of, _, day, _)| *of == account.id && *day >= since).map(line).collect();
        Ok(Reading { lines, findings: Vec::new(), cursor: Some(cursor.to_string()) })
    }

    async fn webhook(&self, _: &http::HeaderMap, _: &[u8]) -> Result<Option<Hint>> {
        Ok(None)
    }
}

struct Bench {
    odoo: FakeOdoo,
    script: std::sync::Arc<Script>,
    registry: Registry,
    sealer: Sealer,
    lease: Duration,
}

impl Bench {
    async fn new() -> Self {
        let script = std::sync::Arc::new(Script::default());
        let odoo = FakeOdoo::start().await;
        odoo.connection("ing", "made_up");
        Self {
            odoo,
            registry: Registry::of(vec![std::sync::Arc::new(MadeUp(script.clone()))]),
            script,
            sealer: Sealer::new(vec![SealingKey::new(Box::new([1; 32]))]).unwrap(),
            lease: Duration::from_secs(60),
        }
    }

    fn target(&self) -> Target {
        Target {
            url: self.odoo.url.clone(),
            database: "books".to_owned(),
            login: "bank_bridge".to_owned(),
            api_key: "key".to_owned().into(),
            transport: Transport::Json2,
        }
    }

    async fn run(&self, task: Task, user: Option<IpAddr>) -> Result<Outcome> {
        let client = odoo::connect(&self.target()).await.unwrap();
        let job = Job {
            run: uuid::Uuid::now_v7(),
            connection: "ing".to_owned(),
            database_uuid: DATABASE.to_owned(),
            user,
            task,
        };
        let times = Times { lease: self.lease, budget: Duration::from_secs(5) };
        online::run(&*client, &self.registry, &self.sealer, times, job, &|_| {}).await
    }

    async fn sync(&self) -> Result<Outcome> {
        self.run(Task::Sync, None).await
    }

    async fn link(&self) {
        let credentials =
            Credentials { client_id: "id".to_owned(), client_secret: Secret::from("marker".to_owned()) };
        let wish = Box::new(Wish { connection: "ing".to_owned(), ..Wish::default() });
        let provider = "made_up".to_owned();
        self.run(Task::Connect { provider, wish, credentials: Some(credentials) }, None).await.unwrap();
    }

    fn line(&self, account: &'static str, id: &str, days_ago: i64, amount: &'static str) {
        self.script.lines.lock().unwrap().push((account, id.to_owned(), ago(days_ago), amount));
    }

    /// An account as Odoo knows it.
    fn account(&self, id: &str) -> FakeAccount {
        self.odoo.books().connections["ing"].accounts[id].clone()
    }

    fn ends(&self) -> Vec<Value> {
        self.odoo.books().connections["ing"].ends.clone()
    }
}

/// A day before today.
fn ago(days: i64) -> Date {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.checked_sub(jiff::Span::new().days(days)).unwrap()
}

#[tokio::test]
async fn a_linked_connection_brings_each_line_once() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    bench.line("first", "b", 3, "10.00");
    bench.line("second", "c", 0, "-1.50");
    let outcome = bench.sync().await.unwrap();
    assert_eq!((outcome.counts.created, bench.odoo.lines()), (3, 3));
    let outcome = bench.sync().await.unwrap();
    assert_eq!((outcome.counts.created, outcome.counts.duplicate, bench.odoo.lines()), (0, 3, 3));
    bench.line("first", "late", 9, "7.00");
    assert_eq!(bench.sync().await.unwrap().counts.created, 1, "a line that is booked late");
    assert_eq!(bench.account("first").complete_until, Some(ago(1)));
    let last = bench.ends().pop().unwrap();
    assert_eq!(
        (&last["state"], &last["code"], &last["counts"]["created"]),
        (&"done".into(), &Value::Null, &1.into())
    );
}

#[tokio::test]
async fn the_mark_moves_only_when_odoo_has_the_lines() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    let lost = Error::new(Code::PROVIDER_FAILED).arg("provider", "Made Up").arg("status", 500);
    bench.script.fails.lock().unwrap().push(("first", lost));
    let outcome = bench.sync().await.unwrap();
    assert_eq!(outcome.failures.len(), 1);
    assert_eq!(bench.account("first").complete_until, None);
    assert_eq!(
        bench.account("second").complete_until,
        Some(ago(1)),
        "one failing account never blocks another"
    );
    let end = bench.ends().pop().unwrap();
    assert_eq!((&end["code"], &end["accounts"][0]["id"]), (&"BB-2003".into(), &"first".into()));
    assert_eq!(bench.sync().await.unwrap().counts.created, 1);
    assert_eq!(bench.account("first").complete_until, Some(ago(1)));
}

#[tokio::test]
async fn a_lost_answer_of_odoo_loses_and_doubles_nothing() {
    for method in
        ["bridge_push", "bridge_accounts", "bridge_keep", "bridge_begin", "bridge_end", "bridge_advance"]
    {
        let bench = Bench::new().await;
        bench.link().await;
        bench.line("first", "a", 3, "10.00");
        bench.odoo.books().lose.push(method.to_owned());
        bench.odoo.books().busy.insert(method.to_owned(), 1);
        bench.sync().await.unwrap_or_else(|error| panic!("{method}: {error}"));
        assert_eq!(bench.odoo.lines(), 1, "{method}");
        assert!(bench.odoo.books().lose.is_empty(), "{method} was not called");
    }
}

#[tokio::test]
async fn changed_secrets_are_kept_before_they_are_used_and_never_in_the_clear() {
    let bench = Bench::new().await;
    bench.link().await;
    let before = bench.odoo.books().connections["ing"].sealed.clone().unwrap();
    bench.script.fails.lock().unwrap().push(("first", Error::new(Code::ODOO_BUSY)));
    assert!(bench.sync().await.is_err());
    let after = bench.odoo.books().connections["ing"].sealed.clone().unwrap();
    assert_ne!(before, after);
    assert!(!after.contains("marker") && after.starts_with("bb1."));
    // Of another database or connection it does not open.
    bench.odoo.connection("kbc", "made_up");
    bench.odoo.books().connections.get_mut("kbc").unwrap().sealed = Some(after);
    let client = odoo::connect(&bench.target()).await.unwrap();
    let job = Job {
        run: uuid::Uuid::now_v7(),
        connection: "kbc".to_owned(),
        database_uuid: DATABASE.to_owned(),
        user: None,
        task: Task::Sync,
    };
    let error = online::run(
        &*client,
        &bench.registry,
        &bench.sealer,
        Times { lease: Duration::from_secs(60), budget: Duration::from_secs(5) },
        job,
        &|_| {},
    )
    .await;
    assert_eq!(error.unwrap_err().code(), Code::SEAL_BROKEN);
    assert_eq!(bench.odoo.books().connections["kbc"].code.as_deref(), Some("BB-1006"));
}

#[tokio::test]
async fn two_runs_never_work_on_one_connection() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    *bench.script.slow.lock().unwrap() = Duration::from_millis(300);
    let (one, two) = tokio::join!(bench.sync(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.sync().await
    });
    assert_eq!(one.unwrap().counts.created, 1);
    assert_eq!(two.unwrap_err().code(), Code::CONNECTION_BUSY);
    assert_eq!(bench.ends().len(), 2, "linking and one run");
}

#[tokio::test]
async fn a_run_that_vanished_is_followed_by_another_when_its_lease_ends() {
    let mut bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    bench.lease = Duration::from_secs(1);
    *bench.script.slow.lock().unwrap() = Duration::from_secs(60);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), bench.sync()).await.is_err(),
        "dropped on its way"
    );
    *bench.script.slow.lock().unwrap() = Duration::ZERO;
    assert_eq!(bench.sync().await.unwrap_err().code(), Code::CONNECTION_BUSY);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(bench.sync().await.unwrap().counts.created, 1);
}

#[tokio::test]
async fn a_run_whose_connection_was_taken_stops_and_writes_nothing() {
    let mut bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    bench.lease = Duration::from_secs(1);
    *bench.script.slow.lock().unwrap() = Duration::from_millis(900);
    let (stopped, ()) = tokio::join!(bench.sync(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let other = ("another".to_owned(), std::time::Instant::now() + Duration::from_secs(60));
        bench.odoo.books().connections.get_mut("ing").unwrap().lease = Some(other);
    });
    assert_eq!(stopped.unwrap_err().code(), Code::LEASE_LOST);
    assert_eq!((bench.odoo.lines(), bench.ends().len()), (0, 1));
}

#[tokio::test]
async fn nobody_present_means_that_no_bank_is_asked() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.sync().await.unwrap();
    assert_eq!(*bench.script.refreshed.lock().unwrap(), 0);
    let outcome = bench.run(Task::Sync, Some("203.0.113.7".parse().unwrap())).await.unwrap();
    assert_eq!(*bench.script.refreshed.lock().unwrap(), 1);
    assert_eq!(outcome.findings[0].code, Code::REFRESH_TOO_EARLY);
}

#[tokio::test]
async fn a_consent_that_has_ended_is_told_and_what_is_there_is_read() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    let said = Origin { class: Some("authorizationExpired".to_owned()), ..Origin::of("Made Up") };
    *bench.script.problem.lock().unwrap() = Some(Error::new(Code::CONSENT_ENDED).origin(said));
    assert_eq!(bench.sync().await.unwrap_err().code(), Code::CONSENT_ENDED);
    assert_eq!(bench.odoo.lines(), 1);
    let end = bench.ends().pop().unwrap();
    assert_eq!((&end["state"], &end["code"]), (&"failed".into(), &"BB-2203".into()));
    assert_eq!(end["origin"]["class"], "authorizationExpired");
    *bench.script.problem.lock().unwrap() = None;
    bench.sync().await.unwrap();
    assert_eq!(bench.odoo.books().connections["ing"].state, "connected");
}

#[tokio::test]
async fn linking_leads_the_user_to_the_bank_and_back() {
    let bench = Bench::new().await;
    let wish = Box::new(Wish { connection: "ing".to_owned(), ..Wish::default() });
    let task = Task::Connect { provider: "made_up".to_owned(), wish, credentials: None };
    bench.run(task, None).await.unwrap();
    let link = bench.odoo.books().connections["ing"].link.clone();
    assert_eq!(link.as_deref(), Some("https://bank.example.com/ing"));
    let back = |state: &str| Task::Return(vec![("state".to_owned(), state.to_owned())]);
    let epoch = |bench: &Bench| bench.account("first").epoch;
    bench.run(back("ing"), None).await.unwrap();
    assert_eq!(epoch(&bench), 2, "a new link names lines anew");
    assert_eq!(bench.run(back("ing"), None).await.unwrap_err().code(), Code::RETURN_UNKNOWN, "used once");
    assert_eq!(bench.run(Task::Accounts, None).await.unwrap().counts.created, 0);
    assert_eq!(epoch(&bench), 2);
}

#[tokio::test]
async fn closed_days_are_left_out_and_told() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "open", 1, "1.00");
    bench.sync().await.unwrap();
    bench.line("first", "closed", 5, "2.00");
    bench.line("first", "open too", 2, "3.00");
    bench.odoo.books().locked_until = Some(ago(4));
    let outcome = bench.sync().await.unwrap();
    assert_eq!((outcome.counts.created, bench.odoo.lines()), (1, 2));
    assert_eq!(outcome.findings[0].code, Code::LINES_LOCKED);
}

#[tokio::test]
async fn what_no_currency_holds_is_an_error_of_its_account() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "fine", 1, "0.001");
    bench.line("second", "right", 1, "1.00");
    let outcome = bench.sync().await.unwrap();
    assert_eq!(outcome.failures[0].1.code(), Code::TRANSACTION_UNREADABLE);
    assert_eq!(bench.odoo.lines(), 1);
    assert_eq!(bench.account("first").complete_until, None);
}

#[tokio::test]
async fn days_before_the_chosen_one_are_never_read() {
    let bench = Bench::new().await;
    bench.link().await;
    let before = date(2020, 1, 1);
    bench.script.lines.lock().unwrap().push(("first", "old".to_owned(), before, "1.00"));
    bench.sync().await.unwrap();
    assert_eq!(bench.odoo.lines(), 0);
}

#[tokio::test]
async fn a_new_key_takes_over_what_an_older_one_sealed() {
    let mut bench = Bench::new().await;
    bench.link().await;
    let key = |byte: u8| SealingKey::new(Box::new([byte; 32]));
    let id = |bench: &Bench| {
        let sealed = bench.odoo.books().connections["ing"].sealed.clone().unwrap();
        sealed.split('.').nth(1).unwrap().to_owned()
    };
    assert_eq!(id(&bench), key(1).id());
    bench.sealer = Sealer::new(vec![key(2), key(1)]).unwrap();
    bench.sync().await.unwrap();
    assert_eq!(id(&bench), key(2).id());
    bench.sealer = Sealer::new(vec![key(2)]).unwrap();
    bench.sync().await.unwrap();
}

/// A provider that names everything anew without a word: of days that were complete it shows lines, and none is known.
#[tokio::test]
async fn lines_named_anew_are_asked_for_as_those_of_another_source() {
    let bench = Bench::new().await;
    bench.link().await;
    bench.line("first", "a", 3, "10.00");
    bench.line("first", "b", 4, "11.00");
    bench.sync().await.unwrap();
    let source = |bench: &Bench| bench.odoo.books().sources.last().cloned().unwrap();
    bench.line("first", "c", 2, "12.00");
    bench.sync().await.unwrap();
    let usual = source(&bench);
    for line in bench.script.lines.lock().unwrap().iter_mut() {
        line.1 = format!("new-{}", line.1);
    }
    bench.sync().await.unwrap();
    assert_eq!(source(&bench), format!("{usual}.{}", ago(0)), "so that Odoo compares days and amounts");
}
