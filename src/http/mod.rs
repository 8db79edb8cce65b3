//! The only door to the network: time-outs, a cap on every answer, no redirects, no address in an error.
//!
//! It stands apart so that no other module can forget one of these. reqwest has no limit on the size of an
//! answer and shows the whole URL in its errors; both are mended here.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};

use crate::errors::{Code, Error, Result};

/// Largest answer that is read, in bytes: 64 MiB.
const MAX_ANSWER: usize = 64 << 20;
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client for one purpose.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Whole address. Never a part of an answer without a check of its host.
    pub url: String,
    /// Headers; secrets among them are marked sensitive by [`secret_header`].
    pub headers: HeaderMap,
    /// Body, exactly these bytes.
    pub body: Bytes,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body, at most 64 MiB.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke; in words without an address.
    Unreachable(String),
    /// It took longer than allowed.
    Timeout,
    /// The answer is larger than the cap.
    TooLarge,
}

impl Client {
    /// A client with this product's time-outs.
    ///
    /// # Errors
    /// BB-9001 where the TLS library does not start.
    pub fn new() -> Result<Self> {
        Self::built(None)
    }

    /// A client that shows a certificate of its own (mutual TLS): `pem` holds its private key and the chain.
    ///
    /// # Errors
    /// BB-1010 where the text is no key and certificate.
    pub fn with_certificate(pem: &[u8]) -> Result<Self> {
        let identity = reqwest::Identity::from_pem(pem).map_err(|_| {
            let reason = "the client certificate and its key are not PEM texts that belong together";
            Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
        })?;
        Self::built(Some(identity))
    }

    fn built(identity: Option<reqwest::Identity>) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("bank-bridge/", env!("CARGO_PKG_VERSION"))));
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        let inner =
            builder.build().map_err(|error| Error::new(Code::BUG).arg("what", error.without_url()))?;
        Ok(Self { inner })
    }

    /// Posts JSON and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// Only where no answer came; a status of 4xx or 5xx is an answer.
    pub async fn post_json(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        timeout: Duration,
    ) -> std::result::Result<Answer, Failure> {
        let request = self
            .inner
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .headers(headers)
            .body(body)
            .timeout(timeout);
        read(request.send().await.map_err(describe)?).await
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// As [`Client::post_json`].
    pub async fn send(&self, request: Request) -> std::result::Result<Answer, Failure> {
        let Request { method, url, headers, body, timeout } = request;
        let sent = self.inner.request(method, url).headers(headers).body(body).timeout(timeout).send();
        read(sent.await.map_err(describe)?).await
    }

    /// Gets a page and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// As [`Client::post_json`].
    pub async fn get(&self, url: &str, timeout: Duration) -> std::result::Result<Answer, Failure> {
        read(self.inner.get(url).timeout(timeout).send().await.map_err(describe)?).await
    }
}

async fn read(mut response: reqwest::Response) -> std::result::Result<Answer, Failure> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(describe)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// The failure in words: the innermost cause, without the address, which may carry secrets.
fn describe(error: reqwest::Error) -> Failure {
    if error.is_timeout() && !error.is_connect() {
        return Failure::Timeout;
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Failure::Unreachable(cause.to_string())
}

/// The value of a header that no log and no `Debug` shows.
///
/// # Errors
/// BB-1010 for characters that no header holds; `what` says which secret it is.
pub fn secret_header(what: &str, text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let reason = format!("{what} has characters that it cannot have");
        Error::new(Code::CONFIGURATION_INVALID).arg("reason", reason)
    })?;
    value.set_sensitive(true);
    Ok(value)
}
