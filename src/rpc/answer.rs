//! How a failure looks to a caller: the same members whatever went wrong and at whichever layer.

use std::collections::BTreeMap;

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use jsonrpsee::server::HttpBody;
use jsonrpsee::types::error::{
    INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE, INVALID_REQUEST_CODE, METHOD_NOT_FOUND_CODE,
};
use jsonrpsee::types::{ErrorObjectOwned, Id, ResponsePayload};
use schemars::JsonSchema;
use serde::Serialize;

use crate::errors::{Code, Error, FixedBy};

/// Number of JSON-RPC for what has no number of its own there.
const OURS: i32 = -32000;

/// Member `data` of every error of the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorData {
    /// Code of the catalogue, `BB-3310`.
    pub code: String,
    /// What fills the code's sentence.
    #[schemars(with = "BTreeMap<String, String>")]
    pub args: BTreeMap<&'static str, String>,
    /// Who can mend it.
    #[schemars(with = "String")]
    pub fixed_by: FixedBy,
    /// Whether the same call may succeed later without anybody's doing.
    pub retry: bool,
    /// The import that it is about.
    pub run: Option<String>,
    /// Where more can be read.
    pub link: Option<String>,
    /// Where in the file it is.
    pub place: Option<String>,
    /// Evidence.
    pub details: Vec<String>,
    /// What a provider said, where one failed: its support asks for it.
    pub origin: Option<SaidBy>,
}

/// What a provider said of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SaidBy {
    /// Name of the provider.
    pub provider: String,
    /// The provider's own class of the failure.
    pub class: Option<String>,
    /// The provider's id of the request.
    pub request: Option<String>,
}

impl ErrorData {
    /// What a caller is told of a failure.
    #[must_use]
    pub fn new(error: &Error) -> Self {
        let entry = error.code().entry();
        Self {
            code: error.code().to_string(),
            args: error.args().iter().cloned().collect(),
            fixed_by: entry.fixed_by,
            retry: entry.retry,
            run: None,
            link: None,
            place: Some(error.place().to_string()).filter(|_| !error.place().is_unknown()),
            details: error.details().to_vec(),
            origin: error.said().map(|said| SaidBy {
                provider: said.provider.clone(),
                class: said.class.clone(),
                request: said.request.clone(),
            }),
        }
    }
}

/// The error object of JSON-RPC (specification 2.0, section 5.1) for a failure.
#[must_use]
pub(super) fn object(error: &Error) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(number(error.code()), error.sentence(), Some(ErrorData::new(error)))
}

/// A refusal before any method was reached, as a JSON-RPC answer. The connection is closed behind it.
#[must_use]
pub(super) fn refusal(status: StatusCode, id: Id<'_>, error: &Error) -> Response<HttpBody> {
    let payload = ResponsePayload::<()>::error(object(error));
    let mut response = json(status, &jsonrpsee::types::Response::new(payload, id));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Any JSON as an answer.
#[must_use]
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::from(serde_json::to_vec(value).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// A caller's text as an argument, where it can be no secret: short and of plain characters.
#[must_use]
pub(super) fn echo(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if text.len() <= 12 && text.bytes().all(plain) { text.to_owned() } else { "(not shown)".to_owned() }
}

fn number(code: Code) -> i32 {
    match code {
        Code::METHOD_UNKNOWN => METHOD_NOT_FOUND_CODE,
        Code::PARAMETER_INVALID | Code::FILE_NOT_BASE64 => INVALID_PARAMS_CODE,
        Code::REQUEST_UNREADABLE | Code::BATCH_REFUSED => INVALID_REQUEST_CODE,
        Code::BUG => INTERNAL_ERROR_CODE,
        _ => OURS,
    }
}
