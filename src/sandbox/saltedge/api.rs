//! Which request is for what; lists and their pages; what every answer has in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::gate::{self, Refusal};
use crate::sandbox::Shared;
use crate::sandbox::faults::Fault;

/// Entries of a page where nothing is asked for.
const PAGE: usize = 100;

/// A request, taken apart.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) version: u8,
    pub(super) query: BTreeMap<String, String>,
    pub(super) data: Value,
    pub(super) path: &'a str,
    pub(super) fault: Option<Fault>,
}

/// What a call gives: `data` and `meta`.
pub(super) type Given = Result<Value, Refusal>;

pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    let mut response = given(&shared, &parts, &body);
    let now = shared.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = HeaderValue::from_str(&now) {
        response.headers_mut().insert(DATE, now);
    }
    response
}

fn given(shared: &Arc<Shared>, parts: &http::request::Parts, body: &[u8]) -> Response<Body> {
    if !gate::passes_firewall(parts) {
        return gate::html(StatusCode::FORBIDDEN);
    }
    let path = parts.uri.path();
    let below = path.strip_prefix("/saltedge/api/").unwrap_or_default();
    let (version, rest) = match below.split_once('/') {
        Some(("v6", rest)) => (6, rest),
        Some(("v5", rest)) => (5, rest),
        _ => return gate::html(StatusCode::NOT_FOUND),
    };
    let flat = shared.saltedge.rules().flat_errors;
    if let Err(refusal) = shared.saltedge.check(parts, body) {
        return refusal.answer(version, flat);
    }
    let read: Result<Value, _> = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    let Ok(body) = read else {
        return Refusal::new(400, "JsonParseError", "Request body is not valid JSON.").answer(version, flat);
    };
    let call = Call {
        shared,
        version,
        query: query(parts.uri.query().unwrap_or_default()),
        data: body.get("data").cloned().unwrap_or(Value::Null),
        path,
        fault: parts.extensions.get::<Fault>().copied(),
    };
    let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    match route(&call, parts.method.as_str(), &segments) {
        None => gate::html(StatusCode::NOT_FOUND),
        Some(Err(refusal)) => refusal.answer(version, flat),
        Some(Ok(given)) => {
            (StatusCode::OK, [(CONTENT_TYPE, "application/json")], given.to_string()).into_response()
        }
    }
}

/// What a request does; none for an address that is not there.
fn route(call: &Call<'_>, method: &str, segments: &[&str]) -> Option<Given> {
    let new = call.version == 6;
    Some(match (method, segments) {
        ("GET", ["countries"]) => call.countries(),
        ("GET", ["providers"]) => call.providers(),
        ("GET", ["providers", code]) => call.provider(code),
        ("POST", ["customers"]) => call.make_customer(),
        ("GET", ["customers"]) => call.customers(),
        ("GET", ["customers", id]) => call.customer(id),
        ("DELETE", ["customers", id]) => call.remove_customer(id),
        ("PUT", ["customers", id, wish @ ("lock" | "unlock")]) if !new => {
            call.lock_customer(id, *wish == "lock")
        }
        ("POST", ["connections", "connect"]) if new => call.connect(None),
        ("POST", ["connections", id, "reconnect"]) if new => call.connect(Some(id)),
        ("POST" | "PUT", ["connections", id, "refresh"]) if new => call.refresh(id),
        ("POST", ["connect_sessions", "create"]) if !new => call.connect(None),
        ("POST", ["connect_sessions", "reconnect"]) if !new => {
            call.connect(Some(&call.text("connection_id")))
        }
        ("POST", ["connect_sessions", "refresh"]) if !new => call.refresh(&call.text("connection_id")),
        ("PUT", ["connections", id, "refresh"]) if !new => call.refresh(id),
        ("GET", ["connections"]) => call.connections(),
        ("GET", ["connections", id]) => call.connection(id),
        ("PUT", ["connections", id]) => call.change_connection(id),
        ("DELETE", ["connections", id]) => call.remove_connection(id),
        ("GET", ["attempts"]) if !new => call.attempts(),
        ("GET", ["consents"]) => call.consents(),
        ("PUT", ["consents", id, "revoke"]) => call.revoke(id),
        ("GET", ["accounts"]) => call.accounts(),
        ("GET", ["transactions"]) => call.transactions(None),
        ("GET", ["transactions", which @ ("pending" | "duplicates")]) if !new => {
            call.transactions(Some(which))
        }
        ("PUT", ["transactions", wish @ ("duplicate" | "unduplicate")]) => {
            call.mark_copies(*wish == "duplicate")
        }
        _ => return None,
    })
}

fn query(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{text}"));
    url.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default()
}

impl Call<'_> {
    /// A parameter of the address.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A parameter that has to be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.asked(name).ok_or_else(|| Refusal::format(&format!("{name} is missing.")))
    }

    /// A member of the body that is text.
    pub(super) fn text(&self, name: &str) -> String {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A page of a list whose ids ascend. `from_id` is the first id of the page.
    pub(super) fn page(&self, entries: Vec<(String, Value)>) -> Given {
        self.page_of(entries, |entry| entry)
    }

    /// The same, with only the entries of the page put into their shape.
    #[expect(clippy::unnecessary_wraps, reason = "every call gives the same")]
    pub(super) fn page_of<T>(&self, mut entries: Vec<(String, T)>, shape: impl Fn(T) -> Value) -> Given {
        entries.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        let most = self.shared.saltedge.rules().most;
        let size = self.asked("per_page").and_then(|text| text.parse().ok()).unwrap_or(PAGE).clamp(1, most);
        let repeats = self.fault == Some(Fault::RepeatedPage);
        let start = self.asked("from_id").filter(|_| !repeats).map_or(0, |from| {
            entries.iter().take_while(|(id, _)| (id.len(), id.as_str()) < (from.len(), from)).count()
        });
        let mut next = entries.get(start + size).map(|(id, _)| id.clone());
        let foreign = self.fault == Some(Fault::ForeignLink);
        if repeats || foreign {
            next =
                next.or_else(|| entries.first().map(|(id, _)| id.clone())).or_else(|| Some("1".to_owned()));
        }
        let page: Vec<Value> =
            entries.into_iter().skip(start).take(size).map(|(_, entry)| shape(entry)).collect();
        let link = next.as_ref().map(|next| {
            let kept = self.query.iter().filter(|(name, _)| *name != "from_id");
            let kept: Vec<_> = kept.map(|(name, value)| format!("{name}={value}&")).collect();
            let host = if foreign { "https://elsewhere.example" } else { "" };
            format!("{host}{}?{}from_id={next}", self.path, kept.concat())
        });
        Ok(json!({ "data": page, "meta": { "next_id": next, "next_page": link } }))
    }
}
