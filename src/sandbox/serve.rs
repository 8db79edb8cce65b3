//! Sockets of the simulators, and the faults of the network.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::faults::{Fault, Faults, Place, Planned};
use super::world::World;
use super::{Sandbox, Shared, ponto};
use crate::errors::{Code, Error, Result};

/// How long an answer that never comes is not given.
const STALL: Duration = Duration::from_mins(1);

/// Starts the simulators on an address of this machine; port 0 takes any free one.
///
/// # Errors
/// BB-1013 for an address that other machines reach, BB-1015 where listening fails.
pub async fn start(listen: SocketAddr, world: World) -> Result<Sandbox> {
    if !listen.ip().is_loopback() {
        return Err(Error::new(Code::ADDRESS_PUBLIC).arg("address", listen));
    }
    let failed = |error: std::io::Error| {
        Error::new(Code::LISTEN_FAILED).arg("address", listen).arg("reason", crate::errors::in_words(&error))
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let shared = Arc::new(Shared {
        world: Mutex::new(world),
        faults: Faults::default(),
        ahead: AtomicI64::new(0),
        latency: AtomicI64::new(0),
        address: format!("http://{address}"),
        saltedge: super::saltedge::Simulator::default(),
    });
    let ponto = ponto::Ponto::new(&shared);
    let router = router(&shared).merge(ponto::router(&ponto));
    let stop = CancellationToken::new();
    let (stopped, for_loop) = (stop.clone(), shared.clone());
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped.cancelled() => return,
            };
            let Ok((socket, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (router, shared, stopped) = (router.clone(), for_loop.clone(), stopped.clone());
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                    answer(router.clone(), shared.clone(), request)
                });
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service);
                tokio::select! {
                    _ = serving => {}
                    () = stopped.cancelled() => {}
                }
            });
        }
    });
    Ok(Sandbox { address, shared, ponto, _stop: stop.drop_guard() })
}

/// All pages.
fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/control/fault/{planned}", post(switch_on))
        .route("/control/clear", post(switch_off))
        .with_state(shared.clone())
        .merge(super::saltedge::router(shared))
}

/// What a request is for: the simulators know their own paths.
fn place(method: &http::Method, path: &str) -> Place {
    let known = [ponto::place(method, path), super::saltedge::place(method, path)];
    known.into_iter().flatten().next().unwrap_or(Place::Other)
}

/// One request, with the fault that is planned for it. An error cuts the connection.
async fn answer(
    router: Router,
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Body>, std::io::Error> {
    let latency = shared.latency.load(Ordering::Relaxed);
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency.unsigned_abs())).await;
    }
    let path = request.uri().path();
    let planned = path != "/" && !path.starts_with("/control/");
    let fault = if planned { shared.faults.take(place(request.method(), path)) } else { None };
    let (status, kind, body) = match fault {
        Some(Fault::Reset) => return Err(cut()),
        Some(Fault::Stall) => {
            tokio::time::sleep(STALL).await;
            return Err(cut());
        }
        Some(Fault::ServerError) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "application/json", r#"{"error":"internal"}"#)
        }
        Some(Fault::BadGateway) => {
            (StatusCode::BAD_GATEWAY, "text/html", "<html><h1>502 Bad Gateway</h1></html>")
        }
        Some(Fault::Firewall) => (StatusCode::FORBIDDEN, "text/html", "<html><h1>Access denied</h1></html>"),
        Some(Fault::Html) => (StatusCode::OK, "text/html", "<html><h1>Welcome</h1></html>"),
        Some(Fault::OtherShape) => (StatusCode::OK, "application/json", r#"{"hello":"world"}"#),
        Some(Fault::TooMany) => return Ok(too_many(Some("1"))),
        Some(Fault::TooManyLong) => return Ok(too_many(Some("3600"))),
        Some(Fault::TooManyUnsaid) => return Ok(too_many(None)),
        Some(Fault::Unauthorised) => (StatusCode::UNAUTHORIZED, "application/json", "{}"),
        fault => return served(router, request, fault).await,
    };
    Ok(plain(status, kind, body))
}

/// A request that reaches its simulator; the answer may be spoilt on its way back.
async fn served(
    router: Router,
    mut request: Request<Incoming>,
    fault: Option<Fault>,
) -> std::result::Result<Response<Body>, std::io::Error> {
    if let Some(fault) = fault {
        request.extensions_mut().insert(fault);
    }
    let response: std::result::Result<_, Infallible> = router.oneshot(request.map(Body::new)).await;
    let Ok(response) = response;
    let Some(fault) = fault else { return Ok(response) };
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    let body = match fault {
        Fault::LostAnswer => return Err(cut()),
        Fault::ResetInBody => Body::from_stream(stream::iter([Ok(half), Err(cut())])),
        Fault::Truncated => {
            parts.headers.remove(http::header::CONTENT_LENGTH);
            Body::from(half)
        }
        Fault::Trickle => Body::from_stream(stream::unfold(bytes, |mut rest| async move {
            if rest.is_empty() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            let first = rest.split_to(1);
            Some((Ok::<Bytes, std::io::Error>(first), rest))
        })),
        _ => Body::from(bytes),
    };
    Ok(Response::from_parts(parts, body))
}

fn cut() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::ConnectionReset)
}

fn plain(status: StatusCode, kind: &'static str, body: &'static str) -> Response<Body> {
    (status, [(CONTENT_TYPE, kind)], body).into_response()
}

fn too_many(wait: Option<&'static str>) -> Response<Body> {
    let mut response = plain(StatusCode::TOO_MANY_REQUESTS, "application/json", "{}");
    if let Some(wait) = wait {
        response.headers_mut().insert(RETRY_AFTER, http::HeaderValue::from_static(wait));
    }
    response
}

/// The page that tells what is there.
async fn front(State(shared): State<Arc<Shared>>) -> Html<String> {
    let planned: Vec<_> = shared.faults.planned().iter().map(Planned::to_string).collect();
    let accounts: Vec<_> = {
        let world = shared.world();
        world
            .accounts()
            .map(|account| {
                format!(
                    "<li>{} {}: {} {}</li>",
                    account.iban,
                    account.name,
                    account.balance(),
                    account.currency
                )
            })
            .collect()
    };
    Html(format!(
        "<!doctype html><title>Sandbox of Bank Bridge</title><h1>Sandbox of Bank Bridge</h1><p>Simulated banks; no money \
         anywhere.</p><ul>{}</ul><h2>Faults</h2><p>{}</p>",
        accounts.concat(),
        if planned.is_empty() { "none".to_owned() } else { planned.join("<br>") }
    ))
}

async fn switch_on(State(shared): State<Arc<Shared>>, Path(planned): Path<String>) -> Response<Body> {
    match planned.parse::<Planned>() {
        Ok(planned) => {
            shared.faults.plan(planned);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
    }
}

async fn switch_off(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}
