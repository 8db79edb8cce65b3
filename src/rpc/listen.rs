//! Listening, serving connections, and stopping in bounded time.
//!
//! An accept loop of our own: a socket is taken only when there is room for it, and a failing accept (no file
//! descriptors left) waits instead of spinning.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jsonrpsee::core::BoxError;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::server::{self, BatchRequestConfig, HttpBody, ServerHandle, stop_channel};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceBuilder, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;

use super::auth::{Keyring, Throttle};
use super::backend::Backend;
use super::config::ServerConfig;
use super::face::FaceLayer;
use super::gate::{AfterPanic, Gate};
use super::methods::{self, Context};
use super::runs::Runs;
use super::shutdown::Shutdown;
use crate::errors::{Code, Error, Result, in_words};
use crate::seal::Sealer;

/// Pause after a failed accept.
const BACK_OFF: Duration = Duration::from_millis(100);
/// How long work may take to end once it has been given up.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// Bytes read from a socket at once, at most.
const READ_BUFFER: usize = 256 << 10;
/// Largest answer, in bytes: the statements of the largest file, several times over.
const MAX_ANSWER: u32 = 512 << 20;

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<Stopped>,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections and imports that were given up because the time to finish was over.
    pub abandoned: usize,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// BB-9001 where the accept loop panicked.
    pub async fn stopped(self) -> Result<Stopped> {
        self.task.await.map_err(|_| Error::new(Code::BUG).arg("what", "the accept loop panicked"))
    }
}

/// Listens and serves in the background until `shutdown` says otherwise.
///
/// # Errors
/// BB-1010, BB-1011 and BB-1013 of the configuration, BB-1015 where the address cannot be listened on.
pub async fn serve(
    config: ServerConfig,
    sealer: Arc<Sealer>,
    backend: Arc<dyn Backend>,
    shutdown: Shutdown,
) -> Result<Server> {
    config.check()?;
    let max_request_size = config.max_request_size()?;
    let listener = TcpListener::bind(config.listen).await.map_err(|e| cannot_listen(config.listen, &e))?;
    let address = listener.local_addr().map_err(|e| cannot_listen(config.listen, &e))?;

    let context = Arc::new(Context {
        sealer,
        backend,
        runs: Runs::default(),
        work: TaskTracker::new(),
        stopping: shutdown.draining().clone(),
        abandon: CancellationToken::new(),
        parses: Arc::new(Semaphore::new(config.max_parses)),
        imports: Arc::new(Semaphore::new(config.max_imports)),
        runs_at_work: Arc::new(Semaphore::new(config.max_runs)),
        runs_accepted: Arc::new(Semaphore::new(config.max_waiting_runs)),
        config: config.clone(),
    });
    let module = methods::module(context.clone())?;
    let config = Arc::new(config);
    let limits = server::ServerConfig::builder()
        .http_only()
        .set_batch_request_config(BatchRequestConfig::Disabled)
        .max_request_body_size(max_request_size)
        .max_response_body_size(MAX_ANSWER)
        .max_connections(config.max_requests)
        .build();
    let (stop_handle, server_handle) = stop_channel();
    let service = server::Server::builder()
        .set_config(limits)
        .set_rpc_middleware(RpcServiceBuilder::new().layer(FaceLayer(config.clone())))
        .to_service_builder()
        .build(module, stop_handle);
    let gate = Gate {
        service,
        keyring: Keyring::new(config.tokens.clone()),
        throttle: Throttle::new(config.failure_delay),
        max_request_size,
        stopping: shutdown.draining().clone(),
        config: config.clone(),
        context: context.clone(),
    };
    let listening =
        Listening { listener, config, context, shutdown: shutdown.clone(), _library: server_handle };
    let task = tokio::spawn(listening.run(Arc::new(gate)));
    tracing::info!(%address, "listening");
    Ok(Server { address, shutdown, task })
}

struct Listening {
    listener: TcpListener,
    config: Arc<ServerConfig>,
    context: Arc<Context>,
    shutdown: Shutdown,
    /// The library stops serving as soon as this is dropped.
    _library: ServerHandle,
}

impl Listening {
    async fn run<S>(self, gate: Arc<Gate<S>>) -> Stopped
    where
        S: Service<Request<HttpBody>, Response = Response<HttpBody>, Error = BoxError>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        let room = Arc::new(Semaphore::new(self.config.max_connections));
        let graceful = GracefulShutdown::new();
        let connections = TaskTracker::new();
        let cut = CancellationToken::new();
        while let Some((stream, peer, place)) = self.next(&room).await {
            let service = ServiceBuilder::new().layer(CatchPanicLayer::custom(AfterPanic)).service_fn({
                let gate = gate.clone();
                move |request: Request<Incoming>| {
                    let gate = gate.clone();
                    async move { Ok::<_, Infallible>(gate.answer(request, peer).await) }
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.config.header_time)
                .max_header_size(MAX_HEAD)
                .max_buf_size(READ_BUFFER)
                .serve_connection(
                    TokioIo::new(stream),
                    service_fn(move |request| service.clone().oneshot(request)),
                );
            let connection = graceful.watch(connection);
            let cut = cut.clone();
            connections.spawn(async move {
                let _place = place;
                tokio::select! {
                    // A connection that breaks is its caller's affair.
                    _ = connection => {}
                    () = cut.cancelled() => {}
                }
            });
        }
        self.drain(graceful, &connections, &cut).await
    }

    /// The next connection, as soon as there is room for it; none once no more are taken.
    async fn next(&self, room: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let stop = self.shutdown.draining();
        let place = tokio::select! {
            () = stop.cancelled() => return None,
            place = room.clone().acquire_owned() => place.ok()?,
        };
        loop {
            let failure = tokio::select! {
                () = stop.cancelled() => return None,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let _ = stream.set_nodelay(true);
                        return Some((stream, peer, place));
                    }
                    Err(failure) => failure,
                },
            };
            tracing::warn!(reason = %failure.kind(), "cannot accept a connection");
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(BACK_OFF) => {}
            }
        }
    }

    /// Stops listening, lets calls and imports finish for as long as the configuration says, then gives up.
    async fn drain(
        self,
        graceful: GracefulShutdown,
        connections: &TaskTracker,
        cut: &CancellationToken,
    ) -> Stopped {
        let Self { listener, config, context, shutdown, _library } = self;
        drop(listener);
        tracing::info!(connections = connections.len(), work = context.work.len(), "stopping");
        connections.close();
        context.work.close();
        let finished = async {
            tokio::join!(graceful.shutdown(), connections.wait(), context.work.wait());
        };
        tokio::select! {
            () = finished => {}
            () = tokio::time::sleep(config.drain) => {}
            () = shutdown.at_once().cancelled() => {}
        }
        let abandoned = connections.len() + context.work.len();
        context.abandon.cancel();
        cut.cancel();
        let last_words = async { tokio::join!(connections.wait(), context.work.wait()) };
        tokio::select! {
            _ = tokio::time::timeout(LAST_WORDS, last_words) => {}
            () = shutdown.at_once().cancelled() => {}
        }
        tracing::info!(abandoned, "stopped");
        Stopped { abandoned }
    }
}

fn cannot_listen(address: SocketAddr, reason: &std::io::Error) -> Error {
    Error::new(Code::LISTEN_FAILED).arg("address", address).arg("reason", in_words(reason))
}
