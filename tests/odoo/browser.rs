//! A user's browser, logged in at Odoo: pages, redirects and refreshes, without scripts.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::instance::Odoo;
use crate::online::Connection;
use crate::support::providers::decide;

/// Pages after which a way through Odoo is taken not to end.
const LONGEST_WAY: usize = 60;

/// The administrator's browser.
pub struct Browser<'o> {
    odoo: &'o Odoo,
    client: Client,
    runtime: Runtime,
    cookie: String,
    /// Pages that were asked for again because the bridge was still at work.
    pub waited: usize,
}

struct Page {
    status: u16,
    /// Where a redirect leads.
    redirect: Option<String>,
    cookie: Option<String>,
    body: String,
}

impl<'o> Browser<'o> {
    pub fn log_in(odoo: &'o Odoo) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut browser = Self { odoo, client, runtime, cookie: String::new(), waited: 0 };
        let login = json!({"db": odoo.database(), "login": "admin", "password": "admin"});
        let user = browser.rpc("/web/session/authenticate", &login);
        assert_eq!(user["username"], "admin", "{user}");
        browser
    }

    /// Presses a button of a connection's form; gives the action that follows.
    pub fn press(&mut self, connection: &Connection<'_>, button: &str) -> Value {
        let model = "bank.bridge.connection";
        let call = json!({"model": model, "method": button, "args": [[connection.id]], "kwargs": {}});
        self.rpc(&format!("/web/dataset/call_button/{model}/{button}"), &call)
    }

    /// Presses Connect, and waits on Odoo's page until it leads to the provider's; gives that.
    pub fn connect(&mut self, connection: &Connection<'_>) -> String {
        let action = self.press(connection, "action_connect");
        assert_eq!(action["type"], "ir.actions.act_url", "{action}");
        let page = self.follow(action["url"].as_str().unwrap());
        connection.at_rest();
        page
    }

    /// Decides on the provider's page, and comes back to Odoo; gives the address of the page where that ends.
    pub fn decide(&mut self, connection: &Connection<'_>, page: &str, allowed: bool) -> String {
        let provider = connection.column("provider");
        let back = self.runtime.block_on(decide(&provider, page, allowed));
        self.come_back(connection, &back)
    }

    /// Comes back to Odoo at an address, and waits until the bridge has worked on that.
    pub fn come_back(&mut self, connection: &Connection<'_>, address: &str) -> String {
        let before = connection.last_run();
        let end = self.follow(address);
        connection.ended_after(&before);
        end
    }

    /// The whole way of linking.
    pub fn link(&mut self, connection: &Connection<'_>) {
        let page = self.connect(connection);
        self.decide(connection, &page, true);
        assert_eq!(connection.state(), "connected ");
    }

    /// Opens a page, and goes where it leads to as long as that is in Odoo; gives the first address outside, or that
    /// of the last page.
    fn follow(&mut self, address: &str) -> String {
        let mut address = address.to_owned();
        for _ in 0..LONGEST_WAY {
            let path = address.strip_prefix(&self.odoo.url).unwrap_or(&address);
            if !path.starts_with('/') {
                return address;
            }
            let page = self.send(self.client.get(format!("{}{path}", self.odoo.url)));
            address = if let Some(redirect) = page.redirect {
                redirect
            } else {
                assert_eq!(page.status, 200, "{path}: {}", page.body);
                let Some(next) = refresh(&page.body) else { return path.to_owned() };
                self.waited += 1;
                std::thread::sleep(Duration::from_secs(1));
                next
            };
        }
        panic!("the way does not end: {address}");
    }

    fn rpc(&mut self, path: &str, params: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "method": "call", "params": params});
        let page = self.send(self.client.post(format!("{}{path}", self.odoo.url)).json(&body));
        let mut answer: Value = serde_json::from_str(&page.body).unwrap();
        assert!(answer["error"].is_null(), "{path}: {answer}");
        answer["result"].take()
    }

    fn send(&mut self, request: RequestBuilder) -> Page {
        let page = self.runtime.block_on(async {
            let answer = request.header("Cookie", &self.cookie).send().await.unwrap();
            let header =
                |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let (redirect, cookie) = (header("location"), header("set-cookie"));
            Page { status: answer.status().as_u16(), redirect, cookie, body: answer.text().await.unwrap() }
        });
        let session = page.cookie.iter().filter_map(|cookie| cookie.split(';').next());
        if let Some(session) = session.into_iter().find(|cookie| cookie.starts_with("session_id=")) {
            session.clone_into(&mut self.cookie);
        }
        page
    }
}

/// Where a page goes by itself after a second.
fn refresh(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("http-equiv=\"refresh\" content=\"1; url=")?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&"))
}
