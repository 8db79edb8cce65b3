//! Linking, tokens, consents that end and are renewed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bank_bridge::errors::{Code, Family};
use bank_bridge::providers::state::State;
use bank_bridge::providers::{Consent, Linked, Provider, Registry};
use bank_bridge::sandbox::ponto::{CONNECT_PAGE, MY_PONTO_CLIENT_SECRET, ORGANISATION};
use bank_bridge::sandbox::world::BankLine;
use jiff::{SignedDuration, ToSpan as _};

use super::bench::*;

#[tokio::test]
async fn both_products_are_in_the_registry() {
    let sandbox = simulator().await;
    let registry = Registry::new(&config(&sandbox)).unwrap();
    for (id, consent) in [("ponto", Consent::Credentials), ("ponto_connect", Consent::Redirect)] {
        let provider = registry.find(id).unwrap();
        assert_eq!(provider.profile().consent, consent);
        assert!(provider.profile().sandbox);
        provider.check().await.unwrap();
        let banks = provider.institutions("BE").await.unwrap();
        assert_eq!(
            banks.iter().map(|bank| bank.name.as_str()).collect::<Vec<_>>(),
            ["ING", "KBC", "Belfius"]
        );
        assert!(provider.institutions("FR").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn credentials_are_tried_when_they_are_entered() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut none = session(&memory, State::of("ponto"));
    assert_eq!(provider.connect(&mut none, &wish()).await.unwrap_err().code(), Code::CREDENTIALS_MISSING);
    let mut state = credentials();
    state.client_secret = Some("wrong-secret-mark".to_owned().into());
    let error = provider.connect(&mut session(&memory, state), &wish()).await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_CREDENTIALS_REFUSED);
    assert_eq!(error.said().unwrap().class.as_deref(), Some("invalid_client"));
    assert!(!format!("{error:?} {:?}", error.said()).contains("wrong-secret-mark"));
    let mut state = credentials();
    state.client_secret = Some(format!(" {MY_PONTO_CLIENT_SECRET}\n").into());
    let mut session = session(&memory, state);
    assert_eq!(provider.connect(&mut session, &wish()).await.unwrap(), Linked::Ready);
    assert_eq!(session.state.client_secret.as_ref().unwrap().expose(), MY_PONTO_CLIENT_SECRET);
    assert_eq!(provider.returned(&mut session, &[]).await.unwrap_err().code(), Code::RETURN_UNKNOWN);
}

#[tokio::test]
async fn a_token_that_ended_is_replaced_and_a_refused_one_is_told() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    provider.accounts(&mut session).await.unwrap();
    sandbox.ponto.end_access_tokens();
    provider.accounts(&mut session).await.unwrap();
    assert_eq!(sandbox.ponto.tokens(), 2);
    sandbox.shared.pass(SignedDuration::from_mins(31));
    provider.accounts(&mut session).await.unwrap();
    assert_eq!(sandbox.ponto.tokens(), 3);
    sandbox.ponto.change_secret("another");
    let error = provider.accounts(&mut session).await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_CREDENTIALS_REFUSED);
}

#[tokio::test]
async fn a_user_links_a_bank_and_the_token_changes_with_every_run() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let memory = Memory::default();
    let mut first = session(&memory, State::of("ponto_connect"));
    let error = provider.accounts(&mut first).await.unwrap_err();
    assert_eq!(error.code(), Code::CONNECTION_GONE, "nothing is linked yet");
    linked(&provider, &mut first, "kbc").await;
    assert_eq!(first.state.subject(), sandbox.ponto.organisation_id(ORGANISATION).as_deref());
    assert!(first.state.pending.is_none());
    let mut state = first.state.clone();
    let mut seen = vec![memory.refresh_token().unwrap()];
    for _ in 0..3 {
        let mut run = session(&memory, state);
        provider.accounts(&mut run).await.unwrap();
        state = run.state.clone();
        let kept = memory.refresh_token().unwrap();
        assert_eq!(state.refresh_token.as_ref().unwrap().expose(), kept);
        assert!(!seen.contains(&kept));
        seen.push(kept);
    }
    // What is stored once more in an old copy opens nothing, and ends everything: two must have it.
    let mut old = session(&memory, first.state.clone());
    let error = provider.accounts(&mut old).await.unwrap_err();
    assert_eq!(error.code(), Code::CONNECTION_GONE);
    assert_eq!(error.said().unwrap().class.as_deref(), Some("invalid_grant"));
    let error = provider.accounts(&mut session(&memory, state.clone())).await.unwrap_err();
    assert_eq!(error.code(), Code::CONNECTION_GONE);
    // And the way back is the button.
    let mut again = session(&memory, state);
    linked(&provider, &mut again, "none").await;
    assert!(!provider.accounts(&mut again).await.unwrap().accounts.is_empty());
}

