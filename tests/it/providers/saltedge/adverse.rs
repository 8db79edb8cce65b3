//! Salt Edge on a bad day: faults of the network, signatures, messages from nowhere; and no secret in any of it.

use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};
use bank_bridge::errors::{Code, Error, Family, Result};
use bank_bridge::providers::saltedge::SaltEdge;
use bank_bridge::providers::{Hint, Linked, Provider as _};
use bank_bridge::sandbox::faults::{FAULTS, Fault, PLACES, Place, Planned};
use bank_bridge::sandbox::saltedge::{APP_ID, SECRET};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Stage, TIMING, ago, config, wish};

const ING: &str = "fakebank_ing_xf";

/// What is asked for at a place; how many entries came, or what failed.
async fn at(stage: &Stage, place: Place) -> Result<Vec<usize>> {
    let (provider, mut session) = (&stage.provider, stage.attended());
    Ok(match place {
        Place::Token | Place::Other => vec![provider.institutions("BE").await?.len()],
        Place::Accounts => vec![provider.accounts(&mut session).await?.accounts.len()],
        Place::Transactions => {
            let account = stage.accounts().await.remove(0);
            vec![provider.transactions(&mut session, &account, ago(80)).await?.lines.len()]
        }
        Place::Refresh => {
            stage.sandbox.shared.pass(SignedDuration::from_mins(2));
            let findings = provider.refresh(&mut session, &[]).await?;
            match findings.into_iter().next() {
                Some(finding) => return Err(finding),
                None => vec![],
            }
        }
        Place::Connect => {
            provider.connect(&mut session, &wish(Some(ING))).await?;
            vec![]
        }
    })
}

/// A failure is told with a code of its family, all words filled in, and nothing that is secret.
fn check(error: &Error, what: &str) {
    assert_eq!(error.code().family(), Family::Provider, "{what}: {error}");
    assert!(!error.sentence().contains('{'), "{what}: {}", error.sentence());
    assert!(error.said().is_some_and(|said| said.provider == "Salt Edge"), "{what}: {error}");
    let shown = format!("{error:?} {:?}", error.said());
    assert!(!shown.contains(SECRET) && !shown.contains(APP_ID), "{what}: {shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_at_every_place_is_passed_over_or_told() {
    let mut tests = tokio::task::JoinSet::new();
    // Most of the time is waiting; all at once would take longer than a request may.
    let few = std::sync::Arc::new(tokio::sync::Semaphore::new(5));
    for fault in FAULTS.iter().copied() {
        let few = few.clone();
        tests.spawn(async move {
            let _turn = few.acquire().await.unwrap();
            let stage = Stage::linked(ING).await;
            let faults = &stage.sandbox.shared.faults;
            for place in PLACES.iter().copied() {
                let good = at(&stage, place).await.unwrap();
                for times in [Some(1), None] {
                    let what = format!("{fault}@{place}{}", if times.is_some() { "*1" } else { "" });
                    faults.plan(Planned { fault, place: Some(place), skip: 0, times });
                    let began = Instant::now();
                    let came = at(&stage, place).await;
                    faults.clear();
                    assert!(began.elapsed().as_secs() < 8, "{what} took {:?}", began.elapsed());
                    if let Err(error) = &came {
                        check(error, &what);
                    }
                    let expected = match fault {
                        // Salt Edge has no token, and no pages where nothing is a list.
                        _ if place == Place::Token => None,
                        Fault::RepeatedPage | Fault::ForeignLink
                            if matches!(place, Place::Refresh | Place::Connect) =>
                        {
                            None
                        }
                        // The connection itself is no list either, and is asked for first.
                        Fault::ForeignLink if place == Place::Accounts && times.is_some() => None,
                        Fault::ForeignLink => Some(Code::PROVIDER_LINK_ELSEWHERE),
                        Fault::Unauthorised => Some(Code::PROVIDER_APPLICATION_REFUSED),
                        Fault::TooManyLong => Some(Code::PROVIDER_LIMIT),
                        _ if times.is_some() => None,
                        // The work was done, which the connection itself tells.
                        Fault::LostAnswer | Fault::ResetInBody | Fault::Truncated | Fault::Trickle
                            if place == Place::Refresh =>
                        {
                            None
                        }
                        Fault::Reset | Fault::LostAnswer | Fault::ResetInBody => {
                            Some(Code::PROVIDER_UNREACHABLE)
                        }
                        Fault::Stall | Fault::Trickle => Some(Code::PROVIDER_TIMEOUT),
                        Fault::ServerError | Fault::BadGateway => Some(Code::PROVIDER_FAILED),
                        Fault::TooMany | Fault::TooManyUnsaid => Some(Code::PROVIDER_LIMIT),
                        Fault::Firewall | Fault::Truncated | Fault::Html | Fault::OtherShape => {
                            Some(Code::PROVIDER_ANSWER_UNREADABLE)
                        }
                        Fault::RepeatedPage => Some(Code::PROVIDER_PAGES_REPEAT),
                    };
                    match expected {
                        None => assert_eq!(came.as_ref().ok(), Some(&good), "{what}: {came:?}"),
                        Some(code) => {
                            let told = came.as_ref().err().map(Error::code);
                            assert_eq!(told, Some(code), "{what}: {came:?}");
                        }
                    }
                }
            }
        });
    }
    while let Some(done) = tests.join_next().await {
        done.unwrap();
    }
}

/// A key for an application: private in PEM, public in PEM.
fn key() -> (String, String) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let text = STANDARD.encode(der);
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
    let public = AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).unwrap();
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
}

