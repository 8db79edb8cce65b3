//! Sending Ponto to the bank while the user is there.

use std::time::Duration;

use bank_bridge::errors::Code;
use bank_bridge::providers::config::PontoConfig;
use bank_bridge::providers::ponto::Ponto;
use bank_bridge::providers::{Provider, RemoteAccount, Session};
use bank_bridge::sandbox::{Sandbox, ponto};
use jiff::SignedDuration;

use super::bench::*;

/// MyPonto as it is set up for real.
fn in_earnest(sandbox: &Sandbox) -> Ponto {
    let config = PontoConfig { base_url: format!("{}{}", sandbox.url(), ponto::MY_PONTO), sandbox: false };
    Ponto::my_ponto(&config, timing()).unwrap()
}

async fn accounts(provider: &Ponto, session: &mut Session<'_>) -> Vec<RemoteAccount> {
    provider.accounts(session).await.unwrap().accounts
}

fn codes(findings: &[bank_bridge::errors::Error]) -> Vec<Code> {
    findings.iter().map(bank_bridge::errors::Error::code).collect()
}

#[tokio::test]
async fn a_user_who_is_there_gets_what_is_new() {
    let sandbox = simulator().await;
    let provider = in_earnest(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let before = accounts(&provider, &mut session).await;
    let lines = all_lines(&provider, &mut session, &before[0]).await.len();
    assert!(provider.refresh(&mut session, &before).await.unwrap().is_empty());
    assert!(sandbox.ponto.asked().is_empty(), "nobody is there");
    session.user = Some(user("81.82.83.84"));
    assert_eq!(codes(&provider.refresh(&mut session, &before).await.unwrap()), []);
    let asked = sandbox.ponto.asked();
    assert_eq!(asked.len(), before.len());
    for (asked, account) in asked.iter().zip(&before) {
        assert_eq!(asked.iban, account.account.key());
        assert_eq!(asked.subtype, "accountTransactions");
        assert_eq!(asked.user, user("81.82.83.84"));
    }
    let after = all_lines(&provider, &mut session, &before[0]).await;
    assert!(after.len() > lines);
    assert_eq!(after.last().unwrap().draft.booked_on, today());
    // Too soon, and later.
    let findings = provider.refresh(&mut session, &before).await.unwrap();
    assert_eq!(codes(&findings), vec![Code::REFRESH_TOO_EARLY; before.len()]);
    assert_eq!(findings[0].details(), [format!("account {}", before[0].account.key())]);
    assert_eq!(findings[0].said().unwrap().class.as_deref(), Some("accountRecentlySynchronized"));
    sandbox.shared.pass(SignedDuration::from_mins(6));
    assert_eq!(codes(&provider.refresh(&mut session, &before).await.unwrap()), []);
}

#[tokio::test]
async fn an_address_that_is_no_users_is_never_told() {
    let sandbox = simulator().await;
    let provider = in_earnest(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let all = accounts(&provider, &mut session).await;
    for address in ["127.0.0.1", "192.168.1.5", "::ffff:10.0.0.1", "fd00::1"] {
        session.user = Some(user(address));
        let findings = provider.refresh(&mut session, &all).await.unwrap();
        assert_eq!(codes(&findings), [Code::USER_ADDRESS_UNKNOWN]);
    }
    assert!(sandbox.ponto.asked().is_empty());
    session.user = Some(user("::ffff:81.82.83.84"));
    assert_eq!(codes(&provider.refresh(&mut session, &all).await.unwrap()), []);
    assert_eq!(sandbox.ponto.asked()[0].user, user("81.82.83.84"));
    // With a sandbox any address does: its users sit before the same machine.
    sandbox.shared.pass(SignedDuration::from_mins(6));
    session.user = Some(user("127.0.0.1"));
    assert_eq!(codes(&my_ponto(&sandbox).refresh(&mut session, &all).await.unwrap()), []);
}

#[tokio::test]
async fn what_a_bank_cannot_do_is_a_finding() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    session.user = Some(user("81.82.83.84"));
    sandbox.ponto.retire("belfius");
    let all = accounts(&provider, &mut session).await;
    sandbox.ponto.fail("ing", Some("bankSaysNo"));
    sandbox.ponto.expire_consent("kbc");
    let findings = provider.refresh(&mut session, &all).await.unwrap();
    assert_eq!(codes(&findings), [Code::BANK_UNAVAILABLE, Code::CONSENT_ENDED, Code::CONSENT_ENDED]);
    assert_eq!(findings[0].said().unwrap().class.as_deref(), Some("bankSaysNo"));
    let asked: Vec<_> = sandbox.ponto.asked().into_iter().map(|one| one.iban).collect();
    assert_eq!(asked.len(), 4, "the retired account is not asked for: {asked:?}");
    sandbox.ponto.fail("ing", None);
    sandbox.ponto.renew_consent("kbc");
    sandbox.shared.pass(SignedDuration::from_mins(6));
    sandbox.ponto.synchronisations_take(60_000);
    let started = std::time::Instant::now();
    let findings = provider.refresh(&mut session, &all).await.unwrap();
    assert_eq!(codes(&findings), [Code::BANK_BUSY; 4]);
    assert!(started.elapsed() < Duration::from_secs(3));
    sandbox.ponto.unlink("ing");
    sandbox.shared.pass(SignedDuration::from_mins(6));
    sandbox.ponto.synchronisations_take(20);
    let findings = provider.refresh(&mut session, &all).await.unwrap();
    assert_eq!(codes(&findings), [Code::ACCOUNT_GONE]);
    assert_eq!(findings[0].said().unwrap().class.as_deref(), Some("invalidSynchronizationResource"));
    sandbox.ponto.change_secret("another");
    let error = provider.refresh(&mut session, &all).await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_CREDENTIALS_REFUSED, "nothing could be read either");
}
