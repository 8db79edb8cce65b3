from odoo.tests import HttpCase, tagged

from ..models.bank_bridge_registration import BridgeFailure
from .common import IBAN, OTHER_IBAN
from .online import OnlineCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestWayToTheBank(OnlineCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.connection.provider = "saltedge"
        self.manager.password = self.accountant.password = "a long password"
        self.authenticate(self.manager.login, "a long password")

    def get(self, path):
        return self.url_open(path, allow_redirects=False)

    def page(self, **parameters):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.get(f"/bank_bridge/connect/{self.connection.key}?{query}")

    def form_url(self):
        return f"/odoo/action-bank_bridge.action_connection/{self.connection.id}"

    def test_waits_and_goes(self):
        run, _answer = self.begin("connect")
        answer = self.page(run=run)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(
            f'content="1; url=/bank_bridge/connect/{self.connection.key}?waited=1&amp;run={run}"', answer.text
        )
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("waited=8", self.page(run=run, waited=7).text)
        self.assertIn("waited=1", self.page(waited="x").text)
        self.online.bridge_link(run=run, lease=60, sealed="s", url="https://bank.example/go?a=1")
        answer = self.page(run=run, waited=7)
        self.assertEqual((answer.status_code, answer.headers["Location"]), (303, "https://bank.example/go?a=1"))
        self.end(run)
        self.assertEqual(self.page().headers["Location"], "https://bank.example/go?a=1")

    def test_overtaken_by_a_synchronisation(self):
        run, _answer = self.begin("connect")
        self.end(run)
        other, _answer = self.begin()
        self.assertEqual(self.page(run=run).headers["Location"], self.form_url())
        self.end(other)
        self.assertEqual(self.page(run=run, waited=3).headers["Location"], self.form_url())
        # One that nobody has heard of.
        self.assertEqual(self.page(run="unknown").status_code, 200)

    def test_what_is_waited_for(self):
        run, _answer = self.begin("connect")
        self.assertIn("bank's page", self.page(run=run).text)
        self.assertIn("your accounts", self.page(run=run, back=1).text)
        self.connection.provider = "ponto"
        self.assertIn("your accounts", self.page(run=run).text)

    def test_gives_up(self):
        run, _answer = self.begin("connect")
        answer = self.page(run=run, waited=60)
        self.assertNotIn("http-equiv", answer.text)
        self.assertIn(self.form_url(), answer.text)

    def test_failed(self):
        # An old failure says nothing of this run.
        self.connection.write({"state": "error", "code": "BB-2203", "message": "old"})
        run, _answer = self.begin("connect")
        self.assertIn("http-equiv", self.page(run=run).text)
        self.end(run, "failed", code="BB-2303", args={"provider": "<i>Salt Edge</i>"})
        answer = self.page(run=run)
        self.assertIn("BB-2303", answer.text)
        self.assertIn("&lt;i&gt;Salt Edge&lt;/i&gt; has switched", answer.text)
        self.assertNotIn("http-equiv", answer.text)

    def test_ended_without_a_page(self):
        run, _answer = self.begin("connect")
        self.end(run)
        self.connection.state = "connected"
        self.assertEqual(self.page(run=run).headers["Location"], self.form_url())

    def test_only_web_addresses(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "//bank.example", "file:///etc/passwd", "https://", ""):
            self.connection.write({"state": "waiting", "link_url": url})
            with self.subTest(url):
                answer = self.page()
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn("Location", answer.headers)

    def test_who_may(self):
        self.assertEqual(self.get("/bank_bridge/connect/unknown").status_code, 404)
        self.authenticate(self.accountant.login, "a long password")
        self.assertEqual(self.page().status_code, 404)
        self.assertEqual(self.get(f"/bank_bridge/return?key={self.connection.key}").status_code, 404)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.page().headers["Location"])

    def test_other_company(self):
        asked = self.answering({"run": "r"})
        company = self.second_company()
        self.connection = self.make_connection(company_id=company.id)
        self.assertEqual(self.page().status_code, 404)
        self.assertEqual(self.get(f"/bank_bridge/return?key={self.connection.key}").status_code, 404)
        self.assertFalse(asked)
        # Of both companies, whichever is in front.
        self.manager.company_ids |= company
        self.assertEqual(self.page().headers["Location"], self.form_url())

    def test_return(self):
        asked = self.answering({"run": "r-2", "registration": None})
        key = self.connection.key
        answer = self.get(f"/bank_bridge/return?key={key}&connection_id=7&custom=a%20b")
        self.assertEqual((answer.status_code, answer.headers["Location"]), (303, self.form_url()))
        method, parameters = asked[0]
        self.assertEqual((method, parameters["connection"]), ("bank.connect_return", key))
        self.assertEqual(parameters["parameters"], {"key": key, "connection_id": "7", "custom": "a b"})
        self.assertEqual(parameters["user_ip"], "127.0.0.1")
        self.get(f"/bank_bridge/return?state={key}.random&code=once")
        self.assertEqual(asked[1][1]["parameters"], {"state": f"{key}.random", "code": "once"})

    def test_return_that_fails(self):
        self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        answer = self.get(f"/bank_bridge/return?key={self.connection.key}")
        self.assertEqual(answer.headers["Location"], self.form_url())
        self.assertEqual(self.connection.code, "BB-1022")

    def test_return_of_somebody_else(self):
        asked = self.answering({"run": "r"})
        key = self.connection.key
        self.assertEqual(self.get("/bank_bridge/return").status_code, 404)
        self.assertEqual(self.get("/bank_bridge/return?state=unknown.random").status_code, 404)
        many = "&".join(f"p{i}=x" for i in range(20))
        self.assertEqual(self.get(f"/bank_bridge/return?key={key}&{many}").status_code, 400)
        self.assertEqual(self.get(f"/bank_bridge/return?key={key}&long={'x' * 2001}").status_code, 400)
        self.assertFalse(asked)
        self.assertEqual(self.get(f"/bank_bridge/return?key={key}&long={'x' * 2000}").status_code, 303)

    def test_account_numbers_are_not_on_the_page(self):
        self.linked()
        self.connection.state = "not_connected"
        answer = self.page()
        self.assertNotIn(IBAN, answer.text)
        self.assertNotIn(OTHER_IBAN, answer.text)
