//! The story of the product, on a real Odoo with a single worker: a bank is linked once, and from then on its
//! transactions come in by themselves, each once, whatever happens.

use std::str::FromStr as _;

use bank_bridge::domain::Decimal;
use bank_bridge::sandbox::ponto::{MY_PONTO_CLIENT_ID, MY_PONTO_CLIENT_SECRET};
use bank_bridge::sandbox::world::{BankLine, World};
use bank_bridge::sandbox::{self, Sandbox};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::bridge::{Bridge, until};
use crate::instance::{Odoo, counts};
use crate::support::make::{self, Payment};

/// Simulated providers that run beside the test.
pub struct Providers {
    pub sandbox: Sandbox,
    runtime: tokio::runtime::Runtime,
}

impl Providers {
    pub fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox =
            runtime.block_on(sandbox::start("127.0.0.1:0".parse().unwrap(), World::demo(today()))).unwrap();
        sandbox.ponto.synchronisations_take(100);
        Self { sandbox, runtime }
    }

    /// Number of the account of that bank.
    pub fn iban(&self, bank: &str) -> String {
        let world = self.sandbox.shared.world();
        world.banks.iter().find(|known| known.id == bank).unwrap().accounts[0].iban.clone()
    }

    /// Something is booked on that account.
    pub fn book(&self, iban: &str, days_ago: i64, amount: &str, name: &str) {
        let line =
            BankLine::new(ago(days_ago), Decimal::from_str(amount).unwrap(), name, "Booked by the test");
        self.sandbox.shared.world().add(iban, line);
    }

    /// Something happens at a provider of which it sends messages.
    pub fn happens<T>(&self, what: impl FnOnce(&Sandbox) -> T) -> T {
        let _sends = self.runtime.enter();
        what(&self.sandbox)
    }

    /// The providers have fetched from the banks by themselves, as they do some times a day, and tell so.
    pub fn fetched(&self) {
        self.happens(|sandbox| {
            sandbox.ponto.background("ing");
            for connection in sandbox.saltedge().connections() {
                sandbox.saltedge().background(&connection);
            }
        });
    }

    /// Number and sum of the lines that are booked on an account.
    pub fn booked(&self, iban: &str) -> (usize, Decimal) {
        let world = self.sandbox.shared.world();
        let account = world.account(iban).unwrap();
        (account.booked().count(), account.booked().map(|line| line.amount).sum())
    }

    /// What the bank's own file of the last days says.
    fn coda(&self, iban: &str, days: i64) -> String {
        let world = self.sandbox.shared.world();
        let account = world.account(iban).unwrap();
        let cents = |amount: Decimal| {
            i64::try_from(
                (amount * Decimal::ONE_HUNDRED).mantissa()
                    / 10_i128.pow((amount * Decimal::ONE_HUNDRED).scale()),
            )
            .unwrap()
        };
        let mut lines: Vec<_> = account.booked().collect();
        lines.sort_by_key(|line| line.booked_on);
        let before: Decimal =
            lines.iter().filter(|line| line.booked_on < ago(days)).map(|line| line.amount).sum();
        let payments: Vec<Payment> = lines
            .iter()
            .filter(|line| line.booked_on >= ago(days))
            .map(|line| Payment {
                day: line.booked_on,
                cents: cents(line.amount),
                account: line.counterparty_account.clone().unwrap_or_default(),
                text: line.structured.clone().or(line.text.clone()).unwrap_or_default(),
                reference: String::new(),
            })
            .collect();
        make::coda(iban, 7, cents(account.opening + before), &payments)
    }
}

pub fn today() -> Date {
    Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

pub fn ago(days: i64) -> Date {
    today().checked_sub(jiff::Span::new().days(days)).unwrap()
}

/// A connection in Odoo.
pub struct Connection<'o> {
    pub odoo: &'o Odoo,
    pub id: i64,
}

