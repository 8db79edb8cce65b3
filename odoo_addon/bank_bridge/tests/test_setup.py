"""Add a Bank Account: the steps, in order and out of it, and who may take them."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..models import bank_bridge_code
from ..models.bank_bridge_registration import BridgeFailure
from .common import IBAN
from .test_institutions import InstitutionCase, bank

ADDRESS = "accounts@example.com"


class SetupCase(InstitutionCase):
    def setUp(self):
        super().setUp()
        self.company.country_id = self.env.ref("base.be")
        self.company.email = "office@example.com"
        self.startPatcher(patch.object(bank_bridge_code, "new_code", lambda: "246813"))
        self.startPatcher(patch.object(type(self.env["mail.mail"]), "send", lambda mails, **_options: True))
        self.offering(ponto=[bank("p-1", "KBC", "KREDBEBB")], saltedge=[bank("kbc_be", "KBC Belgium", "KREDBEBB")])

    def setup_of(self, user=None, **context):
        setups = self.env["bank.bridge.setup"].with_user(user or self.manager).with_context(**context)
        with Form(setups) as form:
            form.institution_id = self.banks()[0]
        return form.record

    def choose(self, setup, provider):
        setup.action_choose_bank()
        setup.choice_ids.filtered(lambda choice: choice.provider == provider).action_choose()
        return setup.connection_id

    def confirm(self, setup):
        setup.contact = ADDRESS
        setup.action_send()
        setup.code = "246813"
        return setup.action_confirm()

    def at_connect(self, provider="saltedge"):
        setup = self.setup_of()
        self.choose(setup, provider)
        self.confirm(setup)
        return setup

    def arrived(self, *accounts, provider="saltedge", setup=None):
        """A wizard whose connection has come about."""
        setup = setup or self.at_connect(provider)
        connection = setup.connection_id.sudo()
        run, _answer = self.begin("connect", connection=connection)
        self.show(run, *(accounts or [self.shown()]))
        connection.sealed = "sealed-1"
        self.end(run)
        setup.action_refresh()
        return setup


@tagged("post_install", "-at_install", "bank_bridge")
class TestSetup(SetupCase):
    def test_opens(self):
        with Form(self.env["bank.bridge.setup"].with_user(self.manager)) as form:
            self.assertEqual(form.country_id.code, "BE")
            self.assertFalse(form.problem)
            form.institution_id = self.banks()[0]
            form.country_id = self.env.ref("base.nl")
            self.assertFalse(form.institution_id)
        self.assertEqual([name for name, _country in self.asked], ["ponto", "saltedge"] * 2)
        with self.assertRaisesRegex(UserError, "Choose your bank"):
            form.record.action_choose_bank()
        self.assertEqual(form.record.action_not_listed()["res_model"], "bank.bridge.upload")

    def test_bridge_does_not_answer(self):
        self.env["bank.bridge.institution.list"].search([]).unlink()
        self.banks().unlink()
        self.lists = {"ponto": BridgeFailure("BB-2001"), "saltedge": BridgeFailure("BB-2001")}
        with Form(self.env["bank.bridge.setup"].with_user(self.manager)) as form:
            self.assertIn("BB-2001", form.problem)
        self.env["bank.bridge.registration"]._get().state = "not_connected"
        with Form(self.env["bank.bridge.setup"].with_user(self.manager)) as form:
            self.assertIn("BB-1001", form.problem)

    def test_providers(self):
        setup = self.setup_of()
        setup.action_choose_bank()
        self.assertEqual(setup.state, "provider")
        first, second = setup.choice_ids
        self.assertEqual((first.title, first.price, first.sandbox), ("Ponto", "€4 a month for each account", True))
        self.assertEqual((second.price, second.support, second.sandbox), ("Free", "Slower support", False))
        self.assertIn("three months", second.renewal)
        self.assertTrue(setup.sandbox)
        setup.action_back()
        setup.action_choose_bank()
        self.assertEqual(len(setup.choice_ids), 2)
        words = self.env["bank.bridge.setup.choice"]
        self.assertEqual(words._price({"id": "other", "price": "dear"}), "dear")
        self.assertIn("30", words._renewal({"id": "other", "renewal_days": 30}))
        # Meanwhile one provider has lost the bank, then both.
        self.lists["ponto"] = []
        self.tomorrow()
        self.refresh()
        with self.assertRaisesRegex(UserError, "any more"):
            setup.choice_ids[0].action_choose()
        setup.action_choose_bank()
        self.assertEqual(setup.choice_ids.mapped("provider"), ["saltedge"])
        self.lists["saltedge"] = []
        self.tomorrow()
        self.refresh()
        with self.assertRaisesRegex(UserError, "any more"):
            setup.choice_ids.action_choose()
        with self.assertRaisesRegex(UserError, "Choose your bank"):
            setup.action_choose_bank()

    def test_connection_is_made_with_the_provider(self):
        setup = self.setup_of()
        connection = self.choose(setup, "saltedge")
        self.assertEqual((connection.name, connection.institution_id), ("KBC Belgium", "kbc_be"))
        self.assertEqual((connection.state, setup.state), ("not_connected", "contact"))
        setup.action_back()
        self.assertEqual(self.choose(setup, "ponto"), connection)
        self.assertEqual((connection.provider, connection.name, connection.institution_id), ("ponto", "KBC", "p-1"))
        # The next wizard for the same bank goes on with what this one has left.
        self.assertEqual(self.choose(self.setup_of(), "ponto"), connection)
        self.assertNotEqual(self.choose(self.setup_of(), "saltedge"), connection)

    def test_by_the_banks_page(self):
        setup = self.setup_of()
        connection = self.choose(setup, "saltedge")
        self.assertEqual(setup.action_connect(), None)
        self.assertEqual(setup.state, "contact")
        setup.contact = ADDRESS
        setup.action_send()
        setup.code = "1"
        self.assertIsNone(setup.action_confirm())
        self.assertEqual((setup.state, bool(setup.problem)), ("contact", True))
        setup.code = "246813"
        action = setup.action_confirm()
        self.assertEqual(action["url"], f"/bank_bridge/connect/{connection.key}?run=r-1")
        self.assertEqual((setup.state, setup.problem), ("connect", False))
        method, parameters = self.asked[-1]
        self.assertEqual((method, parameters["contact"]), ("bank.connect", ADDRESS))
        self.assertEqual(parameters["institution"]["id"], "kbc_be")

    def test_by_credentials(self):
        setup = self.setup_of()
        connection = self.choose(setup, "ponto")
        with self.assertRaisesRegex(UserError, "Confirm"):
            setup.write({"client_id": "c", "client_secret": "secret-marker"})
        self.assertIsNone(self.confirm(setup))
        self.assertEqual(setup.state, "connect")
        with self.assertRaises(UserError):
            setup.action_connect()
        setup.write({"client_id": " c ", "client_secret": "secret-marker"})
        self.assertIn(connection.key, setup.action_connect()["url"])
        self.assertEqual(self.asked[-1][1]["credentials"], {"client_id": "c", "client_secret": "secret-marker"})
        self.env.flush_all()
        for table in ("bank_bridge_setup", "bank_bridge_connection", "mail_message"):
            self.env.cr.execute(f"SELECT to_jsonb(one)::text FROM {table} one")
            self.assertNotIn("secret-marker", str(self.env.cr.fetchall()), table)

    def test_refused_at_the_bank(self):
        setup = self.at_connect()
        connection = setup.connection_id.sudo()
        run, _answer = self.begin("return", connection=connection)
        self.end(run, "failed", code="BB-2201")
        setup.action_refresh()
        self.assertEqual(setup.state, "connect")
        self.assertIn("refused", setup.failure)
        self.assertIn("BB-2201", setup.support_line)
        self.assertEqual(setup.action_connect()["type"], "ir.actions.act_url")

    def test_goes_on_from_the_connection(self):
        setup = self.setup_of()
        connection = self.choose(setup, "saltedge")
        self.assertEqual(connection.action_continue_setup()["res_id"], setup.id)
        self.confirm(setup)
        connection.action_continue_setup()
        self.assertEqual(setup.state, "connect")
        setup.unlink()
        other = (
            self.env["bank.bridge.setup"].with_user(self.manager).browse(connection.action_continue_setup()["res_id"])
        )
        self.assertEqual((other.state, other.connection_id, other.provider), ("connect", connection, "saltedge"))
        self.arrived(setup=other)
        connection.action_continue_setup()
        self.assertEqual((other.state, len(other.account_ids)), ("accounts", 1))
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).action_continue_setup()

    def test_waits_for_the_journals(self):
        self.make_journal("BBS1", "BE71096123456769")
        setup = self.at_connect()
        connection = setup.connection_id.sudo()
        setup = self.arrived(self.shown(reference="BE71096123456769"), setup=setup)
        self.assertTrue(connection.account_ids.journal_id and connection.setup_until)
        connection.next_sync = self.later(minutes=-1)
        (self.connection | connection).flush_recordset()
        del self.asked[:]
        self.env["bank.bridge.connection"]._cron_sync()
        self.assertNotIn(connection.key, [parameters.get("connection") for _method, parameters in self.asked])
        self.assertFalse(connection._is_due(self.later()))
        pushed = self.online.bridge_begin(run="p-1", connection=connection.key, kind="sync", lease=60, pushed=True)
        self.assertRefused(pushed, "BB-4206")
        # A wizard that was left does not keep it waiting for ever.
        connection.setup_until = self.later(minutes=-1)
        self.assertTrue(connection._is_due(self.later()))
        setup.action_finish()
        self.assertEqual(self.asked[-1][0], "bank.sync_start")
        self.assertFalse(connection.setup_until)
        self.assertEqual(setup.state, "done")

    def test_others(self):
        setup = self.arrived()
        users = [
            self.accountant,
            self.importer,
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"),
            new_test_user(self.env, "bridge_plain", "base.group_user"),
            new_test_user(self.env, "bridge_portal", "base.group_portal"),
            self.env.ref("base.public_user"),
        ]
        names = [name for name in dir(type(setup)) if name.startswith("action_") and "archive" not in name]
        self.assertGreater(len(names), 8)
        for user in users:
            for name in names:
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(setup.with_user(user), name)()
            for record in (setup, setup.choice_ids, setup.account_ids):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    record.with_user(user).read()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["bank.bridge.setup"].with_user(user).onchange({}, [], {"country_id": {}})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                setup.choice_ids[0].with_user(user).action_choose()
        second = new_test_user(self.env, "bridge_second", "account.group_account_manager", company_id=self.company.id)
        with self.assertRaises(AccessError):
            setup.with_user(second).action_finish()
        with self.assertRaises(AccessError):
            setup.choice_ids[0].with_user(second).action_choose()
        menu = self.env.ref("bank_bridge.menu_configuration_add_bank").id
        self.assertIn(menu, self.env["ir.ui.menu"].with_user(self.manager)._visible_menu_ids())
        self.assertNotIn(menu, self.env["ir.ui.menu"].with_user(self.accountant)._visible_menu_ids())

    def test_other_company(self):
        setup = self.arrived()
        connection, account = setup.connection_id, setup.account_ids.account_id
        company = self.second_company()
        theirs = self.user_of(company, "account.group_account_manager")
        setups = self.env["bank.bridge.setup"].with_user(theirs)
        with self.assertRaises(AccessError):
            setups.create({"connection_id": connection.id})
        mine = setups.create({})
        with self.assertRaises(AccessError):
            mine.connection_id = connection.id
        lines = self.env["bank.bridge.setup.account"].with_user(theirs)
        line = lines.create({"setup_id": mine.id, "account_id": account.id, "choice": "later"})
        self.env.invalidate_all()
        for name in ("reference", "name", "balance"):
            with self.subTest(name), self.assertRaises(AccessError):
                line.read([name])
        with self.assertRaisesRegex(UserError, "Choose your bank"):
            mine.action_finish()
        with self.assertRaises(AccessError):
            connection.with_user(theirs).action_continue_setup()


@tagged("post_install", "-at_install", "bank_bridge")
class TestSetupOnTheWay(SetupCase, HttpCase):
    def test_back_in_the_wizard(self):
        self.manager.password = "a long password"
        self.authenticate(self.manager.login, "a long password")
        setup = self.at_connect()
        connection = setup.connection_id.sudo()
        run, _answer = self.begin("connect", connection=connection)
        self.online.bridge_link(run=run, lease=60, sealed="s", url="https://bank.example/go")
        self.end(run)
        answer = self.url_open(f"/bank_bridge/return?key={connection.key}&x=1", allow_redirects=False)
        waiting = f"/bank_bridge/connect/{connection.key}?run=r-1&back=1"
        self.assertEqual(answer.headers["Location"], waiting)
        # Not to the bank's page again.
        answer = self.url_open(waiting, allow_redirects=False)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("waited=1&amp;run=r-1&amp;back=1", answer.text)
        self.begin("return", run="r-1", connection=connection)
        self.show("r-1", self.shown(reference=IBAN))
        self.end("r-1", sealed="s")
        answer = self.url_open(waiting, allow_redirects=False)
        landing = f"/odoo/action-bank_bridge.action_setup/{setup.id}"
        self.assertEqual(answer.headers["Location"], landing)
        self.env.invalidate_all()
        self.assertEqual((setup.state, len(setup.account_ids)), ("accounts", 1))
        setup.action_finish()
        self.assertEqual(connection._landing_url(), connection._form_url())

    def test_refused(self):
        self.manager.password = "a long password"
        self.authenticate(self.manager.login, "a long password")
        setup = self.at_connect()
        connection = setup.connection_id.sudo()
        self.begin("return", run="r-1", connection=connection)
        self.end("r-1", "failed", code="BB-2201")
        answer = self.url_open(f"/bank_bridge/connect/{connection.key}?run=r-1&back=1", allow_redirects=False)
        self.assertEqual(answer.headers["Location"], f"/odoo/action-bank_bridge.action_setup/{setup.id}")
        self.env.invalidate_all()
        self.assertEqual(setup.state, "connect")
