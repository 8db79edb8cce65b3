//! Repeating a call that may succeed by itself: Odoo restarting, a lost answer, two imports at once.
//!
//! Only calls of the addon's protocol come here. They may be repeated, since the addon recognises what it
//! already holds; a plain `create` may not.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};

use crate::errors::{Code, Error, Result};

/// Calls until it succeeds, fails for good, or four tries are used up.
///
/// # Errors
/// The last try's.
pub async fn repeat<T, F>(call: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(8))
        .with_max_times(3)
        .with_jitter();
    call.retry(delays)
        .sleep(tokio::time::sleep)
        .when(may_pass)
        .notify(|error, delay| {
            tracing::info!(code = %error.code(), delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), "trying again");
        })
        .await
}

fn may_pass(error: &Error) -> bool {
    error.code().entry().retry && error.code() != Code::ODOO_TIMEOUT
}
