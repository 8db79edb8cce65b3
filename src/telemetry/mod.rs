//! What the bridge writes down about itself: lines on standard error, for people or for machines.
//!
//! It stands apart because no secret may ever reach a log, at any level. Two things see to that here: libraries
//! may write at `info` and above only (some print whole requests, headers and bodies, at `trace`), and a panic is
//! logged by its place, with its text only where that text stands in our source.

pub mod metrics;

use std::io;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, filter};

use crate::errors::{Code, Error, Result};

/// What is written unless the administrator asks for more or less.
pub const DEFAULT_FILTER: &str = "info";
/// Where our own lines come from.
const OWN: &str = "bank_bridge";

/// Starts logging for the whole process: text, or one JSON object a line, on standard error.
///
/// `filter` is in the language of `RUST_LOG`: `info`, `bank_bridge::rpc=debug`.
///
/// # Errors
/// BB-1010 for a filter that cannot be read, or where logging has been started before.
pub fn init(json: bool, filter: Option<&str>) -> Result<()> {
    let subscriber = subscriber(json, filter, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|_| invalid("logging has been started already"))?;
    log_panics();
    Ok(())
}

/// What [`init`] starts, with another place to write to.
///
/// # Errors
/// BB-1010 for a filter that cannot be read.
pub fn subscriber<W>(
    json: bool,
    filter: Option<&str>,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + use<W>>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = filter.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(DEFAULT_FILTER);
    let chosen = EnvFilter::try_new(filter).map_err(|_| invalid("the log filter cannot be read"))?;
    let lines = lines(json, writer).with_filter(filter::filter_fn(may_be_written)).with_filter(chosen);
    Ok(tracing_subscriber::registry().with(lines))
}

/// Logs panics by their place. Texts that were put together while running may hold values, so they stay out.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(code = %Code::BUG, place, what, "panic");
    }));
}

fn lines<S, W>(json: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    if json { layer.json().flatten_event(true).boxed() } else { layer.boxed() }
}

fn may_be_written(metadata: &Metadata<'_>) -> bool {
    is_own(metadata.target()) || *metadata.level() <= LevelFilter::INFO
}

fn is_own(target: &str) -> bool {
    target.strip_prefix(OWN).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn invalid(reason: &str) -> Error {
    Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(json: bool, filter: &str) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = subscriber(json, Some(filter), move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "bank_bridge::rpc", "ours");
            tracing::trace!(target: "jsonrpsee-http", "HTTP body: theirs");
            tracing::debug!(target: "bank_bridges", "not ours");
            tracing::warn!(target: "hyper", "their warning");
        });
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_never_write_below_info() {
        let text = written(false, "trace");
        assert!(text.contains("ours") && text.contains("their warning"), "{text}");
        assert!(!text.contains("theirs") && !text.contains("not ours"), "{text}");
        assert!(!written(false, "info").contains("ours"));
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = written(true, "trace");
        for line in text.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object());
        }
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn an_unreadable_filter_has_a_code() {
        let refused = subscriber(false, Some("bank_bridge=loud"), io::sink).map(|_| ());
        assert_eq!(refused.unwrap_err().code(), Code::CONFIGURATION_INVALID);
    }
}
