//! One entry into lines.

use super::codes;
use super::details::{self, Facts, bank_code};
use super::findings::Findings;
use super::parties::{Own, Parties};
use super::remittance;
use super::split::{self, Split};
use super::tree::{Element, Name, route};
use super::values::{credit, date, is_true, missing, money, place, reference};
use crate::domain::{
    Currency, Date, Decimal, Detail, Identity, Kind, Text, Transaction, TransactionDraft, Whole,
    money as amounts,
};
use crate::errors::{Code, Error, Result};

/// What an entry needs to know of its statement.
pub(super) struct Context<'a> {
    /// The account's own side.
    pub(super) own: &'a Own,
    /// Currency for amounts that name none.
    pub(super) currency: Option<Currency>,
    /// Day for entries that have none.
    pub(super) day: &'a mut dyn FnMut() -> Option<Date>,
    /// Number of the entry in the statement, from 1.
    pub(super) number: usize,
}

/// By what a line is recognised again, kept until its statement is complete.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// References, each ended by [`SEPARATOR`]; else the raw text.
    pub(super) parts: Text,
    /// Which of both.
    pub(super) by_reference: bool,
    /// `RvslInd` of the entry.
    pub(super) reversal: bool,
    /// On the last line of an entry that was split: the key of the whole.
    pub(super) whole: Option<Box<Self>>,
}

/// Ends each reference of a [`Key`].
pub(super) const SEPARATOR: char = '\u{1f}';

/// Lines of entries, and their keys in the same order.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<Transaction>,
    pub(super) keys: Vec<Key>,
}

/// What all lines of an entry share.
struct Entry<'t> {
    element: Element<'t>,
    currency: Currency,
    credit: bool,
    reversal: bool,
    booked_on: Date,
    value_on: Option<Date>,
    reference: Option<&'t str>,
    text: Option<&'t str>,
    code: Option<Element<'t>>,
    facts: Vec<Detail>,
}

/// `Sts`: its text, since version 07 a code or a word of the bank. An entry without any is booked.
pub(super) fn status(entry: Element<'_>) -> &str {
    let Some(status) = entry.get(route!(Sts)) else { return "BOOK" };
    let coded = status.value(route!(Cd)).or_else(|| status.value(route!(Prtry)));
    coded.or_else(|| status.text()).unwrap_or("BOOK")
}

/// Adds the lines of a booked entry.
///
/// # Errors
/// BB-3202 and BB-3203 for what would make a line wrong.
pub(super) fn entry(
    element: Element<'_>,
    context: &mut Context<'_>,
    out: &mut Lines,
    findings: &mut Findings,
) -> Result<()> {
    let stated = money(element, context.currency)?;
    let credit = credit(element)?.ok_or_else(|| missing(element, "CdtDbtInd"))?;
    let amount = super::values::signed(stated.amount, credit);
    let value_on = date(element, route!(ValDt), "ValDt")?;
    let booked_on = if let Some(day) = date(element, route!(BookgDt), "BookgDt")? {
        day
    } else {
        let taken = value_on.or_else(&mut context.day).ok_or_else(|| missing(element, "BookgDt"))?;
        findings.add(Code::CAMT_DATE_TAKEN, |error| {
            error.arg("entry", context.number).arg("taken", taken).at(place(element))
        });
        taken
    };
    let transactions = transactions(element);
    let mut facts = Facts::default();
    facts.of_entry(element, stated.currency);
    let entry = Entry {
        element,
        currency: stated.currency,
        credit,
        reversal: is_true(element.value(route!(RvslInd))),
        booked_on,
        value_on,
        reference: reference(Some(element), route!(AcctSvcrRef)),
        text: element.value(route!(AddtlNtryInf)),
        code: element.get(route!(BkTxCd)),
        facts: facts.0,
    };
    note_short_batch(&entry, transactions.len(), context, findings);
    match split::split(element, &transactions, amount, entry.currency) {
        Split::Whole => {
            let line = entry.line(context, transactions.first().copied(), amount, true);
            out.push(entry.key(transactions.first().copied(), &transactions), line);
        }
        Split::Each { amounts, charges } => {
            let first = out.lines.len();
            for (transaction, amount) in transactions.iter().zip(amounts) {
                let one = std::slice::from_ref(transaction);
                out.push(
                    entry.key(Some(*transaction), one),
                    entry.line(context, Some(*transaction), amount, false),
                );
            }
            if !charges.is_zero() {
                out.push(entry.charges_key(), entry.charges(charges));
            }
            out.are_of(first, &entry, amount);
        }
        Split::Differs { sum } => {
            findings.add(Code::CAMT_DETAILS_DIFFER, |error| {
                let shown = |amount| amounts::display(amount, entry.currency);
                error
                    .arg("entry", context.number)
                    .arg("details", shown(sum))
                    .arg("amount", shown(amount))
                    .at(place(element))
            });
            out.push(entry.key(None, &transactions), entry.whole(context, &transactions, amount));
        }
        Split::Unknown { count } => {
            findings.add(Code::CAMT_DETAILS_UNKNOWN, |error| {
                error.arg("entry", context.number).arg("count", count).at(place(element))
            });
            out.push(entry.key(None, &transactions), entry.whole(context, &transactions, amount));
        }
    }
    Ok(())
}

