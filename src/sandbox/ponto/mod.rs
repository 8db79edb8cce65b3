//! Simulated Ponto: MyPonto below `/ponto`, Ponto Connect below `/ponto-connect`, keys of webhooks at `/webhooks/keys`.
//!
//! It stands apart because it plays the other side. What it does is what Ponto does as far as that is known, with two
//! differences that help trying: Ponto's own synchronisations do not come four times a day but whenever somebody looks,
//! and a synchronisation for a user who is present always finds something new.
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | what a test or a demo can do to it |
//! | `book.rs` | organisations, links, consents, synchronisations |
//! | `oauth.rs` | tokens, the pages for the user |
//! | `api.rs` | accounts, transactions, banks |
//! | `synchronise.rs` | asking the banks |
//! | `shapes.rs` | resources as they are sent |
//! | `events.rs` | webhooks |
//!
//! Every link has its own epoch, and the ids of accounts and transactions depend on it: unlinking and linking again
//! numbers everything anew, as Ponto does.

mod api;
mod book;
mod events;
mod oauth;
mod shapes;
mod synchronise;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::rsa::KeyPair;
use axum::Router;
use http::Method;

use super::Shared;
use super::faults::Place;
use book::Book;

pub use events::Webhook;

/// Client id that the demo organisation has for MyPonto.
pub const MY_PONTO_CLIENT_ID: &str = "sandbox-my-ponto";
/// Its secret; public, since it opens nothing but this simulator.
pub const MY_PONTO_CLIENT_SECRET: &str = "sandbox-my-ponto-secret-of-nothing";
/// Client id of the application at Ponto Connect.
pub const CONNECT_CLIENT_ID: &str = "sandbox-ponto-connect";
/// Its secret.
pub const CONNECT_CLIENT_SECRET: &str = "sandbox-ponto-connect-secret-of-nothing";
/// Id of the application, which webhooks are addressed to.
pub const CONNECT_APPLICATION_ID: &str = "5a1db0f0-0000-4000-8000-00000000ab01";
/// The organisation that MyPonto's demo credentials are of, and that the page of Ponto Connect proposes.
pub const ORGANISATION: &str = "Bakkerij De Korenaar BV";
/// How the access and refresh tokens and codes given here begin, so that one that leaks is found.
pub const SECRET_MARK: &str = "sandbox-ponto-token-";
/// Path of MyPonto's API.
pub const MY_PONTO: &str = "/ponto";
/// Path of Ponto Connect's API.
pub const CONNECT: &str = "/ponto-connect";
/// Path of the page that links an organisation with Ponto Connect.
pub const CONNECT_PAGE: &str = "/ponto-connect/oauth2/auth";

/// Which product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    Mine,
    Connect,
}

impl Product {
    fn path(self) -> &'static str {
        match self {
            Self::Mine => MY_PONTO,
            Self::Connect => CONNECT,
        }
    }
}

/// The simulator and what can be done to it.
pub struct Ponto {
    shared: Arc<Shared>,
    book: Mutex<Book>,
    key: OnceLock<Option<KeyPair>>,
    webhooks_to: Mutex<Option<String>>,
    /// Milliseconds that a synchronisation takes.
    takes: AtomicI64,
    /// Most elements that a page holds whatever was asked for.
    page_cap: AtomicUsize,
    without_links: AtomicBool,
    internal: AtomicBool,
    tokens: AtomicUsize,
}

impl std::fmt::Debug for Ponto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ponto").finish_non_exhaustive()
    }
}

/// A synchronisation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Number of the account.
    pub iban: String,
    /// Of what: `accountTransactions`.
    pub subtype: String,
    /// The address of the user that was told.
    pub user: IpAddr,
}

