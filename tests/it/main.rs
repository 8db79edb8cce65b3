//! Tests across the whole product: one binary, one module a subject.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

mod golden;
mod rpc;
mod seal;