/// All `TxDtls` of an entry in one list, in whichever `NtryDtls` they stand; directly below it in version 01.
fn transactions(entry: Element<'_>) -> Vec<Element<'_>> {
    const DETAILS: Name = Name::of("NtryDtls");
    const TRANSACTION: Name = Name::of("TxDtls");
    let mut found = Vec::new();
    for child in entry.children() {
        if child.is(TRANSACTION) {
            found.push(child);
        } else if child.is(DETAILS) {
            found.extend(child.children().filter(|child| child.is(TRANSACTION)));
        }
    }
    found
}

fn note_short_batch(entry: &Entry<'_>, given: usize, context: &Context<'_>, findings: &mut Findings) {
    let announced = details::batch(entry.element).and_then(|batch| batch.value(route!(NbOfTxs)));
    let Some(announced) = announced.and_then(|number| number.parse::<usize>().ok()) else { return };
    if announced > given.max(1) {
        findings.add(Code::CAMT_BATCH_SHORT, |error| {
            let error = error.arg("entry", context.number).arg("announced", announced).arg("given", given);
            error.at(place(entry.element))
        });
    }
}

impl Lines {
    fn push(&mut self, key: Key, line: TransactionDraft) {
        self.keys.push(key);
        self.lines.push(line.done());
    }

    /// The lines from there on are all of one entry.
    fn are_of(&mut self, first: usize, entry: &Entry<'_>, amount: Decimal) {
        let reference = entry.reference.map(Text::from);
        for line in self.lines.iter_mut().skip(first) {
            let whole = Whole { identity: Identity::UNSET, amount, reference: reference.clone() };
            line.whole = Some(Box::new(whole));
        }
        if let Some(last) = self.keys.last_mut() {
            last.whole = Some(Box::new(entry.key(None, &[])));
        }
    }
}

impl<'t> Entry<'t> {
    /// A line without anything but what the entry itself says.
    fn bare(&self, amount: Decimal) -> TransactionDraft {
        TransactionDraft {
            value_on: self.value_on,
            reference: self.reference.map(Text::from),
            ..TransactionDraft::new(self.booked_on, amount, self.currency)
        }
    }

    /// The line of one transaction, or of an entry without details; `alone` says that it is all of the entry.
    fn line(
        &self,
        context: &Context<'_>,
        transaction: Option<Element<'t>>,
        amount: Decimal,
        alone: bool,
    ) -> TransactionDraft {
        let mut line = self.bare(amount);
        let code = self.code(transaction);
        let credit = if amount.is_zero() { self.credit } else { amount.is_sign_positive() };
        let Some(transaction) = transaction else {
            line.text = self.text.map(super::parties::collapsed);
            line.original = details::original(self.element, self.currency, credit);
            self.finish(&mut line, code, false, Facts::default());
            return line;
        };
        let refs = transaction.get(route!(Refs));
        let returned = transaction.get(route!(RtrInf)).is_some();
        let came_back = self.reversal || returned || code.as_deref().is_some_and(codes::came_back);
        let parties = Parties::of(transaction);
        // A transaction may go against its entry; its own direction then says who is who.
        let direction = super::values::credit(transaction).ok().flatten().unwrap_or(credit);
        let debtor = parties.other_is_debtor(direction, came_back, context.own);
        let said = remittance::read(transaction, self.text, context.own.is_belgian());
        line.counterparty = parties.counterparty(debtor, context.own);
        line.original = details::original(transaction, self.currency, credit)
            .or_else(|| alone.then(|| details::original(self.element, self.currency, credit))?);
        line.text = Some(said.text).filter(|text| !text.is_empty());
        line.structured = said.structured;
        let own_reference = reference(refs, route!(AcctSvcrRef));
        line.reference = own_reference.or(self.reference).map(Text::from);
        line.end_to_end = reference(refs, route!(EndToEndId)).map(Text::from);
        line.mandate = reference(refs, route!(MndtId)).map(Text::from);
        let mut facts = Facts::default();
        if own_reference.is_some() && own_reference != self.reference {
            facts.add("Booking reference", self.reference);
        }
        facts.add("Reference type", Some(&said.kind));
        facts.of_transaction(transaction, &parties, debtor, self.currency);
        facts.add("Code of the bank", self.own_code(Some(transaction), code.as_deref()));
        self.finish(&mut line, code, returned, facts);
        line
    }

    /// The line of an entry that stays whole although it has several transactions.
    fn whole(
        &self,
        context: &Context<'_>,
        transactions: &[Element<'t>],
        amount: Decimal,
    ) -> TransactionDraft {
        let mut line = self.bare(amount);
        let code = self.code(None).or_else(|| self.code(transactions.first().copied()));
        line.text = self.text.map(super::parties::collapsed);
        line.original = details::original(self.element, self.currency, self.credit);
        let mut facts = Facts::default();
        facts.add("Code of the bank", self.own_code(None, code.as_deref()));
        for transaction in transactions {
            let credit = credit(*transaction).ok().flatten().unwrap_or(self.credit);
            let parties = Parties::of(*transaction);
            let debtor = parties.other_is_debtor(credit, self.reversal, context.own);
            let mut said = remittance::read(*transaction, None, context.own.is_belgian());
            if let Some(structured) = said.structured.filter(|s| !said.text.contains(s.as_str())) {
                said.text.push_str(if said.text.is_empty() { "" } else { " " });
                said.text.push_str(&structured);
            }
            facts.add(
                "Of which",
                Some(&details::summary(*transaction, debtor, &parties, &said.text, self.currency)),
            );
        }
        self.finish(&mut line, code, false, facts);
        line
    }

    /// The line of the charges that the transactions do not contain.
    fn charges(&self, amount: Decimal) -> TransactionDraft {
        let mut line = self.bare(amount);
        line.text = Some(Text::const_new("Charges"));
        self.finish(&mut line, self.code(None), false, Facts::default());
        line.kind = Some(Kind::Charges);
        line
    }

    fn finish(&self, line: &mut TransactionDraft, code: Option<Text>, returned: bool, own: Facts) {
        let words = code.as_deref().unwrap_or_default();
        line.kind = if returned || codes::came_back(words) {
            Some(Kind::Return)
        } else if self.reversal {
            Some(Kind::Reversal)
        } else {
            codes::is_charge(words).then_some(Kind::Charges)
        };
        line.bank_code = code;
        line.details = own.0;
        line.details.extend_from_slice(&self.facts);
    }

    /// ISO code of the transaction, else of the entry, else the bank's own.
    fn code(&self, transaction: Option<Element<'t>>) -> Option<Text> {
        let own = transaction.and_then(|transaction| transaction.get(route!(BkTxCd)));
        own.and_then(bank_code).or_else(|| self.code.and_then(bank_code)).or_else(|| {
            [own, self.code]
                .into_iter()
                .flatten()
                .find_map(|code| code.value(route!(Prtry Cd)))
                .map(Text::from)
        })
    }

    /// The bank's own code where it is not the one that the line has.
    fn own_code(&self, transaction: Option<Element<'t>>, taken: Option<&str>) -> Option<&'t str> {
        let own = transaction.and_then(|transaction| transaction.get(route!(BkTxCd)));
        let found = [own, self.code].into_iter().flatten().find_map(|code| code.value(route!(Prtry Cd)));
        found.filter(|found| Some(*found) != taken)
    }

    /// By the bank's references in their order of trust: `AcctSvcrRef` of the transaction, else of the entry, then
    /// `EndToEndId`, then `TxId`. `NtryRef` is not one of them: Swiss banks write an account number there.
    fn key(&self, transaction: Option<Element<'t>>, all: &[Element<'t>]) -> Key {
        let refs = transaction.and_then(|transaction| transaction.get(route!(Refs)));
        let references = [
            reference(refs, route!(AcctSvcrRef)).or(self.reference),
            reference(refs, route!(EndToEndId)),
            reference(refs, route!(TxId)),
        ];
        if references.iter().all(Option::is_none) {
            let parts = remittance::raw(all, self.text);
            return Key { parts, by_reference: false, reversal: self.reversal, whole: None };
        }
        let mut parts = Text::default();
        for reference in references {
            parts.push_str(reference.unwrap_or_default());
            parts.push(SEPARATOR);
        }
        Key { parts, by_reference: true, reversal: self.reversal, whole: None }
    }

    /// The charges of an entry: its reference and what they are.
    fn charges_key(&self) -> Key {
        let parts = match self.reference {
            Some(reference) => {
                compact_str::format_compact!("{reference}{SEPARATOR}CHARGES{SEPARATOR}{SEPARATOR}")
            }
            None => compact_str::format_compact!("CHARGES{}", self.text.unwrap_or_default()),
        };
        Key { parts, by_reference: self.reference.is_some(), reversal: self.reversal, whole: None }
    }
}

impl Own {
    /// Whether the account is a Belgian one, so that a reference without issuer may be Belgian.
    pub(super) fn is_belgian(&self) -> bool {
        self.account.starts_with("BE")
    }
}

/// An error with the number of the entry.
pub(super) fn in_entry(error: Error, number: usize) -> Error {
    error.at(crate::errors::Place { entry: Some(number), ..crate::errors::Place::default() })
}
