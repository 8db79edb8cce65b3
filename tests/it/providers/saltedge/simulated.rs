//! The provider against the simulator, over real HTTP.

use bank_bridge::domain::Decimal;
use bank_bridge::errors::Code;
use bank_bridge::providers::saltedge::SaltEdge;
use bank_bridge::providers::{Linked, Provider as _};
use bank_bridge::sandbox::world::{BankLine, belgian_iban};
use jiff::{SignedDuration, Timestamp};

use super::support::{RETURN, Stage, TIMING, ago, config, today};

const KBC: &str = "fakebank_kbc_xf";
const ING: &str = "fakebank_ing_xf";

#[tokio::test]
async fn a_bank_is_linked_and_everything_of_it_is_read() {
    let stage = Stage::linked(KBC).await;
    let mut session = stage.session();
    let read = stage.provider.accounts(&mut session).await.unwrap();
    assert!(read.problem.is_none(), "{:?}", read.problem);
    assert_eq!(read.institution.unwrap().id, KBC);
    let consent = read.consent_until.unwrap().duration_since(Timestamp::now());
    assert!(consent > SignedDuration::from_hours(24 * 179), "{consent:?}");
    assert_eq!(read.accounts.len(), 2);
    for account in &read.accounts {
        let iban = account.account.iban.as_deref().unwrap();
        let there = stage.sandbox.shared.world().account(iban).unwrap().clone();
        assert_eq!(account.balance.as_ref().unwrap().amount, there.balance());
        assert_eq!(account.account.holder.as_deref(), Some("Bakkerij De Korenaar BV"));
        assert!(account.fresh_as_of.is_some() && account.readable && account.id.len() == 19);
        let lines = stage.read(account, ago(80)).await;
        assert_eq!(lines.len(), there.lines.len());
        assert!(lines.is_sorted_by_key(|line| line.draft.booked_on));
        let sum: Decimal = lines.iter().map(|line| line.draft.amount).sum();
        assert_eq!(there.opening + sum, there.balance());
        let of_invoices = there.lines.iter().filter(|line| line.structured.is_some()).count();
        assert_eq!(lines.iter().filter(|line| line.draft.structured.is_some()).count(), of_invoices);
        let named = there.lines.iter().filter(|line| line.counterparty_account.is_some()).count();
        assert_eq!(lines.iter().filter(|line| line.draft.counterparty.account.is_some()).count(), named);
        assert!(lines.iter().all(|line| line.draft.counterparty.name.is_some()));
        let again = stage.read(account, ago(80)).await;
        assert!(again.iter().map(|line| &line.id).eq(lines.iter().map(|line| &line.id)));
    }
    assert_eq!(stage.state.ids["subject"], stage.connection());
}

#[tokio::test]
async fn many_lines_come_over_all_pages_once_each() {
    let stage = Stage::linked("fakebank_oauth_with_n_transactions_xf").await;
    let [account] = &stage.accounts().await[..] else { panic!("one account") };
    for size in [1000, 50] {
        stage.bank.page_size(size);
        let lines = stage.read(account, ago(80)).await;
        assert_eq!(lines.len(), 2300, "{size} a page");
        let ids: std::collections::HashSet<_> = lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(ids.len(), 2300);
        if size == 1000 {
            let part = stage.read(account, ago(10)).await;
            let expected = lines.iter().filter(|line| line.draft.booked_on >= ago(10)).count();
            assert!(part.len() == expected && expected > 0 && expected < 2300);
        }
    }
}

