//! Links with banks as they live in practice: made in a browser, moved to another provider, woken by pushed messages,
//! sealed with new keys, and worth nothing in a copy of the database.

use std::net::TcpListener;
use std::sync::atomic::Ordering;

use bank_bridge::sandbox::ponto::{CONNECT_CLIENT_SECRET, MY_PONTO_CLIENT_SECRET, SECRET_MARK};
use bank_bridge::sandbox::saltedge::{APP_ID, SECRET};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::bridge::{Bridge, KEY, until};
use crate::browser::Browser;
use crate::instance::Odoo;
use crate::online::{Connection, Providers, journal_on};

/// Accounts that have a journal, and how often the provider may have named their lines anew.
const ACCOUNTS: &str = "SELECT a.reference, j.code, a.epoch FROM bank_bridge_account a JOIN account_journal j ON j.id = a.journal_id ORDER BY a.id";

/// Runs of connections, oldest first: state, code, lines created.
const RUNS: &str =
    "SELECT state || ' ' || coalesce(code, '') || count_created FROM bank_bridge_import ORDER BY id";

#[test]
fn a_bank_is_linked_in_the_browser_through_salt_edge() {
    linked_in_the_browser("browser_saltedge", "saltedge");
}

#[test]
fn a_bank_is_linked_in_the_browser_through_ponto_connect() {
    linked_in_the_browser("browser_connect", "ponto_connect");
}

fn linked_in_the_browser(name: &str, provider: &str) {
    let providers = Providers::start();
    let odoo = Odoo::start_with(name, &["--addon", "--one-worker"]);
    let bridge = Bridge::start(&["--sandbox", providers.sandbox.url()]);
    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    bridge.pair(&odoo);
    let ing = Connection::new(&odoo, provider);
    let mut browser = Browser::log_in(&odoo);
    let form = format!("/odoo/action-bank_bridge.action_connection/{}", ing.id);

    // The provider takes its time, and the only worker of Odoo does not wait for it.
    providers.sandbox.shared.latency.store(700, Ordering::Relaxed);
    let page = browser.connect(&ing);
    providers.sandbox.shared.latency.store(0, Ordering::Relaxed);
    // The page of Ponto Connect is known without asking.
    assert!(browser.waited > 0 || provider == "ponto_connect");

    // He refuses: told with a code, and nothing is there.
    assert!(page.starts_with(providers.sandbox.url()), "{page}");
    assert_eq!(ing.state(), "waiting ");
    assert_eq!(browser.decide(&ing, &page, false), form);
    assert_eq!(ing.state(), "error BB-2201", "{}", bridge.log());
    assert!(ing.chatter().last().unwrap().contains("BB-2201"), "{:?}", ing.chatter());
    assert!(odoo.sql(ACCOUNTS).is_empty());

    // While he is on the page again, somebody returns in his place.
    let page = browser.connect(&ing);
    let forged = format!("/bank_bridge/return?state={}.guessed&code=guessed", ing.column("key"));
    browser.come_back(&ing, &forged);
    assert_eq!(ing.state(), "error BB-2209");
    assert!(odoo.sql(ACCOUNTS).is_empty());

    // His own return counts all the same.
    assert_eq!(browser.decide(&ing, &page, true), form);
    assert_eq!(ing.state(), "connected ", "{}", bridge.log());
    assert_eq!(ing.column("sandbox"), "t");
    let linked = odoo.sql(ACCOUNTS);
    assert_eq!(linked, [format!("{iban}|BNK1|1")]);
    assert_eq!(odoo.lines().0, 0);

    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban), "{}", bridge.log());
    ing.sync_by_itself();
    let all = providers.booked(&iban);
    assert_eq!(odoo.lines(), all);
    assert_eq!(odoo.sql(RUNS), [format!("done {}", all.0), "done 0".to_owned()]);

    // A return that nobody waits for changes nothing either.
    browser.come_back(&ing, &forged);
    assert_eq!(ing.state(), "error BB-2209");
    assert_eq!(odoo.sql(ACCOUNTS), linked);
    providers.book(&iban, 0, "12.00", "Today");
    providers.book(&iban, 4, "-7.25", "Booked late");
    providers.fetched();
    ing.sync_by_itself();
    assert_eq!(ing.state(), "connected ");
    assert_eq!(odoo.lines(), providers.booked(&iban));

    // Renewed in the browser: the same money, whatever it is called now.
    browser.link(&ing);
    providers.book(&iban, 0, "3.50", "After renewing");
    providers.fetched();
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));
    assert_eq!(odoo.sql("SELECT count(*) FROM bank_bridge_held"), ["0"]);

    let shown = ing.column("bank_bridge_connection::text");
    let everything = format!("{}{:?}{shown}", bridge.log(), ing.chatter());
    for secret in [CONNECT_CLIENT_SECRET, SECRET, SECRET_MARK] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[test]
