//! What the tests of Ponto share: a simulator, a provider before it, a session.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bank_bridge::domain::Date;
use bank_bridge::errors::{Code, Error, Result};
use bank_bridge::providers::config::{PontoConfig, PontoConnectConfig, ProvidersConfig, Timing};
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::session::Keeper;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Linked, Provider, RemoteAccount, RemoteLine, Session, Wish};
use bank_bridge::sandbox::{self, Sandbox, ponto, world::World};

/// Small times, so that what waits does not wait long.
pub fn timing() -> Timing {
    Timing {
        call: Duration::from_millis(300),
        tries: 3,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(50),
        poll: Duration::from_millis(20),
        bank: Duration::from_millis(600),
    }
}

/// A keeper that remembers what it was given, and may refuse.
#[derive(Default)]
pub struct Memory {
    pub kept: Mutex<Vec<State>>,
    pub refuses: AtomicBool,
}

#[async_trait]
impl Keeper for Memory {
    async fn keep(&self, state: &State) -> Result<()> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(Error::new(Code::PARAMETER_INVALID).arg("path", "state"));
        }
        self.kept.lock().unwrap().push(state.clone());
        Ok(())
    }
}

impl Memory {
    /// The refresh token that was kept last.
    pub fn refresh_token(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        kept.last()?.refresh_token.as_ref().map(|token| token.expose().to_owned())
    }
}

/// Simulated banks of a day.
pub async fn simulator() -> Sandbox {
    let world = World::demo(today());
    let sandbox = sandbox::start("127.0.0.1:0".parse().unwrap(), world).await.unwrap();
    sandbox.ponto.synchronisations_take(60);
    sandbox
}

pub fn today() -> Date {
    jiff::Timestamp::now().in_tz("Europe/Brussels").unwrap().date()
}

pub fn my_ponto(sandbox: &Sandbox) -> Ponto {
    let config = PontoConfig::simulated(format!("{}{}", sandbox.url(), ponto::MY_PONTO));
    Ponto::my_ponto(&config, timing()).unwrap()
}

pub fn connect(sandbox: &Sandbox) -> Ponto {
    Ponto::ponto_connect(&connect_config(sandbox), timing()).unwrap()
}

pub fn connect_config(sandbox: &Sandbox) -> PontoConnectConfig {
    let url = format!("{}{}", sandbox.url(), ponto::CONNECT);
    PontoConnectConfig::simulated(
        &url,
        ponto::CONNECT_CLIENT_ID,
        ponto::CONNECT_CLIENT_SECRET,
        ponto::CONNECT_APPLICATION_ID,
    )
}

/// What the registry would hold.
pub fn config(sandbox: &Sandbox) -> ProvidersConfig {
    ProvidersConfig {
        ponto: Some(PontoConfig::simulated(format!("{}{}", sandbox.url(), ponto::MY_PONTO))),
        ponto_connect: Some(connect_config(sandbox)),
        saltedge: None,
        timing: timing(),
    }
}

/// The state that the demo organisation's credentials make.
pub fn credentials() -> State {
    let mut state = State::of("ponto");
    state.client_id = Some(ponto::MY_PONTO_CLIENT_ID.to_owned());
    state.client_secret = Some(ponto::MY_PONTO_CLIENT_SECRET.to_owned().into());
    state
}

pub fn session(memory: &Memory, state: State) -> Session<'_> {
    Session::new(state, None, memory, Duration::from_secs(5))
}

pub fn user(address: &str) -> IpAddr {
    address.parse().unwrap()
}

pub fn wish() -> Wish {
    Wish {
        return_to: "https://odoo.example.com/bank_bridge/return".to_owned(),
        connection: "7".to_owned(),
        customer: "db-1".to_owned(),
        ..Wish::default()
    }
}

/// A browser that follows nothing by itself.
pub fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The user fills the page in and is sent back: the parameters that he brings.
pub async fn fill_in(url: &str, form: &[(&str, &str)]) -> Vec<(String, String)> {
    let shown = browser().get(url).send().await.unwrap();
    assert_eq!(shown.status(), 200, "{}", shown.text().await.unwrap());
    let page = shown.text().await.unwrap();
    assert!(page.contains("This is a") && page.contains("simulation"), "{page}");
    let mut body = reqwest::Url::parse("http://form/").unwrap();
    body.query_pairs_mut().extend_pairs(form);
    let answer = browser()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.query().unwrap().to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let back = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(&wish().return_to), "{back}");
    back.query_pairs().into_owned().collect()
}

/// Links a bank with Ponto Connect, as a user does.
pub async fn linked(provider: &Ponto, session: &mut Session<'_>, bank: &str) {
    let Linked::Open { url, .. } = provider.connect(session, &wish()).await.unwrap() else {
        panic!("nothing to open")
    };
    let back = fill_in(&url, &[("bank", bank), ("outcome", "allow")]).await;
    assert_eq!(provider.returned(session, &back).await.unwrap(), Linked::Ready);
}

/// The account with that beginning of its number.
pub async fn account(provider: &Ponto, session: &mut Session<'_>, iban: &str) -> RemoteAccount {
    let all = provider.accounts(session).await.unwrap().accounts;
    all.into_iter().find(|account| account.account.key() == iban).unwrap()
}

/// Number of a bank's first account.
pub fn iban(sandbox: &Sandbox, bank: &str) -> String {
    let world = sandbox.shared.world();
    world.banks.iter().find(|known| known.id == bank).unwrap().accounts[0].iban.clone()
}

/// Everything booked since long ago.
pub async fn all_lines(
    provider: &Ponto,
    session: &mut Session<'_>,
    account: &RemoteAccount,
) -> Vec<RemoteLine> {
    provider.transactions(session, account, jiff::civil::date(2000, 1, 1)).await.unwrap().lines
}
