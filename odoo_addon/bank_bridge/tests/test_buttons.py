from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..models.bank_bridge_registration import BridgeFailure
from .common import IBAN, OTHER_IBAN
from .online import OnlineCase

SECRET = "secret-marker-5c1d"
OURS = ("bank.bridge.connection", "bank.bridge.account")


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

    def test_contact_is_asked_first(self):
        asked = self.answering({"run": "r"})
        self.connection.contact = " "
        with self.assertRaisesRegex(UserError, "phone number"):
            self.of(self.accountant).action_sync()
        self.connection.provider = "saltedge"
        with self.assertRaisesRegex(UserError, "phone number"):
            self.of(self.manager).action_connect()
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
            self.assertEqual(form.contact, "+32 2 555 12 34")
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
        values = {"connection_id": self.connection.id, "client_id": "c", "contact": "x", "client_secret": SECRET}
        answer = wizards.web_save(values, {"client_secret": {}, "client_id": {}})
        self.assertNotIn(SECRET, str(answer))

    def test_credentials_fail(self):
        self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        wizards = self.env["bank.bridge.credentials"].with_user(self.manager)
        wizard = wizards.create(
            {"connection_id": self.connection.id, "client_id": "c", "contact": "x", "client_secret": SECRET}
        )
        self.assertEqual(wizard.action_connect()["params"]["type"], "danger")
        self.connection.write({"state": "not_connected", "code": False})
        wizard = wizards.create({"connection_id": self.connection.id, "client_id": "c", "contact": "x"})
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


@tagged("post_install", "-at_install", "bank_bridge")
class TestOnlineAccess(OnlineCase):
    def setUp(self):
        super().setUp()
        self.linked()

    def test_accountant(self):
        for model in OURS:
            records = self.env[model].with_user(self.accountant).search([])
            records.read()
            with self.assertRaises(AccessError):
                records[0].unlink()
            with self.assertRaises(AccessError):
                records.create({})
        account = self.account().with_user(self.accountant)
        other = self.make_journal("BBT7")
        account.write({"journal_id": other.id, "start_date": "2026-01-01"})
        self.assertEqual(account.journal_id, other)
        for values in ({"epoch": 7}, {"external_id": "x"}, {"complete_until": "2026-01-01"}, {"currency_id": 1}):
            with self.subTest(values), self.assertRaises(AccessError):
                account.write(values)
        connection = self.connection.with_user(self.accountant)
        with self.assertRaises(AccessError):
            connection.automatic = False
        for name in ("action_connect", "action_disconnect"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(connection, name)()
        connection.message_post(body="called the bank")

    def test_manager(self):
        connections = self.env["bank.bridge.connection"].with_user(self.manager)
        with Form(connections) as form:
            form.provider = "saltedge"
            form.contact = "a@example.com"
        made = form.record
        self.assertEqual((made.name, made.state, made.user_id), ("Salt Edge", "not_connected", self.manager))
        self.assertEqual(len(made.key), 32)
        made.write({"interval_hours": 6, "automatic": False})
        for values in ({"state": "connected"}, {"lease_run": "r"}, {"sealed": "x"}, {"key": "k"}, {"told_code": "x"}):
            with self.subTest(values), self.assertRaises(AccessError):
                made.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                connections.create({"provider": "ponto", **values})
        Form(self.connection.with_user(self.manager))
        made.unlink()

    def test_others_see_nothing(self):
        auditor = new_test_user(self.env, "bridge_auditor", "account.group_account_readonly")
        for model in OURS:
            self.env[model].with_user(auditor).search([]).read()
        with self.assertRaises(AccessError):
            self.connection.with_user(auditor).action_sync()
        users = [
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"),
            new_test_user(self.env, "bridge_plain", "base.group_user"),
            new_test_user(self.env, "bridge_portal", "base.group_portal"),
            self.env.ref("base.public_user"),
            self.importer,
        ]
        for user in users:
            for model in (*OURS, "bank.bridge.credentials"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([]).read()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.connection.with_user(user).action_sync()

    def test_secrets(self):
        self.connection.write({"sealed": "marker-sealed", "link_url": "https://marker.example"})
        for user in (self.accountant, self.manager):
            connection = self.connection.with_user(user)
            self.assertNotIn("marker", str(connection.read()))
            for name in ("sealed", "link_url"):
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    connection.read([name])
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    connection.search([(name, "like", "marker")])
        for name in ("sealed", "link_url"):
            field = self.connection._fields[name]
            self.assertEqual((field.groups, field.exportable), ("base.group_system", False))
        self.assertNotIn("marker", str(self.connection.copy_data()))
        run, _answer = self.begin()
        self.end(run, "failed", code="BB-2203", sealed="marker-next")
        self.assertEqual(self.connection.sealed, "marker-next")
        self.assertNotIn("marker", str(self.said()))

    def test_bridge_methods(self):
        public = {name for name in dir(type(self.online)) if name.startswith("bridge_")}
        names = ("connections", "begin", "keep", "link", "accounts", "advance", "end")
        self.assertEqual(public, {f"bridge_{name}" for name in names})

    def test_other_company(self):
        company = self.second_company()
        theirs = new_test_user(
            self.env,
            "bridge_elsewhere",
            "account.group_account_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in OURS:
            self.assertFalse(self.env[model].with_user(theirs).search([]), model)
        with self.assertRaises(AccessError):
            self.connection.with_user(theirs).action_sync()
        # A user of both companies sees what he has chosen to see.
        self.manager.company_ids |= company
        made = self.make_connection(company_id=company.id)
        connections = self.env["bank.bridge.connection"].with_user(self.manager)
        self.assertNotIn(made, connections.with_context(allowed_company_ids=self.company.ids).search([]))
        both = connections.with_context(allowed_company_ids=(self.company | company).ids)
        self.assertEqual(both.search([("id", "in", (made | self.connection).ids)]), self.connection | made)
        journal = self.make_journal("BBT8", company=company)
        with self.assertRaises(UserError):
            self.account().journal_id = journal

    def test_journal_of_another_currency(self):
        self.env.ref("base.USD").active = True
        dollars = self.make_journal("BBT9", currency_id=self.env.ref("base.USD").id)
        with self.assertRaises(ValidationError):
            self.account().with_user(self.accountant).journal_id = dollars


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