fn an_account_that_moves_to_another_provider_has_each_transaction_once() {
    let providers = Providers::start();
    let odoo = Odoo::start("moved");
    let bridge = Bridge::start(&["--sandbox", providers.sandbox.url()]);
    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    bridge.pair(&odoo);
    let twins = |amount: &str| {
        for _ in 0..2 {
            providers.book(&iban, 1, amount, "Twice the same");
        }
    };
    twins("55.00");

    let first = Connection::by_ponto(&odoo);
    first.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));

    // The same account through the others: everything is recognised.
    let mut browser = Browser::log_in(&odoo);
    let (second, third) = (Connection::new(&odoo, "saltedge"), Connection::new(&odoo, "ponto_connect"));
    for other in [&second, &third] {
        browser.link(other);
        other.sync_by_itself();
        assert_eq!(other.state(), "connected ", "{}", bridge.log());
        assert_eq!(odoo.lines(), providers.booked(&iban), "{:?}", odoo.sql(RUNS));
    }
    assert_eq!(odoo.sql(ACCOUNTS), vec![format!("{iban}|BNK1|1"); 3]);

    // All of them stay: what is new comes in once, whoever is first, and what looks the same stays two.
    for order in [[&first, &second, &third], [&third, &second, &first], [&second, &first, &third]] {
        twins("20.00");
        providers.book(&iban, 0, "55.00", "Twice the same");
        providers.fetched();
        for connection in order {
            connection.sync_by_itself();
            assert_eq!(odoo.lines(), providers.booked(&iban), "{:?}", odoo.sql(RUNS));
        }
    }
    assert_eq!(odoo.sql("SELECT count(*) FROM bank_bridge_held"), ["0"]);
}

#[test]
fn what_ponto_connect_pushes_is_in_odoo_without_waiting_for_the_schedule() {
    let providers = Providers::start();
    let odoo = Odoo::start_with("pushed_connect", &["--addon", "--one-worker"]);
    let bridge = Bridge::start(&["--sandbox", providers.sandbox.url()]);
    providers.sandbox.ponto.webhooks_to(&format!("{}/webhooks/ponto_connect", bridge.address));
    pushed(&providers, &odoo, &bridge, "ponto_connect");
}

#[test]
fn what_salt_edge_pushes_is_in_odoo_without_waiting_for_the_schedule() {
    let providers = Providers::start();
    let odoo = Odoo::start_with("pushed_saltedge", &["--addon", "--one-worker"]);
    let saltedge = providers.sandbox.saltedge();
    // The address stands in the configuration, so it has to be known beforehand.
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let address = format!("http://{listen}/webhooks/saltedge");
    let secret = odoo.file("saltedge-secret", SECRET);
    let key = odoo.file("saltedge-callbacks.pem", &saltedge.callback_key());
    let config = format!(
        "[providers.saltedge]\nbase_url = '{}'\napp_id = '{APP_ID}'\nsecret_file = '{}'\ncallback_url = '{address}'\n\
         callback_key_files = ['{}']\nsandbox = true\n",
        saltedge.base_url(),
        secret.display(),
        key.display()
    );
    let config = odoo.file("bridge.toml", &config);
    let bridge = Bridge::start_at(&listen, &["--config", config.to_str().unwrap()]);
    saltedge.send_callbacks_to(&address);
    saltedge.refresh_minutes(0);
    pushed(&providers, &odoo, &bridge, "saltedge");
}

fn pushed(providers: &Providers, odoo: &Odoo, bridge: &Bridge, provider: &str) {
    let iban = providers.iban("ing");
    journal_on(odoo, &iban);
    bridge.pair(odoo);
    let ing = Connection::new(odoo, provider);
    Browser::log_in(odoo).link(&ing);
    let told = ing.chatter().len();
    let all_in = || {
        until("the lines", || (odoo.lines() == providers.booked(&iban)).then_some(()));
        ing.at_rest();
        assert_eq!(ing.state(), "connected ", "{}", bridge.log());
    };

    // Each message brings what is there; nothing else asks for it.
    providers.fetched();
    all_in();
    for day in [0, 3] {
        providers.book(&iban, day, "12.00", "Pushed");
        assert_ne!(odoo.lines(), providers.booked(&iban));
        providers.fetched();
        all_in();
    }

    // The user sends the provider to the bank, which tells of it meanwhile.
    let before = ing.last_run();
    ing.press("action_sync");
    ing.ended_after(&before);
    all_in();
    assert_eq!(ing.chatter().len(), told, "messages are no news: {:?}", ing.chatter());

    // A bank that was disconnected stays so, whatever is pushed.
    ing.press("action_disconnect");
    let (there, log) = (odoo.lines(), bridge.log().len());
    providers.book(&iban, 0, "99.00", "After disconnecting");
    providers.fetched();
    until("the message", || bridge.log()[log..].contains("BB-4204").then_some(()));
    assert_eq!(ing.state(), "not_connected ", "{}", &bridge.log()[log..]);
    assert_eq!(odoo.lines(), there);
}

