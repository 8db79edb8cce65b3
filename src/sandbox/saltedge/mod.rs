//! A simulated Salt Edge below `/saltedge/api/v6` and `/saltedge/api/v5`.
//!
//! It stands apart because it is the other side of `providers/saltedge`, and knows nothing of it. Applications are let
//! in with [`APP_ID`] and [`SECRET`]; what they are sent to stands below `/saltedge/connect`.
//!
//! | file | what |
//! |---|---|
//! | `gate.rs` | App-id, secret, signature; refusals |
//! | `api.rs` | which request is for what; lists and their pages |
//! | `calls.rs` | what each request does |
//! | `linking.rs` | the same for linking, renewing, refreshing |
//! | `books.rs` | customers, connections, attempts, consents, what was fetched |
//! | `course.rs` | what happens as time passes |
//! | `banks.rs` | the banks |
//! | `shapes.rs` | how things look in JSON |
//! | `page.rs` | the page for the user |
//! | `callbacks.rs` | messages, signed with a key of its own |
//! | `handle.rs` | what a test or a demonstration can make happen |

mod api;
mod banks;
mod books;
mod callbacks;
mod calls;
mod course;
mod gate;
mod handle;
mod linking;
mod page;
mod shapes;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::signature::RsaKeyPair;
use axum::Router;
use axum::routing::{any, get, post};
use jiff::{SignedDuration, Timestamp};

use super::Shared;
use super::faults::Place;
use books::Books;

pub use handle::Handle;

/// App-id of the one application that is known here.
pub const APP_ID: &str = "sandbox-app-id";
/// Its secret.
pub const SECRET: &str = "sandbox-app-secret";
/// Path of the API, version 6.
pub const PATH: &str = "/saltedge/api/v6";

/// The simulator's own part of what is shared.
#[derive(Default)]
pub struct Simulator {
    books: Mutex<Books>,
    rules: Mutex<Rules>,
    key: OnceLock<Option<RsaKeyPair>>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// How it behaves.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each can be switched by itself")]
struct Rules {
    /// Whether the application is live, and every request has to be signed.
    live: bool,
    /// The application's public key, as it was registered.
    public_key: Option<Vec<u8>>,
    /// Seconds that the clock is ahead by which signatures end.
    skew: i64,
    /// Whether refusals come in the envelope of version 4.
    flat_errors: bool,
    /// How long each stage of an attempt takes.
    pace: SignedDuration,
    /// Minutes between two fetches from a bank.
    refresh_minutes: i64,
    /// Most entries of a page, whatever is asked for.
    most: usize,
    /// Where messages are sent.
    callback_url: Option<String>,
    /// Whether nothing is read once the consent is over.
    reading_needs_consent: bool,
    /// Whether the way back never tells the connection.
    silent_return: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            live: false,
            public_key: None,
            skew: 0,
            flat_errors: false,
            pace: SignedDuration::from_millis(30),
            refresh_minutes: banks::REFRESH_MINUTES,
            most: 1000,
            callback_url: None,
            reading_needs_consent: false,
            silent_return: false,
        }
    }
}

impl Simulator {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// The books of Salt Edge as they stand now.
    fn books(&self) -> (MutexGuard<'_, Books>, Timestamp) {
        let now = self.now();
        let mut books = self.saltedge.books.lock().unwrap_or_else(PoisonError::into_inner);
        let mut world = self.world();
        books.advance(&mut world, now);
        (books, now)
    }
}

/// All pages of the simulator.
pub(super) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/saltedge/api/{*path}", any(api::answer))
        .route("/saltedge/connect", get(page::show).post(page::submit))
        .route("/saltedge/callback-key.pem", get(callbacks::key))
        .route("/control/saltedge/{*wish}", post(handle::control))
        .with_state(shared.clone())
}

/// What a request is for.
pub(super) fn place(method: &http::Method, path: &str) -> Option<Place> {
    let rest = path.strip_prefix("/saltedge/")?;
    if rest.starts_with("connect") {
        return Some(Place::Connect);
    }
    let rest = rest.strip_prefix("api/v6/").or_else(|| rest.strip_prefix("api/v5/"))?;
    let parts: Vec<_> = rest.split('/').collect();
    Some(match parts.as_slice() {
        ["transactions", ..] => Place::Transactions,
        ["accounts" | "consents", ..] => Place::Accounts,
        [.., "refresh"] => Place::Refresh,
        ["customers" | "connect_sessions", ..] | [.., "connect" | "reconnect"] => Place::Connect,
        ["connections", ..] if *method == http::Method::GET => Place::Accounts,
        _ => Place::Other,
    })
}
