from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import IBAN, BridgeCase, line

FORM = "bank_bridge.statement_form"


@tagged("post_install", "-at_install", "bank_bridge")
class TestStatements(BridgeCase):
    def setUp(self):
        super().setUp()
        self.bring([line("a", "1.00"), line("b", "2.00")], number="2026-1")
        self.first = self.in_journal().statement_id

    def by_form(self, opening=None, closing=None, amount=10, date="2026-03-03"):
        statements = self.env["account.bank.statement"].with_user(self.accountant)
        with Form(statements.with_context(default_journal_id=self.journal.id), FORM) as form:
            form.name = "2026-2"
            self.proposed = form.balance_start
            if opening is not None:
                form.balance_start = opening
            with form.line_ids.new() as one:
                one.date = date
                one.payment_ref = "by hand"
                one.amount = amount
            form.balance_end_real = closing if closing is not None else form.balance_start + amount
        return form.record

    def test_opening_balance_is_proposed(self):
        made = self.by_form()
        self.assertEqual((self.proposed, made.balance_start, made.balance_end_real), (103, 103, 113))
        self.assertTrue(made.is_valid and made.is_complete)
        self.assertFalse(made.bridge_warning)
        self.assertEqual((made.bridge_previous_id, self.first.bridge_next_id), (self.first, made))
        self.assertFalse(made.bridge_next_id)

    def test_lines_without_a_statement_count(self):
        self.by_hand(7, date="2026-03-03")
        self.by_form(date="2026-03-04")
        self.assertEqual(self.proposed, 110)

    def test_a_balance_entered_is_not_proposed_over(self):
        with Form(self.env["account.bank.statement"].with_user(self.accountant), FORM) as form:
            form.journal_id = self.journal
            self.assertEqual(form.balance_start, 103)
            form.date = "2026-03-01"
            self.assertEqual(form.balance_start, 0)
            form.balance_start = 5
            form.date = "2026-03-31"
            self.assertEqual(form.balance_start, 5)

    def test_a_day_that_was_entered_stays(self):
        with Form(self.env["account.bank.statement"].with_user(self.accountant), FORM) as form:
            form.journal_id = self.journal
            form.date = "2026-03-07"
            with form.line_ids.new() as one:
                self.assertEqual(str(one.date), "2026-03-07")
                one.payment_ref = "by hand"
                one.amount = 1
            self.assertEqual(str(form.date), "2026-03-07")
        self.assertEqual(str(form.record.date), "2026-03-07")

    def test_what_is_wrong_is_said_in_words(self):
        broken = self.by_form(opening=105, closing=120)
        opening, missing = broken.bridge_warning.split("\n")
        for part in ("105.00", "2026-1", "103.00", "2.00"):
            self.assertIn(part, opening)
        for part in ("120.00", "115.00", "5.00"):
            self.assertIn(part, missing)
        self.assertFalse(self.first.bridge_warning)
        statements = self.env["account.bank.statement"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(statements.filtered("bridge_warning"), broken)

    def test_the_only_journal_is_proposed(self):
        others = [("type", "in", ("bank", "cash", "credit")), ("company_id", "=", self.company.id)]
        self.env["account.journal"].search([*others, ("id", "!=", self.journal.id)]).active = False
        statements = self.env["account.bank.statement"].with_user(self.accountant)
        self.assertEqual(statements.default_get(["journal_id"])["journal_id"], self.journal.id)
        self.make_journal("BBT2")
        self.assertNotIn("journal_id", statements.default_get(["journal_id"]))

    def test_smart_buttons(self):
        first = self.first.with_user(self.accountant)
        self.assertEqual(first.bridge_count_lines, 2)
        lines = first.action_bridge_lines()
        self.assertEqual(self.env[lines["res_model"]].search(lines["domain"]), self.first.line_ids)
        self.by_hand(5, account_number=IBAN)
        self.by_hand(5, account_number="BE71096123456769")
        self.bring([line("c", "5.00"), line("d", "1.00", date="2026-03-05")], number="2026-3")
        later = self.in_journal()[-1].statement_id.with_user(self.accountant)
        self.assertEqual(later.bridge_count_held, 1)
        self.assertEqual(self.env["bank.bridge.held"].search_count(later.action_bridge_held()["domain"]), 1)

    def test_neighbours_are_opened_by_accountants_only(self):
        made = self.by_form()
        self.assertEqual(made.with_user(self.accountant).action_bridge_previous()["res_id"], self.first.id)
        self.assertEqual(self.first.with_user(self.accountant).action_bridge_next()["res_id"], made.id)
        billing = new_test_user(self.env, "bridge_billing", "account.group_account_invoice")
        for action in ("action_bridge_previous", "action_bridge_lines", "action_bridge_held"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(made.with_user(billing), action)()

    def test_the_journals_card_leads_to_them(self):
        journal = self.journal.with_user(self.accountant)
        ours = {name: self.env.ref(f"bank_bridge.statement_{name}").id for name in ("list", "form")}
        card = journal.with_context(action_name="action_bank_statement_tree", search_default_journal=True)
        for action in (card.open_action_with_context(), journal.open_invalid_statements_action()):
            views = {kind: view for view, kind in action["views"]}
            self.assertEqual({kind: views[kind] for kind in ours}, ours)
            self.assertEqual(action["context"]["search_default_journal_id"], journal.id)
        self.assertEqual(journal.create_bank_statement()["views"], [(ours["form"], "form")])

    def test_the_journals_card_leads_to_what_tidies(self):
        for name in ("duplicates", "missing"):
            action = getattr(self.journal.with_user(self.accountant), f"action_bridge_{name}")()
            search = self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"])
            with Form(search) as form:
                self.assertEqual(form.journal_ids.ids, self.journal.ids)
            billing = new_test_user(self.env, f"bridge_billing_{name}", "account.group_account_invoice")
            with self.assertRaises(AccessError):
                getattr(self.journal.with_user(billing), f"action_bridge_{name}")()

    def test_other_modules_views_stay(self):
        self.env["ir.ui.view"].create(
            {
                "name": "another form",
                "model": "account.bank.statement",
                "type": "form",
                "priority": 16,
                "arch": "<form><field name='name'/></form>",
            }
        )
        card = self.journal.with_context(action_name="action_bank_statement_tree")
        views = {kind: view for view, kind in card.open_action_with_context()["views"]}
        self.assertNotEqual(views["list"], self.env.ref("bank_bridge.statement_list").id)
        self.assertEqual(self.journal.create_bank_statement()["views"], [[False, "form"]])
