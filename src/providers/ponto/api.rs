//! Calls of Ponto's API: with the token of the run, once more with a new one where it had ended, page after page.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;

use super::super::Session;
use super::super::calls::Repeat;
use super::super::state::Secret;
use super::errors::{Asked, refused, token_refused};
use super::{Mode, Ponto, auth, wire};
use crate::errors::{Code, Error, Origin, Result};
use crate::http::{Answer, Request, secret_header};

/// Most pages of one list: with a hundred a page more than any account has in a year.
const MOST_PAGES: usize = 2000;

/// Where reading a list stands.
pub(super) struct Place {
    first: String,
    next: Option<String>,
    seen: HashSet<String>,
}

impl Place {
    /// Before the first page, a path with its query.
    pub(super) fn first(path: &str) -> Self {
        Self { first: path.to_owned(), next: Some(path.to_owned()), seen: HashSet::new() }
    }
}

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// A path below the base with its query, or a whole link of the same server.
    pub(super) to: &'a str,
    pub(super) body: Bytes,
    pub(super) asked: Asked<'a>,
}

impl Ponto {
    /// A resource.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        session: &mut Session<'_>,
        path: &str,
        asked: Asked<'_>,
    ) -> Result<T> {
        let call = Call { method: Method::GET, to: path, body: Bytes::new(), asked };
        self.caller.json(&self.call(session, &call).await?)
    }

    /// Makes a resource.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        session: &mut Session<'_>,
        path: &str,
        body: Bytes,
        asked: Asked<'_>,
    ) -> Result<T> {
        let call = Call { method: Method::POST, to: path, body, asked };
        self.caller.json(&self.call(session, &call).await?)
    }

    /// What everybody may see.
    pub(super) async fn public<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let call = Call { method: Method::GET, to: path, body: Bytes::new(), asked: Asked::Other };
        let left = || self.timing.bank;
        let answer = self.send(left, || self.request(&call, None, None), Asked::Other).await;
        self.caller.json(&answer.map_err(|error| self.settled(error))?)
    }

    /// Sends with the token of the run; once more with a new one where Ponto takes it no longer.
    async fn call(&self, session: &mut Session<'_>, call: &Call<'_>) -> Result<Answer> {
        // The same for all tries, so that what was done already is not done again.
        let key = (call.method == Method::POST).then(|| uuid::Uuid::now_v7().to_string());
        let mut renewed = false;
        loop {
            let token = auth::token(self, session).await?;
            let build = || self.request(call, Some(&token), key.as_deref());
            match self.send(|| session.time_left(), build, call.asked).await {
                Err(error) if token_refused(&error) && !renewed => {
                    renewed = true;
                    session.access_token = None;
                }
                Err(error) => return Err(self.settled(error)),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// A refusal of the token that no new token mends is one of the credentials.
    fn settled(&self, error: Error) -> Error {
        if !token_refused(&error) {
            return error;
        }
        let origin = error.said().cloned().unwrap_or_else(|| Origin::of(self.mode.title()));
        let mut settled = Error::new(self.mode.credentials_refused()).arg("provider", self.mode.title());
        if self.mode == Mode::Connect {
            settled = settled.arg("reason", "a new token is not taken either");
        }
        settled.origin(origin)
    }

    /// Sends until a good answer comes.
    pub(super) async fn send(
        &self,
        time_left: impl Fn() -> Duration + Send + Sync,
        build: impl Fn() -> Result<Request> + Send + Sync,
        asked: Asked<'_>,
    ) -> Result<Answer> {
        let refused = |answer: &Answer| refused(self.mode, asked, answer);
        let sent = self.caller.send(Repeat::Harmless, time_left, build, refused).await;
        sent.map_err(|error| self.certificate_refused(error))
    }

    /// Where the server ends the TLS handshake, it is the client's certificate that it does not take.
    fn certificate_refused(&self, error: Error) -> Error {
        let reason =
            error.args().iter().find(|(name, _)| *name == "reason").map(|(_, reason)| reason.as_str());
        let alert = reason.is_some_and(|reason| reason.contains("fatal alert"));
        if self.mode == Mode::Connect && error.code() == Code::PROVIDER_UNREACHABLE && alert {
            let reason = "the server does not take its client certificate";
            return self.mode.error(Code::PROVIDER_APPLICATION_REFUSED).arg("reason", reason);
        }
        error
    }

    /// One try, signed as it goes out.
    fn request(&self, call: &Call<'_>, token: Option<&Secret>, idempotency: Option<&str>) -> Result<Request> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.api+json, application/json"));
        if !call.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(token) = token {
            let value = format!("Bearer {}", token.expose());
            headers.insert(AUTHORIZATION, secret_header("the access token", &value)?);
        }
        if let (Mode::Connect, Some(Ok(key))) = (self.mode, idempotency.map(HeaderValue::from_str)) {
            headers.insert(HeaderName::from_static("ibanity-idempotency-key"), key);
        }
        let mut request = self.caller.request(call.method.clone(), call.to, headers);
        if !call.to.starts_with('/') {
            call.to.clone_into(&mut request.url);
        }
        request.body = call.body.clone();
        self.signed(request)
    }

    /// Signs a request where a key is set up.
    pub(super) fn signed(&self, mut request: Request) -> Result<Request> {
        if let Some(signer) = self.application.as_ref().and_then(|application| application.signer.as_ref()) {
            signer.sign(&mut request, jiff::Timestamp::now().as_second())?;
        }
        Ok(request)
    }

    /// All pages of a list, as long as `take` wants more. Without a session it is asked for as everybody may.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        mut session: Option<&mut Session<'_>>,
        path: &str,
        asked: Asked<'_>,
        mut take: impl FnMut(wire::Page<T>) -> Result<bool> + Send,
    ) -> Result<()> {
        let mut place = Place::first(path);
        loop {
            let page = match session.as_deref_mut() {
                Some(session) => self.page(session, &mut place, asked).await?,
                None => match self.begin(&mut place)? {
                    Some(to) => Some(self.moved(&mut place, self.public(&to).await?)?),
                    None => None,
                },
            };
            let Some(page) = page else { return Ok(()) };
            if !take(page)? {
                return Ok(());
            }
        }
    }

    /// The next page; none behind the last. A short page says nothing: Ponto may give fewer than there are.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        session: &mut Session<'_>,
        place: &mut Place,
        asked: Asked<'_>,
    ) -> Result<Option<wire::Page<T>>> {
        let Some(to) = self.begin(place)? else { return Ok(None) };
        let page = self.get(session, &to, asked).await?;
        self.moved(place, page).map(Some)
    }

    fn begin(&self, place: &mut Place) -> Result<Option<String>> {
        let Some(to) = place.next.take() else { return Ok(None) };
        if place.seen.len() >= MOST_PAGES || !place.seen.insert(to.clone()) {
            return Err(self.mode.error(Code::PROVIDER_PAGES_REPEAT).arg("count", place.seen.len()));
        }
        Ok(Some(to))
    }

    /// Finds the place behind a page: its link, else what its paging says.
    fn moved<T>(&self, place: &mut Place, page: wire::Page<T>) -> Result<wire::Page<T>> {
        let paging = page.meta.as_ref().and_then(|meta| meta.paging.as_ref());
        let after = paging.and_then(|paging| paging.after.as_deref());
        place.next = if let Some(link) = page.links.as_ref().and_then(|links| links.next.as_deref()) {
            Some(self.caller.own_link(link)?)
        } else if let Some(id) = after {
            Some(format!("{}&page%5Bafter%5D={}", place.first, self.segment(id)?))
        } else {
            None
        };
        Ok(page)
    }

    /// An id as a part of a path; ids are UUIDs, and what could lead elsewhere is none.
    pub(super) fn segment<'a>(&self, id: &'a str) -> Result<&'a str> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !id.is_empty() && id.len() <= 100 && id.bytes().all(plain) {
            return Ok(id);
        }
        let reason = "an id has characters that no id has";
        Err(self.mode.error(Code::PROVIDER_ANSWER_UNREADABLE).arg("reason", reason))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::config::{PontoConnectConfig, Timing};
    use super::*;

    fn connect() -> Ponto {
        let config = PontoConnectConfig::simulated("https://ponto.invalid/x", "id", "secret", "application");
        Ponto::ponto_connect(&config, Timing::default()).unwrap()
    }

    #[test]
    fn a_certificate_that_the_server_refuses_is_the_applications() {
        let failed = |reason: &str| {
            let error = Error::new(Code::PROVIDER_UNREACHABLE).arg("provider", "x").arg("reason", reason);
            connect().certificate_refused(error).code()
        };
        assert_eq!(failed("received fatal alert: CertificateRequired"), Code::PROVIDER_APPLICATION_REFUSED);
        assert_eq!(failed("connection refused"), Code::PROVIDER_UNREACHABLE);
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        let ponto = connect();
        assert_eq!(ponto.segment("2ad3df83-be01-47cf").unwrap(), "2ad3df83-be01-47cf");
        for wrong in ["", "..", "a/b", "a%2Fb", "a?b", "ä", &"a".repeat(101)] {
            assert!(ponto.segment(wrong).is_err(), "{wrong}");
        }
    }
}
