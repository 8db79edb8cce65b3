//! Who is on the other side of a transaction.
//!
//! A message names a debtor and a creditor, one of whom is the account's own holder. Which one follows from the
//! direction of the money, except when a payment comes back: then the parties keep the roles that they had in the
//! original payment, and the other side is the one whose account is not ours.

use super::tree::{Element, Name, route};
use super::values::push_collapsed;
use crate::domain::{Counterparty, Text, account};

/// The account's own side.
#[derive(Clone, Default)]
pub(super) struct Own {
    /// Account number, compact.
    pub(super) account: Text,
    /// Name of the holder.
    pub(super) holder: Text,
}

/// One side of a transaction.
#[derive(Clone, Copy, Default)]
pub(super) struct Side<'t> {
    pub(super) party: Option<Element<'t>>,
    pub(super) account: Option<Element<'t>>,
    pub(super) agent: Option<Element<'t>>,
    pub(super) ultimate: Option<Element<'t>>,
}

/// Everybody whom a transaction names.
#[derive(Clone, Copy, Default)]
pub(super) struct Parties<'t> {
    pub(super) debtor: Side<'t>,
    pub(super) creditor: Side<'t>,
    initiator: Option<Element<'t>>,
    other: Option<Element<'t>>,
}

impl<'t> Parties<'t> {
    /// `RltdPties` and `RltdAgts` of a `TxDtls`.
    pub(super) fn of(transaction: Element<'t>) -> Self {
        const DEBTOR: Name = Name::of("Dbtr");
        const DEBTOR_ACCOUNT: Name = Name::of("DbtrAcct");
        const ULTIMATE_DEBTOR: Name = Name::of("UltmtDbtr");
        const CREDITOR: Name = Name::of("Cdtr");
        const CREDITOR_ACCOUNT: Name = Name::of("CdtrAcct");
        const ULTIMATE_CREDITOR: Name = Name::of("UltmtCdtr");
        const INITIATOR: Name = Name::of("InitgPty");
        const OTHER: Name = Name::of("Prtry");
        let mut parties = Self::default();
        for element in transaction.get(route!(RltdPties)).into_iter().flat_map(Element::children) {
            match element.name() {
                DEBTOR => parties.debtor.party = Some(element),
                DEBTOR_ACCOUNT => parties.debtor.account = Some(element),
                ULTIMATE_DEBTOR => parties.debtor.ultimate = Some(element),
                CREDITOR => parties.creditor.party = Some(element),
                CREDITOR_ACCOUNT => parties.creditor.account = Some(element),
                ULTIMATE_CREDITOR => parties.creditor.ultimate = Some(element),
                INITIATOR => parties.initiator = Some(element),
                OTHER => parties.other = Some(element),
                _ => {}
            }
        }
        if let Some(agents) = transaction.get(route!(RltdAgts)) {
            parties.debtor.agent = agents.get(route!(DbtrAgt));
            parties.creditor.agent = agents.get(route!(CdtrAgt));
        }
        parties
    }

    /// Whether the other side is the debtor.
    pub(super) fn other_is_debtor(&self, credit: bool, came_back: bool, own: &Own) -> bool {
        let by_direction = credit != came_back;
        let (expected, opposite) =
            if by_direction { (&self.debtor, &self.creditor) } else { (&self.creditor, &self.debtor) };
        let turn = if expected.is_ours(own) {
            !opposite.is_ours(own) && opposite.is_named()
        } else {
            came_back && !expected.is_named() && opposite.is_named() && !opposite.is_ours(own)
        };
        by_direction != turn
    }

    /// The other side, with the fallbacks that banks need.
    pub(super) fn counterparty(&self, debtor: bool, own: &Own) -> Counterparty {
        let side = if debtor { self.debtor } else { self.creditor };
        let account = side.account.and_then(number);
        let bic = side.agent.and_then(|agent| agent.get(route!(FinInstnId))).and_then(bic);
        let not_holder = |name: &&str| !name.eq_ignore_ascii_case(&own.holder);
        let name = side
            .party
            .and_then(name)
            .or_else(|| side.ultimate.and_then(name))
            .or_else(|| self.initiator.and_then(name).filter(not_holder))
            .or_else(|| side.party.map(body)?.value(route!(PstlAdr AdrLine)))
            .or_else(|| self.other?.value(route!(Pty Nm)).or_else(|| self.other?.value(route!(Pty Pty Nm))));
        Counterparty { name: name.map(collapsed), account, bic: bic.map(Text::from) }
    }
}

impl Own {
    /// Whether a number that is written in any way is the account's.
    fn is(&self, written: &str) -> bool {
        let kept = written.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase());
        kept.eq(self.account.bytes())
    }
}

impl Side<'_> {
    fn is_ours(&self, own: &Own) -> bool {
        if own.account.is_empty() {
            return false;
        }
        match self.account.and_then(written) {
            Some(number) => own.is(number),
            None => {
                !own.holder.is_empty()
                    && self.party.and_then(name).is_some_and(|name| name.eq_ignore_ascii_case(&own.holder))
            }
        }
    }

    fn is_named(&self) -> bool {
        self.account.and_then(written).is_some() || self.party.and_then(name).is_some()
    }
}

/// What a party consists of: below `Pty` or `Agt` since version 07, directly before.
pub(super) fn body(party: Element<'_>) -> Element<'_> {
    party.get(route!(Pty)).or_else(|| party.get(route!(Agt FinInstnId))).unwrap_or(party)
}

/// Name of a party.
pub(super) fn name(party: Element<'_>) -> Option<&str> {
    body(party).value(route!(Nm))
}

/// BIC of a `FinInstnId`: `BICFI`, before version 03 `BIC`, in version 01 also within a combined id.
pub(super) fn bic(institution: Element<'_>) -> Option<&str> {
    [route!(BICFI), route!(BIC), route!(CmbndId BIC)].into_iter().find_map(|path| institution.value(path))
}

/// The account number that a `CashAccount` writes.
pub(super) fn written(account: Element<'_>) -> Option<&str> {
    let id = account.get(route!(Id))?;
    let paths = [route!(IBAN), route!(Othr Id), route!(BBAN), route!(PrtryAcct Id), route!(UPIC)];
    paths.into_iter().find_map(|path| id.value(path))
}

/// An account number as it is kept: an IBAN compact, any other as it is written.
fn number(account: Element<'_>) -> Option<Text> {
    if let Some(iban) = account.value(route!(Id IBAN)) {
        return Some(account::compact(iban)).filter(|iban| !iban.is_empty());
    }
    written(account).map(Text::from)
}

/// Text with single spaces.
pub(super) fn collapsed(text: &str) -> Text {
    let mut out = Text::default();
    push_collapsed(&mut out, text);
    out
}
