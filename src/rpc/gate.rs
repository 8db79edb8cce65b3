//! The HTTP layer before JSON-RPC: request id, health, token, size and time of the body, and refusals that a
//! program can read at every step.
//!
//! Order, from outside in: panics, request id, `/live` and `/ready`, `/metrics`, webhooks, token, size, pause and time of the body,
//! JSON-RPC. Nothing of a caller without a token is read beyond the head of its request.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use jsonrpsee::core::BoxError;
use jsonrpsee::server::HttpBody;
use jsonrpsee::types::Id;
use jsonrpsee::types::error::{BATCHES_NOT_SUPPORTED_CODE, PARSE_ERROR_CODE};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tower_http::catch_panic::ResponseForPanic;
use tower_http::timeout::{DeadlineBody, TimeoutBody, TimeoutError};
use uuid::Uuid;

use super::answer::{json, refusal};
use super::auth::{Keyring, Principal, Throttle};
use super::config::ServerConfig;
use super::face::{Answered, Caller};
use super::methods::Context;
use super::webhooks;
use crate::errors::{Code, Error};
use crate::telemetry::metrics::metrics;

/// Header that names a request in an answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Header in which a proxy names the caller.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Largest refusal of the library that is looked into, in bytes.
const REFUSAL: usize = 64 << 10;

/// The HTTP layer around a JSON-RPC service.
pub(super) struct Gate<S> {
    pub service: S,
    pub keyring: Keyring,
    pub throttle: Throttle,
    pub config: Arc<ServerConfig>,
    pub max_request_size: u32,
    pub stopping: CancellationToken,
    pub context: Arc<Context>,
}

/// What went wrong with the body of a request.
#[derive(Clone, Copy)]
enum Broken {
    TooLarge,
    TooSlow,
    CutOff,
}

impl<S> Gate<S>
where
    S: Service<Request<HttpBody>, Response = Response<HttpBody>, Error = BoxError> + Clone,
{
    /// Answers one request.
    pub(super) async fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> Response<HttpBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let id: Arc<str> = Uuid::now_v7().simple().to_string().into();
        let mut response = self.route(request, peer, &id).await;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }

    async fn route<B>(&self, request: Request<B>, peer: SocketAddr, id: &Arc<str>) -> Response<HttpBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/live") => return health(StatusCode::OK, &json!({"live": true})),
            (&Method::GET, "/ready") => {
                let ready = !self.stopping.is_cancelled();
                let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                return health(status, &json!({"ready": ready}));
            }
            (&Method::GET, "/metrics") if self.may_see_metrics(&request, peer) => return numbers(),
            (&Method::POST, path) if path.starts_with(webhooks::PATH) => {
                return webhooks::take(&self.context, request).await;
            }
            _ => {}
        }
        match self.keyring.principal(request.headers()) {
            Some(principal) => self.call(request, principal, id).await,
            None => self.unauthorised(request.headers(), peer, id).await,
        }
    }

    /// Who has a token, or asks from this machine itself where no proxy stands in front.
    fn may_see_metrics<B>(&self, request: &Request<B>, peer: SocketAddr) -> bool {
        let here = peer.ip().to_canonical().is_loopback() && !self.config.behind_proxy;
        here || self.keyring.principal(request.headers()).is_some()
    }

    async fn unauthorised(&self, headers: &HeaderMap, peer: SocketAddr, id: &str) -> Response<HttpBody> {
        let address = self.address(headers, peer);
        tracing::warn!(%address, request = id, code = %Code::TOKEN_REFUSED, "token refused");
        self.throttle.failed(address).await;
        let error = Error::new(Code::TOKEN_REFUSED);
        let mut response = refusal(StatusCode::UNAUTHORIZED, Id::Null, &error);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        response
    }

    /// Whose failure it is. Behind a proxy the last address of the header is the one that the proxy saw.
    fn address(&self, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
        let forwarded =
            headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        last.filter(|_| self.config.behind_proxy).unwrap_or(peer.ip())
    }

    async fn call<B>(&self, request: Request<B>, principal: Principal, id: &Arc<str>) -> Response<HttpBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = request.into_parts();
        head.headers.remove(AUTHORIZATION);
        accept_any_spelling(&mut head.headers);
        head.extensions.insert(Caller { principal, request: id.clone() });
        let body = TimeoutBody::new(self.config.body_pause, body);
        let body = DeadlineBody::new(self.config.body_time, body);
        let limit = self.max_request_size as usize;
        if announced(&head.headers).is_some_and(|length| length > u64::from(self.max_request_size)) {
            drain(Limited::new(body, limit.saturating_mul(4))).await;
            return self.refuse_body(Broken::TooLarge);
        }
        let broken = Arc::new(OnceLock::new());
        let noted = broken.clone();
        let body = Limited::new(body, limit).map_err(move |error: BoxError| {
            let _ = noted.set(what_broke(&error));
            // The library writes its text to the log; ours has none of the caller.
            BoxError::from("the body of the request could not be read")
        });
        let mut service = self.service.clone();
        let response = service.call(Request::from_parts(head, HttpBody::new(body))).await;
        match (broken.get(), response) {
            (Some(broken), _) => self.refuse_body(*broken),
            (None, Ok(response)) if response.extensions().get::<Answered>().is_some() => response,
            (None, Ok(response)) => own_refusal(response).await,
            (None, Err(_)) => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                Id::Null,
                &Error::new(Code::BUG).arg("what", "a request without an answer"),
            ),
        }
    }

    fn refuse_body(&self, broken: Broken) -> Response<HttpBody> {
        let (status, error) = match broken {
            Broken::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Error::new(Code::REQUEST_TOO_LARGE)),
            Broken::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                Error::new(Code::DEADLINE_PASSED)
                    .arg("method", "reading the request")
                    .arg("seconds", self.config.body_time.min(self.config.body_pause).as_secs_f32()),
            ),
            Broken::CutOff => (StatusCode::BAD_REQUEST, unreadable("it ends too early")),
        };
        tracing::warn!(code = %error.code(), "request refused");
        refusal(status, Id::Null, &error)
    }
}

