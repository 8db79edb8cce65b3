//! The methods: what each is called, what it takes and gives, and what it does.
//!
//! [`METHODS`] is the one list; registering, scopes, deadlines, `bank.ping` and `rpc.discover` all read it.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jsonrpsee::server::RpcModule;
use schemars::{JsonSchema, Schema, schema_for};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer::{self, echo};
use super::auth::Scope;
use super::backend::{Backend, Registration};
use super::config::ServerConfig;
use super::params::{self, Explain, ImportStart, Nothing, Parse, ProposePreset, Register, RunOf};
use super::runs::{RunStatus, Runs};
use super::{files, online, openrpc, shapes};
use crate::errors::{Code, Error, FixedBy, Result};
use crate::seal::{Binding, Purpose, Sealer};

/// Longest other text of a registration, in bytes.
const LONGEST_TEXT: usize = 1_024;

/// One method.
pub(super) struct Method {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What a token must allow; none for every token.
    pub scope: Option<Scope>,
    /// Whether it has the longer deadline.
    pub slow: bool,
    /// Schema of its parameters.
    pub params: fn() -> Schema,
    /// Schema of its result.
    pub result: fn() -> Schema,
}

macro_rules! methods {
    ($($name:literal $scope:expr, $slow:literal, $params:ty => $result:ty, $summary:literal;)*) => {
        &[$(Method {
            name: $name,
            summary: $summary,
            scope: $scope,
            slow: $slow,
            params: || schema_for!($params),
            result: || schema_for!($result),
        },)*]
    };
}

/// All methods.
pub(super) static METHODS: &[Method] = methods! {
    "bank.ping" None, false, Nothing => Pong, "Tells the bridge's version and methods.";
    "bank.register" Some(Scope::Admin), false, Register => Registered, "Seals how an Odoo is reached; the bridge confirms to it soon after.";
    "bank.providers" None, false, Nothing => online::Providers, "Lists the online providers of this bridge.";
    "bank.institutions" Some(Scope::Sync), false, online::Institutions => online::Banks, "Lists the banks of a country that a provider reaches.";
    "bank.connect" Some(Scope::Sync), false, online::Connect => online::Accepted, "Begins to link a bank, or to renew the link; Odoo hears of the page that the user has to open.";
    "bank.connect_return" Some(Scope::Sync), false, online::ConnectReturn => online::Accepted, "Goes on when the user comes back from the bank.";
    "bank.accounts" Some(Scope::Sync), false, online::OfConnection => online::Accepted, "Begins to look which accounts a connection has.";
    "bank.sync_start" Some(Scope::Sync), false, online::OfConnection => online::Accepted, "Begins to bring the transactions of a connection.";
    "bank.parse" Some(Scope::Parse), true, Parse => shapes::Parsed, "Reads a bank file.";
    "bank.propose_preset" Some(Scope::Parse), true, ProposePreset => shapes::Proposal, "Proposes what the columns of a table are.";
    "bank.import_start" Some(Scope::Sync), false, ImportStart => files::Started, "Begins to put a bank file into a registered Odoo, or to tell what that would do; Odoo hears of the end.";
    "bank.run_status" Some(Scope::Sync), false, RunOf => RunStatus, "Tells how an import or a run of this bridge stands.";
    "bank.explain" None, false, Explain => Explanation, "Tells what a code means and what to do next.";
    "rpc.discover" None, false, Nothing => serde_json::Value, "Describes all methods as an OpenRPC document.";
};

/// A method by its name.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// What methods work with.
pub(super) struct Context {
    pub config: ServerConfig,
    pub sealer: Arc<Sealer>,
    pub backend: Arc<dyn Backend>,
    pub runs: Runs,
    /// Work that outlives its caller.
    pub work: TaskTracker,
    /// Begun once no new work is taken.
    pub stopping: CancellationToken,
    /// Begun once work is given up.
    pub abandon: CancellationToken,
    pub parses: Arc<Semaphore>,
    pub imports: Arc<Semaphore>,
    /// Places of runs that are at work, and of all that were accepted.
    pub runs_at_work: Arc<Semaphore>,
    pub runs_accepted: Arc<Semaphore>,
}

