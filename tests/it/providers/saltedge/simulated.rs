//! The provider against the simulator, over real HTTP.

use bank_bridge::domain::Date;
use bank_bridge::errors::Code;
use bank_bridge::providers::{Linked, Provider as _};
use bank_bridge::sandbox::world::BankLine;
use jiff::SignedDuration;

use super::support::{Stage, ago, today};

#[tokio::test]
async fn a_bank_is_linked_and_everything_of_it_is_read() {
    let stage = Stage::linked("fakebank_kbc_xf").await;
    let mut session = stage.session();
    let read = stage.provider.accounts(&mut session).await.unwrap();
    assert!(read.problem.is_none(), "{:?}", read.problem);
    assert_eq!(read.institution.unwrap().id, "fakebank_kbc_xf");
    let consent = read.consent_until.unwrap().duration_since(jiff::Timestamp::now());
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
        let sum: bank_bridge::domain::Decimal = lines.iter().map(|line| line.draft.amount).sum();
        assert_eq!(there.opening + sum, there.balance());
    }
}
