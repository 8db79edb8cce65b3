//! What Salt Edge holds: customers, connections, attempts, consents, and what was fetched from the banks.
//!
//! ```text
//! attempt: start → connect → interactive → fetch_accounts → fetch_recent → fetch_full → disconnect → finish
//! ```
//!
//! An attempt walks its stages in time. What it brings can be read from `fetch_full` on. Ids have 19 digits and ascend
//! over everything; a connection that is made again gives every account and transaction a new one.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::banks;
use crate::sandbox::world::{Bank, BankLine, World};

/// The stages of an attempt that has to ask its user.
pub(super) const STAGES: [&str; 8] = [
    "start",
    "connect",
    "interactive",
    "fetch_accounts",
    "fetch_recent",
    "fetch_full",
    "disconnect",
    "finish",
];
/// Fetches in a day without the user.
pub(super) const BACKGROUND: usize = 4;

/// Everything.
#[derive(Debug)]
pub(super) struct Books {
    /// The next id.
    pub(super) next: u64,
    pub(super) customers: Vec<Customer>,
    pub(super) pages: Vec<Page>,
    pub(super) connections: Vec<Connection>,
    pub(super) fakes: Option<World>,
}

/// The first id: nineteen digits, more than a float holds exactly, and none that an earlier start has given.
fn first_id() -> u64 {
    u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(0) * 1_000 + 1
}

impl Default for Books {
    fn default() -> Self {
        Self {
            next: first_id(),
            customers: Vec::new(),
            pages: Vec::new(),
            connections: Vec::new(),
            fakes: None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) identifier: String,
    pub(super) created: Timestamp,
    pub(super) locked: bool,
}

/// A page that a user is sent to.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) token: String,
    pub(super) customer: String,
    /// The connection that is renewed or refreshed; none for a new one.
    pub(super) connection: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) wish: Wish,
    pub(super) expires: Timestamp,
    pub(super) used: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "as a body has them")]
pub(super) struct Wish {
    pub(super) return_to: Option<String>,
    pub(super) return_connection_id: bool,
    pub(super) return_error_class: bool,
    pub(super) automatic: bool,
    pub(super) user_present: bool,
    pub(super) custom_fields: serde_json::Value,
    /// From when on, where a consent was asked for.
    pub(super) from_date: Option<Date>,
    pub(super) period_days: Option<u16>,
    pub(super) consents: bool,
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) customer: String,
    pub(super) provider: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) automatic: bool,
    pub(super) disabled: bool,
    pub(super) consents: Vec<Consent>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) accounts: Vec<Account>,
    pub(super) last_success: Option<Timestamp>,
    /// Class with which the next attempts end.
    pub(super) fails_with: Option<String>,
    /// When it was fetched without its user.
    pub(super) background: Vec<Timestamp>,
}

#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) from_date: Date,
    pub(super) period_days: u16,
    pub(super) expires: Timestamp,
    pub(super) revoked: Option<(Timestamp, &'static str)>,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "as Salt Edge has them")]
pub(super) struct Attempt {
    pub(super) id: String,
    pub(super) started: Timestamp,
    /// How long each stage takes.
    pub(super) pace: SignedDuration,
    pub(super) user_present: bool,
    pub(super) automatic: bool,
    /// The class with which it fails.
    pub(super) fails: Option<String>,
    pub(super) custom_fields: serde_json::Value,
    pub(super) stage: usize,
    /// Success or failure.
    pub(super) ended: Option<Timestamp>,
    /// Whether new lines come while the user waits.
    pub(super) lively: bool,
    /// Whether what it brings can be read.
    pub(super) applied: bool,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) iban: String,
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) holder: String,
    pub(super) bic: String,
    pub(super) balance: rust_decimal::Decimal,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) line: BankLine,
    pub(super) duplicated: bool,
    pub(super) doubtful: bool,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Attempt {
    pub(super) fn runs(&self) -> bool {
        self.ended.is_none()
    }

    pub(super) fn succeeded(&self) -> bool {
        self.ended.is_some() && self.fails.is_none()
    }

    pub(super) fn finished_recent(&self) -> bool {
        self.applied
    }
}

impl Connection {
    pub(super) fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.last_attempt().is_some_and(Attempt::runs)
    }

    /// The consent that counts.
    pub(super) fn consent(&self) -> Option<&Consent> {
        self.consents.iter().rev().find(|consent| consent.revoked.is_none())
    }

    pub(super) fn status(&self) -> &'static str {
        if self.disabled {
            return "disabled";
        }
        let refused = self.last_attempt().and_then(|attempt| attempt.fails.as_deref()).is_some_and(|class| {
            ["Credentials", "Consent", "Interactive", "AccessNotGranted"]
                .iter()
                .any(|part| class.contains(part))
        });
        let never = self.last_success.is_none();
        if refused || self.consent().is_none() || never { "inactive" } else { "active" }
    }

    /// When the bank may be asked again; none while it is asked, or where that needs its user.
    pub(super) fn next_refresh(&self, minutes: i64) -> Option<Timestamp> {
        let ended = self.last_attempt()?.ended?;
        banks::is_automatic(&self.provider).then(|| ended + minutes.minutes())
    }
}

impl Books {
    /// A new id.
    pub(super) fn id(&mut self) -> String {
        let id = self.next;
        // As on the real side, there are gaps.
        self.next += 7;
        id.to_string()
    }

    pub(super) fn connection(&self, id: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }

    pub(super) fn connection_mut(&mut self, id: &str) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.id == id)
    }

    /// All banks, those of the world first.
    pub(super) fn banks(&mut self, world: &World, now: Timestamp) -> Vec<Bank> {
        let fakes = self.fakes(now);
        world.banks.iter().chain(&fakes.banks).cloned().collect()
    }

    pub(super) fn fakes(&mut self, now: Timestamp) -> &mut World {
        self.fakes.get_or_insert_with(|| banks::fakes(day(now)))
    }

    /// Something happens at one of the fake banks.
    pub(super) fn add_to_fake(&mut self, iban: &str, line: BankLine, now: Timestamp) {
        self.fakes(now).add(iban, line);
    }
}

/// The day in UTC.
pub(super) fn day(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}
