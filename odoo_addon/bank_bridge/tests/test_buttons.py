from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..models.bank_bridge_registration import BridgeFailure
from .online import OnlineCase

SECRET = "secret-marker-5c1d"


@tagged("post_install", "-at_install", "bank_bridge")
class TestButtons(OnlineCase):
    def of(self, user, connection=None):
        return (connection or self.connection).with_user(user)

    def test_synchronise(self):
        asked = self.answering({"run": "r-1", "registration": None})
        action = self.of(self.accountant).action_sync()
        self.assertEqual((action["tag"], action["params"]["type"]), ("display_notification", "success"))
        self.assertEqual([method for method, _parameters in asked], ["bank.sync_start"])
        self.assertEqual(self.connection.last_user_id, self.accountant)
        self.of(self.accountant).action_fetch_accounts()
        self.assertEqual(asked[1][0], "bank.accounts")
        self.assertIn("user_ip", asked[1][1])

    def test_bridge_does_not_answer(self):
        self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        action = self.of(self.accountant).action_sync()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("BB-1022", action["params"]["message"])
        self.assertEqual((self.connection.state, self.connection.code), ("error", "BB-1022"))
        self.assertEqual(len(self.said()), 1)

    def test_bridge_refuses(self):
        failure = BridgeFailure("BB-2014", "English")
        failure.details = {"provider": "Ponto Connect", "option": "ponto.key"}
        self.answering(failure)
        self.of(self.accountant).action_sync()
        self.assertEqual(self.connection.message, "Ponto Connect is not set up in this bridge: ponto.key is missing.")

    def test_busy(self):
        asked = self.answering({"run": "r"})
        self.begin()
        with self.assertRaisesRegex(UserError, "BB-4202"):
            self.of(self.accountant).action_sync()
        self.assertFalse(asked)

    def test_not_linked(self):
        self.connection.sealed = False
        for name in ("action_sync", "action_fetch_accounts"):
            with self.assertRaisesRegex(UserError, "BB-4204"):
                getattr(self.of(self.accountant), name)()

    def test_connect_by_the_banks_page(self):
        asked = self.answering({"run": "r-1", "registration": None})
        connection = self.make_connection(
            provider="saltedge",
            institution_id="kbc_be",
            institution_name="KBC",
            country_code="BE",
            state="not_connected",
        )
        connection.link_url = "https://old.example"
        action = self.of(self.manager, connection).action_connect()
        self.assertEqual(action["url"], f"/bank_bridge/connect/{connection.key}?run=r-1")
        self.assertFalse(connection.link_url)
        method, parameters = asked[0]
        base = connection.get_base_url()
        self.assertEqual(method, "bank.connect")
        self.assertEqual(
            {name: parameters[name] for name in parameters if name not in ("registration", "database_uuid")},
            {
                "connection": connection.key,
                "provider": "saltedge",
                "return_to": f"{base}/bank_bridge/return?key={connection.key}",
                "credentials": None,
                "institution": {"id": "kbc_be", "name": "KBC", "country": "BE"},
                "contact": "+32 2 555 12 34",
                "locale": "en_US",
                "user_ip": None,
            },
        )
        connection.provider = "ponto_connect"
        self.of(self.manager, connection).action_connect()
        self.assertEqual(asked[1][1]["return_to"], f"{base}/bank_bridge/return")

    def test_connect_by_credentials(self):
        asked = self.answering({"run": "r-1", "registration": None})
        action = self.of(self.manager).action_connect()
        wizards = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        with Form(wizards) as form:
            form.client_id = " client-1 "
            form.client_secret = f" {SECRET} "
        wizard = form.record
        self.assertEqual(len(asked), 1)
        self.assertEqual(asked[0][1]["credentials"], {"client_id": "client-1", "client_secret": SECRET})
        self.assertEqual(wizard.action_connect()["url"], f"/bank_bridge/connect/{self.connection.key}?run=r-1")
        self.assertEqual(self.connection.client_id, "client-1")
        # It went to the bridge and nowhere else.
        self.assertFalse(wizard.client_secret)
        self.env.flush_all()
        for table in ("bank_bridge_credentials", "bank_bridge_connection", "mail_message"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} one WHERE to_jsonb(one)::text LIKE %s", [f"%{SECRET}%"])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)
        self.assertNotIn(SECRET, str(wizard.read()))

    def test_secret_does_not_come_back(self):
        self.answering({"run": "r-1"})
        wizards = self.env["bank.bridge.credentials"].with_user(self.manager)
        values = {"connection_id": self.connection.id, "client_id": "c", "client_secret": SECRET}
        answer = wizards.web_save(values, {"client_secret": {}, "client_id": {}})
        self.assertNotIn(SECRET, str(answer))

    def test_credentials_fail(self):
        self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        wizards = self.env["bank.bridge.credentials"].with_user(self.manager)
        wizard = wizards.create({"connection_id": self.connection.id, "client_id": "c", "client_secret": SECRET})
        self.assertEqual(wizard.action_connect()["params"]["type"], "danger")
        self.connection.write({"state": "not_connected", "code": False})
        wizard = wizards.create({"connection_id": self.connection.id, "client_id": "c"})
        with self.assertRaisesRegex(UserError, "secret"):
            wizard.action_connect()

    def test_disconnect(self):
        self.linked()
        self.connection.write({"consent_until": "2026-09-30", "next_sync": self.later()})
        run, _answer = self.begin()
        self.of(self.manager).action_disconnect()
        connection = self.connection
        self.assertEqual((connection.state, self.account().journal_id), ("not_connected", self.journal))
        self.assertFalse(connection.sealed or connection.next_sync or connection.lease_run or connection.consent_until)
        self.assertEqual(len(self.said()), 1)
        self.assertRefused(self.online.bridge_keep(run=run, lease=60), "BB-4203")
        self.assertEqual(connection.import_ids[0].state, "failed")
        self.of(self.manager).action_disconnect()
        self.assertEqual(len(self.said()), 1)
