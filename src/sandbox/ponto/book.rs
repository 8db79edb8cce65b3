//! What simulated Ponto keeps: organisations, the accounts that they linked, tokens, synchronisations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::super::world::{Bank, World};
use super::{Asked, MY_PONTO_CLIENT_SECRET, Product, shapes};

/// How long Ponto asks a bank only once for the same.
const BETWEEN: SignedDuration = SignedDuration::from_mins(5);

/// Everything.
pub(super) struct Book {
    pub(super) organisations: Vec<Organisation>,
    pub(super) my_secret: String,
    pub(super) access: BTreeMap<String, Access>,
    pub(super) grants: Vec<Grant>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) synchronisations: Vec<Synchronisation>,
    pub(super) reauthorisations: BTreeMap<String, Reauthorisation>,
    epoch: u32,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            organisations: Vec::new(),
            my_secret: MY_PONTO_CLIENT_SECRET.to_owned(),
            access: BTreeMap::new(),
            grants: Vec::new(),
            codes: BTreeMap::new(),
            synchronisations: Vec::new(),
            reauthorisations: BTreeMap::new(),
            epoch: 0,
        }
    }
}

/// A customer of Ponto.
pub(super) struct Organisation {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) accounts: Vec<Account>,
}

/// An account that an organisation linked.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) iban: String,
    pub(super) bank: String,
    pub(super) epoch: u32,
    pub(super) deprecated: bool,
    pub(super) availability: &'static str,
    pub(super) authorised_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// Class of why the consent ended before its time.
    pub(super) ended: Option<&'static str>,
    /// Class with which synchronisations fail.
    pub(super) failing: Option<&'static str>,
    pub(super) synchronised_at: Timestamp,
    /// Number of the last line that Ponto has seen.
    pub(super) seen: u64,
}

/// An access token.
pub(super) struct Access {
    pub(super) product: Product,
    /// None for the application itself.
    pub(super) organisation: Option<usize>,
    pub(super) ends: Timestamp,
    /// The grant that it came from.
    pub(super) grant: Option<usize>,
}

/// What a user allowed: one refresh token is good, all before it are used up.
pub(super) struct Grant {
    pub(super) organisation: usize,
    pub(super) good: Option<String>,
    pub(super) used: BTreeSet<String>,
}

/// A code that waits for being exchanged.
pub(super) struct Code {
    pub(super) organisation: usize,
    pub(super) challenge: String,
    pub(super) redirect_uri: String,
    pub(super) ends: Timestamp,
}

/// A page on which a consent is renewed.
pub(super) struct Reauthorisation {
    pub(super) organisation: usize,
    pub(super) account: String,
    pub(super) redirect_uri: String,
}

/// Asking a bank.
pub(super) struct Synchronisation {
    pub(super) id: String,
    pub(super) organisation: usize,
    pub(super) account: String,
    pub(super) asked: Asked,
    pub(super) created_at: Timestamp,
    pub(super) ends: Timestamp,
    pub(super) done: bool,
    pub(super) error: Option<String>,
    /// Lines that it brought.
    pub(super) lines: Vec<u64>,
}

impl Account {
    /// Why the bank tells nothing more, if so.
    pub(super) fn error(&self, world: &World, now: Timestamp) -> Option<&'static str> {
        if let Some(ended) = self.ended {
            return Some(ended);
        }
        if self.expires_at <= now {
            return Some("authorizationExpired");
        }
        let maintenance = world.bank_of(&self.iban).and_then(|bank| bank.maintenance);
        if maintenance.is_some_and(|until| until > now) {
            return Some("financialInstitutionUnavailable");
        }
        self.failing
    }
}

