//! `bank-bridge new-key`: a sealing key and a token, as lines of an environment file.

use super::{Ending, give};
use crate::errors::Result;
use crate::rpc::auth::Token;
use crate::seal::SealingKey;

pub(super) fn run() -> Result<Ending> {
    let (key, token) = (SealingKey::generate()?.to_base64(), Token::generate()?);
    give(&format!("BANK_BRIDGE_SEALING_KEY={}\nBANK_BRIDGE_TOKEN={}\n", *key, token.expose()));
    Ok(Ending::Fine)
}
