from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

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

    def another(self, identity="z", amount="6.00", day="2026-03-04"):
        """One more held line, of another day."""
        for account in (OTHER_IBAN, "BE71096123456769"):
            self.by_hand(float(amount), date=day, account_number=account)
        self.bring([line(identity, amount, day)], number=identity, opening=None)
        return self.env["bank.bridge.held"].search([("identity", "=", f"v1:{identity}")])

    def test_the_next_one_follows(self):
        other = self.another()
        last = self.another("y", "7.00", "2026-03-05")
        held = self.held.with_user(self.accountant)
        held.chosen_id = self.two
        self.assertEqual(held.action_same()["res_id"], other.id)
        self.assertEqual(other.with_user(self.accountant).action_import()["res_id"], last.id)
        done = last.with_user(self.accountant).action_import()
        self.assertFalse(done.get("res_id"))
        self.assertIn("list", done["view_mode"])

    def test_one_of_several_is_the_same(self):
        two = self.two.with_user(self.accountant).with_context(bank_bridge_held=self.held.id)
        two.action_bridge_same()
        self.assertEqual((self.held.state, self.held.line_id), ("settled", self.two))

    def test_only_a_candidate_is_the_same(self):
        stranger = self.by_hand(9).with_user(self.accountant)
        with self.assertRaises(UserError):
            stranger.with_context(bank_bridge_held=self.held.id).action_bridge_same()
        self.assertEqual(self.held.state, "open")

    def test_several_are_new(self):
        both = self.held | self.another()
        both.with_user(self.accountant).action_import_several()
        self.assertEqual(both.mapped("state"), ["settled", "settled"])
        self.assertEqual(sorted(both.line_id.mapped("amount")), [5, 6])
        with self.assertRaises(UserError):
            both.with_user(self.accountant).action_import_several()

    def test_of_several_none_is_new_where_one_is_closed(self):
        both = self.held | self.another()
        self.close_books("hard_lock_date", "2026-03-03")
        with self.assertRaisesRegex(UserError, "BB-4106"), self.env.cr.savepoint():
            both.with_user(self.accountant).action_import_several()
        self.assertEqual(both.mapped("state"), ["open", "open"])

    def test_others_may_not_decide(self):
        for groups in ("account.group_account_readonly", "account.group_account_invoice", "base.group_portal"):
            user = new_test_user(self.env, f"no_{groups.replace('.', '_')}", groups)
            held = self.held.with_user(user)
            for action in ("action_import", "action_import_several", "action_same"):
                with self.subTest(groups, action=action), self.assertRaises(AccessError):
                    getattr(held, action)()
            with self.assertRaises(AccessError):
                self.two.with_user(user).with_context(bank_bridge_held=self.held.id).action_bridge_same()
        company = self.second_company()
        theirs = self.user_of(company)
        with self.assertRaises(AccessError):
            self.held.with_user(theirs).action_import_several()
        self.assertEqual(self.held.state, "open")

    def test_side_by_side(self):
        self.two.partner_name = "<b>Maes</b>"
        shown = self.held.with_user(self.accountant).comparison
        for part in ("text of b", "by hand", "BE71096123456769", OTHER_IBAN, "CODA", "&lt;b&gt;Maes", "In Odoo (2)"):
            self.assertIn(part, shown)
        # The texts differ, and say so on both sides; accounts that the bank does not know do not.
        self.assertEqual(shown.count("text-bg-warning"), 2)

    def test_from_the_import(self):
        record = self.held.import_id.with_user(self.accountant)
        self.assertEqual(record.count_undecided, 1)
        self.assertEqual(self.held.search(record.action_held()["domain"]), self.held)
        Form(record)
        with self.assertRaises(AccessError):
            record.with_user(self.importer).action_held()

    def test_form(self):
        Form(self.held.with_user(self.accountant))

    def test_settled_by_a_later_import(self):
        self.two.unlink()
        self.assertEqual(self.results(self.bring(self.lines)), ["duplicate", "matched", "duplicate"])
        self.assertEqual((self.held.state, self.held.line_id), ("settled", self.one))

    def test_only_the_choice_can_be_written(self):
        with self.assertRaises(AccessError):
            self.held.with_user(self.accountant).amount = 7
        with self.assertRaises(AccessError):
            self.held.with_user(self.importer).action_import()