impl Book {
    /// What has happened up to now.
    pub(super) fn settle(&mut self, world: &mut World, now: Timestamp) {
        for one in self.synchronisations.iter_mut().filter(|one| !one.done && one.ends <= now) {
            one.done = true;
            let Some(organisation) = self.organisations.get_mut(one.organisation) else { continue };
            let Some(account) = organisation.accounts.iter_mut().find(|known| known.id == one.account) else {
                one.error = Some("accountRevoked".to_owned());
                continue;
            };
            if let Some(class) = account.error(world, now) {
                one.error = Some(class.to_owned());
            } else if one.asked.subtype != "accountDetails" {
                world.live(&account.iban, shapes::today(now));
                let new = world.account(&account.iban).into_iter().flat_map(|known| &known.lines);
                one.lines = new.map(|line| line.number).filter(|number| *number > account.seen).collect();
            }
        }
        for account in self.organisations.iter_mut().flat_map(|known| &mut known.accounts) {
            if !account.deprecated && account.error(world, now).is_none() {
                account.synchronised_at = now;
                let lines = world.account(&account.iban).into_iter().flat_map(|known| &known.lines);
                account.seen = lines.map(|line| line.number).max().unwrap_or(account.seen);
            }
        }
    }

    /// Place of an organisation by its name; a new one where there is none.
    pub(super) fn organisation(&mut self, name: &str) -> usize {
        if let Some(index) = self.organisations.iter().position(|known| known.name == name) {
            return index;
        }
        let id = shapes::uuid(&["organisation", name]);
        self.organisations.push(Organisation { id, name: name.to_owned(), accounts: Vec::new() });
        self.organisations.len() - 1
    }

    /// Links a bank's accounts. Gives the ids of those that are new and of those whose consent is.
    pub(super) fn link(
        &mut self,
        organisation: usize,
        bank: &Bank,
        now: Timestamp,
    ) -> (Vec<String>, Vec<String>) {
        self.epoch += 1;
        let epoch = self.epoch;
        let expires_at = now + (i64::from(bank.consent_days) * 24).hours();
        let (mut added, mut renewed) = (Vec::new(), Vec::new());
        let Some(organisation) = self.organisations.get_mut(organisation) else { return (added, renewed) };
        for account in &bank.accounts {
            let living = |known: &&mut Account| known.iban == account.iban && !known.deprecated;
            if let Some(known) = organisation.accounts.iter_mut().find(living) {
                known.authorised_at = now;
                known.expires_at = expires_at;
                known.ended = None;
                known.availability = "available";
                renewed.push(known.id.clone());
                continue;
            }
            let id = shapes::uuid(&["account", &organisation.id, &account.iban, &epoch.to_string()]);
            added.push(id.clone());
            organisation.accounts.push(Account {
                id,
                iban: account.iban.clone(),
                bank: bank.id.clone(),
                epoch,
                deprecated: false,
                availability: "available",
                authorised_at: now,
                expires_at,
                ended: None,
                failing: None,
                synchronised_at: now,
                seen: account.lines.iter().map(|line| line.number).max().unwrap_or(0),
            });
        }
        (added, renewed)
    }

    /// Unlinks a bank everywhere. Gives organisation and account of each.
    pub(super) fn unlink(&mut self, bank: &str) -> Vec<(String, String)> {
        let mut removed = Vec::new();
        for organisation in &mut self.organisations {
            organisation.accounts.retain(|account| {
                let stays = account.bank != bank;
                if !stays {
                    removed.push((organisation.id.clone(), account.id.clone()));
                }
                stays
            });
        }
        removed
    }

    /// Names of the organisations that linked a bank.
    pub(super) fn organisations_with(&self, bank: &str) -> Vec<String> {
        let linked = |known: &&Organisation| known.accounts.iter().any(|account| account.bank == bank);
        self.organisations.iter().filter(linked).map(|known| known.name.clone()).collect()
    }

    /// All living accounts of a bank.
    pub(super) fn each(&mut self, bank: &str, change: impl Fn(&mut Account)) {
        let accounts = self.organisations.iter_mut().flat_map(|known| &mut known.accounts);
        accounts.filter(|account| account.bank == bank && !account.deprecated).for_each(change);
    }

    /// Whether the same was asked of a bank a short while ago.
    pub(super) fn asked_recently(&self, account: &str, subtype: &str, now: Timestamp) -> bool {
        self.synchronisations.iter().any(|one| {
            one.account == account
                && one.asked.subtype == subtype
                && now.duration_since(one.created_at) < BETWEEN
        })
    }
}