#[tokio::test]
async fn what_comes_late_is_read_from_where_reading_stopped() {
    let mut stage = Stage::linked(ING).await;
    let [account] = &stage.accounts().await[..] else { panic!("one account") };
    let iban = account.account.iban.clone().unwrap();
    let connection = stage.connection();
    let since = ago(9);
    let mut session = stage.session();
    let before = stage.provider.transactions(&mut session, account, since).await.unwrap();
    let cursor = before.cursor.unwrap();
    stage.state.cursors.insert(account.id.clone(), cursor);
    // Booked early and known late, a twin of it, something that is not booked, and something too old.
    let late = BankLine::new(ago(8), Decimal::new(-777, 2), "Late Shop", "Late");
    let old = BankLine::new(ago(20), Decimal::ONE, "Old", "Old");
    let mut pending = BankLine::new(today(), Decimal::TEN, "Soon", "Soon");
    pending.pending = true;
    let number = {
        let mut world = stage.sandbox.shared.world();
        world.add(&iban, old);
        let number = world.add(&iban, late.clone());
        world.add(&iban, late);
        world.add(&iban, pending);
        number
    };
    stage.bank.background(&connection);
    let after = stage.read(account, since).await;
    assert_eq!(after.len(), before.lines.len() + 2);
    let known: Vec<_> = before.lines.iter().map(|line| line.id.clone()).collect();
    let new: Vec<_> = after.iter().filter(|line| !known.contains(&line.id)).collect();
    assert!(new.iter().all(|line| line.draft.text.as_deref() == Some("Late")));
    assert_ne!(new[0].id, new[1].id, "twins are two");
    let id = new[0].id.clone();

    // Changed at the bank: the same id says something else. Booked at last: it comes.
    {
        let mut world = stage.sandbox.shared.world();
        for line in &mut world.account_mut(&iban).unwrap().lines {
            line.pending = false;
            if line.number == number {
                line.text = Some("Corrected".to_owned());
            }
        }
    }
    stage.bank.background(&connection);
    let later = stage.read(account, since).await;
    assert_eq!(later.len(), after.len() + 1);
    let changed = later.iter().find(|line| line.id == id).unwrap();
    assert_eq!(changed.draft.text.as_deref(), Some("Corrected"));

    // Further back than the place that was kept: from the beginning.
    let all = stage.read(account, ago(80)).await;
    assert_eq!(all.len(), stage.sandbox.shared.world().account(&iban).unwrap().lines.len());
}

#[tokio::test]
async fn copies_stay_out_and_doubts_are_told() {
    let stage = Stage::linked(ING).await;
    let [account] = &stage.accounts().await[..] else { panic!("one account") };
    let iban = account.account.iban.clone().unwrap();
    let numbers: Vec<u64> =
        stage.sandbox.shared.world().account(&iban).unwrap().lines.iter().map(|line| line.number).collect();
    let plain = stage.read(account, ago(80)).await.len();
    stage.bank.copy(&iban, numbers[3]);
    stage.bank.copy(&iban, numbers[4]);
    stage.bank.doubt(&iban, numbers[5]);
    let reading = stage.provider.transactions(&mut stage.session(), account, ago(80)).await.unwrap();
    assert_eq!(reading.lines.len(), plain);
    let findings: Vec<_> =
        reading.findings.iter().map(|finding| (finding.code(), finding.sentence())).collect();
    assert_eq!(findings[0].0, Code::COPIES_LEFT_OUT);
    assert!(findings[0].1.ends_with("left out: 2"), "{}", findings[0].1);
    assert_eq!(findings[1].0, Code::PERHAPS_DOUBLE);
    assert_eq!(findings.len(), 2);
}

#[tokio::test]
async fn a_user_who_is_present_sends_salt_edge_to_the_bank() {
    let stage = Stage::linked(ING).await;
    let [account] = &stage.accounts().await[..] else { panic!("one account") };
    let before = stage.read(account, ago(80)).await.len();
    let absent = stage.provider.refresh(&mut stage.session(), &[]).await.unwrap();
    assert!(absent.is_empty());
    let early: Vec<_> = stage.refresh().await.iter().map(bank_bridge::errors::Error::code).collect();
    assert_eq!(early, [Code::REFRESH_TOO_EARLY]);
    assert_eq!(stage.read(account, ago(80)).await.len(), before);
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    assert!(stage.refresh().await.is_empty());
    assert!(stage.read(account, ago(80)).await.len() > before, "new lines came");
}

