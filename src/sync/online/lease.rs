//! Holding a connection while a run works on it.

use std::time::Duration;

use async_trait::async_trait;

use crate::errors::{Code, Result};
use crate::odoo::connections::Connections;
use crate::providers::session::Keeper;
use crate::providers::state::State;
use crate::seal::{Binding, Purpose, Sealer};

/// Seals what a connection remembers, for the place where it is kept.
#[derive(Clone, Copy)]
pub(super) struct Seal<'a> {
    pub sealer: &'a Sealer,
    pub database_uuid: &'a str,
    pub connection: &'a str,
}

impl Seal<'_> {
    pub(super) fn seal(&self, state: &State) -> Result<String> {
        self.sealer.seal(Purpose::Connection, self.binding(), state)
    }

    pub(super) fn open(&self, text: &str) -> Result<State> {
        self.sealer.open(Purpose::Connection, self.binding(), text)
    }

    fn binding(&self) -> Binding<'_> {
        Binding::connection(self.database_uuid, self.connection)
    }
}

/// Keeps changed secrets in Odoo at once.
pub(super) struct InOdoo<'a> {
    pub connections: &'a Connections<'a>,
    pub seal: Seal<'a>,
}

#[async_trait]
impl Keeper for InOdoo<'_> {
    async fn keep(&self, state: &State) -> Result<()> {
        self.connections.keep(Some(&self.seal.seal(state)?)).await
    }
}

/// Does the work while renewing the lease; stops it when another run has the connection.
pub(super) async fn while_held<T>(
    connections: &Connections<'_>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let renewing = async {
        loop {
            tokio::time::sleep(Duration::from_secs(connections.lease()) / 3).await;
            // Any other failure the work meets itself, or it passes before the lease ends.
            match connections.keep(None).await {
                Err(error) if error.code() == Code::LEASE_LOST => return error,
                Err(error) => tracing::warn!(code = %error.code(), "the lease was not renewed"),
                Ok(()) => {}
            }
        }
    };
    tokio::select! {
        outcome = work => outcome,
        lost = renewing => Err(lost),
    }
}
