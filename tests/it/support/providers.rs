//! Every provider before its simulator, linked as a user links it: what generic tests run through.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bank_bridge::domain::{Account, Date, Decimal};
use bank_bridge::errors::Result;
use bank_bridge::providers::config::{ProvidersConfig, Timing};
use bank_bridge::providers::session::Keeper;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Linked, Provider, Registry, RemoteAccount, Session, Wish};
use bank_bridge::sandbox::world::{BankLine, World};
use bank_bridge::sandbox::{self, Sandbox, ponto, saltedge};
use jiff::{SignedDuration, Timestamp};

/// Ids of all providers; a test holds this against the registry.
pub const PROVIDERS: [&str; 3] = ["ponto", "ponto_connect", "saltedge"];

/// Times that suit simulators on the same machine.
pub const TIMING: Timing = Timing {
    call: Duration::from_millis(400),
    tries: 2,
    first_wait: Duration::from_millis(5),
    longest_wait: Duration::from_millis(50),
    poll: Duration::from_millis(10),
    bank: Duration::from_millis(1_500),
};

/// An account of which nothing is known but its id.
pub fn bare(id: &str) -> RemoteAccount {
    RemoteAccount {
        id: id.to_owned(),
        account: Account::default(),
        name: None,
        balance: None,
        fresh_as_of: None,
        institution: None,
        problem: None,
        readable: true,
    }
}

/// Keeps the last state that it was given.
#[derive(Default)]
pub struct Kept(pub Mutex<Option<State>>);

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, state: &State) -> Result<()> {
        *self.0.lock().unwrap() = Some(state.clone());
        Ok(())
    }
}

/// A provider before its simulator.
pub struct Subject {
    pub id: &'static str,
    pub sandbox: Sandbox,
    pub registry: Registry,
    pub kept: Kept,
    pub state: State,
}

/// The bank that is linked.
pub const BANK: &str = "ing";

