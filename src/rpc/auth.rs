//! Who may call: bearer tokens, known to the bridge by their SHA-256 alone.
//!
//! Several tokens are valid at once, so that one can be replaced without a pause. Every comparison looks at all
//! of them in constant time. A wrong token is answered late, the later the more often its address was wrong;
//! right tokens are never delayed, even from the same address, which behind a proxy is everybody's.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use crate::errors::{Code, Error, Result};

/// Longest delay of the answer to a wrong token.
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// Answers of one address that wait at once; further ones are given without waiting, so that nobody can make
/// the bridge keep sockets.
const WAITING_AT_ONCE: u32 = 8;
/// Addresses remembered.
const ADDRESSES: usize = 4096;
/// How long an address is remembered after its last failure.
const MEMORY: Duration = Duration::from_mins(10);

/// A token in the clear: shown once, when it is made.
pub struct Token(SecretString);

impl Token {
    /// A new token: `bb_` and 32 random bytes in base64url.
    ///
    /// # Errors
    /// BB-9001 where the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        aws_lc_rs::rand::fill(&mut *bytes)
            .map_err(|_| Error::new(Code::BUG).arg("what", "the system gives no random bytes"))?;
        Ok(Self(format!("bb_{}", URL_SAFE_NO_PAD.encode(*bytes)).into()))
    }

    /// SHA-256 of the token's text: what the bridge keeps.
    #[must_use]
    pub fn sha256(&self) -> TokenDigest {
        TokenDigest::of(self.0.expose_secret().as_bytes())
    }

    /// The token's text, to be shown to the administrator once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(REDACTED)")
    }
}

/// SHA-256 of a token; in a configuration 64 hexadecimal digits, as `printf %s TOKEN | sha256sum` gives them.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Of a token.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl TryFrom<String> for TokenDigest {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let refused = "a token's sha256 has 64 hexadecimal digits";
        let mut digest = [0; 32];
        if text.len() != 64 {
            return Err(refused);
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refused)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refused)?;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To put transactions into a registered Odoo, and to see how that goes.
    Sync,
    /// To read files.
    Parse,
    /// To register an Odoo, and everything else.
    Admin,
}

/// A token that the bridge knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEntry {
    /// Name for logs and messages.
    pub name: String,
    /// SHA-256 of the token.
    pub sha256: TokenDigest,
    /// What it allows; everything where nothing is said.
    #[serde(default = "every_scope")]
    pub scopes: Vec<Scope>,
}

fn every_scope() -> Vec<Scope> {
    vec![Scope::Admin]
}

impl TokenEntry {
    /// An entry for a token that allows everything.
    #[must_use]
    pub fn admin(name: &str, sha256: TokenDigest) -> Self {
        Self { name: name.to_owned(), sha256, scopes: every_scope() }
    }
}

/// Who is calling, once the token was found right.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Name of the token.
    pub name: String,
    scopes: Vec<Scope>,
}

impl Principal {
    /// Whether the token allows this. `Admin` allows everything.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

/// All tokens.
#[derive(Debug)]
pub struct Keyring(Vec<TokenEntry>);

impl Keyring {
    /// From the configuration.
    #[must_use]
    pub fn new(tokens: Vec<TokenEntry>) -> Self {
        Self(tokens)
    }

    /// Whose token stands in the `Authorization` header, if it is one of ours.
    #[must_use]
    pub fn principal(&self, headers: &HeaderMap) -> Option<Principal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().filter(|_| values.next().is_none())?.as_bytes();
        let (scheme, token) = value.split_at_checked(7)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") {
            return None;
        }
        let given = TokenDigest::of(token);
        let mut found = 0_u64;
        for (number, entry) in (1..).zip(&self.0) {
            found.conditional_assign(&number, given.0.ct_eq(&entry.sha256.0));
        }
        let entry = self.0.get(usize::try_from(found).ok()?.checked_sub(1)?)?;
        Some(Principal { name: entry.name.clone(), scopes: entry.scopes.clone() })
    }
}

/// Counts failures by address and says how long an answer has to wait.
#[derive(Debug)]
pub struct Throttle {
    first: Duration,
    addresses: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug)]
struct Failures {
    count: u32,
    waiting: u32,
    last: Instant,
}

impl Throttle {
    /// `first` is the delay after the first failure.
    #[must_use]
    pub fn new(first: Duration) -> Self {
        Self { first, addresses: Mutex::default() }
    }

