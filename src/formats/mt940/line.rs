//! A booking and its information into a line.

use super::code_words;
use super::codes;
use super::entry::{self, Entry};
use super::information::{self, Dialect, Draft, push_collapsed};
use crate::domain::account::{compact, is_iban};
use crate::domain::{
    Account, Counterparty, Currency, Identifier, Kind, Original, Text, Transaction, TransactionDraft,
};
use crate::errors::Result;

/// A booking as it stands in the file, decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'t> {
    /// `:61:` with its further lines.
    pub(super) entry: &'t str,
    /// `:86:` with its further lines; empty where there is none.
    pub(super) information: &'t str,
    /// `:NS:` with its further lines; empty where there is none.
    pub(super) non_swift: &'t str,
}

/// A booking as a line, and what was noticed.
pub(super) struct Booked {
    pub(super) line: Transaction,
    pub(super) dialect: Option<Dialect>,
    /// It is announced, not booked.
    pub(super) expected: bool,
    /// The bank gives no booking date; the value date was taken.
    pub(super) undated: bool,
    /// A date that does not exist was taken for the last day of its month.
    pub(super) clamped: bool,
}

/// Makes lines, with buffers that serve all of them.
#[derive(Default)]
pub(super) struct Maker {
    draft: Draft,
    raw: String,
    pub(super) identifier: Identifier,
}

impl Maker {
    /// The line of a booking, with its identity before equal ones are counted.
    ///
    /// # Errors
    /// BB-3702 for a booking that cannot be read.
    pub(super) fn line(
        &mut self,
        written: &Written<'_>,
        account: &Account,
        currency: Currency,
    ) -> Result<Booked> {
        let entry = entry::read(written.entry)?;
        let mut draft = std::mem::take(&mut self.draft);
        let dialect = information::read(written.information, written.non_swift, &mut draft);
        supplement(&entry, dialect, &mut draft);
        let own = account.iban.as_deref().is_some_and(|iban| draft.account == iban);
        if own && dialect == Some(Dialect::Text) {
            // A text may name the account itself.
            draft.account.clear();
        }
        let mut line = transaction(&entry, &mut draft, currency);
        self.draft = draft;
        self.identify(&entry, written, account, &mut line);
        Ok(Booked {
            line: line.done(),
            dialect,
            expected: entry.mark.expected,
            undated: entry.booked_on.is_none(),
            clamped: entry.clamped,
        })
    }

    /// By the bank's reference together with the owner's; else by all that the booking says, as it is written.
    fn identify(
        &mut self,
        entry: &Entry<'_>,
        written: &Written<'_>,
        account: &Account,
        line: &mut TransactionDraft,
    ) {
        let marks = line.marks(account);
        if !entry.bank_reference.is_empty() {
            let references = [entry.bank_reference, entry.customer_reference];
            line.identity = self.identifier.by_own_reference(&marks, &references);
            return;
        }
        self.raw.clear();
        let said = [
            entry.customer_reference,
            entry.beyond,
            entry.supplement,
            written.information,
            written.non_swift,
        ];
        self.raw.extend(said);
        line.identity = self.identifier.by_own_text(&marks, "", &self.raw);
    }
}

/// What `:61:` itself says of the other side, and its supplementary details.
fn supplement(entry: &Entry<'_>, dialect: Option<Dialect>, draft: &mut Draft) {
    let customer = entry.customer_reference;
    if is_iban(customer) || !entry.beyond.is_empty() {
        draft.take_account(postbank(customer).unwrap_or(customer));
        if draft.name.is_empty() {
            draft.name = information::collapsed(entry.beyond);
        }
    } else if customer != draft.end_to_end {
        draft.fact("Customer reference", customer);
    }
    let said = entry.supplement;
    if said.is_empty() || draft.name.eq_ignore_ascii_case(said) || code_words::supplement(said, draft) {
        return;
    }
    // Rabobank: the other side's account.
    let number = postbank(said).filter(|_| customer.is_empty());
    if is_iban(&compact(said)) {
        draft.take_account(said);
    } else if let Some(number) = number {
        draft.take_account(number);
    } else if draft.text.contains(said) {
        // SNS: the name, which the text has too.
        if draft.name.is_empty()
            && draft
                .text
                .strip_prefix(draft.account.as_str())
                .is_some_and(|rest| rest.trim_start().starts_with(said))
        {
            draft.name = information::collapsed(said);
        }
    } else if matches!(dialect, None | Some(Dialect::Text)) {
        // The text goes on in :86:, with nothing between where the line is full.
        let told = std::mem::take(&mut draft.text);
        push_collapsed(&mut draft.text, said);
        if said.len() >= SUPPLEMENT && !said.contains('\n') {
            draft.text.push_str(&told);
        } else {
            push_collapsed(&mut draft.text, &told);
        }
    } else if draft.booking_text.is_empty() {
        draft.booking_text = information::collapsed(said);
    } else if !said.contains(draft.booking_text.as_str()) {
        draft.fact("Supplementary details", said);
    }
}

/// A Dutch number of nine or ten digits, without the P that stands before a number of the former Postbank.
fn postbank(written: &str) -> Option<&str> {
    let number = written.strip_prefix('P').unwrap_or(written);
    (matches!(number.len(), 9 | 10) && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

/// Characters of the supplementary details.
const SUPPLEMENT: usize = 34;

fn transaction(entry: &Entry<'_>, draft: &mut Draft, currency: Currency) -> TransactionDraft {
    let amount = entry.signed();
    let optional = |text: &mut Text| Some(std::mem::take(text)).filter(|text| !text.is_empty());
    let (name, account, bic) =
        (optional(&mut draft.name), optional(&mut draft.account), optional(&mut draft.bic));
    let kind = if entry.mark.reversal {
        Some(Kind::Reversal)
    } else if draft.returned || codes::came_back(&draft.code) {
        Some(Kind::Return)
    } else if codes::is_charge(entry.kind, &draft.code) {
        Some(Kind::Charges)
    } else {
        None
    };
    let bank_code = match (entry.kind, draft.code.as_str()) {
        ("", "") => None,
        (kind, "") => Some(Text::from(kind)),
        ("", code) => Some(Text::from(code)),
        (kind, code) => Some(compact_str::format_compact!("{kind}-{code}")),
    };
    draft.code.clear();
    let booking_text = optional(&mut draft.booking_text);
    let mut text = optional(&mut draft.text);
    match booking_text {
        Some(words) if text.is_none() => text = Some(words),
        Some(words) => draft.fact("Booking text", &words),
        None => {}
    }
    let original = draft.original.take().filter(|(_, other)| *other != currency).map(|(other, of)| {
        let amount = if amount.is_sign_negative() { -other } else { other };
        Box::new(Original { amount, currency: of, rate: draft.rate })
    });
    draft.rate = None;
    draft.returned = false;
    TransactionDraft {
        value_on: Some(entry.value_on),
        original,
        counterparty: Counterparty { name, account, bic },
        text,
        structured: draft.structured.take(),
        reference: Some(entry.bank_reference).filter(|text| !text.is_empty()).map(Text::from),
        end_to_end: optional(&mut draft.end_to_end),
        mandate: optional(&mut draft.mandate),
        bank_code,
        kind,
        details: draft.facts.drain(..).collect(),
        ..TransactionDraft::new(entry.booked_on.unwrap_or(entry.value_on), amount, currency)
    }
}