impl<'o> Connection<'o> {
    /// A new one, not linked yet.
    pub fn new(odoo: &'o Odoo, provider: &str) -> Self {
        let values = json!({"name": "ING", "provider": provider, "contact": "accounts@example.com"});
        let made = odoo.call("bank.bridge.connection", "create", &json!({"vals_list": [values]}));
        let connection =
            Self { odoo, id: made.as_array().map_or_else(|| made.as_i64(), |ids| ids[0].as_i64()).unwrap() };
        connection.confirm_contact();
        connection
    }

    /// Its contact is confirmed for the next half hour, as by the code out of a message.
    pub fn confirm_contact(&self) {
        self.odoo.sql(&format!(
            "UPDATE bank_bridge_connection SET contact_verified = now() AT TIME ZONE 'UTC', contact_verified_by = create_uid WHERE id = {}",
            self.id
        ));
    }

    /// A new one by Ponto, linked with the client id and secret of the sandbox.
    pub fn by_ponto(odoo: &'o Odoo) -> Self {
        let connection = Self::new(odoo, "ponto");
        connection.enter_credentials();
        until("the link", || (connection.state() == "connected ").then_some(()));
        connection
    }

    /// Presses a button.
    pub fn press(&self, button: &str) -> Value {
        self.odoo.call("bank.bridge.connection", button, &json!({"ids": [self.id]}))
    }

    /// Enters client id and secret of the sandbox.
    pub fn enter_credentials(&self) {
        let values = json!({"connection_id": self.id, "client_id": MY_PONTO_CLIENT_ID,
                            "client_secret": MY_PONTO_CLIENT_SECRET});
        self.odoo.call("bank.bridge.credentials", "create", &json!({"vals_list": [values]}));
    }

    /// What SQL says of it.
    pub fn column(&self, what: &str) -> String {
        self.odoo.sql(&format!("SELECT {what} FROM bank_bridge_connection WHERE id = {}", self.id)).remove(0)
    }

    /// State and code.
    pub fn state(&self) -> String {
        self.column("state || ' ' || coalesce(code, '')")
    }

    /// Lets its time come.
    pub fn make_due(&self) {
        self.odoo.sql(&format!(
            "UPDATE bank_bridge_connection SET next_sync = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id = {}",
            self.id
        ));
    }

    /// Makes it due, and has Odoo's own schedule find that; waits for the end of the run.
    pub fn sync_by_itself(&self) {
        self.make_due();
        let before = self.column("coalesce(last_run, '')");
        self.odoo.tick("cron_sync");
        self.ended_after(&before);
    }

    /// Waits until a run after that one has ended.
    pub fn ended_after(&self, before: &str) {
        until("the run to end", || {
            let now = self.column("CASE WHEN lease_run IS NULL THEN coalesce(last_run, '') ELSE '' END");
            (!now.is_empty() && now != before).then_some(())
        });
    }

    /// Waits until no run is at work.
    pub fn at_rest(&self) {
        until("the run to end", || (self.column("lease_run IS NULL") == "t").then_some(()));
    }

    pub fn last_run(&self) -> String {
        self.column("coalesce(last_run, '')")
    }

    /// Texts of the chatter, oldest first.
    pub fn chatter(&self) -> Vec<String> {
        self.odoo.sql(&format!(
            "SELECT regexp_replace(body, '\\s+', ' ', 'g') FROM mail_message WHERE model = 'bank.bridge.connection' AND res_id = {} AND message_type IN ('comment', 'notification') AND body <> '' ORDER BY id",
            self.id
        ))
    }
}

/// The journal BNK1 on this account.
pub fn journal_on(odoo: &Odoo, iban: &str) {
    odoo.shell(&format!(
        "env['account.journal'].search([('code', '=', 'BNK1')], limit=1).set_bank_account('{iban}')"
    ));
}

