//! The banks behind the simulated providers: accounts and what is booked on them, the same for both providers.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;

/// All banks.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The banks.
    pub banks: Vec<Bank>,
    /// Number of the next line of any account.
    next: u64,
}

/// One bank.
#[derive(Clone, Debug)]
pub struct Bank {
    /// Short name in lower case: `ing`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Country.
    pub country: String,
    /// BIC.
    pub bic: String,
    /// Until when the bank is in maintenance, if it is.
    pub maintenance: Option<Timestamp>,
    /// Days that a consent lasts.
    pub consent_days: u16,
    /// Its accounts.
    pub accounts: Vec<BankAccount>,
}

/// An account at a bank.
#[derive(Clone, Debug)]
pub struct BankAccount {
    /// Number.
    pub iban: String,
    /// What the bank calls it.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Currency.
    pub currency: String,
    /// Balance before the first line.
    pub opening: Decimal,
    /// What happened, in the order in which the bank got to know it.
    pub lines: Vec<BankLine>,
}

/// A line of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLine {
    /// Number, ascending over all accounts in the order of arrival; its identity at the bank.
    pub number: u64,
    /// Booking date.
    pub booked_on: Date,
    /// Value date.
    pub value_on: Date,
    /// Signed amount.
    pub amount: Decimal,
    /// The other side's name.
    pub counterparty: Option<String>,
    /// The other side's account.
    pub counterparty_account: Option<String>,
    /// Remittance information.
    pub text: Option<String>,
    /// Structured communication, twelve digits as `+++ddd/dddd/ddddd+++`.
    pub structured: Option<String>,
    /// End-to-end reference.
    pub end_to_end: Option<String>,
    /// Whether the bank has not booked it yet.
    pub pending: bool,
    /// When it was changed last.
    pub changed: Timestamp,
}

impl BankLine {
    /// A booked line with the least that a line has.
    #[must_use]
    pub fn new(booked_on: Date, amount: Decimal, counterparty: &str, text: &str) -> Self {
        Self {
            number: 0,
            booked_on,
            value_on: booked_on,
            amount,
            counterparty: Some(counterparty.to_owned()),
            counterparty_account: None,
            text: Some(text.to_owned()),
            structured: None,
            end_to_end: None,
            pending: false,
            changed: Timestamp::UNIX_EPOCH,
        }
    }
}

impl BankAccount {
    /// Balance of all booked lines.
    #[must_use]
    pub fn balance(&self) -> Decimal {
        self.opening + self.booked().map(|line| line.amount).sum::<Decimal>()
    }

    /// Lines that are booked.
    pub fn booked(&self) -> impl Iterator<Item = &BankLine> {
        self.lines.iter().filter(|line| !line.pending)
    }
}

