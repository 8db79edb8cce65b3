//! What happens at Salt Edge as time passes: attempts walk their stages, consents end, banks are fetched from.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::banks;
use super::books::{Account, Attempt, Books, Connection, Row, STAGES, Wish, day};
use crate::sandbox::world::{BankAccount, World};

/// Stage with which a failure comes.
const FAILS: usize = 3;
/// Stage from which on everything can be read.
const READABLE: usize = 5;
/// Hours between two fetches that Salt Edge makes by itself.
const AUTOMATIC_HOURS: i64 = 12;

impl Books {
    /// Begins an attempt. Gives its id.
    pub(super) fn begin(
        &mut self,
        id: &str,
        wish: &Wish,
        pace: SignedDuration,
        fails: Option<String>,
        now: Timestamp,
    ) -> String {
        let attempt_id = self.id();
        let Some(connection) = self.connection_mut(id) else { return attempt_id };
        let fails = fails.or_else(|| connection.fails_with.clone());
        let lively = wish.user_present && !connection.attempts.is_empty() && !wish.consents;
        connection.attempts.push(Attempt {
            id: attempt_id.clone(),
            started: now,
            pace,
            user_present: wish.user_present,
            automatic: !wish.user_present,
            fails,
            custom_fields: wish.custom_fields.clone(),
            stage: 0,
            ended: None,
            lively,
            applied: false,
        });
        if !wish.user_present {
            connection.background.push(now);
        }
        connection.updated = now;
        attempt_id
    }

    /// Lets everything happen that was to happen up to now.
    pub(super) fn advance(&mut self, world: &mut World, now: Timestamp) {
        let ids: Vec<String> = self.connections.iter().map(|connection| connection.id.clone()).collect();
        for id in ids {
            self.expire(&id, now);
            self.walk(&id, world, now);
            self.fetch_by_itself(&id, now);
            self.walk(&id, world, now);
        }
    }

    /// A consent that is over makes its connection fail.
    fn expire(&mut self, id: &str, now: Timestamp) {
        let attempt_id = self.id();
        let Some(connection) = self.connection_mut(id) else { return };
        let mut over = None;
        for consent in &mut connection.consents {
            if consent.revoked.is_none() && consent.expires <= now {
                consent.revoked = Some((consent.expires, "expired"));
                over = Some(consent.expires);
            }
        }
        if let (Some(at), None) = (over, connection.consent()) {
            connection.attempts.push(Attempt {
                id: attempt_id,
                started: at,
                pace: SignedDuration::ZERO,
                user_present: false,
                automatic: true,
                fails: Some("ConsentExpired".to_owned()),
                custom_fields: serde_json::json!({}),
                stage: STAGES.len() - 1,
                ended: Some(at),
                lively: false,
                applied: false,
            });
        }
    }

    /// Salt Edge fetches by itself twice a day.
    fn fetch_by_itself(&mut self, id: &str, now: Timestamp) {
        let Some(connection) = self.connection(id) else { return };
        let last = connection.last_attempt().and_then(|attempt| attempt.ended);
        let due = last.is_some_and(|last| last + AUTOMATIC_HOURS.hours() <= now);
        let able = connection.automatic
            && banks::is_automatic(&connection.provider)
            && connection.status() == "active"
            && connection.fails_with.is_none();
        if due && able {
            self.begin(id, &Wish::default(), SignedDuration::ZERO, None, now);
        }
    }

    fn walk(&mut self, id: &str, world: &mut World, now: Timestamp) {
        let Some(connection) = self.connection(id) else { return };
        let Some(attempt) = connection.last_attempt().filter(|attempt| attempt.runs()).cloned() else {
            return;
        };
        let bank = self
            .banks(world, now)
            .into_iter()
            .find(|bank| banks::code(bank) == connection_provider(self, id));
        let closed =
            bank.as_ref().is_none_or(|bank| bank.maintenance.is_some_and(|until| until > attempt.started));
        let fails = attempt.fails.clone().or_else(|| closed.then(|| "ProviderUnavailable".to_owned()));
        let gone = now.duration_since(attempt.started).as_millis();
        let pace = attempt.pace.as_millis();
        let last = STAGES.len() - 1;
        let stage = if pace == 0 { last } else { usize::try_from(gone / pace).unwrap_or(0).min(last) };
        let ends = |stages: usize| attempt.started + attempt.pace * i32::try_from(stages).unwrap_or(0);
        let failed_at = fails.is_some() && stage >= FAILS;
        if fails.is_none() && stage >= READABLE && !attempt.applied {
            self.fetch(id, world, attempt.lively, now);
        }
        let Some(connection) = self.connection_mut(id) else { return };
        let Some(running) = connection.attempts.last_mut() else { return };
        running.stage = if failed_at { last } else { stage };
        running.applied |= fails.is_none() && stage >= READABLE;
        running.fails.clone_from(&fails);
        if failed_at {
            running.ended = Some(ends(FAILS));
            connection.updated = now;
        } else if stage == last {
            running.ended = Some(ends(last));
            connection.last_success = Some(ends(last));
            connection.updated = now;
        }
    }

