//! One account: read its days, compare them with Odoo, push what is new, remember how far it is.

use std::collections::HashSet;

use jiff::Timestamp;

use super::window;
use super::work::Work;
use crate::domain::{Currency, Date, Identifier, Statement, Transaction, Warning, money};
use crate::errors::{Code, Error, Result};
use crate::odoo::addon::{Advance, Counts, LineResult, Online};
use crate::odoo::connections::KnownAccount;
use crate::providers::session::Session;
use crate::providers::{Reading, RemoteAccount};
use crate::sync::Progress;
use crate::sync::import::{StatementPlan, plan};
use crate::sync::push::Pusher;

/// Brings the transactions of one account.
///
/// # Errors
/// Whatever stopped it; nothing was remembered then but whole batches of lines.
pub(super) async fn bring(
    work: &Work<'_>,
    session: &mut Session<'_>,
    remote: &RemoteAccount,
    known: &KnownAccount,
) -> Result<(Counts, Vec<Warning>)> {
    let Some(journal) = &known.journal else {
        return Ok((Counts::default(), vec![without_journal(remote).into_warning()]));
    };
    let now = Timestamp::now();
    let since = window::first_day(known.from, known.complete_until, known.locked_until, window::day(now));
    let Reading { lines, mut findings, cursor } = work.provider.transactions(session, remote, since).await?;

    let mut statement = Statement {
        source: known.source.as_str().into(),
        number: None,
        account: remote.account.clone(),
        opening: None,
        closing: None,
        lines: Vec::with_capacity(lines.len()),
        warnings: Vec::new(),
    };
    let (mut identifier, mut seen) = (Identifier::new(), HashSet::new());
    for mut line in lines {
        if line.draft.booked_on < since {
            continue;
        }
        let currency = line.draft.currency;
        check(work, remote, &line.id, line.draft.amount, currency)?;
        let key = if remote.account.key().is_empty() { remote.id.as_str() } else { remote.account.key() };
        line.draft.identity = identifier.by_provider(key, currency, work.provider.family(), &line.id);
        if seen.insert(line.draft.identity) {
            statement.lines.push(line.draft.done());
        }
    }
    // The order within a day stays the provider's.
    statement.lines.sort_by_key(|line| line.booked_on);
    (work.progress)(Progress::Read { statements: 1, lines: statement.lines.len() });

    let mut planned = plan(&work.addon, &statement, journal).await?;
    if renumbered(&statement, &planned, known.complete_until) {
        statement.source = format!("{}.{}", known.source, window::day(now)).into();
        planned = plan(&work.addon, &statement, journal).await?;
        if planned
            .answers
            .iter()
            .any(|answer| matches!(answer.result, LineResult::Matched | LineResult::Held))
        {
            let error = Error::new(Code::RENUMBERED).arg("provider", work.provider.profile().title);
            findings.push(error.arg("account", name(remote)));
        }
    }
    findings.extend(leave_out_locked(&mut statement, &mut planned));
    let findings = findings.into_iter().map(Error::into_warning);

    // The cursor is remembered with the last lines, and by this run only after that: what it keeps for another account
    // must not hold it earlier.
    let mut state = session.state.clone();
    state.cursors.extend(cursor.map(|cursor| (remote.id.clone(), cursor)));
    let sealed = work.seal.seal(&state)?;
    let complete = window::complete_until(remote.fresh_as_of, now);
    let complete = known.complete_until.map_or(complete, |before| before.max(complete));
    let advance = Advance { account: &remote.id, complete_until: Some(complete), sealed: Some(&sealed) };
    let open = planned.answers.iter().filter(|answer| answer.result != LineResult::Duplicate).count();
    (work.progress)(Progress::Planned { to_push: open, known: planned.answers.len() - open });
    if open == 0 {
        let counts = Counts { statements: 0, ..Counts::of_statement(&planned.answers) };
        work.connections.advance(&advance).await?;
        session.state = state;
        return Ok((counts, findings.collect()));
    }
    let online = Online { lease: work.connections.lease(), advance };
    let mut pusher =
        Pusher::new(&work.addon, work.run, open, work.progress).online(online, remote.balance.as_ref());
    let (counts, _) = pusher.statement(&mut statement, 0, journal.id, &planned.answers).await?;
    session.state = state;
    Ok((counts, findings.chain(statement.warnings).collect()))
}

fn without_journal(remote: &RemoteAccount) -> Error {
    Error::new(Code::ACCOUNT_WITHOUT_JOURNAL).arg("account", name(remote))
}

/// What people call the account.
pub(super) fn name(remote: &RemoteAccount) -> &str {
    let key = remote.account.key();
    if key.is_empty() { remote.name.as_deref().unwrap_or(&remote.id) } else { key }
}

/// A line must be in the currency of its account and not finer than that has units.
fn check(
    work: &Work<'_>,
    remote: &RemoteAccount,
    id: &str,
    amount: rust_decimal::Decimal,
    currency: Currency,
) -> Result<()> {
    let unreadable = |reason: String| {
        Error::new(Code::TRANSACTION_UNREADABLE)
            .arg("provider", work.provider.profile().title)
            .arg("id", id)
            .arg("reason", reason)
    };
    if remote.account.currency.is_some_and(|own| own != currency) {
        return Err(unreadable(format!("it is in {currency}, which is not the account's currency")));
    }
    if currency.holds(amount) {
        Ok(())
    } else {
        Err(unreadable(format!(
            "{} {currency} has more decimals than the currency",
            money::display(amount, currency)
        )))
    }
}

/// Whether the provider has given known transactions other ids: of days that are complete it shows lines, and Odoo
/// knows none of them. As lines of another source they are recognised by day and amount.
fn renumbered(statement: &Statement, planned: &StatementPlan, complete_until: Option<Date>) -> bool {
    let Some(complete) = complete_until else { return false };
    let pairs = statement.lines.iter().zip(&planned.answers);
    let mut of_complete_days = pairs.filter(|(line, _)| line.booked_on <= complete).peekable();
    of_complete_days.peek().is_some()
        && of_complete_days.all(|(_, answer)| answer.result != LineResult::Duplicate)
}

/// New lines of closed days are told and left out: the rest must come in all the same.
fn leave_out_locked(statement: &mut Statement, planned: &mut StatementPlan) -> Option<Error> {
    let until = planned.locked.iter().map(|locked| locked.locked_until).max()?;
    let stays = |line: &Transaction, result| result != LineResult::New || line.booked_on > until;
    let keep: Vec<bool> = statement
        .lines
        .iter()
        .zip(&planned.answers)
        .map(|(line, answer)| stays(line, answer.result))
        .collect();
    let left_out = keep.iter().filter(|keep| !**keep).count();
    let (mut lines, mut answers) = (keep.iter(), keep.iter());
    statement.lines.retain(|_| lines.next().copied().unwrap_or(true));
    planned.answers.retain(|_| answers.next().copied().unwrap_or(true));
    planned.locked.clear();
    (left_out > 0).then(|| Error::new(Code::LINES_LOCKED).arg("count", left_out).arg("locked_until", until))
}
