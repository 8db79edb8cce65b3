import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessDenied, UserError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import _super_send
from odoo.tools import mute_logger

from ..models import bank_bridge_registration
from .common import BridgeCase

LOGGER = "odoo.addons.bank_bridge.models.bank_bridge_registration"
TOKEN = "pairing-marker-7f3a"
SEALED = "sealed-marker-91bc"


class Stub:
    """A bridge on loopback that gives one prepared answer and keeps what it was asked."""

    def __init__(self, answer=None, status=200, text=None, headers=(), silent=False):
        stub = self
        self.asked = []
        self.release = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.asked.append((self.path, dict(self.headers), json.loads(body)))
                if silent:
                    stub.release.wait(5)
                    return
                content = (text if text is not None else json.dumps({"jsonrpc": "2.0", "id": 1, **answer})).encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_arguments):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


GOOD = {"result": {"registration": SEALED, "bridge": {"version": "0.1.0"}}}


@tagged("post_install", "-at_install", "bank_bridge")
class TestRegistration(BridgeCase):
    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # The tests' guard against the network knows no pair of time-outs; everything here stays on loopback.
        assert r.url.startswith("http://127.0.0.1:"), r.url
        return _super_send(s, r, **kw)

    def setUp(self):
        super().setUp()
        self.registration = self.env["bank.bridge.registration"]._get()

    def connect(self, stub, token=TOKEN):
        settings = self.env["res.config.settings"].create(
            {"bank_bridge_address": stub.address + "/", "bank_bridge_token": token}
        )
        return settings.action_bank_bridge_connect()

    def keys(self):
        return self.env["res.users.apikeys"].sudo().search([("user_id", "=", self.registration.user_id.id)])

    def grow_old(self):
        """The key ends in 13 days."""
        now = fields.Datetime.now()
        self.registration.write({"key_made": now - timedelta(days=77), "key_expiry": now + timedelta(days=13)})
        return self.registration.key_expiry

    def confirm(self, **arguments):
        return (
            self.env["bank.bridge.import"]
            .with_user(self.registration.user_id)
            .bridge_confirm(**{"ok": True, **arguments})
        )

    def test_connects(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        self.assertEqual(self.registration.state, "connecting")
        path, headers, body = stub.asked[0]
        self.assertEqual((path, headers["Authorization"]), ("/", f"Bearer {TOKEN}"))
        self.assertEqual((body["jsonrpc"], body["method"]), ("2.0", "bank.register"))
        odoo = body["params"]["odoo"]
        self.assertEqual(set(odoo), {"url", "database", "database_uuid", "login", "api_key"})
        self.assertEqual((odoo["database"], odoo["login"]), (self.env.cr.dbname, "bank_bridge"))
        self.assertEqual((self.registration.sealed, self.registration.bridge_version), (SEALED, "0.1.0"))

        user = self.registration.user_id
        self.assertEqual(self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=odoo["api_key"]), user.id)
        self.assertEqual(user.group_ids, self.env.ref("base.group_user") | self.env.ref("bank_bridge.group_import"))
        self.assertEqual(user.company_ids, self.env["res.company"].search([]))
        self.assertEqual(self.confirm(), {"state": "connected"})
        self.assertEqual(self.registration.state, "connected")
        self.assertEqual(self.registration._required(), SEALED)

    def test_technical_user_has_no_password(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        user = self.registration.user_id
        for password in ("", "bank_bridge", "False"):
            with self.assertRaises(AccessDenied), mute_logger("odoo.addons.base.models.res_users"):
                self.env["res.users"].with_user(user)._check_credentials(
                    {"type": "password", "login": user.login, "password": password}, {"interactive": True}
                )

    def test_key_keeps_to_odoos_limit(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        days = (self.registration.key_expiry - self.registration.key_made).total_seconds() / 86400
        self.assertTrue(80 < days < 90, days)

    def test_failures(self):
        refusal = {
            "error": {"code": -32001, "message": "the bridge is stopping", "data": {"code": "BB-1008", "args": {}}}
        }
        unknown = {"error": {"code": -32601, "message": "Method not found"}}
        cases = [
            (Stub({"error": {"code": -32001, "message": "x", "data": {"code": "BB-1001"}}}, 401), "BB-1001", "token"),
            (Stub(refusal), "BB-1008", "stopping"),
            (Stub(unknown), "BB-1019", "is not a bridge"),
            (Stub(text="<html>502</html>", status=502), "BB-1019", "is not a bridge"),
            (Stub(text="Unauthorized", status=401), "BB-1001", "token"),
            (Stub(text="[]"), "BB-1019", "is not a bridge"),
            (Stub({"result": {}}), "BB-1019", "is not a bridge"),
            (Stub({"result": None}), "BB-1019", "is not a bridge"),
            (Stub(text="x" * 2_000_000), "BB-1019", "is not a bridge"),
            (Stub(text="", status=302, headers=[("Location", "http://127.0.0.1:1/")]), "BB-1019", "is not a bridge"),
            (Stub({"error": {"data": {"code": ["odd"]}, "message": {}}}), "BB-1019", "is not a bridge"),
        ]
        for stub, code, words in cases:
            with self.subTest(code=code, words=words), stub, self.assertLogs(LOGGER, "WARNING") as logs:
                self.connect(stub)
                self.assertEqual((self.registration.state, self.registration.code), ("failed", code))
                self.assertIn(words, self.registration.message)
                self.assertFalse(self.keys(), "the fresh key must not outlive the failure")
                self.assertNotIn(TOKEN, "".join(logs.output) + self.registration.message)

    def test_silent_and_unreachable(self):
        with patch.object(bank_bridge_registration, "ANSWER_SECONDS", 0.3), mute_logger(LOGGER):
            with Stub(silent=True) as stub:
                self.connect(stub)
            self.assertEqual((self.registration.state, self.registration.code), ("failed", "BB-1018"))
            self.connect(stub)
            self.assertEqual(self.registration.code, "BB-1018")
            self.assertIn(stub.address, self.registration.message)

    @mute_logger(LOGGER)
    def test_bad_address_and_missing_token(self):
        self.registration.token = TOKEN
        for address in ("", "bridge", "ftp://x", "http://", "http://user@x", "http://x:99999999"):
            self.registration.address = address
            self.registration._connect()
            self.assertEqual((self.registration.state, self.registration.code), ("failed", "BB-1020"), address)
        self.registration.token = False
        self.registration._connect()
        self.assertEqual(self.registration.code, "BB-1001")

    @mute_logger(LOGGER)
    def test_login_of_somebody_else(self):
        if not self.env["res.users"].with_context(active_test=False).search([("login", "=", "bank_bridge")]):
            new_test_user(self.env, "bank_bridge", "base.group_user", password="somebody's own")
        self.registration.user_id = False
        with Stub(GOOD) as stub:
            self.connect(stub)
        self.assertEqual((self.registration.code, stub.asked), ("BB-1021", []))

    def test_bridge_cannot_reach_odoo(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        with mute_logger(LOGGER):
            self.confirm(ok=False, code="BB-4001", message="Odoo cannot be reached")
        self.assertEqual((self.registration.state, self.registration.code), ("failed", "BB-4001"))
        self.assertIn("web.base.url", self.registration.message)
        with self.assertRaises(UserError):
            self.registration._required()

    def test_only_the_technical_user_confirms(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        self.assertRefused(self.bridge.bridge_confirm(ok=True), "BB-4006")
        self.assertEqual(self.registration.state, "connecting")

    def test_renewal(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
            self.confirm()
            first = self.keys()
            self.assertEqual(len(first), 1)
            self.registration._cron_renew_key()
            self.assertEqual(len(stub.asked), 1, "too early")
            self.grow_old()
            self.registration._cron_renew_key()
            self.assertEqual(len(stub.asked), 2)
            # Until the bridge has tried the new key, the old one works too.
            self.assertEqual(len(self.keys()), 2)
            self.confirm()
        self.assertEqual(len(self.keys()), 1)
        self.assertNotEqual(self.keys(), first)
        self.assertGreater(self.registration.key_expiry, fields.Datetime.now() + timedelta(days=80))

    def test_renewal_fails(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
            self.confirm()
        kept = self.keys()
        soon = self.grow_old()
        with mute_logger(LOGGER):
            self.registration._cron_renew_key()
        # The old key still works; tomorrow it is tried again.
        self.assertEqual((self.registration.state, self.registration.code), ("connected", "BB-1018"))
        self.assertEqual((self.keys(), self.registration.key_id), (kept, kept.id))
        self.assertEqual(self.registration.key_expiry, soon)

    def test_disconnect(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
            self.confirm()
        self.env["res.config.settings"].create({}).action_bank_bridge_disconnect()
        self.assertEqual(self.registration.state, "not_connected")
        self.assertFalse(self.registration.token or self.registration.sealed or self.keys())

    def test_new_company(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        company = self.env["res.company"].create({"name": "Later"})
        self.assertIn(company, self.registration.user_id.company_ids)

    def test_token_is_in_no_table_but_its_own(self):
        with Stub(GOOD) as stub:
            self.connect(stub)
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(t)::text FROM res_config_settings t")
        self.assertNotIn(TOKEN, str(self.env.cr.fetchall()))
