//! The provider contract of `src/providers/mod.rs`, run through every provider by the same lines.

use std::time::{Duration, Instant};

use bank_bridge::domain::Date;
use bank_bridge::errors::{Code, Error, Family};
use bank_bridge::providers::{Registry, Session};
use bank_bridge::sandbox::faults::{FAULTS, Fault, Place, Planned};
use jiff::civil::date;

use crate::support::providers::{PROVIDERS, Subject, ago};

const LONG_AGO: Date = date(2000, 1, 1);

async fn read(subject: &Subject, since: Date) -> Vec<(String, Date, bank_bridge::domain::Decimal)> {
    let mut session = subject.session();
    let account = subject.account(&mut session).await;
    let reading = subject.provider().transactions(&mut session, &account, since).await.unwrap();
    let line = |line: bank_bridge::providers::RemoteLine| {
        (line.id.to_string(), line.draft.booked_on, line.draft.amount.normalize())
    };
    reading.lines.into_iter().map(line).collect()
}

fn days_and_amounts(lines: &[(String, Date, bank_bridge::domain::Decimal)]) -> Vec<(Date, bank_bridge::domain::Decimal)> {
    let mut found: Vec<_> = lines.iter().map(|(_, day, amount)| (*day, *amount)).collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn every_provider_of_the_registry_is_under_the_contract() {
    let subject = Subject::start("ponto").await;
    let ids: Vec<_> = subject.registry.all().map(|provider| provider.id()).collect();
    assert_eq!(ids, PROVIDERS);
    for provider in subject.registry.all() {
        let profile = provider.profile();
        assert_eq!((profile.id, profile.sandbox), (provider.id(), true));
        provider.check().await.unwrap();
        assert!(profile.renewal_days > 0 && !profile.price.is_empty());
    }
    assert_eq!(Registry::default().find("ponto").unwrap_err().code(), Code::PROVIDER_UNKNOWN);
}

/// 1 and 2: everything since a day, each once, whatever the pages; again the same under the same ids.
#[tokio::test]
async fn everything_comes_once_and_again_the_same() {
    for id in PROVIDERS {
        let subject = Subject::linked(id).await;
        // Identical payments are two payments.
        subject.book(2, "10.00", "Twin");
        subject.book(2, "10.00", "Twin");
        for small in [false, true] {
            if small {
                subject.small_pages();
            }
            for since in [LONG_AGO, ago(7), ago(2), ago(0)] {
                let lines = read(&subject, since).await;
                let of_days: Vec<_> = lines.iter().filter(|(_, day, _)| *day >= since).cloned().collect();
                assert_eq!(days_and_amounts(&of_days), subject.booked(since), "{id}, since {since}, small {small}");
                assert!(lines.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{id}: oldest first");
                assert_eq!(read(&subject, since).await, lines, "{id}: the same again");
            }
        }
        subject.book(8, "-3.00", "Booked late");
        assert!(days_and_amounts(&read(&subject, ago(10)).await).contains(&(ago(8), "-3".parse().unwrap())), "{id}");
    }
}

/// 3: what is not booked never comes.
#[tokio::test]
async fn pending_transactions_never_come() {
    for id in PROVIDERS {
        let subject = Subject::linked(id).await;
        let before = read(&subject, LONG_AGO).await;
        let iban = subject.iban();
        let mut line = bank_bridge::sandbox::world::BankLine::new(ago(0), "99.99".parse().unwrap(), "Shop", "Reserved");
        line.pending = true;
        subject.sandbox.shared.world().add(&iban, line);
        assert_eq!(read(&subject, LONG_AGO).await, before, "{id}");
    }
}

/// 4 and 5: every fault at every place ends in time, in success or in a code with the provider's name; after it, all is
/// as before.
#[tokio::test]
async fn every_fault_ends_in_time_with_a_code() {
    for id in PROVIDERS {
        let subject = Subject::linked(id).await;
        subject.small_pages();
        let good = read(&subject, ago(20)).await;
        let mut failed = 0;
        for fault in FAULTS {
            for place in [Place::Token, Place::Accounts, Place::Transactions] {
                for skip in [0, 1] {
                    let planned = Planned { fault: *fault, place: Some(place), skip, times: None };
                    subject.sandbox.shared.faults.plan(planned);
                    let started = Instant::now();
                    let mut session = subject.session();
                    let outcome = attempt(&subject, &mut session).await;
                    let took = started.elapsed();
                    subject.sandbox.shared.faults.clear();
                    assert!(took < Duration::from_secs(8), "{id} {planned:?} took {took:?}");
                    match outcome {
                        Ok(lines) => assert_eq!(lines, good.len(), "{id} {planned:?} is not what was there"),
                        Err(error) => {
                            failed += 1;
                            coded(&subject, &error, &format!("{id} {planned:?}"));
                        }
                    }
                }
            }
        }
        assert!(failed > FAULTS.len(), "{id}: only {failed} cells failed");
        assert_eq!(read(&subject, ago(20)).await, good, "{id}: after the faults");
    }
}

/// What passes by itself is tried again: one bad answer is none.
#[tokio::test]
async fn one_bad_answer_is_tried_again() {
    for id in PROVIDERS {
        let subject = Subject::linked(id).await;
        let good = read(&subject, ago(20)).await.len();
        for fault in [Fault::Reset, Fault::LostAnswer, Fault::ResetInBody, Fault::ServerError, Fault::BadGateway, Fault::TooManyUnsaid, Fault::Stall] {
            for place in [Place::Accounts, Place::Transactions] {
                subject.sandbox.shared.faults.plan(Planned::at(fault, place, Some(1)));
                let mut session = subject.session();
                let outcome = attempt(&subject, &mut session).await;
                subject.sandbox.shared.faults.clear();
                let lines = outcome.unwrap_or_else(|error| panic!("{id} {fault} at {place}: {error:?}"));
                assert_eq!(lines, good, "{id} {fault} at {place}");
            }
        }
    }
}

async fn attempt(subject: &Subject, session: &mut Session<'_>) -> Result<usize, Error> {
    let provider = subject.provider();
    let iban = subject.iban();
    let shown = provider.accounts(session).await?;
    let account = shown.accounts.iter().find(|account| account.account.key() == iban).expect("the account");
    Ok(provider.transactions(session, account, ago(20)).await?.lines.len())
}

/// 8: a code of the providers' family, and no secret in anything that is shown.
fn coded(subject: &Subject, error: &Error, what: &str) {
    assert_eq!(error.code().family(), Family::Provider, "{what}: {error:?}");
    let shown = format!(
        "{error} {error:?} {:?} {:?} {}",
        subject.state,
        subject.provider(),
        bank_bridge::errors::terminal::render(error)
    );
    for secret in subject.secrets() {
        assert!(!shown.contains(&secret), "{what}: {shown}");
    }
}

/// No network behind an address is a code too.
#[tokio::test]
async fn an_address_that_leads_nowhere_has_a_code() {
    use bank_bridge::providers::config::{PontoConfig, ProvidersConfig};
    let subject = Subject::linked("ponto").await;
    let tls = subject.sandbox.url().replace("http://", "https://");
    for address in ["http://127.0.0.1:1", "http://nowhere.invalid", &tls] {
        let config = ProvidersConfig {
            ponto: Some(PontoConfig::simulated(format!("{address}/ponto"))),
            timing: crate::support::providers::TIMING,
            ..ProvidersConfig::default()
        };
        let registry = Registry::new(&config).unwrap();
        let error = registry.find("ponto").unwrap().accounts(&mut subject.session()).await.unwrap_err();
        assert!([Code::PROVIDER_UNREACHABLE, Code::PROVIDER_TIMEOUT].contains(&error.code()), "{address}: {error:?}");
        assert!(!format!("{error:?}").contains("nowhere"), "{error:?}");
    }
}
