//! `bank-bridge serve`: the JSON-RPC server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::backend::Bridge;
use super::{Ending, tell};
use crate::config::{Config, secret};
use crate::errors::{Code, Error, Result};
use crate::rpc::auth::{Token, TokenDigest, TokenEntry};
use crate::rpc::{self, Shutdown};
use crate::seal::{Sealer, SealingKey};
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
    /// Write the log as JSON
    #[arg(long, env = "BANK_BRIDGE_LOG_JSON")]
    log_json: bool,
    /// What to log, such as info or `bank_bridge=debug`
    #[arg(long, env = "BANK_BRIDGE_LOG", value_name = "FILTER")]
    log: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    telemetry::init(arguments.log_json, arguments.log.as_deref())?;
    let Config { mut server, sealing, .. } = Config::load(arguments.config.as_deref())?;
    server.listen = arguments.listen.unwrap_or(server.listen);
    server.behind_proxy |= arguments.behind_proxy;

    let mut key_files = arguments.sealing_key_file;
    key_files.extend(sealing.key_files);
    let sealer = Sealer::new(sealing_keys(&key_files)?)?;

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
    let running = rpc::serve(server, Arc::new(sealer), Arc::new(Bridge), Shutdown::on_signals()?).await?;
    running.stopped().await?;
    Ok(Ending::Fine)
}

/// The first seals, all open: so a key is replaced by putting the new one in front.
fn sealing_keys(files: &[PathBuf]) -> Result<Vec<SealingKey>> {
    let mut keys = Vec::new();
    if let Some(key) = secret("BANK_BRIDGE_SEALING_KEY", None)? {
        keys.push(SealingKey::from_base64("BANK_BRIDGE_SEALING_KEY", &key)?);
    }
    for path in files {
        let name = path.display().to_string();
        if let Some(key) = secret("", Some(path))? {
            keys.push(SealingKey::from_base64(&name, &key)?);
        }
    }
    if keys.is_empty() {
        let option =
            "a sealing key (BANK_BRIDGE_SEALING_KEY or --sealing-key-file; `bank-bridge new-key` makes one)";
        return Err(Error::new(Code::CONFIGURATION_MISSING).arg("option", option));
    }
    Ok(keys)
}