/// Result of `bank.ping`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Pong {
    /// Version of the bridge.
    version: &'static str,
    /// Names of all methods.
    methods: Vec<&'static str>,
    /// Largest file that it takes, in bytes.
    max_file_size: u64,
}

/// Result of `bank.register`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Registered {
    /// To be kept, and given back with every call that needs it.
    registration: String,
    /// The bridge.
    bridge: Bridge,
}

/// What a bridge says of itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Bridge {
    /// Its version.
    version: &'static str,
}

/// Result of `bank.explain`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Explanation {
    /// The code.
    code: String,
    /// Who can mend it.
    #[schemars(with = "String")]
    fixed_by: FixedBy,
    /// Whether trying again helps.
    retry: bool,
    /// Whether a file with this finding is refused unless its balances are accepted.
    refuses: bool,
    /// One sentence; `{name}` stands for an argument.
    sentence: &'static str,
    /// What to do next.
    next_step: &'static str,
    /// Names of the arguments.
    arguments: Vec<&'static str>,
}

/// The module with all methods.
///
/// # Errors
/// BB-9001 where two methods have one name.
pub(super) fn module(context: Arc<Context>) -> Result<RpcModule<Context>> {
    let mut module = RpcModule::from_arc(context);
    add(&mut module, "bank.ping", async |context, _: Nothing| Ok(ping(&context)))?;
    add(&mut module, "bank.register", register)?;
    add(&mut module, "bank.providers", online::providers)?;
    add(&mut module, "bank.institutions", online::institutions)?;
    add(&mut module, "bank.connect", online::connect)?;
    add(&mut module, "bank.connect_return", online::connect_return)?;
    add(&mut module, "bank.accounts", online::accounts)?;
    add(&mut module, "bank.sync_start", online::sync_start)?;
    add(&mut module, "bank.parse", files::parse)?;
    add(&mut module, "bank.propose_preset", files::propose_preset)?;
    add(&mut module, "bank.import_start", files::import_start)?;
    add(&mut module, "bank.run_status", run_status)?;
    add(&mut module, "bank.explain", explain)?;
    add(&mut module, "rpc.discover", async |_, _: Nothing| Ok(openrpc::document()))?;
    Ok(module)
}

