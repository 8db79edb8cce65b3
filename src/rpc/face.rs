//! What surrounds every method: scope, deadline, panics, one shape of failure, one line in the log.
//!
//! The library's own failures are replaced here. Its "invalid params" repeats what the caller wrote, which may
//! be a secret in the wrong place; a panic would cut the connection.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use jsonrpsee::core::middleware::{Batch, Notification, RpcServiceT};
use jsonrpsee::server::MethodResponse;
use jsonrpsee::types::error::{INVALID_PARAMS_CODE, METHOD_NOT_FOUND_CODE, OVERSIZED_RESPONSE_CODE};
use jsonrpsee::types::{Id, Request};
use serde::Deserialize;
use tower::Layer;

use super::answer::{self, echo};
use super::auth::Principal;
use super::config::ServerConfig;
use super::methods;
use crate::errors::{Code, Error};
use crate::telemetry::metrics::metrics;

/// Who calls, put beside the request by the HTTP layer.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub principal: Principal,
    pub request: Arc<str>,
}

/// Marks an answer that came from here; any other is a refusal of the library.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered;

/// Puts [`Face`] around the methods.
#[derive(Clone, Debug)]
pub(super) struct FaceLayer(pub Arc<ServerConfig>);

impl<S> Layer<S> for FaceLayer {
    type Service = Face<S>;

    fn layer(&self, service: S) -> Face<S> {
        Face { service, config: self.0.clone() }
    }
}

/// The methods with everything around them.
#[derive(Clone, Debug)]
pub(super) struct Face<S> {
    service: S,
    config: Arc<ServerConfig>,
}

impl<S> RpcServiceT for Face<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Clone + Send + Sync + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let face = self.clone();
        async move {
            let started = Instant::now();
            let id = request.id().into_owned();
            let method = methods::find(request.method_name());
            let received = request.params().len_bytes();
            let caller = request.extensions().get::<Caller>().cloned();
            let outcome = face.call_method(request, method, caller.as_ref()).await;
            let code = outcome.as_ref().err().map(|failed| failed.code.clone());
            let mut response = outcome.unwrap_or_else(|failed| match failed.response {
                Some(response) => response,
                None => MethodResponse::error(id, answer::object(&failed.error)),
            });
            response.extensions_mut().insert(Answered);
            let name = method.map_or("(unknown)", |method| method.name);
            metrics().called(name, code.as_deref().unwrap_or("ok"));
            tracing::info!(
                method = name,
                token = caller.as_ref().map_or("", |caller| &caller.principal.name),
                request = caller.as_ref().map_or("", |caller| &caller.request),
                code = code.as_deref().unwrap_or("ok"),
                received,
                sent = response.as_json().get().len(),
                micros = micros(started.elapsed()),
                "call"
            );
            response
        }
    }

    /// The HTTP layer lets no batch through; this is the second door.
    fn batch<'a>(&self, _: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        std::future::ready(refused(Code::BATCH_REFUSED))
    }

    /// A call without an id would do nothing and say nothing, so it is told.
    fn notification<'a>(&self, _: Notification<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let error = Error::new(Code::REQUEST_UNREADABLE).arg("reason", "it has no id");
        let mut response = MethodResponse::error(Id::Null, answer::object(&error));
        response.extensions_mut().insert(Answered);
        std::future::ready(response)
    }
}

/// A call that failed: with our error, or with the answer that a method has given already.
struct Failed {
    code: String,
    error: Error,
    response: Option<MethodResponse>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { code: error.code().to_string(), error, response: None }
    }
}

impl<S> Face<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Send + Sync,
{
    async fn call_method(
        &self,
        request: Request<'_>,
        method: Option<&'static methods::Method>,
        caller: Option<&Caller>,
    ) -> Result<MethodResponse, Failed> {
        let Some(method) = method else {
            return Err(unknown(request.method_name()).into());
        };
        let principal = caller.map(|caller| &caller.principal);
        let allowed = method.scope.is_none_or(|scope| principal.is_some_and(|known| known.may(scope)));
        if !allowed {
            let name = principal.map_or("", |known| &known.name);
            let error = Error::new(Code::SCOPE_MISSING).arg("token", name).arg("method", method.name);
            return Err(error.into());
        }
        let deadline = if method.slow { self.config.parse_deadline } else { self.config.deadline };
        let work = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        match tokio::time::timeout(deadline, work).await {
            Ok(Ok(response)) => own(response, method.name),
            Ok(Err(_)) => Err(Error::new(Code::BUG).arg("what", "a method panicked").into()),
            Err(_) => Err(Error::new(Code::DEADLINE_PASSED)
                .arg("method", method.name)
                .arg("seconds", deadline.as_secs_f32())
                .into()),
        }
    }
}

