//! Sealed state: what Odoo keeps for the bridge and cannot read.
//!
//! The bridge remembers nothing. What it must find again (a registration, tokens of a provider, a cursor) it
//! seals and hands to Odoo as text. It stands apart because everything that must hold for a secret at rest is
//! settled here once: the cipher, the keys and their rotation, and what a text is bound to.
//!
//! | part of `bb1.<key id>.<data>` | what |
//! |---|---|
//! | `bb1` | version of this layout |
//! | key id | first eight hexadecimal digits of the key's SHA-256 |
//! | data | base64url without padding: nonce (12 bytes), ciphertext, tag (16 bytes) |
//!
//! The cipher is AES-256-GCM (NIST SP 800-38D) with a random nonce. Purpose, database and connection are
//! authenticated with it, so that a text opens only where it was made for.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretBox};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::errors::{Code, Error, Result};

/// Version of the layout.
const VERSION: &str = "bb1";
/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce (NIST SP 800-38D, 5.2.1.1).
const NONCE: usize = 12;
/// Longest text that is opened, in bytes: far more than any state, far less than would hurt.
const LONGEST: usize = 256 << 10;
/// Both alphabets are met in key files, with and without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// What a sealed text is for. One made for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// How the bridge reaches an Odoo database.
    Registration,
    /// What a connection to a provider must remember.
    Connection,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Connection => "connection",
        }
    }
}

/// Where a sealed text belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// `database.uuid` of the Odoo database that keeps it.
    pub database_uuid: &'a str,
    /// The connection in that database; none for what is of the whole database.
    pub connection: Option<&'a str>,
}

impl<'a> Binding<'a> {
    /// What is of a whole database.
    #[must_use]
    pub fn database(database_uuid: &'a str) -> Self {
        Self { database_uuid, connection: None }
    }

    /// What is of one connection of a database.
    #[must_use]
    pub fn connection(database_uuid: &'a str, connection: &'a str) -> Self {
        Self { database_uuid, connection: Some(connection) }
    }

    /// All that is authenticated with the text, each part behind its length so that no two bindings read alike.
    fn authenticated(self, purpose: Purpose, key_id: &str) -> Vec<u8> {
        let presence = if self.connection.is_some() { "one" } else { "none" };
        let parts =
            [VERSION, key_id, purpose.name(), self.database_uuid, presence, self.connection.unwrap_or("")];
        let mut all = Vec::new();
        for part in parts {
            all.extend_from_slice(&(part.len() as u64).to_be_bytes());
            all.extend_from_slice(part.as_bytes());
        }
        all
    }
}

/// A key: 32 random bytes and the id by which sealed texts name it. Wiped from memory when dropped.
pub struct SealingKey {
    id: String,
    secret: SecretBox<[u8; KEY]>,
}

impl SealingKey {
    /// From the bytes themselves.
    #[must_use]
    pub fn new(secret: Box<[u8; KEY]>) -> Self {
        let digest = Sha256::digest(secret.as_slice());
        let id = format!("{:08x}", digest.iter().take(4).fold(0_u32, |id, byte| id << 8 | u32::from(*byte)));
        Self { id, secret: SecretBox::new(secret) }
    }

    /// From base64 of either alphabet, padded or not, as `openssl rand -base64 32` prints it. `name` says in
    /// the failure which key of the configuration it is.
    ///
    /// # Errors
    /// BB-1012 for anything but 32 bytes.
    pub fn from_base64(name: &str, text: &str) -> Result<Self> {
        let text = text.trim();
        let mut secret = Box::new([0; KEY]);
        let standard = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
        let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
        let decoded = standard.decode(text).or_else(|_| url_safe.decode(text)).map(Zeroizing::new);
        match decoded {
            Ok(bytes) if bytes.len() == KEY => secret.copy_from_slice(&bytes),
            _ => return Err(Error::new(Code::SEALING_KEY_INVALID).arg("name", name)),
        }
        Ok(Self::new(secret))
    }

