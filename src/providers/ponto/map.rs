//! From Ponto's resources to accounts and transactions.
//!
//! | Ponto | here |
//! |---|---|
//! | `executionDate`, `valueDate` | booking date, value date |
//! | `remittanceInformation`, structured | structured communication |
//! | `remittanceInformation`, `additionalInformation`, else `description` | text |
//! | `counterpartName`, `counterpartReference` | counterparty |
//! | `internalReference` | the bank's reference |
//! | `bankTransactionCode`, else `proprietaryBankTransactionCode` | bank code |
//! | `description`, `creditorId`, `purposeCode`, `cardReference`, `fee` | details |
//!
//! A date is a moment there. Most stand at midnight UTC and mean the day as it is written; a real time is a day at the
//! bank's own place.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::wire::Moment;
use super::super::{RemoteAccount, RemoteLine};
use super::wire::{Account, Institution, Transaction, TransactionAttributes};
use super::{Mode, errors};
use crate::domain::account::compact;
use crate::domain::{self, Balance, Currency, Date, Detail, Kind, Text, TransactionDraft, communication};
use crate::errors::{Code, Error, Origin, Result};

/// What banks write where the payer gave no end-to-end reference.
const NO_REFERENCE: [&str; 3] = ["NOTPROVIDED", "NOT PROVIDED", "NONREF"];
/// Parts of a Dutch bank's text that other members say better.
const SAID_ELSEWHERE: [&str; 4] = ["Naam:", "IBAN:", "Datum/Tijd", "Valutadatum"];

/// The time zone of a bank; Belgium's where Ponto tells none.
pub(super) fn zone(institution: Option<&Institution>) -> TimeZone {
    let named = institution.and_then(|institution| institution.attributes.time_zone.as_deref());
    let of = |name: &str| TimeZone::get(name).ok();
    named.and_then(of).or_else(|| of("Europe/Brussels")).unwrap_or(TimeZone::UTC)
}

/// Whether the day of a moment depends on the bank's place.
pub(super) fn needs_zone(moment: Option<Moment>) -> bool {
    matches!(moment, Some(Moment::At(at)) if !is_midnight(at))
}

fn is_midnight(at: Timestamp) -> bool {
    at.to_zoned(TimeZone::UTC).time() == jiff::civil::Time::midnight()
}

/// The day of a moment.
pub(super) fn day(moment: Moment, zone: &TimeZone) -> Date {
    match moment {
        Moment::On(day) => day,
        Moment::At(at) if is_midnight(at) => at.to_zoned(TimeZone::UTC).date(),
        Moment::At(at) => at.to_zoned(zone.clone()).date(),
    }
}

/// An account with what is wrong with it.
pub(super) fn account(
    mode: Mode,
    account: Account,
    institution: Option<&Institution>,
    now: Timestamp,
) -> RemoteAccount {
    let (problem, readable) = problem(mode, &account, institution, now);
    let institution_id = account.institution().map(str::to_owned);
    let Account { id, attributes, meta, .. } = account;
    let mut own = domain::Account {
        bic: institution.and_then(|known| text(known.attributes.bic.as_deref())),
        currency: attributes.currency.as_deref().and_then(Currency::new),
        holder: text(attributes.holder_name.as_deref()),
        ..domain::Account::default()
    };
    own.set_number(attributes.reference.as_deref().unwrap_or_default());
    let zone = zone(institution);
    let balance = attributes.current_balance.map(|amount| Balance {
        date: attributes.current_balance_reference_date.map(|date| day(date, &zone)),
        amount: amount.0,
    });
    let name = text(attributes.description.as_deref()).or_else(|| text(attributes.product.as_deref()));
    RemoteAccount {
        id,
        account: own,
        name: name.map(Into::into),
        balance,
        fresh_as_of: meta.and_then(|meta| meta.synchronized_at).map(Moment::timestamp),
        institution: institution_id,
        problem,
        readable,
    }
}

