//! What is asked for when a bank is linked, renewed or refreshed, checked as Salt Edge checks it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::api::{Call, Given};
use super::books::{BACKGROUND, Books, Page, Wish, day};
use super::gate::Refusal;
use super::{banks, callbacks, shapes};

/// Members that the body of version 6 has when a page is asked for.
const CONNECT: &[&str] = &[
    "customer_id",
    "customer_identifier",
    "consent",
    "attempt",
    "provider",
    "widget",
    "kyc",
    "return_connection_id",
    "return_error_class",
    "automatic_refresh",
    "show_widget",
];
/// How long a page can be opened, in minutes.
const PAGE_MINUTES: i64 = 10;
/// How far back a consent may go, in days.
const LONGEST_HISTORY: i64 = 365;

impl Call<'_> {
    /// A page for a new connection, or for renewing one.
    pub(super) fn connect(&self, renewed: Option<&str>) -> Given {
        let wish = self.wish(true)?;
        let (mut books, now) = self.shared.books();
        let page = match renewed {
            Some(id) => renewal(&books, id)?,
            None => self.new_connection(&mut books, now)?,
        };
        check_consent(&wish, page.provider.as_deref(), &books.banks(&self.shared.world(), now), now)?;
        Ok(self.open(&mut books, Page { wish, ..page }, now))
    }

    fn new_connection(&self, books: &mut Books, now: Timestamp) -> Result<Page, Refusal> {
        let id = self.text("customer_id");
        let customer = books.customers.iter().find(|customer| customer.id == id);
        let customer = customer.ok_or_else(|| Refusal::no("Customer", &id))?;
        if customer.locked {
            return Err(Refusal::new(406, "CustomerLocked", "Customer is locked."));
        }
        let in_group = self.data.get("provider").and_then(|group| group.get("code"));
        let provider = in_group.or_else(|| self.data.get("provider_code")).and_then(Value::as_str);
        if let Some(code) = provider
            && !books.banks(&self.shared.world(), now).iter().any(|bank| banks::code(bank) == code)
        {
            return Err(Refusal::no("Provider", code));
        }
        Ok(blank(id, None, provider.map(str::to_owned)))
    }

    fn open(&self, books: &mut Books, page: Page, now: Timestamp) -> Value {
        let expires = now + PAGE_MINUTES.minutes();
        let token = uuid::Uuid::now_v7().simple().to_string();
        let url = format!("{}/saltedge/connect?token={token}", self.shared.address);
        let customer = page.customer.clone();
        books.pages.push(Page { token, expires, ..page });
        let mut data = json!({ "connect_url": url, "expires_at": shapes::moment(expires) });
        if self.version == 6 {
            data["customer_id"] = json!(customer);
        }
        json!({ "data": data })
    }

    /// What a body asks for, in the shape of either version.
    fn wish(&self, consents: bool) -> Result<Wish, Refusal> {
        let group = |name: &str| self.data.get(name).cloned().unwrap_or(Value::Null);
        let (consent, attempt) = (group("consent"), group("attempt"));
        let flag = |name: &str| self.data.get(name).and_then(Value::as_bool) == Some(true);
        if !self.data.is_object() {
            return Err(Refusal::format("data is missing."));
        }
        if self.version == 6 {
            let unknown = self.data.as_object().into_iter().flat_map(|data| data.keys());
            if let Some(name) = unknown.into_iter().find(|name| !CONNECT.contains(&name.as_str())) {
                return Err(Refusal::format(&format!("{name} is not allowed.")));
            }
        }
        let date = |value: &Value| value.as_str().and_then(|text| text.parse::<Date>().ok());
        let from_date = consent.get("from_date").and_then(date);
        if consents && self.version == 6 && from_date.is_none() {
            return Err(Refusal::format("consent.from_date is missing."));
        }
        let scopes: Vec<_> = consent.get("scopes").and_then(Value::as_array).into_iter().flatten().collect();
        let known: [&str; 3] = if self.version == 6 {
            ["accounts", "transactions", "holder_info"]
        } else {
            ["account_details", "transactions_details", "holder_information"]
        };
        let right = scopes.iter().all(|scope| scope.as_str().is_some_and(|scope| known.contains(&scope)));
        if consents && (scopes.is_empty() || !right) {
            return Err(Refusal::new(400, "AispConsentScopesInvalid", "Consent scopes are invalid."));
        }
        let return_to = attempt.get("return_to").and_then(Value::as_str);
        if let Some(address) = return_to {
            let fine = reqwest::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !fine {
                return Err(Refusal::new(400, "ReturnURLInvalid", "Return URL is invalid."));
            }
            if address.len() > 2040 {
                return Err(Refusal::new(400, "ReturnURLTooLong", "Return URL is too long."));
            }
        }
        let period = consent.get("period_days").and_then(Value::as_u64);
        Ok(Wish {
            return_to: return_to.map(str::to_owned),
            return_connection_id: flag("return_connection_id"),
            return_error_class: flag("return_error_class"),
            automatic: flag("automatic_refresh") || flag("daily_refresh"),
            user_present: attempt.get("user_present").and_then(Value::as_bool).unwrap_or(consents),
            custom_fields: attempt.get("custom_fields").cloned().unwrap_or_else(|| json!({})),
            from_date,
            period_days: period.and_then(|days| u16::try_from(days).ok()),
            consents,
        })
    }

    pub(super) fn refresh(&self, id: &str) -> Given {
        // Version 6 shows a page unless told otherwise, version 5 has an address of its own for it.
        let page = if self.version == 6 { true } else { self.path.contains("connect_sessions") };
        let widget = self.data.get("show_widget").and_then(Value::as_bool).unwrap_or(page);
        let wish = if self.data.is_null() { Wish::default() } else { self.wish(false)? };
        let rules = self.shared.saltedge.rules().clone();
        let (mut books, now) = self.shared.books();
        let connection = books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?;
        let refuse = |class: &str, message: &str| Err(Refusal::new(406, class, message));
        if connection.disabled {
            return refuse("ConnectionDisabled", "Connection is disabled.");
        }
        if connection.is_busy() {
            return refuse("ConnectionAlreadyProcessing", "Connection is already processing.");
        }
        if connection.consent().is_none() {
            let expired = connection
                .consents
                .last()
                .and_then(|one| one.revoked)
                .is_none_or(|(_, why)| why == "expired");
            let class = if expired { "ConsentExpired" } else { "ConsentRevoked" };
            return refuse(class, "The consent is expired or revoked.");
        }
        let next = connection.next_refresh(rules.refresh_minutes);
        if next.is_none_or(|next| next > now) {
            let refusal = Refusal::new(406, "ConnectionCannotBeRefreshed", "Connection cannot be refreshed");
            // In this one place the moment is written otherwise.
            let next = next.map(|next| next.strftime("%Y-%m-%d %H:%M:%S").to_string());
            return Err(refusal.beside("next_refresh_possible_at", json!(next)));
        }
        let today = connection.background.iter().filter(|at| **at + 24.hours() > now).count();
        if !wish.user_present && !widget && today >= BACKGROUND {
            return refuse("BackgroundFetchLimitExceeded", "Background fetch limit exceeded.");
        }
        if widget {
            let page =
                blank(connection.customer.clone(), Some(id.to_owned()), Some(connection.provider.clone()));
            return Ok(self.open(&mut books, Page { wish, ..page }, now));
        }
        let attempt = books.begin(id, &wish, rules.pace, None, now);
        callbacks::follow(self.shared, id, attempt);
        self.shown(&books, id)
    }
}