#[tokio::test]
async fn a_token_that_cannot_be_kept_is_not_used() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let memory = Memory::default();
    let mut first = session(&memory, State::of("ponto_connect"));
    linked(&provider, &mut first, "ing").await;
    let mut run = session(&memory, first.state.clone());
    memory.refuses.store(true, Ordering::Relaxed);
    let error = provider.accounts(&mut run).await.unwrap_err();
    assert_ne!(error.code().family(), Family::Provider);
    assert!(run.access_token.is_none());
    // The new one is not forgotten: the old one is dead.
    memory.refuses.store(false, Ordering::Relaxed);
    provider.accounts(&mut run).await.unwrap();
    assert_eq!(run.state.refresh_token.as_ref().unwrap().expose(), memory.refresh_token().unwrap());
}

#[tokio::test]
async fn only_the_return_that_was_begun_counts_and_only_once() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, State::of("ponto_connect"));
    let begun = async |session: &mut _| match provider.connect(session, &wish()).await.unwrap() {
        Linked::Open { url, .. } => url,
        Linked::Ready => panic!("nothing to open"),
    };
    let url = begun(&mut session).await;
    assert!(url.starts_with(&format!("{}{CONNECT_PAGE}?", sandbox.url())), "{url}");
    let state = session.state.pending.as_ref().unwrap().state.expose().to_owned();
    assert!(state.starts_with("7.") && state.len() > 40);
    assert!(memory.kept.lock().unwrap().last().unwrap().pending.is_some());
    let allowed = fill_in(&url, &[("bank", "ing"), ("outcome", "allow")]).await;
    let code = |error: bank_bridge::errors::Error| error.code();
    for forged in [vec![], vec![("state", ""), ("code", "x")], vec![("state", "7.other"), ("code", "x")]] {
        let forged: Vec<_> =
            forged.iter().map(|(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(provider.returned(&mut session, &forged).await.map_err(code), Err(Code::RETURN_UNKNOWN));
    }
    assert_eq!(provider.returned(&mut session, &allowed).await.unwrap(), Linked::Ready);
    assert_eq!(provider.returned(&mut session, &allowed).await.map_err(code), Err(Code::RETURN_UNKNOWN));
    for (outcome, expected) in [("refuse", Code::CONSENT_REFUSED), ("error", Code::PROVIDER_FAILED)] {
        let url = begun(&mut session).await;
        let back = fill_in(&url, &[("outcome", outcome)]).await;
        assert_eq!(provider.returned(&mut session, &back).await.map_err(code), Err(expected));
        assert!(session.state.pending.is_none());
    }
    // Whoever has the code but did not begin cannot use it.
    let url = begun(&mut session).await;
    let back = fill_in(&url, &[("bank", "none"), ("outcome", "allow")]).await;
    session.state.pending.as_mut().unwrap().verifier =
        "another-verifier-of-more-than-43-characters".to_owned().into();
    assert_eq!(provider.returned(&mut session, &back).await.map_err(code), Err(Code::CONSENT_UNFINISHED));
    // A code lives for minutes.
    let url = begun(&mut session).await;
    let back = fill_in(&url, &[("bank", "none"), ("outcome", "allow")]).await;
    sandbox.shared.pass(SignedDuration::from_mins(11));
    assert_eq!(provider.returned(&mut session, &back).await.map_err(code), Err(Code::CONSENT_UNFINISHED));
}

#[tokio::test]
async fn a_consent_that_ended_leaves_what_is_there_and_is_renewed_at_the_bank() {
    let sandbox = simulator().await;
    let provider = connect(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, State::of("ponto_connect"));
    linked(&provider, &mut session, "ing").await;
    let iban = iban(&sandbox, "ing");
    let before = account(&provider, &mut session, &iban).await;
    let lines = all_lines(&provider, &mut session, &before).await.len();
    sandbox.ponto.expire_consent("ing");
    let line = BankLine::new(today(), 1.into(), "New", "unseen");
    sandbox.shared.world().add(&iban, line);
    let ended = account(&provider, &mut session, &iban).await;
    let problem = ended.problem.as_ref().unwrap();
    assert_eq!(problem.code(), Code::CONSENT_ENDED);
    assert_eq!(problem.said().unwrap().class.as_deref(), Some("authorizationInvalid"));
    assert!(ended.readable);
    assert_eq!(ended.id, before.id);
    assert_eq!(all_lines(&provider, &mut session, &ended).await.len(), lines);
    assert!(provider.accounts(&mut session).await.unwrap().consent_until.unwrap() <= sandbox.shared.now());
    // The page that is opened is the bank's, not that of the application.
    let Linked::Open { url, .. } = provider.connect(&mut session, &wish()).await.unwrap() else { panic!() };
    assert!(url.contains("/reauthorize/"), "{url}");
    let back = fill_in(&url, &[("outcome", "refuse")]).await;
    assert_eq!(provider.returned(&mut session, &back).await.unwrap_err().code(), Code::CONSENT_REFUSED);
    let Linked::Open { url, .. } = provider.connect(&mut session, &wish()).await.unwrap() else { panic!() };
    let back = fill_in(&url, &[("outcome", "allow")]).await;
    assert!(back.iter().all(|(name, _)| name != "code"));
    assert_eq!(provider.returned(&mut session, &back).await.unwrap(), Linked::Ready);
    let renewed = account(&provider, &mut session, &iban).await;
    assert!(renewed.problem.is_none());
    assert_eq!(renewed.id, before.id);
    assert_eq!(all_lines(&provider, &mut session, &renewed).await.len(), lines + 1);
    // As long as nothing is due, the button leads to the application's page, where more can be linked.
    let Linked::Open { url, .. } = provider.connect(&mut session, &wish()).await.unwrap() else { panic!() };
    assert!(url.contains(CONNECT_PAGE), "{url}");
    sandbox.shared.pass(SignedDuration::from_hours(200 * 24));
    let ended = account(&provider, &mut session, &iban).await;
    assert_eq!(ended.problem.unwrap().said().unwrap().class.as_deref(), Some("authorizationExpired"));
}

#[tokio::test]
async fn a_bank_that_is_linked_again_numbers_everything_anew() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let iban = iban(&sandbox, "ing");
    let old = account(&provider, &mut session, &iban).await;
    let before = all_lines(&provider, &mut session, &old).await;
    sandbox.ponto.unlink("ing");
    let accounts = provider.accounts(&mut session).await.unwrap().accounts;
    assert!(accounts.iter().all(|account| account.account.key() != iban));
    let error = provider.transactions(&mut session, &old, today()).await.unwrap_err();
    assert_eq!(error.code(), Code::ACCOUNT_GONE);
    assert_eq!(error.said().unwrap().class.as_deref(), Some("resourceNotFound"));
    assert!(error.said().unwrap().request.is_some());
    assert_eq!(session.state.client_id, credentials().client_id);
    sandbox.ponto.link(ORGANISATION, "ing");
    sandbox.ponto.relink("kbc");
    let new = account(&provider, &mut session, &iban).await;
    assert_ne!(new.id, old.id);
    let after = all_lines(&provider, &mut session, &new).await;
    assert_eq!(after.len(), before.len());
    for (new, old) in after.iter().zip(&before) {
        assert_eq!(new.draft, old.draft);
        assert_ne!(new.id, old.id);
    }
}

