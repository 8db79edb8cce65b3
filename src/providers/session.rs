//! One run's view of a connection.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::state::{Secret, State};
use crate::errors::Result;

/// Puts a changed state where it survives, before the change is used.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Seals and stores the state.
    ///
    /// # Errors
    /// Family 4xxx: then the new state must not be used.
    async fn keep(&self, state: &State) -> Result<()>;
}

/// What a provider works with during one run.
pub struct Session<'a> {
    /// What the connection remembers; the heart keeps it again at the end of each account.
    pub state: State,
    /// Address of the user's own machine, where he pressed a button; none when nobody is there.
    pub user: Option<IpAddr>,
    /// Token of this run, which is not worth sealing: it lives for minutes.
    pub access_token: Option<(Secret, Instant)>,
    keeper: &'a dyn Keeper,
    started: Instant,
    budget: Duration,
}

impl<'a> Session<'a> {
    /// A session that may take `budget` for all its waits and retries together.
    #[must_use]
    pub fn new(state: State, user: Option<IpAddr>, keeper: &'a dyn Keeper, budget: Duration) -> Self {
        Self { state, user, access_token: None, keeper, started: Instant::now(), budget }
    }

    /// Stores the state as it is now.
    ///
    /// # Errors
    /// As [`Keeper::keep`].
    pub async fn keep(&self) -> Result<()> {
        self.keeper.keep(&self.state).await
    }

    /// What is left of the time for waits and retries.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.budget.saturating_sub(self.started.elapsed())
    }

    /// The token of this run, unless it ends within a minute.
    #[must_use]
    pub fn live_token(&self) -> Option<Secret> {
        let (token, ends) = self.access_token.as_ref()?;
        (Instant::now() + Duration::from_mins(1) < *ends).then(|| token.clone())
    }
}
