//! Every fault at every place: a coded error in bounded time, no secret in it, and success where it passes.

use std::time::{Duration, Instant};

use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::providers::config::Timing;
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Linked, Provider, RemoteAccount};
use bank_bridge::sandbox::Sandbox;
use bank_bridge::sandbox::faults::{FAULTS, Fault, PLACES, Place, Planned};
use bank_bridge::sandbox::ponto::{CONNECT_CLIENT_SECRET, MY_PONTO_CLIENT_SECRET, SECRET_MARK};

use futures_util::future::join_all;

use super::bench::*;

/// One call of the contract that failed, or told a finding.
type Failed = (&'static str, Error);

struct Setting {
    sandbox: Sandbox,
    provider: Ponto,
    state: State,
    accounts: Vec<RemoteAccount>,
    memory: Memory,
}

/// With more time for a call than elsewhere, since several run at once.
fn provider(sandbox: &Sandbox, connected: bool) -> Ponto {
    let timing = Timing { call: Duration::from_millis(700), tries: 2, ..timing() };
    let config = config(sandbox);
    if connected {
        Ponto::ponto_connect(&config.ponto_connect.unwrap(), timing).unwrap()
    } else {
        Ponto::my_ponto(&config.ponto.unwrap(), timing).unwrap()
    }
}

async fn setting(connected: bool) -> Setting {
    let sandbox = simulator().await;
    let provider = provider(&sandbox, connected);
    Setting { sandbox, provider, state: credentials(), accounts: Vec::new(), memory: Memory::default() }
}

impl Setting {
    /// As it was before any fault.
    async fn anew(&mut self) {
        self.sandbox.shared.faults.clear();
        self.sandbox.shared.pass(jiff::SignedDuration::from_mins(6));
        let mut run = session(&self.memory, credentials());
        if self.provider.id() == "ponto_connect" {
            linked(&self.provider, &mut run, "ing").await;
        }
        self.accounts = self.provider.accounts(&mut run).await.unwrap().accounts;
        self.accounts.truncate(1);
        self.state = run.state.clone();
    }

    /// Calls everything once, each in a run of its own.
    async fn everything(&mut self) -> Vec<Failed> {
        let mut failed = Vec::new();
        let Self { provider, state, accounts, memory, .. } = self;
        let mut run = session(memory, state.clone());
        failed.extend(provider.accounts(&mut run).await.err().map(|error| ("accounts", error)));
        let mut run = session(memory, run.state.clone());
        let since = today() - jiff::ToSpan::days(20);
        let read = provider.transactions(&mut run, &accounts[0], since).await;
        failed.extend(read.err().map(|error| ("transactions", error)));
        let mut run = session(memory, run.state.clone());
        run.user = Some(user("81.82.83.84"));
        match provider.refresh(&mut run, accounts).await {
            Ok(findings) => failed.extend(findings.into_iter().map(|error| ("refresh", error))),
            Err(error) => failed.push(("refresh", error)),
        }
        *state = run.state.clone();
        failed.extend(provider.check().await.err().map(|error| ("check", error)));
        failed.extend(provider.institutions("BE").await.err().map(|error| ("institutions", error)));
        failed
    }
}

/// What may be told of a fault.
fn codes(fault: Fault) -> &'static [Code] {
    match fault {
        Fault::Reset | Fault::LostAnswer | Fault::ResetInBody => &[Code::PROVIDER_UNREACHABLE],
        Fault::Stall | Fault::Trickle => &[Code::PROVIDER_TIMEOUT],
        Fault::ServerError | Fault::BadGateway => &[Code::PROVIDER_FAILED],
        Fault::Firewall => &[Code::PROVIDER_RIGHT_MISSING],
        Fault::TooMany | Fault::TooManyUnsaid | Fault::TooManyLong => &[Code::PROVIDER_LIMIT],
        Fault::Truncated | Fault::Html | Fault::OtherShape => &[Code::PROVIDER_ANSWER_UNREADABLE],
        Fault::Unauthorised => &[Code::PROVIDER_CREDENTIALS_REFUSED, Code::PROVIDER_APPLICATION_REFUSED],
        Fault::RepeatedPage => &[Code::PROVIDER_PAGES_REPEAT],
        Fault::ForeignLink => &[Code::PROVIDER_LINK_ELSEWHERE],
    }
}

/// Whether a fault at a place can be noticed at all.
fn noticed(fault: Fault, place: Place) -> bool {
    let paged = matches!(place, Place::Accounts | Place::Transactions | Place::Other);
    place != Place::Connect && (paged || !matches!(fault, Fault::RepeatedPage | Fault::ForeignLink))
}