#[tokio::test]
async fn accounts_tell_what_is_wrong_with_them() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let iban = iban(&sandbox, "ing");
    let state = async |session: &mut _| {
        let account = account(&provider, session, &iban).await;
        let readable = account.readable;
        (account.problem.map(|problem| problem.code()), readable)
    };
    assert_eq!(state(&mut session).await, (None, true));
    sandbox.ponto.fail("ing", Some("somethingTechnical"));
    assert_eq!(state(&mut session).await, (Some(Code::BANK_UNAVAILABLE), true));
    sandbox.ponto.fail("ing", None);
    sandbox.ponto.availability("ing", "readonly");
    assert_eq!(state(&mut session).await, (Some(Code::CONSENT_ENDED), true));
    sandbox.ponto.availability("ing", "unavailable");
    assert_eq!(state(&mut session).await, (Some(Code::CONSENT_ENDED), false));
    sandbox.ponto.availability("ing", "available");
    let until = jiff::Timestamp::now() + 2.hours();
    sandbox.shared.world().banks[0].maintenance = Some(until);
    assert_eq!(state(&mut session).await, (Some(Code::BANK_MAINTENANCE), true));
    sandbox.ponto.maintenance_is_internal();
    assert_eq!(state(&mut session).await, (Some(Code::BANK_MAINTENANCE), false));
    let shut = account(&provider, &mut session, &iban).await;
    let error = provider.transactions(&mut session, &shut, today()).await.unwrap_err();
    assert!(error.code().entry().retry, "{error:?}");
    sandbox.shared.world().banks[0].maintenance = None;
    sandbox.ponto.retire("ing");
    let accounts = provider.accounts(&mut session).await.unwrap().accounts;
    let both: Vec<_> = accounts.into_iter().filter(|account| account.account.key() == iban).collect();
    assert_eq!(both.len(), 2);
    assert_eq!(both[0].problem.as_ref().unwrap().code(), Code::ACCOUNT_RETIRED);
    assert!(both[0].readable && both[1].problem.is_none());
    assert!(!all_lines(&provider, &mut session, &both[0]).await.is_empty());
}

#[tokio::test]
async fn a_run_without_time_ends() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    sandbox.shared.faults.plan("stall".parse().unwrap());
    let mut session =
        bank_bridge::providers::Session::new(credentials(), None, &memory, Duration::from_millis(0));
    let started = std::time::Instant::now();
    let error = provider.accounts(&mut session).await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_TIMEOUT);
    assert!(started.elapsed() < Duration::from_millis(250), "less than one call may take");
}
