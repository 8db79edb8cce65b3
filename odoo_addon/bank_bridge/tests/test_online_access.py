from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .online import OnlineCase

OURS = ("bank.bridge.connection", "bank.bridge.account")


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
        linked = self.connection.with_user(self.manager)
        Form(linked)
        # What is sealed belongs to one provider and one company.
        company = self.second_company()
        self.manager.company_ids |= company
        for values in ({"provider": "saltedge"}, {"company_id": company.id}):
            with self.subTest(values), self.assertRaises(UserError):
                linked.write(values)
        linked.action_disconnect()
        linked.provider = "saltedge"
        with self.assertRaises(UserError):
            linked.company_id = company
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
        theirs = self.user_of(company, "account.group_account_manager")
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
