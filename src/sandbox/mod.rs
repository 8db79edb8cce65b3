//! Simulated Ponto and Salt Edge on loopback, for trying everything without a contract, and for tests.
//!
//! It stands apart because it plays the other side: nothing of the bridge is used here but the shapes of its own
//! catalogue. The simulators do what the providers do, faults included.
//!
//! | file | what |
//! |---|---|
//! | [`world`] | banks, accounts, lines: the same behind both providers |
//! | [`faults`] | what can be made to go wrong |
//! | `serve` | sockets, faults of the network, the page that tells what is there |
//! | `ponto` | MyPonto below `/ponto`, Ponto Connect below `/ponto-connect` |
//! | `saltedge` | Salt Edge below `/saltedge/api/v6` and `/saltedge/api/v5` |

pub mod faults;
pub mod ponto;
pub mod saltedge;
mod serve;
pub mod world;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use faults::Faults;
use world::World;

pub use serve::start;

/// What all simulators share.
#[derive(Debug)]
pub struct Shared {
    /// The banks.
    world: Mutex<World>,
    /// What goes wrong.
    pub faults: Faults,
    /// Seconds that the simulators' clock is ahead.
    ahead: AtomicI64,
    /// Milliseconds that every answer takes.
    pub latency: AtomicI64,
    /// Where the simulators are: `http://127.0.0.1:9700`.
    pub address: String,
    /// What Salt Edge alone has.
    saltedge: saltedge::Simulator,
}

impl Shared {
    /// The banks, to be looked at or changed.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.ahead.load(Ordering::Relaxed))
    }

    /// Lets time pass for the simulators.
    pub fn pass(&self, time: SignedDuration) {
        self.ahead.fetch_add(time.as_secs(), Ordering::Relaxed);
    }
}

/// Running simulators; they end when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// Where they listen.
    pub address: SocketAddr,
    /// What they share.
    pub shared: Arc<Shared>,
    /// Simulated Ponto.
    pub ponto: Arc<ponto::Ponto>,
    /// Ends the listening when it goes.
    _stop: tokio_util::sync::DropGuard,
}

impl Sandbox {
    /// Where the simulators are: `http://127.0.0.1:9700`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.address
    }
}

/// What a person who tries the simulators has to know.
#[must_use]
pub fn help(address: &str) -> String {
    let (app_id, secret, path) = (saltedge::APP_ID, saltedge::SECRET, saltedge::PATH);
    format!(
        "The banks and their accounts: {address}/\n{}Salt Edge at {address}{path}: App-id {app_id}, secret {secret}\n\
         POST {address}/control/fault/NAME switches a fault on, POST {address}/control/clear switches all off\n",
        ponto::help(address)
    )
}

/// An amount as a JSON number; as text where its digits are more than a JSON reader is sure to keep.
fn number(amount: Decimal) -> Value {
    let text = amount.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let read = || serde_json::from_str(&text).ok();
    (digits <= 15).then(read).flatten().unwrap_or(Value::String(text))
}