impl Ponto {
    pub(super) fn new(shared: &Arc<Shared>) -> Arc<Self> {
        let ponto = Self {
            shared: shared.clone(),
            book: Mutex::new(Book::default()),
            key: OnceLock::new(),
            webhooks_to: Mutex::new(None),
            takes: AtomicI64::new(2000),
            page_cap: AtomicUsize::new(usize::MAX),
            without_links: AtomicBool::new(false),
            internal: AtomicBool::new(false),
            tokens: AtomicUsize::new(0),
        };
        let banks: Vec<String> = shared.world().banks.iter().map(|bank| bank.id.clone()).collect();
        for bank in banks {
            ponto.link(ORGANISATION, &bank);
        }
        Arc::new(ponto)
    }

    /// Books as of now: what time and banks have done meanwhile is in them.
    fn book(&self) -> MutexGuard<'_, Book> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.shared.now();
        book.settle(&mut self.shared.world(), now);
        book
    }

    /// Links all accounts of a bank to an organisation, which is made where there is none of that name. Accounts that
    /// are linked keep their ids and get a new consent.
    pub fn link(&self, organisation: &str, bank: &str) {
        let now = self.shared.now();
        let (id, added, renewed) = {
            let mut book = self.book();
            let world = self.shared.world();
            let index = book.organisation(organisation);
            let (added, renewed) = world
                .banks
                .iter()
                .find(|known| known.id == bank)
                .map(|bank| book.link(index, bank, now))
                .unwrap_or_default();
            (book.organisations[index].id.clone(), added, renewed)
        };
        for account in added {
            self.event("integration.accountAdded", &id, Some(&account));
        }
        for account in renewed {
            self.event("account.reauthorized", &id, Some(&account));
        }
    }

    /// Unlinks a bank everywhere: its accounts are not found any more.
    pub fn unlink(&self, bank: &str) {
        let removed = self.book().unlink(bank);
        for (organisation, account) in removed {
            self.event("integration.accountRevoked", &organisation, Some(&account));
        }
    }

    /// Unlinks a bank and links it again: all ids of its accounts and their transactions are new.
    pub fn relink(&self, bank: &str) {
        let organisations = self.book().organisations_with(bank);
        self.unlink(bank);
        for organisation in organisations {
            self.link(&organisation, bank);
        }
    }

    /// The consent for a bank is over: what is there can be read, nothing new comes.
    pub fn expire_consent(&self, bank: &str) {
        let now = self.shared.now();
        self.book().each(bank, |account| {
            account.expires_at = account.expires_at.min(now);
            account.ended = Some("authorizationInvalid");
        });
    }

    /// The user has confirmed again at the bank.
    pub fn renew_consent(&self, bank: &str) {
        let organisations = self.book().organisations_with(bank);
        for organisation in organisations {
            self.link(&organisation, bank);
        }
    }

    /// The bank retires its connection: its accounts stay readable, and others take their place.
    pub fn retire(&self, bank: &str) {
        let now = self.shared.now();
        let mut book = self.book();
        let organisations = book.organisations_with(bank);
        book.each(bank, |account| account.deprecated = true);
        let world = self.shared.world();
        for organisation in organisations {
            let index = book.organisation(&organisation);
            if let Some(bank) = world.banks.iter().find(|known| known.id == bank) {
                book.link(index, bank, now);
            }
        }
    }

    /// Synchronisations with a bank fail with this class from now on, or work again.
    pub fn fail(&self, bank: &str, class: Option<&'static str>) {
        self.book().each(bank, |account| account.failing = class);
    }

    /// Ponto asks a bank by itself, as it does some times a day, and tells what it found where webhooks go.
    pub fn background(&self, bank: &str) {
        let mut found = Vec::new();
        for organisation in &self.book().organisations {
            let of_bank = organisation.accounts.iter().filter(|one| one.bank == bank && !one.deprecated);
            found.extend(of_bank.map(|account| (organisation.id.clone(), account.id.clone())));
        }
        for (organisation, account) in found {
            self.event("account.transactionsCreated", &organisation, Some(&account));
        }
    }

    /// Accounts of a bank are `readonly`, `unavailable`, or `available` again.
    pub fn availability(&self, bank: &str, availability: &'static str) {
        self.book().each(bank, |account| account.availability = availability);
    }

    /// All access tokens end now.
    pub fn end_access_tokens(&self) {
        self.book().access.clear();
    }

    /// All refresh tokens of Ponto Connect are revoked, with their access tokens.
    pub fn revoke(&self) {
        let mut book = self.book();
        book.access.clear();
        book.grants.clear();
    }

    /// The secret of MyPonto's demo organisation is regenerated to this one.
    pub fn change_secret(&self, secret: &str) {
        secret.clone_into(&mut self.book().my_secret);
        self.end_access_tokens();
    }

    /// Milliseconds that a synchronisation takes; two seconds at first.
    pub fn synchronisations_take(&self, milliseconds: i64) {
        self.takes.store(milliseconds, Ordering::Relaxed);
    }

    /// Pages hold at most so many elements, whatever was asked for, although more follow.
    pub fn cap_pages(&self, elements: usize) {
        self.page_cap.store(elements.max(1), Ordering::Relaxed);
    }

    /// Pages say where the next one begins, but hold no link to it.
    pub fn leave_out_links(&self) {
        self.without_links.store(true, Ordering::Relaxed);
    }

    /// A maintenance of a bank is Ponto's own: nothing can be read meanwhile.
    pub fn maintenance_is_internal(&self) {
        self.internal.store(true, Ordering::Relaxed);
    }

    /// Synchronisations that were asked for, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.book().synchronisations.iter().map(|one| one.asked.clone()).collect()
    }

    /// How many tokens were given.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Id of an organisation.
    #[must_use]
    pub fn organisation_id(&self, name: &str) -> Option<String> {
        self.book().organisations.iter().find(|known| known.name == name).map(|known| known.id.clone())
    }

    /// Where webhooks are posted from now on.
    pub fn webhooks_to(&self, url: &str) {
        *self.webhooks_to.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.to_owned());
    }
}

