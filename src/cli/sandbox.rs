//! `bank-bridge sandbox`: simulated providers on this machine, until it is stopped.

use std::net::SocketAddr;

use clap::Args;

use super::{Ending, tell};
use crate::errors::{Code, Error, Result};
use crate::sandbox::faults::{FAULTS, Fault, PLACES, Place, Planned};
use crate::sandbox::world::World;
use crate::sandbox::{self};

/// Arguments of `sandbox`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9700")]
    listen: SocketAddr,
    /// What goes wrong: FAULT, FAULT@PLACE, with +N after N good requests, with *N for N times; again for more.
    /// `--fault list` tells them all
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// Milliseconds that every answer takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u32,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    if arguments.fault.iter().any(|fault| fault == "list") {
        super::give(&list());
        return Ok(Ending::Fine);
    }
    let invalid = |reason: String| Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason);
    let faults: Vec<Planned> =
        arguments.fault.iter().map(|fault| fault.parse().map_err(invalid)).collect::<Result<_>>()?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let running = sandbox::start(arguments.listen, World::demo(today)).await?;
    for fault in faults {
        running.shared.faults.plan(fault);
    }
    running.shared.latency.store(arguments.latency.into(), std::sync::atomic::Ordering::Relaxed);
    tell(&format!(
        "Simulated Ponto and Salt Edge at {url}. Start the bridge with `bank-bridge serve --sandbox {url}`.\n{help}",
        url = running.url(),
        help = sandbox::help(running.url()),
    ));
    let stopped = tokio::signal::ctrl_c().await;
    stopped.map(|()| Ending::Fine).map_err(|error| Error::new(Code::BUG).arg("what", error.kind()))
}

fn list() -> String {
    let names = |all: Vec<String>| all.join("\n  ");
    format!(
        "faults:\n  {}\nplaces:\n  {}\n",
        names(FAULTS.iter().map(Fault::to_string).collect()),
        names(PLACES.iter().map(Place::to_string).collect())
    )
}
