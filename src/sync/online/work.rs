//! The steps of a run, once it has the connection.

use std::net::IpAddr;
use std::time::Duration;

use super::account;
use super::lease::{InOdoo, Seal};
use super::{Outcome, Task};
use crate::errors::{Code, Error, Result};
use crate::odoo::OdooClient;
use crate::odoo::addon::Addon;
use crate::odoo::connections::{
    Begun, Connections, KnownAccount, KnownInstitution, Shown, ShownAccount, Told,
};
use crate::providers::state::State;
use crate::providers::{Accounts, Institution, Linked, Provider, Registry, RemoteAccount, Session, Wish};
use crate::sync::Progress;

/// What a run is given.
pub(super) struct Given<'a> {
    pub odoo: &'a dyn OdooClient,
    pub registry: &'a Registry,
    pub connections: &'a Connections<'a>,
    pub run: &'a str,
    pub seal: Seal<'a>,
    pub budget: Duration,
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// What the parts of a run share.
pub(super) struct Work<'a> {
    pub provider: &'a dyn Provider,
    pub connections: &'a Connections<'a>,
    pub addon: Addon<'a>,
    pub run: &'a str,
    pub seal: Seal<'a>,
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// Does what the task says. What became of it before it failed stands in the outcome.
pub(super) async fn work(
    given: &Given<'_>,
    begun: Begun,
    task: Task,
    user: Option<IpAddr>,
    outcome: &mut Outcome,
) -> Result<()> {
    let id = if let Task::Connect { provider, .. } = &task { provider } else { &begun.provider };
    let provider = given.registry.find(id)?.as_ref();
    outcome.provider = Some(provider.id());
    let state = state(given, &begun, &task, provider.id())?;
    let keeper = InOdoo { connections: given.connections, seal: given.seal };
    let mut session = Session::new(state, user, &keeper, given.budget);
    let work = Work {
        provider,
        connections: given.connections,
        addon: Addon::new(given.odoo),
        run: given.run,
        seal: given.seal,
        progress: given.progress,
    };
    let done = steps(&work, &mut session, begun, task, outcome).await;
    outcome.subject = session.state.subject().map(str::to_owned);
    done
}

/// What the connection remembers. Linking anew mends a state that does not open, or that is another provider's.
fn state(given: &Given<'_>, begun: &Begun, task: &Task, provider: &str) -> Result<State> {
    let links = matches!(task, Task::Connect { .. });
    let opened = match begun.sealed.as_deref().map(|text| given.seal.open(text)).transpose() {
        Err(_) if links => None,
        opened => opened?,
    };
    match opened.filter(|state| state.provider == provider) {
        Some(state) => Ok(state),
        None if links => Ok(State::of(provider)),
        None => Err(Error::new(Code::CONNECTION_NOT_LINKED)),
    }
}

