from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OTHER_IBAN, BridgeCase, line


@tagged("post_install", "-at_install", "bank_bridge")
class TestHeld(BridgeCase):
    def setUp(self):
        super().setUp()
        self.one = self.by_hand(5, account_number=OTHER_IBAN)
        self.two = self.by_hand(5, account_number="BE71096123456769")
        self.lines = [line("a", "1.00"), line("b", "5.00"), line("c", "2.00")]
        self.answer = self.bring(self.lines)
        self.held = self.env["bank.bridge.held"].search([("journal_id", "=", self.journal.id)])
        self.made = self.env["account.bank.statement"].browse(self.answer["statement"])

    def test_held(self):
        self.assertEqual(self.results(self.answer), ["created", "held", "created"])
        shown = self.answer["lines"][1]
        self.assertEqual((shown["code"], shown["line"]), ("BB-5004", None))
        self.assertEqual(shown["candidates"], [self.one.id, self.two.id])
        self.assertEqual((len(self.held), self.held.state, self.held.amount), (1, "open", 5))
        self.assertEqual(self.held.candidate_ids, self.one | self.two)
        self.assertEqual(self.held.import_id.count_held, 1)
        self.assertFalse(self.made.is_complete)
        # Again: held again, and still one record.
        self.assertEqual(self.results(self.bring(self.lines)), ["duplicate", "held", "duplicate"])
        self.assertEqual(self.env["bank.bridge.held"].search_count([("journal_id", "=", self.journal.id)]), 1)

    def test_it_is_one_of_them(self):
        held = self.held.with_user(self.accountant)
        with self.assertRaises(UserError):
            held.action_same()
        held.chosen_id = self.two
        held.action_same()
        self.assertEqual((self.held.state, self.held.line_id), ("settled", self.two))
        self.assertEqual(self.two.statement_id, self.made)
        self.assertTrue(self.made.is_complete)
        self.assertEqual(self.results(self.bring(self.lines)), ["duplicate"] * 3)
        with self.assertRaises(UserError):
            held.action_same()

    def test_it_is_new(self):
        self.held.with_user(self.accountant).action_import()
        self.assertEqual(self.held.state, "settled")
        self.assertEqual(self.held.line_id.statement_id, self.made)
        self.assertTrue(self.made.is_complete)
        own = self.in_journal().filtered("statement_id")
        self.assertEqual(own.mapped("amount"), [1, 5, 2])
        self.assertEqual(self.results(self.bring(self.lines)), ["duplicate"] * 3)
        self.assertEqual((self.held.import_id.count_held, self.held.import_id.count_created), (0, 3))

    def test_it_is_new_in_a_closed_period(self):
        self.close_books("hard_lock_date", "2026-03-02")
        with self.assertRaisesRegex(UserError, "BB-4106"):
            self.held.with_user(self.accountant).action_import()

    def test_settled_by_a_later_import(self):
        self.two.unlink()
        self.assertEqual(self.results(self.bring(self.lines)), ["duplicate", "matched", "duplicate"])
        self.assertEqual((self.held.state, self.held.line_id), ("settled", self.one))

    def test_only_the_choice_can_be_written(self):
        with self.assertRaises(AccessError):
            self.held.with_user(self.accountant).amount = 7
        with self.assertRaises(AccessError):
            self.held.with_user(self.importer).action_import()
