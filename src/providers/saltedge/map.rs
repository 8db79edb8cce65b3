//! From the wire to banks, accounts and transactions.
//!
//! | here | there |
//! |---|---|
//! | booking date | `extra.posting_date`, else `made_on` |
//! | counterparty | `payee` of money out, `payer` of money in; where that is an IBAN, the name is in `…_information` |
//! | remittance information | `description`, `additional`, `information`, each once |
//! | the bank's reference | `extra.id` |
//! | bank code | `extra.type` |
//! | charges | `mode` `fee` |

use std::cmp::Ordering;

use super::wire::{self, AccountExtra, Extra};
use super::{TITLE, error};
use crate::domain::account::{compact, is_iban};
use crate::domain::{
    Account, Balance, Counterparty, Currency, Date, Decimal, Detail, Kind, Original, Text, TransactionDraft,
    communication,
};
use crate::errors::{Code, Error, Origin, Result};
use crate::providers::{Institution, RemoteAccount, RemoteLine};

/// Whether an id comes after another: by number where both are numbers, of any length.
pub(super) fn is_after(id: &str, other: &str) -> bool {
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits(id) && digits(other) { by_number(id, other) == Ordering::Greater } else { id != other }
}

/// Order of two numbers in digits.
pub(super) fn by_number(id: &str, other: &str) -> Ordering {
    let (id, other) = (id.trim_start_matches('0'), other.trim_start_matches('0'));
    id.len().cmp(&other.len()).then_with(|| id.cmp(other))
}

/// Whether a bank can be linked: files are not fetched, and what is switched off is not offered.
pub(super) fn is_offered(bank: &wire::Bank) -> bool {
    bank.status.as_deref() != Some("disabled") && bank.mode.as_deref() != Some("file")
}

/// A bank.
pub(super) fn institution(bank: wire::Bank) -> Institution {
    let bic = bank.bic_codes.unwrap_or_default().into_iter().flatten().find(|bic| !bic.is_empty());
    let name = bank.name.unwrap_or_else(|| bank.code.clone());
    Institution { id: bank.code, name, country: bank.country_code, bic, logo: bank.logo_url }
}

/// An account. Every account of a connection can be read as long as the connection can.
pub(super) fn account(account: wire::Account, connection: &wire::Connection) -> RemoteAccount {
    let extra = account.extra.unwrap_or_default();
    let currency = account.currency_code.as_deref().and_then(Currency::new);
    // Of a credit card it is the sum of what was spent.
    let is_balance = account.nature.as_deref() != Some("credit_card") && is_booked(&extra);
    let balance = account.balance.filter(|_| is_balance && currency.is_some());
    RemoteAccount {
        id: account.id.0,
        name: account.name.or_else(|| extra.account_name.as_deref().map(str::to_owned)),
        balance: balance
            .map(|amount| Balance { date: extra.current_date.as_deref().and_then(day), amount: amount.0 }),
        account: numbered(extra, currency),
        fresh_as_of: connection.fresh_as_of(),
        institution: connection.provider_code.clone(),
        problem: None,
        readable: true,
    }
}

/// What is available, or expected, is not what is booked.
fn is_booked(extra: &AccountExtra) -> bool {
    let kind = extra.balance_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    !["available", "expected", "forward"].iter().any(|other| kind.contains(other))
}

fn numbered(extra: AccountExtra, currency: Option<Currency>) -> Account {
    let mut account = Account {
        bic: extra.swift.map(|bic| compact(&bic)),
        currency,
        holder: extra.holder_name.or(extra.client_name),
        ..Account::default()
    };
    // The last one that is set stays, except that a number never replaces another.
    for number in [extra.iban, extra.account_number, extra.bban].into_iter().flatten() {
        if account.iban.is_none() && account.number.is_none() {
            account.set_number(&number);
        }
    }
    account
}

/// What became of an entry of the list.
pub(super) enum Read {
    /// Not booked yet.
    Pending,
    /// A copy of another, as the provider found.
    Copy {
        /// Its booking date.
        booked_on: Date,
    },
    /// Booked.
    Line {
        /// The line.
        line: Box<RemoteLine>,
        /// Whether the provider takes it for a possible double.
        doubtful: bool,
    },
}