async fn steps(
    work: &Work<'_>,
    session: &mut Session<'_>,
    begun: Begun,
    task: Task,
    outcome: &mut Outcome,
) -> Result<()> {
    let (linked, relinked, bring) = match task {
        Task::Connect { wish, credentials, .. } => {
            if let Some(credentials) = credentials {
                session.state.client_id = Some(credentials.client_id);
                session.state.client_secret = Some(credentials.client_secret);
            }
            (Some(work.provider.connect(session, &filled(*wish, begun)).await?), true, false)
        }
        Task::Return(parameters) => (Some(work.provider.returned(session, &parameters).await?), true, false),
        Task::Accounts => (None, false, false),
        Task::Sync | Task::Pushed => (None, false, true),
    };
    if let Some(Linked::Open { url, expires }) = linked {
        let sealed = work.seal.seal(&session.state)?;
        return work.connections.link(&sealed, &url, expires.map(|at| at.to_string())).await;
    }
    let mut accounts = work.provider.accounts(session).await?;
    if bring && session.user.is_some() {
        let findings = work.provider.refresh(session, &accounts.accounts).await?;
        outcome.findings.extend(findings.into_iter().map(Error::into_warning));
        accounts = work.provider.accounts(session).await?;
    }
    let known = tell_accounts(work, session, &accounts, relinked).await?;
    if bring {
        bring_all(work, session, &accounts.accounts, &known, outcome).await?;
    }
    // The state of the connection as a whole is told last: what could be read was read all the same.
    match accounts.problem {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// The wish, with what Odoo knows of the connection.
fn filled(wish: Wish, begun: Begun) -> Wish {
    let known = |known: KnownInstitution| Institution {
        id: known.id,
        name: known.name,
        country: known.country,
        ..Institution::default()
    };
    Wish {
        institution: wish.institution.or(begun.institution.map(known)),
        locale: wish.locale.or(begun.locale),
        contact: wish.contact.or(begun.contact),
        ..wish
    }
}

/// Tells Odoo what accounts there are, and learns where their transactions go.
async fn tell_accounts(
    work: &Work<'_>,
    session: &Session<'_>,
    accounts: &Accounts,
    relinked: bool,
) -> Result<Vec<KnownAccount>> {
    let shown: Vec<_> = accounts.accounts.iter().map(shown).collect();
    let institution = accounts.institution.clone().map(|bank| KnownInstitution {
        id: bank.id,
        name: bank.name,
        country: bank.country,
    });
    let sealed = work.seal.seal(&session.state)?;
    let shown = Shown {
        accounts: &shown,
        institution,
        consent_until: accounts.consent_until.map(|at| at.to_string()),
        sandbox: work.provider.profile().sandbox,
        relinked,
        sealed: Some(&sealed),
    };
    work.connections.accounts(&shown).await
}

fn shown(account: &RemoteAccount) -> ShownAccount<'_> {
    ShownAccount {
        id: &account.id,
        reference: account.account.key(),
        name: account.name.as_deref(),
        holder: account.account.holder.as_deref(),
        currency: account.account.currency.map(|currency| currency.to_string()),
        balance: account.balance.as_ref(),
        fresh_as_of: account.fresh_as_of.map(|at| at.to_string()),
        problem: Told::of(account.problem.as_ref()),
    }
}

/// One account after the other; what fails for one is told, and the next is read. Only what fails for all stops the run.
async fn bring_all(
    work: &Work<'_>,
    session: &mut Session<'_>,
    accounts: &[RemoteAccount],
    known: &[KnownAccount],
    outcome: &mut Outcome,
) -> Result<()> {
    for (number, remote) in accounts.iter().enumerate() {
        (work.progress)(Progress::Account { number: number + 1, of: accounts.len() });
        let problem = || remote.problem.clone();
        let Some(there) = known.iter().find(|known| known.id == remote.id) else { continue };
        if !remote.readable {
            outcome.failures.extend(problem().map(|error| (remote.id.clone(), error)));
            continue;
        }
        match account::bring(work, session, remote, there).await {
            Ok((counts, findings)) => {
                outcome.counts.add(counts);
                outcome.findings.extend(findings);
                outcome.failures.extend(problem().map(|error| (remote.id.clone(), error)));
            }
            Err(error) if stops_all(&error) => return Err(error),
            Err(error) => {
                tracing::warn!(code = %error.code(), run = work.run, "an account failed");
                outcome.failures.push((remote.id.clone(), error));
            }
        }
    }
    Ok(())
}

/// Whether a failure of one account is one of all: Odoo does not answer, another run has the connection, the provider
/// lets nobody in. A refusal that names the account's journal is its own.
fn stops_all(error: &Error) -> bool {
    let code = error.code();
    let own = code.number() >= 4100 && code.number() < 4200;
    let odoo = code.family() == crate::errors::Family::Odoo && !own;
    odoo || matches!(
        code,
        Code::PROVIDER_CREDENTIALS_REFUSED
            | Code::PROVIDER_APPLICATION_REFUSED
            | Code::PROVIDER_SIGNATURE_REFUSED
            | Code::PROVIDER_CLOCK
            | Code::SEAL_BROKEN
    )
}
