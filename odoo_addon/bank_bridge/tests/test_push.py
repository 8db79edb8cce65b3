from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.bank_bridge_identity import BankBridgeIdentity
from .common import CONTENT, OTHER_IBAN, BridgeCase, line, payer


@tagged("post_install", "-at_install", "bank_bridge")
class TestPush(BridgeCase):
    def days(self, prefix="a"):
        return [
            line(f"{prefix}1", "10.00"),
            line(f"{prefix}2", "-3.25"),
            line(f"{prefix}3", "0.01", "2026-03-03"),
            line(f"{prefix}4", "7.00", "2026-03-03"),
        ]

    def test_import(self):
        lines = self.days()
        answer = self.bring(lines)
        self.assertEqual(self.results(answer), ["created"] * 4)
        found = self.in_journal()
        self.assertEqual(found.ids, [one["line"] for one in answer["lines"]])
        self.assertEqual([one["date"] for one in answer["lines"]], [one["date"] for one in lines])
        self.assertEqual(found.mapped("amount"), [10.0, -3.25, 0.01, 7.0])
        self.assertEqual(found.mapped("running_balance"), [110.0, 106.75, 106.76, 113.76])
        self.assertEqual(found.mapped("state"), ["posted"] * 4)
        statement = found.statement_id
        self.assertEqual(statement.id, answer["statement"])
        self.assertEqual((statement.name, statement.balance_start, statement.balance_end_real), ("2026-1", 100, 113.76))
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertEqual(statement.attachment_ids.raw, CONTENT)
        self.assertEqual(answer["balance"], {"date": "2026-03-03", "amount": "113.76"})
        self.assertIsInstance(answer["milliseconds"], int)

    def test_again(self):
        first = self.bring(self.days())
        again = self.bring(self.days())
        self.assertEqual(self.results(again), ["duplicate"] * 4)
        self.assertEqual([one["line"] for one in again["lines"]], [one["line"] for one in first["lines"]])
        self.assertIsNone(again["statement"])
        self.assertEqual(again["balance"], first["balance"])
        self.assertEqual(len(self.in_journal()), 4)
        record = self.env["bank.bridge.import"].search([], limit=1)
        self.assertEqual((record.count_created, record.count_duplicate), (0, 4))
        self.assertEqual(record.statement_ids.ids, [first["statement"]])

    def test_overlapping(self):
        lines = self.days()
        self.bring(lines[:3])
        answer = self.bring(lines[1:], opening="110.00", number="2026-2")
        self.assertEqual(self.results(answer), ["duplicate", "duplicate", "created"])
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((statement.balance_start, statement.balance_end_real), (106.76, 113.76))
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertEqual(self.in_journal().mapped("running_balance"), [110.0, 106.75, 106.76, 113.76])

    def test_overlap_at_the_end(self):
        """A file that brings what stood before known lines: they keep the bank's order."""
        lines = self.days()
        self.bring(lines[1:], opening="110.00", number="2026-2")
        answer = self.bring(lines)
        self.assertEqual(self.results(answer), ["created", "duplicate", "duplicate", "duplicate"])
        found = self.in_journal()
        self.assertEqual(found.mapped("payment_ref"), [f"text of a{i}" for i in range(1, 5)])
        self.assertEqual(found.mapped("running_balance"), [110.0, 106.75, 106.76, 113.76])
        for statement in found.statement_id:
            self.assertTrue(statement.is_complete and statement.is_valid)

    def test_cut_off_and_repeated(self):
        lines = self.days()
        statement = self.statement(lines)
        run, _opened = self.open_run()
        self.assertEqual(self.results(self.push(run, lines[:3], statement, last=False)), ["created"] * 3)
        self.assertFalse(self.in_journal().statement_id)
        # The answer of the batch was lost: the bridge sends it again.
        self.assertEqual(self.results(self.push(run, lines[:3], statement, last=False)), ["duplicate"] * 3)
        # The bridge was killed here. A new run:
        answer = self.bring(lines)
        self.assertEqual(self.results(answer), ["duplicate"] * 3 + ["created"])
        found = self.in_journal()
        self.assertEqual(found.mapped("payment_ref"), [f"text of a{i}" for i in range(1, 5)])
        self.assertEqual(found.statement_id.ids, [answer["statement"]])
        self.assertTrue(found.statement_id.is_complete and found.statement_id.is_valid)

    def test_last_batch_without_lines(self):
        lines = self.days()
        run, _opened = self.open_run()
        self.push(run, lines, self.statement(lines), last=False)
        answer = self.push(run, [], self.statement(lines))
        self.assertEqual(len(self.env["account.bank.statement"].browse(answer["statement"]).line_ids), 4)

    def test_identical_payments(self):
        lines = [line(f"same{i}", "-5.00", text="coffee", counterparty=payer(OTHER_IBAN)) for i in range(3)]
        self.assertEqual(self.results(self.bring(lines)), ["created"] * 3)
        self.assertEqual(self.results(self.bring(lines)), ["duplicate"] * 3)
        self.assertEqual(len(self.in_journal()), 3)

    def test_identity_twice_in_a_batch(self):
        answer = self.bring([line("x", "1.00"), line("x", "1.00")])
        self.assertEqual(self.results(answer), ["created", "duplicate"])
        self.assertEqual(answer["lines"][0]["line"], answer["lines"][1]["line"])

    def test_same_identity_in_another_journal(self):
        other = self.make_journal("BBT6", OTHER_IBAN)
        self.bring([line("x", "1.00")])
        run, _opened = self.open_run(statements=[self.head(OTHER_IBAN)])
        self.assertEqual(self.results(self.push(run, [line("x", "1.00")], journal=other)), ["created"])

    def test_deleted_line_comes_again(self):
        answer = self.bring(self.days())
        self.env["account.bank.statement"].browse(answer["statement"]).unlink()
        self.in_journal()[1].unlink()
        again = self.bring(self.days())
        self.assertEqual(self.results(again), ["duplicate", "created", "duplicate", "duplicate"])
        self.assertEqual(self.in_journal().mapped("running_balance"), [110.0, 106.75, 106.76, 113.76])

    def test_plan_writes_nothing(self):
        lines = self.days()
        small = [
            {"id": one["id"], "date": one["date"], "amount": one["amount"], "counterparty_account": None}
            for one in lines
        ]
        plan = self.bridge.bridge_plan(journal=self.journal.id, source="coda.2", lines=small)
        self.assertEqual(self.results(plan), ["new"] * 4)
        self.assertIsNone(plan["locked"])
        self.assertFalse(self.in_journal())
        self.bring(lines[:2])
        plan = self.bridge.bridge_plan(journal=self.journal.id, source="coda.2", lines=small)
        self.assertEqual(self.results(plan), ["duplicate", "duplicate", "new", "new"])

    def test_closed_period(self):
        lines = self.days()
        self.bring(lines[:1])
        for field in ("fiscalyear_lock_date", "hard_lock_date"):
            with self.subTest(field):
                self.close_books(field, "2026-03-02")
                small = [{**one, "counterparty_account": None} for one in lines]
                plan = self.bridge.bridge_plan(journal=self.journal.id, source="coda.2", lines=small)
                # What is already there does not count.
                self.assertEqual(plan["locked"], {"count": 1, "date": "2026-03-02", "locked_until": "2026-03-02"})
                run, _opened = self.open_run()
                answer = self.push(run, lines)
                self.assertRefused(answer, "BB-4106", count="1", date="2026-03-02", locked_until="2026-03-02")
                self.assertEqual(len(self.in_journal()), 1)

    def test_closed_for_taxes_or_sales_only(self):
        self.company.sudo().write({"tax_lock_date": "2026-03-31", "sale_lock_date": "2026-03-31"})
        answer = self.bring([line("x", "1.00")])
        self.assertEqual(answer["lines"][0]["date"], "2026-03-02")

    def test_amount_too_fine(self):
        run, _opened = self.open_run()
        answer = self.push(run, [line("x", "1.005")])
        self.assertRefused(answer, "BB-4107", amount="1.005", currency="EUR")
        self.assertNotIn("error", self.push(run, [line("y", "1.500")]))

    def test_run_not_open(self):
        run, _opened = self.open_run()
        self.bridge.bridge_close(run=run, state="failed", code="BB-4008")
        self.assertRefused(self.push(run, [line("x", "1.00")]), "BB-4012", run=run)
        self.assertRefused(self.push("unknown", [line("x", "1.00")]), "BB-4012")

    def test_journal_out_of_reach(self):
        run, _opened = self.open_run()
        sales = self.env["account.journal"].search([("type", "=", "sale")], limit=1)
        self.assertRefused(self.push(run, [line("x", "1.00")], journal=sales), "BB-4102")

    def test_failure_of_odoo_undoes_the_batch(self):
        run, _opened = self.open_run()
        self.journal.suspense_account_id = False
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.push(run, [line("x", "1.00")])
        self.assertFalse(self.env["bank.bridge.identity"].search([("identity", "=", "v1:x")]))

    def test_unique_index(self):
        answer = self.bring([line("x", "1.00")])
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO bank_bridge_identity (journal_id, identity, source, line_id) VALUES (%s, 'v1:x', 'camt', %s)",
                [self.journal.id, answer["lines"][0]["line"]],
            )

    def test_lost_race_is_run_again(self):
        """An identity that appears between looking and writing makes Odoo run the call again."""
        from odoo.service.model import ConcurrencyError

        self.bring([line("x", "1.00")])
        run, _opened = self.open_run()
        with patch.object(BankBridgeIdentity, "_known", lambda *_arguments: {}):
            with self.assertRaises(ConcurrencyError), self.env.cr.savepoint():
                self.push(run, [line("x", "1.00")])
        self.assertEqual(len(self.in_journal()), 1)

    def test_unbalanced_statement_shows(self):
        answer = self.bring(self.days(), closing="999.00")
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertFalse(statement.is_complete)
        self.assertEqual(statement.balance_end_real, 999)

    def test_missing_balances(self):
        cases = [
            ({"opening": None, "closing": "113.76"}, (100, 113.76)),
            ({"opening": "100.00", "closing": ""}, (100, 113.76)),
        ]
        for balances, expected in cases:
            with self.subTest(balances):
                journal = self.make_journal(f"BBM{len(self.env['account.journal'].search([]))}")
                lines = self.days()
                run, _opened = self.open_run(journal=journal.code)
                answer = self.push(run, lines, self.statement(lines, **balances), journal=journal)
                statement = self.env["account.bank.statement"].browse(answer["statement"])
                self.assertEqual((statement.balance_start, statement.balance_end_real), expected)
                self.assertTrue(statement.is_complete)

    def test_two_statements_of_one_file(self):
        first, second = self.days()[:2], self.days()[2:]
        run, opened = self.open_run(statements=[self.head(), self.head()])
        one = self.push(run, first)
        two = self.push(run, second, self.statement(second, opening="106.75", number="2026-2"))
        statements = self.env["account.bank.statement"].browse([one["statement"], two["statement"]])
        self.assertTrue(all(each.is_complete and each.is_valid for each in statements))
        record = self.env["bank.bridge.import"].browse(opened["import"])
        self.assertEqual(record.statement_ids, statements)
        # One file, owned by the import, shown on both.
        self.assertEqual(statements.attachment_ids, record.attachment_id)
        self.assertEqual(record.attachment_id.res_model, "bank.bridge.import")
        statements[1].unlink()
        self.assertEqual(statements[0].attachment_ids.raw, CONTENT)

    def test_names_without_number(self):
        answer = self.bring(self.days(), number=None)
        self.assertEqual(self.env["account.bank.statement"].browse(answer["statement"]).name, "BBT1 2026-03-03")

    def test_values(self):
        self.bring(
            [
                line(
                    "x",
                    "-12.30",
                    value_date="2026-03-04",
                    text="Factuur  118\nmet dank",
                    structured="+++090/9337/55493+++",
                    counterparty={"name": "Drukinkt & Zn.", "account": OTHER_IBAN, "bic": "ABNANL2A"},
                    bank_code="PMNT-ICDT-ESCT",
                    bank_code_words="Issued credit transfer",
                    end_to_end="NOTPROVIDED",
                    mandate="M-7",
                    details=[["Note", "<b>paid</b>"], ["Mandate", "M-7"]],
                )
            ]
        )
        found = self.in_journal()
        self.assertEqual(found.payment_ref, "+++090/9337/55493+++ Factuur 118 met dank")
        self.assertEqual((found.ref, found.transaction_type), ("+++090/9337/55493+++", "Issued credit transfer"))
        self.assertEqual((found.partner_name, found.account_number), ("Drukinkt & Zn.", OTHER_IBAN))
        self.assertIn("Note: &lt;b&gt;paid&lt;/b&gt;", found.narration)
        self.assertIn("2026-03-04", found.narration)
        self.assertEqual(found.narration.count("M-7"), 1)
        self.assertNotIn("NOTPROVIDED", found.narration)
        self.assertEqual(found.transaction_details["bank_bridge"]["mandate"], "M-7")
        self.assertFalse(found.move_id.message_follower_ids)

    def test_label(self):
        cases = [
            ({"text": "abc"}, "abc"),
            ({"text": "ref 090/9337/55493.", "structured": "+++090/9337/55493+++"}, "ref 090/9337/55493."),
            ({"text": None, "structured": "RF18539007547034"}, "RF18539007547034"),
            ({"text": " ", "counterparty": payer(name="Maes")}, "Maes"),
            ({"text": None}, "/"),
        ]
        answer = self.bring([line(str(i), "1.00", **values) for i, (values, _label) in enumerate(cases)])
        lines = self.env["account.bank.statement.line"].browse([one["line"] for one in answer["lines"]])
        self.assertEqual(lines.mapped("payment_ref"), [expected for _values, expected in cases])

    def test_foreign_currency(self):
        usd, gbp = self.env.ref("base.USD"), self.env.ref("base.GBP")
        usd.active, gbp.active = True, False
        cases = [
            ({"amount": "-13.00", "currency": "USD", "rate": "1.0569"}, (usd, -13.0)),
            # the sign is that of the booked amount
            ({"amount": "13.00", "currency": "USD", "rate": None}, (usd, -13.0)),
            ({"amount": "-13.00", "currency": "GBP", "rate": None}, (None, 0.0)),
            ({"amount": "-12.30", "currency": "EUR", "rate": None}, (None, 0.0)),
            ({"amount": "-13.001", "currency": "USD", "rate": None}, (None, 0.0)),
        ]
        answer = self.bring(
            [line(str(i), "-12.30", original=original) for i, (original, _expected) in enumerate(cases)]
        )
        for one, (original, (currency, amount)) in zip(answer["lines"], cases):
            with self.subTest(original):
                found = self.env["account.bank.statement.line"].browse(one["line"])
                self.assertEqual(found.foreign_currency_id, currency or self.env["res.currency"])
                self.assertEqual(found.amount_currency, amount)
                self.assertEqual(found.amount, -12.3)
                if not currency:
                    self.assertIn(original["amount"], found.narration)
