//! `bank-bridge serve`: the JSON-RPC server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::backend::Bridge;
use super::{Ending, sealing, tell};
use crate::config::{Config, secret};
use crate::errors::Result;
use crate::providers::Registry;
use crate::rpc::auth::{Token, TokenDigest, TokenEntry};
use crate::rpc::{self, Shutdown};
use crate::telemetry;

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Configuration file
    #[arg(long, env = "BANK_BRIDGE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, env = "BANK_BRIDGE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// A proxy with TLS stands in front
    #[arg(long, env = "BANK_BRIDGE_BEHIND_PROXY")]
    behind_proxy: bool,
    /// File that holds the token for Odoo (or set `BANK_BRIDGE_TOKEN`); without any, one is made and shown
    #[arg(long, env = "BANK_BRIDGE_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// File that holds the sealing key (or set `BANK_BRIDGE_SEALING_KEY`); again for older keys
    #[arg(long, env = "BANK_BRIDGE_SEALING_KEY_FILE", value_name = "FILE")]
    sealing_key_file: Vec<PathBuf>,
    /// Address of `bank-bridge sandbox`, to use the simulated providers
    #[arg(long, env = "BANK_BRIDGE_SANDBOX", value_name = "URL")]
    sandbox: Option<String>,
    /// Write the log as JSON
    #[arg(long, env = "BANK_BRIDGE_LOG_JSON")]
    log_json: bool,
    /// What to log, such as info or `bank_bridge=debug`
    #[arg(long, env = "BANK_BRIDGE_LOG", value_name = "FILTER")]
    log: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    telemetry::init(arguments.log_json, arguments.log.as_deref())?;
    let mut config = Config::load(arguments.config.as_deref())?;
    config.use_sandbox(arguments.sandbox.as_deref());
    let Config { mut server, sealing: keys, providers, sync, .. } = config;
    server.listen = arguments.listen.unwrap_or(server.listen);
    server.behind_proxy |= arguments.behind_proxy;

    let mut key_files = arguments.sealing_key_file;
    key_files.extend(keys.key_files);
    let sealer = Arc::new(sealing::sealer(&key_files)?);

    if let Some(token) = secret("BANK_BRIDGE_TOKEN", arguments.token_file.as_deref())? {
        server.tokens.push(TokenEntry::admin("token", TokenDigest::of(token.as_bytes())));
    }
    if server.tokens.is_empty() {
        let token = Token::generate()?;
        server.tokens.push(TokenEntry::admin("pairing", token.sha256()));
        tell(&format!(
            "Pairing token, good until this bridge stops; enter it in the settings of Bank Bridge in Odoo:\n\n    {}\n\n",
            token.expose()
        ));
    }
    let bridge = Bridge::new(Registry::new(&providers)?, sealer.clone(), sync.times())?;
    let running = rpc::serve(server, sealer, Arc::new(bridge), Shutdown::on_signals()?).await?;
    running.stopped().await?;
    Ok(Ending::Fine)
}