/// Why an account gets nothing new, and whether it can be read all the same.
fn problem(
    mode: Mode,
    account: &Account,
    institution: Option<&Institution>,
    now: Timestamp,
) -> (Option<Error>, bool) {
    let shown = account.attributes.reference.as_deref().unwrap_or(&account.id);
    let meta = account.meta.as_ref();
    let availability = meta.and_then(|meta| meta.availability.as_deref()).unwrap_or("available");
    let maintenance = institution.and_then(|institution| maintenance(mode, institution, now));
    let shut = matches!(maintenance, Some((_, true)));
    let readable = availability != "unavailable" && !shut;
    let origin = |class: &str| Origin { class: Some(class.to_owned()), ..Origin::of(mode.title()) };
    let deprecated = || Error::new(Code::ACCOUNT_RETIRED).arg("account", shown).origin(origin("deprecated"));
    let synchronization = meta.and_then(|meta| meta.latest_synchronization.as_ref());
    let failed = synchronization.and_then(|latest| errors::at_the_bank(mode, &account.id, latest.failures()));
    // A bank in maintenance explains a synchronisation that failed, unless that says the consent is over.
    let problem = if account.deprecated() {
        Some(deprecated())
    } else if let Some(failed) = failed.filter(|failed| maintenance.is_none() || !failed.code().entry().retry)
    {
        Some(failed)
    } else if availability != "available" {
        let class = if availability == "readonly" { "readonly" } else { "unavailable" };
        Some(Error::new(Code::CONSENT_ENDED).origin(origin(class)))
    } else {
        maintenance.map(|(error, _)| error)
    };
    (problem, readable)
}

/// A bank's maintenance that is going on, and whether it also shuts what Ponto has.
fn maintenance(mode: Mode, institution: &Institution, now: Timestamp) -> Option<(Error, bool)> {
    let attributes = &institution.attributes;
    let kind = attributes.maintenance_type.as_deref()?;
    let begun = attributes.maintenance_from.is_none_or(|from| from.timestamp() <= now);
    let over = attributes.maintenance_to.is_some_and(|to| to.timestamp() <= now);
    if !begun || over {
        return None;
    }
    let until = attributes.maintenance_to.map_or_else(
        || "a time that it does not tell".to_owned(),
        |to| to.timestamp().to_zoned(zone(Some(institution))).strftime("%Y-%m-%d %H:%M %Z").to_string(),
    );
    let class = if kind == "internal" { "maintenance internal" } else { "maintenance financialInstitution" };
    let origin = Origin { class: Some(class.to_owned()), ..Origin::of(mode.title()) };
    Some((Error::new(Code::BANK_MAINTENANCE).arg("until", until).origin(origin), kind == "internal"))
}

/// A bank that can be chosen; none for one that is retired.
pub(super) fn institution(institution: &Institution) -> Option<super::super::Institution> {
    let attributes = &institution.attributes;
    (attributes.deprecated != Some(true)).then(|| super::super::Institution {
        id: institution.id.clone(),
        name: attributes.name.clone().unwrap_or_else(|| institution.id.clone()),
        country: attributes.country.clone(),
        bic: attributes.bic.clone(),
        logo: attributes.logo_url.clone(),
    })
}

