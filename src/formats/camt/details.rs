//! Facts of a transaction for the note of its line: what has no field of its own in a statement.

use super::codes;
use super::parties::{Parties, Side, body, collapsed, name};
use super::split::{RECORD, each};
use super::tree::{Element, Name, route};
use super::values::{money, money_of, reference};
use crate::domain::{Currency, Decimal, Detail, Original, Text, money as amounts};

/// Collects facts.
#[derive(Default)]
pub(super) struct Facts(pub(super) Vec<Detail>);

impl Facts {
    /// Adds a fact unless it is empty.
    pub(super) fn add(&mut self, label: &'static str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push(Detail { label: Text::const_new(label), value: collapsed(value) });
        }
    }

    /// What an entry says for all its lines.
    pub(super) fn of_entry(&mut self, entry: Element<'_>, currency: Currency) {
        self.add("Entry reference", reference(Some(entry), route!(NtryRef)));
        self.batch(entry);
        self.exchange(entry);
        self.charges(entry, currency);
        let technical = entry.get(route!(TechInptChanl)).and_then(coded);
        self.add("Channel", technical);
    }

    fn batch(&mut self, entry: Element<'_>) {
        let Some(batch) = batch(entry) else { return };
        self.add("Batch", reference(Some(batch), route!(MsgId)));
        self.add("Batch payment information", reference(Some(batch), route!(PmtInfId)));
        self.add("Batch transactions", batch.value(route!(NbOfTxs)));
        let total = batch.get(route!(TtlAmt)).and_then(|element| money_of(element, None).ok());
        self.add("Batch total", total.map(|t| shown(t.amount, t.currency)).as_deref());
    }

    /// What a transaction says; `debtor` tells which side is the other one.
    pub(super) fn of_transaction(
        &mut self,
        transaction: Element<'_>,
        parties: &Parties<'_>,
        debtor: bool,
        currency: Currency,
    ) {
        let (other, ours) =
            if debtor { (parties.debtor, parties.creditor) } else { (parties.creditor, parties.debtor) };
        self.party(other);
        self.add("Ultimate debtor", parties.debtor.ultimate.and_then(name));
        self.add("Ultimate creditor", parties.creditor.ultimate.and_then(name));
        let creditor = transaction.value(route!(CdtrSchmeId Id PrvtId Othr Id));
        let scheme = if creditor.is_some() { creditor } else { [other, ours].into_iter().find_map(sepa_id) };
        self.add("Creditor identifier", scheme);
        self.returned(transaction);
        self.exchange(transaction);
        self.charges(transaction, currency);
        self.add("Purpose", transaction.get(route!(Purp)).and_then(coded));
        self.references(transaction);
        self.add("Card", transaction.value(route!(CardTx Card PlainCardData PAN)));
    }

    fn party(&mut self, side: Side<'_>) {
        let Some(party) = side.party.map(body) else { return };
        self.add("Address", address(party).as_deref());
        let id = party.get(route!(Id));
        let number = |path| id.and_then(|id| id.value(path));
        if sepa_id(side).is_none() {
            self.add(
                "Identification",
                number(route!(OrgId Othr Id)).or_else(|| number(route!(PrvtId Othr Id))),
            );
        }
        let agent = side.agent.and_then(|agent| agent.get(route!(FinInstnId)));
        self.add("Bank", agent.and_then(|a| a.value(route!(Nm)).or_else(|| a.value(route!(NmAndAdr Nm)))));
        self.add(
            "Bank code",
            agent
                .and_then(|a| a.value(route!(ClrSysMmbId MmbId)).or_else(|| a.value(route!(ClrSysMmbId Id)))),
        );
    }

    fn returned(&mut self, transaction: Element<'_>) {
        let Some(returned) = transaction.get(route!(RtrInf)) else { return };
        let code = returned.value(route!(Rsn Cd)).or_else(|| returned.value(route!(RtrRsn Cd)));
        self.add("Return reason", code.map(codes::reason).as_deref());
        let own = returned.value(route!(Rsn Prtry)).or_else(|| returned.value(route!(RtrRsn Prtry)));
        self.add("Return reason of the bank", own);
        let original = returned.get(route!(OrgnlBkTxCd)).and_then(bank_code);
        self.add("Original code", original.as_deref());
    }

    fn exchange(&mut self, parent: Element<'_>) {
        let Some(details) = parent.get(route!(AmtDtls)) else { return };
        for (label, name) in [
            ("Instructed amount", route!(InstdAmt)),
            ("Transaction amount", route!(TxAmt)),
            ("Counter value", route!(CntrValAmt)),
            ("Announced amount", route!(AnncdPstngAmt)),
        ] {
            let Some(element) = details.get(name) else { continue };
            let Some(exchange) = element.get(route!(CcyXchg)) else { continue };
            let amount = money(element, None).map(|m| shown(m.amount, m.currency)).unwrap_or_default();
            let rate = exchange.value(route!(XchgRate)).unwrap_or("?");
            let source = exchange.value(route!(SrcCcy)).unwrap_or("?");
            let target = exchange
                .value(route!(TrgtCcy))
                .map_or(Text::default(), |c| compact_str::format_compact!(" to {c}"));
            self.add(label, Some(&compact_str::format_compact!("{amount} at {rate} ({source}{target})")));
            self.add("Exchange contract", exchange.value(route!(CtrctId)));
        }
    }

    fn charges(&mut self, parent: Element<'_>, currency: Currency) {
        for charges in each(parent) {
            let mut any = false;
            let records = charges.children().filter(|child| child.is(RECORD)).chain([charges]);
            for record in records.filter(|record| record.get(route!(Amt)).is_some()) {
                let Ok(found) = money(record, Some(currency)) else { continue };
                any = true;
                let mut value = shown(found.amount, found.currency);
                if record.value(route!(CdtDbtInd)) == Some("CRDT") {
                    value.push_str(" credited");
                }
                if let Some(kind) = record.get(route!(Tp)).and_then(coded) {
                    value.push(' ');
                    value.push_str(kind);
                }
                if let Some(included) = record.value(route!(ChrgInclInd)) {
                    let included = super::values::is_true(Some(included));
                    value.push_str(if included { ", included" } else { ", not included" });
                }
                self.add("Charges", Some(&value));
            }
            let total = charges.get(route!(TtlChrgsAndTaxAmt)).filter(|_| !any);
            let total = total.and_then(|element| money_of(element, Some(currency)).ok());
            self.add("Charges", total.map(|t| shown(t.amount, t.currency)).as_deref());
        }
    }

    fn references(&mut self, transaction: Element<'_>) {
        const OWN: Name = Name::of("Prtry");
        let refs = transaction.get(route!(Refs));
        for (label, path) in [
            ("Message", route!(MsgId)),
            ("Payment information", route!(PmtInfId)),
            ("Instruction", route!(InstrId)),
            ("Transaction", route!(TxId)),
            ("UETR", route!(UETR)),
            ("Clearing reference", route!(ClrSysRef)),
            ("Cheque", route!(ChqNb)),
        ] {
            self.add(label, reference(refs, path));
        }
        for own in refs.into_iter().flat_map(Element::children).filter(|child| child.is(OWN)) {
            let value = match (own.value(route!(Tp)), own.value(route!(Ref))) {
                (Some(kind), Some(value)) => compact_str::format_compact!("{kind} {value}"),
                (_, value) => Text::from(value.unwrap_or_default()),
            };
            self.add("Reference of the bank", Some(&value));
        }
    }
}

