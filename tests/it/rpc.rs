//! The server as its callers meet it: over real sockets on loopback.

mod auth;
mod calls;
mod files;
mod limits;
mod online;
mod process;
mod secrets;
mod stopping;
mod support;