#[tokio::test]
async fn a_live_application_signs_every_request_over_its_exact_bytes() {
    let mut stage = Stage::new().await;
    let (private, public) = key();
    assert!(stage.bank.register_key(&public, true));
    let unsigned = stage.provider.check().await.unwrap_err();
    assert_eq!(unsigned.code(), Code::PROVIDER_NOT_CONFIGURED);
    assert!(unsigned.sentence().contains("private_key_file"));

    let mut signing = config(&stage.bank);
    signing.private_key = Some(private.clone().into());
    stage.provider = SaltEdge::new(&signing, TIMING).unwrap();
    assert!(!format!("{:?}", stage.provider).contains(SECRET));
    // Bodies, queries and characters that have to be encoded are signed as they are sent.
    let url = stage.open(Some(ING)).await.unwrap();
    let parameters = stage.choose(&url, "success").await;
    assert_eq!(stage.returned(&parameters).await.unwrap(), Linked::Ready);
    let account = stage.accounts().await.remove(0);
    stage.bank.page_size(10);
    assert!(stage.read(&account, ago(80)).await.len() > 20);
    stage.sandbox.shared.faults.plan(Planned::at(Fault::ServerError, Place::Transactions, Some(2)));
    assert!(stage.read(&account, ago(80)).await.len() > 20, "a new try has a signature of its own");
    assert!(stage.provider.institutions("B&E =/?ü").await.is_ok());

    let (_, other) = key();
    assert!(stage.bank.register_key(&other, true));
    let refused = stage.provider.check().await.unwrap_err();
    assert_eq!(refused.code(), Code::PROVIDER_SIGNATURE_REFUSED);
    check(&refused, "another key");
    assert!(stage.bank.register_key(&public, true));
    stage.bank.skew(120);
    assert_eq!(stage.provider.check().await.unwrap_err().code(), Code::PROVIDER_LATER, "it came too late");
    stage.bank.skew(-2 * 3600);
    assert_eq!(stage.provider.check().await.unwrap_err().code(), Code::PROVIDER_CLOCK);
    stage.bank.skew(0);
    assert!(stage.provider.check().await.is_ok());
    let error = SaltEdge::new(
        &{
            signing.private_key = Some("no key".to_owned().into());
            signing
        },
        TIMING,
    );
    assert_eq!(error.unwrap_err().code(), Code::CONFIGURATION_INVALID);
}

#[tokio::test]
async fn wrong_keys_are_the_administrators_matter() {
    let stage = Stage::new().await;
    for flat in [false, true] {
        stage.bank.flat_errors(flat);
        let mut wrong = config(&stage.bank);
        wrong.secret = Some("secret-marker-1".to_owned().into());
        let error = SaltEdge::new(&wrong, TIMING).unwrap().check().await.unwrap_err();
        assert_eq!(error.code(), Code::PROVIDER_APPLICATION_REFUSED);
        assert_eq!(error.said().unwrap().class.as_deref(), Some("WrongSecret"));
        assert_eq!(error.said().unwrap().request.is_some(), !flat);
        assert!(!format!("{error:?}").contains("marker"));
        wrong.app_id = "unknown".to_owned();
        let error = SaltEdge::new(&wrong, TIMING).unwrap().check().await.unwrap_err();
        assert_eq!(error.said().unwrap().class.as_deref(), Some("ApiKeyNotFound"));
    }
    let mut away = config(&stage.bank);
    away.base_url = Some(stage.bank.base_url().replace("/v6", "/v7"));
    let error = SaltEdge::new(&away, TIMING).unwrap().check().await.unwrap_err();
    assert_eq!(error.code(), Code::PROVIDER_ANSWER_UNREADABLE, "a page in HTML is no answer");
}