/// A transaction.
///
/// # Errors
/// BB-2017 for one that is booked, or may be, without what a booking needs.
pub(super) fn transaction(transaction: wire::Transaction) -> Result<Read> {
    let wire::Transaction {
        id,
        duplicated,
        mode,
        status,
        made_on,
        amount,
        currency_code,
        description,
        extra,
    } = transaction;
    let unreadable = |reason: &str| {
        error(Code::TRANSACTION_UNREADABLE).arg("id", &id.0).arg("reason", reason).origin(Origin::of(TITLE))
    };
    match status.as_deref() {
        Some("pending") => return Ok(Read::Pending),
        Some("posted") => {}
        _ => return Err(unreadable("its status is neither posted nor pending")),
    }
    let extra = extra.unwrap_or_default();
    let booked_on = booked_on(&extra, made_on.as_deref(), &unreadable)?;
    if duplicated == Some(true) {
        return Ok(Read::Copy { booked_on });
    }
    let amount = amount.ok_or_else(|| unreadable("its amount is missing"))?.0;
    let currency = currency_code.as_deref().and_then(Currency::new);
    let currency = currency.ok_or_else(|| unreadable("its currency is missing"))?;
    let doubtful = extra.possible_duplicate.as_deref() == Some("true");
    let made_on = made_on.as_deref().and_then(day);
    let mut draft = TransactionDraft::new(booked_on, amount, currency);
    draft.kind = (mode.as_deref() == Some("fee")).then_some(Kind::Charges);
    draft.original = original(&extra, amount, currency).map(Box::new);
    draft.details = details(&extra, made_on.filter(|day| *day != booked_on));
    let (counterparty, further) = counterparty(&extra, amount);
    draft.counterparty = counterparty;
    draft.details.extend(further.map(|value| detail("Counterparty information", &value)));
    let symbol = variable_symbol(&extra);
    draft.text = text([description, extra.additional, extra.information]);
    draft.structured = draft.text.as_deref().and_then(structured).or(symbol);
    draft.reference = extra.id;
    draft.end_to_end = extra.end_to_end_id.filter(|text| !text.eq_ignore_ascii_case("NOTPROVIDED"));
    draft.bank_code = extra.kind;
    Ok(Read::Line { line: Box::new(RemoteLine { id: Text::from(id.0.as_str()), draft }), doubtful })
}

fn booked_on(extra: &Extra, made_on: Option<&str>, unreadable: &impl Fn(&str) -> Error) -> Result<Date> {
    let (written, name) = match (extra.posting_date.as_deref(), made_on) {
        (Some(date), _) => (date, "extra.posting_date"),
        (None, Some(date)) => (date, "made_on"),
        (None, None) => return Err(unreadable("its date is missing")),
    };
    day(written).ok_or_else(|| unreadable(&format!("{name} is no date")))
}

/// A date, behind which a time may stand.
fn day(text: &str) -> Option<Date> {
    let (date, rest) = text.split_at_checked(10)?;
    (rest.is_empty() || rest.starts_with(['T', ' '])).then(|| date.parse().ok())?
}

/// The other side, and what else is said of it.
fn counterparty(extra: &Extra, amount: Decimal) -> (Counterparty, Option<Text>) {
    let (who, information) = if amount.is_sign_negative() {
        (&extra.payee, &extra.payee_information)
    } else {
        (&extra.payer, &extra.payer_information)
    };
    let iban = |text: &Option<Text>| text.as_deref().map(compact).filter(|number| is_iban(number));
    match (iban(who), iban(information)) {
        (Some(account), None) => {
            (Counterparty { name: information.clone(), account: Some(account), bic: None }, None)
        }
        (None, Some(account)) => {
            (Counterparty { name: who.clone(), account: Some(account), bic: None }, None)
        }
        (Some(account), Some(_)) => (Counterparty { name: None, account: Some(account), bic: None }, None),
        (None, None) => {
            let (name, further) = match who {
                Some(_) => (who.clone(), information.clone()),
                None => (information.clone(), None),
            };
            (Counterparty { name, account: None, bic: None }, further)
        }
    }
}

/// Texts after each other, without those that repeat what is there.
fn text(parts: [Option<Text>; 3]) -> Option<Text> {
    let mut text = Text::default();
    for part in parts.into_iter().flatten() {
        if text.contains(part.as_str()) {
            continue;
        }
        if part.contains(text.as_str()) {
            text.clear();
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&part);
    }
    (!text.is_empty()).then_some(text)
}

fn structured(text: &str) -> Option<Text> {
    let alone = || communication::belgian(text).or_else(|| communication::creditor_reference(text));
    communication::within(text)
        .or_else(alone)
        .or_else(|| communication::creditor_reference_within(text))
        .or_else(|| communication::swiss_within(text))
}

