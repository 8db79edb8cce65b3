//! The banks that Salt Edge offers here: those of the world, and fake ones of its own.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::sandbox::world::{Bank, BankAccount, BankLine, World, belgian_iban};

/// Country of all fake banks.
pub(super) const COUNTRY: &str = "XF";
/// Lines of the bank that has many.
pub(super) const MANY: u32 = 2300;
/// Minutes between two fetches from a bank.
pub(super) const REFRESH_MINUTES: i64 = 1;
/// Days of history that a bank gives.
const HISTORY: u16 = 365;
/// The bank that asks for its user's name and password.
pub(super) const SIMPLE: &str = "fakebank_simple_xf";
/// The bank that asks for a code out of a message.
pub(super) const INTERACTIVE: &str = "fakebank_interactive_xf";

/// Code of a bank of the world, or of a fake one.
pub(super) fn code(bank: &Bank) -> String {
    if bank.id.ends_with("_xf") { bank.id.clone() } else { format!("fakebank_{}_xf", bank.id) }
}

/// Whether what is booked there goes on while somebody looks.
pub(super) fn is_lively(code: &str) -> bool {
    code != "fakebank_oauth_with_n_transactions_xf"
}

/// Whether it can be fetched from without its user.
pub(super) fn is_automatic(code: &str) -> bool {
    code != INTERACTIVE
}

/// Code, name, accounts by number and name.
type Fake = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const FAKES: &[Fake] = &[
    (SIMPLE, "Fake Bank Simple", &[("0010000001", "Simple account 1")]),
    ("fakebank_with_error_xf", "Fake Bank with Error", &[("0010000002", "Account with errors")]),
    (INTERACTIVE, "Fake Bank with SMS", &[("0010000003", "Account with SMS")]),
    ("fakebank_with_updates_xf", "Fake Bank with Updates", &[("0010000004", "Busy account")]),
    ("fakebank_oauth_xf", "Fake Bank OAuth", &[("0010000005", "Account OAuth")]),
    (
        "fakebank_oauth_with_n_transactions_xf",
        "Fake Bank with many Transactions",
        &[("0010000006", "Account with many transactions")],
    ),
    (
        "fake_demobank_xf",
        "Fake Demo Bank",
        &[("0010000007", "Euro account"), ("0010000008", "Dollar account"), ("0010000009", "Credit card")],
    ),
];

/// The fake banks with their accounts, always the same for a day.
pub(super) fn fakes(today: Date) -> World {
    let mut world = World::default();
    for (id, name, accounts) in FAKES {
        let accounts = accounts.iter().map(|(number, name)| BankAccount {
            iban: belgian_iban(number),
            name: (*name).to_owned(),
            holder: "Bakkerij De Korenaar BV".to_owned(),
            currency: if name.starts_with("Dollar") { "USD" } else { "EUR" }.to_owned(),
            opening: Decimal::new(100_000, 2),
            lines: Vec::new(),
        });
        world.banks.push(Bank {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            country: COUNTRY.to_owned(),
            bic: "FAKEBEBB".to_owned(),
            maintenance: None,
            consent_days: 90,
            accounts: accounts.collect(),
        });
    }
    let ibans: Vec<String> = world.accounts().map(|account| account.iban.clone()).collect();
    for iban in ibans {
        let count = if iban == belgian_iban("0010000006") { MANY } else { 12 };
        for number in 0..count {
            let days = i64::from((count - number) * 60 / count);
            let date = today.saturating_sub(days.days());
            let amount = Decimal::from(i64::from(number % 7) * 10 - 25);
            let text = format!("Order {number}");
            world.add(&iban, BankLine::new(date, amount, "Kaffee Central", &text));
        }
    }
    world
}

/// A bank as the list has it.
pub(super) fn shown(bank: &Bank, number: usize) -> Value {
    let code = code(bank);
    json!({
        "id": (1000 + number).to_string(),
        "code": code,
        "name": if bank.id.ends_with("_xf") { bank.name.clone() } else { format!("{} (sandbox)", bank.name) },
        "mode": if code == SIMPLE || code == INTERACTIVE { "web" } else { "oauth" },
        "status": "active",
        "automatic_fetch": is_automatic(&code),
        "interactive": code == INTERACTIVE,
        "identification_mode": "saltedge",
        "country_code": COUNTRY,
        "timezone": "UTC",
        "refresh_timeout": REFRESH_MINUTES,
        "max_consent_days": bank.consent_days,
        "max_fetch_interval": HISTORY,
        "max_interactive_delay": 480,
        "regulated": true,
        "supported_fetch_scopes": ["accounts", "balance", "transactions"],
        "bic_codes": [bank.bic],
        "logo_url": null,
    })
}
