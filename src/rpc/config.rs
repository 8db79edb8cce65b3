//! Choices of the server, with defaults that suit one Odoo and a bridge beside it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

use super::auth::TokenEntry;
use crate::errors::{Code, Error, Result};

/// Port that the bridge listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 8765;

/// Choices of the server. Times are in seconds where they are read from a configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Says that a proxy with TLS stands in front: allows an address that other machines reach, and takes the
    /// caller's address from the last `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Who may call.
    pub tokens: Vec<TokenEntry>,
    /// Largest file in a call, in bytes.
    pub max_file_size: u64,
    /// Sockets open at once; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Calls worked on at once; further ones get BB-1009.
    pub max_requests: u32,
    /// Files read for `bank.parse` at once; further ones wait.
    pub max_parses: usize,
    /// Imports accepted and not finished; further ones get BB-1009.
    pub max_imports: usize,
    /// Runs of online connections at work at once; further ones wait for their turn.
    pub max_runs: usize,
    /// Runs accepted and not finished; further ones get BB-1009.
    pub max_waiting_runs: usize,
    /// How long a caller may take to send the head of a request, and a connection may stay idle.
    #[serde(with = "seconds")]
    pub header_time: Duration,
    /// How long the body of a request may pause.
    #[serde(with = "seconds")]
    pub body_pause: Duration,
    /// How long the whole body of a request may take.
    #[serde(with = "seconds")]
    pub body_time: Duration,
    /// Deadline of a call, save `bank.parse`.
    #[serde(with = "seconds")]
    pub deadline: Duration,
    /// Deadline of `bank.parse`.
    #[serde(with = "seconds")]
    pub parse_deadline: Duration,
    /// How long calls and imports may go on once the server is told to stop.
    #[serde(with = "seconds")]
    pub drain: Duration,
    /// First delay of the answer to a wrong token; doubles with each failure of that address, up to 5 s.
    #[serde(skip)]
    pub failure_delay: Duration,
    /// Waits before each attempt to confirm a registration to Odoo.
    #[serde(skip)]
    pub confirm_waits: Vec<Duration>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            behind_proxy: false,
            tokens: Vec::new(),
            max_file_size: 64 << 20,
            max_connections: 256,
            max_requests: 64,
            max_parses: 2,
            max_imports: 16,
            max_runs: 64,
            max_waiting_runs: 20_000,
            header_time: Duration::from_secs(10),
            body_pause: Duration::from_secs(10),
            body_time: Duration::from_mins(2),
            deadline: Duration::from_secs(10),
            parse_deadline: Duration::from_mins(1),
            drain: Duration::from_secs(8),
            failure_delay: Duration::from_millis(250),
            confirm_waits: [1, 2, 4, 8, 16].map(Duration::from_secs).to_vec(),
        }
    }
}

impl ServerConfig {
    /// Refuses what cannot work or would be unsafe.
    ///
    /// # Errors
    /// BB-1010, BB-1011, BB-1013.
    pub fn check(&self) -> Result<()> {
        if !self.listen.ip().to_canonical().is_loopback() && !self.behind_proxy {
            return Err(Error::new(Code::ADDRESS_PUBLIC).arg("address", self.listen));
        }
        if self.tokens.is_empty() {
            return Err(Error::new(Code::CONFIGURATION_MISSING).arg("option", "server.tokens"));
        }
        let numbers = [
            ("max_connections", self.max_connections),
            ("max_requests", self.max_requests as usize),
            ("max_parses", self.max_parses),
            ("max_imports", self.max_imports),
            ("max_runs", self.max_runs),
            ("max_waiting_runs", self.max_waiting_runs),
        ];
        if let Some((name, _)) = numbers.iter().find(|(_, number)| *number == 0) {
            return Err(invalid(format_args!("server.{name} is 0")));
        }
        let times = [
            ("header_time", self.header_time),
            ("body_pause", self.body_pause),
            ("body_time", self.body_time),
            ("deadline", self.deadline),
            ("parse_deadline", self.parse_deadline),
        ];
        if let Some((name, _)) = times.iter().find(|(_, time)| time.is_zero()) {
            return Err(invalid(format_args!("server.{name} is 0")));
        }
        self.max_request_size().map(|_| ())
    }

    /// Largest body of a request, in bytes: the largest file as base64, and the rest of the call.
    ///
    /// # Errors
    /// BB-1010 over 3 GiB, which is more than a call can carry.
    pub fn max_request_size(&self) -> Result<u32> {
        let base64 = self.max_file_size.div_ceil(3).checked_mul(4);
        base64
            .and_then(|size| size.checked_add(64 << 10))
            .filter(|size| *size <= 4 << 30)
            .and_then(|size| u32::try_from(size).ok())
            .ok_or_else(|| invalid("server.max_file_size is more than 3 GiB"))
    }
}

fn invalid(reason: impl fmt::Display) -> Error {
    Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u32::deserialize(deserializer).map(|seconds| Duration::from_secs(seconds.into()))
    }
}