/// A booked transaction.
///
/// # Errors
/// BB-2017 where it lacks what a line in the books must have.
pub(super) fn line(mode: Mode, transaction: Transaction, zone: &TimeZone) -> Result<RemoteLine> {
    let Transaction { id, attributes } = transaction;
    let unreadable = |reason: &str| {
        Error::new(Code::TRANSACTION_UNREADABLE)
            .arg("id", &id)
            .arg("provider", mode.title())
            .arg("reason", reason)
            .origin(Origin::of(mode.title()))
    };
    let booked_on = attributes.execution_date.ok_or_else(|| unreadable("it has no executionDate"))?;
    let amount = attributes.amount.ok_or_else(|| unreadable("it has no amount"))?.0;
    let currency = attributes.currency.as_deref().and_then(Currency::new);
    let currency = currency.ok_or_else(|| unreadable("it has no currency of three letters"))?;
    let mut draft = TransactionDraft::new(day(booked_on, zone), amount, currency);
    draft.value_on = attributes.value_date.map(|date| day(date, zone));
    says(&mut draft, &attributes);
    draft.counterparty.name = text(attributes.counterpart_name.as_deref());
    draft.counterparty.account =
        attributes.counterpart_reference.as_deref().map(compact).filter(|account| !account.is_empty());
    draft.reference = text(attributes.internal_reference.as_deref());
    draft.end_to_end = text(attributes.end_to_end_id.as_deref())
        .filter(|reference| !NO_REFERENCE.iter().any(|none| reference.eq_ignore_ascii_case(none)));
    draft.mandate = text(attributes.mandate_id.as_deref());
    let own = || text(attributes.proprietary_bank_transaction_code.as_deref());
    draft.bank_code = text(attributes.bank_transaction_code.as_deref()).or_else(own);
    draft.kind = draft.bank_code.as_deref().filter(|code| is_charge(code)).map(|_| Kind::Charges);
    let fee = attributes.fee.filter(|fee| !fee.0.is_zero()).map(|fee| fee.0.to_string());
    for (label, value) in [
        ("Creditor identifier", attributes.creditor_id.as_deref()),
        ("Purpose", attributes.purpose_code.as_deref()),
        ("Card", attributes.card_reference.as_deref()),
        ("Fee", fee.as_deref()),
    ] {
        detail(&mut draft, label, value);
    }
    Ok(RemoteLine { id: Text::from(id), draft })
}

/// Text, structured communication and the bank's label.
fn says(draft: &mut TransactionDraft, attributes: &TransactionAttributes) {
    let remittance = attributes.remittance_information.as_deref().unwrap_or_default();
    if attributes.remittance_information_type.as_deref() == Some("structured") {
        draft.structured = structured(remittance);
    } else {
        draft.text = text(Some(&without_marks(remittance)));
        draft.structured = draft.text.as_deref().and_then(communication::within);
    }
    if let Some(more) = text(attributes.additional_information.as_deref()) {
        draft.text = Some(match draft.text.take() {
            Some(said) if said.contains(more.as_str()) => said,
            Some(said) => compact_str::format_compact!("{said} {more}"),
            None => more,
        });
    }
    match &draft.text {
        None => draft.text = text(attributes.description.as_deref()),
        Some(_) => detail(draft, "Description", attributes.description.as_deref()),
    }
}

/// A structured communication in the form of its kind; one of no known kind as it stands.
fn structured(written: &str) -> Option<Text> {
    communication::belgian(written)
        .or_else(|| communication::creditor_reference(written))
        .or_else(|| text(Some(written)))
}