#[tokio::test]
async fn a_refresh_that_does_not_work_is_a_finding_and_reading_goes_on() {
    let stage = Stage::linked(KBC).await;
    let connection = stage.connection();
    let account = stage.accounts().await.remove(0);
    let before = stage.read(&account, ago(80)).await.len();
    let refresh = async || {
        stage.sandbox.shared.pass(SignedDuration::from_mins(2));
        let findings = stage.refresh().await;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(!findings[0].sentence().contains('{'), "{}", findings[0].sentence());
        assert_eq!(stage.read(&account, ago(80)).await.len(), before);
        (findings[0].code(), findings[0].said().unwrap().class.clone())
    };
    for (class, code) in [
        ("InvalidCredentials", Code::BANK_LOGIN_REFUSED),
        ("ProviderError", Code::BANK_WANTS_CUSTOMER),
        ("FetchingTimeout", Code::BANK_SLOW),
    ] {
        stage.bank.fail_with(&connection, Some(class));
        assert_eq!(refresh().await, (code, Some(class.to_owned())));
        let problem = stage.provider.accounts(&mut stage.session()).await.unwrap().problem.unwrap();
        assert_eq!(problem.code(), code, "the connection says the same");
    }
    stage.bank.fail_with(&connection, None);
    let until = stage.sandbox.shared.now() + SignedDuration::from_hours(1);
    stage.sandbox.shared.world().banks.iter_mut().for_each(|bank| bank.maintenance = Some(until));
    assert_eq!(refresh().await.0, Code::BANK_UNAVAILABLE);
    stage.sandbox.shared.world().banks.iter_mut().for_each(|bank| bank.maintenance = None);
    stage.bank.pace(SignedDuration::from_secs(10));
    assert_eq!(refresh().await.0, Code::BANK_BUSY, "the bank takes longer than is waited for");
    let again = stage.refresh().await;
    assert_eq!(again[0].code(), Code::BANK_BUSY, "no second one is begun");
}

#[tokio::test]
async fn a_bank_that_wants_its_customer_each_time_says_so() {
    let stage = Stage::linked("fakebank_interactive_xf").await;
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    let findings = stage.refresh().await;
    assert_eq!(findings[0].code(), Code::BANK_WANTS_CUSTOMER);
    assert_eq!(findings[0].said().unwrap().class.as_deref(), Some("ConnectionCannotBeRefreshed"));
    assert!(!stage.accounts().await.is_empty());
}

#[tokio::test]
async fn a_bank_that_is_supported_no_longer_is_read_to_the_end() {
    let stage = Stage::linked(ING).await;
    stage.bank.disable(&stage.connection());
    let read = stage.provider.accounts(&mut stage.session()).await.unwrap();
    assert_eq!(read.problem.unwrap().code(), Code::BANK_DISABLED);
    assert!(!stage.read(&read.accounts[0], ago(80)).await.is_empty());
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    assert_eq!(stage.refresh().await[0].code(), Code::BANK_DISABLED);
}

#[tokio::test]
async fn without_the_user_a_bank_answers_four_times_a_day() {
    let stage = Stage::linked(ING).await;
    let connection = stage.connection();
    let refresh = async |minutes| {
        stage.sandbox.shared.pass(SignedDuration::from_mins(minutes));
        let url = format!("{}/connections/{connection}/refresh", stage.bank.base_url());
        let request = reqwest::Client::new()
            .post(url)
            .header("user-agent", "test")
            .header("app-id", bank_bridge::sandbox::saltedge::APP_ID)
            .header("secret", bank_bridge::sandbox::saltedge::SECRET)
            .body(r#"{"data":{"show_widget":false,"attempt":{"fetch_scopes":["accounts"]}}}"#);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: serde_json::Value = answer.json().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        (
            status,
            body["error"]["class"].as_str().map(str::to_owned),
            body["next_refresh_possible_at"].is_string(),
        )
    };
    for _ in 0..4 {
        assert_eq!(refresh(2).await, (200, None, false));
    }
    assert_eq!(refresh(2).await, (406, Some("BackgroundFetchLimitExceeded".to_owned()), false));
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    assert!(stage.refresh().await.is_empty(), "a user who is present does not count");
    assert_eq!(refresh(0).await, (406, Some("ConnectionCannotBeRefreshed".to_owned()), true));
}

