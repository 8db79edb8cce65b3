from odoo.tests import Form, tagged

from .common import BridgeCase, line


@tagged("post_install", "-at_install", "bank_bridge")
class TestScreens(BridgeCase):
    def test_statement_by_hand(self):
        statements = self.env["account.bank.statement"].with_user(self.accountant)
        with Form(statements, "bank_bridge.statement_form") as form:
            form.journal_id = self.journal
            form.name = "2026-7"
            form.balance_start = 100
            form.balance_end_real = 112.5
            for amount in (10, 2.5):
                with form.line_ids.new() as one:
                    one.date = "2026-03-02"
                    one.payment_ref = f"line of {amount}"
                    one.amount = amount
        statement = form.record
        self.assertEqual((statement.name, statement.journal_id), ("2026-7", self.journal))
        self.assertEqual(statement.line_ids.journal_id, self.journal)
        self.assertEqual(sorted(statement.line_ids.mapped("amount")), [2.5, 10])
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertEqual(set(statement.line_ids.mapped("state")), {"posted"})
        with Form(statement, "bank_bridge.statement_form") as form:
            with form.line_ids.new() as one:
                one.date = "2026-03-03"
                one.payment_ref = "another"
                one.amount = 1
        self.assertEqual(len(statement.line_ids), 3)
        self.assertFalse(statement.is_complete)

    def test_statement_without_lines_keeps_its_journal(self):
        with Form(self.env["account.bank.statement"].with_user(self.accountant), "bank_bridge.statement_form") as form:
            form.journal_id = self.journal
            self.assertFalse(form.name)
        self.assertEqual(form.record.journal_id, self.journal)
        self.assertIn("BBT1", form.record.name)

    def test_forms_open(self):
        self.bring([line("a", "1.00")])
        record = self.env["bank.bridge.import"].with_user(self.accountant).search([], limit=1)
        Form(record, "bank_bridge.import_form")
        Form(self.env["res.config.settings"])

    def test_menus(self):
        visible = self.env["ir.ui.menu"].with_user(self.accountant)._visible_menu_ids()
        online = ("menu_bank_connections", "menu_bank_accounts")
        for name in ("menu_bank", "menu_statements", "menu_bank_imports", "menu_bank_held", *online):
            self.assertIn(self.env.ref(f"bank_bridge.{name}").id, visible, name)
        visible = self.env["ir.ui.menu"].with_user(self.importer)._visible_menu_ids()
        self.assertNotIn(self.env.ref("bank_bridge.menu_bank").id, visible)
        self.assertNotIn(self.env.ref("bank_bridge.menu_configuration").id, visible)