/// One transaction of an entry that stays whole, in a line.
pub(super) fn summary(
    transaction: Element<'_>,
    debtor: bool,
    parties: &Parties<'_>,
    text: &str,
    currency: Currency,
) -> Text {
    let mut out = match super::split::amount_in(transaction, currency) {
        Some(amount) => shown(amount, currency),
        None => foreign(transaction, currency)
            .map(|(amount, currency)| shown(amount, currency))
            .unwrap_or_default(),
    };
    let side = if debtor { parties.debtor } else { parties.creditor };
    let account = side.account.and_then(super::parties::written);
    for part in
        [side.party.and_then(name), account, Some(text)].into_iter().flatten().filter(|part| !part.is_empty())
    {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(part);
    }
    out
}

/// What was paid in another currency, signed like the line, with the rate as the bank states it.
pub(super) fn original(parent: Element<'_>, currency: Currency, credit: bool) -> Option<Box<Original>> {
    let (amount, foreign) = foreign(parent, currency)?;
    let details = parent.get(route!(AmtDtls));
    let rate =
        details.into_iter().flat_map(Element::children).find_map(|e| e.value(route!(CcyXchg XchgRate)));
    let rate = rate.and_then(|rate| Decimal::from_str_exact(rate).ok()).filter(|rate| !rate.is_zero());
    Some(Box::new(Original { amount: super::values::signed(amount, credit), currency: foreign, rate }))
}