impl World {
    /// Three Belgian banks with some weeks of history up to the day before `today`, always the same for a day.
    #[must_use]
    pub fn demo(today: Date) -> Self {
        let mut world = Self::default();
        for (id, name, bic, accounts) in [
            ("ing", "ING", "BBRUBEBB", &[("3630123456", "Current account", "2500.00")][..]),
            (
                "kbc",
                "KBC",
                "KREDBEBB",
                &[
                    ("7350001234", "Business account", "10400.50"),
                    ("7350005678", "Savings account", "25000.00"),
                ][..],
            ),
            ("belfius", "Belfius", "GKCCBEBB", &[("0688888888", "Business account", "310.25")][..]),
        ] {
            let accounts = accounts
                .iter()
                .map(|(number, name, opening)| BankAccount {
                    iban: belgian_iban(number),
                    name: (*name).to_owned(),
                    holder: "Bakkerij De Korenaar BV".to_owned(),
                    currency: "EUR".to_owned(),
                    opening: opening.parse().unwrap_or_default(),
                    lines: Vec::new(),
                })
                .collect();
            world.banks.push(Bank {
                id: id.to_owned(),
                name: name.to_owned(),
                country: "BE".to_owned(),
                bic: bic.to_owned(),
                maintenance: None,
                consent_days: 180,
                accounts,
            });
        }
        let ibans: Vec<String> = world.accounts().map(|account| account.iban.clone()).collect();
        for ago in (1..=30_i64).rev() {
            let Ok(date) = today.checked_sub(ago.days()) else { continue };
            // What a day held is the same whenever the simulators are started, so that nothing comes in twice.
            let midnight =
                date.to_zoned(TimeZone::UTC).map_or(0, |midnight| midnight.timestamp().as_millisecond());
            let day = usize::try_from(midnight / 86_400_000).unwrap_or(0);
            for (offset, iban) in ibans.iter().enumerate() {
                for turn in 0..(day + offset) % 3 {
                    world.next = world.next.max(u64::try_from(midnight).unwrap_or(0));
                    world.enter(iban, story(date, day * 3 + offset + turn));
                }
            }
        }
        world
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &BankAccount> {
        self.banks.iter().flat_map(|bank| &bank.accounts)
    }

    /// An account by its number.
    #[must_use]
    pub fn account(&self, iban: &str) -> Option<&BankAccount> {
        self.accounts().find(|account| account.iban == iban)
    }

    /// The same, to be changed.
    pub fn account_mut(&mut self, iban: &str) -> Option<&mut BankAccount> {
        self.banks.iter_mut().flat_map(|bank| &mut bank.accounts).find(|account| account.iban == iban)
    }

    /// The bank of an account.
    #[must_use]
    pub fn bank_of(&self, iban: &str) -> Option<&Bank> {
        self.banks.iter().find(|bank| bank.accounts.iter().any(|account| account.iban == iban))
    }

    /// Something happens on an account. Gives the line's number, which no line had before, of whatever start.
    pub fn add(&mut self, iban: &str, line: BankLine) -> u64 {
        let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
        self.next = self.next.max(now);
        self.enter(iban, line)
    }

    fn enter(&mut self, iban: &str, mut line: BankLine) -> u64 {
        self.next += 1;
        line.number = self.next;
        if line.changed == Timestamp::UNIX_EPOCH {
            line.changed = Timestamp::now();
        }
        if let Some(account) = self.account_mut(iban) {
            account.lines.push(line);
        }
        self.next
    }

    /// One to three new lines of today: what a synchronisation finds at a bank.
    pub fn live(&mut self, iban: &str, today: Date) {
        let before = self.account(iban).map_or(0, |account| account.lines.len());
        for turn in 0..=before % 3 {
            self.add(iban, story(today, before + turn));
        }
    }
}

/// What happens to a bakery.
fn story(date: Date, number: usize) -> BankLine {
    let stories: [(&str, Option<&str>, &str, &str); 8] = [
        ("Kaffee Central", Some("0631234567"), "Order of the week", "184.60"),
        ("Meelhandel Van Damme", Some("3930099871"), "Invoice flour", "-412.35"),
        ("Daily takings", None, "Card payments of the shop", "735.20"),
        ("Elektra Energie", Some("2100047110"), "Advance electricity", "-239.00"),
        ("School De Regenboog", Some("0910002341"), "Sandwiches", "96.00"),
        ("Daily takings", None, "Card payments of the shop", "688.95"),
        ("Janssens Piet", Some("7512345678"), "Wages", "-1850.00"),
        ("Bank charges", None, "Package of the month", "-4.50"),
    ];
    let (name, account, text, amount) =
        stories.get(number % stories.len()).copied().unwrap_or(("", None, "", "1.00"));
    let mut line = BankLine::new(date, amount.parse().unwrap_or_default(), name, text);
    line.counterparty_account = account.map(belgian_iban);
    // An invoice number, as most customers copy it from the invoice.
    if line.amount > Decimal::ZERO && account.is_some() {
        line.text = None;
        line.structured = Some(structured(number as u64 + 2026));
    }
    line
}

/// A structured communication: ten digits and their remainder by 97, which is 97 where it is 0.
fn structured(number: u64) -> String {
    let check = match number % 97 {
        0 => 97,
        rest => rest,
    };
    let digits = format!("{number:010}{check:02}");
    let mut text = String::from("+++");
    for (index, digit) in digits.chars().enumerate() {
        if matches!(index, 3 | 7) {
            text.push('/');
        }
        text.push(digit);
    }
    text + "+++"
}

/// The IBAN of a Belgian number: bank and account in ten digits, their remainder by 97, then the check digits of
/// ISO 13616.
#[must_use]
pub fn belgian_iban(ten_digits: &str) -> String {
    let number: u64 = ten_digits.parse().unwrap_or_default();
    let check = match number % 97 {
        0 => 97,
        rest => rest,
    };
    let mut national = String::new();
    let _ = write!(national, "{number:010}{check:02}");
    // B = 11, E = 14.
    let rest = format!("{national}111400")
        .bytes()
        .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("BE{:02}{national}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_the_same_whenever_the_simulators_start() {
        let (one, other) = (date(2026, 11, 28), date(2026, 11, 29));
        let of = |today| {
            let world = World::demo(today);
            let lines = world.accounts().flat_map(|account| account.lines.clone());
            let shared =
                lines.filter(|line| (date(2026, 11, 1)..=date(2026, 11, 27)).contains(&line.booked_on));
            shared
                .map(|line| (line.number, line.booked_on, line.amount, line.counterparty))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(one), of(other));
        assert!(of(one).len() > 50);
    }

    #[test]
    fn accounts_have_right_numbers() {
        assert_eq!(belgian_iban("5390075470"), "BE68539007547034");
        let world = World::demo(jiff::civil::date(2026, 11, 28));
        assert!(world.accounts().all(|account| crate::domain::account::is_iban(&account.iban)));
        assert!(world.accounts().all(|account| account.lines.len() > 20));
        assert_eq!(structured(906), "+++000/0000/90633+++");
    }
}