#[test]
fn a_bank_is_linked_once_and_its_transactions_come_in_by_themselves() {
    let providers = Providers::start();
    let odoo = Odoo::start_with("story", &["--addon", "--one-worker"]);
    let bridge = Bridge::start(&["--sandbox", providers.sandbox.url()]);
    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    bridge.pair(&odoo);

    // Linked, its accounts found, the journal of the account known by its number.
    let ing = Connection::by_ponto(&odoo);
    assert_eq!(ing.column("sandbox"), "t");
    let with_journal =
        "SELECT a.reference, j.code FROM bank_bridge_account a JOIN account_journal j ON j.id = a.journal_id";
    assert_eq!(odoo.sql(with_journal), [format!("{iban}|BNK1")]);
    assert_eq!(odoo.lines().0, 0);

    // The first tick brings what is there; the next ones what is new.
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban), "{}", bridge.log());
    assert_eq!(odoo.sql("SELECT count(*) FROM account_bank_statement"), ["1"]);
    let balance =
        odoo.sql("SELECT s.balance_end_real FROM account_bank_statement s")[0].parse::<Decimal>().unwrap();
    assert_eq!(
        balance,
        providers.sandbox.shared.world().account(&iban).unwrap().balance(),
        "the opening is right"
    );
    providers.book(&iban, 0, "12.00", "Today");
    providers.book(&iban, 4, "-7.25", "Booked late");
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));
    let told = ing.chatter().len();

    // An outage: told once, with a code, however long it lasts.
    providers.sandbox.shared.faults.plan("reset".parse().unwrap());
    providers.book(&iban, 0, "100.00", "During the outage");
    providers.book(&iban, 0, "100.00", "During the outage");
    ing.sync_by_itself();
    assert_eq!(ing.state(), "error BB-2001");
    ing.sync_by_itself();
    let chatter = ing.chatter();
    assert_eq!(chatter.len(), told + 1, "{chatter:?}");
    assert!(chatter[told].contains("BB-2001"), "{chatter:?}");

    // Meanwhile the accountant imports the bank's own file: what it shares with the past is recognised.
    let file = odoo.file("days.cod", &providers.coda(&iban, 6));
    let outcome = odoo.import("json2", &file, &[]);
    let [created, _, matched, held] = counts(&outcome);
    assert_eq!((created, held), (2, 0), "{outcome}");
    assert!(matched > 2);
    assert_eq!(odoo.lines(), providers.booked(&iban));

    // The provider is back and catches up: each transaction is there once.
    providers.sandbox.shared.faults.clear();
    providers.book(&iban, 0, "3.50", "After the outage");
    ing.sync_by_itself();
    assert_eq!(ing.state(), "connected ");
    assert_eq!(odoo.lines(), providers.booked(&iban));
    assert_eq!(ing.chatter().len(), told + 2, "it works again");

    // The consent ends; renewing is entering the credentials again.
    providers.sandbox.ponto.expire_consent("ing");
    ing.sync_by_itself();
    assert_eq!(ing.state(), "error BB-2203");
    assert!(ing.chatter().last().unwrap().contains("authorizationInvalid"), "{:?}", ing.chatter());
    providers.sandbox.ponto.renew_consent("ing");
    let before = ing.last_run();
    ing.enter_credentials();
    ing.ended_after(&before);
    assert_eq!(ing.state(), "connected ");
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));

    // Linked anew at the provider: all its names are others, the money is the same.
    providers.sandbox.ponto.relink("ing");
    providers.book(&iban, 0, "8.80", "After the new link");
    ing.sync_by_itself();
    assert_eq!(
        odoo.lines(),
        providers.booked(&iban),
        "{:?}",
        odoo.sql("SELECT name, state, code, findings FROM bank_bridge_import")
    );
    assert_eq!(odoo.sql("SELECT count(*) FROM bank_bridge_held"), ["0"]);

    // The user presses the button: the bank is asked, and brings what is newest.
    let before = ing.last_run();
    ing.press("action_sync");
    ing.ended_after(&before);
    assert!(!providers.sandbox.ponto.asked().is_empty(), "the provider was sent to the bank");
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));

    // No secret anywhere.
    let everything = format!(
        "{}{:?}{:?}",
        bridge.log(),
        ing.chatter(),
        odoo.sql("SELECT c::text || coalesce((SELECT string_agg(i::text, '') FROM bank_bridge_import i), '') FROM bank_bridge_connection c")
    );
    for secret in [MY_PONTO_CLIENT_SECRET, sandbox::ponto::SECRET_MARK] {
        assert!(!everything.contains(secret), "{secret}");
    }
}
