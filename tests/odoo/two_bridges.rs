//! Two bridges behind one address, one killed in the middle of a run: the other finishes, and nothing is there twice.

use std::io::Write as _;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::bridge::{Bridge, until};
use crate::instance::Odoo;
use crate::online::{Connection, Providers, journal_on};

/// Sends each connection to the first bridge that takes it, as a load balancer does with the first that is healthy.
fn balance(bridges: Vec<SocketAddr>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for from in listener.incoming().map_while(Result::ok) {
            let Some(to) = bridges.iter().find_map(|bridge| TcpStream::connect(bridge).ok()) else {
                continue;
            };
            for (mut one, mut other) in
                [(from.try_clone().unwrap(), to.try_clone().unwrap()), (to.try_clone().unwrap(), from)]
            {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut one, &mut other);
                    let _ = other.shutdown(Shutdown::Write);
                });
            }
        }
    });
    address
}

#[test]
fn one_bridge_is_killed_in_the_middle_and_the_other_finishes() {
    let providers = Providers::start();
    let odoo = Odoo::start("two_bridges");
    let mut config = tempfile::NamedTempFile::new().unwrap();
    writeln!(config, "[sync]\nlease = 3").unwrap();
    let config = config.path().to_str().unwrap();
    let arguments = ["--sandbox", providers.sandbox.url(), "--config", config];
    let (mut first, second) = (Bridge::start(&arguments), Bridge::start(&arguments));
    let at = |bridge: &Bridge| bridge.address.trim_start_matches("http://").parse().unwrap();
    let address = balance(vec![at(&first), at(&second)]);

    let iban = providers.iban("ing");
    journal_on(&odoo, &iban);
    first.pair_at(&odoo, &address);
    let ing = Connection::by_ponto(&odoo);
    // Several batches, since the first has fifty lines.
    for number in 0..240 {
        providers.book(&iban, 1 + number % 20, &format!("{number}.10"), "Many");
    }
    ing.make_due();
    odoo.tick("cron_sync");
    let deadline = Instant::now() + Duration::from_secs(30);
    while odoo.lines().0 == 0 {
        assert!(Instant::now() < deadline, "no batch arrived: {}", first.log());
    }
    first.kill();
    // What was on its way when it was killed still arrives; then nothing more, and the lease ends by itself.
    let mut before = 0;
    while before != odoo.lines().0 {
        before = odoo.lines().0;
        std::thread::sleep(Duration::from_secs(4));
    }
    let all = providers.booked(&iban).0;
    assert!(before < all, "killed too late to show anything: {before} of {all}");
    ing.sync_by_itself();
    assert_eq!(ing.state(), "connected ", "{}", second.log());
    assert_eq!(odoo.lines(), providers.booked(&iban));
    assert!(second.log().contains("run done"), "{}", second.log());
    let runs = odoo.sql("SELECT state || ' ' || coalesce(code, '') FROM bank_bridge_import ORDER BY id");
    assert_eq!(runs, ["failed BB-4203", "done "], "the killed run is told as such");
    ing.sync_by_itself();
    assert_eq!(odoo.lines(), providers.booked(&iban));
}