pub fn today() -> Date {
    Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

pub fn ago(days: i64) -> Date {
    today().checked_sub(jiff::Span::new().days(days)).unwrap()
}

impl Subject {
    /// Linked with the bank.
    pub async fn linked(id: &'static str) -> Self {
        let mut subject = Self::start(id).await;
        let linked = subject.link().await;
        assert_eq!(linked, Linked::Ready, "{id}");
        subject
    }

    /// Not linked yet.
    pub async fn start(id: &'static str) -> Self {
        let sandbox = sandbox::start("127.0.0.1:0".parse().unwrap(), World::demo(today())).await.unwrap();
        sandbox.ponto.synchronisations_take(30);
        let bank = sandbox.saltedge();
        bank.pace(SignedDuration::from_millis(2));
        bank.refresh_minutes(0);
        let config = ProvidersConfig { timing: TIMING, ..bank_bridge::config::sandbox(sandbox.url()) };
        let registry = Registry::new(&config).unwrap();
        Self { id, sandbox, registry, kept: Kept::default(), state: State::of(id) }
    }

    pub fn provider(&self) -> Arc<dyn Provider> {
        self.registry.find(self.id).unwrap().clone()
    }

    pub fn session(&self) -> Session<'_> {
        // A token that was changed is good only as it was kept last.
        let kept = self.kept.0.lock().unwrap().clone();
        let state = kept.unwrap_or_else(|| self.state.clone());
        Session::new(state, None, &self.kept, Duration::from_secs(4))
    }

    /// Links or renews, with the user's part on the simulator's page.
    pub async fn link(&mut self) -> Linked {
        if self.id == "ponto" {
            self.state.client_id = Some(ponto::MY_PONTO_CLIENT_ID.to_owned());
            self.state.client_secret = Some(ponto::MY_PONTO_CLIENT_SECRET.to_owned().into());
        }
        let provider = self.provider();
        let wish = Wish {
            return_to: "https://odoo.example.com/bank_bridge/return".to_owned(),
            connection: "7".to_owned(),
            customer: "database-1".to_owned(),
            ..Wish::default()
        };
        let mut session = self.session();
        let mut linked = provider.connect(&mut session, &wish).await.unwrap();
        if let Linked::Open { url, .. } = &linked {
            let back = allow(self.id, url).await;
            linked = provider.returned(&mut session, &back).await.unwrap();
        }
        let state = session.state;
        *self.kept.0.lock().unwrap() = Some(state.clone());
        self.state = state;
        linked
    }

    /// Number of the account of the bank.
    pub fn iban(&self) -> String {
        let world = self.sandbox.shared.world();
        world.banks.iter().find(|bank| bank.id == BANK).unwrap().accounts[0].iban.clone()
    }

    /// Something happens on the account, and the provider has got it from the bank.
    pub fn book(&self, days_ago: i64, amount: &str, text: &str) {
        let line = BankLine::new(ago(days_ago), amount.parse().unwrap(), "Counterparty", text);
        let iban = self.iban();
        self.sandbox.shared.world().add(&iban, line);
        self.fetched();
    }

    /// The provider has fetched from the bank by itself, as it does some times a day.
    pub fn fetched(&self) {
        let bank = self.sandbox.saltedge();
        for connection in bank.connections() {
            bank.background(&connection);
        }
    }

    /// The account as the provider shows it.
    pub async fn account(&self, session: &mut Session<'_>) -> RemoteAccount {
        let shown = self.provider().accounts(session).await.unwrap();
        let iban = self.iban();
        shown.accounts.into_iter().find(|account| account.account.key() == iban).unwrap()
    }

    /// What is booked on the account since a day: days and amounts, sorted.
    pub fn booked(&self, since: Date) -> Vec<(Date, Decimal)> {
        let iban = self.iban();
        let world = self.sandbox.shared.world();
        let booked = world.account(&iban).unwrap().booked();
        let mut found: Vec<_> = booked
            .filter(|line| line.booked_on >= since)
            .map(|line| (line.booked_on, line.amount.normalize()))
            .collect();
        found.sort_unstable();
        found
    }

    /// Everything secret that may show nowhere.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![
            ponto::MY_PONTO_CLIENT_SECRET.to_owned(),
            ponto::CONNECT_CLIENT_SECRET.to_owned(),
            ponto::SECRET_MARK.to_owned(),
            saltedge::SECRET.to_owned(),
        ];
        secrets.extend(self.state.refresh_token.iter().map(|token| token.expose().to_owned()));
        secrets
    }

    /// Pages of a few elements.
    pub fn small_pages(&self) {
        self.sandbox.ponto.cap_pages(3);
        self.sandbox.saltedge().page_size(3);
    }
}

/// The user opens the page, chooses the bank and allows the access; gives what he comes back with.
pub async fn allow(provider: &str, url: &str) -> Vec<(String, String)> {
    let back = reqwest::Url::parse(&decide(provider, url, true).await).unwrap();
    back.query_pairs().into_owned().collect()
}

/// The user opens the page, chooses the bank, and allows or refuses the access; gives the address he is sent back to.
pub async fn decide(provider: &str, url: &str, allowed: bool) -> String {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    assert_eq!(browser.get(url).send().await.unwrap().status(), 200);
    let page = reqwest::Url::parse(url).unwrap();
    let token = page.query_pairs().find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
    let decision = if allowed { "allow" } else { "refuse" };
    let mut form = reqwest::Url::parse("http://form/").unwrap();
    match provider {
        "saltedge" => form.query_pairs_mut().extend_pairs([
            ("token", token.as_deref().unwrap_or_default()),
            ("provider", "fakebank_ing_xf"),
            ("outcome", "success"),
            ("decision", decision),
        ]),
        _ => form.query_pairs_mut().extend_pairs([("bank", BANK), ("outcome", decision)]),
    };
    let to = if provider == "saltedge" { url.split_once('?').unwrap().0 } else { url };
    let request = browser.post(to).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form.query().unwrap().to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{provider}");
    answer.headers()["location"].to_str().unwrap().to_owned()
}
