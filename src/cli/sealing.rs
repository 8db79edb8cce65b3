//! The keys that seal, from the environment, the command line and the configuration.

use std::path::PathBuf;

use crate::config::secret;
use crate::errors::{Code, Error, Result};
use crate::seal::{Sealer, SealingKey};

/// The first seals, all open: so a key is replaced by putting the new one in front.
pub(super) fn sealer(files: &[PathBuf]) -> Result<Sealer> {
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
    Sealer::new(keys)
}