fn foreign(parent: Element<'_>, currency: Currency) -> Option<(Decimal, Currency)> {
    let details = parent.get(route!(AmtDtls));
    let named = [route!(InstdAmt), route!(TxAmt), route!(CntrValAmt)];
    let named = named.into_iter().filter_map(|path| money(details?.get(path)?, None).ok());
    // The transaction's own amount; that of an entry is never foreign.
    let own = parent.get(route!(Amt)).and_then(|element| money_of(element, None).ok());
    named.chain(own).find(|found| found.currency != currency).map(|found| (found.amount, found.currency))
}

/// `Cd` or `Prtry` of a coded element; its text where it has neither.
fn coded(element: Element<'_>) -> Option<&str> {
    [route!(Cd), route!(Prtry), route!(Prtry Id)]
        .into_iter()
        .find_map(|path| element.value(path))
        .or_else(|| element.text())
}

/// `Btch` of an entry, below its details or, in version 01, directly.
pub(super) fn batch(entry: Element<'_>) -> Option<Element<'_>> {
    entry.get(route!(NtryDtls Btch)).or_else(|| entry.get(route!(Btch)))
}

/// `Domn` of a `BkTxCd`, its members joined with a hyphen.
pub(super) fn bank_code(code: Element<'_>) -> Option<Text> {
    let domain = code.get(route!(Domn))?;
    let mut out = Text::from(domain.value(route!(Cd))?);
    for path in [route!(Fmly Cd), route!(Fmly SubFmlyCd)] {
        out.push('-');
        out.push_str(domain.value(path).unwrap_or("NTAV"));
    }
    Some(out)
}

/// A creditor identifier: an identification of the scheme SEPA.
fn sepa_id(side: Side<'_>) -> Option<&str> {
    let id = body(side.party?).get(route!(Id))?;
    [route!(PrvtId Othr), route!(OrgId Othr)].into_iter().find_map(|path| {
        let other = id.get(path)?;
        (other.value(route!(SchmeNm Prtry)) == Some("SEPA")).then(|| other.value(route!(Id))).flatten()
    })
}

/// A postal address in one line.
fn address(party: Element<'_>) -> Option<Text> {
    const LINE: Name = Name::of("AdrLine");
    let address = party.get(route!(PstlAdr))?;
    let mut out = Text::default();
    let mut add = |part: Option<&str>, before: &str| {
        if let Some(part) = part {
            out.push_str(if out.is_empty() { "" } else { before });
            out.push_str(part);
        }
    };
    let street = address.value(route!(StrtNm));
    add(street, "");
    add(address.value(route!(BldgNb)), if street.is_some() { " " } else { ", " });
    let code = address.value(route!(PstCd));
    add(code, ", ");
    add(address.value(route!(TwnNm)), if code.is_some() { " " } else { ", " });
    for line in address.children().filter(|child| child.is(LINE)) {
        add(line.text(), ", ");
    }
    add(address.value(route!(Ctry)), ", ");
    (!out.is_empty()).then_some(out)
}

/// An amount for a reader.
pub(super) fn shown(amount: Decimal, currency: Currency) -> Text {
    compact_str::format_compact!("{} {currency}", amounts::display(amount, currency))
}
