from datetime import date, datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .common import IBAN, OTHER_IBAN, line
from .online import OnlineCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestOnline(OnlineCase):
    """A run from its beginning to its end."""

    def test_connections(self):
        self.connection.write({"next_sync": self.later(hours=-1), "last_sync": "2026-03-01 08:00:00"})
        other = self.make_connection(name="Andere", state="waiting", next_sync=self.later(hours=-1))
        self.assertEqual(
            self.online.bridge_connections()["connections"],
            [
                {
                    "key": each.key,
                    "name": each.name,
                    "provider": "ponto",
                    "state": each.state,
                    "code": None,
                    "company": self.company.name,
                    "last_sync": last_sync,
                    "next_sync": fields.Datetime.to_string(each.next_sync),
                    "due": due,
                }
                for each, last_sync, due in ((other, None, False), (self.connection, "2026-03-01 08:00:00", True))
            ],
        )

    def test_accounts(self):
        run, _answer = self.begin("accounts")
        shown = self.show(
            run,
            self.shown(),
            self.shown("acc-2", OTHER_IBAN, currency="USD", balance=None, fresh_as_of=None, code="BB-2308"),
            institution={"id": "be-kbc", "name": "KBC", "country": "BE"},
            consent_until="2026-08-01T10:00:00.123Z",
            sandbox=True,
            sealed="sealed-2",
        )
        first, second = self.account(), self.account("acc-2")
        start = fields.Date.to_string(fields.Date.context_today(first) - timedelta(days=90))
        self.assertEqual(
            shown,
            [
                {
                    "id": "acc-1",
                    "reference": IBAN,
                    "currency": "EUR",
                    "source": f"online.ponto.{first.id}.1",
                    "from": start,
                    "complete_until": None,
                    "locked_until": None,
                    "journal": {
                        "id": self.journal.id,
                        "code": "BBT1",
                        "name": "Bank BBT1",
                        "company": self.company.name,
                        "currency": "EUR",
                    },
                },
                {
                    "id": "acc-2",
                    "reference": OTHER_IBAN,
                    "currency": "USD",
                    "source": f"online.ponto.{second.id}.1",
                    "from": start,
                    "complete_until": None,
                    "locked_until": None,
                    "journal": None,
                },
            ],
        )
        self.assertEqual((first.balance, first.balance_date), (812.55, date(2026, 3, 2)))
        self.assertEqual(first.fresh_as_of, datetime(2026, 3, 2, 10))
        self.assertEqual((second.code, first.code), ("BB-2308", False))
        self.assertEqual(self.connection.institution_name, "KBC")
        self.assertEqual((self.connection.sandbox, self.connection.sealed), (True, "sealed-2"))
        self.assertEqual(self.connection.consent_until, datetime(2026, 8, 1, 10))
        # Again, in the same run and the next.
        self.assertEqual(len(self.show(run, self.shown(), self.shown("acc-2", OTHER_IBAN, currency="USD"))), 2)
        self.assertEqual(len(self.connection.account_ids), 2)
        self.assertFalse(second.code)
        self.end(run)
        _run, answer = self.begin()
        self.assertEqual(answer["accounts"], shown)
        self.assertEqual(answer["institution"], {"id": "be-kbc", "name": "KBC", "country": "BE"})

    def test_name_follows_the_bank_unless_chosen(self):
        chosen, plain = self.connection, self.make_connection(name=False)
        self.assertEqual(plain.name, "Ponto")
        (chosen | plain).institution_name = "KBC"
        self.assertEqual((chosen.name, plain.name), ("Testbank", "KBC"))

    def test_synchronise(self):
        self.linked()
        self.connection.sealed = "sealed-0"
        run, _answer = self.begin()
        lines = [line("o1", "10.00"), line("o2", "-3.00"), line("o3", "1.00", "2026-03-03")]
        first = self.push_online(run, lines[:2], last=False, lease=60)
        self.assertEqual(self.results(first), ["created", "created"])
        self.assertFalse(self.account().complete_until)
        advance = {"account": "acc-1", "complete_until": "2026-03-02", "sealed": "sealed-3", "lease": 60}
        second = self.push_online(
            run, lines[2:], advance=advance, statement={"ids": [one["id"] for one in lines]}, lease=60
        )
        self.assertEqual(self.results(second), ["created"])
        account = self.account()
        self.assertEqual((account.complete_until, self.connection.sealed), (date(2026, 3, 2), "sealed-3"))
        self.assertTrue(account.last_sync)
        counts = {"statements": 1, "lines": 3, "created": 3, "duplicate": 0, "matched": 0, "held": 0}
        finding = {"code": "BB-5802", "message": "m"}
        before = len(self.said())
        self.end(run, counts=counts, findings=[finding])
        record = self.connection.import_ids
        self.assertEqual((record.state, record.code, record._counts()), ("done", False, counts))
        self.assertEqual((record.findings, record.journal_ids), ([finding], self.journal))
        self.assertTrue(record.ended and record.identity_ids and record.statement_ids)
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.connection.last_sync, record.ended)
        self.assertEqual(len(self.said()), before, "no noise for new lines")
        statement = record.statement_ids
        self.assertRegex(statement.name, r"^BBT1 \d{4}-\d\d-\d\d \d\d:\d\d$")
        self.assertEqual((statement.reference, len(statement.line_ids)), ("Testbank", 3))
        self.assertTrue(statement.bridge_reckoned)

    def test_again(self):
        self.linked()
        lines = [line("o1", "10.00"), line("o2", "-3.00")]
        self.sync(lines)
        self.assertEqual(self.results(self.sync([*lines, line("o3", "2.00")])), ["duplicate", "duplicate", "created"])
        self.assertEqual(len(self.in_journal()), 3)

    def test_an_earlier_first_day_is_read(self):
        self.linked()
        self.sync([line("o1", "10.00")], complete_until="2026-03-02")
        account = self.account()
        later = account.start_date
        account.start_date = "2026-02-01"
        self.assertFalse(account.complete_until, "what lies before was never read")
        self.sync([line("o1", "10.00")], complete_until="2026-03-02")
        account.start_date = later
        self.assertEqual(account.complete_until, date(2026, 3, 2))

    def test_name_is_local_time(self):
        self.linked()
        self.manager.tz = "Asia/Tokyo"
        self.connection.last_user_id = self.manager
        run, _answer = self.begin()
        self.connection.import_ids.started = "2026-03-02 20:30:00"
        answer = self.push_online(run, [line("o1", "1.00")])
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual(statement.name, "BBT1 2026-03-03 05:30")

    def test_advance(self):
        self.linked()
        account = self.account()
        account.write({"code": "BB-2308", "message": "m"})
        run, _answer = self.begin()
        for until, expected in (("2026-03-05", 5), ("2026-03-03", 5), (None, 5), ("2026-03-06", 6)):
            answer = self.online.bridge_advance(run=run, lease=60, account="acc-1", complete_until=until, sealed="s")
            self.assertEqual(answer, {})
            self.assertEqual(account.complete_until, date(2026, 3, expected))
        self.assertFalse(account.code or account.message)
        self.assertEqual((bool(account.last_sync), self.connection.sealed), (True, "s"))
        unknown = self.online.bridge_advance(run=run, lease=60, account="nowhere", sealed="x")
        self.assertRefused(unknown, "BB-2207", account="nowhere")
        self.assertEqual(self.connection.sealed, "s")

    def test_advance_with_a_push_that_is_refused(self):
        self.linked()
        run, _answer = self.begin()
        advance = {"account": "acc-1", "complete_until": "2026-03-02", "sealed": "never", "lease": 60}
        answer = self.push_online(run, [line("o1", "1.005")], advance=advance)
        self.assertRefused(answer, "BB-4107")
        self.close_books("fiscalyear_lock_date", "2026-03-31")
        answer = self.push_online(run, [line("o1", "1.00")], advance=advance)
        self.assertRefused(answer, "BB-4106")
        self.assertEqual((self.account().complete_until, self.connection.sealed), (False, "sealed-0"))
        self.assertEqual(self.begin(run=run)[1]["accounts"][0]["locked_until"], "2026-03-31")

    def test_journal_of_another_account(self):
        self.linked()
        other = self.make_journal("BBT2")
        run, _answer = self.begin()
        self.assertRefused(self.push_online(run, [line("o1", "1.00")], journal=other), "BB-4102")
        self.account().journal_id = other
        self.assertNotIn("error", self.push_online(run, [line("o1", "1.00")], journal=other))

    def test_line_of_another_currency(self):
        self.linked()
        run, _answer = self.begin()
        answer = self.push_online(run, [line("o1", "1.00", currency="USD")])
        self.assertRefused(answer, "BB-4103", journal="BBT1")
        self.journal.suspense_account_id = False
        self.assertRefused(self.push_online(run, [line("o1", "1.00")]), "BB-4105")

    # Balances

    def test_first_balance_gives_the_opening(self):
        self.linked()
        lines = [line("o1", "10.00"), line("o2", "-3.00")]
        answer = self.sync(lines, balance={"date": "2026-03-02", "amount": "107.00"})
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((statement.balance_start, statement.balance_end_real), (100, 107))
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertFalse(statement.bridge_reckoned)
        # From then on Odoo reckons.
        lines = [*lines, line("o3", "5.00", "2026-03-03")]
        answer = self.sync(lines, balance={"date": "2026-03-03", "amount": "999.00"})
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertTrue(statement.bridge_reckoned)
        self.assertEqual((statement.balance_start, statement.balance_end_real), (107, 112))
        self.assertTrue(statement.is_complete and statement.is_valid)

    def test_no_first_balance_where_lines_were(self):
        self.linked()
        self.by_hand(50, "2026-02-01")
        answer = self.sync([line("o1", "10.00")], balance={"date": "2026-03-02", "amount": "107.00"})
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertTrue(statement.bridge_reckoned)
        self.assertEqual(statement.balance_end_real, 60)

    # Relinked accounts

    def test_linked_again_under_another_id(self):
        self.linked()
        account = self.account()
        account.write({"journal_id": self.journal.id, "complete_until": "2026-03-01"})
        run, _answer = self.begin("accounts")
        for _again in range(2):
            shown = self.show(run, self.shown("acc-9"))
            self.assertEqual(len(self.connection.account_ids), 1)
            self.assertEqual((account.external_id, account.epoch), ("acc-9", 2))
            self.assertEqual(shown[0]["source"], f"online.ponto.{account.id}.2")
            self.assertEqual((shown[0]["journal"]["id"], shown[0]["complete_until"]), (self.journal.id, "2026-03-01"))

    def test_two_accounts_of_one_number(self):
        """An account that is still shown is not taken over; another currency is another account."""
        self.linked()
        self.linked(self.shown(), self.shown("acc-2"), self.shown("acc-3", currency="USD"))
        self.assertEqual(len(self.connection.account_ids), 3)
        self.assertEqual(set(self.connection.account_ids.mapped("epoch")), {1})
        self.assertFalse(self.account("acc-2").journal_id or self.account("acc-3").journal_id)

    def test_new_consent_is_a_new_epoch(self):
        self.linked()
        run, _answer = self.begin("return")
        for _again in range(2):
            self.show(run, self.shown(), self.shown("acc-2", OTHER_IBAN), relinked=True)
            self.assertEqual((self.account().epoch, self.account("acc-2").epoch), (2, 1))
        self.end(run)
        run, _answer = self.begin("return")
        self.show(run, self.shown(), self.shown("acc-2", OTHER_IBAN), relinked=True)
        self.assertEqual((self.account().epoch, self.account("acc-2").epoch), (3, 2))

    def test_account_no_longer_shown(self):
        self.linked(self.shown(), self.shown("acc-2", OTHER_IBAN))
        run, _answer = self.begin()
        shown = self.show(run, self.shown("acc-2", OTHER_IBAN))
        self.assertEqual([one["id"] for one in shown], ["acc-2"])
        self.assertEqual(self.account().code, "BB-2207")
        self.assertIn(IBAN, self.account().message)
        # It has a journal: its transactions are missed.
        self.end(run)
        self.assertEqual((self.connection.state, self.connection.code), ("error", "BB-2207"))
        self.assertEqual(self.begin("accounts")[1]["accounts"], shown)
        run = self.connection.lease_run
        self.show(run, self.shown(), self.shown("acc-2", OTHER_IBAN))
        self.assertFalse(self.account().code)
        self.end(run)
        self.assertEqual(self.connection.state, "connected")

    # Journals

    def test_journal_is_found(self):
        self.env.ref("base.USD").active = True
        dollars = self.make_journal("BBT4", currency_id=self.env.ref("base.USD").id)
        dollars.bank_account_id = self.journal.bank_account_id
        self.linked(self.shown(), self.shown("acc-2", "539-0075470-34", currency="USD"))
        self.assertEqual((self.account().journal_id, self.account("acc-2").journal_id), (self.journal, dollars))

    def test_no_journal_is_guessed(self):
        second = self.make_journal("BBT5")
        second.bank_account_id = self.journal.bank_account_id
        self.linked(self.shown(), self.shown("acc-2", None), self.shown("acc-3", OTHER_IBAN))
        self.assertFalse(self.connection.account_ids.journal_id)

    def test_chosen_journal_stays(self):
        other = self.make_journal("BBT6")
        self.linked()
        self.account().journal_id = other
        self.linked()
        self.assertEqual(self.account().journal_id, other)

    def test_unused_account(self):
        self.linked()
        self.account().active = False
        self.assertEqual(self.linked(), [])
        self.assertEqual(self.begin()[1]["accounts"], [])
        self.assertEqual(len(self.connection.with_context(active_test=False).account_ids), 1)
