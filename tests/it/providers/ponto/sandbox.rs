//! The provider against its simulator, over real HTTP.

use std::collections::HashSet;

use bank_bridge::domain::Decimal;
use bank_bridge::providers::{Linked, Provider};
use bank_bridge::sandbox::world::BankLine;
use jiff::ToSpan as _;

use super::bench::*;

#[tokio::test]
async fn accounts_and_lines_are_those_of_the_banks() {
    let sandbox = simulator().await;
    for provider in [my_ponto(&sandbox), connect(&sandbox)] {
        let memory = Memory::default();
        let mut session = session(&memory, credentials());
        if provider.id() == "ponto" {
            assert_eq!(provider.connect(&mut session, &wish()).await.unwrap(), Linked::Ready);
        } else {
            linked(&provider, &mut session, "none").await;
        }
        let accounts = provider.accounts(&mut session).await.unwrap();
        assert_eq!(accounts.accounts.len(), 4);
        assert!(accounts.consent_until.unwrap() > jiff::Timestamp::now() + (179 * 24).hours());
        for account in &accounts.accounts {
            let lines = all_lines(&provider, &mut session, account).await;
            let world = sandbox.shared.world();
            let truth = world.account(account.account.key()).unwrap();
            assert_eq!(account.balance.as_ref().unwrap().amount, truth.balance());
            let of_bank: Vec<_> = truth.booked().collect();
            assert_eq!(lines.len(), of_bank.len());
            for (line, truth) in lines.iter().zip(of_bank) {
                assert_eq!(line.draft.booked_on, truth.booked_on);
                assert_eq!(line.draft.value_on, Some(truth.value_on));
                assert_eq!(line.draft.amount, truth.amount);
                assert_eq!(line.draft.counterparty.name.as_deref(), truth.counterparty.as_deref());
                assert_eq!(line.draft.counterparty.account.as_deref(), truth.counterparty_account.as_deref());
                assert_eq!(line.draft.structured.as_deref(), truth.structured.as_deref());
            }
        }
    }
}

#[tokio::test]
async fn reading_again_gives_the_same_and_only_what_is_asked_for() {
    let sandbox = simulator().await;
    // Short pages say nothing of what follows.
    sandbox.ponto.cap_pages(7);
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let account = account(&provider, &mut session, &iban(&sandbox, "kbc")).await;
    let first = all_lines(&provider, &mut session, &account).await;
    let again = all_lines(&provider, &mut session, &account).await;
    let ids = |lines: &[bank_bridge::providers::RemoteLine]| -> Vec<_> {
        lines.iter().map(|line| line.id.clone()).collect()
    };
    assert!(first.len() > 20);
    assert_eq!(ids(&first), ids(&again));
    assert_eq!(ids(&first).into_iter().collect::<HashSet<_>>().len(), first.len());
    let since = today() - 10.days();
    let part = provider.transactions(&mut session, &account, since).await.unwrap().lines;
    let expected: Vec<_> =
        first.iter().filter(|line| line.draft.booked_on >= since).map(|line| line.id.clone()).collect();
    assert_eq!(ids(&part), expected);
    // Paging without a link goes on from the id.
    sandbox.ponto.leave_out_links();
    assert_eq!(ids(&all_lines(&provider, &mut session, &account).await), ids(&first));
    assert_eq!(sandbox.ponto.tokens(), 1, "one token serves a run");
}

#[tokio::test]
async fn late_lines_twins_and_changes_come_and_pending_never() {
    let sandbox = simulator().await;
    let provider = my_ponto(&sandbox);
    let memory = Memory::default();
    let mut session = session(&memory, credentials());
    let iban = iban(&sandbox, "ing");
    let account = account(&provider, &mut session, &iban).await;
    let before = all_lines(&provider, &mut session, &account).await;
    {
        let mut world = sandbox.shared.world();
        let line =
            |days: i64, text: &str| BankLine::new(today() - days.days(), Decimal::new(1250, 2), "Late", text);
        world.add(&iban, line(9, "late"));
        world.add(&iban, line(1, "twin"));
        world.add(&iban, line(1, "twin"));
        let mut pending = line(0, "pending");
        pending.pending = true;
        world.add(&iban, pending);
        world.account_mut(&iban).unwrap().lines[0].text = Some("changed by the bank".to_owned());
        world.account_mut(&iban).unwrap().lines[0].structured = None;
    }
    let after = all_lines(&provider, &mut session, &account).await;
    assert_eq!(after.len(), before.len() + 3);
    assert!(after.is_sorted_by_key(|line| line.draft.booked_on));
    let with =
        |text: &str| after.iter().filter(|line| line.draft.text.as_deref() == Some(text)).collect::<Vec<_>>();
    assert_eq!(with("late")[0].draft.booked_on, today() - 9.days());
    let twins = with("twin");
    assert_eq!(twins.len(), 2);
    assert_ne!(twins[0].id, twins[1].id);
    assert_eq!(with("pending").len(), 0);
    let changed = with("changed by the bank");
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].id, before[0].id);
}
