from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from ..models.connection_outcome import FIRST_RETRY
from .common import IBAN, OTHER_IBAN
from .online import OnlineCase

ORIGIN = {"provider": "Ponto", "class": "authorizationExpired", "request": "1b2c3d"}


@tagged("post_install", "-at_install", "bank_bridge")
class TestOutcome(OnlineCase):
    """State, code, the next time and the chatter after a run."""

    def failing(self, code="BB-2301", kind="sync", connection=None, **options):
        run, _answer = self.begin(kind, connection=connection)
        self.end(run, "failed", code=code, args={"provider": "Ponto"}, **options)
        return run

    def good(self, kind="sync"):
        run, _answer = self.begin(kind)
        self.end(run)

    def until_next(self, connection=None):
        return (connection or self.connection).next_sync - fields.Datetime.now()

    def test_failure(self):
        with freeze_time("2026-11-22 21:40:10"):
            run = self.failing("BB-2203", origin=ORIGIN, message="English")
        connection = self.connection
        self.assertEqual((connection.state, connection.code, connection.failures), ("error", "BB-2203", 1))
        self.assertEqual(connection.message, "The consent to read the accounts has ended.")
        self.assertEqual(connection.origin, "authorizationExpired · Ponto request 1b2c3d")
        line = f"BB-2203 · authorizationExpired · run {run} · Ponto request 1b2c3d · 2026-11-22 21:40 UTC"
        self.assertEqual(connection.support_line, line)
        self.assertFalse(connection.last_sync)
        record = connection.import_ids
        self.assertEqual((record.state, record.code, record.message), ("failed", "BB-2203", connection.message))
        said = self.said()
        self.assertEqual(len(said), 1)
        for part in (connection.message, "BB-2203", line, "Press Update Credentials"):
            self.assertIn(part, said[0])
        self.assertEqual(connection.message_ids[0].author_id, self.importer.partner_id)

    def test_told_once_a_code(self):
        self.failing("BB-2301")
        self.failing("BB-2301")
        self.assertEqual((len(self.said()), self.connection.failures), (1, 2))
        self.failing("BB-2203")
        self.assertEqual(len(self.said()), 2)
        self.good()
        self.assertEqual(len(self.said()), 3)
        self.assertIn("works again", self.said()[2])
        self.assertFalse(self.connection.code or self.connection.message or self.connection.support_line)
        self.assertEqual((self.connection.state, self.connection.failures), ("connected", 0))
        self.good()
        self.assertEqual(len(self.said()), 3)
        # The same as before, for the first time since it worked.
        self.failing("BB-2203")
        self.assertEqual(len(self.said()), 4)

    def test_unknown_code(self):
        self.failing("BB-2999", message="something new of a later bridge")
        self.assertEqual(self.connection.message, "something new of a later bridge")
        run, _answer = self.begin()
        self.end(run, "failed", code="BB-2001", message="Ponto cannot be reached: dns")
        self.assertEqual(self.connection.message, "Ponto cannot be reached: dns", "arguments are missing")

    def test_language_of_the_last_user(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"].search([("name", "=", "bank_bridge")])._update_translations(["nl_NL"])
        self.manager.lang = "nl_NL"
        self.connection.last_user_id = self.manager
        self.failing("BB-2203")
        self.assertEqual(self.connection.message, "De toestemming om de rekeningen te lezen is afgelopen.")
        self.assertIn("Bijwerken inloggegevens", self.said()[0])
        self.assertEqual(self.begin()[1]["locale"], "nl_NL")

    def test_one_account_failed(self):
        self.linked(self.shown(), self.shown("acc-2", OTHER_IBAN))
        run, _answer = self.begin()
        self.online.bridge_advance(run=run, lease=60, account="acc-1", complete_until="2026-03-02")
        failed = {"id": "acc-2", "code": "BB-2017", "message": "m", "origin": ORIGIN}
        self.end(run, accounts=[{**failed, "args": {"id": "t-1", "reason": "no date"}}])
        connection = self.connection
        self.assertEqual((connection.state, connection.code, connection.failures), ("error", "BB-2017", 1))
        self.assertEqual(connection.message, "Transaction t-1 of Ponto cannot be booked: no date")
        self.assertEqual((self.account().code, self.account("acc-2").code), (False, "BB-2017"))
        record = connection.import_ids
        self.assertEqual((record.state, record.code), ("done", "BB-2017"))
        self.assertIn(OTHER_IBAN, record.findings_text)
        self.assertIn(OTHER_IBAN, self.said()[-1])
        self.assertNotIn(IBAN, self.said()[-1])
        self.assertIn("authorizationExpired", connection.support_line)

    def test_secrets_of_texts_are_escaped(self):
        run, _answer = self.begin()
        self.end(run, "failed", code="BB-2001", args={"provider": "<b>P</b>", "reason": "<script>"})
        self.assertNotIn("<script>", self.said()[0])
        self.assertIn("&lt;script&gt;", self.said()[0])

    def test_connect_by_link(self):
        connection = self.make_connection(
            name="Nieuw", provider="saltedge", state="not_connected", told_state="not_connected", sealed=False
        )
        run, _answer = self.begin("connect", connection=connection)
        answer = self.online.bridge_link(
            run=run, lease=60, sealed="pending", url="https://bank.example/go", expires="2036-01-01T00:00:00Z"
        )
        self.assertEqual(answer, {})
        self.end(run)
        self.assertEqual((connection.state, connection.link_url), ("waiting", "https://bank.example/go"))
        self.assertEqual(
            (connection.sealed, fields.Datetime.to_string(connection.link_expires)[:4]), ("pending", "2036")
        )
        self.assertFalse(connection.next_sync)
        self.assertEqual(len(self.said(connection)), 1)
        run, _answer = self.begin("return", connection=connection)
        self.show(run, self.shown(), sealed="tokens")
        self.end(run)
        self.assertEqual((connection.state, connection.sealed), ("connected", "tokens"))
        self.assertFalse(connection.link_url or connection.last_sync)
        # An account has its journal: the transactions come with the next tick.
        self.assertTrue(connection._is_due(self.later(seconds=1)))
        self.assertEqual(len(self.said(connection)), 2)
        self.assertIn("is connected", self.said(connection)[1])

    def test_connect_fails(self):
        connection = self.make_connection(state="not_connected", told_state="not_connected", sealed=False)
        self.failing("BB-2006", "connect", connection=connection)
        self.assertEqual((connection.state, connection.failures), ("error", 0))
        self.assertEqual(len(self.said(connection)), 1)

    def test_link_that_nobody_opened(self):
        self.connection.next_sync = self.later(hours=1)
        run, _answer = self.begin("connect")
        self.online.bridge_link(run=run, lease=60, sealed="s", url="https://bank.example/go")
        self.end(run)
        self.env["bank.bridge.connection"]._cron_sync()
        self.assertEqual(self.connection.state, "waiting")
        with freeze_time(self.later(hours=2)):
            self.connection.next_sync = self.later(hours=1)
            self.env["bank.bridge.connection"]._cron_sync()
        # It is not left waiting for ever: the next synchronisation tries what there is.
        self.assertEqual((self.connection.state, self.connection.code), ("error", "BB-2204"))
        self.assertEqual(len(self.said()), 2)

    # When next

    def test_next_after_a_good_run(self):
        self.good()
        self.assertAlmostEqual(self.until_next(), timedelta(hours=12), delta=timedelta(hours=0.61))
        # Always alike for one connection, apart for several.
        first = self.connection._after_interval(self.connection.last_sync)
        self.assertEqual(self.connection.next_sync, first)
        others = {self.make_connection()._after_interval(self.connection.last_sync) for _each in range(20)}
        self.assertGreater(len(others), 10)
        away = sorted(other - self.connection.last_sync for other in others)
        self.assertTrue(timedelta(hours=11.4) <= away[0] < away[-1] <= timedelta(hours=12.6), away)

    def test_next_follows_the_interval(self):
        self.good()
        self.connection.with_user(self.manager).interval_hours = 2
        self.assertAlmostEqual(self.until_next(), timedelta(hours=2), delta=timedelta(hours=0.11))

    def test_next_after_failures(self):
        for minutes in (15, 30, 60, 120, 240, 480, 720, 720):
            self.failing("BB-2001")
            self.assertAlmostEqual(self.until_next(), timedelta(minutes=minutes), delta=timedelta(seconds=5))
        self.connection.failures = 10_000
        self.failing("BB-2001")
        self.assertAlmostEqual(self.until_next(), timedelta(hours=12), delta=timedelta(seconds=5))

    def test_next_as_the_provider_says(self):
        self.failing("BB-2302", retry_after=7200)
        self.assertAlmostEqual(self.until_next(), timedelta(hours=2), delta=timedelta(seconds=5))

    def test_next_where_only_a_person_helps(self):
        self.failing("BB-2203")
        self.assertAlmostEqual(self.until_next(), timedelta(hours=12), delta=timedelta(hours=0.61))
        self.assertGreater(self.until_next(), FIRST_RETRY)

    def test_other_kinds_leave_the_next_time(self):
        self.good()
        planned = self.connection.next_sync
        self.good("accounts")
        self.failing("BB-2001", "accounts")
        self.assertEqual((self.connection.next_sync, self.connection.failures), (planned, 0))