/// What a person who tries it enters.
pub(super) fn help(address: &str) -> String {
    format!(
        "MyPonto at {address}{MY_PONTO}: client id {MY_PONTO_CLIENT_ID}, secret {MY_PONTO_CLIENT_SECRET}\nPonto \
         Connect at {address}{CONNECT}: client id {CONNECT_CLIENT_ID}, secret {CONNECT_CLIENT_SECRET}\n"
    )
}

/// All paths.
pub(super) fn router(ponto: &Arc<Ponto>) -> Router {
    let products = [Product::Mine, Product::Connect].map(|product| {
        let routes = oauth::routes(product).merge(api::routes());
        Router::new().nest(product.path(), routes.with_state(App { ponto: ponto.clone(), product }))
    });
    products.into_iter().fold(events::routes(ponto), Router::merge)
}

/// What a handler works with.
#[derive(Clone)]
struct App {
    ponto: Arc<Ponto>,
    product: Product,
}

/// What a request below these paths is for.
pub(super) fn place(method: &Method, path: &str) -> Option<Place> {
    if path == "/webhooks/keys" {
        return Some(Place::Other);
    }
    let below = |product: Product| path.strip_prefix(product.path()).filter(|rest| rest.starts_with('/'));
    let rest = below(Product::Connect).or_else(|| below(Product::Mine))?;
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    let is = |known: &str| parts.first() == Some(&known);
    Some(if parts == ["oauth2", "token"] {
        Place::Token
    } else if is("oauth2")
        || is("userinfo")
        || is("reauthorize")
        || parts.ends_with(&["reauthorization-requests"])
    {
        Place::Connect
    } else if is("accounts") && parts.get(2) == Some(&"transactions") {
        Place::Transactions
    } else if is("accounts") && method == Method::GET {
        Place::Accounts
    } else if is("synchronizations") {
        Place::Refresh
    } else {
        Place::Other
    })
}

/// A text that nobody guesses, with the mark of secrets.
fn secret() -> String {
    let mut bytes = [0; 24];
    let filled = aws_lc_rs::rand::fill(&mut bytes).is_ok();
    let random = if filled { shapes::hex(&bytes) } else { uuid::Uuid::now_v7().to_string() };
    format!("{SECRET_MARK}{random}")
}
