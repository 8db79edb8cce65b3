//! `bank-bridge check`: is everything ready, configuration, Odoo and providers? Green, or a code.

use clap::Args;
use owo_colors::OwoColorize as _;

use super::{Ending, OdooArguments, failed, give};
use crate::config::Config;
use crate::errors::Result;
use crate::odoo::{self, addon::Addon};
use crate::providers::Registry;

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Look at the online providers too
    #[arg(long)]
    providers: bool,
    /// Address of `bank-bridge sandbox`, to use the simulated providers
    #[arg(long, env = "BANK_BRIDGE_SANDBOX", value_name = "URL")]
    sandbox: Option<String>,
    #[command(flatten)]
    odoo: OdooArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    let mut config = Config::load(arguments.odoo.config.as_deref())?;
    config.use_sandbox(arguments.sandbox.as_deref());
    let registry = Registry::new(&config.providers)?;
    let odoo = odoo(arguments.odoo).await;
    if !arguments.providers {
        return odoo.map(|()| Ending::Fine);
    }
    let mut ending = odoo.map_or_else(|error| Ending::Failed(failed(&error)), |()| Ending::Fine);
    // What is wrong with one is not wrong with the next, and files come in without any.
    for provider in registry.all() {
        let profile = provider.profile();
        match provider.check().await {
            Ok(()) => {
                let sandbox = if profile.sandbox { ", simulated" } else { "" };
                give(&format!("{}  provider {} answers{sandbox}\n", "ok".green(), profile.title));
            }
            Err(error) => ending = ending.and(Ending::Failed(failed(&error))),
        }
    }
    Ok(ending)
}

async fn odoo(arguments: OdooArguments) -> Result<()> {
    let target = arguments.target()?;
    let ready = "ok".green().to_string();
    give(&format!("{ready}  configuration: {} on {}\n", target.database, target.url));
    let client = odoo::connect(&target).await?;
    give(&format!("{ready}  Odoo {} answers at {}\n", client.version().text, client.door()));
    let answer = Addon::new(&*client).check().await?;
    let member = |name| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
    give(&format!("{ready}  addon {}, signed in as {}\n", member("addon"), member("user")));
    Ok(())
}