fn add<P, R, F, Fut>(module: &mut RpcModule<Context>, name: &'static str, method: F) -> Result<()>
where
    P: DeserializeOwned + JsonSchema + Send + 'static,
    R: Serialize + Clone + Send + 'static,
    F: Fn(Arc<Context>, P) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<R>> + Send,
{
    let added = module.register_async_method(name, move |given, context, _| {
        let method = method.clone();
        async move {
            let params = params::read::<P>(given).await.map_err(|error| answer::object(&error))?;
            method(context, params).await.map_err(|error| answer::object(&error))
        }
    });
    added.map(|_| ()).map_err(|_| bug("two methods have one name"))
}

fn ping(context: &Context) -> Pong {
    Pong {
        version: env!("CARGO_PKG_VERSION"),
        methods: METHODS.iter().map(|method| method.name).collect(),
        max_file_size: context.config.max_file_size,
    }
}

async fn register(context: Arc<Context>, params: Register) -> Result<Registered> {
    refuse_when_stopping(&context)?;
    let odoo = params.odoo;
    let registration = Registration {
        url: server_address(&odoo.url)?,
        database: text("odoo.database", odoo.database)?,
        database_uuid: text("odoo.database_uuid", odoo.database_uuid)?,
        login: text("odoo.login", odoo.login)?,
        api_key: odoo.api_key,
    };
    if registration.api_key.expose_secret().is_empty() {
        return Err(params::invalid("odoo.api_key"));
    }
    let sealed = context.sealer.seal(
        Purpose::Registration,
        Binding::database(&registration.database_uuid),
        &Plain::of(&registration),
    )?;
    let background = context.clone();
    context.work.spawn(async move { confirm(&background, &registration).await });
    Ok(Registered { registration: sealed, bridge: Bridge { version: env!("CARGO_PKG_VERSION") } })
}

/// Tells Odoo that its registration works. Odoo has stored nothing yet while its call is still running, and its
/// only worker may be the one that waits, so this comes later and more than once.
async fn confirm(context: &Context, registration: &Registration) {
    for wait in &context.config.confirm_waits {
        tokio::select! {
            () = tokio::time::sleep(*wait) => {}
            () = context.stopping.cancelled() => return,
        }
        let attempt = AssertUnwindSafe(context.backend.confirm(registration)).catch_unwind();
        let outcome = tokio::select! {
            outcome = attempt => outcome.unwrap_or_else(|_| Err(bug("confirming a registration panicked"))),
            () = context.abandon.cancelled() => return,
        };
        match outcome {
            Ok(()) => return tracing::info!("registration confirmed"),
            Err(error) => tracing::warn!(code = %error.code(), "registration not confirmed"),
        }
    }
}

async fn run_status(context: Arc<Context>, params: RunOf) -> Result<RunStatus> {
    let run = Uuid::try_parse(&params.run).map_err(|_| params::invalid("run"))?;
    context.runs.get(run).ok_or_else(|| Error::new(Code::RUN_UNKNOWN).arg("run", run))
}

async fn explain(_: Arc<Context>, params: Explain) -> Result<Explanation> {
    let code = Code::find(&params.code)
        .ok_or_else(|| Error::new(Code::CODE_UNKNOWN).arg("text", echo(&params.code)))?;
    let entry = code.entry();
    Ok(Explanation {
        code: code.to_string(),
        fixed_by: entry.fixed_by,
        retry: entry.retry,
        refuses: entry.refuses,
        sentence: entry.sentence,
        next_step: entry.next_step,
        arguments: entry.argument_names().collect(),
    })
}

/// A registration as it is sealed.
#[derive(Serialize)]
pub(super) struct Plain<'r> {
    url: &'r str,
    database: &'r str,
    database_uuid: &'r str,
    login: &'r str,
    api_key: &'r str,
}

impl<'r> Plain<'r> {
    pub(super) fn of(registration: &'r Registration) -> Self {
        Self {
            url: &registration.url,
            database: &registration.database,
            database_uuid: &registration.database_uuid,
            login: &registration.login,
            api_key: registration.api_key.expose_secret(),
        }
    }
}

/// Address of a server: scheme, host and port. What was written is not repeated, since it may hold a password.
fn server_address(written: &str) -> Result<String> {
    let refused = |shown: &dyn Display| Error::new(Code::ADDRESS_INVALID).arg("address", shown);
    let url = reqwest::Url::parse(written.trim()).map_err(|_| refused(&"what was given"))?;
    let plain = url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        return Err(refused(&"what was given"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refused(&format_args!("{origin} with a path")));
    }
    Ok(origin)
}

pub(super) fn text(path: &str, value: String) -> Result<String> {
    let fits =
        !value.trim().is_empty() && value.len() <= LONGEST_TEXT && !value.chars().any(char::is_control);
    if fits { Ok(value) } else { Err(params::invalid(path)) }
}

pub(super) fn refuse_when_stopping(context: &Context) -> Result<()> {
    if context.stopping.is_cancelled() { Err(stopping()) } else { Ok(()) }
}

pub(super) fn stopping() -> Error {
    Error::new(Code::SHUTTING_DOWN)
}

pub(super) fn bug(what: &str) -> Error {
    Error::new(Code::BUG).arg("what", what)
}
