//! What each request does, except linking and refreshing.

use serde_json::{Value, json};

use super::api::{Call, Given};
use super::books::{Books, Connection, Customer};
use super::gate::Refusal;
use super::{banks, callbacks, shapes};

impl Call<'_> {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "every call is the same")]
    pub(super) fn countries(&self) -> Given {
        let country = |code: &str, name: &str| json!({ "code": code, "name": name, "refresh_start_time": 2 });
        Ok(json!({ "data": [country("BE", "Belgium"), country(banks::COUNTRY, "Fake")] }))
    }

    pub(super) fn providers(&self) -> Given {
        let wanted = |name: &str| self.asked(name) == Some("true");
        let fakes = wanted("include_sandboxes") || wanted("include_fake_providers");
        let country = self.asked("country_code").is_none_or(|code| matches!(code, banks::COUNTRY | "BE"));
        if !fakes || !country {
            return self.page(Vec::new());
        }
        let (mut books, now) = self.shared.books();
        let all = books.banks(&self.shared.world(), now);
        let shown = all.iter().enumerate().map(|(number, bank)| {
            let bank = banks::shown(bank, number);
            (bank["id"].as_str().unwrap_or_default().to_owned(), bank)
        });
        self.page(shown.collect())
    }

    pub(super) fn provider(&self, code: &str) -> Given {
        let (mut books, now) = self.shared.books();
        let all = books.banks(&self.shared.world(), now);
        let found = all.iter().enumerate().find(|(_, bank)| banks::code(bank) == code);
        let (number, bank) = found.ok_or_else(|| Refusal::no("Provider", code))?;
        Ok(json!({ "data": banks::shown(bank, number) }))
    }

    pub(super) fn make_customer(&self) -> Given {
        let identifier = self.text("identifier");
        if identifier.is_empty() || identifier.chars().any(char::is_control) {
            return Err(Refusal::new(400, "IdentifierInvalid", "Identifier is invalid."));
        }
        let (mut books, now) = self.shared.books();
        if books.customers.iter().any(|customer| customer.identifier == identifier) {
            let message = "Customer with such identifier already exists.";
            return Err(Refusal::new(409, "DuplicatedCustomer", message));
        }
        let customer = Customer { id: books.id(), identifier, created: now, locked: false };
        let shown = shapes::customer(&customer, self.version);
        books.customers.push(customer);
        Ok(json!({ "data": shown }))
    }

    pub(super) fn customers(&self) -> Given {
        let (books, _) = self.shared.books();
        let shown = books.customers.iter().map(|one| (one.id.clone(), shapes::customer(one, self.version)));
        self.page(shown.collect())
    }

    pub(super) fn customer(&self, id: &str) -> Given {
        let (books, _) = self.shared.books();
        let found = books.customers.iter().find(|customer| customer.id == id);
        let customer = found.ok_or_else(|| Refusal::no("Customer", id))?;
        Ok(json!({ "data": shapes::customer(customer, self.version) }))
    }

    pub(super) fn remove_customer(&self, id: &str) -> Given {
        let (mut books, _) = self.shared.books();
        let there = books.customers.len();
        books.customers.retain(|customer| customer.id != id);
        if books.customers.len() == there {
            return Err(Refusal::no("Customer", id));
        }
        books.connections.retain(|connection| connection.customer != id);
        let name = if self.version == 5 { "id" } else { "customer_id" };
        Ok(json!({ "data": { name: id, "deleted": true } }))
    }

    pub(super) fn lock_customer(&self, id: &str, lock: bool) -> Given {
        let (mut books, _) = self.shared.books();
        let found = books.customers.iter_mut().find(|customer| customer.id == id);
        found.ok_or_else(|| Refusal::no("Customer", id))?.locked = lock;
        let name = if lock { "locked" } else { "unlocked" };
        Ok(json!({ "data": { "id": id, name: true } }))
    }

    pub(super) fn shown(&self, books: &Books, id: &str) -> Given {
        let minutes = self.shared.saltedge.rules().refresh_minutes;
        let connection = books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?;
        Ok(json!({ "data": shapes::connection(books, connection, self.version, minutes) }))
    }

    pub(super) fn connections(&self) -> Given {
        let customer = self.needed("customer_id")?;
        let (books, _) = self.shared.books();
        if !books.customers.iter().any(|one| one.id == customer) {
            return Err(Refusal::no("Customer", customer));
        }
        let minutes = self.shared.saltedge.rules().refresh_minutes;
        let of_customer = books.connections.iter().filter(|connection| connection.customer == customer);
        let shown = of_customer
            .map(|one| (one.id.clone(), shapes::connection(&books, one, self.version, minutes)))
            .collect();
        self.page(shown)
    }

    pub(super) fn connection(&self, id: &str) -> Given {
        let (books, _) = self.shared.books();
        self.shown(&books, id)
    }

    pub(super) fn change_connection(&self, id: &str) -> Given {
        let (mut books, _) = self.shared.books();
        let connection = books.connection_mut(id).ok_or_else(|| Refusal::no("Connection", id))?;
        let asked = self.data.get("automatic_refresh").or_else(|| self.data.get("daily_refresh"));
        connection.automatic = asked.and_then(Value::as_bool).unwrap_or(connection.automatic);
        self.shown(&books, id)
    }

    pub(super) fn remove_connection(&self, id: &str) -> Given {
        let (mut books, _) = self.shared.books();
        let at = books.connections.iter().position(|connection| connection.id == id);
        let connection = books.connections.remove(at.ok_or_else(|| Refusal::no("Connection", id))?);
        callbacks::send(self.shared, "destroy", &callbacks::about(&connection, json!({})));
        Ok(json!({ "data": { "removed": true, "id": id } }))
    }

    pub(super) fn attempts(&self) -> Given {
        let id = self.needed("connection_id")?;
        let (books, _) = self.shared.books();
        let connection = books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?;
        let shown =
            connection.attempts.iter().map(|one| (one.id.clone(), shapes::attempt(one, self.version)));
        self.page(shown.collect())
    }

    pub(super) fn consents(&self) -> Given {
        let (books, _) = self.shared.books();
        let of_customer = self.asked("customer_id");
        let connections: Vec<&Connection> = match (self.asked("connection_id"), of_customer) {
            (Some(id), _) => vec![books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?],
            (None, Some(customer)) => {
                books.connections.iter().filter(|one| one.customer == customer).collect()
            }
            (None, None) => return Err(Refusal::format("connection_id is missing.")),
        };
        let shown = connections.into_iter().flat_map(|connection| {
            connection
                .consents
                .iter()
                .map(|one| (one.id.clone(), shapes::consent(one, connection, self.version)))
        });
        self.page(shown.collect())
    }

    pub(super) fn revoke(&self, id: &str) -> Given {
        let (mut books, now) = self.shared.books();
        let mut consents = books.connections.iter_mut().flat_map(|connection| &mut connection.consents);
        let consent = consents.find(|consent| consent.id == id).ok_or_else(|| Refusal::no("Consent", id))?;
        if consent.revoked.is_some() {
            return Err(Refusal::new(406, "AispConsentAlreadyRevoked", "Consent is already revoked."));
        }
        consent.revoked = Some((now, "client"));
        Ok(json!({ "data": { "id": id, "revoked": true } }))
    }

    /// The connection that is to be read.
    fn read<'b>(&self, books: &'b Books) -> Result<&'b Connection, Refusal> {
        let id = self.needed("connection_id")?;
        let connection = books.connection(id).ok_or_else(|| Refusal::no("Connection", id))?;
        if self.shared.saltedge.rules().reading_needs_consent && connection.consent().is_none() {
            return Err(Refusal::new(406, "ConsentExpired", "The consent is expired."));
        }
        Ok(connection)
    }

    pub(super) fn accounts(&self) -> Given {
        let (books, _) = self.shared.books();
        let connection = self.read(&books)?;
        let shown = connection.accounts.iter().map(|one| (one.id.clone(), shapes::account(one, connection)));
        self.page(shown.collect())
    }

    /// All transactions, or those of a kind.
    pub(super) fn transactions(&self, which: Option<&str>) -> Given {
        let (books, _) = self.shared.books();
        let connection = self.read(&books)?;
        let asked = self.asked("account_id");
        if let Some(id) = asked
            && !connection.accounts.iter().any(|account| account.id == id)
        {
            return Err(Refusal::no("Account", id));
        }
        let pending = which == Some("pending") || self.asked("pending") == Some("true");
        let copies = which == Some("duplicates") || self.asked("duplicated") == Some("true");
        let accounts = connection.accounts.iter().filter(|account| asked.is_none_or(|id| account.id == id));
        let rows = accounts.flat_map(|account| account.rows.iter().map(move |row| (account, row)));
        let rows = rows.filter(|(_, row)| (!pending || row.line.pending) && (!copies || row.duplicated));
        let rows = rows.map(|(account, row)| (row.id.clone(), (account, row))).collect();
        self.page_of(rows, |(account, row)| shapes::transaction(row, account))
    }

    #[expect(clippy::unnecessary_wraps, reason = "every call gives the same")]
    pub(super) fn mark_copies(&self, copies: bool) -> Given {
        let ids = self.data.get("transaction_ids").and_then(Value::as_array).cloned().unwrap_or_default();
        let (mut books, _) = self.shared.books();
        let accounts = books.connections.iter_mut().flat_map(|connection| &mut connection.accounts);
        for row in accounts.flat_map(|account| &mut account.rows) {
            if ids.iter().any(|id| id.as_str() == Some(&row.id)) {
                row.duplicated = copies;
            }
        }
        let name = if copies { "duplicated" } else { "unduplicated" };
        Ok(json!({ "data": { name: true } }))
    }
}
