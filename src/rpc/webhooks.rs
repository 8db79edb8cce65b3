//! What providers push: `POST /webhooks/<provider>`, or below it where a provider has an address for each kind.
//!
//! A message is a hint that something happened; nothing in it is believed but whom it concerns. One that is genuine is
//! answered at once, and the connection is read as if its time had come. Which Odoo it belongs to is known only
//! to a bridge that has worked for the connection since it started; a hint that nobody knows is let go, since every
//! connection is read at its own times anyway.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Body;
use jsonrpsee::core::BoxError;
use jsonrpsee::server::HttpBody;
use serde_json::json;
use tower_http::timeout::DeadlineBody;
use uuid::Uuid;

use super::answer;
use super::methods::Context;
use super::online;
use crate::errors::Code;
use crate::sync::online::{Job, Task};

/// Where they come in.
pub(super) const PATH: &str = "/webhooks/";
/// Largest message, in bytes; they hold a few ids.
const LARGEST: usize = 64 << 10;

/// Takes one message.
pub(super) async fn take<B>(context: &Arc<Context>, request: Request<B>) -> Response<HttpBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let below = request.uri().path().strip_prefix(PATH).unwrap_or_default();
    let provider = below.split('/').next().unwrap_or_default().to_owned();
    let (head, body) = request.into_parts();
    let body = Limited::new(DeadlineBody::new(context.config.body_time, body), LARGEST);
    let Ok(body) = body.collect().await else { return closing(StatusCode::BAD_REQUEST, false) };
    let told = context.backend.webhook(&provider, &head.headers, &body.to_bytes()).await;
    match told {
        Ok(concerned) => {
            for (registration, connection) in concerned {
                let job = Job {
                    run: Uuid::now_v7(),
                    connection,
                    database_uuid: registration.database_uuid.clone(),
                    user: None,
                    task: Task::Pushed,
                };
                if let Err(error) = online::begin(context, registration, job, Some(&provider)) {
                    tracing::warn!(code = %error.code(), "a webhook's run was not begun");
                }
            }
            closing(StatusCode::OK, true)
        }
        Err(error) => {
            tracing::warn!(code = %error.code(), "webhook refused");
            let unknown = error.code() == Code::PROVIDER_UNKNOWN;
            closing(if unknown { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED }, false)
        }
    }
}

/// An answer after which the connection ends, as for everybody without a token.
fn closing(status: StatusCode, taken: bool) -> Response<HttpBody> {
    let mut response = answer::json(status, &json!({"taken": taken}));
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}
