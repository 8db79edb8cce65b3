//! Against a real Odoo 19: what is imported stands there once, whatever happens on the way.
//!
//! Each test has a database of its own, copied from a prepared one, and its own server on loopback; `scripts/odoo`
//! makes and removes them. Run by `scripts/test`, or alone with `cargo test --test odoo`.

#[path = "../it/support/mod.rs"]
#[expect(dead_code, reason = "shared with the other test binary, which uses the rest")]
mod support;

mod archives;
mod bridge;
mod browser;
mod fault_matrix;
mod faults;
mod files;
mod formats;
mod import;
mod instance;
mod links;
mod online;
mod pairing;
mod refusals;
mod sources;
mod two_bridges;
mod uploads;