    /// Takes over what stands at the bank.
    fn fetch(&mut self, id: &str, world: &mut World, lively: bool, now: Timestamp) {
        let provider = connection_provider(self, id);
        let mut fakes = self.fakes.take().unwrap_or_else(|| banks::fakes(day(now)));
        let of_world = world.banks.iter().any(|bank| banks::code(bank) == provider);
        let there = if of_world { &mut *world } else { &mut fakes };
        let bank = |world: &World| world.banks.iter().find(|bank| banks::code(bank) == provider).cloned();
        if let Some(bank) = bank(there).filter(|_| lively && banks::is_lively(&provider)) {
            for account in &bank.accounts {
                there.live(&account.iban, day(now));
            }
        }
        let bank = bank(there);
        self.fakes = Some(fakes);
        let Some(bank) = bank else { return };
        let Some(at) = self.connections.iter().position(|connection| connection.id == id) else { return };
        let from = self.connections.get(at).and_then(Connection::consent).map(|consent| consent.from_date);
        for account in &bank.accounts {
            self.take_over(at, account, &bank.bic, from.unwrap_or(Date::MIN), now);
        }
    }

    fn take_over(&mut self, at: usize, there: &BankAccount, bic: &str, from: Date, now: Timestamp) {
        let mut next = self.next;
        let mut id = || {
            next += 7;
            (next - 7).to_string()
        };
        let Some(connection) = self.connections.get_mut(at) else { return };
        // Another name or currency makes another account.
        let same = |known: &Account| known.name == there.name && known.currency == there.currency;
        connection.accounts.retain(|known| known.iban != there.iban || same(known));
        if !connection.accounts.iter().any(|known| known.iban == there.iban) {
            connection.accounts.push(Account {
                id: id(),
                iban: there.iban.clone(),
                name: there.name.clone(),
                currency: there.currency.clone(),
                holder: there.holder.clone(),
                bic: bic.to_owned(),
                balance: there.balance(),
                created: now,
                updated: now,
                rows: Vec::new(),
            });
        }
        let Some(known) = connection.accounts.iter_mut().find(|known| known.iban == there.iban) else {
            return;
        };
        known.balance = there.balance();
        known.updated = now;
        // Pending ones do not survive.
        known.rows.retain(|row| !row.line.pending);
        for line in there.lines.iter().filter(|line| line.booked_on >= from) {
            let row = known.rows.iter_mut().find(|row| row.line.number == line.number && !row.duplicated);
            match row {
                Some(row) if row.line == *line => {}
                Some(row) => {
                    row.line = line.clone();
                    row.updated = now;
                }
                None => known.rows.push(Row {
                    id: id(),
                    line: line.clone(),
                    duplicated: false,
                    doubtful: false,
                    created: now,
                    updated: now,
                }),
            }
        }
        self.next = next;
    }

    /// Gives every account and transaction of a connection another id, as making it again does.
    pub(super) fn renumber(&mut self, connection: &str) {
        let mut next = self.next;
        let mut id = || {
            next += 7;
            (next - 7).to_string()
        };
        if let Some(connection) = self.connection_mut(connection) {
            for account in &mut connection.accounts {
                account.id = id();
                for row in &mut account.rows {
                    row.id = id();
                }
            }
        }
        self.next = next;
    }

    /// A copy of a transaction, as Salt Edge finds some: marked, under an id of its own.
    pub(super) fn copy(&mut self, iban: &str, number: u64) {
        let new = self.id();
        for account in self.connections.iter_mut().flat_map(|connection| &mut connection.accounts) {
            let row =
                account.rows.iter().find(|row| row.line.number == number && account.iban == iban).cloned();
            account.rows.extend(row.map(|row| Row { id: new.clone(), duplicated: true, ..row }));
        }
    }

    /// Marks a transaction as a possible double.
    pub(super) fn doubt(&mut self, iban: &str, number: u64) {
        for account in self.connections.iter_mut().flat_map(|connection| &mut connection.accounts) {
            let known = account.iban == iban;
            for row in account.rows.iter_mut().filter(|row| known && row.line.number == number) {
                row.doubtful = true;
            }
        }
    }
}

fn connection_provider(books: &Books, id: &str) -> String {
    books.connection(id).map(|connection| connection.provider.clone()).unwrap_or_default()
}
