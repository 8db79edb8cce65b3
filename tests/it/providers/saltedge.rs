//! Salt Edge.

mod adverse;
mod recorded;
mod simulated;
mod support;
