from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import OTHER_IBAN, BridgeCase, line, payer


@tagged("post_install", "-at_install", "bank_bridge")
class TestUndo(BridgeCase):
    def imported(self):
        return self.env["bank.bridge.import"].search([], limit=1)

    def balance(self):
        """What the books hold for the journal's account and its suspense account."""
        accounts = self.journal.default_account_id | self.journal.suspense_account_id
        self.env.flush_all()
        items = self.env["account.move.line"].search(
            [("account_id", "in", accounts.ids), ("parent_state", "=", "posted")]
        )
        return {account: sum(group.mapped("balance")) for account, group in items.grouped("account_id").items()}

    def undo(self, record, rest=False, user=None):
        undo = self.env["bank.bridge.undo"].with_user(user or self.accountant).create({"import_id": record.id})
        return undo.action_undo_rest() if rest else undo.action_undo()

    def reconcile(self, one):
        """Against an account of the user's choice, as a reconciliation widget does."""
        _liquidity, suspense, _other = one._seek_for_lines()
        account = self.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", self.company.ids)], limit=1
        )
        suspense.with_context(check_move_validity=False).account_id = account
        one.invalidate_recordset()
        self.assertTrue(one.is_reconciled)

    def test_books_are_as_before(self):
        self.bring([line("before", "50.00", "2026-03-01")], opening="100.00")
        before, lines = self.balance(), self.in_journal()
        sent = [line("a", "10.00"), line("b", "-2.50"), line("c", "7.00", "2026-03-03")]
        self.bring(sent, opening="150.00", number="2026-2")
        record = self.imported()
        self.assertTrue(record.can_undo)
        statement = record.statement_ids
        undo = self.env["bank.bridge.undo"].with_user(self.accountant).create({"import_id": record.id})
        self.assertIn("3", undo.question)
        self.assertEqual((undo.count_lines, undo.count_kept, undo.reasons), (3, 0, ""))
        undo.action_undo()
        self.assertEqual(self.balance(), before)
        self.assertEqual(self.in_journal(), lines)
        self.assertFalse(statement.exists())
        self.assertEqual(record.undone_id, self.accountant)
        self.assertTrue(record.undone_on)
        self.assertFalse(record.can_undo)
        # The same file again brings the lines again.
        again = self.bring(sent, opening="150.00", number="2026-2")
        self.assertEqual(self.results(again), ["created"] * 3)
        self.assertTrue(self.imported().statement_ids.is_complete)

    def test_reconciled_lines_stay_and_nothing_happens_unasked(self):
        self.bring([line("a", "10.00"), line("b", "-2.50")])
        record, before = self.imported(), self.in_journal()
        self.reconcile(before[0])
        undo = self.env["bank.bridge.undo"].with_user(self.accountant).create({"import_id": record.id})
        self.assertEqual((undo.count_lines, undo.count_kept), (1, 1))
        self.assertIn("Reconciled", undo.reasons)
        self.assertIn("text of a", undo.reasons)
        with self.assertRaises(UserError):
            undo.action_undo()
        self.assertEqual(self.in_journal(), before)
        undo.action_undo_rest()
        self.assertEqual(self.in_journal(), before[0])
        statement = before[0].statement_id
        self.assertTrue(statement.is_complete, "what is left adds up")
        self.assertEqual((statement.balance_start, statement.balance_end_real), (100, 110))
        again = self.bring([line("a", "10.00"), line("b", "-2.50")])
        self.assertEqual(self.results(again), ["duplicate", "created"])

    def test_closed_periods(self):
        self.bring([line("a", "10.00"), line("b", "-2.50", "2026-04-01")])
        self.close_books("fiscalyear_lock_date", "2026-03-31")
        record = self.imported()
        with self.assertRaises(UserError):
            self.undo(record)
        self.assertEqual(len(self.in_journal()), 2)
        self.undo(record, rest=True)
        self.assertEqual(self.in_journal().mapped("payment_ref"), ["text of a"])

    def test_matched_lines_stay_and_their_alias_goes(self):
        known = self.by_hand(10)
        self.bring([line("a", "10.00", counterparty=payer()), line("b", "3.00")])
        record = self.imported()
        self.assertEqual(record.count_matched, 1)
        self.undo(record)
        self.assertEqual(self.in_journal(), known)
        self.assertFalse(self.env["bank.bridge.identity"].search([("journal_id", "=", self.journal.id)]))
        again = self.bring([line("a", "10.00", counterparty=payer()), line("b", "3.00")])
        self.assertEqual(self.results(again), ["matched", "created"])

    def test_lines_that_another_import_knows_stay(self):
        self.bring([line("a", "10.00"), line("b", "3.00")], source="coda.2")
        record = self.imported()
        self.bring([line("x", "10.00")], source="camt.053.001.08", opening=None)
        self.assertEqual(self.imported().count_matched, 1)
        with self.assertRaises(UserError):
            self.undo(record)
        self.undo(record, rest=True)
        self.assertEqual(self.in_journal().mapped("payment_ref"), ["text of a"])
        # Both sources recognise it still.
        self.assertEqual(
            self.results(self.bring([line("x", "10.00")], source="camt.053.001.08", opening=None)), ["duplicate"]
        )
        self.assertEqual(self.results(self.bring([line("a", "10.00")], opening=None)), ["duplicate"])

    def test_held_lines_go(self):
        self.by_hand(10, account_number=OTHER_IBAN)
        self.by_hand(10, account_number="BE71096123456769")
        self.bring([line("a", "10.00")])
        record = self.imported()
        self.assertEqual(record.count_held, 1)
        self.assertFalse(record.can_undo, "nothing was created")
        self.assertEqual(len(record.held_ids), 1)
        record._undo()
        self.assertFalse(record.held_ids.exists())
        self.assertEqual(len(self.in_journal()), 2)

    def test_reckoned_statements_follow(self):
        self.bring([line("a", "10.00", "2026-03-01")], opening=None, number=None)
        first = self.imported()
        self.bring([line("b", "5.00", "2026-03-02")], opening=None, number=None)
        second = self.imported().statement_ids
        self.assertEqual((second.balance_start, second.balance_end_real), (10, 15))
        self.undo(first)
        self.assertEqual((second.balance_start, second.balance_end_real), (0, 5))
        self.assertTrue(second.is_complete and second.is_valid)

    def test_twice(self):
        self.bring([line("a", "10.00")])
        record = self.imported()
        self.undo(record)
        done = record.undone_on
        self.undo(record)
        self.assertFalse(self.in_journal())
        self.assertTrue(done)

    def test_running(self):
        run, _opened = self.open_run()
        self.push(run, [line("a", "10.00")])
        with self.assertRaises(UserError):
            self.imported().with_user(self.accountant).action_undo()
        self.assertFalse(self.imported().can_undo)

    def test_rights(self):
        self.bring([line("a", "10.00")])
        record = self.imported()
        with self.assertRaises(AccessError):
            record.with_user(self.importer).action_undo()
        with self.assertRaises(AccessError):
            record.with_user(self.importer)._undo()
        self.assertEqual(len(self.in_journal()), 1)

    def test_another_company(self):
        second = self.second_company()
        journal = self.make_journal("SEC1", "NL91ABNA0417164300", company=second)
        self.importer.company_ids = [(4, second.id)]
        run, _opened = self.open_run(statements=[self.head("NL91ABNA0417164300")])
        self.push(run, [line("a", "10.00")], journal=journal)
        self.bridge.bridge_close(run=run, state="done")
        with self.assertRaises(AccessError):
            self.imported().with_user(self.accountant).action_undo()
        self.assertEqual(len(self.in_journal(journal)), 1)

    def test_screens(self):
        self.bring([line("a", "10.00")])
        record = self.imported().with_user(self.accountant)
        action = record.action_undo()
        Form(self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"]))
        self.assertEqual(record.action_lines()["domain"], [("id", "in", self.in_journal().ids)])
        self.assertEqual(record.action_statements()["domain"], [("id", "in", record.statement_ids.ids)])
        self.assertEqual(record.action_held()["domain"], [("import_id", "=", record.id)])
