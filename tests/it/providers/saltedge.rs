//! Salt Edge.

mod recorded;
mod simulated;
mod support;