#[tokio::test]
async fn a_consent_that_ended_is_renewed_under_the_same_ids() {
    let mut stage = Stage::linked(ING).await;
    let account = stage.accounts().await.remove(0);
    let before: Vec<_> = stage.read(&account, ago(80)).await.into_iter().map(|line| line.id).collect();
    let connection = stage.connection();
    stage.bank.expire_consent(&connection);
    let read = stage.provider.accounts(&mut stage.session()).await.unwrap();
    let problem = read.problem.unwrap();
    assert_eq!(problem.code(), Code::CONSENT_ENDED);
    assert_eq!(problem.said().unwrap().class.as_deref(), Some("ConsentExpired"));
    assert_eq!(stage.read(&account, ago(80)).await.len(), before.len(), "what is there is read");
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    assert_eq!(stage.refresh().await[0].code(), Code::CONSENT_ENDED);
    stage.bank.reading_needs_consent(true);
    let refused = stage.provider.transactions(&mut stage.session(), &account, ago(80)).await.unwrap_err();
    assert_eq!(refused.code(), Code::CONSENT_ENDED);

    assert_eq!(stage.link(ING, "success").await.unwrap(), Linked::Ready);
    assert_eq!(stage.bank.connections(), [connection]);
    let renewed = stage.provider.accounts(&mut stage.session()).await.unwrap();
    assert!(renewed.problem.is_none(), "{:?}", renewed.problem);
    assert!(renewed.consent_until.unwrap() > Timestamp::now());
    assert_eq!(renewed.accounts[0].id, account.id);
    let after: Vec<_> = stage.read(&account, ago(80)).await.into_iter().map(|line| line.id).collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_return_proves_nothing() {
    let mut stage = Stage::new().await;
    // The user leaves the page: there is no connection.
    let failed = stage.link(ING, "cancel").await.unwrap_err();
    assert_eq!(failed.code(), Code::CONSENT_UNFINISHED);
    let nothing = stage.provider.accounts(&mut stage.session()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::CONSENT_UNFINISHED);
    // He comes back without the connection's id, and it went well.
    assert_eq!(stage.link(ING, "success-unsaid").await.unwrap(), Linked::Ready);
    let first = stage.connection();
    assert_eq!(stage.state.ids["connection"], first);
    // He renews, and leaves the page.
    stage.sandbox.shared.pass(SignedDuration::from_mins(5));
    let failed = stage.link(ING, "cancel").await.unwrap_err();
    assert_eq!(failed.code(), Code::CONSENT_UNFINISHED);
    assert!(!stage.accounts().await.is_empty(), "what was linked is read all the same");
    // He comes back once more, by the address in his history.
    assert_eq!(stage.link(ING, "success").await.unwrap(), Linked::Ready);
    assert_eq!(stage.returned(&[]).await.unwrap(), Linked::Ready);
    let last = format!("7.{}", stage.state.ids["returned"]);
    assert_eq!(stage.returned(&[("state".to_owned(), last)]).await.unwrap(), Linked::Ready);
    let foreign = [("state".to_owned(), "7.other".to_owned())];
    assert_eq!(stage.returned(&foreign).await.unwrap_err().code(), Code::RETURN_UNKNOWN);
    // Somebody else's return, and somebody else's connection.
    let url = stage.open(Some(ING)).await.unwrap();
    let mut parameters = stage.choose(&url, "success").await;
    let foreign = [("connection_id".to_owned(), "99".to_owned())];
    assert_eq!(stage.returned(&foreign).await.unwrap_err().code(), Code::RETURN_UNKNOWN);
    for (name, value) in &mut parameters {
        if name == "state" {
            "7.other".clone_into(value);
        }
    }
    assert_eq!(stage.returned(&parameters).await.unwrap_err().code(), Code::RETURN_UNKNOWN);
    let mut empty = Stage::new().await;
    assert_eq!(empty.returned(&[]).await.unwrap_err().code(), Code::RETURN_UNKNOWN);
}

#[tokio::test]
async fn how_linking_fails_is_told_by_the_bank() {
    for (outcome, code) in [
        ("ProviderAccessNotGranted", Code::CONSENT_REFUSED),
        ("InvalidCredentials", Code::BANK_LOGIN_REFUSED),
        ("InteractiveTimeout", Code::CONSENT_UNFINISHED),
        ("ProviderUnavailable", Code::BANK_UNAVAILABLE),
        ("InternalServerError", Code::PROVIDER_FAILED),
    ] {
        let mut stage = Stage::new().await;
        let failed = stage.link("fakebank_with_error_xf", outcome).await.unwrap_err();
        assert_eq!(failed.code(), code, "{outcome}");
        assert_eq!(failed.said().unwrap().class.as_deref(), Some(outcome));
        assert!(format!("{failed:?}").contains(&stage.connection()), "support asks for the connection");
        // The next try mends the same connection.
        assert_eq!(stage.link("fakebank_with_error_xf", "success").await.unwrap(), Linked::Ready);
        assert_eq!(stage.bank.connections().len(), 1);
        assert_eq!(stage.accounts().await.len(), 1);
    }
    let mut stage = Stage::new().await;
    for (bank, field, code) in [
        ("fakebank_simple_xf", ("password", "wrong"), Code::BANK_LOGIN_REFUSED),
        ("fakebank_interactive_xf", ("code", "0000"), Code::BANK_LOGIN_REFUSED),
        ("fakebank_ing_xf", ("decision", "refuse"), Code::CONSENT_REFUSED),
    ] {
        let url = stage.open(Some(bank)).await.unwrap();
        let back = stage.sent(&url, &[field]).await;
        let back = reqwest::Url::parse(&back).unwrap();
        let parameters: Vec<_> = back.query_pairs().into_owned().collect();
        assert_eq!(stage.returned(&parameters).await.unwrap_err().code(), code, "{bank}");
    }
}

#[tokio::test]
async fn the_user_may_choose_the_bank_and_several_are_told_apart() {
    let mut first = Stage::new().await;
    let url = first.open(None).await.unwrap();
    let back = first.sent(&url, &[("provider", "fake_demobank_xf"), ("outcome", "success-unsaid")]).await;
    assert!(back.starts_with(RETURN));
    // Another connection of the same customer is made meanwhile.
    let mut state = std::mem::replace(&mut first.state, bank_bridge::providers::state::State::of("saltedge"));
    first.link(ING, "success-unsaid").await.unwrap();
    std::mem::swap(&mut first.state, &mut state);
    first.returned(&[]).await.unwrap();
    assert_ne!(first.state.ids["connection"], state.ids["connection"]);
    assert_eq!(first.state.ids["customer"], state.ids["customer"], "one customer has both");
    let accounts = first.accounts().await;
    assert_eq!(accounts.len(), 3);
    let currencies: Vec<_> =
        accounts.iter().map(|account| account.account.currency.unwrap().to_string()).collect();
    assert!(currencies.contains(&"USD".to_owned()));
    let cards = accounts.iter().filter(|account| account.balance.is_none()).count();
    assert_eq!(cards, 1, "the sum of a credit card is no balance");
    // Another bank is another connection.
    first.link(KBC, "success").await.unwrap();
    assert_eq!(first.bank.connections().len(), 3);
    assert_eq!(first.accounts().await.len(), 2);
}

#[tokio::test]
async fn what_was_removed_at_salt_edge_is_connected_anew() {
    let mut stage = Stage::linked(ING).await;
    let account = stage.accounts().await.remove(0);
    let old: Vec<_> = stage.read(&account, ago(80)).await.into_iter().map(|line| line.id).collect();
    let mut session = stage.session();
    let reading = stage.provider.transactions(&mut session, &account, ago(80)).await.unwrap();
    stage.state.cursors.insert(account.id.clone(), reading.cursor.unwrap());
    stage.bank.unlink(&stage.connection());
    let gone = stage.provider.accounts(&mut stage.session()).await.unwrap_err();
    assert_eq!(gone.code(), Code::CONNECTION_GONE);
    assert_eq!(stage.link(ING, "success").await.unwrap(), Linked::Ready);
    assert!(stage.state.cursors.is_empty());
    let new = stage.accounts().await.remove(0);
    assert_eq!(new.account, account.account);
    assert_ne!(new.id, account.id);
    let ids: Vec<_> = stage.read(&new, ago(80)).await.into_iter().map(|line| line.id).collect();
    assert_eq!(ids.len(), old.len());
    assert!(ids.iter().all(|id| !old.contains(id)), "every id is new");
    let lost = stage.provider.transactions(&mut stage.session(), &account, ago(80)).await.unwrap_err();
    assert_eq!(lost.code(), Code::ACCOUNT_GONE);
    assert!(lost.sentence().contains(account.account.key()), "{}", lost.sentence());
    // An account that is called otherwise is another account.
    let iban = new.account.iban.clone().unwrap();
    stage.sandbox.shared.world().account_mut(&iban).unwrap().name = "Renamed".to_owned();
    stage.bank.background(&stage.connection());
    let renamed = stage.accounts().await.remove(0);
    assert_ne!(renamed.id, new.id);
    assert_eq!(renamed.account.iban, new.account.iban);
    stage.bank.renumber(&stage.connection());
    assert_ne!(stage.accounts().await.remove(0).id, renamed.id);
}

#[tokio::test]
async fn banks_are_listed_for_the_country_and_for_trying() {
    let stage = Stage::new().await;
    stage.bank.page_size(3);
    let banks = stage.provider.institutions("BE").await.unwrap();
    let ids: Vec<_> = banks.iter().map(|bank| bank.id.as_str()).collect();
    for expected in [ING, KBC, "fakebank_belfius_xf", "fakebank_simple_xf", "fake_demobank_xf"] {
        assert_eq!(ids.iter().filter(|id| **id == expected).count(), 1, "{expected}");
    }
    assert_eq!(banks[0].bic.as_deref(), Some("BBRUBEBB"));
    assert!(stage.provider.institutions("XF").await.unwrap().len() == banks.len());
    let mut live = config(&stage.bank);
    live.sandbox = false;
    let live = SaltEdge::new(&live, TIMING).unwrap();
    assert!(live.institutions("BE").await.unwrap().is_empty(), "nothing simulated in earnest");
    assert!(live.check().await.is_ok() && !live.profile().sandbox && stage.provider.profile().sandbox);
}

#[tokio::test]
async fn salt_edge_fetches_by_itself_and_a_fake_bank_lives_on() {
    let stage = Stage::linked("fakebank_simple_xf").await;
    let account = stage.accounts().await.remove(0);
    let iban = belgian_iban("0010000001");
    assert_eq!(account.account.iban.as_deref(), Some(iban.as_str()));
    let before = stage.read(&account, ago(80)).await.len();
    stage.bank.add_to_fake(&iban, BankLine::new(today(), Decimal::TEN, "New", "New"));
    assert_eq!(stage.read(&account, ago(80)).await.len(), before, "nothing was fetched");
    stage.sandbox.shared.pass(SignedDuration::from_hours(12));
    assert_eq!(stage.read(&account, ago(80)).await.len(), before + 1);
}