/// The reference that a creditor issues in Czechia and Slovakia.
fn variable_symbol(extra: &Extra) -> Option<Text> {
    let code = extra.variable_code.as_deref()?.trim_start_matches('0');
    (!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit())).then(|| Text::from(code))
}

/// What was paid in another currency.
fn original(extra: &Extra, amount: Decimal, currency: Currency) -> Option<Original> {
    let number = |text: &Option<Text>| {
        let text = text.as_deref()?;
        Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
    };
    let other = Currency::new(extra.original_currency_code.as_deref()?).filter(|other| *other != currency)?;
    let mut foreign = number(&extra.original_amount)?.normalize();
    foreign.set_sign_negative(amount.is_sign_negative());
    Some(Original { amount: foreign, currency: other, rate: number(&extra.exchange_rate) })
}

fn details(extra: &Extra, made_on: Option<Date>) -> Vec<Detail> {
    let made_on = made_on.map(|day| detail("Transaction date", &day.to_string()));
    let told = [
        ("Transfer account", &extra.transfer_account_name),
        ("Cheque number", &extra.check_number),
        ("Merchant category", &extra.mcc),
        ("Record number", &extra.record_number),
        ("Constant symbol", &extra.constant_code),
        ("Specific symbol", &extra.specific_code),
    ];
    let told = told.into_iter().filter_map(|(label, value)| Some(detail(label, value.as_deref()?)));
    made_on.into_iter().chain(told).collect()
}