#[test]
fn after_one_synchronisation_the_new_key_is_enough() {
    let providers = Providers::start();
    let odoo = Odoo::start("rotated");
    let old = odoo.file("old-key", &BASE64_STANDARD.encode(KEY));
    let new = odoo.file("new-key", &BASE64_STANDARD.encode([8; 32]));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let arguments = ["--sandbox", providers.sandbox.url()];
    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    let before = Bridge::start(&arguments);
    before.pair(&odoo);
    let ing = Connection::by_ponto(&odoo);
    ing.sync_by_itself();
    // Which keys have sealed the registration and what the connection remembers.
    let keys = || {
        let of = "SELECT split_part(sealed, '.', 2) FROM";
        odoo.sql(&format!("{of} bank_bridge_registration UNION ALL {of} bank_bridge_connection"))
    };
    let with_old = keys();
    assert_eq!(with_old[0], with_old[1]);
    drop(before);
    let replaced_by = |bridge: &Bridge| {
        odoo.sql(&format!("UPDATE bank_bridge_registration SET address = '{}'", bridge.address));
        providers.book(&iban, 0, "1.10", "Another bridge");
        ing.make_due();
        odoo.tick("cron_sync");
    };

    // Too early: told with a code, and nothing is lost.
    let only_new = Bridge::start_with_keys(&[new], &arguments);
    replaced_by(&only_new);
    assert_eq!(ing.state(), "error BB-1006");
    assert_eq!(keys(), with_old);

    // The new key in front of the old one.
    let both = Bridge::start_with_keys(&[new, old], &arguments);
    let run = ing.last_run();
    replaced_by(&both);
    ing.ended_after(&run);
    assert_eq!(ing.state(), "connected ", "{}", both.log());
    assert_eq!(odoo.lines(), providers.booked(&iban));
    let with_new = keys();
    assert_eq!(with_new[0], with_new[1]);
    assert_ne!(with_new, with_old);

    // The new one alone.
    let run = ing.last_run();
    replaced_by(&only_new);
    ing.ended_after(&run);
    assert_eq!(ing.state(), "connected ", "{}", only_new.log());
    assert_eq!(odoo.lines(), providers.booked(&iban));
    assert_eq!(keys(), with_new);
}

#[test]
fn a_copy_of_the_database_cannot_use_what_was_sealed() {
    let providers = Providers::start();
    let odoo = Odoo::start("copied");
    let bridge = Bridge::start(&["--sandbox", providers.sandbox.url()]);
    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    bridge.pair(&odoo);
    let ing = Connection::by_ponto(&odoo);
    ing.sync_by_itself();
    let (there, tokens) = (providers.booked(&iban), providers.sandbox.ponto.tokens());
    providers.book(&iban, 0, "5.00", "After copying");

    // Copied, which gives it a name of its own.
    odoo.sql("UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key = 'database.uuid'");
    odoo.shell("env.registry.clear_cache('stable'); env.registry.signal_changes()");
    let unread = || {
        assert_eq!(ing.state(), "error BB-1006", "{}", bridge.log());
        assert_eq!(odoo.lines(), there);
        assert_eq!(providers.sandbox.ponto.tokens(), tokens, "nobody was let in at the provider");
    };
    ing.make_due();
    odoo.tick("cron_sync");
    unread();

    // Connected with the bridge as itself, it still has not the bank.
    bridge.pair(&odoo);
    ing.sync_by_itself();
    unread();
    assert!(ing.chatter().last().unwrap().contains("BB-1006"), "{:?}", ing.chatter());

    // Linked anew it is a database like any other.
    let before = ing.last_run();
    ing.enter_credentials();
    ing.ended_after(&before);
    assert_eq!(ing.state(), "connected ");
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban), "{:?}", odoo.sql(RUNS));
    assert!(!bridge.log().contains(MY_PONTO_CLIENT_SECRET));
}
