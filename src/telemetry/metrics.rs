//! Counts for `/metrics`, in the text format of `OpenMetrics` 1.0: how often, how long, with which code; never of whom.
//!
//! | name | labels | what |
//! |---|---|---|
//! | `bank_bridge_calls_total` | method, code | calls of Odoo |
//! | `bank_bridge_runs_total` | provider, kind, code | runs of connections that ended |
//! | `bank_bridge_run_seconds` | kind | how long they took |
//! | `bank_bridge_runs_now` | state | runs that wait for their turn or are at work |
//! | `bank_bridge_lines_total` | result | lines of runs: created, duplicate, matched, held |
//! | `bank_bridge_provider_requests_total` | provider, status | requests to providers, by the hundred of their status |

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::errors::Error;

/// Labels of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    code: String,
}

/// Labels of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Run {
    provider: String,
    kind: &'static str,
    code: String,
}

/// One label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// One label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

/// One label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LineResult {
    result: &'static str,
}

/// Labels of a request to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    provider: &'static str,
    status: String,
}

/// All counts of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<Call, Counter>,
    runs: Family<Run, Counter>,
    seconds: Family<Kind, Histogram>,
    now: Family<State, Gauge>,
    lines: Family<LineResult, Counter>,
    requests: Family<Request, Counter>,
}

/// The counts of this process.
pub fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(Metrics::new)
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("bank_bridge");
        // From a tenth of a second to an hour.
        let seconds: Family<Kind, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.1, 3.0, 11)));
        let (calls, runs, now, lines, requests) =
            (Family::default(), Family::default(), Family::default(), Family::default(), Family::default());
        registry.register("calls", "Calls of Odoo", Clone::clone(&calls));
        registry.register("runs", "Runs of connections that ended", Clone::clone(&runs));
        registry.register("run_seconds", "How long runs took", seconds.clone());
        registry.register("runs_now", "Runs that wait or are at work", Clone::clone(&now));
        registry.register("lines", "Lines of runs", Clone::clone(&lines));
        registry.register("provider_requests", "Requests to providers", Clone::clone(&requests));
        Self { registry, calls, runs, seconds, now, lines, requests }
    }

    /// A call of Odoo was answered, `ok` or with a code.
    pub fn called(&self, method: &'static str, code: &str) {
        self.calls.get_or_create(&Call { method, code: code.to_owned() }).inc();
    }

    /// A run has ended.
    pub fn ran(&self, provider: &str, kind: &'static str, failure: Option<&Error>, took: Duration) {
        let code = failure.map_or_else(|| "ok".to_owned(), |error| error.code().to_string());
        self.runs.get_or_create(&Run { provider: provider.to_owned(), kind, code }).inc();
        self.seconds.get_or_create(&Kind { kind }).observe(took.as_secs_f64());
    }

    /// A run begins to wait for its turn, begins its work, or ends it.
    pub fn moved(&self, from: Option<&'static str>, to: Option<&'static str>) {
        if let Some(state) = from {
            self.now.get_or_create(&State { state }).dec();
        }
        if let Some(state) = to {
            self.now.get_or_create(&State { state }).inc();
        }
    }

    /// What became of lines.
    pub fn brought(&self, result: &'static str, lines: u64) {
        self.lines.get_or_create(&LineResult { result }).inc_by(lines);
    }

    /// A provider answered with this status, or not at all.
    pub fn asked(&self, provider: &'static str, status: Option<u16>) {
        let status = status.map_or_else(|| "none".to_owned(), |status| format!("{}xx", status / 100));
        self.requests.get_or_create(&Request { provider, status }).inc();
    }

    /// The text that `/metrics` answers.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Code;

    #[test]
    fn counts_are_written_with_their_labels() {
        let metrics = Metrics::new();
        metrics.ran("ponto", "sync", None, Duration::from_secs(2));
        metrics.ran("ponto", "sync", Some(&Error::new(Code::CONSENT_ENDED)), Duration::from_secs(1));
        metrics.asked("Ponto", Some(429));
        metrics.brought("created", 3);
        let text = metrics.text();
        for line in [
            "bank_bridge_runs_total{provider=\"ponto\",kind=\"sync\",code=\"ok\"} 1",
            "bank_bridge_runs_total{provider=\"ponto\",kind=\"sync\",code=\"BB-2203\"} 1",
            "bank_bridge_provider_requests_total{provider=\"Ponto\",status=\"4xx\"} 1",
            "bank_bridge_lines_total{result=\"created\"} 3",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
