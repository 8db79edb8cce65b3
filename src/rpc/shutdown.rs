//! How a server is told to stop: once to finish what it has begun, twice to stop at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::errors::{Code, Error, Result};

/// Two switches, neither of which can be put back.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    at_once: CancellationToken,
}

impl Shutdown {
    /// Neither switch set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Set by the first SIGTERM or SIGINT, and both by the second.
    ///
    /// # Errors
    /// BB-9001 where the system does not let signals be caught.
    pub fn on_signals() -> Result<Self> {
        let uncaught = |_| Error::new(Code::BUG).arg("what", "signals cannot be caught");
        let mut terminate = signal(SignalKind::terminate()).map_err(uncaught)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(uncaught)?;
        let shutdown = Self::new();
        let switches = shutdown.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                switches.signal();
            }
        });
        Ok(shutdown)
    }

    /// What a signal does: the first drains, the next stops at once.
    pub fn signal(&self) {
        if self.draining.is_cancelled() {
            self.at_once.cancel();
        }
        self.draining.cancel();
    }

    /// Set once no new work is taken.
    #[must_use]
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Set once nothing is waited for any more.
    #[must_use]
    pub fn at_once(&self) -> &CancellationToken {
        &self.at_once
    }
}
