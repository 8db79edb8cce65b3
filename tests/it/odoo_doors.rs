//! Both doors of Odoo against recorded shapes and faults. The real Odoo is in `real_odoo.rs`.

use bank_bridge::errors::Code;
use bank_bridge::odoo::{self, Target, Transport};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "canary-api-key";

fn target(server: &MockServer, transport: Transport) -> Target {
    Target {
        url: server.uri(),
        database: "books".to_owned(),
        login: "bridge".to_owned(),
        api_key: SecretString::from(KEY),
        transport,
    }
}

fn service(name: &str) -> wiremock::matchers::BodyPartialJsonMatcher {
    body_partial_json(json!({"params": {"service": name}}))
}

async fn answers(server: &MockServer, matcher: impl wiremock::Match + 'static, answer: ResponseTemplate) {
    Mock::given(matcher).respond_with(answer).mount(server).await;
}

fn result(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1, "result": value}))
}

/// An Odoo 19 that knows its version.
async fn odoo19() -> MockServer {
    let server = MockServer::start().await;
    let version = json!({"version": "19.0-20260101", "version_info": [19, 0, 0, "final", 0, ""]});
    answers(&server, path("/web/version"), ResponseTemplate::new(200).set_body_json(version)).await;
    server
}

/// An Odoo 18, which has no `/web/version` and tells it over `/jsonrpc`.
async fn odoo18() -> MockServer {
    let server = MockServer::start().await;
    answers(&server, path("/web/version"), ResponseTemplate::new(404).set_body_string("<html>404</html>"))
        .await;
    let login = body_partial_json(json!({"params": {"method": "authenticate"}}));
    answers(&server, login, result(&json!(7))).await;
    answers(&server, service("common"), result(&json!({"server_version": "18.0+e"}))).await;
    server
}

#[tokio::test]
async fn the_newer_door_is_taken_where_there_is_one() {
    let server = odoo19().await;
    Mock::given(method("POST"))
        .and(path("/json/2/bank.bridge.import/bridge_check"))
        .and(header("authorization", format!("bearer {KEY}").as_str()))
        .and(header("x-odoo-database", "books"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"protocol": 1})))
        .expect(1)
        .mount(&server)
        .await;
    let client = odoo::connect(&target(&server, Transport::Auto)).await.unwrap();
    assert_eq!((client.door(), client.version().major), ("/json/2", 19));
    let answer = client.call("bank.bridge.import", "bridge_check", &Map::new()).await.unwrap();
    assert_eq!(answer, json!({"protocol": 1}));
}

#[tokio::test]
async fn the_older_door_is_taken_on_18_and_reads_odoos_own_json_rpc() {
    let server = odoo18().await;
    // Odoo leaves `result` out where a method returns nothing.
    let nothing = ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1}));
    answers(&server, service("object"), nothing).await;
    let client = odoo::connect(&target(&server, Transport::Auto)).await.unwrap();
    assert_eq!((client.door(), client.version().major), ("/jsonrpc", 18));
    assert_eq!(client.call("bank.bridge.import", "bridge_close", &Map::new()).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn every_fault_of_a_door_has_its_code_and_shows_no_secret() {
    let exception = |name: &str, message: &str| json!({"name": name, "message": message, "debug": format!("Traceback {KEY}")});
    let cases = [
        (
            ResponseTemplate::new(502).set_body_string("<html>Bad Gateway</html>"),
            Code::ODOO_ANSWER_UNREADABLE,
        ),
        (ResponseTemplate::new(413).set_body_string("<html>too large</html>"), Code::ODOO_REQUEST_TOO_LARGE),
        (ResponseTemplate::new(200).set_body_string("{\"trunc"), Code::ODOO_ANSWER_UNREADABLE),
        (ResponseTemplate::new(404).set_body_string("<h1>Not Found</h1>"), Code::DATABASE_UNKNOWN),
        (
            ResponseTemplate::new(401)
                .set_body_json(exception("werkzeug.exceptions.Unauthorized", "Invalid apikey")),
            Code::ODOO_LOGIN_REFUSED,
        ),
        (
            ResponseTemplate::new(403).set_body_json(exception("odoo.exceptions.AccessError", "not you")),
            Code::ODOO_RIGHTS_MISSING,
        ),
        (
            ResponseTemplate::new(404).set_body_json(exception(
                "werkzeug.exceptions.NotFound",
                "the model 'bank.bridge.import' does not exist",
            )),
            Code::ADDON_MISSING,
        ),
        (
            ResponseTemplate::new(500).set_body_json(exception("psycopg2.errors.SerializationFailure", "x")),
            Code::ODOO_BUSY,
        ),
        (
            ResponseTemplate::new(500)
                .set_body_json(exception("builtins.ZeroDivisionError", "division by zero")),
            Code::ODOO_FAILED,
        ),
    ];
    for (answer, expected) in cases {
        let server = odoo19().await;
        answers(&server, path("/json/2/bank.bridge.import/bridge_check"), answer).await;
        let client = odoo::connect(&target(&server, Transport::Auto)).await.unwrap();
        let error = client.call("bank.bridge.import", "bridge_check", &Map::new()).await.unwrap_err();
        assert_eq!(error.code(), expected);
        assert!(!format!("{error:?}{error}").contains(KEY));
    }
}

#[tokio::test]
async fn the_older_doors_refusals_have_the_same_codes() {
    let failure = |data: Value| {
        ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1,
            "error": {"code": 200, "message": "Odoo Server Error", "data": data}}))
    };
    let server = odoo18().await;
    let data =
        json!({"name": "odoo.exceptions.AccessError", "message": "You may not\nread this", "debug": KEY});
    answers(&server, service("object"), failure(data)).await;
    let client = odoo::connect(&target(&server, Transport::Jsonrpc)).await.unwrap();
    let error = client.call("bank.bridge.import", "bridge_check", &Map::new()).await.unwrap_err();
    assert_eq!(error.code(), Code::ODOO_RIGHTS_MISSING);
    assert_eq!(error.sentence(), "the user bridge may not do this in Odoo: You may not");
    assert!(!format!("{error:?}").contains(KEY));
}

#[tokio::test]
async fn a_refused_key_an_unknown_database_and_an_old_odoo_are_told_apart() {
    let version = |text: &str| result(&json!({"server_version": text}));
    let login = || body_partial_json(json!({"params": {"method": "authenticate"}}));
    let missing =
        json!({"name": "psycopg2.OperationalError", "message": "FATAL: database \"books\" does not exist"});
    let missing =
        ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "error": {"data": missing}}));
    let cases = [
        (version("18.0"), result(&json!(false)), Code::ODOO_LOGIN_REFUSED),
        (version("18.0"), missing, Code::DATABASE_UNKNOWN),
        (version("16.0"), result(&json!(1)), Code::ODOO_VERSION),
    ];
    for (version, signing_in, expected) in cases {
        let server = MockServer::start().await;
        answers(&server, login(), signing_in).await;
        answers(&server, service("common"), version).await;
        let error = odoo::connect(&target(&server, Transport::Auto)).await.err().unwrap();
        assert_eq!(error.code(), expected);
    }
}

#[tokio::test]
async fn nobody_there_is_told_without_the_address_of_a_secret() {
    let mut target = target(&MockServer::start().await, Transport::Auto);
    target.url = "http://127.0.0.1:1".to_owned();
    assert_eq!(odoo::connect(&target).await.err().unwrap().code(), Code::ODOO_UNREACHABLE);
    assert!(!format!("{target:?}").contains(KEY));
}
