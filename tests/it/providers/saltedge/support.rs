//! A simulator, a provider that points to it, and a user with a browser.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bank_bridge::domain::Date;
use bank_bridge::errors::{Error, Result};
use bank_bridge::providers::config::{SaltEdgeConfig, Timing};
use bank_bridge::providers::saltedge::SaltEdge;
use bank_bridge::providers::session::Keeper;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Institution, Linked, Provider, RemoteAccount, RemoteLine, Session, Wish};
use bank_bridge::sandbox::saltedge::{APP_ID, Handle, SECRET};
use bank_bridge::sandbox::world::World;
use bank_bridge::sandbox::{self, Sandbox};
use jiff::{SignedDuration, Timestamp};

/// Times that suit a simulator on the same machine.
pub const TIMING: Timing = Timing {
    call: Duration::from_millis(300),
    tries: 3,
    first_wait: Duration::from_millis(5),
    longest_wait: Duration::from_millis(1500),
    poll: Duration::from_millis(10),
    bank: Duration::from_millis(1500),
};
/// Where the user comes back to.
pub const RETURN: &str = "https://odoo.example.com/bank_bridge/return?key=7";

/// Keeps what it is given.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<State>>);

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, state: &State) -> Result<()> {
        self.0.lock().unwrap().push(state.clone());
        Ok(())
    }
}

/// Everything that a test needs.
pub struct Stage {
    pub sandbox: Sandbox,
    pub bank: Handle,
    pub provider: SaltEdge,
    pub kept: Kept,
    pub state: State,
}

pub fn today() -> Date {
    Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A day so many days ago.
pub fn ago(days: i64) -> Date {
    today().saturating_sub(jiff::Span::new().days(days))
}

pub fn config(bank: &Handle) -> SaltEdgeConfig {
    config_at(bank.base_url())
}

pub fn config_at(base_url: String) -> SaltEdgeConfig {
    SaltEdgeConfig::simulated(base_url, APP_ID, SECRET)
}

/// An account of which nothing is known but its id.
pub fn remote(id: &str) -> RemoteAccount {
    crate::support::providers::bare(id)
}

impl Stage {
    /// A simulator with the banks of the demonstration, and nothing linked.
    pub async fn new() -> Self {
        let listen = (Ipv4Addr::LOCALHOST, 0).into();
        let sandbox = sandbox::start(listen, World::demo(today())).await.unwrap();
        let bank = sandbox.saltedge();
        bank.pace(SignedDuration::from_millis(2));
        let provider = SaltEdge::new(&config(&bank), TIMING).unwrap();
        Self { sandbox, bank, provider, kept: Kept::default(), state: State::of("saltedge") }
    }

    /// The same with a bank that is linked.
    pub async fn linked(bank: &str) -> Self {
        let mut stage = Self::new().await;
        stage.link(bank, "success").await.unwrap();
        stage
    }

    pub fn session(&self) -> Session<'_> {
        self.session_of(None)
    }

    /// With a user who is present.
    pub fn attended(&self) -> Session<'_> {
        self.session_of(Some(Ipv4Addr::new(192, 0, 2, 7).into()))
    }

    pub fn session_of(&self, user: Option<IpAddr>) -> Session<'_> {
        Session::new(self.state.clone(), user, &self.kept, Duration::from_secs(4))
    }

    /// Begins to link or renew; gives the address of the page.
    pub async fn open(&mut self, bank: Option<&str>) -> Result<String> {
        let mut session = self.session();
        let linked = self.provider.connect(&mut session, &wish(bank)).await;
        let state = session.state;
        self.state = state;
        let Linked::Open { url, expires } = linked? else { panic!("nothing to be opened") };
        assert!(expires.unwrap() > Timestamp::now());
        Ok(url)
    }

    /// The user does something on the page; gives the parameters that he comes back with.
    pub async fn choose(&self, url: &str, outcome: &str) -> Vec<(String, String)> {
        let back = self.sent(url, &[("outcome", outcome), ("decision", "allow")]).await;
        let back = reqwest::Url::parse(&back).unwrap();
        assert!(back.as_str().starts_with(RETURN), "{back}");
        back.query_pairs().into_owned().collect()
    }

    /// Sends the form of the page; gives the address that it leads to.
    pub async fn sent(&self, url: &str, fields: &[(&str, &str)]) -> String {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let page = browser.get(url).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("Sandbox"));
        let token = url.split_once("token=").unwrap().1;
        let form: Vec<_> = [("token", token)].into_iter().chain(fields.iter().copied()).collect();
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = browser.post(url.split_once('?').unwrap().0).body(body.join("&"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub async fn returned(&mut self, parameters: &[(String, String)]) -> Result<Linked> {
        let mut session = self.session();
        let linked = self.provider.returned(&mut session, parameters).await;
        let state = session.state;
        self.state = state;
        linked
    }

    /// All steps of linking or renewing.
    pub async fn link(&mut self, bank: &str, outcome: &str) -> Result<Linked> {
        let url = self.open(Some(bank)).await?;
        let parameters = self.choose(&url, outcome).await;
        self.returned(&parameters).await
    }

    /// The accounts as a reader of the state sees them.
    pub async fn accounts(&self) -> Vec<RemoteAccount> {
        self.provider.accounts(&mut self.session()).await.unwrap().accounts
    }

    pub async fn read(&self, account: &RemoteAccount, since: Date) -> Vec<RemoteLine> {
        self.provider.transactions(&mut self.session(), account, since).await.unwrap().lines
    }

    pub async fn refresh(&self) -> Vec<Error> {
        let mut session = self.attended();
        self.provider.refresh(&mut session, &[]).await.unwrap()
    }

    /// The one connection that there is.
    pub fn connection(&self) -> String {
        self.bank.connections().pop().unwrap()
    }
}

pub fn wish(bank: Option<&str>) -> Wish {
    Wish {
        return_to: RETURN.to_owned(),
        connection: "7".to_owned(),
        institution: bank.map(|id| Institution { id: id.to_owned(), ..Institution::default() }),
        locale: Some("nl_BE".to_owned()),
        contact: None,
        customer: "database-1-company-1".to_owned(),
    }
}
