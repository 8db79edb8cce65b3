from odoo.tests import tagged

from .common import OTHER_IBAN, BridgeCase, line, payer


@tagged("post_install", "-at_install", "bank_bridge")
class TestMatching(BridgeCase):
    """The same transaction by two roads comes in once."""

    def test_coda_after_camt(self):
        first = self.bring(
            [line("camt1", "10.00", counterparty=payer(OTHER_IBAN)), line("camt2", "-4.00")], "camt.053.001.02"
        )
        lines = [
            line("coda1", "10.00", counterparty=payer("NL91 ABNA 0417 1643 00")),
            line("coda2", "-4.00"),
            line("coda3", "6.00"),
        ]
        answer = self.bring(lines, "coda.2", number="2")
        self.assertEqual(self.results(answer), ["matched", "matched", "created"])
        self.assertEqual([one["line"] for one in answer["lines"]][:2], [one["line"] for one in first["lines"]])
        self.assertEqual(len(self.in_journal()), 3)
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((statement.balance_start, statement.balance_end_real), (106, 112))
        self.assertTrue(statement.is_complete and statement.is_valid)
        # From now on both names are exact.
        self.assertEqual(self.results(self.bring(lines, "coda.2")), ["duplicate"] * 3)
        self.assertEqual(self.results(self.bring([line("camt2", "-4.00")], "camt.053.001.08")), ["duplicate"])

    def test_another_version_of_the_format_is_the_same_source(self):
        self.bring([line("a", "10.00")], "camt.053.001.02")
        self.assertEqual(self.results(self.bring([line("b", "10.00")], "camt.053.001.08")), ["created"])

    def test_entered_by_hand(self):
        by_hand = self.by_hand(10)
        answer = self.bring([line("a", "10.00", counterparty=payer(OTHER_IBAN)), line("b", "1.00")])
        self.assertEqual(self.results(answer), ["matched", "created"])
        self.assertEqual(answer["lines"][0]["line"], by_hand.id)
        # It had no statement: it joins the bank's.
        self.assertEqual(by_hand.statement_id.id, answer["statement"])
        self.assertTrue(by_hand.statement_id.is_complete and by_hand.statement_id.is_valid)
        self.assertEqual(by_hand.payment_ref, "by hand")

    def test_order_among_lines_by_hand(self):
        second, fourth = self.by_hand(2), self.by_hand(4)
        answer = self.bring([line(f"a{i}", f"{i}.00") for i in range(1, 6)])
        self.assertEqual(self.results(answer), ["created", "matched", "created", "matched", "created"])
        self.assertEqual(self.in_journal().mapped("amount"), [1, 2, 3, 4, 5])
        self.assertEqual(self.in_journal().mapped("running_balance"), [101, 103, 106, 110, 115])
        self.assertLess(second.internal_index, fourth.internal_index)

    def test_known_bank_account_of_the_partner(self):
        partner = self.env["res.partner"].create({"name": "De Smet"})
        account = self.env["res.partner.bank"].create({"partner_id": partner.id, "acc_number": OTHER_IBAN})
        by_hand = self.by_hand(10, partner_id=partner.id)
        by_hand.move_id.partner_bank_id = account
        self.assertEqual(
            self.results(self.bring([line("a", "10.00", counterparty=payer("BE71096123456769"))])), ["created"]
        )

    def test_more_in_the_file_than_by_hand(self):
        self.by_hand(-5)
        lines = [line(f"a{i}", "-5.00", counterparty=payer(OTHER_IBAN)) for i in range(3)]
        self.assertEqual(self.results(self.bring(lines)), ["matched", "created", "created"])
        self.assertEqual(len(self.in_journal()), 3)

    def test_two_transactions_of_the_source_are_not_one_of_the_other(self):
        self.bring([line("c1", "5.00"), line("c2", "5.00")], "camt.053.001.02")
        lines = [line("d1", "5.00"), line("d2", "5.00")]
        self.assertEqual(self.results(self.bring(lines)), ["matched", "matched"])
        self.assertEqual(self.results(self.bring([line("d3", "5.00")])), ["created"])

    def test_day_of_a_line_that_was_moved(self):
        first = self.bring([line("camt1", "10.00")], "camt.053.001.02")
        self.env["account.bank.statement"].browse(first["statement"]).unlink()
        self.in_journal().date = "2026-03-20"
        self.assertEqual(self.results(self.bring([line("coda1", "10.00")])), ["matched"])

    def test_cancelled_entry_does_not_count(self):
        by_hand = self.by_hand(10)
        by_hand.move_id.button_cancel()
        self.assertEqual(self.results(self.bring([line("a", "10.00")])), ["created"])

    def test_plan_and_push_agree(self):
        self.by_hand(10)
        self.by_hand(3, account_number="BE71096123456769")
        self.by_hand(3, account_number=OTHER_IBAN)
        lines = [line("a", "10.00"), line("b", "3.00"), line("c", "8.00")]
        small = [
            {"id": one["id"], "date": one["date"], "amount": one["amount"], "counterparty_account": None}
            for one in lines
        ]
        plan = self.bridge.bridge_plan(journal=self.journal.id, source="coda.2", lines=small)
        self.assertEqual(self.results(plan), ["matched", "held", "new"])
        answer = self.bring(lines)
        self.assertEqual(self.results(answer), ["matched", "held", "created"])
        self.assertEqual(plan["lines"][1]["candidates"], answer["lines"][1]["candidates"])
