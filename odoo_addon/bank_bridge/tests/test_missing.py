from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import OTHER_IBAN, line
from .online import OnlineCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestMissing(OnlineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.sealed = False

    def search(self, user=None, **values):
        search = (
            self.env["bank.bridge.missing"]
            .with_user(user or self.accountant)
            .create({"date_from": "2026-01-01", "journal_ids": self.journal.ids, **values})
        )
        search.action_search()
        return search

    def gap(self, **values):
        gaps = self.search(**values).gap_ids
        self.assertEqual(len(gaps), 1, gaps.mapped("text"))
        return gaps

    def statement_of(self, number, day, amount="10.00", opening="100.00", source="coda.2", **further):
        self.bring([line(f"{source}-{number}", amount, day)], source, number=number, opening=opening, **further)
        return self.env["account.bank.statement"].search([("name", "=", number)], limit=1)

    def test_nothing(self):
        self.statement_of("2026-1", "2026-03-02")
        self.statement_of("2026-2", "2026-03-03", opening="110.00")
        self.assertFalse(self.search().gap_ids)

    def test_balances_that_do_not_join(self):
        self.statement_of("2026-1", "2026-03-02")
        later = self.statement_of("2026-2", "2026-03-09", opening="135.50")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.statement_id, gap.amount), ("chain", later, 25.5))
        self.assertEqual((gap.date_from, gap.date_to), (date(2026, 3, 2), date(2026, 3, 9)))
        for part in ("2026-1", "2026-2", "110.00", "135.50"):
            self.assertIn(part, gap.text)
        self.assertNotIn("without a statement", gap.text)
        self.by_hand(25.5, date="2026-03-05")
        self.assertRegex(self.gap().text, r"without a statement between them: .*25\.50")
        self.assertFalse(self.search(date_from="2026-03-10").gap_ids)
        self.assertEqual(gap.action_statement()["res_id"], later.id)

    def test_numbers_that_skip(self):
        self.statement_of("2026-117", "2026-03-02")
        self.statement_of("2026-120", "2026-03-09", opening="110.00")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.amount), ("number", 0))
        self.assertIn("2026-118, 2026-119", gap.text)

    def test_numbers_and_balances(self):
        self.statement_of("2026-117", "2026-03-02")
        self.statement_of("2026-119", "2026-03-09", opening="130.00")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.amount), ("chain", 20))
        self.assertIn("2026-118", gap.text)

    def test_what_is_no_series(self):
        opening = 100
        for day, number, source in (
            ("2026-03-02", "2026-1", "coda.2"),
            # Another year begins anew.
            ("2026-03-03", "2027-4", "coda.2"),
            # Another source counts otherwise.
            ("2026-03-04", "2026-9", "camt.053"),
            # These are no neighbours of anything.
            ("2026-03-05", "2026-80", "coda.2"),
            ("2026-03-06", "March", "coda.2"),
            ("2026-03-07", "May", "coda.2"),
        ):
            self.statement_of(number, day, opening=f"{opening}.00", source=source)
            opening += 10
        self.assertFalse(self.search().gap_ids.mapped("text"))

    def test_numbers_out_of_order(self):
        for number, day, opening in (
            ("2026-3", "02", "100.00"),
            ("2026-1", "03", "110.00"),
            ("2026-5", "04", "120.00"),
        ):
            self.statement_of(number, f"2026-03-{day}", opening=opening)
        self.assertFalse(self.search().gap_ids)

    def test_incomplete(self):
        made = self.statement_of("2026-1", "2026-03-02", closing="117.00")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.statement_id, gap.amount), ("incomplete", made, 7))
        self.assertEqual((gap.held, gap.account_id.id), (False, False))
        action = gap.action_import()
        self.assertEqual(action["context"], {"default_journal_id": self.journal.id})

    def test_held_lines_are_no_reason_to_fetch(self):
        self.by_hand(5, account_number=OTHER_IBAN)
        self.by_hand(5, account_number="BE71096123456769")
        self.bring([line("a", "1.00"), line("b", "5.00")])
        gap = self.gap()
        self.assertTrue(gap.held)
        self.assertEqual(self.env["bank.bridge.held"].search_count(gap.action_held()["domain"]), 1)

    def linked_account(self, **values):
        self.connection.sealed = "sealed"
        self.linked()
        account = self.account()
        account.write(
            {
                "start_date": "2026-02-01",
                "complete_until": "2026-03-20",
                "last_sync": "2026-03-21 10:00:00",
                "balance_date": False,
                **values,
            }
        )
        return account

    def on(self, day):
        self.startPatcher(patch.object(fields.Date, "context_today", lambda *_arguments: date.fromisoformat(day)))

    def test_days_that_were_not_read(self):
        account = self.linked_account()
        self.on("2026-03-22")
        self.assertFalse(self.search().gap_ids)
        self.on("2026-03-30")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.account_id), ("behind", account))
        self.assertEqual((gap.date_from, gap.date_to), (date(2026, 3, 21), date(2026, 3, 30)))
        self.connection.sealed = False
        self.assertFalse(self.search().gap_ids)

    def test_the_banks_balance_differs(self):
        self.on("2026-03-21")
        self.linked_account(balance=112.55, balance_date="2026-03-20")
        self.statement_of("2026-1", "2026-03-02")
        self.statement_of("2026-2", "2026-03-21", opening="110.00")
        gap = self.gap()
        self.assertEqual((gap.kind, gap.amount), ("balance", 2.55))
        for part in ("112.55", "110.00"):
            self.assertIn(part, gap.text)
        self.account().balance = 110
        self.assertFalse(self.search().gap_ids)

    def broken_chain(self):
        self.on("2026-03-21")
        self.statement_of("2026-1", "2026-03-05")
        self.statement_of("2026-2", "2026-03-09", opening="135.50")
        return self.gap()

    def test_fetch_again(self):
        account = self.linked_account()
        gap = self.broken_chain()
        self.assertEqual(gap.account_id, account)
        asked = self.answering({"run": "r"})
        gap.action_fetch()
        self.assertEqual(asked[-1][0], "bank.sync_start")
        self.assertEqual(account.complete_until, date(2026, 3, 4))
        self.assertEqual(account.start_date, date(2026, 2, 1))
        _run, begun = self.begin()
        self.assertEqual(begun["accounts"][0]["complete_until"], "2026-03-04")

    def test_fetch_again_before_the_first_day(self):
        account = self.linked_account(start_date="2026-03-15")
        gap = self.broken_chain()
        self.answering({"run": "r"})
        gap.action_fetch()
        self.assertEqual((account.start_date, account.complete_until), (date(2026, 3, 5), False))

    def test_fetch_again_what_is_further_back_already(self):
        account = self.linked_account(complete_until="2026-03-01")
        self.on("2026-03-03")
        self.statement_of("2026-1", "2026-03-05")
        self.statement_of("2026-2", "2026-03-09", opening="135.50")
        self.answering({"run": "r"})
        self.gap().action_fetch()
        self.assertEqual(account.complete_until, date(2026, 3, 1))

    def test_closed_books(self):
        account = self.linked_account()
        gap = self.broken_chain()
        asked = self.answering({"run": "r"})
        self.close_books("hard_lock_date", "2026-03-06")
        gap.invalidate_recordset()
        self.assertTrue(gap.locked)
        self.assertFalse(gap.locked_whole)
        self.close_books("hard_lock_date", "2026-03-09")
        gap.invalidate_recordset()
        self.assertTrue(gap.locked_whole)
        with self.assertRaisesRegex(UserError, "BB-4106"):
            gap.action_fetch()
        self.assertFalse(asked)
        self.assertEqual(account.complete_until, date(2026, 3, 20))

    def test_without_an_online_account(self):
        gap = self.broken_chain()
        with self.assertRaisesRegex(UserError, "no online account"):
            gap.action_fetch()

    def test_form(self):
        with Form(self.env["bank.bridge.missing"].with_user(self.accountant)) as form:
            self.assertEqual(form.date_from, fields.Date.context_today(self.journal) - timedelta(days=365))
        Form(form.record)

    def test_others_may_not(self):
        gap = self.broken_chain()
        for groups in (
            "account.group_account_readonly",
            "account.group_account_invoice",
            "base.group_user",
            "base.group_portal",
            "base.group_user,bank_bridge.group_import",
        ):
            user = new_test_user(self.env, f"no_{groups.replace(',', '_')}", groups)
            with self.subTest(groups), self.assertRaises(AccessError):
                self.search(user)
            for action in ("fetch", "import", "statement", "held"):
                with self.subTest(groups, action=action), self.assertRaises(AccessError):
                    getattr(gap.with_user(user), f"action_{action}")()
        other = new_test_user(self.env, "bridge_other", "account.group_account_basic")
        for record in (gap, gap.search_id):
            with self.assertRaises(AccessError):
                record.with_user(other).read([])
        with self.assertRaises(AccessError):
            gap.date_from = "2020-01-01"

    def test_other_company(self):
        self.broken_chain()
        company = self.second_company()
        theirs = self.user_of(company)
        with self.assertRaises(UserError):
            self.search(theirs)
        search = self.env["bank.bridge.missing"].with_user(theirs).create({"date_from": "2026-01-01"})
        search.action_search()
        self.assertFalse(search.gap_ids)