fn detail(label: &str, value: &str) -> Detail {
    Detail { label: Text::from(label), value: Text::from(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Read> {
        transaction(serde_json::from_value(value).unwrap())
    }

    fn line(change: impl std::borrow::Borrow<Value>) -> (TransactionDraft, bool) {
        let mut value = json!({"id": "1", "status": "posted", "made_on": "2026-11-20", "amount": -12.3,
            "currency_code": "EUR", "description": "Order 7", "extra": {}});
        for (name, member) in change.borrow().as_object().unwrap() {
            value[name] = member.clone();
        }
        let read = read(value).unwrap();
        let Read::Line { line, doubtful } = read else { unreachable!("no line") };
        (line.draft, doubtful)
    }

    #[test]
    fn ids_are_compared_as_numbers_of_any_length() {
        assert!(is_after("1000000000000000000", "999999999999999999"));
        assert!(is_after("10", "9") && !is_after("9", "10") && !is_after("9", "09"));
        assert!(is_after("b", "a") && is_after("a", "b") && !is_after("a", "a"));
    }

    #[test]
    fn the_posting_date_is_the_booking_date() {
        let (draft, _) = line(json!({"extra": {"posting_date": "2026-11-23"}}));
        assert_eq!(draft.booked_on.to_string(), "2026-11-23");
        assert_eq!(draft.details, [detail("Transaction date", "2026-11-20")]);
        assert_eq!(line(json!({"made_on": "2026-11-20T10:00:00Z"})).0.booked_on.to_string(), "2026-11-20");
    }

    #[test]
    fn the_other_side_is_payee_or_payer_by_the_sign() {
        let both = json!({"payee": "Shop", "payer": "We"});
        assert_eq!(line(json!({"extra": both})).0.counterparty.name.as_deref(), Some("Shop"));
        let (money_in, _) = line(json!({"extra": both, "amount": "12.3"}));
        assert_eq!(money_in.counterparty.name.as_deref(), Some("We"));
        let iban = json!({"payee": "BE68 5390 0754 7034", "payee_information": "Shop"});
        let swapped = json!({"payee": "Shop", "payee_information": "BE68539007547034"});
        for extra in [iban, swapped] {
            let counterparty = line(json!({"extra": extra})).0.counterparty;
            assert_eq!(counterparty.name.as_deref(), Some("Shop"));
            assert_eq!(counterparty.account.as_deref(), Some("BE68539007547034"));
        }
        let (draft, _) = line(json!({"extra": {"payee": "Shop", "payee_information": "Main street"}}));
        assert_eq!(draft.details, [detail("Counterparty information", "Main street")]);
    }

    #[test]
    fn texts_are_put_together_once_each() {
        let extra = json!({"additional": "Order 7 of May", "information": "May"});
        assert_eq!(line(json!({"extra": extra})).0.text.as_deref(), Some("Order 7 of May"));
        let extra = json!({"additional": "+++090/9337/55493+++", "information": "Thanks"});
        let (draft, _) = line(json!({"extra": extra}));
        assert_eq!(draft.text.as_deref(), Some("Order 7 +++090/9337/55493+++ Thanks"));
        assert_eq!(draft.structured.as_deref(), Some("+++090/9337/55493+++"));
        let (draft, _) = line(json!({"description": "090933755493"}));
        assert_eq!(draft.structured.as_deref(), Some("+++090/9337/55493+++"));
        let (draft, _) = line(json!({"extra": {"variable_code": "0012345"}}));
        assert_eq!(draft.structured.as_deref(), Some("12345"));
    }

    #[test]
    fn everything_else_has_its_place() {
        let (draft, doubtful) =
            line(json!({"mode": "fee", "extra": {"id": "b-1", "end_to_end_id": "NOTPROVIDED",
            "type": "D/D", "original_amount": 13.50, "original_currency_code": "USD", "exchange_rate": 1.09,
            "mcc": 5411, "possible_duplicate": true}}));
        assert_eq!((draft.kind, doubtful), (Some(Kind::Charges), true));
        assert_eq!((draft.reference.as_deref(), draft.end_to_end), (Some("b-1"), None));
        assert_eq!(draft.bank_code.as_deref(), Some("D/D"));
        let original = draft.original.unwrap();
        assert_eq!((original.amount.to_string(), original.currency.code()), ("-13.5".to_owned(), "USD"));
        assert_eq!(original.rate.unwrap().to_string(), "1.09");
        assert_eq!(draft.details, [detail("Merchant category", "5411")]);
        let same = json!({"original_amount": 1, "original_currency_code": "EUR"});
        assert_eq!(line(json!({"extra": same})).0.original, None);
        assert_eq!(line(json!({"amount": -1.2e3})).0.amount.to_string(), "-1200");
    }

    #[test]
    fn what_cannot_be_booked_is_refused_by_its_id() {
        for (name, value) in [
            ("made_on", Value::Null),
            ("made_on", json!("20/11/2026")),
            ("amount", Value::Null),
            ("currency_code", json!("EURO")),
            ("status", json!("draft")),
            ("extra", json!({"posting_date": "soon"})),
        ] {
            let mut whole = json!({"id": 77, "status": "posted", "made_on": "2026-11-20", "amount": 1,
                "currency_code": "EUR"});
            whole[name] = value;
            let error = read(whole).err().unwrap();
            assert_eq!(error.code(), Code::TRANSACTION_UNREADABLE, "{name}");
            assert!(error.sentence().contains("transaction 77"), "{error}");
            assert!(!error.sentence().contains("soon") && !error.sentence().contains("EURO"));
        }
        let pending = json!({"id": 1, "status": "pending"});
        assert!(matches!(read(pending).unwrap(), Read::Pending), "nothing is asked of a pending one");
    }

    #[test]
    fn accounts_are_numbered_by_iban_first() {
        let connection = serde_json::from_value(json!({"id": "1", "provider_code": "bank"})).unwrap();
        let read = |value: Value| account(serde_json::from_value(value).unwrap(), &connection);
        let full = read(
            json!({"id": 5, "name": "Current", "nature": "account", "balance": 10.5, "currency_code": "EUR",
            "extra": {"iban": "BE68 5390 0754 7034", "account_number": "539", "swift": "gebabebb", "client_name": "A",
            "holder_name": "B", "current_date": "2026-11-20"}}),
        );
        assert_eq!((full.id.as_str(), full.account.iban.as_deref()), ("5", Some("BE68539007547034")));
        assert_eq!((full.account.number, full.account.bic.as_deref()), (None, Some("GEBABEBB")));
        assert_eq!(full.account.holder.as_deref(), Some("B"));
        let balance = full.balance.unwrap();
        assert_eq!((balance.amount.to_string(), balance.date.is_some()), ("10.5".to_owned(), true));
        let card = read(json!({"id": 5, "nature": "credit_card", "balance": -3, "currency_code": "EUR",
            "extra": {"account_number": "12-34"}}));
        assert_eq!((card.balance, card.account.number.as_deref()), (None, Some("12-34")));
        let available = read(json!({"id": 5, "balance": 3, "currency_code": "EUR",
            "extra": {"balance_type": "interimAvailable"}}));
        assert_eq!(available.balance, None);
    }
}
