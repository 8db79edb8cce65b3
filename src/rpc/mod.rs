//! The JSON-RPC 2.0 face of the bridge, for Odoo to call.
//!
//! It stands apart because everything that a caller can do wrong, by accident or on purpose, has to end here in
//! a coded answer and in bounded time, whatever the rest of the bridge is doing. From outside in:
//!
//! | file | what |
//! |---|---|
//! | [`listen`](serve) | sockets: as many as there is room for; heads of requests in time; stopping in time |
//! | `gate` | HTTP: request id, `/live` and `/ready`, token, size and time of the body |
//! | `face` | every call: scope, deadline, panics, one shape of failure, one line in the log |
//! | `methods`, `params`, `runs` | the methods themselves |
//! | `files` | those that take a bank file |
//! | `online` | those for online connections |
//! | `webhooks` | what providers push |
//! | `openrpc`, `shapes` | their description |
//! | [`Backend`] | what they need of the rest of the bridge |
//!
//! Calls answer at once. Work that takes longer goes on after its caller has gone, and is asked for by its run.

mod answer;
pub mod auth;
mod backend;
mod config;
mod face;
mod files;
mod gate;
mod listen;
mod methods;
mod online;
mod openrpc;
mod params;
mod runs;
mod shapes;
mod shutdown;
mod webhooks;

pub use answer::ErrorData;
pub use backend::{Backend, ImportJob, Progress, Registration};
pub use config::{DEFAULT_PORT, ServerConfig};
pub use listen::{Server, Stopped, serve};
pub use runs::{RunStatus, State};
pub use shutdown::Shutdown;