/// The text of a bank that writes HTML's line breaks between labelled parts, without those that other members say.
fn without_marks(written: &str) -> String {
    let parts: Vec<&str> = written.split("<br>").map(str::trim).collect();
    let [_, _, ..] = parts.as_slice() else { return written.to_owned() };
    let kept = parts.iter().filter(|part| !SAID_ELSEWHERE.iter().any(|label| part.starts_with(label)));
    kept.map(|part| part.strip_prefix("Omschrijving:").unwrap_or(part).trim())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn detail(draft: &mut TransactionDraft, label: &'static str, value: Option<&str>) {
    if let Some(value) = text(value) {
        draft.details.push(Detail { label: Text::const_new(label), value });
    }
}

/// Whether an ISO 20022 code says that the bank charges for itself.
fn is_charge(bank_code: &str) -> bool {
    let mut parts = bank_code.split('-').skip(2);
    matches!(parts.next(), Some("CHRG" | "COMM" | "FEES" | "COMT" | "COME" | "COMI"))
        && parts.next().is_none()
}

/// A text with its white space collapsed and without control characters; none where nothing is left.
fn text(written: Option<&str>) -> Option<Text> {
    let words = written?.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut collapsed = Text::default();
    for word in words {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    (!collapsed.is_empty()).then_some(collapsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn brussels() -> TimeZone {
        zone(None)
    }

    fn read(attributes: &Value) -> Result<TransactionDraft> {
        let whole = json!({"id": "t-1", "attributes": attributes});
        let transaction = serde_json::from_str(&whole.to_string()).unwrap();
        line(Mode::MyPonto, transaction, &brussels()).map(|line| line.draft)
    }

    fn with(more: &Value) -> TransactionDraft {
        let mut attributes =
            json!({"amount": -12.3, "currency": "EUR", "executionDate": "2026-11-20T00:00:00.000Z"});
        for (name, value) in more.as_object().unwrap() {
            attributes[name] = value.clone();
        }
        read(&attributes).unwrap()
    }

    #[test]
    fn midnight_is_the_day_as_written_and_a_time_is_a_day_at_the_bank() {
        let day = |text: &str, zone: &TimeZone| {
            let moment: Moment = serde_json::from_value(json!(text)).unwrap();
            day(moment, zone).to_string()
        };
        let new_york = TimeZone::get("America/New_York").unwrap();
        assert_eq!(day("2026-11-20T00:00:00.000Z", &new_york), "2026-11-20");
        assert_eq!(day("2026-11-20T00:00:00Z", &brussels()), "2026-11-20");
        assert_eq!(day("2026-11-19T23:10:05.319029Z", &brussels()), "2026-11-20");
        assert_eq!(day("2026-07-19T22:10:05Z", &brussels()), "2026-07-20");
        assert_eq!(day("2026-11-20T03:00:00Z", &new_york), "2026-11-19");
        assert_eq!(day("2026-11-20", &new_york), "2026-11-20");
        let bank: Institution =
            serde_json::from_value(json!({"id": "b", "attributes": {"timeZone": "America/New_York"}}))
                .unwrap();
        assert_eq!(zone(Some(&bank)), new_york);
    }

    #[test]
    fn what_a_line_must_have_is_asked_for_by_name() {
        let whole = json!({"amount": 1, "currency": "EUR", "executionDate": "2026-11-20T00:00:00Z"});
        for (name, word) in
            [("amount", "amount"), ("currency", "currency"), ("executionDate", "executionDate")]
        {
            for value in [None, Some(Value::Null)] {
                let mut attributes = whole.clone();
                match value {
                    None => drop(attributes.as_object_mut().unwrap().remove(name)),
                    Some(null) => attributes[name] = null,
                }
                let error = read(&attributes).unwrap_err();
                assert_eq!(error.code(), Code::TRANSACTION_UNREADABLE);
                assert!(error.sentence().contains(word) && error.sentence().contains("t-1"), "{error}");
            }
        }
        let mut attributes = whole;
        attributes["currency"] = json!("GEHEIM");
        assert!(!format!("{:?}", read(&attributes).unwrap_err()).contains("GEHEIM"));
    }

    #[test]
    fn every_member_has_its_place() {
        let line = with(&json!({
            "valueDate": "2026-11-21T00:00:00Z", "description": "Wire  transfer", "remittanceInformation": " Rent\n May ",
            "remittanceInformationType": "unstructured", "counterpartName": "Ann", "counterpartReference":
            "BE68 5390 0754 7034", "additionalInformation": "at the counter", "bankTransactionCode": "PMNT-ICDT-ESCT",
            "proprietaryBankTransactionCode": "9", "endToEndId": "NOTPROVIDED", "mandateId": "M1", "creditorId": "C1",
            "purposeCode": "CASH", "fee": 3.15, "cardReference": "6666", "internalReference": "R1",
        }));
        assert_eq!(line.amount.to_string(), "-12.3");
        assert_eq!(line.value_on.unwrap().to_string(), "2026-11-21");
        assert_eq!(line.text.as_deref(), Some("Rent May at the counter"));
        assert_eq!(line.counterparty.account.as_deref(), Some("BE68539007547034"));
        assert_eq!(line.bank_code.as_deref(), Some("PMNT-ICDT-ESCT"));
        assert_eq!((line.end_to_end, line.kind), (None, None));
        assert_eq!((line.mandate.as_deref(), line.reference.as_deref()), (Some("M1"), Some("R1")));
        let details: Vec<_> =
            line.details.iter().map(|one| format!("{}: {}", one.label, one.value)).collect();
        assert_eq!(
            details,
            [
                "Description: Wire transfer",
                "Creditor identifier: C1",
                "Purpose: CASH",
                "Card: 6666",
                "Fee: 3.15"
            ]
        );
        let bare = with(&json!({"description": "Charges", "bankTransactionCode": "ACMT-MDOP-CHRG"}));
        assert_eq!((bare.text.as_deref(), bare.kind), (Some("Charges"), Some(Kind::Charges)));
        assert!(bare.details.is_empty());
    }

    #[test]
    fn a_structured_communication_has_its_form() {
        let of = |text: &str, kind: &str| {
            let line = with(&json!({"remittanceInformation": text, "remittanceInformationType": kind}));
            (line.structured.map(String::from), line.text.map(String::from))
        };
        let formed = Some("+++090/9337/55493+++".to_owned());
        assert_eq!(of("090933755493", "structured"), (formed.clone(), None));
        assert_eq!(of("+++090/9337/55493+++", "structured"), (formed.clone(), None));
        assert_eq!(of("RF18 5390 0754 7034", "structured").0.as_deref(), Some("RF18539007547034"));
        assert_eq!(of("12-34", "structured").0.as_deref(), Some("12-34"));
        assert_eq!(of("rent +++090/9337/55493+++", "unstructured").0, formed);
    }

    #[test]
    fn a_dutch_text_keeps_what_nothing_else_says() {
        let text = "Naam: A. B. Cee<br>Omschrijving: Factuur 2026-11 <br>IBAN: NL91ABNA0417164300<br>Kenmerk: 77<br>\
                    Datum/Tijd: 20-11-2026 10:25:11<br>Valutadatum: 20-11-2026";
        let line = with(&json!({"remittanceInformation": text, "remittanceInformationType": "unstructured"}));
        assert_eq!(line.text.as_deref(), Some("Factuur 2026-11 Kenmerk: 77"));
        let plain = with(&json!({"remittanceInformation": "IBAN: mine"}));
        assert_eq!(plain.text.as_deref(), Some("IBAN: mine"));
    }

    #[test]
    fn a_maintenance_counts_while_it_lasts() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let shown = |from: &str, to: &str, kind: &str| {
            let bank = json!({"id": "b", "attributes": {"maintenanceFrom": from, "maintenanceTo": to, "maintenanceType": kind}});
            let bank: Institution = serde_json::from_value(bank).unwrap();
            let of: Account = serde_json::from_value(json!({"id": "a", "attributes": {}})).unwrap();
            let shown = account(Mode::MyPonto, of, Some(&bank), now);
            (shown.problem.map(|problem| problem.sentence()), shown.readable)
        };
        let sentence = Some("the bank is in maintenance until 2026-11-20 14:00 CET".to_owned());
        assert_eq!(
            shown("2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", "financialInstitution"),
            (sentence.clone(), true)
        );
        assert_eq!(shown("2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", "internal"), (sentence, false));
        assert_eq!(shown("2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z", "internal"), (None, true));
        assert_eq!(shown("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", "internal"), (None, true));
    }
}