    /// Waits as long as this address has earned. Nobody else waits with it.
    pub async fn failed(&self, address: IpAddr) {
        let address = network(address);
        let Some(delay) = self.begin(address, Instant::now()) else { return };
        let _done = Waiting { throttle: self, address };
        tokio::time::sleep(delay).await;
    }

    fn begin(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES && !addresses.contains_key(&address) {
            addresses.retain(|_, known| known.waiting > 0 || now.duration_since(known.last) < MEMORY);
            let oldest = addresses.iter().min_by_key(|(_, known)| known.last).map(|(address, _)| *address);
            if let Some(oldest) = oldest.filter(|_| addresses.len() >= ADDRESSES) {
                addresses.remove(&oldest);
            }
        }
        let known = addresses.entry(address).or_insert(Failures { count: 0, waiting: 0, last: now });
        if now.duration_since(known.last) >= MEMORY {
            known.count = 0;
        }
        known.last = now;
        known.count = known.count.saturating_add(1);
        if known.waiting >= WAITING_AT_ONCE {
            return None;
        }
        known.waiting += 1;
        Some((self.first * (1 << (known.count - 1).min(10))).min(LONGEST_DELAY))
    }

    fn end(&self, address: IpAddr) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = addresses.get_mut(&address) {
            known.waiting = known.waiting.saturating_sub(1);
        }
    }
}

/// Counts a waiting answer down, also when its caller hangs up.
struct Waiting<'t> {
    throttle: &'t Throttle,
    address: IpAddr,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.throttle.end(self.address);
    }
}

/// One subscriber's addresses count as one: all of a /64 in IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_token_is_found_among_several() {
        let tokens: Vec<_> = (0..3).map(|_| Token::generate().unwrap()).collect();
        let entries = tokens.iter().enumerate().map(|(i, t)| TokenEntry::admin(&i.to_string(), t.sha256()));
        let keyring = Keyring::new(entries.collect());
        for (i, token) in tokens.iter().enumerate() {
            let found = keyring.principal(&headers(&format!("Bearer {}", token.expose()))).unwrap();
            assert_eq!(found.name, i.to_string());
        }
        let right = tokens[0].expose();
        for wrong in
            ["", "Bearer", "Bearer ", "Bearer bb_", &format!("Basic {right}"), &format!("Bearer {right}x")]
        {
            assert!(keyring.principal(&headers(wrong)).is_none(), "{wrong}");
        }
        let mut twice = headers(&format!("Bearer {right}"));
        twice.append(AUTHORIZATION, "Bearer other".parse().unwrap());
        assert!(keyring.principal(&twice).is_none());
        assert!(keyring.principal(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_token_has_256_random_bits_and_a_digest_that_a_configuration_takes() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert!(one.expose().starts_with("bb_") && one.expose().len() == 3 + 43);
        assert_eq!(TokenDigest::try_from(one.sha256().to_string()), Ok(one.sha256()));
        assert!(TokenDigest::try_from("é".repeat(32)).is_err());
        assert!(TokenDigest::try_from("z".repeat(64)).is_err());
    }

    #[test]
    fn delays_grow_by_address_and_are_forgotten() {
        let throttle = Throttle::new(Duration::from_millis(100));
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let start = Instant::now();
        let delays: Vec<_> = (0..8).map(|_| throttle.begin(one, start).unwrap().as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(throttle.begin(one, start), None, "no ninth answer waits");
        assert_eq!(throttle.begin(other, start).unwrap().as_millis(), 100);
        throttle.end(one);
        assert_eq!(throttle.begin(one, start + MEMORY).unwrap().as_millis(), 100);
    }

    #[test]
    fn addresses_do_not_pile_up() {
        let throttle = Throttle::new(Duration::ZERO);
        let start = Instant::now();
        for number in 0..6_000_u32 {
            throttle.begin(IpAddr::V4(number.into()), start);
        }
        assert!(throttle.addresses.lock().unwrap().len() <= ADDRESSES);
        let subscriber = |text: &str| network(text.parse().unwrap());
        assert_eq!(subscriber("2001:db8::1"), subscriber("2001:db8::ffff"));
        assert_eq!(subscriber("::ffff:192.0.2.1"), subscriber("192.0.2.1"));
    }
}