/// Keeps answers and failures of ours, replaces failures of the library.
fn own(response: MethodResponse, method: &str) -> Result<MethodResponse, Failed> {
    #[derive(Deserialize)]
    struct Answer {
        error: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        code: String,
    }

    let Some(number) = response.as_error_code() else { return Ok(response) };
    if let Ok(answer) = serde_json::from_str::<Answer>(response.as_json().get()) {
        let code = answer.error.data.code;
        if let Some(known) = Code::find(&code) {
            return Err(Failed { code, error: Error::new(known), response: Some(response) });
        }
    }
    Err(match number {
        INVALID_PARAMS_CODE => super::params::invalid("params").into(),
        METHOD_NOT_FOUND_CODE => unknown(method).into(),
        OVERSIZED_RESPONSE_CODE => Error::new(Code::ANSWER_TOO_LARGE).into(),
        _ => Error::new(Code::BUG).arg("what", "a failure without a code").into(),
    })
}

fn unknown(method: &str) -> Error {
    let shown = match method.split_once('.') {
        Some((space @ ("bank" | "rpc"), name)) => format!("{space}.{}", echo(name)),
        _ => echo(method),
    };
    Error::new(Code::METHOD_UNKNOWN).arg("method", shown)
}

fn refused(code: Code) -> MethodResponse {
    let mut response = MethodResponse::error(Id::Null, answer::object(&Error::new(code)));
    response.extensions_mut().insert(Answered);
    response
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[expect(clippy::panic, reason = "what is tested is that a panic is caught")]
mod tests {
    use std::any::Any;

    use jsonrpsee::types::ErrorObject;
    use serde_json::Value;

    use super::super::auth::{Keyring, Token, TokenEntry};
    use super::*;

    /// A service that fails as the library's methods can.
    #[derive(Clone)]
    struct Failing(fn() -> MethodResponse);

    impl RpcServiceT for Failing {
        type MethodResponse = MethodResponse;
        type NotificationResponse = MethodResponse;
        type BatchResponse = MethodResponse;

        fn call<'a>(&self, _: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
            let fail = self.0;
            async move { fail() }
        }

        fn batch<'a>(&self, _: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
            std::future::ready(refused(Code::BATCH_REFUSED))
        }

        fn notification<'a>(&self, _: Notification<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
            std::future::ready(refused(Code::BATCH_REFUSED))
        }
    }

    fn of_library(number: i32) -> MethodResponse {
        let echo = ErrorObject::owned(number, "Invalid params", Some("invalid type: string \"marker\""));
        MethodResponse::error(Id::Number(5), echo)
    }

    fn code_of(fail: fn() -> MethodResponse) -> String {
        let token = Token::generate().unwrap();
        let keyring = Keyring::new(vec![TokenEntry::admin("odoo", token.sha256())]);
        let header = format!("Bearer {}", token.expose()).parse().unwrap();
        let headers = http::HeaderMap::from_iter([(http::header::AUTHORIZATION, header)]);
        let mut request = Request::borrowed("bank.ping", None, Id::Number(5));
        let principal = keyring.principal(&headers).unwrap();
        request.extensions_mut().insert(Caller { principal, request: "1".into() });
        let face = FaceLayer(Arc::default()).layer(Failing(fail));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let response = runtime.block_on(face.call(request));
        assert!(response.extensions().get::<Answered>().is_some());
        let answer: Value = serde_json::from_str(response.as_json().get()).unwrap();
        assert!(!answer.to_string().contains("marker"), "{answer}");
        assert_eq!(answer["id"], 5);
        answer["error"]["data"]["code"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_panic_is_answered_with_the_id_of_its_call() {
        assert_eq!(code_of(|| panic!("marker")), "BB-9001");
    }

    #[test]
    fn failures_of_the_library_are_replaced() {
        assert_eq!(code_of(|| of_library(INVALID_PARAMS_CODE)), "BB-1003");
        assert_eq!(code_of(|| of_library(METHOD_NOT_FOUND_CODE)), "BB-1002");
        assert_eq!(code_of(|| of_library(OVERSIZED_RESPONSE_CODE)), "BB-1019");
        assert_eq!(code_of(|| of_library(-32603)), "BB-9001");
        let own = || MethodResponse::error(Id::Number(5), answer::object(&Error::new(Code::TOO_BUSY)));
        assert_eq!(code_of(own), "BB-1009");
    }

    #[test]
    fn a_panic_before_any_method_is_answered_too() {
        use tower_http::catch_panic::ResponseForPanic as _;
        let payload: Box<dyn Any + Send> = Box::new("marker");
        let response = super::super::gate::AfterPanic.response_for_panic(payload);
        assert_eq!(response.status(), 500);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = http_body_util::BodyExt::collect(response.into_body());
        let bytes = runtime.block_on(body).unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(answer["error"]["data"]["code"], "BB-9001");
        assert!(!answer.to_string().contains("marker"));
    }
}