#[tokio::test]
async fn messages_are_sent_at_every_end_and_verify() {
    let mut stage = Stage::new().await;
    let ears = wiremock::MockServer::start().await;
    let any = wiremock::Mock::given(wiremock::matchers::method("POST"));
    any.respond_with(wiremock::ResponseTemplate::new(204)).mount(&ears).await;
    let url = format!("{}/callbacks", ears.uri());
    stage.bank.send_callbacks_to(&url);
    let mut listening = config(&stage.bank);
    listening.callback_url = Some(url.clone());
    let (_, other) = key();
    listening.callback_keys = vec![other, stage.bank.callback_key()];
    stage.provider = SaltEdge::new(&listening, TIMING).unwrap();
    stage.link(ING, "success").await.unwrap();
    let connection = stage.connection();
    stage.sandbox.shared.pass(SignedDuration::from_mins(2));
    stage.bank.fail_with(&connection, Some("InvalidCredentials"));
    stage.refresh().await;
    let kinds = async || {
        let requests = ears.received_requests().await.unwrap();
        requests.iter().map(|request| request.url.path().to_owned()).collect::<Vec<_>>()
    };
    let wanted = ["/callbacks/success", "/callbacks/fail", "/callbacks/destroy"];
    let mut told = kinds().await;
    for round in 0..100 {
        if round == 20 {
            stage.bank.unlink(&connection);
        }
        if wanted.iter().all(|kind| told.iter().any(|path| path == kind)) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        told = kinds().await;
    }
    for kind in wanted {
        assert!(told.iter().any(|path| path == kind), "{kind} is not among {told:?}");
    }
    for request in ears.received_requests().await.unwrap() {
        let hint = stage.provider.webhook(&request.headers, &request.body).await.unwrap();
        assert_eq!(hint, Some(Hint { subject: connection.clone() }));
        let mut changed = request.body.clone();
        changed[10] ^= 1;
        let refused = stage.provider.webhook(&request.headers, &changed).await.unwrap_err();
        assert_eq!(refused.code(), Code::WEBHOOK_REFUSED);
    }
}