fn shows_nothing(error: &Error) {
    let shown = format!("{error} {error:?} {:?} {:?} {:?}", error.said(), error.args(), error.details());
    for secret in [SECRET_MARK, MY_PONTO_CLIENT_SECRET, CONNECT_CLIENT_SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

async fn lasting(setting: &mut Setting, fault: Fault, place: Place) {
    let connected = setting.provider.id() == "ponto_connect";
    setting.anew().await;
    setting.sandbox.shared.faults.plan(Planned::at(fault, place, None));
    let started = Instant::now();
    let failed = setting.everything().await;
    let what = format!("{fault} at {place}, connected: {connected}");
    assert!(started.elapsed() < Duration::from_secs(20), "{what}: {:?}", started.elapsed());
    assert_eq!(!failed.is_empty(), noticed(fault, place), "{what}: {failed:?}");
    for (call, error) in failed {
        assert_eq!(error.code().family(), Family::Provider, "{what}, {call}: {error:?}");
        // A refresh token whose answer was lost is spent; so says an answer that may be cut itself.
        let gone = [Code::CONNECTION_GONE, Code::PROVIDER_REQUEST_REFUSED];
        let spent = connected && place == Place::Token && gone.contains(&error.code());
        assert!(codes(fault).contains(&error.code()) || spent, "{what}, {call}: {error:?}");
        assert!(
            error.said().is_some_and(|said| !said.provider.is_empty())
                || error.code() == Code::PROVIDER_LINK_ELSEWHERE,
            "{what}, {call}"
        );
        shows_nothing(&error);
    }
}

/// One place after the other in each product, the two beside each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lasting_faults() {
    let chains = PLACES.iter().flat_map(|place| [(false, *place), (true, *place)]);
    join_all(chains.map(|(connected, place)| async move {
        let mut setting = setting(connected).await;
        for fault in FAULTS {
            lasting(&mut setting, *fault, place).await;
        }
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_passes_is_not_seen() {
    let passing = [
        Fault::Reset,
        Fault::ResetInBody,
        Fault::Stall,
        Fault::ServerError,
        Fault::BadGateway,
        Fault::TooManyUnsaid,
    ];
    let places = [Place::Token, Place::Accounts, Place::Transactions, Place::Refresh, Place::Other];
    let chains = places.iter().flat_map(|place| [(false, *place), (true, *place)]);
    join_all(chains.map(|(connected, place)| async move {
        let mut setting = setting(connected).await;
        // The answer with the new refresh token is lost for good.
        let lost = |fault| connected && place == Place::Token && fault == Fault::ResetInBody;
        for fault in passing.into_iter().filter(|fault| !lost(*fault)) {
            setting.anew().await;
            setting.sandbox.shared.faults.plan(Planned::at(fault, place, Some(1)));
            let failed = setting.everything().await;
            // A synchronisation may be asked for twice, which the second answer says.
            let harmless =
                |(_, error): &Failed| error.code() == Code::REFRESH_TOO_EARLY && fault == Fault::ResetInBody;
            assert!(failed.iter().all(harmless), "{fault} at {place}, connected: {connected}: {failed:?}");
            assert!(setting.sandbox.shared.faults.planned().is_empty(), "{fault} at {place} never came");
        }
    }))
    .await;
}

/// What was begun is over either way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_while_the_user_comes_back() {
    join_all([Place::Token, Place::Connect].map(|place| async move {
        let sandbox = simulator().await;
        let provider = provider(&sandbox, true);
        for fault in FAULTS.iter().filter(|fault| !matches!(fault, Fault::RepeatedPage | Fault::ForeignLink))
        {
            sandbox.shared.faults.clear();
            let memory = Memory::default();
            let mut session = session(&memory, State::of("ponto_connect"));
            let Linked::Open { url, .. } = provider.connect(&mut session, &wish()).await.unwrap() else {
                panic!("nothing to open")
            };
            let back = fill_in(&url, &[("bank", "ing"), ("outcome", "allow")]).await;
            sandbox.shared.faults.plan(Planned::at(*fault, place, None));
            let error = provider.returned(&mut session, &back).await.unwrap_err();
            let gone = [Code::CONSENT_UNFINISHED, Code::PROVIDER_REQUEST_REFUSED];
            let spent = place == Place::Token && gone.contains(&error.code());
            assert!(codes(*fault).contains(&error.code()) || spent, "{fault} at {place}: {error:?}");
            shows_nothing(&error);
            assert!(session.state.pending.is_none());
        }
    }))
    .await;
}