/// Refusals of the library, which come as text, without a code, or both, with codes of ours.
async fn own_refusal(response: Response<HttpBody>) -> Response<HttpBody> {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow, default = "no_id")]
        id: Id<'a>,
        error: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        code: i32,
    }
    fn no_id() -> Id<'static> {
        Id::Null
    }

    let status = response.status();
    let body = Limited::new(response.into_body(), REFUSAL).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let read: Option<Refusal<'_>> = serde_json::from_slice(&body).ok();
    let (id, number) = read.map_or((Id::Null, 0), |read| (read.id, read.error.code));
    let error = match (status, number) {
        (StatusCode::TOO_MANY_REQUESTS, _) => Error::new(Code::TOO_BUSY),
        (StatusCode::PAYLOAD_TOO_LARGE, _) => Error::new(Code::REQUEST_TOO_LARGE),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => unreadable("its Content-Type is not application/json"),
        (StatusCode::METHOD_NOT_ALLOWED, _) => unreadable("it is no POST"),
        (StatusCode::FORBIDDEN, _) => unreadable("it asks for another protocol"),
        (_, BATCHES_NOT_SUPPORTED_CODE) => Error::new(Code::BATCH_REFUSED),
        (_, PARSE_ERROR_CODE) => unreadable("it is no JSON"),
        _ => unreadable("a member is missing, twice there, or of the wrong type"),
    };
    let status = if status == StatusCode::OK { StatusCode::BAD_REQUEST } else { status };
    tracing::warn!(code = %error.code(), status = status.as_u16(), "request refused");
    refusal(status, id, &error)
}

/// The answer to a panic that no method's own guard has caught.
#[derive(Clone, Copy, Debug)]
pub(super) struct AfterPanic;

impl ResponseForPanic for AfterPanic {
    type ResponseBody = HttpBody;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send + 'static>) -> Response<HttpBody> {
        let error = Error::new(Code::BUG).arg("what", "answering a request panicked");
        refusal(StatusCode::INTERNAL_SERVER_ERROR, Id::Null, &error)
    }
}

fn unreadable(reason: &str) -> Error {
    Error::new(Code::REQUEST_UNREADABLE).arg("reason", reason)
}

/// An answer that needs no token. The connection ends with it, as after every refusal: who may keep one open
/// and not read what comes would hold its place for ever.
fn health(status: StatusCode, value: &Value) -> Response<HttpBody> {
    let mut response = json(status, value);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The counts of this process.
fn numbers() -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::from(metrics().text()));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The library knows a few spellings of the type of JSON; any other parameters do no harm.
fn accept_any_spelling(headers: &mut HeaderMap) {
    let written = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = written.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body that is refused anyway, within limits: a caller that is cut off while it still sends sees no
/// answer, only a broken connection.
async fn drain(body: impl Body<Data = Bytes>) {
    let mut body = std::pin::pin!(body);
    while let Some(Ok(_)) = body.frame().await {}
}

fn what_broke(error: &BoxError) -> Broken {
    if error.is::<LengthLimitError>() {
        Broken::TooLarge
    } else if error.is::<TimeoutError>() {
        Broken::TooSlow
    } else {
        Broken::CutOff
    }
}