/// What the simulator answers to a request that is not the provider's.
async fn ask(stage: &Stage, method: &str, path: &str, body: Value) -> (u16, String, Value) {
    let url = format!("{}/saltedge/api{path}", stage.sandbox.url());
    let mut request = reqwest::Client::new()
        .request(method.parse().unwrap(), url)
        .header("user-agent", "test")
        .header("app-id", APP_ID)
        .header("secret", SECRET);
    if !body.is_null() {
        request = request.body(json!({ "data": body }).to_string());
    }
    let answer = request.send().await.unwrap();
    let (status, kind) =
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned());
    let text = answer.text().await.unwrap();
    (status, kind, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_simulator_is_as_strict_as_salt_edge() {
    let stage = Stage::linked(ING).await;
    let customer = &stage.state.ids["customer"];
    let flat = json!({"customer_id": customer, "consent": {"scopes": ["accounts"], "from_date": ago(9)},
        "provider_code": ING});
    let (status, _, body) = ask(&stage, "POST", "/v6/connections/connect", flat).await;
    assert_eq!((status, body["error"]["class"].as_str()), (400, Some("WrongRequestFormat")));
    assert!(body["error"]["documentation_url"].as_str().unwrap().ends_with("#errors-wrong_request_format"));
    for (consent, class) in [
        (json!({"scopes": ["accounts"]}), "WrongRequestFormat"),
        (json!({"scopes": ["account_details"], "from_date": ago(9)}), "AispConsentScopesInvalid"),
        (json!({"scopes": ["accounts"], "from_date": ago(400)}), "InvalidAispConsentFromDate"),
        (
            json!({"scopes": ["accounts"], "from_date": ago(9), "period_days": 900}),
            "InvalidAispConsentPeriod",
        ),
    ] {
        let body = json!({"customer_id": customer, "consent": consent, "provider": {"code": ING}});
        let (_, _, body) = ask(&stage, "POST", "/v6/connections/connect", body).await;
        assert_eq!(body["error"]["class"], class);
    }
    let account = stage.accounts().await.remove(0);
    for (path, status) in [
        (format!("/v6/accounts/{}", account.id), 404),
        ("/v6/connect_sessions/create".to_owned(), 404),
        ("/v9/countries".to_owned(), 404),
    ] {
        let (got, kind, _) = ask(&stage, "GET", &path, Value::Null).await;
        assert_eq!((got, kind.as_str()), (status, "text/html"), "{path}");
    }
    let bare = reqwest::get(format!("{}/countries", stage.bank.base_url())).await.unwrap();
    assert_eq!(bare.status(), 403, "without a user agent the firewall answers");
}

#[tokio::test]
async fn version_5_has_its_own_shapes_over_the_same_books() {
    let stage = Stage::linked(ING).await;
    let connection = stage.connection();
    let (_, _, body) = ask(&stage, "GET", "/v5/customers", Value::Null).await;
    assert_eq!(body["data"][0]["id"].as_str(), Some(stage.state.ids["customer"].as_str()));
    let customer = body["data"][0]["id"].clone();
    let (_, _, body) = ask(&stage, "GET", &format!("/v5/connections/{connection}"), Value::Null).await;
    assert!(body["data"]["secret"].is_string() && body["data"]["last_success_at"].is_string());
    let flat = json!({"customer_id": customer, "provider_code": ING, "daily_refresh": true,
        "consent": {"scopes": ["account_details", "transactions_details"]}, "attempt": {"return_to": "https://a.b/c"}});
    let (status, _, body) = ask(&stage, "POST", "/v5/connect_sessions/create", flat).await;
    assert_eq!(status, 200);
    assert!(
        stage.sent(body["data"]["connect_url"].as_str().unwrap(), &[]).await.starts_with("https://a.b/c")
    );
    assert_eq!(stage.bank.connections().len(), 2);
    let list = format!("/v5/transactions/pending?connection_id={connection}");
    let (_, _, body) = ask(&stage, "GET", &list, Value::Null).await;
    assert_eq!(body["data"], json!([]));
    // The provider reads these bodies too.
    let mut old = config(&stage.bank);
    old.base_url = Some(stage.bank.base_url().replace("/v6", "/v5"));
    let old = SaltEdge::new(&old, TIMING).unwrap();
    let mut session = stage.session();
    let accounts = old.accounts(&mut session).await.unwrap();
    assert!(accounts.problem.is_none() && accounts.consent_until.is_some());
    assert!(accounts.accounts[0].fresh_as_of.is_some());
    let lines = old.transactions(&mut session, &accounts.accounts[0], ago(80)).await.unwrap().lines;
    assert!(lines.len() > 20);
}

#[tokio::test]
async fn a_demonstration_is_steered_over_http() {
    let stage = Stage::linked(ING).await;
    let client = reqwest::Client::new();
    let wish = async |wish: &str| {
        let url = format!("{}/control/saltedge/{wish}", stage.sandbox.url());
        client.post(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(wish("nonsense").await, 400);
    let before = stage.accounts().await.remove(0).id;
    assert_eq!(wish("renumber").await, 204);
    assert_ne!(stage.accounts().await.remove(0).id, before);
    assert_eq!(wish("fail/ProviderError").await, 204);
    assert_eq!(wish("background").await, 204);
    let problem = stage.provider.accounts(&mut stage.session()).await.unwrap().problem.unwrap();
    assert_eq!(problem.code(), Code::BANK_WANTS_CUSTOMER);
    assert_eq!((wish("recover").await, wish("background").await), (204, 204));
    assert_eq!(wish("expire-consent").await, 204);
    let problem = stage.provider.accounts(&mut stage.session()).await.unwrap().problem.unwrap();
    assert_eq!(problem.code(), Code::CONSENT_ENDED);
    assert_eq!(wish("unlink").await, 204);
    assert!(stage.bank.connections().is_empty());
    let key = client.get(format!("{}/saltedge/callback-key.pem", stage.sandbox.url())).send().await.unwrap();
    assert_eq!(key.text().await.unwrap(), stage.bank.callback_key());
}
