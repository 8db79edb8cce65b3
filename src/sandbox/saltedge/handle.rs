//! What a test or a demonstration can make happen at the simulated Salt Edge.
//!
//! Over HTTP the same is had with `POST /control/saltedge/<wish>`, for all connections at once:
//! `expire-consent`, `unlink`, `renumber`, `background`, `fail/<class>`, `recover`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;

use super::books::{Connection, Wish};
use super::{PATH, callbacks};
use crate::sandbox::world::BankLine;
use crate::sandbox::{Sandbox, Shared};

/// The simulated Salt Edge in somebody's hand.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Sandbox {
    /// The simulated Salt Edge.
    #[must_use]
    pub fn saltedge(&self) -> Handle {
        Handle { shared: self.shared.clone() }
    }
}

impl Handle {
    /// Address of the API, version 6.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}{PATH}", self.shared.address)
    }

    /// Public key of the messages, in PEM.
    #[must_use]
    pub fn callback_key(&self) -> String {
        self.shared.saltedge.key_pem()
    }

    /// Header that a genuine message to an address has.
    #[must_use]
    pub fn callback_signature(&self, url: &str, body: &[u8]) -> String {
        self.shared.saltedge.signature(url, body)
    }

    /// Messages go below this address, each kind to its own: `/success`, `/fail`, `/notify`, `/destroy`.
    pub fn send_callbacks_to(&self, url: &str) {
        self.shared.saltedge.rules().callback_url = Some(url.to_owned());
    }

    /// Registers the application's public key (PEM). A live application has to sign every request. Whether it is a key.
    #[must_use]
    pub fn register_key(&self, pem: &str, live: bool) -> bool {
        let key = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok().map(|key| key.to_vec());
        let mut rules = self.shared.saltedge.rules();
        rules.live = live;
        rules.public_key = key;
        rules.public_key.is_some()
    }

    /// How many seconds the clock is ahead by which signatures end.
    pub fn skew(&self, seconds: i64) {
        self.shared.saltedge.rules().skew = seconds;
    }

    /// Refusals come in the envelope of version 4.
    pub fn flat_errors(&self, flat: bool) {
        self.shared.saltedge.rules().flat_errors = flat;
    }

    /// How long each of the seven steps of an attempt takes.
    pub fn pace(&self, stage: SignedDuration) {
        self.shared.saltedge.rules().pace = stage;
    }

    /// Minutes between two fetches from a bank.
    pub fn refresh_minutes(&self, minutes: i64) {
        self.shared.saltedge.rules().refresh_minutes = minutes;
    }

    /// Most entries of a page, whatever is asked for.
    pub fn page_size(&self, most: usize) {
        self.shared.saltedge.rules().most = most.max(1);
    }

    /// Nothing is read any more once the consent is over.
    pub fn reading_needs_consent(&self, needed: bool) {
        self.shared.saltedge.rules().reading_needs_consent = needed;
    }

    /// The way back never tells the connection.
    pub fn silent_return(&self, silent: bool) {
        self.shared.saltedge.rules().silent_return = silent;
    }

    /// Ids of all connections, oldest first.
    #[must_use]
    pub fn connections(&self) -> Vec<String> {
        let (books, _) = self.shared.books();
        books.connections.iter().map(|connection| connection.id.clone()).collect()
    }

    /// Ends the consents of a connection now.
    pub fn expire_consent(&self, connection: &str) {
        self.change(connection, |connection, now| {
            for consent in &mut connection.consents {
                consent.expires = consent.expires.min(now);
            }
        });
    }

    /// Removes a connection, as somebody does on Salt Edge's site.
    pub fn unlink(&self, connection: &str) {
        let (mut books, _) = self.shared.books();
        let gone = books.connections.iter().position(|one| one.id == connection);
        if let Some(at) = gone {
            let connection = books.connections.remove(at);
            callbacks::send(&self.shared, "destroy", &callbacks::about(&connection, serde_json::json!({})));
        }
    }

    /// Gives all accounts and transactions of a connection new ids, as linking the bank again does.
    pub fn renumber(&self, connection: &str) {
        self.shared.books().0.renumber(connection);
    }

    /// Salt Edge supports the bank no longer.
    pub fn disable(&self, connection: &str) {
        self.change(connection, |connection, _| connection.disabled = true);
    }

    /// All further attempts of a connection end with a class, until there is none.
    pub fn fail_with(&self, connection: &str, class: Option<&str>) {
        self.change(connection, |connection, _| connection.fails_with = class.map(str::to_owned));
    }

    /// Salt Edge fetches by itself, at once, and tells so where messages go.
    pub fn background(&self, connection: &str) {
        let (mut books, now) = self.shared.books();
        let attempt = books.begin(connection, &Wish::default(), SignedDuration::ZERO, None, now);
        books.advance(&mut self.shared.world(), now);
        drop(books);
        callbacks::follow(&self.shared, connection, attempt);
    }

    /// Salt Edge finds a copy of a line that it has fetched, and marks it.
    pub fn copy(&self, iban: &str, line: u64) {
        self.shared.books().0.copy(iban, line);
    }

    /// Salt Edge takes a line that it has fetched for a possible double.
    pub fn doubt(&self, iban: &str, line: u64) {
        self.shared.books().0.doubt(iban, line);
    }

    /// Something happens at one of the fake banks.
    pub fn add_to_fake(&self, iban: &str, line: BankLine) {
        let (mut books, now) = self.shared.books();
        books.add_to_fake(iban, line, now);
    }

    fn change(&self, connection: &str, change: impl FnOnce(&mut Connection, Timestamp)) {
        let (mut books, now) = self.shared.books();
        if let Some(connection) = books.connection_mut(connection) {
            change(connection, now);
        }
    }
}

pub(super) async fn control(State(shared): State<Arc<Shared>>, Path(wish): Path<String>) -> Response<Body> {
    let handle = Handle { shared };
    let (wish, class) =
        wish.split_once('/').map_or((wish.as_str(), None), |(wish, class)| (wish, Some(class)));
    for connection in handle.connections() {
        match (wish, class) {
            ("expire-consent", None) => handle.expire_consent(&connection),
            ("unlink", None) => handle.unlink(&connection),
            ("renumber", None) => handle.renumber(&connection),
            ("background", None) => handle.background(&connection),
            ("recover", None) => handle.fail_with(&connection, None),
            ("fail", Some(class)) => handle.fail_with(&connection, Some(class)),
            _ => return (StatusCode::BAD_REQUEST, "there is no such wish").into_response(),
        }
    }
    StatusCode::NO_CONTENT.into_response()
}
