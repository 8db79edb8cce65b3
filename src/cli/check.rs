//! `bank-bridge check`: is everything ready for an import? Green, or a code.

use clap::Args;
use owo_colors::OwoColorize as _;

use super::{Ending, OdooArguments, give};
use crate::errors::Result;
use crate::odoo::{self, addon::Addon};

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    odoo: OdooArguments,
}

pub(super) async fn run(arguments: Arguments) -> Result<Ending> {
    let target = arguments.odoo.target()?;
    let ready = "ok".green().to_string();
    give(&format!("{ready}  configuration: {} on {}\n", target.database, target.url));
    let client = odoo::connect(&target).await?;
    give(&format!("{ready}  Odoo {} answers at {}\n", client.version().text, client.door()));
    let answer = Addon::new(&*client).check().await?;
    let member = |name| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
    give(&format!("{ready}  addon {}, signed in as {}\n", member("addon"), member("user")));
    Ok(Ending::Fine)
}
