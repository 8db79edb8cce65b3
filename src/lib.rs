//! Bank Bridge: bank transactions into Odoo.
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

pub mod domain;
pub mod errors;
pub mod formats;
pub mod rpc;
pub mod seal;
pub mod telemetry;
