//! Bank Bridge: bank transactions into Odoo, each of them once.
//!
//! The map, in reading order:
//!
//! | module | what it is for | uses |
//! |---|---|---|
//! | [`domain`] | statements, lines, money, identity: values | the codes of `errors` |
//! | [`errors`] | the catalogue of codes, failures, how they look | `domain` |
//! | [`formats`] | bank files to statements | `domain`, `errors` |
//! | [`http`] | the only door to the network | `errors` |
//! | [`odoo`] | the other end: two doors, the addon's protocol | `domain`, `errors`, `http` |
//! | [`providers`] | online sources: accounts, transactions, consent | `domain`, `errors`, `http` |
//! | [`sync`] | the heart: read, check, match, push | `formats`, `providers`, `odoo`, `seal` and below |
//! | [`seal`] | what Odoo keeps for the bridge and cannot read | `errors` |
//! | [`rpc`] | the JSON-RPC face for Odoo | `formats`, `seal`, `errors` |
//! | [`telemetry`] | what the bridge writes down about itself | `errors` |
//! | [`sandbox`] | the providers simulated, for trying and for tests | `domain`, `errors`, `http` |
//! | [`config`] | what an administrator sets | `odoo`, `rpc` |
//! | [`cli`] | the command line, on top of everything | all |
//!
//! A test reads the `use` lines of each folder and holds them against this.
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit
)]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may"))]

pub mod cli;
pub mod config;
pub mod domain;
pub mod errors;
pub mod formats;
pub mod http;
pub mod odoo;
pub mod providers;
pub mod rpc;
pub mod sandbox;
pub mod seal;
pub mod sync;
pub mod telemetry;