fn renewal(books: &Books, id: &str) -> Result<Page, Refusal> {
    let connection = books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?;
    if connection.is_busy() {
        return Err(Refusal::new(406, "ConnectionAlreadyProcessing", "Connection is already processing."));
    }
    Ok(blank(connection.customer.clone(), Some(id.to_owned()), Some(connection.provider.clone())))
}

fn blank(customer: String, connection: Option<String>, provider: Option<String>) -> Page {
    Page {
        token: String::new(),
        customer,
        connection,
        provider,
        wish: Wish::default(),
        expires: Timestamp::UNIX_EPOCH,
        used: false,
    }
}

/// Whether a consent stays within what a bank allows.
fn check_consent(
    wish: &Wish,
    provider: Option<&str>,
    all: &[crate::sandbox::world::Bank],
    now: Timestamp,
) -> Result<(), Refusal> {
    let today = day(now);
    let earliest = today.saturating_sub(LONGEST_HISTORY.days());
    if wish.from_date.is_some_and(|from| from < earliest || from > today) {
        return Err(Refusal::new(400, "InvalidAispConsentFromDate", "Consent from_date is invalid."));
    }
    let bank = all.iter().find(|bank| Some(banks::code(bank).as_str()) == provider);
    if let (Some(bank), Some(days)) = (bank, wish.period_days)
        && days > bank.consent_days
    {
        return Err(Refusal::new(400, "InvalidAispConsentPeriod", "Consent period is invalid."));
    }
    Ok(())
}
