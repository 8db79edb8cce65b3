//! Sending to a provider: deadlines, retries with jitter, waits that the provider asks for, answers read in bounds.
//!
//! | what came | what is done |
//! |---|---|
//! | no connection, no answer in time | again, where the request may be repeated |
//! | 429, 503 with or without `Retry-After` (RFC 9110, 10.2.3) | waited for, if the run has the time; else told |
//! | any other 5xx | again, where the request may be repeated |
//! | any other status | the provider's own table of errors decides |

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::config::Timing;
use crate::errors::{Code, Error, Origin, Result};
use crate::http::{Answer, Client, Failure, Request};
use crate::telemetry::metrics::metrics;

/// Longest reason that is shown of an answer that cannot be read, in characters.
const SHOWN: usize = 200;

/// One provider's end of the line.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
    title: &'static str,
    timing: Timing,
    limiter: Option<Arc<DefaultDirectRateLimiter>>,
}

/// Whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sending it again changes nothing.
    Harmless,
    /// It may have had its effect although no answer came.
    Never,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Caller {
    /// For a provider below `base`, an address of the configuration.
    ///
    /// # Errors
    /// BB-1010 for an address that is none.
    pub fn new(client: Client, base: &str, title: &'static str, timing: Timing) -> Result<Self> {
        let invalid = || {
            let reason = format!("the address of {title} is not http or https with a host");
            Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
        };
        let url = reqwest::Url::parse(base).map_err(|_| invalid())?;
        let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(invalid());
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, title, timing, limiter: None })
    }

    /// Sends at most so many requests a second, over all runs.
    #[must_use]
    pub fn at_most(mut self, per_second: std::num::NonZeroU32) -> Self {
        self.limiter = Some(Arc::new(RateLimiter::direct(Quota::per_second(per_second))));
        self
    }

    /// Address of the provider, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Name of the provider for messages.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// A request to a path below the base; what stands in it is encoded already.
    #[must_use]
    pub fn request(&self, method: Method, path: &str, headers: HeaderMap) -> Request {
        let url = format!("{}{path}", self.base);
        Request { method, url, headers, body: bytes::Bytes::new(), timeout: self.timing.call }
    }

    /// A link that an answer holds, if it leads to the same server: `links.next` is input like any other.
    ///
    /// # Errors
    /// BB-2011.
    pub fn own_link(&self, link: &str) -> Result<String> {
        let elsewhere = || Error::new(Code::PROVIDER_LINK_ELSEWHERE).arg("provider", self.title);
        let base = reqwest::Url::parse(&self.base).map_err(|_| elsewhere())?;
        let url = base.join(link).map_err(|_| elsewhere())?;
        let same = url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
        if same { Ok(url.into()) } else { Err(elsewhere()) }
    }

    /// Sends until a good answer comes, it fails for good, or tries or time are used up. `build` makes every try's
    /// request anew, since a signature has its own time; `refused` reads what an answer that is no success says.
    ///
    /// # Errors
    /// BB-2001, BB-2002, BB-2004, and whatever `refused` makes of an answer.
    pub async fn send(
        &self,
        repeat: Repeat,
        time_left: impl Fn() -> Duration + Send + Sync,
        build: impl Fn() -> Result<Request> + Send + Sync,
        refused: impl Fn(&Answer) -> Error + Send + Sync,
    ) -> Result<Answer> {
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(self.timing.first_wait)
            .with_max_delay(self.timing.longest_wait)
            .with_max_times(self.timing.tries.saturating_sub(1))
            .with_jitter()
            .build();
        loop {
            if let Some(limiter) = &self.limiter {
                limiter.until_ready().await;
            }
            let mut request = build()?;
            request.timeout = request.timeout.min(time_left()).max(Duration::from_millis(1));
            let seconds = request.timeout.as_secs_f32().ceil();
            let sent = self.client.send(request).await;
            metrics().asked(self.title, sent.as_ref().ok().map(|answer| answer.status));
            let (error, asked) = match sent {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => {
                    let asked = retry_after(&answer.headers);
                    let error = refused(&answer).origin(Origin {
                        retry_after: asked,
                        request: request_id(&answer.headers),
                        ..Origin::of(self.title)
                    });
                    let waits = matches!(answer.status, 429 | 503);
                    let again = waits || (answer.status >= 500 && repeat == Repeat::Harmless);
                    if !again {
                        return Err(error);
                    }
                    (error, asked)
                }
                Err(failure) => {
                    let error = self.no_answer(failure, seconds);
                    if repeat == Repeat::Never || error.code() == Code::PROVIDER_ANSWER_UNREADABLE {
                        return Err(error);
                    }
                    (error, None)
                }
            };
            let Some(wait) = waits.next().map(|wait| asked.unwrap_or(wait)) else { return Err(error) };
            if wait > self.timing.longest_wait || wait >= time_left() {
                return Err(error);
            }
            tracing::info!(provider = self.title, code = %error.code(), wait_ms = millis(wait), "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    fn no_answer(&self, failure: Failure, seconds: f32) -> Error {
        let error = |code| super::failure(self.title, code);
        match failure {
            Failure::Unreachable(reason) => error(Code::PROVIDER_UNREACHABLE).arg("reason", reason),
            Failure::Timeout => error(Code::PROVIDER_TIMEOUT).arg("seconds", seconds),
            Failure::TooLarge => {
                error(Code::PROVIDER_ANSWER_UNREADABLE).arg("reason", "it is larger than 64 MiB")
            }
        }
    }

    /// The JSON of an answer. What is wrong with it is told by its place, never by its content.
    ///
    /// # Errors
    /// BB-2004.
    pub fn json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T> {
        let mut json = serde_json::Deserializer::from_slice(&answer.body);
        let read = serde_path_to_error::deserialize(&mut json).map_err(|failure| {
            let what = match failure.inner().classify() {
                serde_json::error::Category::Eof => "it ends too early",
                serde_json::error::Category::Data => "a member is missing or of another shape",
                _ => "it is no JSON",
            };
            format!("{what}, at {}", failure.path())
        });
        read.and_then(|value| json.end().map(|()| value).map_err(|_| "more follows behind it".to_owned()))
            .map_err(|reason| {
                let origin = Origin { request: request_id(&answer.headers), ..Origin::of(self.title) };
                Error::new(Code::PROVIDER_ANSWER_UNREADABLE)
                    .arg("provider", self.title)
                    .arg("reason", reason.chars().take(SHOWN).collect::<String>())
                    .origin(origin)
            })
    }
}

/// `Retry-After`: seconds or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default())
}

/// The provider's id of a request, where a header has it.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = ["ibanity-request-id", "x-request-id"].iter().find_map(|name| headers.get(*name))?;
    value.to_str().ok().filter(|text| text.len() <= 100).map(str::to_owned)
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