    /// A new random key.
    ///
    /// # Errors
    /// BB-9001 where the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut secret = Box::new([0; KEY]);
        aws_lc_rs::rand::fill(secret.as_mut_slice()).map_err(|_| no_randomness())?;
        Ok(Self::new(secret))
    }

    /// The key itself in base64, for `bank-bridge new-key` to show once.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(
            GeneralPurpose::new(&alphabet::STANDARD, general_purpose::PAD)
                .encode(self.secret.expose_secret()),
        )
    }

    /// The id that stands in sealed texts; tells nothing of the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    fn cipher(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, self.secret.expose_secret())
            .map_err(|_| Error::new(Code::BUG).arg("what", "the cipher takes no key of 32 bytes"))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Seals and opens. The first key seals; all of them open, so that a new key can be put in front of an old one.
#[derive(Debug)]
pub struct Sealer {
    keys: Vec<SealingKey>,
}

impl Sealer {
    /// From keys, the one that seals first.
    ///
    /// # Errors
    /// BB-1011 without any key.
    pub fn new(keys: Vec<SealingKey>) -> Result<Self> {
        if keys.is_empty() {
            return Err(Error::new(Code::CONFIGURATION_MISSING).arg("option", "sealing_keys"));
        }
        Ok(Self { keys })
    }

    /// Seals a value as text for the place that `binding` names.
    ///
    /// # Errors
    /// BB-9001 where the value has no JSON or the system gives no random bytes.
    pub fn seal<T: Serialize + ?Sized>(
        &self,
        purpose: Purpose,
        binding: Binding<'_>,
        value: &T,
    ) -> Result<String> {
        let Some(key) = self.keys.first() else { return Err(broken("the bridge has no key")) };
        // Room enough from the start: a vector that grows leaves copies of the secret behind.
        let mut data = Zeroizing::new(Vec::with_capacity(16 << 10));
        serde_json::to_writer(&mut *data, value)
            .map_err(|_| Error::new(Code::BUG).arg("what", "a state that cannot be written as JSON"))?;
        let aad = Aad::from(binding.authenticated(purpose, &key.id));
        let nonce = key.cipher()?.seal_in_place_append_tag(aad, &mut *data).map_err(|_| no_randomness())?;
        let sealed = [nonce.as_ref().as_slice(), &data].concat();
        Ok(format!("{VERSION}.{}.{}", key.id, general_purpose::URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Whether a text was sealed with the key that seals now; one that was not should be sealed again.
    #[must_use]
    pub fn is_current(&self, text: &str) -> bool {
        let id = text.split('.').nth(1);
        self.keys.first().is_some_and(|key| Some(key.id.as_str()) == id)
    }

    /// Opens a text that was sealed for this purpose and place.
    ///
    /// # Errors
    /// BB-1006 for a text that was changed, is of another database, connection or purpose, or was sealed with a
    /// key that this bridge does not have.
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, binding: Binding<'_>, text: &str) -> Result<T> {
        let mut parts = text.split('.');
        let (Some(VERSION), Some(id), Some(data), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(broken("it is no text that a bridge of this version has sealed"));
        };
        if data.len() > LONGEST {
            return Err(broken("it is too long"));
        }
        let Some(key) = self.keys.iter().find(|key| key.id == id) else {
            return Err(broken("it was sealed with a key that this bridge does not have"));
        };
        let refused = || broken("it was changed, or is of another database or connection");
        let mut data = Zeroizing::new(general_purpose::URL_SAFE_NO_PAD.decode(data).map_err(|_| refused())?);
        let Some((nonce, sealed)) = data.split_at_mut_checked(NONCE) else { return Err(refused()) };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let aad = Aad::from(binding.authenticated(purpose, &key.id));
        let plain = key.cipher()?.open_in_place(nonce, aad, sealed).map_err(|_| refused())?;
        serde_json::from_slice(plain).map_err(|_| broken("it holds what this version does not know"))
    }
}

fn broken(why: &str) -> Error {
    Error::new(Code::SEAL_BROKEN).detail(why)
}

fn no_randomness() -> Error {
    Error::new(Code::BUG).arg("what", "the system gives no random bytes")
}
