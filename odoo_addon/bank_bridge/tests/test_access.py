from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.bank_bridge_import import PROTOCOL
from .common import OTHER_IBAN, BridgeCase, line

OURS = ("bank.bridge.import", "bank.bridge.identity", "bank.bridge.whole", "bank.bridge.held")


@tagged("post_install", "-at_install", "bank_bridge")
class TestAccess(BridgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registration = cls.env["bank.bridge.registration"]._get()

    def setUp(self):
        super().setUp()
        self.by_hand(5, account_number=OTHER_IBAN)
        self.by_hand(5, account_number="BE71096123456769")
        entry = {"id": "v1:entry", "amount": "3.00"}
        parts = [line("c", "1.00", whole=entry), line("d", "2.00", whole=entry)]
        self.bring([line("a", "1.00"), line("b", "5.00"), *parts])

    def test_accountant(self):
        for model in OURS:
            records = self.env[model].with_user(self.accountant).search([])
            self.assertTrue(records, model)
            records.read()
            with self.assertRaises(AccessError):
                records[0].unlink()
            with self.assertRaises(AccessError):
                records.create({})
        imports = self.env["bank.bridge.import"].with_user(self.accountant).search([])
        with self.assertRaises(AccessError):
            imports[0].name = "x"
        self.assertTrue(imports[0].attachment_id.raw)

    def test_accountant_may_import(self):
        self.assertIn(
            "protocol", self.env["bank.bridge.import"].with_user(self.accountant).bridge_check(protocol=PROTOCOL)
        )

    def test_auditor(self):
        auditor = new_test_user(self.env, "bridge_auditor", "account.group_account_readonly")
        for model in OURS:
            self.env[model].with_user(auditor).search([]).read()
        held = self.env["bank.bridge.held"].with_user(auditor).search([])
        with self.assertRaises(AccessError):
            held[0].action_import()
        with self.assertRaises(AccessError):
            held[0].chosen_id = held[0].candidate_ids[0]

    def test_others_see_nothing(self):
        users = [
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"),
            new_test_user(self.env, "bridge_plain", "base.group_user"),
            new_test_user(self.env, "bridge_portal", "base.group_portal"),
            self.env.ref("base.public_user"),
            self.importer,
        ]
        for user in users:
            for model in (*OURS, "bank.bridge.registration", "bank.bridge.turn"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([]).read()
            if user != self.importer:
                answer = self.env["bank.bridge.import"].with_user(user).bridge_runs()
                self.assertRefused(answer, "BB-4006", user=user.login)

    def test_bridge_user_reaches_no_books(self):
        for model in ("account.move", "account.move.line", "account.bank.statement", "account.bank.statement.line"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.importer).search([])
        record = self.env["bank.bridge.import"].search([], limit=1)
        with self.assertRaises(AccessError):
            record.attachment_id.with_user(self.importer).read(["raw"])

    def test_private_methods_stay_private(self):
        public = {name for name in dir(type(self.bridge)) if name.startswith("bridge_")}
        self.assertEqual(
            public,
            {f"bridge_{name}" for name in ("check", "open", "plan", "push", "close", "status", "runs", "confirm")},
        )

    def test_secrets(self):
        self.registration.write({"token": "marker-token", "sealed": "marker-sealed"})
        manager = new_test_user(self.env, "bridge_manager", "account.group_account_manager")
        with self.assertRaises(AccessError):
            self.registration.with_user(manager).read(["token"])
        with self.assertRaises(AccessError):
            self.env["bank.bridge.registration"].with_user(manager).search([("token", "like", "marker")])
        for name in ("token", "sealed"):
            field = self.registration._fields[name]
            self.assertFalse(field.exportable)
            self.assertEqual(field.groups, "base.group_system")
        self.assertNotIn("marker", str(self.registration.copy_data()))
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.bank_bridge_token)
        self.assertTrue(settings.bank_bridge_has_token)
        self.assertNotIn("marker", str(settings.read()))

    def test_other_company(self):
        company = self.second_company()
        theirs = self.user_of(company)
        for model in OURS:
            self.assertTrue(self.env[model].search([]))
            self.assertFalse(self.env[model].with_user(theirs).search([]), model)
        bridge = self.env["bank.bridge.import"].with_user(theirs)
        self.assertEqual(bridge.bridge_runs()["runs"], [])
        self.assertRefused(bridge.bridge_plan(journal=self.journal.id, source="coda.2", lines=[]), "BB-4102")
        run = self.env["bank.bridge.import"].search([], limit=1).run
        self.assertRefused(bridge.bridge_status(run=run), "BB-1007")

    def test_file_of_two_companies(self):
        company = self.second_company()
        self.make_journal("BBT1", OTHER_IBAN, company)
        self.importer.company_ids |= company
        _run, answer = self.open_run(statements=[self.head(), self.head(OTHER_IBAN)])
        imports = self.env["bank.bridge.import"].with_user(self.accountant)
        self.assertNotIn(answer["import"], imports.search([]).ids)
        self.accountant.company_ids |= company
        both = imports.with_context(allowed_company_ids=(self.company | company).ids)
        self.assertIn(answer["import"], both.search([]).ids)

    def test_administrators_of_accounting_may_enter_statements(self):
        manager = new_test_user(self.env, "bridge_manager", "account.group_account_manager")
        self.assertTrue(manager.has_group("account.group_account_basic"))
        self.assertTrue(manager.has_group("bank_bridge.group_import"))
